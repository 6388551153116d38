# What goes from R to Python: arrays, missing values, factors, and indices that count from 1.

#' Data as something that arrives in Python as an array of numbers
#'
#' @param x What the user gave.
#' @param arg The name of the argument.
#' @param labels Whether classes are meant: a factor stands for its codes, counted from 0, and
#'   nothing may be missing.
#' @noRd
as_input <- function(x, arg, labels = FALSE, call = caller_env()) {
  plain <- is.double(x) && is.matrix(x) && !is.object(x) && !labels # the most common by far
  if (plain) x else as_other_input(x, arg, labels, call)
}

as_other_input <- function(x, arg, labels, call) {
  if (inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (is.factor(x)) {
    return(factor_codes(x, arg, labels, call))
  }
  if (is.data.frame(x)) {
    x <- as_number_matrix(x, arg, call)
  }
  if (!is_numbers(x)) {
    abort_not_numbers(x, arg, call)
  }
  # NA_integer_ would become -2147483648 and a logical NA True. A double NA is NaN, and stays one.
  if (labels || !is.double(x)) {
    check_no_missing(x, arg, call)
  }
  if (is.object(x)) { # a table, a time series
    x <- array(as.vector(unclass(x)), dim(x) %||% length(x))
  }
  # To R they are numbers as doubles are; Python would compute what is predicted in float32.
  if (!labels) storage.mode(x) <- "double"
  # Without dimensions, a vector would become a list, and one of length 1 a scalar.
  if (is.null(dim(x))) as.array(x) else x
}

#' Data that may be left out
#' @noRd
as_optional_input <- function(x, arg, labels = FALSE, call = caller_env()) {
  if (is.null(x)) NULL else as_input(x, arg, labels, call)
}

#' Weights of samples, one number for all, or none
#' @noRd
as_weight <- function(x, call = caller_env()) {
  weight <- as_optional_input(x, "sample_weight", call = call)
  if (is.atomic(x) && length(x) == 1 && is.null(dim(x))) as.vector(weight) else weight
}

#' Axes from R's count, from 1, to Python's, from 0; negative ones count from the end in both
#'
#' @param several Whether NULL and more than one axis are allowed.
#' @noRd
as_axis <- function(axis, several = FALSE, call = caller_env()) {
  if (several && is.null(axis)) {
    return(NULL)
  }
  if (!is_axis(axis) || (length(axis) > 1 && !several)) {
    expected <- "a whole number other than 0"
    if (several) expected <- "whole numbers other than 0, or NULL"
    abort(
      c(
        "{.arg axis} must be {expected}, not {.code {deparse1(axis)}}.",
        i = "Axes count from 1, and from the end as -1, -2, and so on."
      ),
      call,
      "lossbridge_input_error",
      argument = "axis"
    )
  }
  axis <- as.integer(axis)
  axis <- ifelse(axis > 0L, axis - 1L, axis)
  if (length(axis) > 1) as.list(axis) else axis
}

is_axis <- function(axis) {
  is.numeric(axis) && length(axis) > 0 && !anyNA(axis) && all(axis == trunc(axis) & axis != 0) &&
    all(abs(axis) <= .Machine$integer.max)
}

#' Axes as they come back
#' @noRd
from_axis <- function(axis) {
  if (is.null(axis)) {
    return(NULL)
  }
  axis <- as.integer(unlist(axis))
  ifelse(axis >= 0L, axis + 1L, axis)
}

#' Arguments as they come back, with their axis
#' @noRd
with_r_axis <- function(arguments) {
  if ("axis" %in% names(arguments)) arguments["axis"] <- list(from_axis(arguments$axis))
  arguments
}

# An integer64 holds its integers in the bits of doubles.
is_numbers <- function(x) {
  (is.numeric(x) || is.logical(x)) && !isS4(x) && !inherits(x, "integer64")
}

factor_codes <- function(x, arg, labels, call) {
  if (!labels) {
    abort(
      c(
        "{.arg {arg}} must be numbers, not a factor.",
        i = if (arg != "sample_weight") {
          "Use {.code to_categorical({arg})} for one column per level, or a sparse loss."
        }
      ),
      call,
      "lossbridge_input_error",
      argument = arg
    )
  }
  check_no_missing(x, arg, call)
  as.array(as.integer(x) - 1L)
}

check_no_missing <- function(x, arg, call) {
  if (!anyNA(x)) {
    return(invisible())
  }
  missing <- is.na(x)
  count <- sum(missing)
  where <- which(missing, arr.ind = !is.null(dim(x)))
  where <- if (is.matrix(where)) toString(where[1, ]) else where[[1]]
  verb <- if (count == 1) "is" else "are"
  weighted <- arg %in% c("y_true", "y_pred")
  abort(
    c(
      "{.arg {arg}} must not have missing values.",
      x = "{count} of {length(x)} value{?s} {verb} {.val {NA}}, the first at [{where}].",
      i = if (weighted) {
        "Remove these samples, or give them any value and a {.arg sample_weight} of 0."
      } else {
        "Remove these samples."
      }
    ),
    call,
    "lossbridge_input_error",
    argument = arg
  )
}

as_number_matrix <- function(x, arg, call) {
  numbers <- vapply(x, function(column) is_numbers(column) && is.null(dim(column)), logical(1))
  if (!all(numbers)) {
    others <- names(x)[!numbers]
    abort(
      c(
        "{.arg {arg}} must be a data frame of numbers.",
        x = "Column{?s} {.val {others}} {?is/are} not.",
        i = if (any(vapply(x, is.factor, logical(1)))) {
          "Use {.fn to_categorical} for a factor."
        }
      ),
      call,
      "lossbridge_input_error",
      argument = arg
    )
  }
  for (column in names(x)) {
    if (!is.double(x[[column]])) check_no_missing(x[[column]], paste0(arg, "$", column), call)
  }
  unname(as.matrix(x))
}

abort_not_numbers <- function(x, arg, call) {
  hint <- if (inherits(x, "Matrix")) {
    "Use {.code as.matrix({arg})}."
  } else if (is.character(x) && arg != "sample_weight") {
    "Use {.code to_categorical(factor({arg}))} for classes."
  } else if (inherits(x, "integer64")) {
    "Use {.code as.integer({arg})} or {.code as.double({arg})}."
  } else if (is.list(x)) {
    "Use {.code unlist({arg})}, or {.fn rbind} for rows."
  }
  abort(
    c("{.arg {arg}} must be numbers, not {.obj_type_friendly {x}}.", i = hint),
    call,
    "lossbridge_input_error",
    argument = arg
  )
}
