"""How right each loss and its gradient is, in units in the last place, beside Keras 3 and tf_keras.

    python benchmarks/accuracy.py                 # print the table, and write it to docs/accuracy.md
    python benchmarks/accuracy.py --worst bce     # print the worst inputs of the losses named so

The reference is each loss by its formula, computed with mpmath from the very numbers that arrive in
the tensor; derivatives are carried along with the values. See docs/accuracy.md for what is counted.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
import pathlib
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from mpmath import mp, mpf

import lossbridge
from lossbridge import generations, registry
from lossbridge._backend import tf_keras
from lossbridge.engine import options

ROOT = pathlib.Path(__file__).resolve().parents[1]
DTYPES = ("float64", "float32", "bfloat16", "float16")
GOAL = 8
"""The largest error aimed at, in units in the last place."""

# -- formats --------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Format:
    """A binary floating-point format."""

    name: str
    digits: int
    """Binary digits, the hidden one included."""
    lowest: int
    """The exponent of the smallest normal number."""
    highest: int
    """The exponent of the largest number."""
    compute: str
    """What lossbridge computes in, and the dtype that constants such as 1e-7 are rounded to."""
    decimals: int
    """Decimal digits of the reference: 1 + its smallest number and some more."""

    @property
    def numpy(self) -> Any:
        return tf.as_dtype(self.name).as_numpy_dtype

    @property
    def half_unit(self) -> Any:
        """Half a unit in the last place of 1, the relative error of a rounding."""
        return mpf(2) ** -self.digits

    @property
    def tiny(self) -> Any:
        return mpf(2) ** self.lowest

    def constant(self, x: float) -> Any:
        """A Python number as it arrives in the computation."""
        return mpf(float(np.dtype(self.compute).type(x)))

    def unit(self, truth: Any) -> Any:
        """The unit in the last place of a number."""
        size = abs(truth)
        exponent = int(mp.floor(mp.log(size, 2))) if size >= self.tiny else self.lowest
        return mpf(2) ** (exponent - self.digits + 1)

    def ulps(self, got: float, truth: Any, noise: Any = 0) -> float:
        """The distance from the truth in units in its last place; NaN where there is nothing to say.

        A unit is not smaller than `noise`.

        A truth beyond the largest number cannot be represented: whatever came is left out. An error
        of a few smallest normal numbers is none (TensorFlow flushes every term that is less to 0), but
        in float16, whose subnormal numbers TensorFlow keeps.
        """
        size = abs(truth)
        if size >= (2 - mpf(2) ** -self.digits) * mpf(2) ** self.highest:
            return math.nan
        if not math.isfinite(got):
            return math.inf
        error = abs(mpf(got) - truth)
        if error <= 4 * self.tiny and self.name != "float16":
            return 0.0
        return float(min(error / max(self.unit(truth), noise), mpf(10) ** 300))


FORMATS = {
    "float64": Format("float64", 53, -1022, 1023, "float64", 400),
    "float32": Format("float32", 24, -126, 127, "float32", 120),
    "bfloat16": Format("bfloat16", 8, -126, 127, "float32", 120),
    "float16": Format("float16", 11, -14, 15, "float32", 120),
}

# -- numbers with derivatives ---------------------------------------------------------------------


class Kink:
    """Which side of a kink is taken, and whether one was met: its derivative is anything between."""

    side = 0
    met = False
    width = mpf(0)
    """How close, relative to their size, two computed numbers count as equal."""


class Dual:
    """A number and its derivatives by the elements of `y_pred`, as {element: derivative}."""

    __slots__ = ("d", "v")

    def __init__(self, v: Any, d: dict[Any, Any] | None = None) -> None:
        self.v, self.d = v, d or {}

    @property
    def given(self) -> bool:
        """Whether it is a constant or an element as it came, that no rounding has touched."""
        return not self.d or (len(self.d) == 1 and abs(next(iter(self.d.values()))) == 1)

    def chain(self, v: Any, slope: Any) -> Dual:
        return Dual(v, {i: slope * x for i, x in self.d.items()})

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        d = dict(self.d)
        for i, x in other.d.items():
            d[i] = d[i] + x if i in d else x
        return Dual(self.v + other.v, d)

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        product = self.chain(self.v, other.v) + other.chain(other.v, self.v)
        return Dual(self.v * other.v, product.d)

    def __truediv__(self, other: Any) -> Dual:
        other = dual(other)
        return self * other.chain(1 / other.v, -1 / other.v**2)

    def __neg__(self) -> Dual:
        return self.chain(-self.v, -1)

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) - self

    def __rtruediv__(self, other: Any) -> Dual:
        return dual(other) / self

    def __pow__(self, n: Any) -> Dual:
        if not self.v:
            return self.chain(mpf(0), mpf("inf") if n < 1 else mpf(n == 1))
        return self.chain(self.v**n, n * self.v ** (n - 1))

    __radd__ = __add__
    __rmul__ = __mul__


def dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(mpf(x))


def log(x: Dual) -> Dual:
    return x.chain(mp.log(x.v), 1 / x.v)


def exp(x: Dual) -> Dual:
    value = mp.exp(x.v)
    return x.chain(value, value)


def sqrt(x: Dual) -> Dual:
    value = mp.sqrt(x.v)
    return x.chain(value, 1 / (2 * value))


def maximum(a: Any, b: Any) -> Dual:
    a, b = dual(a), dual(b)
    width = 0 if a.given and b.given else Kink.width * max(abs(a.v), abs(b.v))
    if abs(a.v - b.v) <= width:
        Kink.met |= a.d != b.d
        return Dual(max(a.v, b.v), (a, b)[Kink.side].d)
    return a if a.v > b.v else b


def minimum(a: Any, b: Any) -> Dual:
    return -maximum(-dual(a), -dual(b))


def absolute(x: Dual) -> Dual:
    return maximum(x, -x)


def clip(x: Any, low: Any, high: Any) -> Dual:
    return minimum(maximum(x, low), high)


def total(x: Iterable[Any]) -> Dual:
    return sum(x, Dual(mpf(0)))


def mean(x: Sequence[Any]) -> Dual:
    return total(x) / len(x)


# -- the losses -----------------------------------------------------------------------------------
# Each takes a row of y_true, a row of y_pred, the constants and the arguments of the loss.


@dataclasses.dataclass(frozen=True)
class Constants:
    """Keras' constants, each as the float of the dtype that is computed in."""

    semantics: str
    number: Callable[[float], Any]

    @property
    def eps(self) -> Any:
        return self.number(1e-7)

    @property
    def top(self) -> Any:
        return self.number(1 - 1e-7)

    @property
    def bce_offset(self) -> Any:
        return self.eps if self.semantics == "keras2" else mpf(0)

    @property
    def norm_floor(self) -> Any:
        return self.number(1e-6 if self.semantics == "keras2" else 1e-7)


