# Losses as metrics: their mean over all the data seen so far.

#' Loss metrics
#'
#' @description
#' The losses as metrics: means over all the data seen since the last `reset_state()`,
#' over the batches of an epoch say. Each is used in three ways:
#'
#' * `metric_hinge(y_true, y_pred)`, with data, gives one value per sample, as the loss does.
#' * `metric_hinge()`, without data, makes a metric object with `update_state(y_true, y_pred,
#'   sample_weight = NULL)`, `result()` and `reset_state()`. Called as a function, it does the first
#'   two.
#' * `metric_hinge` itself, unquoted, can be handed to `compile(metrics = )`, as can the object.
#'
#' The objects are metrics of Keras 3. The `compile()` of the older keras on tf_keras takes them
#' where the environment variable `TF_USE_LEGACY_KERAS` was `"1"` before lossbridge was used, and
#' the functions in any case.
#'
#' A metric divides by the sum of the weights, \deqn{m = \frac{\sum_i w_i \ell_i}{\sum_i w_i}}{
#' sum(w loss) / sum(w)} where the default reduction of a loss divides by the number of values. The
#' formula of each \eqn{\ell}{loss} is with the loss of the same name.
#' `metric_root_mean_squared_error()`
#' is the square root of the mean squared error over all samples. `metric_cosine_similarity()` has
#' the opposite sign of the loss of that name: 1 is for the same direction.
#' `metric_cosine_proximity()` is its name in older versions of Keras, where it took data.
#' `metric_log_cosh_error()` is the mean of [loss_log_cosh()].
#'
#' @inheritParams loss_mean_squared_error
#' @inheritParams loss_sparse_categorical_crossentropy
#' @inheritParams loss_categorical_focal_crossentropy
#' @inheritParams loss_binary_focal_crossentropy
#' @inheritParams loss_huber
#' @param y_true True values, and
#' @param y_pred predictions, as the loss of the same name takes them, of shape `[batch, d0, ..
#'   dN]`. Left out together, a metric object is made.
#' @param axis The axis of the classes, or the axes of binary cross-entropies and of vectors,
#'   counted from 1; -1 is the last.
#' @param label_smoothing From 0 to 1, as in the loss.
#' @param alpha The weight of class 1, from 0 to 1; for the categorical one the weight of all
#'   classes, or a vector with one for each.
#' @param dtype The dtype of the running sums, such as `"float64"`; `NULL` for Keras' floatx.
#'
#' @return With data, the per-sample values, an array of shape `[batch, d0, .. dN-1]`. Without
#'   data, a metric object of Python.
#'
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Chollet, F. and others (2015). Keras. <https://keras.io>
#'
#' @examplesIf lossbridge_available()
#' y_true <- rbind(c(0, 1), c(0, 0))
#' y_pred <- rbind(c(0.6, 0.4), c(0.4, 0.6))
#' metric_hinge(y_true, y_pred)
#'
#' m <- metric_hinge()
#' m$update_state(y_true, y_pred, sample_weight = c(1, 0))
#' m$result()
#' @name loss_metrics
NULL

#' @rdname loss_metrics
#' @export
metric_mean_squared_error <- metric_function("mean_squared_error", function(
    y_true, y_pred, ..., name = "mean_squared_error", dtype = NULL, ignore_nan = FALSE) {
  call_metric("mean_squared_error", "MeanSquaredError")
})

#' @rdname loss_metrics
#' @export
metric_root_mean_squared_error <- metric_function("RootMeanSquaredError", function(
    ..., name = "root_mean_squared_error", dtype = NULL, ignore_nan = FALSE) {
  call_metric(NULL, "RootMeanSquaredError")
})

#' @rdname loss_metrics
#' @export
metric_mean_absolute_error <- metric_function("mean_absolute_error", function(
    y_true, y_pred, ..., name = "mean_absolute_error", dtype = NULL, ignore_nan = FALSE) {
  call_metric("mean_absolute_error", "MeanAbsoluteError")
})

