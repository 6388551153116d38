"""The programs of TensorFlow that are compared, and what memory they take."""

from __future__ import annotations

import dataclasses
import gc
import importlib.util
import os
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import peers
import tensorflow as tf
from stopwatch import Key, Program, able, aligned, medians

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
    return aligned(t), aligned(p)


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


# -- training -------------------------------------------------------------------------------------


def fit_steps(case: Case, seconds: float) -> dict[Key, float]:
    """Milliseconds of a step of model.fit, of a small model with each library's loss in it.

    The step is that of an epoch of many, so that it holds what a user waits for: the callbacks and
    the feeding of data too. Keras 3 and tf_keras each train with their own loss and with ours.
    """
    batch, steps = 256, 20
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
