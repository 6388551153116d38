# Losses of a margin: classification with labels -1 and 1, or one-hot.

#' Hinge loss
#'
#' @description
#' The mean, over the last axis, of what is missing to a margin of 1:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} \max(1 - t_i p_i, 0)}{mean(max(1 - t p, 0))}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Labels \eqn{t}, -1 or 1, of shape `[batch, d0, .. dN]`. If all labels of the batch
#'   are 0 or 1, 0 counts as -1. Left out together with `y_pred`, a loss object is made.
#' @param y_pred Predicted margins \eqn{p}, any real numbers, of the same shape.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Cortes, C. and Vapnik, V. (1995). Support-vector networks. \emph{Machine Learning}
#' 20(3), 273-297.
#'
#' @examplesIf lossbridge_available()
#' y_true <- rbind(c(0, 1), c(0, 0))
#' y_pred <- rbind(c(0.6, 0.4), c(0.4, 0.6))
#' loss_hinge(y_true, y_pred)
#'
#' hinge <- loss_hinge()
#' hinge(y_true, y_pred)
#' @family hinge losses
#' @export
loss_hinge <- loss_function("hinge", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "hinge", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss("hinge")
}, formula = "mean(max(1 - t p, 0))")

#' Squared hinge loss
#'
#' @description
#' The mean, over the last axis, of the square of what is missing to a margin of 1:
#' \deqn{\ell = \frac{1}{n} \sum_{i=1}^{n} \max(1 - t_i p_i, 0)^2}{mean(max(1 - t p, 0)^2)}
#'
#' @inheritParams loss_hinge
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Cortes, C. and Vapnik, V. (1995). Support-vector networks. \emph{Machine Learning}
#' 20(3), 273-297.
#'
#' @examplesIf lossbridge_available()
#' loss_squared_hinge(rbind(c(0, 1), c(0, 0)), rbind(c(0.6, 0.4), c(0.4, 0.6)))
#' @family hinge losses
#' @export
loss_squared_hinge <- loss_function("squared_hinge", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "squared_hinge",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("squared_hinge")
}, formula = "mean(max(1 - t p, 0)^2)")

#' Categorical hinge loss
#'
#' @description
#' What is missing to a margin of 1 between the true class and the best other one:
#' \deqn{\ell = \max\left(\max_c ((1 - t_c) p_c) - \sum_c t_c p_c + 1, 0\right)}{
#' max(max((1 - t) p) - sum(t p) + 1, 0)}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true One-hot labels \eqn{t} over the last axis, as [to_categorical()] makes them, of
#'   shape `[batch, d0, .. dN]`. Left out together with `y_pred`, a loss object is made.
#' @param y_pred Predicted scores \eqn{p}, any real numbers, of the same shape.
#' @param class_weight Weights \eqn{w} of the classes, at least 0: a vector with one for each
#'   class, or a
#'   list by class, `list("0" = 2)` say, in which a class that is not there weighs 1. See
#'   [class_weights()]. The value is multiplied by \eqn{\sum_c t_c w_c}{sum(t w)}, the weight of the
#'   true class. The reduction `"mean_with_sample_weight"` divides by these, too. `NULL` for none.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Crammer, K. and Singer, Y. (2001). On the algorithmic implementation of multiclass
#' kernel-based vector machines. \emph{Journal of Machine Learning Research} 2, 265-292.
#'
#' @examplesIf lossbridge_available()
#' loss_categorical_hinge(rbind(c(0, 1), c(0, 0)), rbind(c(0.6, 0.4), c(0.4, 0.6)))
#' @family hinge losses
#' @export
loss_categorical_hinge <- loss_function("categorical_hinge", function(
    y_true, y_pred, class_weight = NULL, ..., reduction = "sum_over_batch_size",
    name = "categorical_hinge", dtype = NULL, ignore_nan = FALSE) {
  call_loss("categorical_hinge", class_weight = as_class_weight(class_weight))
}, formula = "max(max((1 - t) p) - sum(t p) + 1, 0)")
