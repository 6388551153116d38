"""Losses of embeddings: pairs of samples of the same or of different classes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.losses import _elements
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="embedding", truth="label", pred="unit")
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
) -> tf.Tensor:
    r"""Circle loss: softplus of the log-sum-exp over similar and over dissimilar pairs.

    With distances \( d = \max(1 - u \cdot v, 0) \) between embeddings, a pair of the same class adds
    \( -\gamma (m + d)(m - d) \), a pair of different classes
    \( \gamma \max(1 + m - d, 0) (1 - m - d) \). A sample without a pair of either kind scores 0.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Embeddings of length 1, of shape [batch, size].
        ref_labels: Labels of the embeddings to compare with; None for `y_true`.
        ref_embeddings: The embeddings to compare with, of shape [references, size]; None for `y_pred`.
        remove_diagonal: Whether sample i is not compared with reference i, as it must be when the
            references are the batch.
        gamma: Scale, above 0.
        margin: m, the relaxation, between 0 and 1.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`. A mean is taken over the values
        above 0, as in Keras.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> circle([0, 0, 1], [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], gamma=1.0).numpy().round(4)
        array([0.5459, 0.5459, 0.    ], dtype=float32)

    Reference:
        Sun, Y., et al. (2020). Circle Loss: A Unified Perspective of Pair Similarity Optimization.
    """
    gamma = checks.number(gamma, "gamma", 0)
    margin = checks.number(margin, "margin", 0, 1)
    remove_diagonal = checks.flag(remove_diagonal, "remove_diagonal")
    if y_pred.shape.rank not in (2, None):
        raise checks.InputError(
            "y_pred", "embeddings of shape (batch, size)", f"of shape {checks.shape(y_pred)}"
        )
    y_true = _labels(y_true, y_pred, "y_true")
    embeddings = y_pred
    if ref_embeddings is not None:
        embeddings = checks.float_tensor(ref_embeddings, "ref_embeddings", y_pred.dtype)
        if not embeddings.shape.is_compatible_with([None, y_pred.shape[-1]]):
            raise checks.InputError(
                "ref_embeddings",
                f"of shape (references, {y_pred.shape[-1]})",
                f"of shape {checks.shape(embeddings)}",
            )
    labels = y_true if ref_labels is None else checks.tensor(ref_labels, "ref_labels")
    labels = _labels(labels, embeddings, "ref_labels")

    same = tf.equal(y_true[:, None], labels[None, :])
    other = ~same
    if remove_diagonal:
        rows, columns = tf.shape(same)[0], tf.shape(same)[1]
        same &= ~tf.eye(rows, columns, dtype=tf.bool)
    product = tf.matmul(y_pred, embeddings, transpose_b=True)
    # The exponents without the -gamma m^2 that each has, which is put back in one piece below.
    positive = gamma * tf.square(tf.maximum(1.0 - product, 0.0))
    negative = gamma * tf.square(tf.maximum(tf.minimum(product, 1.0), -margin))
    less = 2 * Fraction(gamma) * Fraction(float(y_pred.dtype.as_numpy_dtype(margin))) ** 2
    value = _softplus_less(_log_sum_exp(positive, same) + _log_sum_exp(negative, other), less)
    value._keras_mask = value > 0.0  # where a Loss object or Keras itself looks for it
    return value


def _labels(y: tf.Tensor, embeddings: tf.Tensor, argument: str) -> tf.Tensor:
    if y.shape.rank == 2 and y.shape[-1] == 1:
        y = tf.squeeze(y, -1)
    if not y.shape.is_compatible_with(embeddings.shape[:1]):
        raise checks.InputError(
            argument,
            f"one label for each of {embeddings.shape[0]} embeddings",
            f"of shape {checks.shape(y)}",
        )
    if not (y.shape.is_fully_defined() and embeddings.shape[:1].is_fully_defined()):
        message = f"`{argument}` must have one label for each embedding"
        y = checks.of_shape(y, tf.shape(embeddings)[:1], message)
    labels = tf.cast(y, tf.int64)
    whole = tf.reduce_all(tf.equal(tf.cast(labels, y.dtype), y)) if y.dtype.is_floating else True
    if tf.executing_eagerly() and not bool(whole):
        raise checks.InputError(argument, "whole labels", "numbers with fractions")
    return labels


def _log_sum_exp(x: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    # -inf of an empty row would have a NaN gradient: the row is summed over zeros and replaced after.
    some = tf.reduce_any(where, axis=1)
    kept = tf.where(where, x, x.dtype.min / 2)
    kept = tf.where(some[:, None], kept, 0.0)
    return tf.where(some, tf.reduce_logsumexp(kept, axis=1), x.dtype.min / 4)


def _softplus_less(x: tf.Tensor, less: Fraction) -> tf.Tensor:
    """softplus(x - less), whose difference would cost a small value the digits of its exponent."""
    small, zero = x < 5.0, tf.zeros((), x.dtype)
    factor = math.exp(-float(less)) * (1.0 - float(less - Fraction(float(less))))
    product = _elements.log1p(factor * tf.exp(tf.where(small, x, zero)))
    return tf.where(small, product, tf.math.softplus(tf.where(small, zero, x - float(less))))


class Circle(LossFunctionWrapper):
    """Circle loss within the batch as an object; see `circle` for the arguments, and `Loss`."""

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = DEFAULT,
        name: str | None = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            circle,
            reduction=reduction,
            name=name,
            dtype=dtype,
            gamma=checks.number(gamma, "gamma", 0),
            margin=checks.number(margin, "margin", 0, 1),
            remove_diagonal=checks.flag(remove_diagonal, "remove_diagonal"),
        )
