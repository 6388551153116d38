#' The gradient of a loss
#'
#' @description
#' The derivative of a loss with respect to the predictions, computed by automatic differentiation:
#' what an optimiser or a boosted tree of R needs of a loss. Of the per-sample values
#' \eqn{\ell_i}{l_i} of a loss function, or the one value of an object, it is
#' \deqn{g = \frac{\partial}{\partial p} \sum_i \ell_i(t, p)}{d(sum(l(t, p))) / dp}
#'
#' @param loss A loss function, such as `loss_hinge`, a loss object, such as `loss_huber(delta =
#'   2)`, the name of a loss, or a function of one's own that computes a tensor from two.
#' @param y_true,y_pred True values and predictions, as the loss takes them.
#' @param sample_weight What the values are multiplied by: a number, or one for each sample.
#'
#' @return An array of the shape of `y_pred`. Of a loss function, whose values are per sample, it is
#'   the derivative of each sample's own value; of a loss object, that of the reduced value. It is a
#'   ragged tensor where `y_pred` is one.
#'
#' @section Errors:
#' Of class `lossbridge_error`, where the loss itself would give one.
#'
#' @references
#' Baydin, A. G., Pearlmutter, B. A., Radul, A. A. and Siskind, J. M. (2018). Automatic
#' differentiation in machine learning: a survey. \emph{Journal of Machine Learning Research} 18.
#'
#' @examplesIf lossbridge_available()
#' loss_gradient(loss_mean_squared_error, matrix(c(0, 0)), matrix(c(1, 2)))
#' loss_gradient(loss_mean_squared_error(), matrix(c(0, 0)), matrix(c(1, 2)))
#' loss_gradient(loss_mean_squared_error, matrix(c(0, 0)), matrix(c(1, 2)), c(3, 1))
#' @export
loss_gradient <- function(loss, y_true, y_pred, sample_weight = NULL) {
  derivative("gradient", environment())
}

#' The body of `loss_gradient()` and `loss_hessian()`
#'
#' @param which Its name in `lossbridge.boundary`.
#' @param call The frame of the user's call, with its arguments.
#' @noRd
derivative <- function(which, call) {
  loss <- as_loss(call$loss, call)
  labels <- takes_labels(loss)
  y_pred <- call$y_pred
  vector <- is.null(dim(y_pred)) && is.atomic(y_pred)
  y_true <- as_input(call$y_true, "y_true", labels, call, attr(loss, "loss"), ignores_nan(loss))
  y_pred <- as_input(y_pred, "y_pred", FALSE, call)
  arguments <- list(loss, y_true, y_pred, as_weight(call$sample_weight, call))
  found <- call_python(py_function(paste0("boundary.", which), call), arguments, call)
  if (inherits(found, "tensorflow.python.ops.ragged.ragged_tensor.RaggedTensor")) return(found)
  found <- as.array(found)
  if (vector) as.vector(found) else found
}

#' A loss from a function, an object or a name
#' @noRd
as_loss <- function(loss, call) {
  loss <- own_loss(loss, call)
  if (is.function(loss) || inherits(loss, c("lossbridge_compiled", "python.builtin.object"))) {
    return(per_sample(loss))
  }
  if (is.character(loss)) {
    return(call_python(py_function("boundary.named_loss", call), list(loss), call))
  }
  abort(
    c(
      "{.arg loss} must be a loss function, a loss object or a name, \\
       not {.obj_type_friendly {loss}}.",
      i = "As in {.code loss_hinge}, {.code loss_hinge()} or {.val hinge}."
    ),
    call
  )
}

#' What the true values of a loss are, such as "sign" or "label"; `NULL` for a user's own loss
#' @noRd
truth_of <- function(name, call = caller_env()) {
  py_function("boundary.truth", call)(name)
}

#' Whether a loss object leaves out missing labels
#' @noRd
ignores_nan <- function(loss) {
  isTRUE(attr(loss, "kept")$config$ignore_nan)
}

takes_labels <- function(loss) {
  name <- attr(loss, "loss") %||% tryCatch(as_r(loss$`__name__`), error = function(e) NULL)
  is.character(name) && identical(truth_of(name), "label")
}
