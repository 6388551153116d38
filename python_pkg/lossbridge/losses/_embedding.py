"""Losses of embeddings: pairs of samples of the same or of different classes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Annotated, Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, NotNegative, Share, refused
from lossbridge.engine import rows
from lossbridge.engine.formula import Rowwise, Values, with_derivative
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

NoNaN = Annotated[bool, refused("Leave samples without a label out of the batch.")]


@loss(family="embedding", truth="label", pred="unit")
def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: Flag = True,
    gamma: NotNegative = 80.0,
    margin: Share = 0.4,
    *,
    ignore_nan: NoNaN = False,
) -> Values:
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
        gamma: Scale, at least 0.
        margin: m, the relaxation, between 0 and 1.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

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
    y_true = labels_of_embeddings(y_true, y_pred)
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
    labels = labels_of(labels, embeddings, "ref_labels")
    kinds = kinds_of_pairs(y_true, labels, remove_diagonal)
    # The exponents are without the -gamma m^2 that each has, which is put back in one piece.
    less = 2 * Fraction(gamma) * Fraction(float(y_pred.dtype.as_numpy_dtype(margin))) ** 2

    def pairs(kinds: tf.Tensor, product: tf.Tensor) -> tuple[_Exponents, _Exponents]:
        positive = gamma * tf.square(tf.maximum(1.0 - product, 0.0))
        negative = gamma * tf.square(numerics.clip(product, -margin, 1.0))
        return _Exponents(positive, kinds > 0), _Exponents(negative, kinds < 0)

    def value(kinds: tf.Tensor, product: tf.Tensor, axis: int) -> tf.Tensor:
        positive, negative = pairs(kinds, product)
        return _softplus_less(positive.log_sum() + negative.log_sum(), less)

    def gradient(kinds: tf.Tensor, product: tf.Tensor, axis: int, upstream: tf.Tensor) -> tf.Tensor:
        positive, negative = pairs(kinds, product)
        slope = _softplus_less_slope(positive.log_sum() + negative.log_sum(), less)
        closer = positive.shares() * tf.minimum(product - 1.0, 0.0)
        unclipped = (product >= -margin) & (product <= 1.0)
        apart = negative.shares() * numerics.zero_elsewhere(unclipped, product)
        return 2.0 * gamma * upstream * slope * (closer + apart)

    if ref_embeddings is None:
        product = products(y_pred)
    else:
        product = tf.matmul(y_pred, embeddings, transpose_b=True)
    return Rowwise(value, gradient).at(kinds, product, counted=lambda values: values > 0.0)


def kinds_of_pairs(labels: tf.Tensor, others: tf.Tensor, remove_diagonal: bool) -> tf.Tensor:
    """Of each pair: 1 for one class, -1 for two, 0 for one class at the same place of both, if told."""
    same = tf.equal(labels[:, None], others[None, :])
    none, like, unlike = (tf.constant(kind, tf.int8) for kind in (0, 1, -1))
    kinds = tf.where(same, like, unlike)
    if remove_diagonal:
        itself = tf.eye(tf.shape(same)[0], tf.shape(same)[1], dtype=tf.bool)
        kinds = tf.where(same & itself, none, kinds)
    return kinds


def labels_of_embeddings(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """Whole labels in int64, if `y_pred` holds embeddings, one for each."""
    check_embeddings(y_true, y_pred)
    return labels_of(y_true, y_pred, "y_true")


def check_embeddings(y_true: tf.Tensor, y_pred: tf.Tensor) -> None:
    """Refuse what can't be embeddings, one in each row."""
    swapped = y_true.shape.rank == 2 and y_pred.shape.rank == 1
    if y_pred.shape.rank not in (2, None):
        raise checks.InputError(
            "y_pred",
            "embeddings of shape (batch, size)",
            f"of shape {checks.shape(y_pred)}",
            "Labels come first, embeddings second." if swapped else "",
        )


