# TensorFlow tensors and variables as R users know them from the tensorflow package. The methods are
# on the base class of all tensors; the tensorflow package has its own on classes that come before
# it.

#' Tensors as R arrays
#'
#' The losses give TensorFlow tensors where a tensor went in. They print with their shape and dtype,
#' and become R objects by the usual conversions.
#'
#' @details
#' What comes out is no tensor, so that no gradient goes through it. A tensor of a graph, which has
#' no values yet, is indexed by reticulate, which counts from 0.
#'
#' @param x A tensor, or a variable of TensorFlow.
#' @param mode As in [base::as.vector()].
#' @param ... Indices for `[` and `[[`; for `sum()`, `max()` and so on as in [base::sum()]; else
#'   ignored.
#' @param recursive Ignored.
#' @param na.rm Whether to leave out NaN.
#'
#' @return An R array of the tensor's shape for `as.array()`, a matrix for `as.matrix()`, a vector
#'   for the others, and for `[` and `[[`, whose indices count from 1 as in every R array. `dim()`
#'   gives the shape, `length()` the number of elements, `format()` one string. `is.na()` is an
#'   array of the same shape. `mean()`,
#'   `median()`, `quantile()`, `anyNA()`, `sum()`, `min()`, `max()`, `range()`, `prod()`, `any()`
#'   and `all()` give numbers of
#'   R. Where R's tensorflow package is loaded, its methods give tensors.
#'
#' @examplesIf lossbridge_available()
#' tf <- reticulate::import("tensorflow")
#' loss <- loss_hinge(rbind(c(0, 1), c(0, 0)), tf$constant(rbind(c(0.6, 0.4), c(0.4, 0.6))))
#' loss
#' as.numeric(loss)
#' mean(loss)
#' loss[1]
#' dim(loss)
#' @name tensors
NULL

tensor_values <- function(x) {
  tf <- reticulate::import("tensorflow", convert = FALSE)
  # R knows no bfloat16, which NumPy has as a type of its own.
  if (identical(as_r(x$dtype$name), "bfloat16")) x <- tf$cast(x, "float32")
  as_r(x$numpy())
}

#' @rdname tensors
#' @export
as.array.tensorflow.python.types.core.Tensor <- function(x, ...) {
  values <- tensor_values(x)
  if (is.null(dim(values))) as.array(values) else values
}

#' @rdname tensors
#' @export
as.matrix.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.matrix(as.array(x))
}

#' @rdname tensors
#' @export
as.vector.tensorflow.python.types.core.Tensor <- function(x, mode = "any") {
  as.vector(tensor_values(x), mode)
}

#' @rdname tensors
#' @export
as.double.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.double(tensor_values(x))
}

#' @rdname tensors
#' @export
as.integer.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.integer(tensor_values(x))
}

#' @rdname tensors
#' @export
as.logical.tensorflow.python.types.core.Tensor <- function(x, ...) {
  as.logical(tensor_values(x))
}

#' @rdname tensors
#' @export
`[.tensorflow.python.types.core.Tensor` <- function(x, ...) {
  if (has_values(x)) as.array(x)[...] else NextMethod()
}

#' @rdname tensors
#' @export
`[[.tensorflow.python.types.core.Tensor` <- function(x, ...) {
  if (has_values(x) && !is.character(..1)) as.array(x)[[...]] else NextMethod()
}

#' Whether a tensor is not one of a graph
#' @noRd
has_values <- function(x) reticulate::py_has_attr(x, "numpy")

#' @rdname tensors
#' @export
dim.tensorflow.python.types.core.Tensor <- function(x) {
  shape <- as_r(x$shape)
  if (is.null(as_r(shape$rank))) {
    return(NULL)
  }
  sizes <- lapply(as_r(shape$as_list()), function(n) n %||% NA_integer_)
  as.integer(unlist(sizes)) # integer(0) for a scalar
}

#' @rdname tensors
#' @export
length.tensorflow.python.types.core.Tensor <- function(x) {
  as.integer(prod(dim(x) %||% NA))
}

#' @rdname tensors
#' @export
format.tensorflow.python.types.core.Tensor <- function(x, ...) {
  reticulate::py_str(x)
}

#' @rdname tensors
#' @export
mean.tensorflow.python.types.core.Tensor <- function(x, ...) {
  mean(as.vector(tensor_values(x)), ...)
}

#' @rdname tensors
#' @importFrom stats median
#' @export
# nolint start: object_name_linter.
median.tensorflow.python.types.core.Tensor <- function(x, na.rm = FALSE, ...) {
  # nolint end
  median(as.vector(tensor_values(x)), na.rm, ...)
}

#' @rdname tensors
#' @importFrom stats quantile
#' @export
quantile.tensorflow.python.types.core.Tensor <- function(x, ...) {
  quantile(as.vector(tensor_values(x)), ...)
}

#' @rdname tensors
#' @export
is.na.tensorflow.python.types.core.Tensor <- function(x) { # nolint: object_name_linter.
  is.na(as.array(x))
}

#' @rdname tensors
#' @export
# nolint start: object_name_linter.
anyNA.tensorflow.python.types.core.Tensor <- function(x, recursive = FALSE) {
  # nolint end
  anyNA(tensor_values(x))
}

#' @rdname tensors
#' @export
xtfrm.tensorflow.python.types.core.Tensor <- function(x) {
  as.vector(tensor_values(x))
}

#' @rdname tensors
#' @export
Summary.tensorflow.python.types.core.Tensor <- function(
    ..., na.rm = FALSE) { # nolint: object_name_linter.
  values <- lapply(list(...), function(x) {
    if (inherits(x, "tensorflow.python.types.core.Tensor")) as.vector(tensor_values(x)) else x
  })
  do.call(.Generic, c(values, na.rm = na.rm))
}