def pairs(*rows: Any) -> Iterator[Any]:
    return zip(*rows, strict=True)


def mean_squared_error(t, p, c):
    return mean([(a - b) ** 2 for a, b in pairs(t, p)])


def mean_absolute_error(t, p, c):
    return mean([absolute(a - b) for a, b in pairs(t, p)])


def mean_absolute_percentage_error(t, p, c):
    return 100 * mean([absolute(a - b) / max(abs(a), c.eps) for a, b in pairs(t, p)])


def mean_squared_logarithmic_error(t, p, c):
    return mean(
        [(log(dual(1 + max(a, c.eps))) - log(1 + maximum(b, c.eps))) ** 2 for a, b in pairs(t, p)]
    )


def huber(t, p, c, delta=1):
    def one(e):
        return e * e / 2 if e.v <= delta else delta * e - delta * delta / mpf(2)

    return mean([one(absolute(a - b)) for a, b in pairs(t, p)])


def log_cosh(t, p, c):
    def one(e):
        q = mp.exp(-2 * abs(e.v))
        return e.chain(abs(e.v) + mp.log((1 + q) / 2), mp.sign(e.v) * (1 - q) / (1 + q))

    return mean([one(b - a) for a, b in pairs(t, p)])


def cosine_similarity(t, p, c):
    def norm(v):
        square = total(x * x for x in map(dual, v))
        return sqrt(square) if square.v > c.norm_floor**2 else dual(c.norm_floor)

    return -total(a * b for a, b in pairs(t, p)) / (norm(t) * norm(p))


