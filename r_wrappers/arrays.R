# What goes from R to Python: arrays, missing values, factors, and indices that count from 1.

#' Data as something that arrives in Python as an array of numbers
#'
#' @param x What the user gave.
#' @param arg The name of the argument.
#' @param labels Whether classes are meant: a factor stands for its codes, counted from 0, and
#'   nothing may be missing.
#' @param call The frame of the function of the user's call, with `y_pred`.
#' @param loss The name of the loss, for a hint, or NULL.
#' @param missing Whether `NA` of any type is allowed, and becomes `NaN`; `NA` if that cannot be.
#' @noRd
as_input <- function(x, arg, labels = FALSE, call = caller_env(), loss = NULL, missing = FALSE) {
  plain <- is.double(x) && is.matrix(x) && !is.object(x) && !labels # the most common by far
  if (plain) x else as_other_input(x, arg, labels, call, loss, missing)
}

as_other_input <- function(x, arg, labels, call, loss, missing) {
  if (inherits(x, "python.builtin.object")) {
    return(x)
  }
  if (labels) x <- factor_of(x)
  if (is.factor(x)) {
    return(factor_codes(x, arg, labels, call, loss, missing))
  }
  if (is.data.frame(x)) {
    x <- as_number_matrix(x, arg, call, labels, loss, missing)
  }
  if (!is_numbers(x)) {
    abort_not_numbers(x, arg, call, labels, loss)
  }
  x <- with_missing(x, arg, labels, call, missing)
  if (is.object(x)) { # a table, a time series
    x <- array(as.vector(unclass(x)), dim(x) %||% length(x))
  }
  # To R they are numbers as doubles are; Python would compute what is predicted in float32.
  if (!labels) storage.mode(x) <- "double"
  # Without dimensions, a vector would become a list, and one of length 1 a scalar.
  if (is.null(dim(x))) as.array(x) else x
}

