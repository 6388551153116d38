"""The programs that are compared, and the clock and the memory gauge that they are held against.

Neither pyperf nor pytest-benchmark fits: both measure one benchmark to its end, pyperf in some twenty
processes of its own, before the next one starts. What is wanted here is ratios, on machines whose speed
drifts by more than the differences; so all programs of a case run in turn, in each round in another
order, and medians over the rounds are compared.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import peers
import tensorflow as tf

import lossbridge
from lossbridge import registry
from lossbridge._backend import tf_keras

MODES = ("eager", "tf.function", "jit_compile")
MEASURED = ("value", "value+gradient")
SIZES = ((32, 10), (1024, 1000), (20000, 100))
IMAGES = (4, 256, 256, 2)
VOCABULARY = (1024, 32000)
SPARSE = "sparse_categorical_crossentropy"
LIBRARIES = {"lossbridge": lossbridge, "keras3": keras}
if tf_keras is not None:
    LIBRARIES["tf_keras"] = tf_keras
COPY = ("memcpy", "copy")

Program = Callable[[], Any]
Key = tuple[str, str]
"""A library and a mode."""


@dataclasses.dataclass(frozen=True)
class Case:
    """A loss, its arguments, and the shape of the predictions."""

    loss: str
    shape: tuple[int, ...]
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def size(self) -> str:
        """The shape in words."""
        return "x".join(map(str, self.shape))

    @property
    def label(self) -> str:
        """The loss in words."""
        return " ".join([self.loss, *(key for key, _ in self.arguments)])


def cases(names: list[str]) -> Iterator[Case]:
    """Each loss with its sizes and arguments."""
    for name in names:
        family = registry.LOSSES[name].family
        if family == "sequence":  # batch x time x classes
            sizes = ((32, 20, 10), (64, 40, 50))
        elif family == "embedding":  # which compares all pairs: 20000 x 20000 take 1.6 GB each
            sizes = SIZES[:2]
        else:
            sizes = SIZES
        for size in sizes:
            yield Case(name, size)
        if family == "segmentation":
            yield Case(name, IMAGES)
        if name == SPARSE:
            yield Case(name, VOCABULARY)
            yield Case(name, VOCABULARY, (("from_logits", True),))


def arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The inputs, in memory that all libraries share: a second copy would be colder in the caches."""
    spec = registry.LOSSES[case.loss]
    t, p = peers.inputs(case.loss, spec.truth, spec.pred, case.shape)
    return _aligned(t), _aligned(p)


def _aligned(x: np.ndarray) -> np.ndarray:
    # to 64 bytes, which TensorFlow and JAX ask of memory that they do not copy
    memory = np.empty(x.nbytes + 64, np.uint8)
    start = -memory.ctypes.data % 64
    result = memory[start : start + x.nbytes].view(x.dtype).reshape(x.shape)
    result[...] = x
    return result


# -- programs -------------------------------------------------------------------------------------