def hinge(t, p, c):
    return mean([maximum(1 - a * b, 0) for a, b in pairs(t, p)])


def squared_hinge(t, p, c):
    return mean([maximum(1 - a * b, 0) ** 2 for a, b in pairs(t, p)])


def categorical_hinge(t, p, c):
    wrong = [(1 - a) * b for a, b in pairs(t, p)]
    best = wrong[0]
    for x in wrong[1:]:
        best = maximum(best, x)
    return maximum(best - total(a * b for a, b in pairs(t, p)) + 1, 0)


def softplus(x):
    return log(1 + exp(x))


def smooth(t, s, k):
    return [a * (1 - s) + mpf(s) / k for a in t]


def binary_term(a, b, c, from_logits):
    if from_logits:
        return a * softplus(-b) + (1 - a) * softplus(b)
    p = clip(b, c.eps, c.top)
    return -(a * log(p + c.bce_offset) + (1 - a) * log(1 - p + c.bce_offset))


def binary_crossentropy(t, p, c, from_logits=False, label_smoothing=0):
    return mean(
        [binary_term(a, b, c, from_logits) for a, b in pairs(smooth(t, label_smoothing, 2), p)]
    )


def binary_focal_crossentropy(
    t,
    p,
    c,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2,
    from_logits=False,
    label_smoothing=0,
):
    terms = []
    for a, b in pairs(smooth(t, label_smoothing, 2), p):
        q, rest = (1 / (1 + exp(-b)), 1 / (1 + exp(b))) if from_logits else (b, 1 - b)
        wrong = a * rest + (1 - a) * q
        if gamma != int(gamma):  # no power of a number below 0, of what is no probability
            wrong = maximum(wrong, 0)
        term = wrong**gamma * binary_term(a, b, c, from_logits)
        terms.append(term * (a * alpha + (1 - a) * (1 - alpha)) if apply_class_balancing else term)
    return mean(terms)


def softmax(x):
    return [1 / total(exp(b - a) for b in x) for a in x]


def normalised(p, c):
    s = total(p)
    return [clip(v / s if s.v else 0, c.eps, c.top) for v in p]


def categorical_crossentropy(t, p, c, from_logits=False, label_smoothing=0):
    t = smooth(t, label_smoothing, len(t))
    if from_logits:
        return total(a * log(total(exp(x - b) for x in p)) for a, b in pairs(t, p) if a)
    return -total(a * log(b) for a, b in pairs(t, normalised(p, c)) if a)


def categorical_focal_crossentropy(
    t, p, c, alpha=0.25, gamma=2, from_logits=False, label_smoothing=0
):
    t = smooth(t, label_smoothing, len(t))
    if from_logits:  # clipped too, in both versions of Keras
        p = [clip(v, c.eps, c.top) for v in softmax(p)]
    else:
        p = normalised(p, c)
    return -total(alpha * a * (1 - b) ** gamma * log(b) for a, b in pairs(t, p) if a)


def sparse_categorical_crossentropy(t, p, c, from_logits=False):
    if from_logits:
        return log(total(exp(x - p[t]) for x in p))
    p = [clip(v, c.eps, c.top) for v in p]
    return log(total(p) / p[t])


def categorical_generalized_cross_entropy(t, p, c, q=0.5):
    return (1 - maximum(p[t], 0) ** q) / q


def kl_divergence(t, p, c):
    t, p = [clip(v, c.eps, 1) for v in t], [clip(v, c.eps, 1) for v in p]
    return total(a * log(a / b) for a, b in pairs(t, p))


def poisson(t, p, c):
    return mean([b - a * log(b + c.eps) for a, b in pairs(t, p)])


def dice(t, p, c, axis=-1):
    return 1 - 2 * total(a * b for a, b in pairs(t, p)) / (total(t) + total(p) + c.eps)