def labels_of(y: tf.Tensor, embeddings: tf.Tensor, argument: str) -> tf.Tensor:
    """Whole labels in int64, one for each embedding."""
    if y.shape.rank == 2 and y.shape[-1] == 1:
        y = tf.squeeze(y, -1)
    if not y.shape.is_compatible_with(embeddings.shape[:1]):
        raise checks.InputError(
            argument,
            f"one label for each of {embeddings.shape[0]} embeddings",
            f"of shape {checks.shape(y)}",
            "The label of a one-hot row is the place of its 1." if y.shape.rank == 2 else "",
        )
    if not (y.shape.is_fully_defined() and embeddings.shape[:1].is_fully_defined()):
        message = f"`{argument}` must have one label for each embedding"
        y = checks.of_shape(y, tf.shape(embeddings)[:1], message)
    labels = tf.cast(y, tf.int64)
    whole = tf.reduce_all(tf.equal(tf.cast(labels, y.dtype), y)) if y.dtype.is_floating else True
    if tf.executing_eagerly() and not bool(whole):
        raise checks.InputError(argument, "whole labels", "numbers with fractions")
    return labels


def products(x: tf.Tensor) -> tf.Tensor:
    """The products of all pairs of rows: each row is the left and the right one of a pair."""
    return with_derivative(
        lambda x: tf.matmul(x, x, transpose_b=True),
        lambda x, upstream: tf.matmul(upstream + tf.transpose(upstream), x),
        x,
    )


class _Exponents:
    """Exponents x of the pairs in each row, but for those that are left out."""

    def __init__(self, x: tf.Tensor, where: tf.Tensor) -> None:
        low = x.dtype.min / 2  # not -inf: an empty row would be NaN
        x = tf.where(where, x, low)
        self._top = tf.stop_gradient(tf.reduce_max(x, -1, keepdims=True))
        self._terms = tf.exp(x - self._top)
        self._total = rows.row_sum(self._terms, -1, keepdims=True)
        # A NaN is not known to be left out; under XLA no maximum has it.
        self._some = (self._top > low) | tf.math.is_nan(self._total)

    def log_sum(self) -> tf.Tensor:
        """log(sum(exp(x))) of each row; of an empty one very low."""
        log = tf.math.log(self._total) + self._top
        return tf.where(self._some, log, log.dtype.min / 4)

    def shares(self) -> tf.Tensor:
        """The derivatives of `log_sum`."""
        return numerics.zero_elsewhere(self._some, self._terms / self._total)


def _softplus_less(x: tf.Tensor, less: Fraction) -> tf.Tensor:
    """softplus(x - less), whose difference would cost a small value the digits of its exponent."""
    small, exp, large = _exp_less(x, less)
    return tf.where(small, numerics.log1p(exp), tf.math.softplus(large))


def _softplus_less_slope(x: tf.Tensor, less: Fraction) -> tf.Tensor:
    """Its derivative."""
    small, exp, large = _exp_less(x, less)
    return tf.where(small, exp / (1.0 + exp), tf.sigmoid(large))


def _exp_less(x: tf.Tensor, less: Fraction) -> tuple[tf.Tensor, ...]:
    """Whether x is small; there exp(x - less), elsewhere x - less, of what is finite all over."""
    small, zero = x < 5.0, tf.zeros((), x.dtype)
    factor = math.exp(-float(less)) * (1.0 - float(less - Fraction(float(less))))
    exp = factor * tf.exp(tf.where(small, x, zero))
    return small, exp, tf.where(small, zero, x - float(less))


class Circle(LossFunctionWrapper, of=circle):
    """Circle loss within the batch as an object; see `circle` for the arguments, and `Loss`."""

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = DEFAULT,
        name: str | None = "circle",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            circle,
            reduction=reduction,
            name=name,
            dtype=dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
            ignore_nan=ignore_nan,
        )
