#' A loss as the objective and the metric of boosted trees
#'
#' @description
#' What xgboost and LightGBM ask of a loss of one's own: its gradient and Hessian by the raw
#' predictions, the margins, summed over rows; and its weighted mean, to watch and to stop early by.
#' They take any loss that is a sum over rows, with the margins as what its link makes of them:
#' \deqn{g_i = w_i \frac{\partial \ell(t_i, f(m_i))}{\partial m_i}, \quad
#'   h_i = w_i \frac{\partial^2 \ell(t_i, f(m_i))}{\partial m_i^2}}{
#'   g = w dl(t, f(m)) / dm, h = w d2l(t, f(m)) / dm^2}
#'
#' @details
#' Compiled at the first call for a number of rows, see [loss_compiled()]. Weights of the data
#' multiply both derivatives. A loss of classes, with or without `sparse` in its name, takes labels
#' that count from 0, and a margin for each class: set `num_class`. A quantile loss of several `tau`
#' takes a margin for each of them, `num_class` of them, and is their mean; a loss of a
#' distribution, such as [loss_gaussian_nll()], one for each of its raw parameters, of which
#' [distribution_parameters()] makes a table. Bring its targets to a spread of about 1 first;
#' components of a mixture and members of an ensemble stay alike that start alike, so start them
#' apart. CatBoost, which asks for derivatives row by row in Python, is not served.
#'
#' For a custom objective LightGBM starts from the margin 0 and xgboost from `base_score`, by
#' default 0.5: set it, in margins, or give the data a `base_margin` (LightGBM: `init_score`). The
#' engines refit the leaves of their own absolute error and quantile loss, which no custom objective
#' can.
#'
#' In R, `xgb.train()` takes them from xgboost 3.1 on as `objective` and `custom_metric`, before as
#' `obj` and `feval`, and wants `maximize = FALSE` to stop early; `lgb.train()` as `obj` and `eval`.
#' Handed to the Python packages by reticulate they arrive as objects of Python: no R runs in
#' training.
#'
#' @inheritParams loss_gradient
#' @param engine Whose objective it is: `"xgboost"` or `"lightgbm"`.
#' @param link What makes margins of what the loss is of: `"identity"`, `"logit"`, `"softmax"` or
#'   `"log"`; `NULL` for that of the loss: the logit or softmax of probabilities, the logarithm of
#'   counts. A metric beside an objective of the engine's own gets predictions: `"identity"`.
#' @param hessian `"exact"` for the second derivative of the loss; `"engine"` for what the engine
#'   takes in its own objective of this name: for softmax 2 p (1 - p) in xgboost and K / (K - 1) p
#'   (1 - p) in LightGBM; for Poisson exp(m + 0.7) in both; for the absolute error, the pinball
#'   loss, and Huber's in LightGBM, 1. A larger Hessian makes smaller steps. For the squared error
#'   and the deviances both derivatives are halved, which shows only where a penalty or a minimal
#'   child weight is not 0.
#' @param min_hessian What a Hessian is raised to, before weights. `NULL` for 1e-16 in
#'   cross-entropies, squared error, Poisson and gamma losses and KL divergence, as the engines have
#'   it; else 1, or 1/4 for other losses of probabilities. A leaf divides by the sum of Hessians:
#'   where a loss is flat or not convex, it is nearly 0 or less, and its step would be huge. With 1,
#'   which is the curvature of Huber's loss and of log cosh at 0, the step is the mean slope, as in
#'   gradient boosting; 1/4 is that of logits at 0. Set it to the curvature of your loss where that
#'   is another.
#' @param name The name of the metric in logs; `NULL` for that of the loss.
#'
#' @return `loss_objective()` gives a `function(preds, dtrain)` for `xgboost::xgb.train()` and
#'   `lightgbm::lgb.train()`, whose value is a list of `grad` and `hess` in the shape of `preds`.
#'   `loss_eval_metric()` gives one whose value is a list of `metric` and `value` for xgboost, and
#'   of `name`, `value` and `higher_better`, `FALSE`, for LightGBM. Of both `$inverse_link(margins)`
#'   gives what the loss is of: probabilities, counts.
#'
#' @section Errors:
#' Of class `lossbridge_error`: for a loss that is not a sum over rows, such as `loss_dice()`; for
#' labels that are not those of the loss, missing ones included unless `ignore_nan` is set in the
#' loss, with which their derivatives are 0; for a number of margins that does not go with the loss.
#'
#' @references
#' Friedman, J. H. (2001). Greedy function approximation: a gradient boosting machine. \emph{Annals
#' of Statistics} 29.
#'
#' @examplesIf lossbridge_available()
#' objective <- loss_objective(loss_binary_crossentropy)
#' objective
#' objective$inverse_link(c(-2, 0, 2))
#'
#' # What an engine calls, with data of its own:
#' data <- structure(
#'   list(get_field = function(x) list(label = c(0, 1))[[x]]),
#'   class = "lgb.Dataset"
#' )
#' loss_objective(loss_log_cosh, "lightgbm")(c(0.5, 3), data)
#' loss_eval_metric(loss_log_cosh, "lightgbm")(c(0.5, 3), data)
#' @export
loss_objective <- function(
    loss, engine = c("xgboost", "lightgbm"), link = NULL, hessian = c("exact", "engine"),
    min_hessian = NULL) {
  call <- environment()
  engine <- one_of(engine, c("xgboost", "lightgbm"))
  hessian <- one_of(hessian, c("exact", "engine"))
  own <- list(
    as_loss(loss, call), engine,
    link = link, hessian = hessian, min_hessian = min_hessian
  )
  object <- call_python(py_function("objective", call), own, call)
  fn <- function(preds, dtrain) {
    found <- of_margins(object, preds, dtrain, environment())
    names(found) <- c("grad", "hess")
    dim(found$grad) <- dim(found$hess) <- dim(preds) # without a copy, which takes a while
    found
  }
  structure(fn, class = c("lossbridge_objective", "function"), python = object)
}