def tversky(t, p, c, alpha=0.5, beta=0.5, axis=-1):
    both = total(a * b for a, b in pairs(t, p))
    false_positive = total((1 - a) * b for a, b in pairs(t, p))
    false_negative = total(a * (1 - b) for a, b in pairs(t, p))
    return 1 - both / (both + alpha * false_positive + beta * false_negative + c.eps)


def ctc(t, p, c):
    labels = [a for a in t if a]
    rows = [softmax(row) for row in p]
    paths = [
        path
        for path in itertools.product(range(len(p[0])), repeat=len(p))
        if [k for k, _ in itertools.groupby(path) if k] == labels
    ]
    products = []
    for path in paths:
        product = dual(1)
        for row, k in pairs(rows, path):
            product = product * row[k]
        products.append(product)
    return -log(total(products))


def circle(t, p, c, gamma=80, margin=0.4):
    """The values of a whole batch: its samples do not stand alone."""
    values = []
    for i, u in enumerate(p):
        positive, negative = [], []
        for j, v in enumerate(p):
            product = total(a * b for a, b in pairs(u, v))
            d = (
                maximum(product, 1) - product
            )  # max(1 - product, 0), whose kink is where they are equal
            if t[i] != t[j]:
                negative.append(exp(gamma * maximum(1 + margin - d, 0) * (1 - margin - d)))
            elif i != j:
                positive.append(exp(gamma * (margin + d) * (d - margin)))
        values.append(log(1 + total(positive) * total(negative)))
    return values


FORMULAS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        mean_squared_error,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_squared_logarithmic_error,
        huber,
        log_cosh,
        cosine_similarity,
        hinge,
        squared_hinge,
        categorical_hinge,
        binary_crossentropy,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        categorical_generalized_cross_entropy,
        kl_divergence,
        poisson,
        binary_focal_crossentropy,
        categorical_focal_crossentropy,
        dice,
        tversky,
        ctc,
        circle,
    )
}
TWO_SEMANTICS = {"binary_crossentropy", "binary_focal_crossentropy", "cosine_similarity"}
"""Losses whose numbers the semantics change."""

# -- inputs ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Case:
    """Inputs of one shape to a loss with given arguments; see `rows_of` for what they are."""

    loss: str
    arguments: dict[str, Any]
    y_true: list[Any]
    y_pred: list[Any]
    as_object: bool = False
    """Whether to ask the class, with its `dtype`, rather than the function."""


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
    for gamma in (1.0, 1.5, 3.0):
        options = {"gamma": gamma, "apply_class_balancing": True}
        add_pairs("binary_focal_crossentropy", binary, **options)
    add_pairs("binary_focal_crossentropy", binary_logits, gamma=1.5, from_logits=True)

    rows, logit = distributions(dtype), logit_rows()
    for name in ("categorical_crossentropy", "categorical_focal_crossentropy"):
        add(name, *one_hot_rows(rows))
        add(name, *one_hot_rows(rows, soft=False))
        add(name, *one_hot_rows(logit, soft=False), from_logits=True)
        add(name, *one_hot_rows(rows), label_smoothing=0.2)
        add(name, *one_hot_rows(logit), from_logits=True)
    add("categorical_focal_crossentropy", *one_hot_rows(rows), gamma=1.5)
    add("sparse_categorical_crossentropy", *labelled_rows(rows))
    add("sparse_categorical_crossentropy", *labelled_rows(logit), from_logits=True)
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
        add("circle", y_true, y_pred)
        add("circle", y_true, y_pred, gamma=2.0, margin=0.25)
    return found


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
    if case.loss == "circle":
        keep = slice(None)
    if case.loss == "categorical_hinge":  # three equal scores have no two sides
        keep &= np.array([len({0.0, *row}) == 4 for row in y_pred.astype("float64").tolist()])
    return dataclasses.replace(case, y_true=y_true[keep], y_pred=y_pred[keep])


# -- the truth ------------------------------------------------------------------------------------


@dataclasses.dataclass
class Truth:
    """Values, and for each element of `y_pred` the lowest and highest right derivative."""

    values: list[Any]
    gradients: list[tuple[Any, Any]]
    noise: Callable[[int], tuple[list[Any], list[Any]]]
    """How far the values and derivatives of a sample move with the last digit of its inputs."""


