"""The comparison itself: plans what to compare, and yields a row for each number compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal

import numpy as np

from lossbridge import checks, generations
from lossbridge._backend import tf
from lossbridge.parity import deviations
from lossbridge.parity.data import Choice, Source, Unfit
from lossbridge.parity.references import Lossbridge, Reference, Unsupported

TOLERANCES = {"float64": 1e-10, "float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}
"""How large a difference of each dtype may be: some roundings, for the sums that they go into."""

DTYPES = tuple(TOLERANCES)
WEIGHTS = ("none", "sample", "value")
"""No weights, one for each sample, or one for each value of which some are 0."""


@dataclasses.dataclass(frozen=True)
class Task:
    """One pair of calls to compare."""

    reference: Reference
    choice: Choice
    source: Source
    dtype: str
    form: Literal["function", "object"]
    reduction: str = "-"
    weights: str = "none"


@dataclasses.dataclass(frozen=True)
class Row:
    """One comparison."""

    reference: str
    loss: str
    """The name of the loss, and its arguments where they are not the defaults."""
    data: str
    """The size of the random inputs, or the name of the file."""
    dtype: str
    form: str
    """"function", of which per-sample values are compared, or "object"."""
    reduction: str
    weights: str
    quantity: str
    """"value", or "gradient" by `y_pred`."""
    difference: float
    """The largest difference, as a share of the size of the numbers compared."""
    tolerance: float
    status: Literal["pass", "fail", "deviation", "skip"]
    note: str = ""
    """Of a deviation its name, of a skip or a failure the reason."""


def plan(
    references: Sequence[Reference],
    choices: Sequence[Choice],
    sources: Sequence[Source],
    dtypes: Sequence[str],
) -> list[Task]:
    """Every task: each loss as a function and an object, by dtypes, reductions and weights.

    Arguments beside the defaults are compared with one reduction and weight for each.
    """
    tasks = []
    for reference in references:
        for choice in choices:
            alone = sum(other.name == choice.name for other in choices) == 1
            for source in sources:
                for dtype in dtypes:
                    task = Task(reference, choice, source, dtype, "function")
                    tasks.append(task)
                    grid = [
                        (reduction, weights)
                        for reduction in reference.reductions
                        for weights in WEIGHTS
                    ]
                    if choice.arguments and not alone:
                        grid = [(reference.reductions[0], "sample")]
                    tasks += [
                        dataclasses.replace(task, form="object", reduction=r, weights=w)
                        for r, w in grid
                    ]
    return tasks


def run(
    tasks: Iterable[Task], tolerance: dict[str, float] | None = None, seed: int = 0
) -> Iterator[list[Row]]:
    """Compare, task by task: the rows of each, for value and gradient.

    Args:
        tasks: What `plan` gives.
        tolerance: The tolerance of each dtype, where it is not that of `TOLERANCES`.
        seed: The seed of the weights.
    """
    limits = {**TOLERANCES, **(tolerance or {})}
    prepared: dict[Any, Any] = {}
    for task in tasks:
        key = (task.choice.label, task.source.label, task.dtype, task.reference.semantics)
        if key not in prepared:
            prepared[key] = _prepare(task)
        yield _compare(task, prepared[key], limits[task.dtype], seed)


@dataclasses.dataclass(frozen=True)
class Result:
    """What one side computed, as float64."""

    value: np.ndarray
    gradient: np.ndarray | None


@dataclasses.dataclass(frozen=True)
class Inputs:
    """Numbers that the dtype holds, so that every side starts from the same ones."""

    y_true: np.ndarray
    y_pred: np.ndarray
    unit: float
    """The size of the per-sample values: what a rounding error is measured against."""


def _prepare(task: Task) -> Inputs | str:
    spec = task.choice.spec
    try:
        y_true, y_pred = (
            _rounded(y, task.dtype) for y in task.source.inputs(task.choice, task.dtype)
        )
    except Unfit as reason:
        return str(reason)
    # Errors in the units of the data are as small as these; a logarithm or an angle is of size 1.
    in_units = spec.family == "regression" and spec.pred == "real" and "axis" not in spec.parameters
    unit = 0.0 if in_units else 1.0
    try:
        call = _call(
            Lossbridge(task.reference.semantics), dataclasses.replace(task, form="function")
        )
        values = _evaluate(call, task, y_true, y_pred).value
    except Exception:  # which the comparison itself will report
        return Inputs(y_true, y_pred, unit)
    return Inputs(
        y_true, y_pred, max(unit, float(np.abs(values[np.isfinite(values)]).max(initial=0.0)))
    )


def _compare(task: Task, inputs: Inputs | str, tolerance: float, seed: int) -> list[Row]:
    def row(quantity: str, found: float, status: Any, note: str = "") -> Row:
        return Row(
            reference=task.reference.name,
            loss=task.choice.label,
            data=task.source.label,
            dtype=task.dtype,
            form=task.form,
            reduction=task.reduction,
            weights=task.weights,
            quantity=quantity,
            difference=found,
            tolerance=tolerance,
            status=status,
            note=note,
        )

    title = task.reference.title
    try:
        calls = [
            _call(side, task) for side in (Lossbridge(task.reference.semantics), task.reference)
        ]
        if isinstance(inputs, str):
            raise Unfit(inputs)
        weight = _weight(task, inputs.y_pred.shape, seed)
    except (Unfit, Unsupported) as reason:
        return [row("value", np.nan, "skip", str(reason))]

    def evaluate(call: Callable[..., Any], dtype: str = task.dtype) -> Result | Exception:
        try:
            return _evaluate(
                call, dataclasses.replace(task, dtype=dtype), inputs.y_true, inputs.y_pred, weight
            )
        except Exception as error:  # whatever a side raises is a finding, not our crash
            return error

    ours, theirs = map(evaluate, calls)
    mismatch = deviations.Mismatch(
        generation=task.reference.semantics,
        version=task.reference.version,
        loss=task.choice.name,
        arguments=task.choice.arguments,
        dtype=task.dtype,
    )
    if isinstance(ours, Exception):
        return [row("value", np.inf, "fail", f"lossbridge: {_short(ours)}")]
    if isinstance(theirs, Exception):
        known = deviations.explain(mismatch)
        if known:
            return [row("value", np.inf, "deviation", known.name)]
        return [row("value", np.inf, "fail", f"{title}: {_short(theirs)}")]

    rows = []
    for quantity in ("value", "gradient"):
        a, b = getattr(ours, quantity), getattr(theirs, quantity)
        if a is None or b is None:
            rows.append(row(quantity, np.nan, "skip", f"{title} gives no gradient"))
            continue
        floor = _floor(task, inputs, quantity)
        found = difference(a, b, floor)
        if found <= tolerance:
            rows.append(row(quantity, found, "pass"))
            continue

        def agrees(
            dtype: str = task.dtype,
            arguments: dict[str, Any] = task.choice.arguments,
            quantity: str = quantity,
            a: np.ndarray = a,
            floor: float = floor,
        ) -> bool:
            other = dataclasses.replace(
                task, dtype=dtype, choice=dataclasses.replace(task.choice, arguments=arguments)
            )
            result = evaluate(_call(task.reference, other), dtype)
            if isinstance(result, Exception):
                return False
            return difference(a, getattr(result, quantity), floor) <= tolerance

        known = deviations.explain(
            dataclasses.replace(
                mismatch,
                quantity=quantity,
                ours=a,
                theirs=b,
                difference=found,
                terms=_samples(inputs)
                if task.reduction in ("sum", "mean_with_sample_weight")
                else 1,
                agrees=agrees,
            )
        )
        rows.append(
            row(quantity, found, "deviation" if known else "fail", known.name if known else "")
        )
    return rows


def difference(ours: np.ndarray, theirs: np.ndarray, floor: float = 0.0) -> float:
    """The largest difference, divided by the largest of `theirs` or by `floor` if that is more.

    Infinite if the shapes differ, or one is finite where the other is not.
    """
    if ours.shape != theirs.shape:
        return np.inf
    finite = np.isfinite(theirs)
    if not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
        return np.inf
    if not np.isfinite(ours[finite]).all():
        return np.inf
    if not finite.any():
        return 0.0
    largest = float(np.abs(ours[finite] - theirs[finite]).max())
    scale = max(float(np.abs(theirs[finite]).max()), floor)
    if not largest:
        return 0.0
    return largest / scale if scale else np.inf


def _call(side: Reference, task: Task) -> Callable[..., Any]:
    if task.form == "function":
        call = side.function(task.choice)
        return lambda y_true, y_pred, weight: call(y_true, y_pred)
    return side.loss(task.choice, task.reduction, task.dtype)


def _evaluate(
    call: Callable[..., Any],
    task: Task,
    y_true: np.ndarray,
    y_pred: np.ndarray,
    weight: np.ndarray | None = None,
) -> Result:
    true = tf.constant(y_true) if y_true.dtype.kind in "iu" else tf.cast(y_true, task.dtype)
    pred = tf.cast(y_pred, task.dtype)
    weights = None if weight is None else tf.cast(weight, task.dtype)
    with generations.semantics(task.reference.semantics), tf.GradientTape() as tape:
        tape.watch(pred)
        value = tf.convert_to_tensor(call(true, pred, weights))
        total = tf.reduce_sum(value)
    gradient = tape.gradient(total, pred)
    return Result(_numpy(value), None if gradient is None else _numpy(gradient))


def _numpy(x: Any) -> np.ndarray:
    return tf.cast(x, "float64").numpy()


def _rounded(x: np.ndarray, dtype: str) -> np.ndarray:
    """Numbers that `dtype` holds, so that every dtype starts from the same ones; labels stay."""
    if x.dtype.kind in "iu":
        return x
    return tf.cast(tf.cast(tf.constant(x), dtype), "float64").numpy()


def _weight(task: Task, shape: tuple[int, ...], seed: int) -> np.ndarray | None:
    if task.form == "function" or task.weights == "none":
        return None
    axes = task.choice.spec.reduced_axes(task.choice.arguments, len(shape))
    values = (
        () if axes is None else tuple(n for i, n in enumerate(shape) if i - len(shape) not in axes)
    )
    if not values:
        raise Unfit("has one value for the whole batch, with nothing to weigh")
    if task.weights == "value" and len(values) == 1 and values[0] == 1:
        raise Unfit("has one value only, which a weight of 0 would leave nothing of")
    rng = np.random.default_rng(seed)
    if task.weights == "sample":  # Keras 3 takes [batch] for values of rank 1 only
        return rng.uniform(0.2, 2.0, size=(values[0], *[1] * (len(values) - 1)))
    weight = rng.uniform(0.2, 2.0, size=values)
    weight.flat[0] = 0.0
    return weight


def _samples(inputs: Inputs) -> int:
    return int(np.prod(inputs.y_pred.shape[:-1]))


def _floor(task: Task, inputs: Inputs, quantity: str) -> float:
    """The size below which numbers are all rounding: that of the values before they cancelled."""
    if quantity == "value":
        return inputs.unit * (_samples(inputs) if task.reduction == "sum" else 1)
    # A derivative is as large as the values, for a change of y_pred as large as y_pred.
    averaged = _samples(inputs) if task.reduction not in ("-", "sum", "none") else 1
    largest = float(np.abs(inputs.y_pred[np.isfinite(inputs.y_pred)]).max(initial=0.0))
    return inputs.unit / max(largest, 1e-30) / averaged


def _short(error: Any) -> str:
    text = " ".join(str(error).split())
    text = text if len(text) <= 160 else f"{text[:157]}..."
    return f"{type(error).__name__}: {text}"


def check_dtypes(dtypes: Sequence[str]) -> list[str]:
    """`dtypes`, if all are float dtypes."""
    return [checks.one_of(dtype, "dtypes", DTYPES) for dtype in dtypes]