#' @rdname loss_objective
#' @export
loss_eval_metric <- function(
    loss, engine = c("xgboost", "lightgbm"), link = NULL, name = NULL) {
  call <- environment()
  engine <- one_of(engine, c("xgboost", "lightgbm"))
  own <- list(as_loss(loss, call), engine, link = link, name = name)
  object <- call_python(py_function("eval_metric", call), own, call)
  fn <- function(preds, dtrain) {
    found <- of_margins(object, preds, dtrain, environment())
    if (engine == "xgboost") {
      list(metric = as_r(object$`__name__`), value = found)
    } else {
      list(name = found[[1]], value = found[[2]], higher_better = FALSE)
    }
  }
  structure(fn, class = c("lossbridge_objective", "function"), python = object)
}

#' What was given, or the first of the choices where nothing was; Python refuses anything else
#' @noRd
one_of <- function(x, choices) if (identical(x, choices)) choices[[1]] else x

of_margins <- function(object, preds, dtrain, call) {
  weight <- data_field(dtrain, "weight")
  arguments <- list(
    as_input(data_field(dtrain, "label"), "y_true", FALSE, call, missing = TRUE),
    as_input(preds, "preds", FALSE, call)
  )
  if (length(weight) > 0) arguments$sample_weight <- as_input(weight, "weight", FALSE, call)
  call_python(object, arguments, call)
}

#' The labels or weights in the data of an engine, of R or of Python
#' @noRd
data_field <- function(data, field, call = caller_env(2)) {
  if (inherits(data, "xgb.DMatrix")) {
    getinfo <- getExportedValue("xgboost", "getinfo")
    return(getinfo(data, field))
  }
  if (inherits(data, "lgb.Dataset")) {
    return(data$get_field(field))
  }
  if (inherits(data, "python.builtin.object")) {
    return(as_r(data[[paste0("get_", field)]]()))
  }
  abort(
    "{.arg dtrain} must be data of xgboost or LightGBM, not {.obj_type_friendly {data}}.", call,
    "lossbridge_input_error",
    argument = "dtrain"
  )
}

#' @export
`$.lossbridge_objective` <- function(x, name) {
  if (name == "inverse_link") {
    function(margins) {
      call <- environment()
      plain <- is.null(dim(margins))
      margins <- as_input(margins, "margins", FALSE, call)
      found <- call_python(attr(x, "python")$inverse_link, list(margins), call)
      if (plain) as.vector(found) else found
    }
  }
}

#' @export
.DollarNames.lossbridge_objective <- function(x, pattern = "") { # nolint: object_name_linter.
  "inverse_link"
}

#' @export
format.lossbridge_objective <- function(x, ...) {
  as_r(attr(x, "python")$`__repr__`())
}

#' @export
print.lossbridge_objective <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

#' @rdname lossbridge_loss
#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_objective <- function(x, convert = FALSE) { # nolint: object_name_linter.
  attr(x, "python")
}
