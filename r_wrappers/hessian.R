#' The second derivative of a loss
#'
#' @description
#' The diagonal of the second derivative of a loss with respect to the predictions: how fast each
#' entry of [loss_gradient()] changes with its own prediction, which Newton's method and boosted
#' trees divide by. Of the per-sample values \eqn{\ell_i}{l_i} of a loss function, or the one value
#' of an object, it is
#' \deqn{h_j = \frac{\partial^2}{\partial p_j^2} \sum_i w_i \ell_i(t, p)}{
#'   d2(sum(w * l(t, p))) / dp^2}
#'
#' @details
#' It is exact, by differentiating the formula of the gradient. At a kink, of the absolute error
#' say, it is 0, as it is beside it. It takes one pass over the data where the entries stand apart,
#' or where the loss has it in closed form, as the cross-entropies of logits do; else one for each
#' entry that depends on another: the classes of a row, all embeddings in `loss_circle()`, all of a
#' sample in a loss of one's own.
#'
#' @inheritParams loss_gradient
#'
#' @return An array of the shape of `y_pred`. Of a loss function, whose values are per sample, it is
#'   that of each sample's own value; of a loss object, that of the reduced value.
#'
#' @section Errors:
#' Of class `lossbridge_error`, where the loss itself would give one.
#'
#' @references
#' Pearlmutter, B. A. (1994). Fast Exact Multiplication by the Hessian. \emph{Neural Computation} 6.
#'
#' @examplesIf lossbridge_available()
#' loss_hessian(loss_huber, cbind(c(0, 0)), cbind(c(0.5, 3)))
#'
#' # Newton's method for a mean of log-odds
#' y <- c(0, 1, 1, 1)
#' bce <- loss_binary_crossentropy(from_logits = TRUE, reduction = "sum", dtype = "float64")
#' m <- 0
#' for (i in 1:5) {
#'   p <- rep(m, 4)
#'   m <- m - sum(loss_gradient(bce, y, p)) / sum(loss_hessian(bce, y, p))
#' }
#' c(m, qlogis(mean(y)))
#' @export
loss_hessian <- function(loss, y_true, y_pred, sample_weight = NULL) {
  derivative("hessian", environment())
}
