"""The exact value and gradient of a case, by the formulas of tests/cases."""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from duals import Dual, Kink, total
from formulas import FORMULAS, Constants, pairs
from mpmath import mp, mpf

from accuracy.formats import FORMATS
from accuracy.inputs import Case
from lossbridge import registry

TWO_SEMANTICS = {
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "cosine_similarity",
    "sigmoid_focal_crossentropy",
}
"""Losses whose numbers the semantics change."""


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
    formula = FORMULAS[case.loss]
    arguments = {
        key: form.constant(value) if isinstance(value, float) else value
        for key, value in {
            **registry.LOSSES[case.loss].parameters,
            **case.arguments,
        }.items()
        if key in inspect.signature(formula).parameters
    }

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
    if not case.is_batch:
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
