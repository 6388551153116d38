#' Losses as pictures
#'
#' @description
#' The value of a loss, and its derivative, against the prediction, for given true
#' values. Several losses are compared on one picture. `plot()` draws with base graphics,
#' `autoplot()` makes a ggplot.
#'
#' Each prediction is a sample of one number; for the losses of classes
#' ([loss_categorical_crossentropy()], [loss_sparse_categorical_crossentropy()] and the like) it is
#' the probability of the true class, of two. For a loss of a predicted distribution, such as
#' [loss_gaussian_nll()], there is a picture for each of the parameters, while the others are 0, and
#' raw ones 1 with `scale = "identity"`.
#' \deqn{p \mapsto \ell(t, p), \quad p \mapsto \partial \ell(t, p) / \partial p}{p -> loss(t, p)}
#'
#' @param x,object A loss function, such as `loss_huber`, or a loss object, such as
#'   `loss_huber(delta = 2)`, or an object of Keras, such as `keras3::loss_huber()`.
#' @param ... Further losses, named for the legend. For `plot()` also arguments of
#'   [graphics::matplot()], such as `main`.
#' @param y_true True values; there is a line for each.
#' @param y_pred Predictions, a vector; `NULL` for what suits the loss.
#'
#' @return `plot()` gives the data frame that was drawn, invisibly, with the columns `loss`,
#'   `parameter`, which is `"y_pred"` but for distributions, `y_true`, `y_pred`, `value` and
#'   `gradient`; `autoplot()` a ggplot.
#'
#' @section Errors:
#' Of class `lossbridge_error`, for losses that cannot be drawn: those of sequences and embeddings.
#'
#' @references
#' Wickham, H. (2016). \emph{ggplot2: Elegant Graphics for Data Analysis}. Springer.
#'
#' @examplesIf lossbridge_available()
#' plot(loss_huber, "absolute error" = loss_mean_absolute_error)
#' plot(loss_hinge(), y_true = c(-1, 1))
#' @name plot_loss
NULL

#' @rdname plot_loss
#' @export
plot.lossbridge_loss <- function(x, ..., y_true = NULL, y_pred = NULL) {
  rest <- list(...)
  drawn <- vapply(rest, is_loss, logical(1))
  losses <- named_losses(c(list(x), rest[drawn]))
  data <- loss_curves(losses, y_true, y_pred, environment())
  parameters <- unique(data$parameter)
  y_true <- unique(data$y_true)

  old <- graphics::par(mfrow = c(length(parameters), 2))
  on.exit(graphics::par(old))
  for (parameter in parameters) {
    shown <- data[data$parameter == parameter, ]
    curves <- split(shown, list(shown$loss, shown$y_true), drop = TRUE)
    most <- max(vapply(curves, nrow, 0L))
    of <- function(column) vapply(curves, function(d) d[[column]][seq_len(most)], numeric(most))
    colours <- match(vapply(curves, function(d) d$loss[[1]], ""), names(losses))
    types <- match(vapply(curves, function(d) d$y_true[[1]], 0), y_true)
    style <- utils::modifyList(
      list(type = "l", lty = types, col = colours, lwd = 2, xlab = parameter),
      rest[!drawn]
    )
    draw <- function(column) {
      labelled <- utils::modifyList(list(ylab = column), style)
      do.call(graphics::matplot, c(list(of("y_pred"), of(column)), labelled))
    }
    draw("value")
    graphics::legend("top", names(losses), col = seq_along(losses), lwd = 2, bty = "n")
    draw("gradient")
    graphics::legend("top", paste("y_true =", y_true), lty = seq_along(y_true), bty = "n")
  }
  invisible(data)
}

#' @rdname plot_loss
#' @export
plot.lossbridge_loss_object <- plot.lossbridge_loss

#' @rdname plot_loss
#' @export
plot.keras.src.losses.loss.Loss <- plot.lossbridge_loss # nolint: object_name_linter.

#' @rdname plot_loss
#' @export
plot.tf_keras.src.losses.Loss <- plot.lossbridge_loss # nolint: object_name_linter.

