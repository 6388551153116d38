# Losses that learn a similarity: of the distances of pairs, and of triplets of embeddings.

#' Contrastive loss
#'
#' @description
#' Of the distances \eqn{d} of pairs, the mean over the last axis of
#' \deqn{\ell = t d^2 + (1 - t) \max(m - d, 0)^2}{t d^2 + (1 - t) max(m - d, 0)^2}
#' which is small where pairs of one class, \eqn{t = 1}, are near each other, and pairs of two,
#' \eqn{t = 0}, are at least \eqn{m} apart.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true 1 for pairs of one class and 0 for pairs of two, of shape `[batch, d0, .. dN]`. Left
#'   out together with `y_pred`, a loss object is made.
#' @param y_pred Distances \eqn{d}, of the same shape.
#' @param margin \eqn{m}, the distance from which a pair of two classes costs nothing.
#' @inherit loss_mean_squared_error return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_mean_squared_error Missing labels
#'
#' @references
#' Hadsell, R., Chopra, S. and LeCun, Y. (2006). Dimensionality reduction by learning an invariant
#' mapping. \emph{Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition},
#' 1735-1742.
#'
#' @examplesIf lossbridge_available()
#' loss_contrastive(cbind(c(1, 0, 0)), cbind(c(0.5, 0.5, 2)))
#' @family hinge losses
#' @export
loss_contrastive <- loss_function("contrastive", function(
    y_true, y_pred, margin = 1, ..., reduction = "sum_over_batch_size", name = "contrastive",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("contrastive", margin = margin)
}, formula = "mean(t d^2 + (1 - t) max(m - d, 0)^2)")

#' Triplet loss of semi-hard negatives
#'
#' @description
#' The mean over the positive pairs, an anchor and another sample of its class at a distance
#' \eqn{d_+}{d+}, of
#' \deqn{\ell = \max(d_+ - d_- + m, 0)}{max(d+ - d- + m, 0)}
#' where \eqn{d_-}{d-} is the distance of the anchor from the nearest sample of another class that is
#' farther than \eqn{d_+}{d+}, or, where none is, from the farthest one.
#'
#' @inheritParams loss_circle
#' @param y_pred Embeddings, of shape `[batch, size]`; by custom of length 1.
#' @param margin \eqn{m}, by how much a negative is to be farther than a positive, at least 0.
#' @param distance_metric `"L2"` for the distance, `"squared-L2"` for its square, `"angular"` for 1 -
#'   cosine; or a function that makes of a tensor of embeddings their matrix of distances.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' The value of a sample is that of the pairs whose anchor it is, times the batch size over the
#' number of positive pairs: the mean over the batch is that over the pairs. So a sample weight is
#' the weight of an anchor; a sample of weight 0 still serves others as a positive or negative. A
#' batch without a positive pair, of one sample say, or of one class, has the value 0, and so has its
#' gradient. Under several replicas the batch is what the replica has.
#'
#' @references
#' Schroff, F., Kalenichenko, D. and Philbin, J. (2015). FaceNet: a unified embedding for face
#' recognition and clustering. \emph{Proceedings of the IEEE Conference on Computer Vision and
#' Pattern Recognition}, 815-823.
#'
#' @examplesIf lossbridge_available()
#' loss_triplet_semihard(c(0, 0, 1), cbind(c(0, 1, 1.5)))
#' @concept embedding losses
#' @export
loss_triplet_semihard <- loss_function("triplet_semihard", function(
    y_true, y_pred, margin = 1, distance_metric = "L2", ..., reduction = "sum_over_batch_size",
    name = "triplet_semihard", dtype = NULL, ignore_nan = FALSE) {
  call_loss("triplet_semihard", margin = margin, distance_metric = distance_metric, labels = TRUE)
}, formula = "mean(max(d+ - d- + m, 0)) over the positive pairs")

#' Triplet loss of the hardest pairs
#'
#' @description
#' For each sample as an anchor
#' \deqn{\ell = \max(d_+ - d_- + m, 0)}{max(d+ - d- + m, 0)}
#' or, with `soft`, \eqn{\log(1 + e^{d_+ - d_-})}{log(1 + exp(d+ - d-))}. \eqn{d_+}{d+} is the distance
#' of the anchor from the farthest sample of its class, \eqn{d_-}{d-} that from the nearest one of
#' another class.
#'
#' @inheritParams loss_triplet_semihard
#' @param soft Whether to take the logarithm, which knows no margin.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' A sample has the value 0, which counts in a mean, where it has no other sample of its class, or
#' none of another: all of a batch of one sample. A sample weight is the weight of an anchor; a
#' sample of weight 0 still serves others as a positive or negative. Under several replicas the
#' batch is what the replica has.
#'
#' @references
#' Hermans, A., Beyer, L. and Leibe, B. (2017). In defense of the triplet loss for person
#' re-identification. \emph{arXiv} 1703.07737.
#'
#' @examplesIf lossbridge_available()
#' loss_triplet_hard(c(0, 0, 1), cbind(c(0, 1, 1.5)))
#' loss_triplet_hard(c(0, 0, 1), cbind(c(0, 1, 1.5)), soft = TRUE)
#' @concept embedding losses
#' @export
loss_triplet_hard <- loss_function("triplet_hard", function(
    y_true, y_pred, margin = 1, soft = FALSE, distance_metric = "L2", ...,
    reduction = "sum_over_batch_size", name = "triplet_hard", dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "triplet_hard",
    margin = margin, soft = soft, distance_metric = distance_metric, labels = TRUE
  )
}, formula = "max(d+ - d- + m, 0), or with soft log(1 + exp(d+ - d-))")
