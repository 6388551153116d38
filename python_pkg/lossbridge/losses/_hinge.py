"""Hinge losses: classification by margin, for labels -1/1 (or 0/1) and one-hot labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lossbridge import numerics
from lossbridge._backend import tf
from lossbridge.domains import ClassWeights, Flag
from lossbridge.engine import rows
from lossbridge.engine.formula import Elementwise, Rowwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="hinge", truth="sign")
def hinge(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Hinge loss: \( \mathrm{mean}(\max(1 - t p, 0)) \) over the last axis.

    Args:
        y_true: Labels t, -1 or 1, of shape [batch, d0, .. dN]. If all labels of the batch are 0 or 1,
            0 counts as -1.
        y_pred: Predicted margins p, any real numbers, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> hinge([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]]).numpy()
        array([1.1, 1.5], dtype=float32)

    Reference:
        Cortes, C., Vapnik, V. (1995). Support-Vector Networks.

    Relation:
        `squared_hinge` squares each term; `categorical_hinge` is for one-hot labels.
    """

    def slope(t: tf.Tensor, p: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        t = _signs(t, binary)
        return -numerics.zero_elsewhere(t * p <= 1.0, t)

    return Elementwise(
        value=lambda t, p, binary: _margin(_signs(t, binary), p),
        slope=slope,
        shared=_are_binary,
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="hinge", truth="sign")
def squared_hinge(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Squared hinge loss: \( \mathrm{mean}(\max(1 - t p, 0)^2) \) over the last axis.

    Args:
        y_true: Labels t, -1 or 1, of shape [batch, d0, .. dN]. If all labels of the batch are 0 or 1,
            0 counts as -1.
        y_pred: Predicted margins p, any real numbers, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> squared_hinge([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]]).numpy().round(2)
        array([1.46, 2.26], dtype=float32)

    Reference:
        Cortes, C., Vapnik, V. (1995). Support-Vector Networks.
    """

    def slope(t: tf.Tensor, p: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
        t = _signs(t, binary)
        return _margin(t, p) * t * -2.0  # each product in place of the last

    return Elementwise(
        value=lambda t, p, binary: tf.square(_margin(_signs(t, binary), p)),
        slope=slope,
        shared=_are_binary,
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="hinge", truth="one_hot")
def categorical_hinge(
    y_true: Any, y_pred: Any, *, class_weight: ClassWeights = None, ignore_nan: Flag = False
) -> Values:
    r"""Categorical hinge loss: \( \max(\max_c((1 - t_c) p_c) - \sum_c t_c p_c + 1, 0) \).

    Args:
        y_true: One-hot labels t over the last axis, of shape [batch, d0, .. dN].
        y_pred: Predicted scores p, any real numbers, of the same shape.
        class_weight: Weights w of the classes, at least 0: one for each, or a dict by class, in which a
            class that is not there weighs 1. The value is multiplied by \( \sum_c t_c w_c \), the weight
            of the true class. The reduction "mean_with_sample_weight" divides by these, too.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> categorical_hinge([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]]).numpy().round(2)
        array([1.2, 1.6], dtype=float32)

    Reference:
        Crammer, K., Singer, Y. (2001). On the Algorithmic Implementation of Multiclass Kernel-based
        Vector Machines.
    """

    def sums(t: tf.Tensor, p: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        return rows.row_max((1.0 - t) * p, axis), rows.row_sum(t * p, axis, keepdims=True)

    def value(t: tf.Tensor, p: tf.Tensor, axis: int, best: tf.Tensor, true: tf.Tensor) -> tf.Tensor:
        return tf.maximum(best - true + 1.0, 0.0)

    def gradient(
        t: tf.Tensor, p: tf.Tensor, axis: int, upstream: tf.Tensor, best: tf.Tensor, true: tf.Tensor
    ) -> tf.Tensor:
        others = (1.0 - t) * p
        upstream = numerics.zero_elsewhere(best - true + 1.0 >= 0.0, upstream)
        is_best = tf.cast(tf.equal(others, best), p.dtype)  # of classes that tie each has its part
        part = upstream / rows.row_sum(is_best, axis, keepdims=True)
        return part * is_best * (1.0 - t) - upstream * t

    formula = Rowwise(sums=sums, value=value, gradient=gradient)
    return formula.at(y_true, y_pred, class_weight=class_weight, ignore_nan=ignore_nan)


def _margin(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
    return tf.maximum(1.0 - t * p, 0.0)


def _are_binary(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor]:
    """1 if all labels of the batch are 0 or 1, else 0."""
    return (tf.cast(rows.all_rows(tf.equal(tf.square(t), t)), t.dtype),)


def _signs(t: tf.Tensor, binary: tf.Tensor) -> tf.Tensor:
    """Labels -1 or 1."""
    return t * (1.0 + binary) - binary


class Hinge(LossFunctionWrapper, of=hinge):
    """Hinge loss as an object; see `hinge` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "hinge",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(hinge, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan)


class SquaredHinge(LossFunctionWrapper, of=squared_hinge):
    """Squared hinge loss as an object; see `squared_hinge` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "squared_hinge",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            squared_hinge, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )


class CategoricalHinge(LossFunctionWrapper, of=categorical_hinge):
    """Categorical hinge loss as an object; see `categorical_hinge` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_hinge",
        dtype: Any = None,
        *,
        class_weight: Sequence[float] | Mapping[int, float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            categorical_hinge,
            reduction=reduction,
            name=name,
            dtype=dtype,
            class_weight=class_weight,
            ignore_nan=ignore_nan,
        )
