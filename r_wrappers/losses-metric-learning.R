# Losses that learn a similarity: of distances of pairs, of triplets of embeddings, of similarities.

#' Contrastive loss
#'
#' @description
#' Of the distances \eqn{d} of pairs, the mean over the last axis of
#' \deqn{\ell = t d^2 + (1 - t) \max(m - d, 0)^2}{t d^2 + (1 - t) max(m - d, 0)^2}
#' which is small where pairs of one class, \eqn{t = 1}, are near each other, and pairs of two,
#' \eqn{t = 0}, are at least \eqn{m} apart.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true 1 for pairs of one class and 0 for pairs of two, of shape `[batch, d0, .. dN]`.
#'   Left out together with `y_pred`, a loss object is made.
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
#' @family embedding losses
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
#' where \eqn{d_-}{d-} is the distance of the anchor from the nearest sample of another class that
#' is farther than \eqn{d_+}{d+}, or, where none is, from the farthest one.
#'
#' @inheritParams loss_circle
#' @param y_pred Embeddings, of shape `[batch, size]`; by custom of length 1.
#' @param margin \eqn{m}, by how much a negative is to be farther than a positive, at least 0.
#' @param distance_metric `"L2"` for the distance, `"squared-L2"` for its square, `"angular"` for 1
#'   - cosine; or a function that makes of a tensor of embeddings their matrix of distances.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' The value of a sample is that of the pairs whose anchor it is, times the batch size over the
#' number of positive pairs: the mean over the batch is that over the pairs. So a sample weight is
#' the weight of an anchor; a sample of weight 0 still serves others as a positive or negative. A
#' batch without a positive pair, of one sample say, or of one class, has the value 0, and so has
#' its gradient. Under several replicas the batch is what the replica has.
#'
#' @references
#' Schroff, F., Kalenichenko, D. and Philbin, J. (2015). FaceNet: a unified embedding for face
#' recognition and clustering. \emph{Proceedings of the IEEE Conference on Computer Vision and
#' Pattern Recognition}, 815-823.
#'
#' @examplesIf lossbridge_available()
#' loss_triplet_semihard(c(0, 0, 1), cbind(c(0, 1, 1.5)))
#' @family embedding losses
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
#' or, with `soft`, \eqn{\log(1 + e^{d_+ - d_-})}{log(1 + exp(d+ - d-))}. \eqn{d_+}{d+} is the
#' distance of the anchor from the farthest sample of its class, \eqn{d_-}{d-} that from the nearest
#' one of another class.
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
#' @family embedding losses
#' @export
loss_triplet_hard <- loss_function("triplet_hard", function(
    y_true, y_pred, margin = 1, soft = FALSE, distance_metric = "L2", ...,
    reduction = "sum_over_batch_size", name = "triplet_hard", dtype = NULL, ignore_nan = FALSE) {
  call_loss(
    "triplet_hard",
    margin = margin, soft = soft, distance_metric = distance_metric, labels = TRUE
  )
}, formula = "max(d+ - d- + m, 0), or with soft log(1 + exp(d+ - d-))")

#' Lifted structured loss
#'
#' @description
#' The mean over the positive pairs of \eqn{\max(J_{ij}, 0)^2 / 2}{max(J, 0)^2 / 2}, where
#' \deqn{J_{ij} = d_{ij} + \log\left(\sum_k e^{m - d_{ik}} + \sum_l e^{m - d_{jl}}\right)}{
#' J = d_ij + log(sum_k(exp(m - d_ik)) + sum_l(exp(m - d_jl)))}
#' for distances \eqn{d}; \eqn{k} and \eqn{l} are the samples of other classes than that of \eqn{i}
#' and \eqn{j}.
#'
#' @inheritParams loss_circle
#' @param y_pred Embeddings, of shape `[batch, size]`.
#' @param margin \eqn{m}, from which distance a negative counts for little, at least 0.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_triplet_semihard Samples of a batch
#'
#' @references
#' Song, H. O., Xiang, Y., Jegelka, S. and Savarese, S. (2016). Deep metric learning via lifted
#' structured feature embedding. \emph{Proceedings of the IEEE Conference on Computer Vision and
#' Pattern Recognition}, 4004-4012.
#'
#' @examplesIf lossbridge_available()
#' loss_lifted_struct(c(0, 0, 1), cbind(c(0, 1, 1.5)))
#' @family embedding losses
#' @export
loss_lifted_struct <- loss_function("lifted_struct", function(
    y_true, y_pred, margin = 1, ..., reduction = "sum_over_batch_size", name = "lifted_struct",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("lifted_struct", margin = margin, labels = TRUE)
}, formula = "mean(max(J, 0)^2 / 2) over the positive pairs")

