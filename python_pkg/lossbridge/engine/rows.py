"""Sums, means and maxima along one axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lossbridge._backend import tf
from lossbridge.engine._tensorflow import in_xla
from lossbridge.engine.options import has_accelerator

Axis = int | Sequence[int] | None
"""One axis, several, or None for all."""


def row_sum(x: tf.Tensor, axis: Axis, keepdims: bool = False) -> tf.Tensor:
    """The sum along an axis.

    Along the last axis under XLA on a CPU, whose reduction of rows is scalar code, it is a product with a
    vector of ones. It is not of long rows, which it would add up one by one, losing digits.
    """
    if axis is None and _by_product(x, -1):
        return tf.reduce_sum(row_sum(x, -1))
    if not _by_product(x, axis):
        return tf.reduce_sum(x, axis, keepdims)
    rows = x if x.shape.rank == 2 else tf.reshape(x, [-1, x.shape[-1]])
    sums = tf.linalg.matvec(rows, tf.ones([x.shape[-1]], x.dtype))
    sums = sums if x.shape.rank == 2 else tf.reshape(sums, tf.shape(x)[:-1])
    return tf.expand_dims(sums, -1) if keepdims else sums


def row_mean(x: tf.Tensor, axis: Axis) -> tf.Tensor:
    """The mean along an axis."""
    if _by_product(x, axis):
        return row_sum(x, axis) / x.shape[-1]
    return tf.reduce_mean(x, axis)


def row_max(x: tf.Tensor, axis: Axis) -> tf.Tensor:
    """The maximum along an axis, with size 1 kept for it."""
    return tf.reduce_max(x, axis, keepdims=True)


def all_rows(condition: tf.Tensor) -> tf.Tensor:
    """Whether a condition holds everywhere."""
    if _by_product(condition, -1):
        others = row_sum(tf.cast(tf.logical_not(condition), tf.float32), -1)
        return tf.reduce_all(tf.equal(others, 0.0))
    return tf.reduce_all(condition)


def share_of_mean(upstream: tf.Tensor, p: tf.Tensor, axis: Axis) -> tf.Tensor:
    """The gradient by a mean along `axis`, as the gradient by each entry of the mean."""
    size = math.prod(dimension(p, each) for each in axes_of(axis))
    size = size if isinstance(size, int) else tf.cast(size, p.dtype)
    return restored(upstream / size, axis)


def dimension(x: tf.Tensor, axis: int) -> Any:
    """The size of an axis: an int where it is known, else a scalar tensor."""
    static = x.shape[axis] if x.shape.rank is not None else None
    return static if static is not None else tf.shape(x)[axis]


def dropped(x: tf.Tensor, axis: Axis) -> tf.Tensor:
    """`x` without axes that have size 1; None stands for those of a number, which has none."""
    return x if axis is None else tf.squeeze(x, axis)


def restored(x: tf.Tensor, axis: Axis) -> tf.Tensor:
    """`x` with axes of size 1 where `dropped` took them."""
    for each in sorted(axes_of(axis), reverse=True):
        x = tf.expand_dims(x, each)
    return x


def axes_of(axis: Axis) -> Sequence[int]:
    """The axes as a list; that of a number is empty."""
    return () if axis is None else (axis,) if isinstance(axis, int) else axis


def _by_product(x: tf.Tensor, axis: Axis) -> bool:
    # The matrix products of a GPU may round their factors to 10 bits (TensorFloat-32).
    return (
        axis == -1
        and in_xla()
        and (x.shape.rank or 0) >= 2
        and 8 <= (x.shape[-1] or 1) <= 1024
        and not has_accelerator()
    )