#' @rdname plot_loss
#' @exportS3Method ggplot2::autoplot
autoplot.lossbridge_loss <- function( # nolint: object_name_linter.
    object, ..., y_true = NULL, y_pred = NULL) {
  losses <- named_losses(list(object, ...))
  data <- loss_curves(losses, y_true, y_pred, environment())
  keys <- data[c("loss", "parameter", "y_true", "y_pred")]
  long <- rbind(
    cbind(keys, quantity = "value", number = data$value),
    cbind(keys, quantity = "gradient", number = data$gradient)
  )
  long$loss <- factor(long$loss, names(losses))
  long$quantity <- factor(long$quantity, c("value", "gradient"))
  long$y_true <- factor(long$y_true)
  long$parameter <- factor(long$parameter, unique(data$parameter))
  several <- nlevels(long$parameter) > 1
  panels <- if (several) c("parameter", "quantity") else "quantity"
  ggplot2::ggplot(
    long,
    ggplot2::aes(
      x = .data$y_pred, y = .data$number, colour = .data$loss, linetype = .data$y_true
    )
  ) +
    ggplot2::geom_line() +
    ggplot2::facet_wrap(panels, scales = "free_y", ncol = 2) +
    ggplot2::labs(x = if (several) NULL else long$parameter[[1]], y = NULL, colour = NULL)
}

#' @rdname plot_loss
#' @exportS3Method ggplot2::autoplot
autoplot.lossbridge_loss_object <- autoplot.lossbridge_loss # nolint: object_name_linter.

#' @rdname plot_loss
#' @exportS3Method ggplot2::autoplot
# nolint start: object_name_linter.
autoplot.keras.src.losses.loss.Loss <- autoplot.lossbridge_loss
# nolint end

#' @rdname plot_loss
#' @exportS3Method ggplot2::autoplot
autoplot.tf_keras.src.losses.Loss <- autoplot.lossbridge_loss # nolint: object_name_linter.

is_loss <- function(x) {
  inherits(x, c("lossbridge_loss", "lossbridge_loss_object", keras_losses)) ||
    !is.null(exported_by_keras(x))
}

#' Losses with the names given, or their own
#' @noRd
named_losses <- function(losses, call = caller_env()) {
  losses <- lapply(losses, own_loss, call)
  own <- vapply(losses, function(l) attr(l, "loss") %||% "", character(1))
  given <- names(losses) %||% rep("", length(losses))
  names(losses) <- make.unique(ifelse(nzchar(given), given, own), " ")
  losses
}

#' What the axes of a picture of a loss are by default
#' @noRd
plot_domains <- list(
  real = list(y_true = 0, y_pred = seq(-3, 3, length.out = 241)),
  positive = list(y_true = 1, y_pred = seq(0.01, 4, length.out = 241)),
  sign = list(y_true = c(-1, 1), y_pred = seq(-2, 2, length.out = 241)),
  yes_no = list(y_true = c(0, 1), y_pred = seq(0.01, 0.99, length.out = 241)),
  class = list(y_true = 1, y_pred = seq(0.01, 0.99, length.out = 241)),
  parameters = list(y_true = 1, y_pred = seq(-2, 4, length.out = 241))
)

#' The axes of a loss, by what its true values are; NULL where one prediction makes no picture
#' @noRd
plot_domain <- function(loss, call) {
  if (length(heads_of(loss)) > 0) {
    return("parameters")
  }
  switch(loss,
    mean_absolute_percentage_error = "positive", # relative to y_true, which is not 0
    kl_divergence = "class",
    cosine_similarity = ,
    circle = ,
    triplet_semihard = ,
    triplet_hard = ,
    lifted_struct = ,
    supervised_contrastive = ,
    ntxent = ,
    npairs = ,
    npairs_multilabel = ,
    giou = ,
    weighted_kappa = NULL,
    switch(truth_of(loss, call),
      real = "real",
      positive = "positive",
      sign = "sign",
      probability = "yes_no",
      one_hot = ,
      label = "class"
    )
  )
}

