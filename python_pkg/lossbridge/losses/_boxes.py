"""Losses of bounding boxes."""

from __future__ import annotations

from typing import Annotated, Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.domains import Flag
from lossbridge.engine.formula import Plain, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.numerics import zero_elsewhere
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

Mode = Annotated[str, lambda value, argument: checks.one_of(value, argument, ("giou", "iou"))]


@loss("giou_loss", family="detection", truth="box", pred="box")
def giou(y_true: Any, y_pred: Any, mode: Mode = "giou", *, ignore_nan: Flag = False) -> Values:
    r"""Generalised intersection over union of boxes: \( 1 - I / U + (A - U) / A \).

    I is the area that both boxes have, U the area that at least one of them has, and A that of the smallest
    box around both. The corners of a box may come in any order. Two boxes without area have the value 0 where
    they are the same, and else at least 1.

    Args:
        y_true: Boxes [y_min, x_min, y_max, x_max], of shape [batch, d0, .. dN, 4].
        y_pred: Boxes, of the same shape.
        mode: "giou", or "iou" for nothing but \( 1 - I / U \), whose gradient is 0 where boxes do not meet.
        ignore_nan: Whether a NaN in `y_true` says that the box was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, there are not 4 numbers along the last axis, or `mode` is none
            of the two.

    Example:
        >>> boxes = [[4.0, 3.0, 7.0, 5.0], [5.0, 6.0, 10.0, 7.0]]
        >>> giou(boxes, [[3.0, 4.0, 6.0, 8.0], [14.0, 14.0, 15.0, 15.0]]).numpy().round(4)
        array([1.075 , 1.9333], dtype=float32)

    Reference:
        Rezatofighi, H., et al. (2019). Generalized Intersection over Union: A Metric and a Loss for Bounding
        Box Regression.
    """
    if y_pred.shape[-1:].rank == 1 and y_pred.shape[-1] not in (4, None):
        raise checks.InputError(
            "y_pred", "boxes of 4 numbers on the last axis", f"of shape {checks.shape(y_pred)}"
        )

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        (t_low, t_high), (p_low, p_high) = _corners(t), _corners(p)
        # Areas as shares of the box around both: they are numbers of any dtype.
        around = tf.maximum(t_high, p_high) - tf.minimum(t_low, p_low)
        flat, one = tf.equal(around, 0.0), tf.ones([], p.dtype)

        def area(sides: tf.Tensor) -> tf.Tensor:
            shares = tf.nn.relu(sides) / tf.where(flat, one, around)
            return shares[..., 0] * shares[..., 1]

        overlap = area(tf.minimum(t_high, p_high) - tf.maximum(t_low, p_low))
        union = area(t_high - t_low) + area(p_high - p_low) - overlap
        same = tf.reduce_all(tf.equal(t_low, p_low) & tf.equal(t_high, p_high), -1)
        empty = tf.equal(union, 0.0)
        missed = tf.where(empty, one, union - overlap) / tf.where(empty, one, union)
        values = zero_elsewhere(~(empty & same), missed)
        if mode == "giou":
            values += zero_elsewhere(~tf.reduce_any(flat, -1), 1.0 - union)
        return values

    return Plain(value).at(y_true, y_pred, ignore_nan=ignore_nan)


def _corners(boxes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The lower and the upper ends of the sides."""
    first, second = boxes[..., :2], boxes[..., 2:]
    return tf.minimum(first, second), tf.maximum(first, second)


class GIoU(LossFunctionWrapper, of=giou):
    """Generalised intersection over union as an object; see `giou` for `mode`, and `Loss`."""

    def __init__(
        self,
        mode: str = "giou",
        reduction: str | None = DEFAULT,
        name: str | None = "giou",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            giou, reduction=reduction, name=name, dtype=dtype, mode=mode, ignore_nan=ignore_nan
        )
