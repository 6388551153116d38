#' The numbers of Keras 2 or of Keras 3
#'
#' The two generations of Keras compute some losses differently: binary cross-entropy adds
#' \eqn{10^{-7}}{1e-7} inside its logarithms in Keras 2 and not in Keras 3, cosine similarity has
#' another smallest norm, and an object without `dtype` computes in the dtype of `y_pred` in Keras
#' 2, in Keras' floatx in Keras 3. The choice holds for values of data, and is kept by a loss object
#' when it is made. Where either Keras has a bug, lossbridge is right under both names.
#'
#' The 1e-7 in the formulas is Keras' epsilon; `keras3::config_set_epsilon()` is followed.
#'
#' Both clip probabilities to \eqn{[10^{-7}, 1 - 10^{-7}]}{[1e-7, 1 - 1e-7]}, and the squared
#' logarithmic error clips to \eqn{10^{-7}}{1e-7} from below, so that the gradient of a prediction
#' beyond is 0 and training cannot correct it. `"keras3_live"` has the values of Keras 3, and there
#' the gradient at the nearest end.
#'
#' The option `lossbridge.semantics` is the choice that a session starts with.
#'
#' @param name `"keras3"`, the default, `"keras2"`, or `"keras3_live"`.
#' @param code Code to run with it.
#'
#' @return `get_semantics()` gives the name in force, `set_semantics()` the one before, invisibly,
#'   and `with_semantics()` the value of `code`.
#'
#' @section Errors:
#' Any other `name` is an error of class `lossbridge_error`.
#'
#' @references
#' Chollet, F. and others (2015). Keras. <https://keras.io>
#'
#' @examplesIf lossbridge_available()
#' with_semantics("keras2", as.numeric(loss_binary_crossentropy(matrix(1), matrix(0))))
#' as.numeric(loss_binary_crossentropy(matrix(1), matrix(0)))
#' loss_gradient(loss_binary_crossentropy, matrix(1), matrix(0))
#' with_semantics("keras3_live", loss_gradient(loss_binary_crossentropy, matrix(1), matrix(0)))
#' @export
set_semantics <- function(name) {
  call <- environment()
  if (missing(name)) abort_missing("name", call)
  old <- get_semantics()
  call_python(py_function("set_semantics", call), list(name), call)
  invisible(old)
}

#' @rdname set_semantics
#' @export
get_semantics <- function() {
  call <- environment()
  call_python(py_function("get_semantics", call), list(), call)
}

#' @rdname set_semantics
#' @export
with_semantics <- function(name, code) {
  if (missing(name)) abort_missing("name", environment())
  old <- set_semantics(name)
  on.exit(set_semantics(old))
  force(code)
}

set_option_semantics <- function(call) {
  semantics <- getOption("lossbridge.semantics")
  if (!is.null(semantics)) {
    call_python(py_function("set_semantics", call), list(semantics), call)
  }
}
