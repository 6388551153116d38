"""The programs of TensorFlow that are compared, and what memory they take."""

from __future__ import annotations

import dataclasses
import gc
import importlib.util
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import originals
import peers
import tensorflow as tf
from stopwatch import Key, Program, aligned

import lossbridge
from lossbridge import registry
from lossbridge._backend import tf_keras

tf.get_logger().setLevel("ERROR")  # many functions are traced, as they should be

MODES = ("eager", "tf.function", "jit_compile", "compiled")
SMALL = (32, 10)
LARGE = (20000, 100)
PAIRS = (1024, 1000)  # where all pairs of rows are compared: 20000 x 20000 take 1.6 GB each
BATCH = (256, 64)  # as much as triplets of rows may take
MANY = (1024, 64)  # more than that
IMAGES = (4, 256, 256, 2)
VOCABULARY = (1024, 32000)
SEQUENCES = ((32, 20, 10), (64, 40, 50))  # batch x time x classes
FROM_LOGITS = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")
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


def cases(names: Iterable[str]) -> Iterator[Case]:
    """Each loss with its sizes and arguments."""
    for name in names:
        spec = registry.LOSSES[name]
        family = spec.family
        embeddings = (SMALL, PAIRS) if spec.pred == "unit" else (SMALL, BATCH, MANY)
        sizes = {"sequence": SEQUENCES, "embedding": embeddings}.get(family, (SMALL, LARGE))
        sizes = tuple(fitting(name, size) for size in sizes)
        if family == "segmentation":
            sizes = (*sizes, IMAGES)
        if name == "sparse_categorical_crossentropy":
            sizes = (*sizes, VOCABULARY)
        for arguments in ((), (("from_logits", True),)) if name in FROM_LOGITS else ((),):
            for size in sizes:
                yield Case(name, size, arguments)


def fitting(name: str, size: tuple[int, ...]) -> tuple[int, ...]:
    """A size that a loss can be of, with about as many entries, or as many rows if it compares them."""
    spec = registry.LOSSES[name]
    if spec.pred == "similarity":
        return size[0], size[0]
    if spec.pred == "box":
        return int(np.prod(size)) // 4, 4
    if spec.heads is None:
        return size
    number = len(spec.heads.given({})) * (8 if spec.heads.several else 1)
    return int(np.prod(size)) // number, number


def arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The inputs, in memory that all libraries share: a second copy would be colder in the caches."""
    spec = registry.LOSSES[case.loss]
    t, p = peers.inputs(case.loss, spec.truth, spec.pred, case.shape)
    if spec.heads is not None:
        t = t[..., :1]
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

    if mode == "compiled":
        compiled = lossbridge.compiled(loss)
        return compiled.value_and_gradient if gradient else lambda t, p: (compiled.value(t, p),)
    program = both if gradient else value
    return program if mode == "eager" else tf.function(program, jit_compile=mode == "jit_compile")


def loss_object(library: str, case: Case) -> Any:
    """The loss as an object of a library, or a function; None where it lacks it."""
    if library == "plain":
        return None if case.arguments else originals.of(case.loss)
    cls = getattr(LIBRARIES[library].losses, registry.CLASSES[case.loss].__name__, None)
    return None if cls is None else cls(**dict(case.arguments))


def programs(case: Case, gradient: bool, peers_too: bool = True) -> dict[Key, Program]:
    """What each library runs in each mode, ready to be called. PyTorch has one mode, and so has JAX.

    "plain" is a loss in plain operations of TensorFlow, where `originals` has it; "pml" is
    pytorch-metric-learning.
    """
    t, p = arrays(case)
    tensors = tf.convert_to_tensor(t), tf.convert_to_tensor(p)
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    found: dict[Key, Program | None] = {}
    for library in (*LIBRARIES, "plain"):
        for mode in MODES:
            loss = loss_object(library, case)
            if loss is None or (mode == "compiled" and library != "lossbridge"):
                continue
            program = of_tensorflow(loss, mode, gradient)

            def run(program: Any = program) -> Any:
                result = program(*tensors)
                if on_gpu:
                    tf.test.experimental.sync_devices()
                result[0].numpy()
                return result

            found[library, mode] = run
    about = case.loss, dict(case.arguments), t, p, gradient
    if peers_too and importlib.util.find_spec("torch"):
        found["torch", "eager"] = peers.torch_program(*about)
    if peers_too and importlib.util.find_spec("pytorch_metric_learning"):
        found["pml", "eager"] = peers.metric_learning_program(*about)
    if peers_too and importlib.util.find_spec("optax"):
        found["jax", "jit"] = peers.jax_program(*about)
    return {key: program for key, program in found.items() if program is not None}


def peak_memory(program: Program) -> float:
    """MiB that a program of TensorFlow takes at most beyond what is there before it, results included.

    By the counters of TensorFlow's allocator. What the kernel counts as resident says nothing: an
    allocator keeps what it has had.
    """
    device = "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU:0"
    program()
    gc.collect()
    tf.config.experimental.reset_memory_stats(device)
    before = tf.config.experimental.get_memory_info(device)["current"]
    program()
    return (tf.config.experimental.get_memory_info(device)["peak"] - before) / 2**20
