"""The largest errors of each library, and where they are."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
from formulas import FORMULAS, pairs
from mpmath import mp, mpf

import lossbridge
from accuracy.formats import DTYPES, FORMATS
from accuracy.inputs import cases, rounded
from accuracy.libraries import LIBRARIES, evaluate
from accuracy.truth import TWO_SEMANTICS, Truth, truth_of

GOAL = 8
"""The largest error aimed at, in units in the last place."""


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
        batches = [case for case in wanted if case.is_batch]
        for case in [case for case in wanted if not case.is_batch] + batches[::every]:
            case = rounded(case, dtype)
            if not case.is_batch and len(case.y_pred) > every:
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
    samples = 1 if case.is_batch else len(truth.values)
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
