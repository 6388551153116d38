#' Weights of classes
#'
#' @description
#' For \eqn{n} labels, of which \eqn{n_k} are of class \eqn{k}, and \eqn{K} classes that they are
#' of:
#' \deqn{w_k = \frac{n}{K n_k}}{w[k] = n / (K n[k])}
#' Each class then weighs the same in all, as it does with scikit-learn's "balanced".
#'
#' @param y Class labels: a factor, or whole numbers that count from 0, of any shape.
#' @param method `"balanced"`.
#' @param num_classes The number of classes; `NULL` for the largest label plus 1, or the number of
#'   levels.
#'
#' @return A numeric vector with a weight for each class, named by the levels of a factor, or else
#'   by
#'   the classes from 0 on. A class that `y` does not have weighs 1. It is what `class_weight` of
#'   the
#'   losses takes, see [loss_categorical_crossentropy()], and what `fit(class_weight = )` of keras3
#'   takes, which knows classes by their numbers from 0: `as.list()` names the weights so. R keras 2
#'   takes a list only, `fit(class_weight = as.list(class_weights(y)))`, as keras3 does, too.
#'
#' @section Errors:
#' Of class `lossbridge_error`, for labels that are missing, negative, have a fraction or are too
#' large.
#'
#' @references
#' King, G. and Zeng, L. (2001). Logistic regression in rare events data. \emph{Political
#' Analysis} 9(2), 137-163.
#'
#' @examplesIf lossbridge_available()
#' y <- factor(c("a", "a", "a", "b"))
#' w <- class_weights(y)
#' w
#' p <- rbind(c(0.9, 0.1), c(0.8, 0.2), c(0.7, 0.3), c(0.4, 0.6))
#' loss_sparse_categorical_crossentropy(y, p, class_weight = w)
#' as.list(w)
#' @export
class_weights <- function(y, method = "balanced", num_classes = NULL) {
  call <- environment()
  check_no_na(list(method = method, num_classes = num_classes), call)
  if (!inherits(y, "python.builtin.object")) y <- factor_of(y)
  levels <- if (is.factor(y)) levels(y)
  if (!is.null(levels) && is.null(num_classes)) num_classes <- length(levels)
  if (!inherits(y, "python.builtin.object")) {
    y <- as_input(y, "y", labels = TRUE, call, missing = NA)
    if (is.null(num_classes) && length(y) > 0) warn_counts_from_1(y, "y", call)
  }
  arguments <- list(y, method = method, num_classes = num_classes)
  weights <- unlist(call_python(py_function("class_weights", call), arguments, call))
  if (length(levels) == length(weights)) names(weights) <- levels
  structure(weights, class = "lossbridge_class_weights")
}

#' @export
as.list.lossbridge_class_weights <- function(x, ...) {
  rlang::set_names(as.list(as.vector(unclass(x))), seq_along(x) - 1L)
}

#' @export
print.lossbridge_class_weights <- function(x, ...) {
  print(unclass(x), ...)
  invisible(x)
}

#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_class_weights <- function(x, convert = FALSE) { # nolint: object_name_linter.
  reticulate::py_dict(seq_along(x) - 1L, as.list(as.vector(unclass(x))), convert = convert)
}

#' Weights of classes, as a loss of Python takes them
#'
#' In the order of the levels, if they are named and `y_true` is a factor; else in their own order.
#' A list with whole numbers as names is by class.
#' @noRd
as_class_weight <- function(class_weight, call = caller_env()) {
  if (is.null(class_weight) || inherits(class_weight, "python.builtin.object")) {
    return(class_weight)
  }
  if (is_by_number(class_weight)) {
    return(class_weight)
  }
  if (!are_weights(class_weight)) {
    abort(
      "{.arg class_weight} must be numbers, one for each class, \\
       not {.obj_type_friendly {class_weight}}.",
      call,
      "lossbridge_input_error",
      argument = "class_weight"
    )
  }
  weights <- unlist(class_weight)
  y_true <- if (!eval(quote(missing(y_true)), call)) factor_of(call$y_true)
  if (is.factor(y_true) && !is.null(names(weights))) {
    levels <- levels(y_true)
    check_class_names(names(weights), levels, call)
    weights <- weights[levels]
  }
  as.array(as.vector(unclass(weights)))
}

are_weights <- function(x) {
  if (is.list(x)) {
    return(length(x) > 0 && all(lengths(x) == 1) && all(vapply(x, is_numbers, logical(1))))
  }
  is_numbers(x) && length(x) > 0
}

is_by_number <- function(x) {
  is.list(x) && !is.null(names(x)) && all(grepl("^[0-9]+$", names(x)))
}

#' The names that the weights of an object have, which are checked when there is data
#' @noRd
class_names <- function(class_weight) {
  if (inherits(class_weight, "python.builtin.object") || is_by_number(class_weight)) {
    return(NULL)
  }
  names(class_weight)
}

check_class_names <- function(names, levels, call) {
  if (setequal(names, levels) && !anyDuplicated(names)) {
    return(invisible())
  }
  lacking <- setdiff(levels, names)
  others <- setdiff(names, levels)
  abort(
    c(
      "{.arg class_weight} must have a weight for each level of {.arg y_true}, by its name.",
      x = if (length(lacking)) "There is none for {.val {lacking}}.",
      x = if (length(others)) "No level is called {.val {others}}.",
      x = if (anyDuplicated(names)) "There are two for {.val {unique(names[duplicated(names)])}}."
    ),
    call,
    "lossbridge_input_error",
    argument = "class_weight"
  )
}

#' Refuse a factor whose levels are not those that the weights of an object are of
#' @noRd
check_class_order <- function(names, y_true, call) {
  y_true <- factor_of(y_true)
  if (is.null(names) || !is.factor(y_true) || identical(names, levels(y_true))) {
    return(invisible())
  }
  check_class_names(names, levels(y_true), call)
  abort(
    c(
      "{.arg class_weight} of this object must be in the order of the levels of {.arg y_true}.",
      i = "Make it with {.code class_weight = w[levels(y_true)]}."
    ),
    call,
    "lossbridge_input_error",
    argument = "class_weight"
  )
}