def truth_of(case: Case, dtype: str, semantics: str) -> Truth:
    """The exact values of a case that was rounded, and their gradient."""
    form = FORMATS[dtype]
    constants = Constants(semantics, form.constant)
    arguments = {
        key: form.constant(value) if isinstance(value, float) else value
        for key, value in {
            **registry.LOSSES[case.loss].parameters,
            **case.arguments,
        }.items()
        if key in FORMULAS[case.loss].__code__.co_varnames
    }
    formula = FORMULAS[case.loss]

    def row(t: Any, p: Any) -> tuple[list[Any], list[tuple[Any, Any]]]:
        # both sides of all kinks, and the one that each of them is on
        sides = []
        for Kink.side, Kink.width in ((0, close), (1, close), (0, mpf(0))):
            Kink.met = False
            values = formula(t, _duals(p, itertools.count()), constants, **arguments)
            values = values if isinstance(values, list) else [values]
            derivative = total(values).d
            sides.append([derivative.get(i, mpf(0)) for i in range(len(_flat(p)))])
            if not Kink.met and Kink.width:
                break
        every = list(zip(*sides, strict=True))
        return [v.v for v in values], [(min(x), max(x)) for x in every]

    def noise(sample: int) -> tuple[list[Any], list[Any]]:
        if sample not in known:
            with mp.workdps(form.decimals):
                known[sample] = _noise(row, *samples[sample], form)
        return known[sample]

    known: dict[int, Any] = {}
    close = 4 * FORMATS[form.compute].half_unit
    samples = [(_exact(case.y_true), _exact(case.y_pred))]
    if case.loss != "circle":
        samples = list(pairs(*samples[0]))
    with mp.workdps(form.decimals):
        every = [row(t, p) for t, p in samples]
    return Truth([v for x, _ in every for v in x], [g for _, x in every for g in x], noise)


def _noise(row, t, p, form) -> tuple[list[Any], list[Any]]:
    """How far values and derivatives move if each input moves by half a unit in its last place.

    Labels, and the probabilities 0 and 1 in `y_true`, are not rounded numbers and stay.
    """
    right = row(t, p)
    values, gradients = [mpf(0) for _ in right[0]], [mpf(0) for _ in right[1]]
    step = FORMATS[form.compute].half_unit
    t_flat, p_flat = _flat(t), _flat(p)
    for which, flat in (("t", t_flat), ("p", p_flat)):
        for i, x in enumerate(flat):
            if isinstance(x, int) or not x or (which == "t" and abs(x) == 1):
                continue
            moved = [*flat[:i], x * (1 + step), *flat[i + 1 :]]
            there = row(t, _like(p, iter(moved))) if which == "p" else row(_like(t, iter(moved)), p)
            for k, (a, b) in enumerate(pairs(there[0], right[0])):
                values[k] += abs(a - b)
            for k, (a, b) in enumerate(pairs(there[1], right[1])):
                gradients[k] += max(abs(a[0] - b[0]), abs(a[1] - b[1]))
    return values, gradients


def _exact(x: np.ndarray) -> Any:
    """An array as nested lists of exact numbers; labels stay integers."""
    if x.dtype.kind == "i":
        return x.tolist()
    return [_exact(v) if v.ndim else mpf(float(v)) for v in x]


def _flat(x: Any) -> list[Any]:
    return [v for row in x for v in _flat(row)] if isinstance(x, list) else [x]


def _like(x: Any, numbers: Iterator[Any]) -> Any:
    """The numbers in the arrangement of `x`."""
    return [_like(v, numbers) for v in x] if isinstance(x, list) else next(numbers)


def _duals(x: Any, count: Iterator[int]) -> Any:
    return [_duals(v, count) for v in x] if isinstance(x, list) else Dual(x, {next(count): mpf(1)})


# -- what the libraries give ----------------------------------------------------------------------


def lossbridge_loss(name: str) -> Any:
    return registry.LOSSES[name].function


def keras3_loss(name: str) -> Any:
    function = getattr(keras.losses, name)
    if name == "tversky" and generations.is_before(keras.__version__, generations.TVERSKY_MENDED):
        return lambda t, p, alpha=0.5, beta=0.5, axis=None: function(t, p, beta, alpha, axis)
    if name == "categorical_generalized_cross_entropy":
        return lambda t, p, q=0.5: function(t, p, q)
    return function


