# What a `loss_*()` function is, and what its object is.

#' Loss functions and loss objects
#'
#' @description
#' Every `loss_*()` function of this package can be used in three ways:
#'
#' * `loss_hinge(y_true, y_pred)`, with data, gives one value per sample: numbers of R, or a tensor
#'   if something that went in is a tensor.
#' * `loss_hinge()`, without data, makes a loss object: a function of `(y_true, y_pred,
#'   sample_weight = NULL)` that reduces over the batch, to be called, or handed to `compile()`.
#' * `loss_hinge` itself, unquoted, can be handed to `compile()`. It arrives there as the native
#'   Python function: nothing calls back into R while a model trains.
#'
#' A loss object is a Python object too. `loss$reduction`, `loss$name`, `loss$semantics` and
#' `loss$get_config()` work, as do the arguments of the loss, `loss$delta` say;
#' `reticulate::r_to_py()` gives the Python object itself. An object that was saved with
#' [saveRDS()], or sent to another process, is made anew there from its arguments. So is a metric
#' object, which then starts without what it has seen.
#'
#' Where R's keras or keras3 is attached after this package, `loss_hinge` is theirs. In
#' [loss_gradient()], [loss_hessian()], [loss_compiled()], [lossbridge_compare()] and pictures, the
#' loss of this
#' package stands for it; `lossbridge::loss_hinge` is always the one of this package.
#'
#' @param x,object A loss function or a loss object.
#' @param convert Ignored.
#' @param ... Ignored.
#'
#' @return `format()` gives a string, `print()` its argument, `summary()` a list of class
#'   `summary_lossbridge` with `name`, `loss`, `formula`, `arguments` and `reduction`, of an object
#'   also `semantics` and `dtype`.
#'   `r_to_py()` gives the native Python function or object.
#'
#' @examples
#' loss_huber
#' @examplesIf lossbridge_available()
#' huber <- loss_huber(delta = 2)
#' huber
#' huber(c(0, 0), c(1, 4))
#' huber$get_config()
#' @name lossbridge_loss
NULL

#' @rdname lossbridge_loss
#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_loss <- function(x, convert = FALSE) { # nolint: object_name_linter.
  as_native(x, paste0("losses.", attr(x, "loss")))
}

# keras3 asks the elements of custom_objects for their `__name__`.
#' @export
`$.lossbridge_loss` <- function(x, name) {
  as_r(reticulate::py_get_attr(reticulate::r_to_py(x), name))
}

#' @rdname lossbridge_loss
#' @export
format.lossbridge_loss <- function(x, ...) {
  loss <- attr(x, "loss")
  arguments <- setdiff(names(formals(x)), c("..."))
  paste0("<loss function> ", loss, "(", paste(arguments, collapse = ", "), ")")
}

#' @rdname lossbridge_loss
#' @export
print.lossbridge_loss <- function(x, ...) {
  cat(format(x), "\n  ", attr(x, "formula"), "\n", sep = "")
  invisible(x)
}

#' @rdname lossbridge_loss
#' @export
summary.lossbridge_loss <- function(object, ...) {
  loss <- attr(object, "loss")
  arguments <- as.list(formals(object))
  shared <- c("y_true", "y_pred", "...", "reduction", "name", "dtype", "ignore_nan")
  own <- setdiff(names(arguments), shared)
  structure(
    list(
      name = arguments$name,
      loss = loss,
      formula = attr(object, "formula"),
      arguments = lapply(arguments[own], eval, baseenv()),
      reduction = arguments$reduction
    ),
    class = "summary_lossbridge"
  )
}

#' A Loss object of Python, as a function that takes what R users have
#' @noRd
new_loss_object <- function(object, loss, labels, class_names = NULL, functions = list()) {
  kept <- keep_object(object, "losses", functions)
  rm(object)
  fn <- function(y_true, y_pred, sample_weight = NULL) {
    call <- environment()
    check_data(call)
    check_class_order(class_names, y_true, call)
    missing <- may_miss(loss, kept$config$ignore_nan, call)
    y_true <- as_input(y_true, "y_true", labels, call, loss, missing)
    y_pred <- as_input(y_pred, "y_pred", FALSE, call)
    sample_weight <- as_weight(sample_weight, call)
    # keras3 wraps the object itself, and makes an array of one weight
    method <- live_object(kept, call)$`__call__`
    result <- from_python(method(y_true, y_pred, sample_weight), call)
    as_result(result, list(y_true, y_pred, sample_weight))
  }
  object_function(fn, kept, "lossbridge_loss_object", loss = loss, labels = labels)
}

#' @rdname lossbridge_loss
#' @export
summary.lossbridge_loss_object <- function(object, ...) {
  config <- object$get_config()
  shared <- c("name", "reduction", "semantics", "dtype")
  loss <- attr(object, "loss")
  arguments <- with_r_axis(config[setdiff(names(config), shared)])
  structure(
    list(
      name = config$name,
      loss = loss,
      formula = attr(loss_named(loss), "formula"),
      arguments = arguments,
      reduction = config$reduction %||% "none",
      semantics = object$semantics,
      dtype = config$dtype
    ),
    class = "summary_lossbridge"
  )
}

#' @rdname lossbridge_loss
#' @export
print.summary_lossbridge <- function(x, ...) {
  lines <- c(
    formula = x$formula,
    arguments = if (length(x$arguments)) arguments_text(x$arguments),
    reduction = x$reduction,
    semantics = x$semantics,
    dtype = x$dtype
  )
  title <- if (identical(x$name, x$loss)) x$loss else paste0(x$loss, ", \"", x$name, "\"")
  cat("<loss> ", title, "\n", sep = "")
  cat(paste0("  ", format(paste0(names(lines), ":")), " ", lines, "\n"), sep = "")
  invisible(x)
}

#' @rdname lossbridge_loss
#' @export
print.lossbridge_loss_object <- function(x, ...) {
  print(summary(x))
  invisible(x)
}

#' @rdname lossbridge_loss
#' @export
format.lossbridge_loss_object <- function(x, ...) {
  s <- summary(x)
  paste0("<loss> ", s$loss, "(", arguments_text(c(s$arguments, list(reduction = s$reduction))), ")")
}

arguments_text <- function(arguments) {
  values <- vapply(arguments, function(value) {
    if (is.function(value)) {
      return("<function>")
    }
    paste(deparse(value, width.cutoff = 500L), collapse = " ")
  }, character(1))
  paste(names(arguments), "=", values, collapse = ", ")
}
