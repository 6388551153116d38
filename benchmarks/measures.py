"""What is measured: each piece of the benchmark, which cases it is for, and the figures it gives."""

from __future__ import annotations

import functools
import gc
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, NamedTuple

import alone
import keras
import numpy as np
import peers
import programs
import stopwatch
import tensorflow as tf
from programs import Case
from tables import Row

from lossbridge import registry

PEERS = ("lossbridge", "keras3")
"""What takes part where no other library has anything to say."""


def labelled(case: Any, measured: str, figures: dict[stopwatch.Key, float]) -> list[Row]:
    """The rows of a case."""
    return [Row(case.label, case.size, measured, *key, each) for key, each in figures.items()]


# -- value and gradient ---------------------------------------------------------------------------


def timed(gradient: bool, case: Case, seconds: float) -> list[Row]:
    """The times of all programs of a case, and of copying its inputs."""
    run = stopwatch.able(programs.programs(case, gradient))
    run["memcpy", "copy"] = stopwatch.copying(*programs.arrays(case))
    measured = "value+gradient" if gradient else "value"
    return labelled(case, measured, stopwatch.medians(run, seconds))


def peaks(case: Case) -> dict[stopwatch.Key, float]:
    """The peak memory of the programs of TensorFlow."""
    run = stopwatch.able(programs.programs(case, True, peers_too=False))
    return {key: programs.peak_memory(program) for key, program in run.items()}


@functools.cache
def counting() -> ProcessPoolExecutor:
    """A process whose TensorFlow counts what it allocates; on a CPU it does so with this allocator only."""
    allocator = "TF_CPU_ALLOCATOR_USE_BFC", "1"
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(1, spawn, initializer=os.putenv, initargs=allocator)


def weighed(case: Case, _: float) -> list[Row]:
    """The peak memory of all programs of a case."""
    on_gpu = bool(tf.config.list_physical_devices("GPU"))  # which this process holds
    found = peaks(case) if on_gpu else counting().submit(peaks, case).result()
    return labelled(case, "memory", found)


# -- training -------------------------------------------------------------------------------------


FITS = {
    "sparse_categorical_crossentropy": (20000,),
    "binary_crossentropy": (4000,),
    "categorical_crossentropy": (64, 64, 8),
}
"""Losses, and the shape of a sample's predictions, of models that do little but their loss."""

ENTRIES = 2**21
"""How many predictions a batch has."""


def fits(names: list[str]) -> Iterable[Case]:
    """Each model with an activation, and giving logits."""
    for name, shape in FITS.items():
        if name in names:
            yield Case(name, shape)
            yield Case(name, shape, (("from_logits", True),))


def fitted(case: Case, seconds: float) -> list[Row]:
    """An epoch of the fit() of Keras 3, and the first fit() of a model, which traces and compiles."""
    batch, steps = ENTRIES // int(np.prod(case.shape)), 8
    samples = (batch * steps, *case.shape[:-1])
    spec = registry.LOSSES[case.loss]
    features = np.random.default_rng(1).random((*samples, 3 if len(case.shape) > 1 else 32), "f4")
    labels, _ = peers.inputs(case.loss, spec.truth, spec.pred, (*samples, case.shape[-1]))
    activation = None if case.arguments else "softmax" if spec.truth != "probability" else "sigmoid"

    def fresh(library: str) -> Any:
        keras.utils.set_random_seed(1)
        layer = keras.layers.Dense(case.shape[-1], activation=activation)
        model = keras.Sequential([keras.Input(features.shape[1:]), layer])
        model.compile("sgd", programs.loss_object(library, case))
        return model

    def fit(model: Any, samples: int) -> float:
        x, t = features[:samples], labels[:samples]
        return model.fit(x, t, batch_size=batch, shuffle=False, verbose=0).history["loss"][-1]

    models = {library: fresh(library) for library in PEERS}
    stopwatch.agree({key: fit(model, len(labels)) for key, model in models.items()})
    stopwatch.agree({key: fit(model, len(labels)) for key, model in models.items()})
    firsts = {key: lambda key=key: fit(fresh(key), batch) for key in PEERS}
    epochs = {key: lambda key=key: fit(models[key], len(labels)) for key in PEERS}
    times = stopwatch.in_turn(firsts, 5 if seconds < 1 else 9)
    first = {(key, "fit()"): statistics.median(each) for key, each in times.items()}
    epoch = {(key, "fit()"): each for key, each in stopwatch.medians(epochs, seconds * 5).items()}
    return labelled(case, "fit", epoch) + labelled(case, "first fit", first)