def keras2_loss(name: str) -> Any:
    return getattr(tf_keras.losses, name, None)


LIBRARIES: dict[str, tuple[Callable[[str], Any], tuple[str, ...], Any]] = {
    "lossbridge": (lossbridge_loss, ("keras3", "keras2"), lossbridge.losses),
    "Keras 3": (keras3_loss, ("keras3",), keras.losses),
    "tf_keras": (keras2_loss, ("keras2",), getattr(tf_keras, "losses", None)),
}
"""How to find a loss, the semantics it is held to, and where its class is."""


def evaluate(
    library: str, case: Case, dtype: str, mode: str = "eager"
) -> tuple[np.ndarray, np.ndarray] | None:
    """The per-sample values and the gradient of their sum; None where there is no such loss."""
    find, _, classes = LIBRARIES[library]
    loss = find(case.loss) if classes is not None else None
    if loss is None:
        return None
    arguments = case.arguments
    if case.as_object:
        cls = getattr(classes, registry.CLASSES[case.loss].__name__)
        kind = {} if library == "tf_keras" else {"dtype": dtype}
        loss, arguments = cls(reduction="none", **arguments, **kind), {}

    def both(y_true: tf.Tensor, y_pred: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred, **arguments)
        return value, tape.gradient(value, y_pred)

    small = options.current().small
    if mode != "eager":
        both = tf.function(both, jit_compile=mode == "xla", autograph=False)
        small = 0  # the formulas for large arrays
    with options.using(small=small), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, gradient = both(tf.constant(case.y_true), tf.constant(case.y_pred))
    return np.asarray(value).ravel(), np.asarray(gradient).ravel()


# -- the errors -----------------------------------------------------------------------------------


@dataclasses.dataclass
class Worst:
    """The largest error found so far, and where."""

    ulps: float = 0.0
    where: str = ""
    count: int = 0
    """How many numbers were compared."""

    def take(self, ulps: float, where: Callable[[], str]) -> None:
        if math.isnan(ulps):  # the truth cannot be represented
            return
        self.count += 1
        if ulps > self.ulps:
            self.ulps, self.where = ulps, where()


Results = dict[tuple[str, str, str, str], Worst]
"""By loss, dtype, library, and "value" or "gradient"; with a * where a unit is at least the noise."""


def measure(
    dtypes: Sequence[str] = DTYPES,
    losses: Sequence[str] = tuple(FORMULAS),
    libraries: Sequence[str] = tuple(LIBRARIES),
    modes: Sequence[str] = ("eager", "graph"),
    every: int = 1,
    by_arguments: bool = False,
) -> Results:
    """Compare libraries with the truth.

    Args:
        dtypes: The dtypes of the inputs.
        losses: The names of the losses.
        libraries: Names of `LIBRARIES`.
        modes: How lossbridge is called: "eager", "graph" for tf.function, "xla". The others: eager.
        every: Take only each so many samples of the inputs.
        by_arguments: Whether to keep apart the sets of arguments of a loss.
    """
    results: Results = {}
    for dtype in dtypes:
        wanted = [case for case in cases(dtype) if case.loss in losses]
        batches = [case for case in wanted if case.loss == "circle"]
        for case in [case for case in wanted if case.loss != "circle"] + batches[::every]:
            case = rounded(case, dtype)
            if case.loss != "circle" and len(case.y_pred) > every:
                case.y_true, case.y_pred = case.y_true[::every], case.y_pred[::every]
            truths: dict[str, Truth] = {}
            label = case.loss
            if by_arguments and case.arguments:
                label += str(case.arguments)
            for library in libraries:
                for semantics in LIBRARIES[library][1]:
                    used = semantics if case.loss in TWO_SEMANTICS else "keras3"
                    if library == "lossbridge" and used != semantics:
                        continue
                    for mode in modes if library == "lossbridge" else ("eager",):
                        with lossbridge.semantics(semantics):
                            found = evaluate(library, case, dtype, mode)
                        if found is None:
                            continue
                        if used not in truths:
                            truths[used] = truth_of(case, dtype, used)
                        how, key = f"{semantics} {mode}", (label, dtype, library)
                        _compare(results, key, case, how, truths[used], found)
    return results


