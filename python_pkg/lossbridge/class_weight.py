"""Weights of classes: what `class_weight` of a loss may be, and what each sample weighs by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.engine.rows import dimension, row_sum

ClassWeight = Sequence[float] | Mapping[int, float] | None
"""A weight for each class, in their order, or by class; a class that is not there weighs 1."""


def of_classes(class_weight: Any, y_pred: tf.Tensor, axis: int) -> tf.Tensor:
    """The weight of each of the K classes along `axis`, of shape [K].

    Args:
        class_weight: A list, or a dict by class, as `checks.class_weight` gives it.
        y_pred: Predictions with the classes along `axis`.
        axis: Counted from the end.
    """
    classes = dimension(y_pred, axis)
    known = isinstance(classes, int)
    if isinstance(class_weight, dict):
        if known and max(class_weight) >= classes:
            raise checks.InputError(
                "class_weight",
                f"by class, which are whole numbers from 0 to {classes - 1}",
                f"by {max(class_weight)}",
                "Classes count from 0.",
            )
        if known:
            return tf.constant([class_weight.get(k, 1.0) for k in range(classes)], y_pred.dtype)
        keys = tf.constant([[k] for k in class_weight])
        weights = tf.constant(list(class_weight.values()), y_pred.dtype)
        return tf.tensor_scatter_nd_update(tf.ones([classes], y_pred.dtype), keys, weights)
    if known and len(class_weight) != classes:
        raise checks.InputError(
            "class_weight",
            f"one weight for each of {classes} classes",
            f"{len(class_weight)} weight{'' if len(class_weight) == 1 else 's'}",
            "Give weights by class to weigh some of them only.",
        )
    weights = tf.constant(class_weight, y_pred.dtype)
    if known:
        return weights
    message = "`class_weight` must be one weight for each class"
    return checks.of_shape(weights, tf.expand_dims(classes, 0), message)


def has_zero(class_weight: Any) -> bool:
    """Whether a class weighs nothing."""
    return 0.0 in (class_weight.values() if isinstance(class_weight, dict) else class_weight)


def along(weights: tf.Tensor, axis: int) -> tf.Tensor:
    """Weights of classes in a shape in which they multiply what has the classes along `axis`."""
    return tf.reshape(weights, [-1] + [1] * (-axis - 1))


def of_samples(weights: tf.Tensor, y_true: tf.Tensor, axis: int) -> tf.Tensor:
    """The weight of the true class of each sample: of an integer label, or the sum of t_c w_c.

    What a row lacks to a sum of 1 weighs 1, so that weights of 1 change nothing.
    """
    if y_true.dtype.is_integer:
        return tf.gather(weights, y_true)
    return row_sum(y_true * along(weights, axis), axis) + (1.0 - row_sum(y_true, axis))
