# Losses of embeddings: pairs of samples of the same or of different classes.

#' Circle loss
#'
#' @description
#' Pulls embeddings of one class together and pushes those of others apart. With the distances
#' \eqn{d = \max(1 - u \cdot v, 0)}{d = max(1 - u.v, 0)} between embeddings,
#' \deqn{\ell = \log\left(1 + \sum_{+} e^a \sum_{-} e^b\right)}{log(1 + sum(exp(a)) sum(exp(b)))}
#' with \eqn{a = -\gamma (m + d)(m - d)}{a = -gamma (m + d) (m - d)} of the pairs of the same class
#' and \eqn{b = \gamma \max(1 + m - d, 0) (1 - m - d)}{b = gamma max(1 + m - d, 0) (1 - m - d)} of
#' those of different classes. A sample that lacks either kind scores 0, and a mean is taken over
#' the others.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Whole numbers as labels, of shape `[batch]` or `[batch, 1]`, or a factor. Left out
#'   together with `y_pred`, a loss object is made.
#' @param y_pred Embeddings of length 1, of shape `[batch, size]`.
#' @param ref_labels The labels of the embeddings to compare with; `NULL` for `y_true`. Only with
#'   data.
#' @param ref_embeddings The embeddings to compare with, of shape `[references, size]`; `NULL` for
#'   `y_pred`. Only with data.
#' @param remove_diagonal Whether sample i is not compared with reference i, as it must be when the
#'   references are the batch.
#' @param gamma The scale, at least 0.
#' @param margin The relaxation \eqn{m}, from 0 to 1.
#' @param ignore_nan Must be `FALSE`: leave samples without a label out of the batch.
#' @return With data, an array of shape `[batch]`, or its reduced value if `reduction` is
#'   given. Without data, a loss object; see [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Sun, Y. and others (2020). Circle loss: a unified perspective of pair similarity
#' optimization. \emph{Proceedings of the IEEE/CVF Conference on Computer Vision and Pattern
#' Recognition}, 6398-6407.
#'
#' @examplesIf lossbridge_available()
#' loss_circle(c(0, 0, 1), rbind(c(1, 0), c(1, 0), c(0, 1)), gamma = 1)
#' @family embedding losses
#' @export
loss_circle <- loss_function("circle", function(
    y_true, y_pred, ref_labels = NULL, ref_embeddings = NULL, remove_diagonal = TRUE,
    gamma = 80, margin = 0.4, ..., reduction = "sum_over_batch_size", name = "circle",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "circle",
    ref_labels = as_optional_input(ref_labels, "ref_labels", labels = TRUE),
    ref_embeddings = as_optional_input(ref_embeddings, "ref_embeddings"),
    remove_diagonal = remove_diagonal, gamma = gamma, margin = margin, labels = TRUE
  )
}, formula = "softplus(logsumexp(positive pairs) + logsumexp(negative pairs))")
