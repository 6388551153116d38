"""What the losses are asked: sizes of all kinds, and the corners of each domain."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import json
import math
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from accuracy.formats import FORMATS
from lossbridge import registry

CASES = pathlib.Path(__file__).resolve().parents[2] / "tests/cases/losses.json"


@dataclasses.dataclass
class Case:
    """Inputs of one shape to a loss with given arguments; see `rows_of` for what they are."""

    loss: str
    arguments: dict[str, Any]
    y_true: list[Any]
    y_pred: list[Any]
    as_object: bool = False
    """Whether to ask the class, with its `dtype`, rather than the function."""

    @property
    def is_batch(self) -> bool:
        """Whether the samples belong together, as those do whose pairs are compared."""
        spec = registry.LOSSES[self.loss]
        return spec.family == "embedding" or spec.of_batch


def powers(low: int, high: int, step: int = 2) -> list[float]:
    return [10.0**k for k in range(low, high + 1, step)]


def around(x: float, dtype: str) -> list[float]:
    """A number, its neighbours in the dtype, and others close by."""
    kind = FORMATS[dtype].numpy
    x = float(kind(min(x, 6e4) if dtype == "float16" else x))
    near = [float(np.nextafter(kind(x), kind(side))) for side in (-math.inf, math.inf)]
    return [x, *near, x * (1 - 1e-3), x * (1 + 1e-3), x * (1 - 1e-5), x * (1 + 1e-5)]


def log_uniform(low: float, high: float, n: int, seed: int = 0) -> list[float]:
    return [float(x) for x in 10.0 ** np.random.default_rng(seed).uniform(low, high, n)]


def real_pairs(dtype: str) -> list[tuple[float, float]]:
    """Targets and predictions: of all sizes, equal, nearly equal, apart."""
    sizes = [*powers(-30, 30), 1e-4, 1e38, 3e38, *log_uniform(-30, 30, 40)]
    found = [(0.0, 0.0)]
    for m in sizes:
        found += [(0.0, m), (0.0, -m), (1.0, m), (m, 2 * m)]
        found += [(-m, m)] if m < 1e38 else []  # whose difference is a number
        found += [(m, x) for x in around(m, dtype)]
    errors = [x for d in (0.3, 0.5, 1, 2, 3) for x in around(d, dtype)]
    errors += list(np.linspace(0.05, 20, 60)) + log_uniform(-5, 1.5, 80, 1)
    found += [(0.0, e) for e in errors] + [(3.0, 3.0 - e) for e in errors]
    return found


def positive_pairs(dtype: str) -> list[tuple[float, float]]:
    sizes = [0.0, *powers(-30, 30), *around(1e-7, dtype), 0.3, 2.5, 7, 1e38]
    found = [(t, p) for t in (0.0, 1e-10, 1e-7, 1e-3, 1.0, 3.0, 1e4, 1e10, 1e30) for p in sizes]
    for m in [*powers(-8, 12), 2.718281828, *log_uniform(-7, 5, 40)]:
        found += [(m, x) for x in around(m, dtype)]
    return found


def probabilities(dtype: str) -> list[float]:
    found = [0.0, 1.0, 0.5, 0.25, 0.75, *powers(-30, -1), *around(1e-7, dtype)]
    found += [1 - 10.0**-k for k in range(1, 17)] + around(1 - 1e-7, dtype) + around(1.0, dtype)
    found += log_uniform(-8, 0, 60) + [1 - x for x in log_uniform(-8, 0, 60, 1)]
    found = [x for x in found if 0 <= x <= 1]
    return [*found, -0.2, -1.0, 1.2, 3.0]  # of a last layer without activation


def logits() -> list[float]:
    sizes = [
        0.0,
        *powers(-30, 30),
        0.5,
        2,
        5,
        15,
        16,
        17,
        18,
        36,
        37,
        50,
        80,
        87,
        88,
        89,
        90,
        103,
        700,
    ]
    sizes += log_uniform(-3, 2, 60)
    return [s * x for x in sizes for s in (1, -1)]


def distributions(dtype: str) -> list[list[float]]:
    """Rows of probabilities: normalised or not, near and at a corner, of zeros; and of other numbers."""
    rng = np.random.default_rng(0)
    rows = [[0.2, 0.3, 0.5], [0.05, 0.9, 0.05], [1 / 3, 1 / 3, 1 / 3], [1.0, 1.0, 1.0]]
    rows += [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0], [2.0, 3.0, 5.0]]
    rows += [rng.dirichlet([0.3] * 3).tolist() for _ in range(30)]
    rows += [rng.uniform(0, 1, 3).tolist() for _ in range(30)]
    for k in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 20, 30):
        e = 10.0**-k
        rows += [[1 - e, e, 0.0], [e, 1 - 2 * e, e], [e, e, 1.0], [0.5 * e, 1 - 1.5 * e, e]]
        rows += [[e, 2 * e, 3 * e]]
    rows += [[x, 0.7, 0.3] for x in around(1e-7, dtype)]
    rows += [[x, 0.0, 0.0] for x in around(1e-7, dtype)]
    return rows + no_shares()


def no_shares() -> list[list[float]]:
    """Rows with negative entries, and of any sum: of a last layer without softmax."""
    rng = np.random.default_rng(7)
    rows = [
        [0.6, 0.6, -0.2],
        [-1.0, 0.5, 0.2],
        [-0.2, 1.2, 0.1],
        [3.0, -1.0, -1.0],
        [1.0, -1.0, 0.0],
    ]
    rows += [[-0.4, -0.3, -0.3], [-0.1, -0.2, -0.7], [1.0, -1e-9, 1e-9], [0.0, 0.0, -1.0]]
    return rows + rng.normal(size=(15, 3)).tolist()


def logit_rows() -> list[list[float]]:
    rng = np.random.default_rng(1)
    rows = [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [1e4, 0.0, -1e4], [1e30, -1e30, 0.0], [1e30] * 3]
    rows += [[1e-30, -1e-30, 0.0], [1e-4, 0.0, -1e-4], [1e4, 1e4 + 1, 1e4 - 8], [-88.0, 0.0, 3.0]]
    for x in (
        0.5,
        2.0,
        5,
        8,
        10,
        12,
        14,
        15,
        16,
        17,
        18,
        20,
        25,
        30,
        36,
        40,
        50,
        70,
        85,
        88,
        95,
        104,
    ):
        rows += [[x, 0.0, -1.0], [0.0, -x, -x], [-x, -0.5 * x, 3.0], [x, x, 0.0]]
    return rows + [(s * rng.normal(size=3)).tolist() for s in (1, 5, 20, 100) for _ in range(15)]


def one_hot_rows(rows: list[list[float]], soft: bool = True) -> tuple[list[Any], list[Any]]:
    truths = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    truths += [[0.5, 0.25, 0.25]] if soft else []
    every = list(itertools.product(truths, rows))
    return [t for t, _ in every], [p for _, p in every]


def labelled_rows(rows: list[list[float]]) -> tuple[list[Any], list[Any]]:
    every = list(itertools.product(range(3), rows))
    return [t for t, _ in every], [p for _, p in every]


def vector_pairs() -> tuple[list[Any], list[Any]]:
    """Vectors of all lengths: zero, parallel, opposite, nearly orthogonal, in any direction."""
    rng = np.random.default_rng(2)
    found = [([0.0, 0.0, 0.0], [1.0, 2.0, 3.0]), ([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])]
    found += [([0.0] * 3, [0.0] * 3), ([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])]
    for m in [*powers(-30, 30, 3), *powers(-8, -5, 1), 3e-8, 6e-8, 6e-7]:
        u, v = np.array([1.0, -2.0, 0.5]), np.array([0.25, 1.0, 3.0])
        found += [(m * u, u), (u, m * u), (m * u, -m * u), (m * u, v), (u, m * v), (m * u, m * v)]
    for _ in range(60):
        u = rng.normal(size=3)
        found += [(u, rng.normal(size=3)), (u, u * (1 + 1e-4 * rng.normal(size=3)))]
    return [list(map(float, t)) for t, _ in found], [list(map(float, p)) for _, p in found]


def distribution_pairs(dtype: str) -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(3)
    found = [([1.0, 0.0, 0.0], [0.0, 0.0, 1.0]), ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5])]
    for row in distributions(dtype):
        found += [
            ([0.2, 0.3, 0.5], row),
            (row, [0.2, 0.3, 0.5]),
            ([1.0, 0.0, 0.0], row),
            (row, row),
        ]
    for k in (1, 2, 3, 4, 5, 6):
        for _ in range(10):
            p = rng.dirichlet([1.0] * 3)
            q = np.abs(p * (1 + 10.0**-k * rng.normal(size=3)))
            found += [(p.tolist(), (q / q.sum()).tolist())]
    return [t for t, _ in found], [p for _, p in found]


def masks() -> tuple[list[Any], list[Any]]:
    rng = np.random.default_rng(4)
    truths = [[1.0, 0.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0], [0.0] * 4, [0.3, 0.9, 0.5, 0.0]]
    found = [(t, p) for t in truths for p in [*truths, [0.5] * 4, [-0.2, 1.2, 3.0, 0.4]]]
    for t in truths:
        found += [(t, rng.uniform(0, 1, 4).tolist()) for _ in range(10)]
        for k in (1, 2, 3, 4, 5, 6, 7, 8, 12, 20, 30):
            e = 10.0**-k
            found += [(t, [a * (1 - e) + (1 - a) * e for a in t]), (t, [e, 2 * e, 0.0, e])]
            found += [([e * a for a in t], [e, e, 2 * e, 0.0])]
    return [t for t, _ in found], [p for _, p in found]


def heads(
    spec: registry.LossSpec, arguments: dict[str, Any]
) -> tuple[list[float], list[list[float]]]:
    """True numbers, and parameters of a distribution: close to the number, on it, far away, of all sizes."""
    assert spec.heads is not None
    rng = np.random.default_rng(8)
    number = len(spec.heads.given(arguments)) * (3 if spec.heads.several else 1)
    found: list[tuple[float, list[float]]] = []
    for spread in (1e-3, 0.1, 1.0, 4.0, 10.0):
        for _ in range(12):
            raw = (spread * rng.normal(size=number)).tolist()
            t = 3.0 * spread * rng.normal()
            if spec.truth == "positive":
                t = math.exp(rng.normal(scale=2.0))
                t = math.floor(t) if spec.heads.names[0] == "log mean" else t
            found += [(t, raw), (raw[0] if spec.truth == "real" else t, [raw[0], *raw[1:]])]
            if arguments.get("scale") == "identity":
                found = [(t, [raw[0], *map(abs, raw[1:])]) for t, raw in found]
    if spec.truth == "positive":
        zeros = 0.0 if spec.heads.names[0] == "log mean" else 1e-3
        found += [(zeros, raw) for _, raw in found[::4]]
    return [float(t) for t, _ in found], [raw for _, raw in found]


def unit_batches() -> list[tuple[list[int], list[list[float]]]]:
    rng = np.random.default_rng(5)
    found = []
    for spread in (1.0, 0.3, 0.1, 1e-2, 1e-3):
        for _ in range(6):
            centres = np.eye(3)[[0, 0, 1, 1, 2]]
            rows = centres + spread * rng.normal(size=(5, 3))
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            found.append(([0, 0, 1, 1, 2], rows.tolist()))
            found.append(([0, 1, 0, 1, 1], rows.tolist()))
    return found


def similarities() -> list[tuple[list[int], list[list[float]], list[list[float]]]]:
    """Labels, classes and similarities of a batch: of all sizes, and with a sample of no class."""
    rng, labels = np.random.default_rng(9), [0, 0, 1, 2, 1]
    of_classes = [[1.0, 0.0], [1.0, 1.0], [0.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    return [
        (labels, of_classes, (size * rng.normal(size=(5, 5))).tolist())
        for size in (1e-6, 1e-3, 0.1, 1.0, 5.0, 20.0, 60.0)
        for _ in range(6)
    ]


def boxes() -> tuple[list[Any], list[Any]]:
    """Boxes: nearly the same, one in the other, crossing, apart, small, large, with turned corners."""
    rng = np.random.default_rng(10)
    found = []
    for size in (1e-3, 1.0, 30.0):
        for near in (1e-3, 0.1, 1.0, 10.0):
            for _ in range(6):
                corner, sides = rng.normal(size=2), rng.uniform(0.5, 2.0, 2)
                true = size * np.concatenate([corner, corner + sides])
                found.append((true.tolist(), (true + size * near * rng.normal(size=4)).tolist()))
    return [t for t, _ in found], [p for _, p in found]


def classified() -> list[tuple[list[Any], list[Any]]]:
    """One-hot labels and probabilities of a batch: nearly right, by chance, nearly wrong."""
    rng, found = np.random.default_rng(11), []
    for sure in (0.0, 0.3, 0.9, 0.99, 0.999):
        for _ in range(4):
            t = np.eye(4)[rng.integers(0, 4, 5)]
            other = rng.dirichlet(np.ones(4), 5)
            found.append((t.tolist(), (sure * t + (1 - sure) * other).tolist()))
            found.append((t.tolist(), (sure * t[:, ::-1] + (1 - sure) * other).tolist()))
    return found


def cases(dtype: str) -> list[Case]:
    """All inputs of all losses, before they are rounded to the dtype."""
    found: list[Case] = []

    def add(loss: str, y_true: list[Any], y_pred: list[Any], **arguments: Any) -> None:
        found.append(Case(loss, arguments, y_true, y_pred))

    def add_pairs(loss: str, rows: Iterable[tuple[float, float]], **arguments: Any) -> None:
        rows = list(rows)
        add(loss, [[float(t)] for t, _ in rows], [[float(p)] for _, p in rows], **arguments)

    real = real_pairs(dtype)
    for name in ("mean_squared_error", "mean_absolute_error", "log_cosh", "huber"):
        add_pairs(name, real)
        sums = [x for x in real if max(map(abs, x)) < 1e15]
        threes = [sums[i : i + 3] for i in range(0, len(sums) - 2, 3)]
        add(name, [[t for t, _ in x] for x in threes], [[p for _, p in x] for x in threes])
    add_pairs("mean_absolute_percentage_error", real)
    add_pairs("huber", real, delta=0.3)
    add_pairs("mean_squared_logarithmic_error", positive_pairs(dtype))
    add_pairs("poisson", positive_pairs(dtype))
    add("cosine_similarity", *vector_pairs())

    margins = [0.0, *logits(), *around(1.0, dtype), *around(-1.0, dtype), *around(0.5, dtype)]
    for name in ("hinge", "squared_hinge"):
        add_pairs(name, itertools.product((-1.0, 1.0), margins))
    add("categorical_hinge", *one_hot_rows(logit_rows() + distributions(dtype), soft=False))

    binary = list(itertools.product((0.0, 1.0, 0.25), probabilities(dtype)))
    binary_logits = list(itertools.product((0.0, 1.0, 0.25), logits()))
    for name in ("binary_crossentropy", "binary_focal_crossentropy"):
        add_pairs(name, binary)
        add_pairs(name, binary, label_smoothing=0.2)
        add_pairs(name, binary_logits, from_logits=True)
    add_pairs("sigmoid_focal_crossentropy", binary)
    add_pairs("sigmoid_focal_crossentropy", binary_logits, gamma=1.5, from_logits=True)
    for gamma in (1.0, 1.5, 3.0):
        options = {"gamma": gamma, "apply_class_balancing": True}
        add_pairs("binary_focal_crossentropy", binary, **options)
    add_pairs("binary_focal_crossentropy", binary_logits, gamma=1.5, from_logits=True)

    for shift in (0.05, 0.0):
        add_pairs("asymmetric", binary, clip=shift)
        add_pairs("asymmetric", binary_logits, clip=shift, from_logits=True)
    add_pairs("asymmetric", binary, gamma_pos=0.0, gamma_neg=1.5, clip=0.25)

    rows, logit = distributions(dtype), logit_rows()
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        add(name, *one_hot_rows(rows))
        add(name, *one_hot_rows(rows, soft=False))
        add(name, *one_hot_rows(logit, soft=False), from_logits=True)
        add(name, *one_hot_rows(rows), label_smoothing=0.2)
        add(name, *one_hot_rows(logit), from_logits=True)
    add("categorical_focal_crossentropy", *one_hot_rows(rows), gamma=1.5)
    add("sparsemax", *one_hot_rows(logit))
    add("sparse_categorical_crossentropy", *labelled_rows(rows))
    add("sparse_categorical_crossentropy", *labelled_rows(logit), from_logits=True)
    add("sparse_categorical_focal_crossentropy", *labelled_rows(rows))
    add("sparse_categorical_focal_crossentropy", *labelled_rows(rows), gamma=1.5)
    add("sparse_categorical_focal_crossentropy", *labelled_rows(logit), from_logits=True)
    sparse = [x for x in rows if 0 not in x]
    add("categorical_generalized_cross_entropy", *labelled_rows(sparse))
    add("categorical_generalized_cross_entropy", *labelled_rows(sparse), q=0.75)
    wide = [0.0] * 300
    wide[257], wide[256] = 20.0, 4.0
    label_257 = Case("sparse_categorical_crossentropy", {"from_logits": True}, [257], [wide], True)
    found.append(label_257)
    add("kl_divergence", *distribution_pairs(dtype))
    add_pairs("kl_divergence", itertools.product((0.3, 1.0, 1e-7, 0.0), probabilities(dtype)))

    add("dice", *masks(), axis=-1)
    add("tversky", *masks(), axis=-1)
    add("tversky", *masks(), alpha=0.25, beta=0.75, axis=-1)

    rng = np.random.default_rng(6)
    scores = [
        (s * rng.normal(size=(3, 3))).tolist() for s in (1e-6, 0.1, 1, 5, 20, 60) for _ in range(4)
    ]
    for labels in ([1, 0], [1, 2], [1, 1], [2, 0]):
        add("ctc", [labels] * len(scores), scores)
    for y_true, y_pred in unit_batches():
        for spec in registry.LOSSES.values():
            if spec.family == "embedding" and spec.pred != "similarity":
                for arguments in arguments_of_cases(spec.name):
                    add(spec.name, y_true, y_pred, **arguments)

    for labels, of_classes, scores in similarities():
        add("npairs", labels, scores)
        add("npairs_multilabel", of_classes, scores)
    for mode in ("giou", "iou"):
        add("giou", *boxes(), mode=mode)
    for y_true, y_pred in classified():
        for arguments in arguments_of_cases("weighted_kappa"):
            add("weighted_kappa", y_true, y_pred, **arguments)

    for spec in registry.LOSSES.values():
        if spec.heads is not None:
            for arguments in arguments_of_cases(spec.name):
                add(spec.name, *heads(spec, arguments), **arguments)

    pairs = {"real": real, "positive": positive_pairs(dtype), "probability": binary}
    for spec in registry.LOSSES.values():
        if not any(case.loss == spec.name for case in found) and spec.truth in pairs:
            for arguments in arguments_of_cases(spec.name):
                if any(isinstance(value, list) for value in arguments.values()):
                    continue  # numbers for each output, where the pairs have one
                add_pairs(spec.name, pairs[spec.truth], **arguments)
    return found


def arguments_of_cases(loss: str) -> list[dict[str, Any]]:
    """The arguments that the cases of a loss have, each once."""
    given = [c["args"] for c in _cases() if c["loss"] == loss and c["form"] == "function"]
    return [arguments for i, arguments in enumerate(given) if arguments not in given[:i]]


@functools.cache
def _cases() -> list[dict[str, Any]]:
    return json.loads(CASES.read_text())["cases"]


def rounded(case: Case, dtype: str) -> Case:
    """The case as it arrives in a tensor of the dtype, without rows that it cannot hold."""
    form = FORMATS[dtype]
    kind = form.numpy
    with np.errstate(over="ignore"):
        y_pred = np.asarray(case.y_pred, "float64").astype(kind)
        labels = registry.LOSSES[case.loss].truth in ("label", "sequence")
        y_true = np.asarray(case.y_true, "int64" if labels else "float64")
        y_true = y_true if labels else y_true.astype(kind)

    def holds(x: np.ndarray) -> np.ndarray:
        x = x.astype("float64")
        smallest = 2.0**form.lowest if dtype != "float16" else 0.0
        fine = np.isfinite(x) & ((x == 0) | (np.abs(x) >= smallest))
        return fine.reshape(len(x), -1).all(1)

    keep = holds(y_pred) & (True if labels else holds(y_true))
    if case.is_batch:
        keep = slice(None)
    if case.loss == "categorical_hinge":  # three equal scores have no two sides
        keep &= np.array([len({0.0, *row}) == 4 for row in y_pred.astype("float64").tolist()])
    return dataclasses.replace(case, y_true=y_true[keep], y_pred=y_pred[keep])
