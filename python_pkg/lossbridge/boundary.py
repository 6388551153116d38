"""What a foreign language hands over and takes back, in one call each."""

from __future__ import annotations

import inspect
from typing import Any

from lossbridge import checks, losses, registry
from lossbridge import reduction as reductions
from lossbridge._backend import tf
from lossbridge.keras_protocol import mask_of, with_mask
from lossbridge.reduction import DEFAULT


def named_loss(name: str) -> Any:
    """A loss by its name; see `losses.get`, whose argument is called `loss` in R."""
    try:
        return losses.get(name)
    except checks.InputError as error:
        error.argument = "loss"
        raise


def truth(loss: str) -> str | None:
    """The domain of `y_true` of a loss, see `registry.LossSpec`; None for a name of no loss."""
    return registry.LOSSES[loss].truth if loss in registry.LOSSES else None


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
        copy = with_mask(tf.identity(y_pred), mask_of(y_pred))
        value = loss(y_true, copy)
    result = tape.gradient(value, y_pred)
    return tf.zeros_like(y_pred) if result is None else result


def values_or_object(
    loss: str,
    y_true: Any,
    y_pred: Any,
    *,
    reduction: str | None,
    name: str | None,
    dtype: Any,
    **arguments: Any,
) -> Any:
    """What a name of R gives, see `lossbridge.api`.

    Args:
        loss: The name of the loss in Python.
        y_true: True values, as the loss takes them; None, with `y_pred`, for an object.
        y_pred: Predictions, as the loss takes them.
        reduction: See `Loss`; DEFAULT for per-sample values where there is data.
        name: The name of the object.
        dtype: The dtype to compute in, see `Loss`.
        **arguments: All arguments of the loss.

    Returns:
        Per-sample values or their reduced value; without data a `Loss` object.
    """
    spec = registry.LOSSES[loss]
    if y_true is None and y_pred is None:
        cls = registry.CLASSES[loss]
        of_data = set(arguments) - set(inspect.signature(cls).parameters)
        for argument in of_data:
            if arguments.pop(argument) is not None:
                raise checks.InputError(argument, "left out where there is no data", "given")
        how = "sum_over_batch_size" if reduction is DEFAULT else reduction
        return cls(reduction=how, name=name, dtype=dtype, **arguments)
    if dtype is not None:
        dtype = losses.Loss(dtype=dtype).dtype
        y_pred = tf.cast(checks.tensor(y_pred, "y_pred"), tf.as_dtype(dtype))
    if reduction is DEFAULT:
        return spec.function(y_true, y_pred, **arguments)
    y_pred = checks.float_tensor(y_pred, "y_pred")
    values = spec.values(y_true, y_pred, **arguments)
    mask = mask_of(values)
    how = reductions.standardize(reduction)
    return tf.cast(reductions.reduce(values, mask=mask, reduction=how), y_pred.dtype)
