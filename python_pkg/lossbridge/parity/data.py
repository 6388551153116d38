"""What is compared on: losses with their arguments, and inputs from the domain of each.

The domains come from the registry, so that a new loss is taken up without a line here.
"""

from __future__ import annotations

import ast
import csv
import dataclasses
import fnmatch
import math
import pathlib
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from lossbridge import checks, registry
from lossbridge.registry import LossSpec


@dataclasses.dataclass(frozen=True)
class Choice:
    """A loss with the arguments it is compared with."""

    spec: LossSpec
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the loss."""
        return self.spec.name

    @property
    def label(self) -> str:
        """The loss as one writes it: `huber(delta=2.0)`."""
        inner = ", ".join(f"{key}={value!r}" for key, value in self.arguments.items())
        return f"{self.name}({inner})" if inner else self.name

    @property
    def takes_logits(self) -> bool:
        """Whether `y_pred` is any number, although the loss is one of probabilities."""
        return bool(self.arguments.get("from_logits"))


class Unfit(ValueError):
    """Inputs on which a loss is not compared, and why."""


# Arguments beside the defaults, that a full run compares as well.
ARGUMENTS: dict[str, list[dict[str, Any]]] = {
    "asymmetric": [{"gamma_neg": 2.0, "clip": 0.1, "from_logits": True}],
    "binary_crossentropy": [{"from_logits": True}, {"label_smoothing": 0.2}],
    "binary_focal_crossentropy": [
        {"apply_class_balancing": True, "alpha": 0.3},
        {"gamma": 1.5, "from_logits": True},
    ],
    "categorical_crossentropy": [{"from_logits": True}, {"label_smoothing": 0.2}],
    "categorical_focal_crossentropy": [{"alpha": 0.6, "gamma": 1.5}, {"from_logits": True}],
    "categorical_generalized_cross_entropy": [{"q": 0.8}],
    "circle": [{"gamma": 2.0, "margin": 0.25}],
    "cosine_similarity": [{"axis": 0}],
    "dice": [{"axis": -1}],
    "huber": [{"delta": 0.3}],
    "sparse_categorical_crossentropy": [
        {"from_logits": True},
        {"ignore_class": 0},
        {"label_smoothing": 0.2},
    ],
    "sparse_categorical_focal_crossentropy": [
        {"alpha": 0.6, "gamma": 1.5},
        {"from_logits": True, "ignore_class": 0},
    ],
    "tversky": [{"alpha": 0.2, "beta": 0.7}],
}


def choices(losses: str | Iterable[Any] | None = None) -> list[Choice]:
    """Losses by name: with the arguments written behind it, `"huber(delta=2)"`, or the defaults.

    Args:
        losses: Names in one string, divided by commas, or a list of them; any spelling that
            `lossbridge.losses.get` knows. None for every loss, with the arguments of `ARGUMENTS`.

    Raises:
        InputError: For an unknown name or argument.
    """
    if losses is None:
        return [
            Choice(spec, arguments)
            for name, spec in sorted(registry.LOSSES.items())
            for arguments in [{}, *ARGUMENTS.get(name, [])]
        ]
    texts = [losses] if isinstance(losses, str) else list(losses)
    found = [choice for text in texts for choice in _parse(text)]
    if not found:
        raise checks.InputError("losses", "the name of at least one loss", repr(losses))
    return found


def _parse(text: Any) -> list[Choice]:
    try:
        nodes = ast.parse(f"[{text}]", mode="eval").body.elts  # type: ignore[attr-defined]
    except (SyntaxError, AttributeError):
        nodes = [None]
    return [_choice(node, str(text)) for node in nodes]


def _choice(node: Any, text: str) -> Choice:
    call = node if isinstance(node, ast.Call) else None
    name = call.func if call else node
    if not isinstance(name, ast.Name) or (call and call.args):
        raise checks.InputError("losses", 'names such as "mse, huber(delta=2)"', repr(text))
    spec = registry.names().get(name.id.removeprefix("loss_"))
    if spec is None:
        hint = f"{checks.names_like(name.id, registry.LOSSES)}."
        raise checks.InputError("losses", "names of losses", repr(name.id), hint)
    arguments = {}
    for keyword in call.keywords if call else []:
        if keyword.arg not in spec.parameters:
            known = ", ".join(spec.parameters) or "none"
            raise checks.InputError(
                "losses",
                f"given arguments that {spec.name} has",
                repr(keyword.arg),
                f"Arguments: {known}.",
            )
        try:
            arguments[keyword.arg] = ast.literal_eval(keyword.value)
        except ValueError as error:
            raise checks.InputError(
                "losses", f"given a plain value for {keyword.arg}", repr(text)
            ) from error
    return Choice(spec, arguments)


class Source(Protocol):
    """Where inputs come from."""

    @property
    def label(self) -> str:
        """What it is called in a report."""
        ...

    def inputs(self, choice: Choice, dtype: str) -> tuple[np.ndarray, np.ndarray]:
        """`y_true, y_pred` for a loss, or Unfit."""
        ...


@dataclasses.dataclass(frozen=True)
class Random:
    """Random numbers from the domain of a loss, the same for the same seed."""

    size: tuple[int, ...]
    seed: int = 0

    @property
    def label(self) -> str:
        """The size, as it is written on the command line."""
        return "x".join(map(str, self.size))

    def inputs(self, choice: Choice, dtype: str) -> tuple[np.ndarray, np.ndarray]:
        """`y_true, y_pred` as float64, or integer labels."""
        spec = choice.spec
        rng = np.random.default_rng(self.seed)
        shape = _shape(spec, self.size)
        y_pred = _predictions(choice, shape, rng)
        if spec.truth == "sequence":
            y_true = rng.integers(1, shape[-1], size=(shape[0], (shape[1] + 1) // 2))
            y_true[0, 1:] = 0  # padding
            return y_true, y_pred
        if spec.heads is not None:
            true = rng.normal(size=shape[:-1])
            return true if spec.truth == "real" else np.exp(true), y_pred
        if spec.truth == "label":
            return rng.integers(0, min(shape[-1], 3), size=shape[:-1]), y_pred
        if spec.truth == "classes":
            return rng.integers(0, 2, size=(shape[0], 3)).astype("float64"), y_pred
        make = {
            "real": lambda: 2.0 * rng.normal(size=shape),
            "positive": lambda: rng.uniform(0.0, 3.0, size=shape),
            "sign": lambda: rng.choice([-1.0, 1.0], size=shape),
            "probability": lambda: rng.uniform(0.05, 0.95, size=shape),
            "one_hot": lambda: np.eye(shape[-1])[rng.integers(0, shape[-1], size=shape[:-1])],
            "box": lambda: _boxes(shape, rng),
        }.get(spec.truth)
        if make is None:
            raise Unfit(f"there are no random inputs for y_true of the kind {spec.truth!r}")
        return make(), y_pred


def _shape(spec: LossSpec, size: tuple[int, ...]) -> tuple[int, ...]:
    if spec.family == "embedding":  # samples of one vector each
        size = (math.prod(size[:-1]), size[-1])
    if spec.truth == "sequence":
        if len(size) < 3:
            raise Unfit("takes sizes of batch x time x classes")
        size = (math.prod(size[:-2]), *size[-2:])
    if len(size) < 2:
        raise Unfit("takes sizes of batch x values")
    if spec.truth in ("one_hot", "label", "sequence") and size[-1] < 2:
        raise Unfit("takes sizes with at least 2 classes")
    if spec.heads is not None:
        return (*size[:-1], len(spec.heads.names))
    if spec.pred == "similarity":
        return (size[0], size[0])
    return (*size[:-1], 4) if spec.pred == "box" else size


def _boxes(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    corners, sides = rng.normal(size=(*shape[:-1], 2)), rng.uniform(0.5, 2.0, (*shape[:-1], 2))
    return np.concatenate([corners, corners + sides], -1)


def _predictions(choice: Choice, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    spec = choice.spec
    if spec.pred in ("real", "similarity") or choice.takes_logits:
        return 2.0 * rng.normal(size=shape)
    if spec.pred == "box":
        return _boxes(shape, rng)
    if spec.pred == "positive":
        return rng.uniform(0.1, 3.0, size=shape)
    if spec.pred == "unit":
        y_pred = rng.normal(size=shape)
        return y_pred / np.linalg.norm(y_pred, axis=-1, keepdims=True)
    y_pred = rng.uniform(0.05, 0.95, size=shape)
    if spec.truth in ("one_hot", "label"):
        y_pred /= y_pred.sum(-1, keepdims=True)
    return y_pred


@dataclasses.dataclass(frozen=True)
class Given:
    """A user's own data, for the losses that it is in the domain of."""

    y_true: np.ndarray
    y_pred: np.ndarray
    label: str = "data"

    def inputs(self, choice: Choice, dtype: str) -> tuple[np.ndarray, np.ndarray]:
        """`y_true, y_pred` in the shapes that the loss takes."""
        y_true, y_pred = as_the_loss_takes(choice, self.y_true, self.y_pred)
        reason = unfit(choice, y_true, y_pred)
        if reason:
            raise Unfit(reason)
        return y_true, y_pred


