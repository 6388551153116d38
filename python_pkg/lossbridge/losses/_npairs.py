"""Losses of a matrix of similarities, the logits of which samples are of one class."""

from __future__ import annotations

from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.engine.formula import Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._categorical import OF_LOGITS
from lossbridge.losses._embedding import NoNaN, labels_of
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss("npairs_loss", family="embedding", truth="label", pred="similarity")
def npairs(y_true: Any, y_pred: Any, *, ignore_nan: NoNaN = False) -> Values:
    r"""N-pairs loss: \( -\sum_j q_{ij} \log(e^{s_{ij}} / \sum_k e^{s_{ik}}) \) over the samples j.

    s are the similarities of the samples, the logits. \( q_{ij} \) is 1 / n for the n samples of the class of
    i, itself among them, and else 0. A model that is trained with it gives the similarities of a batch, the
    product of its embeddings and their transpose.

    `sample_weight` is the weight of the sample i; a sample of weight 0 still takes part in the sums of
    others. Of a batch of one sample the value is 0. Under several replicas the batch is what the replica has.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Similarities s, of shape [batch, batch]: products of two embeddings of each sample say.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or labels are not whole.

    Example:
        >>> npairs([0, 0, 1], [[2.0, 2.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 2.0]]).numpy().round(4)
        array([0.7586, 0.7586, 0.2395], dtype=float32)

    Reference:
        Sohn, K. (2016). Improved Deep Metric Learning with Multi-class N-pair Loss Objective.

    Relation:
        `npairs_multilabel` is this of samples of several classes.
    """
    y_pred = _similarities(y_pred)
    labels = labels_of(y_true, y_pred, "y_true")
    same = tf.cast(tf.equal(labels[:, None], labels[None, :]), y_pred.dtype)
    return OF_LOGITS.at(_shares(same), y_pred)


class NPairs(LossFunctionWrapper, of=npairs):
    """N-pairs loss as an object; see `npairs`, and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "npairs",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(npairs, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan)


@loss("npairs_multilabel_loss", family="embedding", truth="classes", pred="similarity")
def npairs_multilabel(y_true: Any, y_pred: Any, *, ignore_nan: NoNaN = False) -> Values:
    r"""N-pairs loss of several classes: \( -\sum_j q_{ij} \log(e^{s_{ij}} / \sum_k e^{s_{ik}}) \) over j.

    s are the similarities of the samples, the logits. \( q_{ij} \) is the number of classes that the samples
    i and j share, as a share of the sum over j.

    A sample of no class has the value 0, which counts in a mean. `sample_weight` is the weight of the sample
    i; a sample of weight 0 still takes part in the sums of others. Under several replicas the batch is what
    the replica has.

    Args:
        y_true: 1 for each class of a sample and else 0, of shape [batch, classes]; of 2 classes or more,
            since a column is of labels, which are for `npairs`.
        y_pred: Similarities s, of shape [batch, batch]: products of two embeddings of each sample say.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or a number in `y_true` is below 0 or not finite.

    Example:
        >>> npairs_multilabel([[1, 0], [1, 1]], [[2.0, 0.0], [0.0, 2.0]]).numpy().round(4)
        array([1.1269, 0.7936], dtype=float32)

    Reference:
        Sohn, K. (2016). Improved Deep Metric Learning with Multi-class N-pair Loss Objective.

    Relation:
        `npairs` is this of one class for each sample.
    """
    y_pred = _similarities(y_pred)
    batch = y_pred.shape[0]
    of_labels = y_true.shape.rank == 1 or y_true.shape[-1:] == [1]
    if of_labels or not y_true.shape.is_compatible_with([batch, None]):
        raise checks.InputError(
            "y_true",
            f"1 for each class of a sample and else 0, of shape ({batch or 'batch'}, classes)",
            f"of shape {checks.shape(y_true)}",
            "One label for each sample is for the npairs loss." if of_labels else "",
        )
    if not y_true.shape.is_fully_defined() or batch is None:
        message = "`y_true` must have a row for each row of `y_pred`"
        y_true = checks.of_shape(y_true, [tf.shape(y_pred)[0], tf.shape(y_true)[-1]], message)
    known = checks.cast(y_true, y_pred.dtype)
    valid = (known >= 0.0) & tf.math.is_finite(known)
    known = checks.all_valid(valid, known, known, "y_true", "finite numbers of at least 0")
    return OF_LOGITS.at(_shares(tf.matmul(known, known, transpose_b=True)), y_pred)


class NPairsMultilabel(LossFunctionWrapper, of=npairs_multilabel):
    """N-pairs loss of several classes as an object; see `npairs_multilabel`, and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "npairs_multilabel",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            npairs_multilabel, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )


def _similarities(y_pred: tf.Tensor) -> tf.Tensor:
    """`y_pred`, if there is a similarity for each pair of samples."""
    size = y_pred.shape
    if size.rank is not None and (size.rank != 2 or not size[:1].is_compatible_with(size[1:])):
        raise checks.InputError(
            "y_pred",
            "similarities of shape (batch, batch)",
            f"of shape {checks.shape(y_pred)}",
            "Of embeddings x they are x times its transpose.",
        )
    if not size.is_fully_defined():
        message = "`y_pred` must be similarities of shape (batch, batch)"
        y_pred = checks.of_shape(y_pred, tf.repeat(tf.shape(y_pred)[:1], 2), message)
    return y_pred


def _shares(x: tf.Tensor) -> tf.Tensor:
    """Numbers of at least 0 as shares of their row; those of a row of zeros are 0."""
    return tf.math.divide_no_nan(x, tf.reduce_sum(x, -1, keepdims=True))
