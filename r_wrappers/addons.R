# Losses and metrics by the names of the R package tfaddons that are objects only.

#' Losses of TensorFlow Addons for a whole batch, and for boxes
#'
#' @description
#' Loss objects by the names and arguments of the R package tfaddons:
#'
#' * `loss_npairs()`: cross-entropy of a matrix of similarities, the logits, with the samples of the
#'   same class: `y_true` has labels, or a factor, and `y_pred` the similarities, of shape `[batch,
#'   batch]`: products of two embeddings say.
#' * `loss_npairs_multilabel()`: the same of samples of several classes each; `y_true` has 1 for
#'   each class of a sample and else 0, of shape `[batch, classes]`.
#' * `loss_giou()`: 1 - the intersection over union of boxes, generalised to boxes that do not meet.
#'   The boxes `[y_min, x_min, y_max, x_max]` are on the last axis.
#' * `loss_weighted_kappa()`: \eqn{\log(1 - \kappa + \epsilon)}{log(1 - kappa + epsilon)} for
#'   Cohen's kappa with weights of the classes; `y_true` has one-hot rows and `y_pred`
#'   probabilities.
#'
#' The other losses of tfaddons take data, too: [loss_contrastive()], [loss_triplet_semihard()],
#' [loss_triplet_hard()], [loss_lifted_struct()], [loss_pinball()],
#' [loss_sigmoid_focal_crossentropy()] and [loss_sparsemax()].
#'
#' @param name The name of the loss, for logs.
#' @param mode `"giou"`, or `"iou"` for nothing but 1 - the intersection over union.
#' @param reduction How the values of the boxes become one number; see [loss_mean_squared_error()].
#'   The others give one number for a batch.
#' @param num_classes The number of classes, at least 2.
#' @param weightage `"quadratic"`, by the square of the distance of two classes, or `"linear"`.
#' @param epsilon What is added, for a finite logarithm.
#' @return A loss object; see [lossbridge_loss].
#'
#' @references
#' Sohn, K. (2016). Improved deep metric learning with multi-class n-pair loss objective.
#' \emph{Advances in Neural Information Processing Systems} 29.
#'
#' Rezatofighi, H. and others (2019). Generalized intersection over union. \emph{Proceedings of the
#' IEEE/CVF Conference on Computer Vision and Pattern Recognition}, 658-666.
#'
#' de la Torre, J., Puig, D. and Valls, A. (2018). Weighted kappa loss function for multi-class
#' classification of ordinal data in deep learning. \emph{Pattern Recognition Letters} 105, 144-154.
#'
#' @examplesIf lossbridge_available()
#' npairs <- loss_npairs()
#' npairs(c(0, 0, 1), matrix(0, 3, 3))
#'
#' giou <- loss_giou()
#' giou(rbind(c(4, 3, 7, 5)), rbind(c(3, 4, 6, 8)))
#'
#' kappa <- loss_weighted_kappa(num_classes = 2)
#' kappa(diag(2), rbind(c(0.75, 0.25), c(0.25, 0.75)))
#' @concept embedding losses
#' @name addons_losses
NULL

addons_object <- function(loss, class, ..., labels = FALSE, call = caller_env()) {
  check_no_na(list(...), call)
  object <- call_python(py_function(paste0("addons.", class), call), list(...), call)
  new_loss_object(object, loss, labels, module = "addons")
}

#' @rdname addons_losses
#' @export
loss_npairs <- function(name = "npairs_loss") {
  addons_object("npairs", "NpairsLoss", name = name, labels = TRUE)
}

#' @rdname addons_losses
#' @export
loss_npairs_multilabel <- function(name = "npairs_multilabel_loss") {
  addons_object("npairs_multilabel", "NpairsMultilabelLoss", name = name)
}

#' @rdname addons_losses
#' @export
loss_giou <- function(mode = "giou", reduction = "sum_over_batch_size", name = "giou_loss") {
  addons_object("giou", "GIoULoss", mode = mode, reduction = reduction, name = name)
}

#' @rdname addons_losses
#' @export
loss_weighted_kappa <- function(
    num_classes, weightage = "quadratic", name = "cohen_kappa_loss", epsilon = 1e-6) {
  addons_object(
    "weighted_kappa", "WeightedKappaLoss",
    num_classes = num_classes, weightage = weightage, name = name, epsilon = epsilon
  )
}

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
#' @param num_classes How many classes there are. Keras' metrics know it from the data.
#' @param name The name of the metric, for logs.
#' @param weightage What a wrong class weighs: `NULL` for 1, `"linear"` for its distance from the
#'   true one, `"quadratic"` for the square of that.
#' @param sparse_labels Whether `y_true` has labels, or a factor, and not one-hot rows.
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
#' kappa <- metric_cohen_kappa(num_classes = 3, sparse_labels = TRUE)
#' kappa$update_state(c(0, 1, 2, 2), c(0, 1, 1, 2))
#' as.numeric(kappa$result())
#'
#' metric_hamming_distance(c(1, 0, 0, 1), c(1, 1, 0, 1))
#' @name addons_metrics
NULL

class_metric <- function(class, ..., labels = FALSE, call = caller_env()) {
  check_no_na(list(...), call)
  object <- call_python(py_function(paste0("metrics.", class), call), list(...), call)
  new_metric_object(object, labels, NULL, of_loss = FALSE)
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
metric_cohen_kappa <- function(
    num_classes, name = "cohen_kappa", weightage = NULL, sparse_labels = FALSE,
    regression = FALSE, dtype = NULL) {
  class_metric(
    "CohenKappa",
    num_classes = num_classes, name = name, weightage = weightage, sparse_labels = sparse_labels,
    regression = regression, dtype = dtype, labels = sparse_labels
  )
}

#' @rdname addons_metrics
#' @export
metric_mcc <- function(num_classes, name = "MatthewsCorrelationCoefficient", dtype = NULL) {
  class_metric(
    "MatthewsCorrelationCoefficient",
    num_classes = num_classes, name = name, dtype = dtype
  )
}

#' @rdname addons_metrics
#' @export
metric_rsquare <- function(name = "r_square", dtype = NULL) {
  keras_metric("R2Score", name = name, dtype = dtype)
}

#' @rdname addons_metrics
#' @export
metric_fbetascore <- function(
    num_classes = NULL, average = NULL, beta = 1, threshold = NULL, name = "fbeta_score",
    dtype = NULL) {
  keras_metric(
    "FBetaScore",
    num_classes = num_classes, average = average, beta = beta, threshold = threshold, name = name,
    dtype = dtype
  )
}

#' @rdname addons_metrics
#' @export
metrics_f1score <- function(
    num_classes = NULL, average = NULL, threshold = NULL, name = "f1_score", dtype = NULL) {
  keras_metric(
    "F1Score",
    num_classes = num_classes, average = average, threshold = threshold, name = name, dtype = dtype
  )
}

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
