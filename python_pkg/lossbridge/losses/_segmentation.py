"""Losses of overlap between two masks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.domains import AxesOrNone, Flag, NotNegative
from lossbridge.engine import rows
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.generations import epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="segmentation", truth="probability", pred="probability")
def dice(y_true: Any, y_pred: Any, axis: AxesOrNone = None, *, ignore_nan: Flag = False) -> Values:
    r"""Dice loss: \( 1 - 2 \sum t p / (\sum t + \sum p + 10^{-7}) \).

    Args:
        y_true: True masks t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Predicted masks p in [0, 1], of the same shape.
        axis: The axes that the sums run over, 0-based; None for all, the batch included.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed, and leaves the sums. Where
            there is no other, the value is 0, and does not count in a mean over samples.

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
    return _overlap(0.5, 0.5, 0.5 * epsilon()).at(
        y_true, y_pred, _axes(axis, y_pred), ignore_nan=ignore_nan
    )


@loss(family="segmentation", truth="probability", pred="probability")
def tversky(
    y_true: Any,
    y_pred: Any,
    alpha: NotNegative = 0.5,
    beta: NotNegative = 0.5,
    axis: AxesOrNone = None,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Tversky loss: \( 1 - I / (I + \alpha F_p + \beta F_n + 10^{-7}) \).

    \( I = \sum t p \) is the overlap, \( F_p = \sum (1 - t) p \) and \( F_n = \sum t (1 - p) \).

    Args:
        y_true: True masks t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Predicted masks p in [0, 1], of the same shape.
        alpha: Weight of false positives, at least 0.
        beta: Weight of false negatives, at least 0.
        axis: The axes that the sums run over, 0-based; None for all, the batch included.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed, and leaves the sums. Where
            there is no other, the value is 0, and does not count in a mean over samples.

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
    return _overlap(alpha, beta, epsilon()).at(
        y_true, y_pred, _axes(axis, y_pred), ignore_nan=ignore_nan
    )


def _overlap(alpha: float, beta: float, epsilon: float) -> Rowwise:
    """1 - I / (I + W) as W / (I + W), for W = alpha F_p + beta F_n + epsilon: keeps the digits of a
    nearly perfect prediction."""

    def sums(t: tf.Tensor, p: tf.Tensor, axis: Any) -> tuple[tf.Tensor, tf.Tensor]:
        # t - tp and p - tp are exact where t or p is 0 or 1, and nearly so elsewhere
        both = t * p
        overlap, missed, excess = (
            rows.row_sum(x, axis, keepdims=axis is not None) for x in (both, t - both, p - both)
        )
        return overlap, beta * missed + alpha * excess + epsilon

    def value(
        t: tf.Tensor, p: tf.Tensor, axis: Any, overlap: tf.Tensor, wrong: tf.Tensor
    ) -> tf.Tensor:
        return wrong / (overlap + wrong)

    def gradient(
        t: tf.Tensor, p: tf.Tensor, axis: Any, upstream: Any, overlap: tf.Tensor, wrong: tf.Tensor
    ) -> tf.Tensor:
        # by p: I' = t and W' = alpha (1 - t) - beta t, and (W / (I + W))' = (I W' - W I') / (I + W)^2
        total = overlap + wrong
        scale = upstream / total
        share = overlap / total
        return alpha * share * scale - t * (((alpha + beta) * share + wrong / total) * scale)

    return Rowwise(sums=sums, value=value, gradient=gradient, zeros_add_nothing=True)


def _axes(axis: Any, y_pred: tf.Tensor) -> Any:
    return None if axis is None else checks.last_axes(axis, y_pred.shape.rank)


class Dice(LossFunctionWrapper, of=dice):
    """Dice loss as an object; see `dice` for `axis`, and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "dice",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            dice,
            reduction=reduction,
            name=name,
            dtype=dtype,
            axis=axis,
            ignore_nan=ignore_nan,
        )


class Tversky(LossFunctionWrapper, of=tversky):
    """Tversky loss as an object; see `tversky` for `alpha`, `beta` and `axis`, and `Loss`.

    `from_config` reads `alpha` and `beta` as written. In a config of Keras before 3.16 they are swapped:
    read it with `losses.deserialize`, or swap them.
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "tversky",
        axis: int | Sequence[int] | None = None,
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            tversky,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            beta=beta,
            axis=axis,
            ignore_nan=ignore_nan,
        )
