# Losses of bounding boxes.

#' Generalised intersection over union
#'
#' @description
#' Of two boxes
#' \deqn{\ell = 1 - \frac{I}{U} + \frac{A - U}{A}}{1 - I / U + (A - U) / A}
#' where \eqn{I} is the area that both have, \eqn{U} the area that at least one of them has, and
#' \eqn{A} that of the smallest box around both. The corners of a box may come in any order. Two
#' boxes without area have the value 0 where they are the same, and else at least 1.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Boxes `[y_min, x_min, y_max, x_max]`, of shape `[batch, d0, .. dN, 4]`. Left out
#'   together with `y_pred`, a loss object is made.
#' @param y_pred Boxes, of the same shape.
#' @param mode `"giou"`, or `"iou"` for nothing but \eqn{1 - I / U}, whose gradient is 0 where boxes
#'   do not meet.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Rezatofighi, H. and others (2019). Generalized intersection over union: a metric and a loss for
#' bounding box regression. \emph{Proceedings of the IEEE/CVF Conference on Computer Vision and
#' Pattern Recognition}, 658-666.
#'
#' @examplesIf lossbridge_available()
#' loss_giou(rbind(c(4, 3, 7, 5)), rbind(c(3, 4, 6, 8)))
#' loss_giou(rbind(c(4, 3, 7, 5)), rbind(c(3, 4, 6, 8)), mode = "iou")
#' @family detection losses
#' @export
loss_giou <- loss_function("giou", function(
    y_true, y_pred, mode = "giou", ..., reduction = "sum_over_batch_size", name = "giou",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("giou", mode = mode)
}, formula = "1 - I / U + (A - U) / A of the areas of boxes")