#' @rdname loss_metrics
#' @export
metric_mean_absolute_percentage_error <- metric_function(
  "mean_absolute_percentage_error",
  function(y_true, y_pred, ..., name = "mean_absolute_percentage_error", dtype = NULL,
      ignore_nan = FALSE) {
    call_metric("mean_absolute_percentage_error", "MeanAbsolutePercentageError")
  }
)

#' @rdname loss_metrics
#' @export
metric_mean_squared_logarithmic_error <- metric_function(
  "mean_squared_logarithmic_error",
  function(y_true, y_pred, ..., name = "mean_squared_logarithmic_error", dtype = NULL,
      ignore_nan = FALSE) {
    call_metric("mean_squared_logarithmic_error", "MeanSquaredLogarithmicError")
  }
)

#' @rdname loss_metrics
#' @export
metric_huber <- metric_function("huber", function(y_true, y_pred, delta = 1, ignore_nan = FALSE) {
  call_metric("huber", NULL, delta = delta)
})

#' @rdname loss_metrics
#' @export
metric_log_cosh <- metric_function("log_cosh", function(y_true, y_pred, ignore_nan = FALSE) {
  call_metric("log_cosh", NULL)
})

#' @rdname loss_metrics
#' @export
metric_log_cosh_error <- metric_function("LogCoshError", function(
    ..., name = "logcosh", dtype = NULL, ignore_nan = FALSE) {
  call_metric(NULL, "LogCoshError")
})

#' @rdname loss_metrics
#' @export
metric_logcosh_error <- metric_log_cosh_error

#' @rdname loss_metrics
#' @export
metric_cosine_similarity <- metric_function("CosineSimilarity", function(
    ..., name = "cosine_similarity", dtype = NULL, axis = -1L, ignore_nan = FALSE) {
  call_metric(NULL, "CosineSimilarity", axis = as_axis(axis, several = TRUE))
})

#' @rdname loss_metrics
#' @export
metric_cosine_proximity <- metric_function("cosine_proximity", function(
    y_true, y_pred, ..., name = "cosine_proximity", dtype = NULL, axis = -1L, ignore_nan = FALSE) {
  call_metric("cosine_proximity", "CosineSimilarity", axis = as_axis(axis, several = TRUE))
})

#' @rdname loss_metrics
#' @export
metric_hinge <- metric_function("hinge", function(
    y_true, y_pred, ..., name = "hinge", dtype = NULL, ignore_nan = FALSE) {
  call_metric("hinge", "Hinge")
})

#' @rdname loss_metrics
#' @export
metric_squared_hinge <- metric_function("squared_hinge", function(
    y_true, y_pred, ..., name = "squared_hinge", dtype = NULL, ignore_nan = FALSE) {
  call_metric("squared_hinge", "SquaredHinge")
})

#' @rdname loss_metrics
#' @export
metric_categorical_hinge <- metric_function("categorical_hinge", function(
    y_true, y_pred, ..., name = "categorical_hinge", dtype = NULL, ignore_nan = FALSE) {
  call_metric("categorical_hinge", "CategoricalHinge")
})

#' @rdname loss_metrics
#' @export
metric_binary_crossentropy <- metric_function("binary_crossentropy", function(
    y_true, y_pred, from_logits = FALSE, label_smoothing = 0, axis = -1L, ...,
    name = "binary_crossentropy", dtype = NULL, ignore_nan = FALSE) {
  call_metric(
    "binary_crossentropy", "BinaryCrossentropy",
    from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis, several = TRUE)
  )
})

#' @rdname loss_metrics
#' @export
metric_categorical_crossentropy <- metric_function("categorical_crossentropy", function(
    y_true, y_pred, from_logits = FALSE, label_smoothing = 0, axis = -1L, ...,
    name = "categorical_crossentropy", dtype = NULL, ignore_nan = FALSE) {
  call_metric(
    "categorical_crossentropy", "CategoricalCrossentropy",
    from_logits = from_logits, label_smoothing = label_smoothing, axis = as_axis(axis)
  )
})

