"""Derivatives in every way that TensorFlow asks for them, and when it asks."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, assert_close, function
from loss_inputs import inputs as arrays

from lossbridge import compiled, losses, registry, semantics, target

MODES = ["eager", "compiled", "graph", "large graph", "xla"]


@pytest.fixture(params=MODES)
def run(request, monkeypatch):
    """Calls a function of tensors op by op, compiled after a while, or in a graph."""
    compiled._program.cache_clear()
    if request.param == "compiled":
        monkeypatch.setattr(compiled, "CALLS_OF_SMALL", 0)
        monkeypatch.setattr(compiled, "_MANY_OPS", 0)
    if request.param == "large graph":
        monkeypatch.setattr(target, "SMALL", 0)
    if request.param in ("eager", "compiled"):
        return lambda f, *tensors: f(*tensors)
    return lambda f, *tensors: tf.function(f, jit_compile=request.param == "xla")(*tensors)


def inputs(name, dtype="float64"):
    return tuple(tf.constant(x) for x in arrays(name, dtype=dtype))


@pytest.mark.parametrize("name", [n for n in NAMES if registry.LOSSES[n].family != "segmentation"])
def test_of_picked_samples(name, run):
    """Those that tf.gather picks have a gradient of rows, tf.IndexedSlices."""
    t, p = inputs(name)

    def gradients(t, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(p)
            values = function(name)(t, p)
            picked = tf.reduce_sum(tf.gather(values, [1, 0, 1]))
            same = tf.reduce_sum(2.0 * values[1] + values[0])
        return tape.gradient(picked, p), tape.gradient(same, p)

    assert_close(*run(gradients, t, p))


def forward_and_backward(name):
    t, p = inputs(name)
    direction = tf.constant(np.random.default_rng(3).normal(size=p.shape))

    def along(t, p):
        with tf.autodiff.ForwardAccumulator(p, direction) as forward, tf.GradientTape() as tape:
            tape.watch(p)
            value = tf.reduce_sum(function(name)(t, p))
        return forward.jvp(value), tf.reduce_sum(tape.gradient(value, p) * direction)

    return along, t, p


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ctc"])
def test_forward_mode(name, run):
    assert_close(*run(*forward_and_backward(name)))


def test_forward_mode_of_a_loop():
    """CTC; TensorFlow has it in eager mode only."""
    along, t, p = forward_and_backward("ctc")
    assert_close(*along(t, p))


@pytest.mark.parametrize("name", ["binary_crossentropy", "cosine_similarity", "log_cosh", "dice"])
def test_forward_over_backward(name, run):
    """The product of the Hessian with a vector."""
    t, p = inputs(name)
    direction = tf.constant(np.random.default_rng(3).normal(size=p.shape))

    def forward_over_backward(t, p):
        with tf.autodiff.ForwardAccumulator(p, direction) as forward:
            with tf.GradientTape() as tape:
                tape.watch(p)
                value = tf.reduce_sum(function(name)(t, p))
            gradient = tape.gradient(value, p)
        return forward.jvp(gradient)

    def backward_over_backward(t, p):
        with tf.GradientTape() as outer:
            outer.watch(p)
            with tf.GradientTape() as inner:
                inner.watch(p)
                value = tf.reduce_sum(function(name)(t, p))
            gradient = inner.gradient(value, p)
        return outer.gradient(gradient, p, direction)

    assert_close(run(forward_over_backward, t, p), run(backward_over_backward, t, p), "float64")


@pytest.mark.parametrize(
    "name", [n for n in NAMES if registry.LOSSES[n].truth in ("probability", "real")]
)
def test_forward_mode_by_labels(name, run):
    t, p = inputs(name)
    direction = tf.constant(np.random.default_rng(3).normal(size=p.shape))

    def forward_and_backward(t, p):
        with tf.autodiff.ForwardAccumulator(t, direction) as forward:
            value = tf.reduce_sum(function(name)(t, p))
        with tf.GradientTape() as tape:
            tape.watch(t)
            again = tf.reduce_sum(function(name)(t, p))
        return forward.jvp(value), tf.reduce_sum(tape.gradient(again, t) * direction)

    assert_close(*run(forward_and_backward, t, p))


@pytest.mark.parametrize("name", ["dice", "tversky", "categorical_hinge", "kl_divergence", "huber"])
def test_of_one_tensor_as_both(name, run):
    x = tf.constant(np.random.default_rng(5).uniform(0.1, 0.9, (4, 5)))

    def gradient(x, as_second):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = function(name)(x, as_second(x))
        return tape.gradient(value, x)

    assert_close(*(run(lambda x, f=f: gradient(x, f), x) for f in (lambda x: x, tf.identity)))


def test_of_kl_divergence_by_equal_probabilities(run):
    x = tf.constant([[0.25, 0.75]], tf.float64)

    def by_t(t, p):
        with tf.GradientTape() as tape:
            tape.watch(t)
            value = losses.kl_divergence(t, p)
        return tape.gradient(value, t)

    np.testing.assert_allclose(run(by_t, x, tf.identity(x)), [[1.0, 1.0]])  # log(t / p) + 1


@pytest.mark.parametrize("shape", [(4, 3), (400, 100)], ids=str)
@pytest.mark.parametrize("made", ["keras3_live", "keras2"])
def test_semantics_are_those_of_the_value(made, shape, monkeypatch):
    """The gradient is asked for when other semantics are in force, and when the loss is compiled."""
    compiled._program.cache_clear()
    t, p = tf.ones(shape), tf.fill(shape, 1e-9)
    with semantics(made):
        loss = losses.BinaryCrossentropy()
    gradients = []
    for calls in (1000, 0):
        monkeypatch.setattr(compiled, "CALLS_OF_SMALL", calls)
        monkeypatch.setattr(compiled, "CALLS", calls)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([t, p])
            value = loss(t, p)
        gradients.append([tape.gradient(value, p), tape.gradient(value, t)])
    for x, y in zip(*gradients, strict=True):
        assert_close(x, y)
    assert bool(tf.reduce_all(gradients[0][0] < 0.0)) is (made == "keras3_live")