#' Numbers with NaN for what is missing, where something may be
#'
#' NA_integer_ would become -2147483648 and a logical NA True. A double NA is NaN, and stays one.
#' @noRd
with_missing <- function(x, arg, labels, call, missing) {
  if (isTRUE(missing)) {
    if (!is.double(x) && anyNA(x)) storage.mode(x) <- "double"
  } else if (labels || !is.double(x)) {
    check_no_missing(x, arg, call, missing)
  }
  x
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
#' @param several Whether more than one axis is allowed.
#' @param all Whether NULL is, for all axes.
#' @noRd
as_axis <- function(axis, several = FALSE, all = FALSE, call = caller_env()) {
  if (all && is.null(axis)) {
    return(NULL)
  }
  if (!is_axis(axis) || (length(axis) > 1 && !several)) {
    expected <- "a whole number other than 0"
    if (several) expected <- "one or more whole numbers other than 0"
    if (all) expected <- paste0(expected, ", or NULL")
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

#' A data frame of one factor as this factor, anything else as it is
#' @noRd
factor_of <- function(x) {
  if (is.data.frame(x) && length(x) == 1 && is.factor(x[[1]])) x[[1]] else x
}

factor_codes <- function(x, arg, labels, call, loss, missing) {
  if (!labels) {
    abort(
      c(
        "{.arg {arg}} must be numbers, not a factor.",
        i = class_hint(x, arg, labels, call, loss)
      ),
      call,
      "lossbridge_input_error",
      argument = arg
    )
  }
  if (!isTRUE(missing)) check_no_missing(x, arg, call, missing)
  as.array(if (anyNA(x)) as.double(x) - 1 else as.integer(x) - 1L)
}

#' What to do with classes, a factor or strings, where numbers are wanted
#'
#' @param x A factor, strings, or a data frame with one column of them.
#' @noRd
class_hint <- function(x, arg, labels, call, loss) {
  if (arg == "sample_weight") {
    return(NULL)
  }
  if (arg == "y_pred") {
    return("Predictions are probabilities or scores, not the classes that follow from them.")
  }
  code <- if (is.data.frame(x)) paste0(arg, "[[1]]") else arg
  classes <- if (is.data.frame(x)) x[[1]] else x
  if (!is.factor(classes)) code <- paste0("factor(", code, ")")
  if (labels) {
    return(paste0("Use {.code ", code, "}, whose levels are the classes."))
  }
  hint_by_shape(code, nlevels(factor(classes)), get0("y_pred", call, inherits = FALSE), loss)
}

hint_by_shape <- function(code, levels, y_pred, loss) {
  if (identical(truth_of(loss %||% ""), "classes")) {
    return(paste0("Use {.code to_categorical(", code, ")}, with a column for each level."))
  }
  if (length(heads_of(loss %||% "")) > 0) {
    return(paste0("Use {.code as.numeric(as.character(", code, "))} if its levels are numbers."))
  }
  shape <- shape_of(y_pred)
  columns <- if (length(shape) > 1) shape[[length(shape)]] else 1L
  one_hot <- paste0("{.code to_categorical(", code, ")}")
  if (levels == 2 && columns == 1) {
    numbers <- paste0("as.integer(", code, ")")
    sign <- identical(truth_of(loss %||% ""), "sign")
    numbers <- if (sign) paste0("2 * ", numbers, " - 3") else paste0(numbers, " - 1L")
    if (length(shape) > 1) numbers <- paste0("cbind(", numbers, ")")
    paste0("Use {.code ", numbers, "} for two classes.")
  } else if (is.null(shape) || columns == levels) {
    paste0("Use ", one_hot, ", with a column for each level.")
  } else {
    paste0(
      one_hot, " has a column for each of ", levels, " levels, and so must {.arg y_pred}."
    )
  }
}

#' The shape of data, whatever it is; NULL where it is not known
#' @noRd
shape_of <- function(x) {
  shape <- tryCatch(dim(x), error = function(e) NULL)
  shape %||% if (is.atomic(x)) length(x)
}

check_no_missing <- function(x, arg, call, missing = FALSE) {
  if (!anyNA(x)) {
    return(invisible())
  }
  is_missing <- is.na(x)
  count <- sum(is_missing)
  where <- which(is_missing, arr.ind = !is.null(dim(x)))
  where <- if (is.matrix(where)) toString(where[1, ]) else where[[1]]
  verb <- if (count == 1) "is" else "are"
  abort(
    c(
      "{.arg {arg}} must not have missing values.",
      x = "{count} of {length(x)} value{?s} {verb} {.val {NA}}, the first at [{where}].",
      i = switch(if (is.na(missing)) "" else arg,
        y_true = "Set {.code ignore_nan = TRUE} to leave them out, or remove these samples.",
        x = ,
        y = "Set {.code ignore_nan = TRUE} for rows of {.val {NaN}}, or remove these samples.",
        y_pred = "Remove these samples, or give them any value and a {.arg sample_weight} of 0.",
        "Remove these samples."
      )
    ),
    call,
    "lossbridge_input_error",
    argument = arg
  )
}

as_number_matrix <- function(x, arg, call, labels, loss, missing) {
  numbers <- vapply(x, function(column) is_numbers(column) && is.null(dim(column)), logical(1))
  if (!all(numbers)) {
    others <- names(x)[!numbers]
    abort(
      c(
        "{.arg {arg}} must be a data frame of numbers.",
        x = "Column{?s} {.val {others}} {?is/are} not.",
        i = if (length(x) == 1 && (is.factor(x[[1]]) || is.character(x[[1]]))) {
          class_hint(x, arg, labels, call, loss)
        } else if (any(vapply(x, is.factor, logical(1)))) {
          "Use {.fn to_categorical} for each factor, or one of them as class labels."
        }
      ),
      call,
      "lossbridge_input_error",
      argument = arg
    )
  }
  if (!isTRUE(missing)) {
    for (column in names(x)) {
      if (!is.double(x[[column]])) check_no_missing(x[[column]], paste0(arg, "$", column), call)
    }
  }
  unname(as.matrix(x))
}

abort_not_numbers <- function(x, arg, call, labels, loss) {
  hint <- if (inherits(x, "Matrix")) {
    "Use {.code as.matrix({arg})}."
  } else if (is.character(x)) {
    class_hint(x, arg, labels, call, loss)
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
