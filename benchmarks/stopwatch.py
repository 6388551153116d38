"""The clock that programs of all libraries are held against; needs NumPy only.

Neither pyperf nor pytest-benchmark fits: both measure one benchmark to its end, pyperf in some twenty
processes of its own, before the next one starts. What is wanted here is ratios, on machines whose speed
drifts by more than the differences; so all programs of a case run in turn, in each round in another
order, and medians over the rounds are compared. Each runs once untimed before it is timed, as in a loop
of training: what ran before it leaves its own arrays in the caches and threads that spin (PyTorch's cost
the next program up to 2 ms).
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

Program = Callable[[], Any]
Key = tuple[str, str]
"""A library and a mode."""


def able(run: dict[Key, Program]) -> dict[Key, Program]:
    """Those of the programs that run, warm; a peer that cannot run a case is named and left out.

    Raises:
        ValueError: If one does not compute what the others do: a gradient of zeros is fast.
    """
    found, results = {}, {}
    for key, program in run.items():
        try:
            program()
            results[key] = program()
            found[key] = program
        except Exception as error:
            print(f"  {' '.join(key)} cannot: {type(error).__name__}", file=sys.stderr)
    agree(results)
    return found


def agree(results: dict[Any, Any]) -> None:
    """Raise a ValueError unless all results, numbers and arrays, are those of the first."""

    def arrays(result: Any) -> list[np.ndarray]:
        result = result if isinstance(result, tuple) else (result,)
        return [np.asarray(x.cpu() if hasattr(x, "detach") else x) for x in result]  # of PyTorch

    first = next(iter(results))
    expected = arrays(results[first])
    for key, result in results.items():
        for x, y in zip(arrays(result), expected, strict=True):
            if x.shape != y.shape or not np.abs(x - y).max() <= 1e-3 * np.abs(y).max():
                raise ValueError(f"{key} computes something else than {first}")


def in_turn(
    run: dict[Any, Program], rounds: int, times: dict[Any, int] | None = None
) -> dict[Any, list[float]]:
    """Milliseconds of each program in each round, in which all run, each time in another order.

    Args:
        run: The programs.
        rounds: How many rounds.
        times: How often each runs in a round, after a first that is not timed; without, it runs once.
    """
    found: dict[Any, list[float]] = {key: [] for key in run}
    keys, rng = list(run), np.random.default_rng(0)
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        for i in rng.permutation(len(keys)):
            program, repetitions = run[keys[i]], 1
            if times is not None:
                repetitions = times[keys[i]]
                program()
            start = time.perf_counter()
            for _ in range(repetitions):
                program()
            found[keys[i]].append((time.perf_counter() - start) / repetitions * 1e3)
    gc.enable()
    return found


def medians(run: dict[Any, Program], seconds: float) -> dict[Any, float]:
    """Milliseconds of each program: medians of rounds in turn, that take some seconds all in all."""
    # Of the quickest of three calls: the first program would find the machine cold, and run less often.
    quickest = {
        key: min(timeit.repeat(program, number=1, repeat=3)) for key, program in run.items()
    }
    times = {key: max(1, min(50, int(2e-3 / least))) for key, least in quickest.items()}
    round_takes = sum((times[key] + 1) * least for key, least in quickest.items())
    rounds = max(7, min(101, int(seconds / round_takes)))
    return {key: statistics.median(each) for key, each in in_turn(run, rounds, times).items()}


def aligned(x: np.ndarray) -> np.ndarray:
    """A copy in memory that all libraries can share: a second copy would be colder in the caches."""
    # to 64 bytes, which TensorFlow and JAX ask of memory that they do not copy
    memory = np.empty(x.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    result = memory[start : start + x.nbytes].view(x.dtype).reshape(x.shape)
    result[...] = x
    return result


def copying(*inputs: np.ndarray) -> Program:
    """Copying each input once: no program that reads them can be much faster."""
    outputs = [aligned(x) for x in inputs]

    def run() -> None:
        for to, x in zip(outputs, inputs, strict=True):
            np.copyto(to, x)

    return run
