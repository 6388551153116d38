"""Several losses on one's own data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lossbridge import checks, generations, registry
from lossbridge import reduction as reductions
from lossbridge._backend import tf
from lossbridge.evaluate import samples
from lossbridge.keras_protocol import mask_of
from lossbridge.parity import data


def compare(
    y_true: Any, y_pred: Any, losses: Any = None, sample_weight: Any = None
) -> list[dict[str, Any]]:
    """Several losses of the same data, as the rows of a table.

    Args:
        y_true: True values, or class labels.
        y_pred: Predictions; one column may be of shape [batch].
        losses: Names in one string or a list, with arguments behind them where wanted
            (`"mse, huber(delta=2)"`); or a dict of labels to names and `Loss` objects. None for every
            loss that the data is in the domain of.
        sample_weight: Weights of the samples, as a `Loss` object takes them.

    Returns:
        A dict for each loss: `loss` (its label), `value` (the mean, as a `Loss` object has it), `min`,
        `median` and `max` of the per-sample values, `samples` (how many they are), and `semantics`.

    Raises:
        InputError: If a loss is unknown or the data does not fit it.

    Example:
        >>> rows = compare([1.0, 2.0, 3.0], [1.5, 2.0, 5.0], "mse, mae, huber(delta=1)")
        >>> [(row["loss"], round(row["value"], 3)) for row in rows]
        [('mean_squared_error', 1.417), ('mean_absolute_error', 0.833), ('huber(delta=1)', 0.542)]
    """
    true, pred = (_array(x, name) for x, name in ((y_true, "y_true"), (y_pred, "y_pred")))
    rows = []
    for label, choice, loss in _chosen(losses, true, pred):
        inputs = data.as_the_loss_takes(choice, true, pred) if choice else (true, pred)
        rows.append(_row(label, choice, loss, *inputs, sample_weight))
    return rows


def _chosen(losses: Any, y_true: np.ndarray, y_pred: np.ndarray) -> Iterable[tuple[str, Any, Any]]:
    if losses is None:
        # Two columns beside labels are shares of classes, not parameters of a distribution.
        specs = [spec for _, spec in sorted(registry.LOSSES.items()) if spec.heads is None]
        every = [data.Choice(spec) for spec in specs]
        fitting = [
            choice
            for choice in every
            if not data.unfit(choice, *data.as_the_loss_takes(choice, y_true, y_pred))
        ]
        return [(choice.label, choice, None) for choice in fitting]
    if isinstance(losses, str):
        return [(choice.label, choice, None) for choice in data.choices(losses)]
    items = list(losses.items()) if isinstance(losses, Mapping) else [(None, x) for x in losses]
    chosen: list[tuple[str, Any, Any]] = []
    for label, loss in items:
        if isinstance(loss, str):
            found = data.choices(loss)
            chosen += [(label if label and len(found) == 1 else c.label, c, None) for c in found]
        elif callable(loss):
            spec = registry.spec_of(loss) or getattr(loss, "_spec", None)
            arguments = getattr(loss, "_fn_kwargs", {})
            choice = data.Choice(spec, spec.written(arguments)) if spec else None
            name = getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__)
            chosen.append((label or (choice.label if choice else name), choice, loss))
        else:
            raise checks.InputError(
                "losses", "names, functions or Loss objects", checks.describe(loss)
            )
    return chosen


def _row(
    label: str, choice: Any, loss: Any, y_true: np.ndarray, y_pred: np.ndarray, weight: Any
) -> dict[str, Any]:
    semantics: Any = getattr(loss, "semantics", generations.get_semantics())
    true, pred = tf.constant(y_true), checks.float_tensor(y_pred, "y_pred")
    with generations.semantics(semantics):
        if choice is not None:
            values = samples(choice.spec, true, pred, choice.arguments, weight)
        else:
            values = tf.convert_to_tensor(loss(true, pred))
        if isinstance(getattr(loss, "reduction", None), str) and choice is not None:
            value = loss(true, pred, weight)
        else:
            mask = mask_of(values)
            value = reductions.reduce(values, weight, mask)
    each = np.asarray(tf.cast(values, "float64")).ravel()
    total = np.asarray(tf.cast(value, "float64"))
    return {
        "loss": label,
        "value": float(total) if total.ndim == 0 else float(total.mean()),
        "min": float(each.min()),
        "median": float(np.median(each)),
        "max": float(each.max()),
        "samples": int(each.size),
        "semantics": semantics,
    }


def _array(x: Any, argument: str) -> np.ndarray:
    array = checks.tensor(x, argument).numpy()
    if array.ndim == 0 or array.size == 0:
        raise checks.InputError(
            argument, "an array with at least one value", checks.describe(array)
        )
    return array
