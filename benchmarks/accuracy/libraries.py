"""What lossbridge, Keras 3 and tf_keras give for a case."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

import lossbridge
from accuracy.inputs import Case
from lossbridge import registry
from lossbridge._backend import tf_keras


def lossbridge_loss(name: str) -> Any:
    return registry.LOSSES[name].function


def keras3_loss(name: str) -> Any:
    function = getattr(keras.losses, name, None)
    if name == "tversky":  # whose alpha and beta are swapped up to 3.15.1
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

    if mode != "eager":
        both = tf.function(both, jit_compile=mode == "xla", autograph=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, gradient = both(tf.constant(case.y_true), tf.constant(case.y_pred))
    value = np.array(value.numpy())  # asarray() fails on a bfloat16 number
    return value.ravel(), np.asarray(gradient).ravel()