#' Supervised contrastive loss
#'
#' @description
#' For each sample \eqn{i} the mean over the others \eqn{p} of its class of
#' \deqn{\ell = -\log \frac{e^{s_{ip}}}{\sum_{a \ne i} e^{s_{ia}}}}{
#' -log(exp(s_ip) / sum(exp(s_ia)))} where \eqn{s} is the cosine of two embeddings divided by the
#' temperature, and \eqn{a} runs over all other samples.
#'
#' @inheritParams loss_circle
#' @param y_pred Embeddings of any length, of shape `[batch, size]`.
#' @param temperature What the cosines are divided by, above 0.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' A sample that is the only one of its class has the value 0, which counts in a mean; so has a
#' batch of one sample. A sample weight is the weight of \eqn{i}; a sample of weight 0 still takes
#' part in the sums of others. Under several replicas the batch is what the replica has.
#'
#' @references
#' Khosla, P. and others (2020). Supervised contrastive learning. \emph{Advances in Neural
#' Information Processing Systems} 33.
#'
#' @examplesIf lossbridge_available()
#' x <- rbind(c(1, 0), c(1, 0), c(0, 1))
#' loss_supervised_contrastive(c(0, 0, 1), x, temperature = 1)
#' @family embedding losses
#' @export
loss_supervised_contrastive <- loss_function("supervised_contrastive", function(
    y_true, y_pred, temperature = 0.1, ..., reduction = "sum_over_batch_size",
    name = "supervised_contrastive", dtype = NULL, ignore_nan = FALSE) {
  call_loss("supervised_contrastive", temperature = temperature, labels = TRUE)
}, formula = "mean(-log(exp(s_ip) / sum(exp(s_ia)))) over the positives p")

#' Normalised temperature-scaled cross-entropy
#'
#' @description
#' For two views \eqn{i} and \eqn{j} of one example
#' \deqn{\ell = -\log \frac{e^{s_{ij}}}{\sum_{a \ne i} e^{s_{ia}}}}{
#' -log(exp(s_ij) / sum(exp(s_ia)))} where \eqn{s} is the cosine of two embeddings divided by the
#' temperature, and \eqn{a} runs over all other views. Of more than two views the mean over \eqn{j}
#' is taken, as in [loss_supervised_contrastive()].
#'
#' Or `y_true` has the other view of each example, of the shape of `y_pred`. All rows of both are
#' compared, and the value of an example is the mean of those of its two views. Such a loss is part
#' of a model of two inputs: see `vignette("learning-a-similarity")`.
#'
#' @inheritParams loss_supervised_contrastive
#' @param y_true Whole numbers, or a factor, that say which example an embedding is a view of:
#'   `rep(seq_len(n), 2)` say; or the embeddings of the other views, doubles of shape `[batch,
#'   size]` with a size above 1. Left out together with `y_pred`, a loss object is made.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#' @inheritSection loss_supervised_contrastive Samples of a batch
#'
#' @references
#' Chen, T., Kornblith, S., Norouzi, M. and Hinton, G. (2020). A simple framework for contrastive
#' learning of visual representations. \emph{Proceedings of the International Conference on Machine
#' Learning}, 1597-1607.
#'
#' @examplesIf lossbridge_available()
#' first <- rbind(c(1, 0), c(0, 1))
#' second <- rbind(c(2, 0), c(0, 2))
#' loss_ntxent(c(1, 2, 1, 2), rbind(first, second), temperature = 1)
#' loss_ntxent(first, second, temperature = 1)
#' @family embedding losses
#' @export
loss_ntxent <- loss_function("ntxent", function(
    y_true, y_pred, temperature = 0.5, ..., reduction = "sum_over_batch_size", name = "ntxent",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("ntxent", temperature = temperature, labels = TRUE)
}, formula = "-log(exp(s_ij) / sum(exp(s_ia)))")

