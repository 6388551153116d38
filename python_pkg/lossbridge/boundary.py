"""What a foreign language hands over and takes back, in one call each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from lossbridge import checks, evaluate, losses, metrics, ragged, registry
from lossbridge import reduction as reductions
from lossbridge._backend import keras, tf
from lossbridge.derivatives import gradient, hessian
from lossbridge.keras_protocol import arguments_of, mask_of
from lossbridge.reduction import DEFAULT

__all__ = [
    "gradient",
    "heads",
    "hessian",
    "keras_metric",
    "metric_of",
    "named_loss",
    "never_missing",
    "own_object",
    "truth",
    "values_or_object",
]


def named_loss(name: str) -> Any:
    """A loss by its name; see `losses.get`, whose argument is called `loss` in R."""
    try:
        return losses.get(name)
    except checks.InputError as error:
        error.argument = "loss"
        raise


def metric_of(loss: Any, name: str | None, dtype: Any) -> metrics.LossMetric:
    """A `LossMetric`, whose argument is called `loss` in R."""
    try:
        return metrics.LossMetric(loss, name=name, dtype=dtype)
    except checks.InputError as error:
        if error.argument == "fn":
            error.argument = "loss"
            of_losses = "a function or an object of lossbridge.losses"
            in_r = "a loss function or loss object of lossbridge"
            error.expected = error.expected.replace(of_losses, in_r)
        raise


def keras_metric(metric: str, name: str | None, dtype: Any, **arguments: Any) -> Any:
    """A metric of Keras for classes, after the checks that metrics of lossbridge have.

    `num_classes` has no effect: Keras' metrics know it from the data.
    """
    losses.Loss(name, dtype=dtype)
    checked = {argument: _OF_KERAS[argument](value) for argument, value in arguments.items()}
    checked.pop("num_classes", None)
    return getattr(metrics, metric)(name=name, dtype=dtype, **checked)


def _threshold(value: Any) -> float | None:
    if value is None:
        return None
    value = checks.number(value, "threshold", 0, 1)
    return checks.number(value, "threshold", 0, open_ends=True)


_OF_KERAS: dict[str, Callable[[Any], Any]] = {
    "num_classes": lambda x: x if x is None else checks.whole_number(x, "num_classes", 1),
    "average": lambda x: checks.one_of(x, "average", (None, "micro", "macro", "weighted")),
    "beta": lambda x: checks.number(x, "beta", 0, open_ends=True),
    "threshold": _threshold,
}


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


def never_missing() -> list[str]:
    """The losses of which no label may be missing: those that refuse `ignore_nan`."""
    return [name for name, spec in registry.LOSSES.items() if not spec.takes_missing]


def heads(loss: str, **arguments: Any) -> list[str]:
    """The parameters of a distribution that a row of predictions holds; of several, those of one."""
    spec = registry.LOSSES.get(loss)
    if spec is None or spec.heads is None:
        return []
    return list(spec.heads.given({**spec.parameters, **arguments}))


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
    if y_true is None or y_pred is None:
        missing, given = ("y_true", "y_pred") if y_true is None else ("y_pred", "y_true")
        raise checks.InputError(
            missing,
            f"given with `{given}`, or neither of them for an object",
            "None",
            "Name the arguments of an object.",
        )
    if dtype is not None:
        dtype = losses.Loss(dtype=dtype).dtype
        y_pred = ragged.mapped(
            lambda p: tf.cast(checks.tensor(p, "y_pred"), tf.as_dtype(dtype)), y_pred
        )
    if reduction is DEFAULT:
        return spec.function(y_true, y_pred, **arguments)
    y_pred = ragged.mapped(lambda p: checks.float_tensor(p, "y_pred"), y_pred)
    batch = ragged.flattened(spec, y_true, y_pred, arguments)
    values = ragged.values_of(spec, batch, lambda t, p, *_: spec.values(t, p, **batch.arguments))
    mask = mask_of(values)
    how = reductions.standardize(reduction)
    classes = None
    if how == "mean_with_sample_weight":
        classes = evaluate.class_weights(spec, batch)
    value = reductions.reduce(values, mask=mask, reduction=how, class_weight=classes)
    value = checks.cast(value, y_pred.dtype)
    return batch.restored(value) if how in ("none", None) else value