# -- one call like the other ----------------------------------------------------------------------


def steady_cases(names: list[str]) -> Iterable[Case]:
    """Each loss at a size that is neither small nor slow."""
    for name in names:
        spec = registry.LOSSES[name]
        size = (8, 8, 5) if spec.family == "sequence" else (500, 100)
        yield Case(name, programs.fitting(name, size))


def steady(case: Case, _: float) -> list[Row]:
    """Of 200 eager calls the first, the slowest of the others, and the median.

    Three series, of shapes that were not seen before, and the median of each call: what the machine does
    besides hits no call in two of them.
    """
    found: dict[stopwatch.Key, float] = {}
    for library in PEERS:
        if programs.loss_object(library, case) is None:
            continue
        series = []
        gc.collect()
        gc.disable()
        for i in range(3):
            shape = (case.shape[0] + i, *case.shape[1:])
            arrays = map(tf.constant, programs.arrays(Case(case.loss, shape)))
            loss = programs.loss_object(library, case)
            call = functools.partial(programs.of_tensorflow(loss, "eager", True), *arrays)
            times, first = [], None
            for _ in range(200):
                start = time.perf_counter()
                result = call()
                times.append((time.perf_counter() - start) * 1e3)
                first = first or result
            stopwatch.agree({"call 1": first, "call 200": result})
            series.append(times)
        gc.enable()
        calls = np.median(series, axis=0)
        found[library, "first"] = float(calls[0])
        found[library, "slowest"] = float(calls[1:].max())
        found[library, "median"] = float(np.median(calls))
    return labelled(case, "calls", found)


# -- in processes of their own --------------------------------------------------------------------


class Work(NamedTuple):
    """A loss, and what alone.py does with it."""

    label: str
    size: str


def apart(library: str, work: Work) -> tuple[float, float]:
    """The figure of a process that does some work, and what it has computed."""
    command = [sys.executable, alone.__file__, programs.LIBRARIES[library].__name__, *work]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figure, result = json.loads(done.stdout)
    return figure, result


def first_calls(work: Work, _: float) -> list[Row]:
    """The median of seven processes of each library in turn."""
    rounds = [{library: apart(library, work) for library in PEERS} for _ in range(7)]
    for found in rounds:
        stopwatch.agree({library: result for library, (_, result) in found.items()})
    medians = {k: statistics.median(found[k][0] for found in rounds) for k in PEERS}
    return labelled(work, "first-call", {(k, "eager"): each for k, each in medians.items()})


def grown(work: Work, _: float) -> list[Row]:
    """The growth of a process of each library, at the same time: it is memory that is weighed."""
    with ThreadPoolExecutor() as pool:
        found = dict(zip(PEERS, pool.map(apart, PEERS, [work] * len(PEERS)), strict=True))
    stopwatch.agree({library: result for library, (_, result) in found.items()})
    return labelled(work, "growth", {(k, "eager"): figure for k, (figure, _) in found.items()})


class Measure(NamedTuple):
    """A piece of the benchmark: its cases, of some losses, and the rows of one."""

    cases: Callable[[list[str]], Iterable[Any]]
    rows: Callable[[Any, float], list[Row]]


MEASURES = {
    "value": Measure(programs.cases, functools.partial(timed, False)),
    "value+gradient": Measure(programs.cases, functools.partial(timed, True)),
    "memory": Measure(
        lambda names: (c for c in programs.cases(names) if np.prod(c.shape) > 1e4), weighed
    ),
    "fit": Measure(fits, fitted),
    "calls": Measure(steady_cases, steady),
    "first-call": Measure(
        lambda names: [Work(name, "32x10") for name in alone.FIRST if name in names],
        first_calls,
    ),
    "growth": Measure(
        lambda names: [Work(*key) for key in alone.GROWTH if key[0] in names],
        grown,
    ),
}