def as_the_loss_takes(
    choice: Choice, y_true: np.ndarray, y_pred: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """One column is N samples of one value: (N,) becomes (N, 1), but for labels, which stay (N,)."""
    if y_pred.ndim == 1:
        y_pred = y_pred[:, None]
    if choice.spec.truth in ("label", "sequence"):
        if choice.spec.truth == "label" and y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1:
            y_true = y_true[..., 0]
        if np.issubdtype(y_true.dtype, np.floating) and np.all(y_true == np.floor(y_true)):
            y_true = y_true.astype("int64")
        return y_true, y_pred
    if choice.spec.heads is not None:
        column = y_true.ndim == y_pred.ndim and y_true.shape[-1] == 1
        return (y_true[..., 0] if column else y_true), y_pred
    return (y_true[:, None] if y_true.ndim == 1 else y_true), y_pred


def unfit(choice: Choice, y_true: np.ndarray, y_pred: np.ndarray) -> str | None:
    """Why data is outside the domain of a loss; None if it is inside."""
    spec = choice.spec
    pred = "real" if choice.takes_logits else spec.pred
    if pred == "positive" and y_pred.min() < 0:
        return "takes predictions of at least 0"
    if pred == "probability" and (y_pred.min() < 0 or y_pred.max() > 1):
        return "takes predictions between 0 and 1"
    if pred == "unit" and (
        y_pred.ndim != 2 or not np.allclose(np.linalg.norm(y_pred, axis=-1), 1, atol=1e-3)
    ):
        return "takes predictions that are vectors of length 1"
    if pred == "similarity" and (y_pred.ndim != 2 or y_pred.shape[0] != y_pred.shape[1]):
        return "takes predictions for each pair of samples"
    if pred == "box" and y_pred.shape[-1] != 4:
        return "takes boxes of 4 numbers"
    if spec.truth == "classes":
        rows = y_true.ndim == 2 and y_true.shape[1] > 1 and len(y_true) == len(y_pred)
        fits = rows and y_true.min() >= 0
        return None if fits else "takes 1 for each class of a sample and else 0"
    if spec.truth in ("label", "sequence"):
        whole = not np.issubdtype(y_true.dtype, np.floating)
        shapes = (
            y_true.shape == y_pred.shape[:-1]
            if spec.truth == "label"
            else y_true.ndim == 2 and y_pred.ndim == 3 and len(y_true) == len(y_pred)
        )
        low = min(0, choice.arguments.get("ignore_class") or 0)
        classes = np.inf if spec.family == "embedding" else y_pred.shape[-1]
        if whole and shapes and classes > 1 and low <= y_true.min() and y_true.max() < classes:
            return None
        return "takes whole class labels, and predictions with an axis of the classes more"
    if spec.heads is not None:
        heads = len(spec.heads.given(choice.arguments))
        if y_true.shape != y_pred.shape[:-1] or y_pred.shape[-1] % heads:
            return f"takes {heads} predicted parameters for each label"
    elif y_true.shape != y_pred.shape:
        return "takes labels and predictions of the same shape"
    if spec.truth == "positive" and y_true.min() < 0:
        return "takes labels of at least 0"
    if spec.truth == "probability" and (y_true.min() < 0 or y_true.max() > 1):
        return "takes labels between 0 and 1"
    if spec.truth == "sign" and not np.isin(y_true, (-1, 0, 1)).all():
        return "takes labels -1 and 1, or 0 and 1"
    if spec.truth == "one_hot" and (
        y_true.shape[-1] < 2 or y_true.min() < 0 or not np.allclose(y_true.sum(-1), 1, atol=1e-3)
    ):
        return "takes one-hot labels of at least 2 classes"
    return None


# -- files ----------------------------------------------------------------------------------------


def read(path: str, y_true: Sequence[str], y_pred: Sequence[str]) -> Given:
    """A user's data from a .npz, .csv or .parquet file.

    Args:
        path: The file.
        y_true: Its column (of .npz: array) of true values. Several, or a pattern such as "t_*",
            become the last axis.
        y_pred: The same of predictions.

    Raises:
        InputError: If the file cannot be read or lacks a column, or a column holds anything but
            numbers or has missing values.
    """
    file = pathlib.Path(path)
    readers = {".npz": _read_npz, ".csv": _read_csv, ".parquet": _read_parquet}
    reader = readers.get(file.suffix.lower())
    if reader is None:
        raise checks.InputError("data", "a .npz, .csv or .parquet file", repr(path))
    if not file.is_file():
        raise checks.InputError("data", "a file that exists", repr(path))
    try:
        columns = reader(file)
    except checks.InputError:
        raise
    except (OSError, ValueError, csv.Error, zipfile.BadZipFile) as error:
        raise checks.InputError(
            "data", f"a readable {file.suffix} file", f"{path!r} ({error})"
        ) from error
    true, pred = _pick(columns, y_true, "y_true"), _pick(columns, y_pred, "y_pred")
    if len(true) != len(pred) or not len(true):
        raise checks.InputError(
            "data", "rows of both y_true and y_pred", f"{len(true)} rows and {len(pred)}"
        )
    return Given(true, pred, label=file.name)


def _read_npz(file: pathlib.Path) -> dict[str, Any]:
    with np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _read_csv(file: pathlib.Path) -> dict[str, Any]:
    with file.open(newline="", encoding="utf-8-sig") as lines:
        rows = [row for row in csv.reader(lines) if row]
    if len(rows) < 2:
        raise ValueError("it needs a line of column names and one of numbers")
    uneven = [i for i, row in enumerate(rows, 1) if len(row) != len(rows[0])]
    if uneven:
        raise ValueError(f"row {uneven[0]} has not the number of columns of the first")
    names, *values = rows
    return dict(zip(names, map(list, zip(*values, strict=True)), strict=True))


def _read_parquet(file: pathlib.Path) -> dict[str, Any]:
    try:
        import pyarrow.parquet  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise checks.InputError(
            "data",
            "a .npz or .csv file where pyarrow does not work",
            repr(str(file)),
            f"Type: pip install pyarrow ({error})",
        ) from error
    table = pyarrow.parquet.read_table(file)
    return {name: table.column(name).to_pylist() for name in table.column_names}


def _pick(columns: dict[str, Any], wanted: Sequence[str], argument: str) -> np.ndarray:
    names = []
    for pattern in wanted:
        found = [pattern] if pattern in columns else fnmatch.filter(columns, pattern)
        if not found:
            raise checks.InputError(
                argument, f"a column of the file ({', '.join(columns)})", repr(pattern)
            )
        names += found
    arrays = [_numbers(columns[name], name) for name in names]
    if len(arrays) == 1:
        return arrays[0]
    if len({array.shape for array in arrays}) != 1:
        raise checks.InputError(argument, "columns of the same length", ", ".join(names))
    return np.stack(arrays, axis=-1)


def _numbers(column: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(column)
        if array.dtype.kind in "OUS":
            values = ["nan" if v is None or v in ("", "NA") else v for v in array.ravel().tolist()]
            array = np.asarray(values, "float64").reshape(array.shape)
        if array.dtype.kind not in "biuf" or not array.ndim:
            raise ValueError
    except (ValueError, TypeError) as error:
        raise checks.InputError(
            "data", "a file with numbers in the columns", f"one with other things in {name!r}"
        ) from error
    missing = int(np.isnan(array).sum()) if array.dtype.kind == "f" else 0
    if missing:
        raise checks.InputError(
            "data",
            "a file without missing values in the columns",
            f"one with {missing} in {name!r}",
            "Leave these rows out.",
        )
    if array.dtype.kind == "f" and array.dtype.itemsize < 4:
        array = array.astype("float32")
    return array.astype("int64") if array.dtype.kind == "b" else array