#' @rdname loss_metrics
#' @export
metric_sparse_categorical_crossentropy <- metric_function(
  "sparse_categorical_crossentropy",
  function(
      y_true, y_pred, from_logits = FALSE, ignore_class = NULL, axis = -1L, ...,
      name = "sparse_categorical_crossentropy", dtype = NULL, ignore_nan = FALSE) {
    call_metric(
      "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy",
      from_logits = from_logits, ignore_class = ignore_class, axis = as_axis(axis),
      labels = TRUE
    )
  }
)

#' @rdname loss_metrics
#' @export
metric_binary_focal_crossentropy <- metric_function("binary_focal_crossentropy", function(
    y_true, y_pred, apply_class_balancing = FALSE, alpha = 0.25, gamma = 2,
    from_logits = FALSE, label_smoothing = 0, axis = -1L, ignore_nan = FALSE) {
  call_metric(
    "binary_focal_crossentropy", NULL,
    apply_class_balancing = apply_class_balancing, alpha = alpha, gamma = gamma,
    from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis, several = TRUE)
  )
})

#' @rdname loss_metrics
#' @export
metric_categorical_focal_crossentropy <- metric_function("categorical_focal_crossentropy", function(
    y_true, y_pred, alpha = 0.25, gamma = 2, from_logits = FALSE, label_smoothing = 0,
    axis = -1L, ignore_nan = FALSE) {
  call_metric(
    "categorical_focal_crossentropy", NULL,
    alpha = alpha, gamma = gamma, from_logits = from_logits, label_smoothing = label_smoothing,
    axis = as_axis(axis)
  )
})

#' @rdname loss_metrics
#' @export
metric_kl_divergence <- metric_function("kl_divergence", function(
    y_true, y_pred, ..., name = "kl_divergence", dtype = NULL, ignore_nan = FALSE) {
  call_metric("kl_divergence", "KLDivergence")
})

#' @rdname loss_metrics
#' @export
metric_kullback_leibler_divergence <- metric_kl_divergence

#' @rdname loss_metrics
#' @export
metric_poisson <- metric_function("poisson", function(
    y_true, y_pred, ..., name = "poisson", dtype = NULL, ignore_nan = FALSE) {
  call_metric("poisson", "Poisson")
})

#' Any loss as a metric
#'
#' @description
#' The mean of a loss over all the data seen since the last `reset_state()`, for losses without a
#' metric of their own, and for loss objects with their arguments:
#' \deqn{m = \frac{\sum_i w_i \ell_i}{\sum_i w_i}}{sum(w loss) / sum(w)}
#'
#' @param loss A loss object, such as `loss_pinball(tau = 0.9)`, whose arguments are taken, a loss
#'   function, or the name of a loss. How an object reduces does not matter.
#' @param name The name of the metric, for logs; `NULL` for that of the loss.
#' @param dtype The dtype of the running sums, such as `"float64"`; `NULL` for Keras' floatx.
#'
#' @return A metric object, as those of [loss_metrics]: for `compile(metrics = )`, and with
#'   `update_state(y_true, y_pred, sample_weight = NULL)`, `result()` and `reset_state()`.
#'
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Chollet, F. and others (2015). Keras. <https://keras.io>
#'
#' @examplesIf lossbridge_available()
#' m <- metric_loss(loss_pinball(tau = 0.9))
#' m$update_state(cbind(c(1, 2)), cbind(c(0, 4)))
#' m$result()
#' @export
metric_loss <- function(loss, name = NULL, dtype = NULL) {
  call <- environment()
  check_no_na(list(name = name, dtype = dtype), call)
  loss <- as_loss(loss, call)
  object <- call_python(py_function("boundary.metric_of", call), list(loss, name, dtype), call)
  new_metric_object(object, takes_labels(loss), attr(loss, "loss"))
}