def _compare(results, key, case, how, truth, found) -> None:
    form = FORMATS[key[1]]
    samples = 1 if case.loss == "circle" else len(truth.values)
    for kind, numbers, rights in (
        ("value", found[0], [(v, v) for v in truth.values]),
        ("gradient", found[1], truth.gradients),
    ):
        plain = results.setdefault((*key, kind), Worst())
        posed = results.setdefault((*key, kind + "*"), Worst())
        size = len(rights) // samples
        for i, (got, (one, other)) in enumerate(pairs(numbers.astype("float64").tolist(), rights)):
            low, high = min(one, other), max(one, other)
            right = max(low, min(mpf(got), high)) if math.isfinite(got) else low
            sample = i // size

            def where(i=i, sample=sample, got=got, right=right, size=size) -> str:
                t, p = (
                    (case.y_true, case.y_pred)
                    if samples == 1
                    else (case.y_true[sample], case.y_pred[sample])
                )
                t, p = np.asarray(t, "float64").tolist(), np.asarray(p, "float64").tolist()
                return f"{how} t={t} p={p} [{i % size}]: {got!r}, truth {mp.nstr(right, 17)}"

            ulps = form.ulps(got, right)
            plain.take(ulps, where)
            if GOAL < ulps < math.inf and not case.as_object:
                noise = truth.noise(sample)[kind == "gradient"][i % size]
                ulps = form.ulps(got, right, noise)
            posed.take(ulps, where)


# -- the report -----------------------------------------------------------------------------------


def shown(worst: Worst | None) -> str:
    """An error in few characters."""
    if worst is None:
        return "–"
    if math.isinf(worst.ulps):
        return "nan/inf"
    if worst.ulps > 1e6:
        return ">1e6"
    return f"{worst.ulps:.1f}" if worst.ulps < 99.95 else f"{worst.ulps:.0f}"


def table(results: Results, star: str = "") -> str:
    """The Markdown table: a row for each loss and dtype; `star` chooses the errors."""
    names = list(LIBRARIES)
    lines = [
        "| loss | dtype | " + " | ".join(f"{n}, value | {n}, gradient" for n in names) + " |",
        "|---|---|" + "---:|" * (2 * len(names)),
    ]
    for loss, dtype in dict.fromkeys((k[0], k[1]) for k in sorted(results, key=_order)):
        cells = [
            shown(results.get((loss, dtype, n, kind + star)))
            for n in names
            for kind in ("value", "gradient")
        ]
        lines.append(f"| {loss} | {dtype} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _order(key: tuple[str, str, str, str]) -> tuple[int, int]:
    return list(FORMULAS).index(key[0].split("{")[0]), DTYPES.index(key[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worst", nargs="*", metavar="LOSS", help="print worst inputs, no file")
    parser.add_argument("--dtype", nargs="*", choices=DTYPES, default=DTYPES)
    parser.add_argument("--modes", nargs="*", default=("eager", "graph"), help="also xla")
    options = parser.parse_args()
    if options.worst is not None:
        known = registry.names()
        losses = [known[x].name for x in options.worst] or tuple(FORMULAS)
        results = measure(options.dtype, losses, ["lossbridge"], options.modes, by_arguments=True)
        for key in sorted(results, key=_order):
            print(*key, f"{results[key].ulps:.3g} of {results[key].count}", results[key].where)
        return
    results = measure(options.dtype, modes=options.modes)
    text = f"## Errors\n\n{table(results)}\n\n## Beyond the last digit of the inputs\n\n"
    text += table(results, "*")
    print(text)
    if tuple(options.dtype) == DTYPES:
        path = ROOT / "docs/accuracy.md"
        head = path.read_text().split(MARK)[0] if path.exists() else ""
        path.write_text(f"{head}{MARK}\n\n{text}\n")


MARK = "<!-- written by benchmarks/accuracy.py from here on -->"

if __name__ == "__main__":
    main()
