"""Sparsemax, the projection of logits onto the probabilities, and its loss."""

from __future__ import annotations

from typing import Annotated, Any

from lossbridge import numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, refused
from lossbridge.engine import rows
from lossbridge.engine.formula import Rowwise, Values, with_derivative
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

Logits = Annotated[
    bool, refused("Hand over what goes into the activation sparsemax, not what it gives.", True)
]


@loss(family="probabilistic", truth="one_hot")
def sparsemax(
    y_true: Any, y_pred: Any, from_logits: Logits = True, *, ignore_nan: Flag = False
) -> Values:
    r"""Sparsemax loss: \( \sum_c (t_c - p_c)^2 / 2 + t_c \max(\tau - z_c, 0) \), p = sparsemax(z).

    \( p_c = \max(z_c - \tau, 0) \) are the probabilities nearest to the logits z, some of them exactly 0; tau
    is such that they add up to 1. For t that do not, \( \tau (1 - \sum_c t_c) \) is added. The gradient is
    p - t. Logits may be infinite: a class of logit -Inf has the probability 0, and classes of logit Inf share
    the probability 1.

    Args:
        y_true: Probabilities t of the classes, such as one-hot labels, of shape [batch, d0, .. dN, classes].
        y_pred: Logits z, of the same shape.
        from_logits: Must be True.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> sparsemax([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[1.5, 0.5, 0.0], [1.5, 0.5, 0.0]]).numpy()
        array([0., 1.], dtype=float32)

    Reference:
        Martins, A. F. T., Astudillo, R. F. (2016). From Softmax to Sparsemax: A Sparse Model of Attention
        and Multi-Label Classification.

    Relation:
        `categorical_crossentropy` is this of softmax.
    """

    def value(t: tf.Tensor, z: tf.Tensor, axis: int) -> tf.Tensor:
        below, tau, top = _below_top(z, axis)
        p = tf.nn.relu(below - tau)
        terms = 0.5 * tf.square(t - p) + tf.math.multiply_no_nan(tf.nn.relu(tau - below), t)
        rest = 1.0 - rows.row_sum(t, axis, keepdims=True)
        return rows.row_sum(terms, axis, keepdims=True) + tf.math.multiply_no_nan(tau + top, rest)

    def gradient(t: tf.Tensor, z: tf.Tensor, axis: int, upstream: tf.Tensor) -> tf.Tensor:
        return (probabilities(z, axis) - t) * upstream

    return Rowwise(value, gradient).at(y_true, y_pred, ignore_nan=ignore_nan)


def probabilities(z: tf.Tensor, axis: int = -1) -> tf.Tensor:
    """Sparsemax of logits."""

    def value(z: tf.Tensor) -> tf.Tensor:
        below, tau, _ = _below_top(z, axis)
        return tf.nn.relu(below - tau)

    def derivative(z: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        below, tau, _ = _below_top(z, axis)
        kept = numerics.zero_elsewhere(below > tau, upstream)
        number = rows.row_sum(tf.cast(below > tau, z.dtype), axis, keepdims=True)
        mean = rows.row_sum(kept, axis, keepdims=True) / number
        return numerics.zero_elsewhere(below > tau, upstream - mean)

    return with_derivative(value, derivative, z)


def _below_top(z: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
    """Logits less the largest one, their threshold tau, and the largest one."""
    top = rows.row_max(z, axis)
    below = tf.where(tf.equal(z, top), tf.zeros([], z.dtype), z - top)  # not Inf - Inf
    ordered = tf.sort(tf.stop_gradient(below), axis, "DESCENDING")
    rank = tf.cumsum(tf.ones_like(ordered), axis)
    kept = 1.0 + rank * ordered > tf.cumsum(ordered, axis)
    least = tf.reduce_min(numerics.zero_elsewhere(kept, ordered), axis, keepdims=True)
    kept = below >= least
    total = rows.row_sum(numerics.zero_elsewhere(kept, below), axis, keepdims=True)
    return below, (total - 1.0) / rows.row_sum(tf.cast(kept, z.dtype), axis, keepdims=True), top


class Sparsemax(LossFunctionWrapper, of=sparsemax):
    """Sparsemax loss as an object; see `sparsemax` for the arguments, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = True,
        reduction: str | None = DEFAULT,
        name: str | None = "sparsemax",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            sparsemax,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_nan=ignore_nan,
        )
