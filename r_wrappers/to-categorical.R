#' Class labels as one-hot rows
#'
#' @description
#' One column per class: 1 in the column of a sample's class, 0 in the others,
#' \deqn{Y_{ic} = [y_i = c]}{Y[i, c] = 1 if y[i] = c, else 0} Numbers are labels that count from 0.
#' A factor brings all its levels, in their order, also those that no sample has.
#'
#' @param y Whole numbers from 0 to `num_classes - 1`, as a vector, matrix or array, a factor, or a
#'   data frame of one, a tensor or a NumPy array, of shape `[d0, .. dN]`. A last dimension of 1 is
#'   dropped if there is
#'   another one.
#' @param num_classes The number of classes; `NULL` for the largest label plus 1, or the number of
#'   levels.
#' @param dtype The dtype, such as `"float32"`, of a tensor or a NumPy array; `"int32"` gives
#'   integers for an R object.
#' @param ... Not used; arguments after it must be named.
#' @param x The name of `y` in Keras 3.
#' @param ignore_nan Whether `NA` and `NaN` are labels that were not observed: their rows are `NaN`,
#'   which a loss with `ignore_nan = TRUE` leaves out.
#'
#' @return A matrix or array of shape `[d0, .. dN, num_classes]`, with the levels of a factor as
#'   column names. A tensor for a tensor.
#'
#' @section Errors:
#' Of class `lossbridge_error`, for labels that are missing, negative, have a
#' fraction or are too large. If `num_classes` is `NULL` and no label is 0, there is a warning: the
#' labels probably count from 1.
#'
#' @references
#' Suits, D. B. (1957). Use of dummy variables in regression equations. \emph{Journal of
#' the American Statistical Association} 52(280), 548-551.
#'
#' @examplesIf lossbridge_available()
#' to_categorical(c(0, 2, 1))
#' to_categorical(iris$Species[c(1, 51, 101)])
#' @export
to_categorical <- function(y, num_classes = NULL, dtype = NULL, ..., x, ignore_nan = FALSE) {
  call <- environment()
  check_no_dots(call)
  if (missing(y) == missing(x)) {
    abort("Labels must be given as {.arg y} or as {.arg x}, exactly one of them.", call)
  }
  if (missing(y)) {
    one_hot_rows(x, num_classes, dtype, ignore_nan, "x", call)
  } else {
    one_hot_rows(y, num_classes, dtype, ignore_nan, "y", call)
  }
}

one_hot_rows <- function(labels, num_classes, dtype, ignore_nan, arg, call) {
  check_no_na(list(num_classes = num_classes, ignore_nan = ignore_nan), call)

  labels <- factor_of(labels)
  levels <- if (is.factor(labels)) levels(labels)
  if (!is.null(levels) && is.null(num_classes)) num_classes <- length(levels)
  if (!inherits(labels, "python.builtin.object")) {
    labels <- as_input(labels, arg, labels = TRUE, call, missing = isTRUE(ignore_nan))
    if (is.null(num_classes) && length(labels) > 0) warn_counts_from_1(labels, arg, call)
  }
  arguments <- list(labels, num_classes = num_classes, dtype = dtype, ignore_nan = ignore_nan)
  names(arguments)[[1]] <- arg
  result <- call_python(py_function("to_categorical", call), arguments, call)
  if (!is.null(levels) && ncol(result) == length(levels)) {
    colnames(result) <- levels
  }
  result
}

warn_counts_from_1 <- function(labels, arg, call) {
  labels <- labels[!is.na(labels)]
  if (length(labels) == 0 || min(labels) < 1) {
    return(invisible())
  }
  cli::cli_warn(
    c(
      "No label in {.arg {arg}} is 0: the first of the {max(labels) + 1} classes stays empty.",
      i = "Labels count from 0. Use {.code {arg} - 1}, or give {.arg num_classes}."
    ),
    class = "lossbridge_warning",
    call = call
  )
}
