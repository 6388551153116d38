"""What shows only in a process of its own: `python benchmarks/alone.py LIBRARY LOSS WORK`.

Prints as JSON a figure, MiB or ms, and what was computed, which has to be the same in all libraries.
"""

from __future__ import annotations

import gc
import importlib
import json
import math
import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf


def inputs(rows: int) -> tuple[np.ndarray, np.ndarray]:
    """One-hot labels and probabilities of ten classes."""
    rng = np.random.default_rng(0)
    p = rng.random((rows, 10), dtype=np.float32) + 0.1
    t = np.eye(10, dtype=np.float32)[rng.integers(0, 10, rows)]
    return t, p / p.sum(-1, keepdims=True)


def value_and_gradient(loss: Any, t: Any, p: tf.Tensor) -> tf.Tensor:
    """One number of both."""
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = loss(t, p)
    return value + tf.norm(tape.gradient(value, p))


def shapes(losses: Any, share: float) -> tf.Tensor:
    """Eager calls with arrays of ever other shapes."""
    loss = losses.CategoricalCrossentropy()
    for rows in range(1, math.ceil(1000 * share) + 1):
        t, p = map(tf.constant, inputs(rows))
        for _ in range(12):
            result = value_and_gradient(loss, t, p)
    return result


def functions(losses: Any, share: float) -> tf.Tensor:
    """Functions that are traced, called and dropped."""
    t, p = map(tf.constant, inputs(32))
    for _ in range(math.ceil(200 * share)):
        loss = losses.CategoricalCrossentropy()
        program = tf.function(lambda t, p, loss=loss: value_and_gradient(loss, t, p))
        result = program(t, p)
    return result


def hyperparameters(losses: Any, share: float) -> tf.Tensor:
    """Eager calls of losses with ever other arguments."""
    t, p = map(tf.constant, inputs(32))
    for i in range(math.ceil(600 * share)):
        loss = losses.Huber(delta=0.1 + 1e-6 * i)
        for _ in range(70):
            result = value_and_gradient(loss, t, p)
    return result


GROWTH: dict[tuple[str, str], Callable[[Any, float], tf.Tensor]] = {
    ("categorical_crossentropy", "1,000 shapes x 12 calls"): shapes,
    ("categorical_crossentropy", "200 tf.functions"): functions,
    ("huber", "600 hyperparameters x 70 calls"): hyperparameters,
}
"""Work after which the memory is weighed, or a share of it."""

FIRST = ("mean_squared_error", "categorical_crossentropy")
"""The functions whose first call is timed."""


def resident() -> float:
    """MiB that the process holds in memory; of Linux."""
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def growth(losses: Any, loss: str, work: str, share: float = 1.0) -> tuple[float, float]:
    """MiB by which the process grows in some work, after a tenth of it, and the last result.

    Less than 1 MiB counts as 1: that much comes and goes.
    """
    run = GROWTH[loss, work]
    run(losses, 0.1 * share)
    before = resident()
    result = run(losses, share)
    return max(1.0, resident() - before), float(result)


def first_call(losses: Any, loss: str) -> tuple[float, float]:
    """Milliseconds of the first call of a function, with NumPy arrays, and the result."""
    t, p = inputs(32)
    start = time.perf_counter()
    values = getattr(losses, loss)(t, p).numpy()
    return (time.perf_counter() - start) * 1e3, float(values.sum())


if __name__ == "__main__":
    tf.get_logger().setLevel("ERROR")  # many functions are traced, as they should be
    library, loss, work = sys.argv[1:]
    module = importlib.import_module(library).losses
    found = growth(module, loss, work) if (loss, work) in GROWTH else first_call(module, loss)
    print(json.dumps(found))
