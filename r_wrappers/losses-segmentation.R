# Losses of the overlap between two masks.

#' Dice loss
#'
#' @description
#' One minus twice the overlap of two masks over the sum of their sizes:
#' \deqn{\ell = 1 - \frac{2 \sum t p}{\sum t + \sum p + 10^{-7}}}{
#' 1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7)}
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true True masks \eqn{t}, numbers from 0 to 1, of shape `[batch, d0, .. dN]`. Left out
#'   together with `y_pred`, a loss object is made.
#' @param y_pred Predicted masks \eqn{p}, numbers from 0 to 1, of the same shape.
#' @param axis The axes that the sums run over, counted from 1; -1 is the last. `NULL` for all, the
#'   batch included.
#' @return With data, an array of the shape of `y_pred` without `axis`, one number for `NULL`,
#'   or the reduced value if `reduction` is given. Without data, a loss object; see
#'   [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Milletari, F., Navab, N. and Ahmadi, S.-A. (2016). V-Net: fully convolutional neural
#' networks for volumetric medical image segmentation. \emph{Fourth International Conference on 3D
#' Vision}, 565-571.
#'
#' @examplesIf lossbridge_available()
#' loss_dice(rbind(c(1, 0), c(1, 1)), rbind(c(0.5, 0.5), c(0.9, 0.8)))
#' loss_dice(rbind(c(1, 0), c(1, 1)), rbind(c(0.5, 0.5), c(0.9, 0.8)), axis = 2)
#' @family segmentation losses
#' @export
loss_dice <- loss_function("dice", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "dice", axis = NULL,
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("dice", axis = as_axis(axis, several = TRUE, all = TRUE))
}, formula = "1 - 2 sum(t p) / (sum(t) + sum(p))")

#' Tversky loss
#'
#' @description
#' Dice loss with weights for the two kinds of error:
#' \deqn{\ell = 1 - \frac{I}{I + \alpha F_p + \beta F_n + 10^{-7}}}{
#' 1 - I / (I + alpha Fp + beta Fn + 1e-7)}
#' with the overlap \eqn{I = \sum t p}{I = sum(t p)}, the false positives
#' \eqn{F_p = \sum (1 - t) p}{Fp = sum((1 - t) p)} and the false negatives
#' \eqn{F_n = \sum t (1 - p)}{Fn = sum(t (1 - p))}.
#'
#' Keras up to 3.15, and with it keras3, weighs the false negatives by `alpha` and the false
#' positives by `beta`, against its own documentation. Swap the two for the same numbers here.
#'
#' @inheritParams loss_dice
#' @param alpha The weight of false positives, at least 0.
#' @param beta The weight of false negatives, at least 0.
#' @inherit loss_dice return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Salehi, S. S. M., Erdogmus, D. and Gholipour, A. (2017). Tversky loss function for
#' image segmentation using 3D fully convolutional deep networks. \emph{Machine Learning in Medical
#' Imaging}, 379-387.
#'
#' @examplesIf lossbridge_available()
#' loss_tversky(rbind(c(1, 0), c(1, 1)), rbind(c(0.5, 0.5), c(0.9, 0.8)), alpha = 0.2, beta = 0.8)
#' @family segmentation losses
#' @export
loss_tversky <- loss_function("tversky", function(
    y_true, y_pred, ..., alpha = 0.5, beta = 0.5, reduction = "sum_over_batch_size",
    name = "tversky", axis = NULL, dtype = NULL, ignore_nan = FALSE) {
  call_loss("tversky", alpha = alpha, beta = beta, axis = as_axis(axis, several = TRUE, all = TRUE))
}, formula = "1 - sum(t p) / (sum(t p) + alpha sum((1 - t) p) + beta sum(t (1 - p)))")
