"""Losses of overlap between two masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.generations import epsilon
from lossbridge.losses import _elements
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="segmentation", truth="probability", pred="probability")
def dice(y_true: Any, y_pred: Any, axis: int | Sequence[int] | None = None) -> tf.Tensor:
    r"""Dice loss: \( 1 - 2 \sum t p / (\sum t + \sum p + 10^{-7}) \).

    Args:
        y_true: True masks t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Predicted masks p in [0, 1], of the same shape.
        axis: The axes that the sums run over, 0-based; None for all, the batch included.

    Returns:
        Values of the shape of `y_pred` without `axis` (one number for None), in its dtype.

    Raises:
        InputError: If the shapes do not match or there is no such axis.

    Example:
        >>> round(float(dice([[1.0, 0.0]], [[0.5, 0.5]])), 4)
        0.5

    Reference:
        Milletari, F., Navab, N., Ahmadi, S.-A. (2016). V-Net: Fully Convolutional Neural Networks
        for Volumetric Medical Image Segmentation.

    Relation:
        `tversky` with alpha = beta = 0.5.
    """
    return _overlap_loss(y_true, y_pred, 0.5, 0.5, 0.5 * epsilon(), _axes(axis, y_pred))


@loss(family="segmentation", truth="probability", pred="probability")
def tversky(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
) -> tf.Tensor:
    r"""Tversky loss: \( 1 - I / (I + \alpha F_p + \beta F_n + 10^{-7}) \).

    \( I = \sum t p \) is the overlap, \( F_p = \sum (1 - t) p \) and \( F_n = \sum t (1 - p) \).

    Args:
        y_true: True masks t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Predicted masks p in [0, 1], of the same shape.
        alpha: Weight of false positives, at least 0.
        beta: Weight of false negatives, at least 0.
        axis: The axes that the sums run over, 0-based; None for all, the batch included.

    Returns:
        Values of the shape of `y_pred` without `axis` (one number for None), in its dtype.

    Raises:
        InputError: If the shapes do not match, a weight is negative or there is no such axis.

    Example:
        >>> round(float(tversky([[1.0, 0.0]], [[0.5, 0.5]], alpha=0.2, beta=0.8)), 4)
        0.5

    Reference:
        Salehi, S. S. M., Erdogmus, D., Gholipour, A. (2017). Tversky Loss Function for Image
        Segmentation Using 3D Fully Convolutional Deep Networks.
    """
    alpha = checks.number(alpha, "alpha", 0)
    beta = checks.number(beta, "beta", 0)
    return _overlap_loss(y_true, y_pred, alpha, beta, epsilon(), _axes(axis, y_pred))


def _overlap_loss(
    y_true: tf.Tensor, y_pred: tf.Tensor, alpha: float, beta: float, epsilon: float, axes: Any
) -> tf.Tensor:
    """1 - I / (I + alpha F_p + beta F_n + epsilon)."""
    if axes is None:
        y_true, y_pred = (_elements.as_rows(x) for x in (y_true, y_pred))

    def sums(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        def of_terms(terms: Any) -> tuple[tf.Tensor, ...]:
            return _elements.sums_over(terms, t, p, axes=axes)

        def exact_terms(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, ...]:
            # t - tp and p - tp are exact where t or p is 0 or 1, and nearly so elsewhere
            both = t * p
            return both, t - both, p - both

        def weigh(missed: tf.Tensor, excess: tf.Tensor) -> tf.Tensor:
            return beta * missed + alpha * excess

        if not _elements.asks(p):
            overlap, *wrong = of_terms(exact_terms)
            return overlap, weigh(*wrong) + epsilon
        # Differences of sums take half the time, and are right until the masks nearly agree.
        overlap, all_true, all_pred = of_terms(lambda t, p: (t * p, t, p))
        wrong = weigh(all_true - overlap, all_pred - overlap)

        def apart() -> tf.Tensor:
            return all_of(8.0 * wrong >= (alpha + beta) * overlap)

        def exact() -> tf.Tensor:
            return weigh(*of_terms(exact_terms)[1:])

        return overlap, _elements.quick_where(p, apart, lambda: wrong, exact) + epsilon

    def value(_: Any, __: Any, overlap: tf.Tensor, wrong: tf.Tensor) -> tf.Tensor:
        # 1 - I / (I + W) as W / (I + W): keeps the digits of a nearly perfect prediction
        return wrong / (overlap + wrong)

    def gradient(
        t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, overlap: tf.Tensor, wrong: tf.Tensor
    ) -> tf.Tensor:
        # by p: I' = t and W' = alpha (1 - t) - beta t, and (W / (I + W))' = (I W' - W I') / (I + W)^2
        scale = upstream / tf.square(overlap + wrong)

        def scaled() -> tf.Tensor:  # of masks so faint that the products vanish
            over = tf.reduce_sum(t / expand(overlap + wrong) * p, axes)
            return over * (upstream / (overlap + wrong))

        def fits() -> tf.Tensor:
            return all_of(overlap > 1e-30)

        constant = alpha * _elements.quick_where(p, fits, lambda: overlap * scale, scaled)
        of_t = -((alpha + beta) * overlap + wrong) * scale
        return t * expand(of_t) + expand(constant)

    def all_of(x: tf.Tensor) -> tf.Tensor:
        return x if axes is None else tf.reduce_all(x)  # 60 us in eager mode, also of one number

    def expand(x: tf.Tensor) -> tf.Tensor:
        for axis in sorted(axes or (), reverse=True):
            x = tf.expand_dims(x, axis)
        return x

    return _elements.with_gradient(value, gradient, y_true, y_pred, terms=sums)


def _axes(axis: Any, y_pred: tf.Tensor) -> Any:
    if axis is None:
        return None
    axes = axis if isinstance(axis, (list, tuple)) else [axis]
    axes = [checks.last_axis(a, y_pred.shape.rank) for a in axes]
    if len(set(axes)) < len(axes):
        raise checks.InputError("axis", "axes that differ", repr(axis))
    return axes


def _axis_config(axis: Any) -> Any:
    if axis is None:
        return None
    if isinstance(axis, (list, tuple)):
        return [checks.whole_number(a, "axis") for a in axis]
    return checks.whole_number(axis, "axis")


class Dice(LossFunctionWrapper):
    """Dice loss as an object; see `dice` for `axis`, and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "dice",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction=reduction, name=name, dtype=dtype, axis=_axis_config(axis))


class Tversky(LossFunctionWrapper):
    """Tversky loss as an object; see `tversky` for `alpha`, `beta` and `axis`, and `Loss`."""

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "tversky",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            tversky,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=checks.number(alpha, "alpha", 0),
            beta=checks.number(beta, "beta", 0),
            axis=_axis_config(axis),
        )