#' N-pairs loss
#'
#' @description
#' Of similarities \eqn{s} of the samples, the logits of which samples are of one class,
#' \deqn{\ell_i = -\sum_j q_{ij} \log \frac{e^{s_{ij}}}{\sum_k e^{s_{ik}}}}{
#' -sum_j(q_ij log(exp(s_ij) / sum_k(exp(s_ik))))}
#' \eqn{q_{ij}}{q_ij} is 1 / n for the n samples of the class of i, itself among them, and else 0.
#' A model that is trained with it gives the similarities of a batch, the product of its embeddings
#' and their transpose: see `vignette("learning-a-similarity")`.
#'
#' @inheritParams loss_circle
#' @param y_pred Similarities \eqn{s}, of shape `[batch, batch]`: `tcrossprod(x)` of embeddings,
#'   say.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' A sample weight is the weight of the sample i; a sample of weight 0 still takes part in the sums
#' of others. Of a batch of one sample the value is 0. Under several replicas the batch is what the
#' replica has.
#'
#' @references
#' Sohn, K. (2016). Improved deep metric learning with multi-class n-pair loss objective.
#' \emph{Advances in Neural Information Processing Systems} 29.
#'
#' @examplesIf lossbridge_available()
#' x <- rbind(c(1, 0), c(1, 0), c(0, 1))
#' loss_npairs(c(0, 0, 1), tcrossprod(x))
#' @family embedding losses
#' @export
loss_npairs <- loss_function("npairs", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "npairs", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss("npairs", labels = TRUE)
}, formula = "-sum_j(q_ij log(exp(s_ij) / sum_k(exp(s_ik)))), q for one class")

#' N-pairs loss of several classes
#'
#' @description
#' Of similarities \eqn{s} of the samples, the logits of which samples share classes,
#' \deqn{\ell_i = -\sum_j q_{ij} \log \frac{e^{s_{ij}}}{\sum_k e^{s_{ik}}}}{
#' -sum_j(q_ij log(exp(s_ij) / sum_k(exp(s_ik))))}
#' \eqn{q_{ij}}{q_ij} is the number of classes that the samples i and j share, as a share of the sum
#' over j. [loss_npairs()] is this of one class for each sample.
#'
#' @inheritParams loss_npairs
#' @param y_true 1 for each class of a sample and else 0, of shape `[batch, classes]`; of 2 classes
#'   or more, since a column is of labels, which are for [loss_npairs()]. Left out together with
#'   `y_pred`, a loss object is made.
#' @inherit loss_circle return
#' @inheritSection loss_mean_squared_error Errors
#'
#' @section Samples of a batch:
#' A sample of no class has the value 0, which counts in a mean. A sample weight is the weight of
#' the sample i; a sample of weight 0 still takes part in the sums of others. Under several replicas
#' the batch is what the replica has.
#'
#' @references
#' Sohn, K. (2016). Improved deep metric learning with multi-class n-pair loss objective.
#' \emph{Advances in Neural Information Processing Systems} 29.
#'
#' @examplesIf lossbridge_available()
#' x <- rbind(c(1, 0), c(1, 1), c(0, 1))
#' loss_npairs_multilabel(x, tcrossprod(x))
#' @family embedding losses
#' @export
loss_npairs_multilabel <- loss_function("npairs_multilabel", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "npairs_multilabel",
    dtype = NULL, ignore_nan = FALSE) {
  call_loss("npairs_multilabel")
}, formula = "-sum_j(q_ij log(exp(s_ij) / sum_k(exp(s_ik)))), q for shared classes")
