"""What a foreign language hands over and takes back, in one call each."""

from __future__ import annotations

from typing import Any

from lossbridge import checks, losses
from lossbridge._backend import tf


def named_loss(name: str) -> Any:
    """A loss by its name; see `losses.get`, whose argument is called `loss` in R."""
    try:
        return losses.get(name)
    except checks.InputError as error:
        error.argument = "loss"
        raise


def gradient(loss: Any, y_true: Any, y_pred: Any) -> tf.Tensor:
    """The derivative of a loss with respect to the predictions.

    Args:
        loss: A `Loss` object, or a function of `(y_true, y_pred)`. Per-sample values are added up.
        y_true: True values, as the loss takes them.
        y_pred: Predictions, as the loss takes them.

    Returns:
        A tensor of the shape and dtype of `y_pred`.
    """
    y_pred = checks.float_tensor(y_pred, "y_pred")
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        # A copy is not known to come from an activation, whose logits the loss would take in its place.
        copy = tf.identity(y_pred)
        if hasattr(y_pred, "_keras_mask"):
            copy._keras_mask = y_pred._keras_mask
        value = loss(y_true, copy)
    result = tape.gradient(value, y_pred)
    return tf.zeros_like(y_pred) if result is None else result
