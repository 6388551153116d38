# What a `metric_*()` function is, and what its object is.

#' Make an R function one that goes to Python as a function or class
#'
#' @param metric The name of a function in `losses`, or of a class in `metrics`, with a capital.
#' @noRd
metric_function <- function(metric, fn) {
  structure(fn, class = c("lossbridge_metric", "function"), metric = metric, original = fn)
}

#' @exportS3Method reticulate::r_to_py
r_to_py.lossbridge_metric <- function(x, convert = FALSE) { # nolint: object_name_linter.
  metric <- attr(x, "metric")
  # A class cannot be saved, and tf_keras takes none.
  if (grepl("^[A-Z]", metric)) {
    reticulate::r_to_py(x())
  } else {
    as_native(x, paste0("metrics.", metric))
  }
}

#' @export
`$.lossbridge_metric` <- `$.lossbridge_loss`

#' @export
format.lossbridge_metric <- function(x, ...) {
  arguments <- setdiff(names(formals(x)), "...")
  paste0("<metric function> ", attr(x, "metric"), "(", paste(arguments, collapse = ", "), ")")
}

#' @export
print.lossbridge_metric <- function(x, ...) {
  cat(format(x), "\n", sep = "")
  invisible(x)
}

#' A metric object of Python, which takes what R users have
#'
#' @param column Whether vectors are matrices of one column.
#' @param of_loss Whether it is the mean of a loss, which may leave out missing labels.
#' @param classes Whether predictions may be classes.
#' @noRd
new_metric_object <- function(
    object, labels, loss, column = FALSE, of_loss = TRUE, classes = FALSE) {
  kept <- keep_object(object, "metrics")
  rm(object)
  update <- function(y_true, y_pred, sample_weight = NULL) {
    call <- environment()
    data <- metric_input(call, labels, loss, kept, column, of_loss, classes)
    call_python(live_object(kept, call)$update_state, data, call)
    invisible()
  }
  fn <- function(y_true, y_pred, sample_weight = NULL) {
    call <- environment()
    data <- metric_input(call, labels, loss, kept, column, of_loss, classes)
    as_result(call_python(live_object(kept, call), data, call), data)
  }
  object_function(fn, kept, "lossbridge_metric_object", update_state = update)
}

metric_input <- function(frame, labels, loss, kept, column, of_loss, classes) {
  check_data(frame)
  missing <- if (of_loss) may_miss(loss %||% "", kept$config$ignore_nan, frame) else NA
  data <- list(
    as_input(frame$y_true, "y_true", labels, frame, loss, missing),
    as_input(frame$y_pred, "y_pred", classes && predicts_classes(frame), frame)
  )
  if (column) data <- lapply(data, function(x) if (is_one_axis(x)) matrix(x) else x)
  c(data, list(as_weight(frame$sample_weight, frame)))
}

#' Whether predictions are a factor, of the levels that the true classes have
#' @noRd
predicts_classes <- function(frame) {
  true <- factor_of(frame$y_true)
  predicted <- factor_of(frame$y_pred)
  if (is.factor(predicted) && is.factor(true) && !identical(levels(predicted), levels(true))) {
    abort(
      c(
        "{.arg y_pred} must have the levels of {.arg y_true}, {.val {levels(true)}}, not
         {.val {levels(predicted)}}.",
        i = "Use {.code factor(y_pred, levels(y_true))}."
      ),
      frame,
      "lossbridge_input_error",
      argument = "y_pred"
    )
  }
  is.factor(predicted)
}

is_one_axis <- function(x) is.array(x) && length(dim(x)) == 1

#' @export
`$.lossbridge_metric_object` <- function(x, name) {
  # By Python's own way in, an NA of an integer would be a number.
  if (identical(name, "update_state")) attr(x, "update_state") else NextMethod()
}

#' @export
format.lossbridge_metric_object <- function(x, ...) {
  config <- x$get_config()
  config <- with_r_axis(config[setdiff(names(config), "dtype")])
  paste0("<metric> ", attr(x, "kept")$class, "(", arguments_text(config), ")")
}

#' @export
print.lossbridge_metric_object <- function(x, ...) {
  # Keras' own may have none before they have seen data.
  result <- tryCatch(toString(format(as.numeric(x$result()))), error = function(e) "none")
  cat(format(x), "\n  result so far: ", result, "\n", sep = "")
  invisible(x)
}
