"""Derivatives in every way that TensorFlow asks for them, and when it asks."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, OF_BATCH, assert_close, function, in_turn
from loss_inputs import inputs as arrays

from lossbridge import losses, registry, semantics
from lossbridge.engine import options

MODES = ["eager", "graph", "accelerator", "xla"]


@pytest.fixture(params=MODES)
def run(request):
    """Calls a function of tensors op by op or in a graph, or as for an accelerator."""
    mode = request.param

    def call(f, *tensors):
        with options.using(accelerator=mode == "accelerator" or None):
            if mode in ("eager", "accelerator"):
                return f(*tensors)
            return tf.function(f, jit_compile=mode == "xla")(*tensors)

    return call


def inputs(name, dtype="float64"):
    return tuple(tf.constant(x) for x in arrays(name, dtype=dtype))


@pytest.mark.parametrize(
    ("name", "run"),
    in_turn([n for n in NAMES if n not in ("dice", "tversky", *OF_BATCH)], MODES, ["eager"]),
    indirect=["run"],
)
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


@pytest.mark.parametrize(
    ("name", "run"),
    in_turn([n for n in NAMES if n != "ctc"], MODES, ["eager"]),
    indirect=["run"],
)
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
    "name",
    [
        n
        for n in NAMES
        if registry.LOSSES[n].truth in ("probability", "real") and registry.LOSSES[n].heads is None
    ],
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


@pytest.mark.parametrize("made", ["keras3_live", "keras2"])
def test_semantics_are_those_of_the_value(made, run):
    """The gradient is asked for when other semantics are in force."""
    t, p = tf.ones([4, 3]), tf.fill([4, 3], 1e-9)
    with semantics(made):
        loss = losses.BinaryCrossentropy()

    def gradients(t, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch([t, p])
            value = loss(t, p)
        return tape.gradient(value, p), tape.gradient(value, t)

    by_p, by_t = run(gradients, t, p)
    assert bool(tf.reduce_all(by_p < 0.0)) is (made == "keras3_live")
    # log(1 - p) - log(p) at the clipped p, over 12 entries; Keras 2 adds 1e-7 to each
    low = 2e-7 if made == "keras2" else 1e-7
    np.testing.assert_allclose(by_t, np.full((4, 3), -np.log(low) / 12), rtol=1e-5)
