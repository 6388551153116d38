"""What a foreign language hands over and takes back, in one call each."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from lossbridge import checks, evaluate, losses, registry
from lossbridge import reduction as reductions
from lossbridge._backend import keras, tf
from lossbridge.compiled import Compiled
from lossbridge.keras_protocol import arguments_of, mask_of, with_mask
from lossbridge.reduction import DEFAULT


def named_loss(name: str) -> Any:
    """A loss by its name; see `losses.get`, whose argument is called `loss` in R."""
    try:
        return losses.get(name)
    except checks.InputError as error:
        error.argument = "loss"
        raise


def own_object(loss: Any) -> Any:
    """The `Loss` of lossbridge for an object of either Keras; None where there is none like it."""
    if isinstance(loss, losses.Loss):
        return loss if type(loss) in registry.CLASSES.values() else None
    kind = type(loss)
    library = kind.__module__.partition(".")[0]
    spec = registry.names().get(kind.__name__)
    if library not in ("keras", "tf_keras") or spec is None:
        return None
    config = {**loss.get_config(), **arguments_of(loss)}
    arguments = set(spec.parameters) & set(inspect.signature(kind).parameters)
    if not arguments <= set(config):  # one that is not known
        return None
    if library == "tf_keras":
        config["semantics"] = "keras2"
    config = {"module": kind.__module__, "class_name": kind.__name__, "config": config}
    return losses.deserialize(config, keras_version=str(keras.__version__))


def truth(loss: str) -> str | None:
    """The domain of `y_true` of a loss, see `registry.LossSpec`; None for a name of no loss."""
    return registry.LOSSES[loss].truth if loss in registry.LOSSES else None


def gradient(loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
    """The derivative of a loss with respect to the predictions.

    Args:
        loss: A `Loss` object, or a function of `(y_true, y_pred)`. Per-sample values are added up.
        y_true: True values, as the loss takes them.
        y_pred: Predictions, as the loss takes them.
        sample_weight: What the values are multiplied by; None for 1.

    Returns:
        A tensor of the shape and dtype of `y_pred`.

    Raises:
        InputError: If the loss gives no tensor, which has no derivative.
    """
    y_pred = checks.float_tensor(y_pred, "y_pred")
    weighs_itself = isinstance(loss, (keras.losses.Loss, Compiled))
    ours = isinstance(loss, (losses.Loss, Compiled)) or registry.spec_of(loss) is not None
    if not ours:
        y_true = checks.tensor(y_true, "y_true")  # as Keras hands it to a loss
    if not ours and not weighs_itself:
        loss = _giving_tensors(loss)
    if sample_weight is not None and not weighs_itself:
        # An object lets nothing out of a sample of weight 0, not even a NaN.
        loss = losses.LossFunctionWrapper(loss, reduction="sum", dtype=y_pred.dtype.name)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        # A copy is not known to come from an activation, whose logits the loss would take in its place.
        copy = with_mask(tf.identity(y_pred), mask_of(y_pred))
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        value = loss(y_true, copy, **weights)
    result = tape.gradient(value, y_pred)
    return tf.zeros_like(y_pred) if result is None else result


def _giving_tensors(loss: Any) -> Any:
    @functools.wraps(loss, updated=())
    def giving_tensors(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        value = loss(y_true, y_pred)
        if not tf.is_tensor(value):
            raise checks.InputError(
                "loss",
                "a function that gives a tensor",
                f"one that gives {checks.describe(value)}",
                "Compute with the tensors that it is given, by functions of TensorFlow or Keras.",
            )
        return value

    return giving_tensors


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
    classes = None
    if how == "mean_with_sample_weight":
        classes = evaluate.class_weights(spec, y_true, y_pred, arguments)
    value = reductions.reduce(values, mask=mask, reduction=how, class_weight=classes)
    return tf.cast(value, y_pred.dtype)