#' The parameters of a distribution that a row of predictions of a loss holds
#' @noRd
heads_of <- function(loss, arguments = list()) {
  as.character(do.call(py_function("boundary.heads"), c(list(loss), arguments)))
}

loss_curves <- function(losses, y_true, y_pred, call) {
  kinds <- lapply(losses, function(l) {
    if (!is.null(attr(l, "loss"))) plot_domain(attr(l, "loss"), call)
  })
  unknown <- vapply(kinds, is.null, logical(1))
  if (any(unknown)) {
    abort("There is no picture of {.val {names(losses)[unknown]}} against one prediction.", call)
  }
  first <- plot_domains[[kinds[[1]]]]
  y_true <- y_true %||% first$y_true
  y_pred <- y_pred %||% first$y_pred
  for (argument in c("y_true", "y_pred")) {
    given <- get(argument)
    if (!is_numbers(given)) {
      abort(
        "{.arg {argument}} must be numbers, not {.obj_type_friendly {given}}.", call,
        "lossbridge_input_error",
        argument = argument
      )
    }
  }
  rows <- lapply(names(losses), function(name) {
    curves <- lapply(y_true, function(t) {
      curve <- loss_curve(losses[[name]], kinds[[name]], t, y_pred)
      cbind(loss = name, curve[1], y_true = t, curve[-1])
    })
    do.call(rbind, curves)
  })
  do.call(rbind, rows)
}

#' Values and derivatives for one true value, each prediction a sample of its own
#' @noRd
loss_curve <- function(loss, kind, t, y_pred) {
  name <- attr(loss, "loss")
  per_sample <- inherits(loss, "lossbridge_loss") && !name %in% c("dice", "tversky")
  one <- if (per_sample) loss else sample_loss(loss)
  if (kind == "parameters") {
    return(curves_of_parameters(loss, one, name, t, y_pred))
  }
  n <- length(y_pred)
  true <- matrix(t, n, 1)
  pred <- matrix(y_pred, n, 1)
  if (kind == "class") {
    pred <- cbind(y_pred, 1 - y_pred)
    true <- if (truth_of(name) == "label") rep(0, n) else cbind(rep(t, n), 1 - t)
  }
  gradient <- loss_gradient(one, true, pred)
  # along the line on which the probabilities of both classes sum to 1
  derivative <- if (kind == "class") gradient[, 1] - gradient[, 2] else gradient[, 1]
  value <- as.numeric(one(true, pred))
  data.frame(parameter = "y_pred", y_pred = y_pred, value = value, gradient = derivative)
}

#' The same by each parameter of a distribution, beside which the others are constant
#' @noRd
curves_of_parameters <- function(loss, one, name, t, y_pred) {
  arguments <- if (inherits(loss, "lossbridge_loss_object")) summary(loss)$arguments else list()
  heads <- heads_of(name, arguments)
  itself <- identical(arguments$scale, "identity") & startsWith(heads, "raw")
  curves <- lapply(seq_along(heads), function(head) {
    at <- if (itself[[head]]) y_pred[y_pred > 0] else y_pred
    pred <- matrix(as.numeric(itself), length(at), length(heads), byrow = TRUE)
    pred[, head] <- at
    true <- rep(t, length(at))
    data.frame(
      parameter = heads[[head]], y_pred = at, value = as.numeric(one(true, pred)),
      gradient = loss_gradient(one, true, pred)[, head]
    )
  })
  do.call(rbind, curves)
}

#' A loss object with the arguments of `loss` that gives one value per sample
#' @noRd
sample_loss <- function(loss) {
  name <- attr(loss, "loss")
  semantics <- if (inherits(loss, "lossbridge_loss_object")) loss$semantics else get_semantics()
  if (inherits(loss, "lossbridge_loss")) loss <- loss()
  arguments <- summary(loss)$arguments
  if (name %in% c("dice", "tversky")) arguments$axis <- -1L
  arguments <- c(arguments, list(reduction = NULL, dtype = "float64"))
  make <- function() do.call(loss_named(name), arguments)
  with_semantics(semantics, make())
}
