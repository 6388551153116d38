"""Losses of bounding boxes."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.domains import Flag, one_of
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.numerics import zero_elsewhere
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

Mode = Annotated[str, one_of("giou", "iou")]


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
    numbers = "boxes of 4 numbers on the last axis"
    if not y_pred.shape[-1:].is_compatible_with([4]):
        raise checks.InputError("y_pred", numbers, f"of shape {checks.shape(y_pred)}")
    if not y_pred.shape[-1:].is_fully_defined():
        of_boxes, message = (
            tf.concat([tf.shape(y_pred)[:-1], [4]], 0),
            f"`y_pred` must be {numbers}",
        )
        y_true, y_pred = (checks.of_shape(x, of_boxes, message) for x in (y_true, y_pred))

    enclosing = mode == "giou"

    def sums(t: tf.Tensor, p: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        """Both sides of the box around both, what the others are of them, and the area of all, U / A."""
        sides = [_Side.of(*ends) for ends in zip(_ends(t), _ends(p), strict=True)]
        union = _area(side.true for side in sides) + _area(side.predicted for side in sides)
        return union - _area(side.both for side in sides), *sides[0], *sides[1]

    def value(
        t: tf.Tensor, p: tf.Tensor, axis: int, union: tf.Tensor, *sides: tf.Tensor
    ) -> tf.Tensor:
        y, x = _Side(*sides[:4]), _Side(*sides[4:])
        missed = _share(union - y.both * x.both, union)
        missed = tf.where(tf.equal(union, 0.0), tf.cast(~(y.same & x.same), p.dtype), missed)
        if enclosing:
            missed += zero_elsewhere(~(y.flat | x.flat), 1.0 - union)
        return tf.expand_dims(missed, -1)

    def gradient(
        t: tf.Tensor, p: tf.Tensor, axis: int, upstream: tf.Tensor, union: Any, *sides: tf.Tensor
    ) -> tf.Tensor:
        y, x = _Side(*sides[:4]), _Side(*sides[4:])
        # The derivatives of -I / U - U / A by P and by I, for U = T + P - I; that by A is U / A^2.
        by_predicted = _share(y.both * x.both, tf.square(union)) - (1.0 if enclosing else 0.0)
        by_both = -by_predicted - _share(tf.ones_like(union), union)
        by_around = union if enclosing else tf.zeros_like(union)

        def slopes(side: _Side, other: _Side, true: Any, ends: Any) -> tuple[tf.Tensor, tf.Tensor]:
            """By the lower and by the upper end of a side."""
            of_predicted = by_predicted * other.predicted
            of_both = zero_elsewhere(side.both > 0.0, by_both * other.both)
            upwards = _share(upstream[..., 0], side.around)

            def slope(inside: tf.Tensor, outside: tf.Tensor) -> tf.Tensor:
                changed = zero_elsewhere(inside, of_both) + zero_elsewhere(outside, by_around)
                return (of_predicted + changed) * upwards

            (t_low, t_high), (low, high) = true, ends
            return -slope(low > t_low, low < t_low), slope(high < t_high, high > t_high)

        (t_y, t_x), (p_y, p_x) = _ends(t), _ends(p)
        by_y, by_x = slopes(y, x, t_y, p_y), slopes(x, y, t_x, p_x)
        in_order = [tf.stack(ends, -1) for ends in zip(by_y, by_x, strict=True)]
        first_is_low = p[..., :2] <= p[..., 2:]
        turned = [tf.where(first_is_low, *ends) for ends in (in_order, in_order[::-1])]
        return tf.concat(turned, -1)

    return Rowwise(value, gradient, sums).at(y_true, y_pred, ignore_nan=ignore_nan)


Ends = tuple[tf.Tensor, tf.Tensor]
"""The lower and the upper end of a side."""


def _ends(boxes: tf.Tensor) -> tuple[Ends, Ends]:
    """The ends in y and in x."""
    y_1, x_1, y_2, x_2 = tf.unstack(boxes, 4, axis=-1)
    return (
        (tf.minimum(y_1, y_2), tf.maximum(y_1, y_2)),
        (tf.minimum(x_1, x_2), tf.maximum(x_1, x_2)),
    )


class _Side(NamedTuple):
    """One side of two boxes, as shares of that of the box around both: numbers of any dtype, where areas
    may be none."""

    around: tf.Tensor
    """The side of the box around both, itself."""
    both: tf.Tensor
    """What the boxes have in common."""
    true: tf.Tensor
    predicted: tf.Tensor

    @classmethod
    def of(cls, true: Ends, predicted: Ends) -> _Side:
        """The side from its ends."""
        (t_low, t_high), (low, high) = true, predicted
        around = tf.maximum(t_high, high) - tf.minimum(t_low, low)
        both = tf.nn.relu(tf.minimum(t_high, high) - tf.maximum(t_low, low))
        return cls(around, *(_share(x, around) for x in (both, t_high - t_low, high - low)))

    @property
    def flat(self) -> tf.Tensor:
        """Whether neither box has a length."""
        return tf.equal(self.around, 0.0)

    @property
    def same(self) -> tf.Tensor:
        """Whether the boxes have the same ends."""
        return self.flat | tf.equal(self.both, 1.0)


def _share(x: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
    return tf.math.divide_no_nan(x, total)


def _area(sides: Any) -> tf.Tensor:
    y, x = sides
    return y * x


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
