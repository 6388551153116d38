#' A loss compiled by XLA
#'
#' @description
#' A loss whose value and gradient are programs of XLA, one for each shape of the data that it is
#' called with: what a booster or an optimiser wants that asks for many gradients of large arrays
#' of one shape. The value is that of the loss; the gradient is
#' \deqn{\frac{\partial}{\partial p} \sum_i w_i \ell_i(t, p)}{d(sum(w * l(t, p))) / dp}
#'
#' @details
#' The first call of each shape compiles, which takes 0.1 to 1 s. Calls of 20000 x 100 then take a
#' third of the time or less on two cores, those of a few thousand numbers gain nothing. In `fit()`
#' it is of no use: Keras compiles there by itself. Last digits may differ from those of the loss.
#'
#' @inheritParams loss_gradient
#' @param max_shapes How many programs are kept; the one that was not used for longest is forgotten
#'   first. Its graph is freed, its machine code, less than 1 MB, TensorFlow keeps.
#'
#' @return A list of functions of class `lossbridge_compiled`: `value()`, `gradient()`, `hessian()`,
#'   `value_and_gradient()` and `gradient_and_hessian()`, each of `(y_true, y_pred, sample_weight =
#'   NULL)`, and `clear()`, which forgets all programs. Values are a number or a vector, gradients
#'   and Hessians, see [loss_hessian()], have the shape of `y_pred`; two of them are a list of both.
#'   It can be given to [loss_gradient()] and [loss_hessian()].
#'
#' @section Errors:
#' Of class `lossbridge_error`, where the loss itself would give one, and where TensorFlow has no
#' XLA.
#'
#' @references
#' Sabne, A. (2020). XLA: Compiling Machine Learning for Peak Performance.
#'
#' @examplesIf lossbridge_available()
#' huber <- loss_compiled(loss_huber(delta = 2))
#' huber$value_and_gradient(cbind(c(0, 1)), cbind(c(1, 5)))
#' huber
#' @export
loss_compiled <- function(loss, max_shapes = 16L) {
  call <- environment()
  loss <- as_loss(loss, call)
  labels <- takes_labels(loss)
  missing <- ignores_nan(loss)
  compiled <- call_python(py_function("compiled", call), list(loss, max_shapes), call)
  method <- function(name) {
    function(y_true, y_pred, sample_weight = NULL) {
      call <- environment()
      vector <- is.null(dim(y_pred)) && is.atomic(y_pred)
      data <- list(
        as_input(y_true, "y_true", labels, call, attr(loss, "loss"), missing),
        as_input(y_pred, "y_pred", FALSE, call)
      )
      if (!is.null(sample_weight)) {
        data <- c(data, list(as_input(sample_weight, "sample_weight", FALSE, call)))
      }
      result <- call_python(compiled[[name]], data, call)
      plain <- function(x) {
        x <- as.array(x)
        if (vector || length(dim(x)) < 2) as.vector(x) else x
      }
      if (!grepl("_and_", name)) {
        return(plain(result))
      }
      result <- if (is.list(result)) result else list(result[[0]], result[[1]])
      rlang::set_names(lapply(result, plain), strsplit(name, "_and_")[[1]])
    }
  }
  structure(
    list(
      value = method("value"),
      gradient = method("gradient"),
      value_and_gradient = method("value_and_gradient"),
      hessian = method("hessian"),
      gradient_and_hessian = method("gradient_and_hessian"),
      clear = function() invisible(compiled$clear())
    ),
    class = "lossbridge_compiled",
    python = compiled,
    loss = attr(loss, "loss")
  )
}

#' @export
format.lossbridge_compiled <- function(x, ...) {
  as_r(attr(x, "python")$`__repr__`())
}

#' @export
print.lossbridge_compiled <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

#' @rdname lossbridge_loss
#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_compiled <- function(x, convert = FALSE) { # nolint: object_name_linter.
  attr(x, "python")
}
