# Metrics by the names of the R package tfaddons. Its losses are with those of their kind.

#' Metrics of classes
#'
#' @description
#' Metrics by the names and arguments of the R package tfaddons:
#'
#' * `metric_cohen_kappa()`: the agreement of true and predicted classes beyond that by chance; 0
#'   where all of them are one class.
#' * `metric_mcc()`: Matthews' correlation of true and predicted classes; 0 where all true ones, or
#'   all predicted ones, are one class.
#' * `metric_rsquare()`, `metric_fbetascore()` and `metrics_f1score()`: those of Keras 3, `R2Score`,
#'   `FBetaScore` and `F1Score`.
#' * `metric_hamming_distance(actuals, predictions)`: the share of the entries in which two arrays
#'   differ. Factors and strings are compared as text.
#'
#' `metric_cohen_kappa()` and `metric_mcc()` take classes, true and predicted ones, as labels that
#' count from 0, as a factor, or as rows with a number for each class, the largest of which counts:
#' one-hot rows, or probabilities. Of two classes the probability of the second will do. The metrics
#' of Keras take such rows only.
#'
#' @param num_classes How many classes there are. Keras' metrics know it from the data.
#' @param name The name of the metric, for logs.
#' @param weightage What a wrong class weighs: `NULL` for 1, `"linear"` for its distance from the
#'   true one, `"quadratic"` for the square of that.
#' @param sparse_labels Taken, and of no effect: labels are known from one-hot rows by their shape.
#' @param regression Whether predictions are numbers on the scale of the classes, to be rounded.
#' @param dtype The dtype of the sums; `NULL` for Keras' floatx.
#' @param average How the classes become one number: `NULL` for one each, `"micro"`, `"macro"` or
#'   `"weighted"`.
#' @param beta What recall weighs against precision.
#' @param threshold From which probability on a class is predicted; `NULL` for the most probable
#'   one.
#' @param actuals,predictions Arrays of the same shape: classes, or 0 and 1, without `NA`.
#' @return A metric object with `update_state(y_true, y_pred, sample_weight = NULL)`, `result()` and
#'   `reset_state()`, which can be handed to `compile(metrics = )`; of `metric_hamming_distance()` a
#'   number.
#'
#' @references
#' Cohen, J. (1968). Weighted kappa: nominal scale agreement with provision for scaled disagreement
#' or partial credit. \emph{Psychological Bulletin} 70(4), 213-220.
#'
#' Gorodkin, J. (2004). Comparing two K-category assignments by a K-category correlation
#' coefficient. \emph{Computational Biology and Chemistry} 28(5-6), 367-374.
#'
#' @examplesIf lossbridge_available()
#' kappa <- metric_cohen_kappa(num_classes = 3)
#' kappa$update_state(c(0, 1, 2, 2), c(0, 1, 1, 2))
#' as.numeric(kappa$result())
#'
#' metric_hamming_distance(c(1, 0, 0, 1), c(1, 1, 0, 1))
#' @name addons_metrics
NULL

class_metric <- function(class, ..., call = caller_env()) {
  check_no_na(list(...), call)
  object <- call_python(py_function(paste0("metrics.", class), call), list(...), call)
  new_metric_object(object, labels = TRUE, NULL, of_loss = FALSE, classes = TRUE)
}

#' A metric of Keras itself, which takes matrices only
#' @noRd
keras_metric <- function(class, ..., call = caller_env()) {
  check_no_na(list(...), call)
  object <- call_python(py_function("boundary.keras_metric", call), list(class, ...), call)
  new_metric_object(object, FALSE, NULL, column = TRUE, of_loss = FALSE)
}

#' @rdname addons_metrics
#' @export
metric_cohen_kappa <- metric_function("CohenKappa", function(
    num_classes, name = "cohen_kappa", weightage = NULL, sparse_labels = FALSE,
    regression = FALSE, dtype = NULL) {
  class_metric(
    "CohenKappa",
    num_classes = num_classes, name = name, weightage = weightage, sparse_labels = sparse_labels,
    regression = regression, dtype = dtype
  )
})

#' @rdname addons_metrics
#' @export
metric_mcc <- metric_function("MatthewsCorrelationCoefficient", function(
    num_classes, name = "MatthewsCorrelationCoefficient", dtype = NULL) {
  class_metric(
    "MatthewsCorrelationCoefficient",
    num_classes = num_classes, name = name, dtype = dtype
  )
})

#' @rdname addons_metrics
#' @export
metric_rsquare <- metric_function("R2Score", function(name = "r_square", dtype = NULL) {
  keras_metric("R2Score", name = name, dtype = dtype)
})

#' @rdname addons_metrics
#' @export
metric_fbetascore <- metric_function("FBetaScore", function(
    num_classes = NULL, average = NULL, beta = 1, threshold = NULL, name = "fbeta_score",
    dtype = NULL) {
  keras_metric(
    "FBetaScore",
    num_classes = num_classes, average = average, beta = beta, threshold = threshold, name = name,
    dtype = dtype
  )
})

#' @rdname addons_metrics
#' @export
metrics_f1score <- metric_function("F1Score", function(
    num_classes = NULL, average = NULL, threshold = NULL, name = "f1_score", dtype = NULL) {
  keras_metric(
    "F1Score",
    num_classes = num_classes, average = average, threshold = threshold, name = name, dtype = dtype
  )
})

#' @rdname addons_metrics
#' @export
metric_hamming_distance <- function(actuals, predictions) {
  call <- environment()
  data <- lapply(list(actuals = actuals, predictions = predictions), factor_of)
  for (argument in names(data)) {
    if (is.atomic(data[[argument]])) check_no_missing(data[[argument]], argument, call, NA)
  }
  of_text <- vapply(data, function(x) is.factor(x) || is.character(x), logical(1))
  if (any(of_text) && all(vapply(data, is.atomic, logical(1)))) data <- codes_of_text(data)
  data <- Map(function(x, argument) as_input(x, argument, FALSE, call), data, names(data))
  as_result(call_python(py_function("metrics.hamming_distance", call), unname(data), call), data)
}

#' Classes as numbers that are the same where their text is, whatever levels factors have
#' @noRd
codes_of_text <- function(data) {
  texts <- lapply(data, as.character)
  known <- unique(unlist(texts))
  Map(function(x, text) array(match(text, known), dim(x) %||% length(x)), data, texts)
}