def of_tensorflow(
    loss: Any, mode: str, gradient: bool
) -> Callable[[tf.Tensor, tf.Tensor], tuple[Any, ...]]:
    """A loss object as a program of (t, p)."""

    def value(t: tf.Tensor, p: tf.Tensor) -> Any:
        return (loss(t, p),)

    def both(t: tf.Tensor, p: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(p)
            result = loss(t, p)
        return result, tape.gradient(result, p)

    program = both if gradient else value
    return program if mode == "eager" else tf.function(program, jit_compile=mode == "jit_compile")


def loss_object(library: str, case: Case) -> Any:
    """The loss as an object of a library; None where it lacks it."""
    cls = getattr(LIBRARIES[library].losses, registry.CLASSES[case.loss].__name__, None)
    return None if cls is None else cls(**dict(case.arguments))


def programs(case: Case, gradient: bool, modes: tuple[str, ...] = MODES) -> dict[Key, Program]:
    """What each library runs in each mode, ready to be called. PyTorch has one mode, and so has JAX."""
    t, p = arrays(case)
    tensors = tf.convert_to_tensor(t), tf.convert_to_tensor(p)
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    found: dict[Key, Program] = {}
    for library in LIBRARIES:
        for mode in modes:
            loss = loss_object(library, case)
            if loss is None:
                continue
            program = of_tensorflow(loss, mode, gradient)

            def run(program: Any = program) -> Any:
                result = program(*tensors)
                if on_gpu:
                    tf.test.experimental.sync_devices()
                result[0].numpy()
                return result

            found[library, mode] = run
    if importlib.util.find_spec("torch"):
        found["torch", "eager"] = peers.torch_program(
            case.loss, dict(case.arguments), t, p, gradient
        )
    if importlib.util.find_spec("optax"):
        found["jax", "jit"] = peers.jax_program(case.loss, dict(case.arguments), t, p, gradient)
    return found


def copying(case: Case) -> Program:
    """Copying both inputs once: no program that reads them can be much faster."""
    inputs = arrays(case)
    outputs = [_aligned(x) for x in inputs]

    def run() -> None:
        for to, x in zip(outputs, inputs, strict=True):
            np.copyto(to, x)

    return run


# -- time -----------------------------------------------------------------------------------------


def able(run: dict[Key, Program]) -> dict[Key, Program]:
    """Those of the programs that run, warm; a peer that cannot run a case is named and left out."""
    found = {}
    for key, program in run.items():
        try:
            program(), program()
            found[key] = program
        except Exception as error:
            print(f"  {' '.join(key)} cannot: {type(error).__name__}", file=sys.stderr)
    return found


def medians(run: dict[Any, Program], seconds: float) -> dict[Any, float]:
    """Milliseconds of each program: medians over rounds that run all of them in turn."""
    inner = {}
    for key, program in run.items():
        start = time.perf_counter()
        program()
        inner[key] = max(1, min(50, int(5e-4 / (time.perf_counter() - start))))
    start = time.perf_counter()
    for key, program in run.items():
        for _ in range(inner[key]):
            program()
    rounds = max(7, min(101, int(seconds / (time.perf_counter() - start))))
    times: dict[Any, list[float]] = {key: [] for key in run}
    keys, rng = list(run), np.random.default_rng(0)
    gc.collect()
    gc.disable()
    for _ in range(rounds):
        rng.shuffle(keys)  # whoever runs after a library finds its caches and threads
        for key in map(tuple, keys):
            program, repetitions = run[key], inner[key]
            start = time.perf_counter()
            for _ in range(repetitions):
                program()
            times[key].append((time.perf_counter() - start) / repetitions * 1e3)
    gc.enable()
    return {key: statistics.median(each) for key, each in times.items()}


def fit_steps(case: Case, seconds: float) -> dict[Key, float]:
    """Milliseconds of a step of model.fit, of a small model with each library's loss in it.

    The step is that of an epoch of many, so that it holds what a user waits for: the callbacks and
    the feeding of data too. Keras 3 and tf_keras each train with their own loss and with ours.
    """
    batch, steps = 256, 40
    features = np.random.default_rng(1).normal(size=(batch * steps, 32)).astype("f4")
    spec = registry.LOSSES[case.loss]
    t, _ = peers.inputs(case.loss, spec.truth, spec.pred, (batch * steps, *case.shape[1:]))
    run: dict[Key, Program] = {}
    for home, trainer in LIBRARIES.items():
        if home == "lossbridge":
            continue
        for library in ("lossbridge", home):
            loss = loss_object(library, case)
            if loss is None:
                continue
            layers = trainer.layers
            outputs = int(np.prod(case.shape[1:]))
            activation = {"one_hot": "softmax", "label": "softmax", "sequence": None}
            stack = [
                layers.Dense(outputs, activation=activation.get(spec.truth, "sigmoid")),
                layers.Reshape(case.shape[1:]),
            ]
            if spec.pred == "unit":
                stack.append(layers.UnitNormalization())
            model = trainer.Sequential([trainer.Input((32,)), *stack])
            model.compile("sgd", loss)

            def run_fit(model: Any = model) -> None:
                model.fit(features, t, batch_size=batch, epochs=1, shuffle=False, verbose=0)

            run[library, f"fit {home}"] = run_fit
    return {key: each / steps for key, each in medians(able(run), seconds).items()}


# -- memory ---------------------------------------------------------------------------------------


def peak_memory(program: Program) -> float:
    """MiB that a program of TensorFlow takes at most beyond what is there before it, results included.

    By the counters of TensorFlow's allocator, which are exact but for its rounding up of each array to a
    power of two. What the kernel counts as resident says nothing: the allocator keeps what it has had.
    """
    devices = tf.config.list_physical_devices("GPU")
    device = "GPU:0" if devices else "CPU:0"
    program()
    gc.collect()
    tf.config.experimental.reset_memory_stats(device)
    before = tf.config.experimental.get_memory_info(device)["current"]
    result = program()
    peak = tf.config.experimental.get_memory_info(device)["peak"]
    del result
    return (peak - before) / 2**20
