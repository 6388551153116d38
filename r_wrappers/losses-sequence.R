# Losses of sequences whose alignment is not known.

#' Connectionist temporal classification
#'
#' @description
#' The negative log-probability of a sequence of labels, summed over all its alignments
#' with the steps of the logits, in nats:
#' \deqn{\ell = -\log P(\mathrm{labels} \mid \mathrm{logits})}{-log P(labels | logits)}
#' Class 0 is the blank; zeros at the end of a row of labels are padding. Labels for which there are
#' too few steps have probability 0: their value is infinite and their gradient 0.
#'
#' @inheritParams loss_mean_squared_error
#' @param y_true Class labels from 1 to \eqn{K - 1}, padded with 0, of shape `[batch, length]`. Left
#'   out together with `y_pred`, a loss object is made.
#' @param y_pred Logits, of shape `[batch, time, K]`.
#' @param ignore_nan Must be `FALSE`: leave sequences without labels out of the batch.
#' @return With data, an array of shape `[batch]`, or its reduced value if `reduction` is
#'   given. Without data, a loss object; see [lossbridge_loss].
#' @inheritSection loss_mean_squared_error Errors
#'
#' @references
#' Graves, A., Fernandez, S., Gomez, F. and Schmidhuber, J. (2006). Connectionist
#' temporal classification. \emph{Proceedings of the 23rd International Conference on Machine
#' Learning}, 369-376.
#'
#' @examplesIf lossbridge_available()
#' loss_ctc(matrix(1), array(0, c(1, 1, 2))) # two equal logits: log(2)
#' @concept sequence losses
#' @export
loss_ctc <- loss_function("ctc", function(
    y_true, y_pred, ..., reduction = "sum_over_batch_size", name = "ctc", dtype = NULL,
    ignore_nan = FALSE) {
  call_loss("ctc")
}, formula = "-log P(labels | logits), over all alignments")
