"""The diagonal of the second derivative: `lossbridge.hessian`, and that of `compiled`."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    EMBEDDINGS,
    assert_close,
    function,
    inputs,
    loss_object,
    shape_of,
    with_arguments,
)
from mpmath import mp, mpf

import lossbridge
from lossbridge import losses
from lossbridge.checks import InputError
from lossbridge.engine import options

SHAPES = {**dict.fromkeys(EMBEDDINGS, (4, 2)), "ctc": (2, 3, 2), "dice": (2, 3), "tversky": (2, 3)}
KINKED = {("circle", "remove_diagonal")}
"""Losses whose derivative jumps at the inputs of the tests: a vector has the distance 0 from itself."""


def by_differences(loss, t, p, entry, step=1e-5):
    """The second derivative by one entry, from gradients on both sides."""
    found = []
    for sign in (1.0, -1.0):
        moved = p.copy()
        moved[entry] += sign * step
        found.append(lossbridge.gradient(loss, t, moved).numpy()[entry])
    return (found[0] - found[1]) / (2.0 * step)


@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_is_the_derivative_of_the_gradient(name, arguments):
    if any((name, argument) in KINKED for argument in arguments):
        arguments = {**arguments, "remove_diagonal": True}
    shape = shape_of(name) if "axis" in arguments else SHAPES.get(name, shape_of(name))
    t, p = inputs(name, shape, arguments, dtype="float64")
    loss = loss_object(name, **arguments, dtype="float64")
    found = lossbridge.hessian(loss, t, p).numpy()
    assert found.shape == p.shape
    assert found.dtype == p.dtype
    for place in np.random.default_rng(2).choice(p.size, 3, replace=False):
        entry = np.unravel_index(place, p.shape)
        expected = by_differences(loss, t, p, entry)
        np.testing.assert_allclose(found[entry], expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["huber", "poisson", "categorical_hinge", "kl_divergence"])
def test_of_a_function_is_that_of_its_sum(name):
    t, p = inputs(name, dtype="float64")
    loss = loss_object(name, reduction="sum", dtype="float64")
    assert_close(lossbridge.hessian(function(name), t, p), lossbridge.hessian(loss, t, p))
    assert_close(lossbridge.hessian(name, t, p), lossbridge.hessian(loss, t, p))


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", ["categorical_crossentropy", "sparse_categorical_crossentropy"])
def test_closed_form_is_that_of_a_pass_for_each_class(name, from_logits):
    arguments = {"from_logits": from_logits}
    t, p = inputs(name, (5, 4), arguments, dtype="float64")
    loss = loss_object(name, **arguments, dtype="float64")
    with options.using(closed_form=False):
        expected = lossbridge.hessian(loss, t, p)
    assert_close(lossbridge.hessian(loss, t, p), expected, "float64")


COMPILED = [
    ("binary_crossentropy", {"from_logits": True}),
    ("sparse_categorical_crossentropy", {"from_logits": True}),
    ("categorical_generalized_cross_entropy", {}),
]


@pytest.mark.parametrize(("name", "arguments"), COMPILED)
def test_compiled(name, arguments):
    t, p = inputs(name, (5, 4), arguments)
    weight = np.linspace(0.5, 1.5, 5, dtype="f4")
    loss = loss_object(name, **arguments)
    compiled = lossbridge.compiled(loss)
    expected = lossbridge.hessian(loss, t, p, weight)
    assert_close(compiled.hessian(t, p, weight), expected)
    assert_close(lossbridge.hessian(compiled, t, p, weight), expected)
    gradient, hessian = compiled.gradient_and_hessian(t, p, weight)
    assert_close(gradient, lossbridge.gradient(loss, t, p, weight))
    assert_close(hessian, expected)
    assert len(compiled) == 2


@pytest.mark.parametrize("name", ["mean_squared_error", "sparse_categorical_crossentropy"])
def test_weights_multiply_and_let_nothing_through(name):
    t, p = inputs(name, (5, 4))
    plain = lossbridge.hessian(name, t, p)
    weight = np.array([2.0, 0.0, 1.0, 0.5, 3.0], "f4")
    assert_close(lossbridge.hessian(name, t, p, weight), plain * weight[:, None])
    p[1] = np.nan
    found = lossbridge.hessian(name, t, p, weight)
    assert_close(found, np.where(weight[:, None] == 0.0, 0.0, plain * weight[:, None]))


def test_labels_that_were_not_observed():
    t, p = np.array([[1.0, np.nan], [np.nan, np.nan]]), np.zeros((2, 2))
    loss = losses.MeanSquaredError(ignore_nan=True, reduction="sum", dtype="float64")
    assert_close(lossbridge.hessian(loss, t, p), [[2.0, 0.0], [0.0, 0.0]], "float64")


def test_digits_of_shares_near_one():
    """Closed forms keep the digits that q (1 - q) loses where q rounds to 1."""
    x = np.array([[30.0, 0.0, -30.0], [-1.0, 2.0, 0.5]], "f4")
    with mp.workdps(50):
        rows = [[mp.exp(mpf(float(e))) for e in row] for row in x]
        exact = [[float(e * (sum(row) - e) / sum(row) ** 2) for e in row] for row in rows]
    sparse = losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")
    for label in ([0, 0], [1, 2]):
        found = lossbridge.hessian(sparse, label, x).numpy()
        # the middle entry of the first row is small beside 1, the last one smaller still
        np.testing.assert_allclose(found, exact, rtol=1e-5, atol=1e-37)
    binary = losses.BinaryCrossentropy(from_logits=True, reduction="sum")
    with mp.workdps(50):
        exact = [[float(1 / (1 + mp.exp(-mpf(e))) / (1 + mp.exp(mpf(e))))] for e in (-30, 2, 30)]
    logits = np.array([[-30.0], [2.0], [30.0]], "f4")
    for label in (0.0, 1.0):
        found = lossbridge.hessian(binary, np.full((3, 1), label, "f4"), logits)
        np.testing.assert_allclose(found, exact, rtol=1e-5)


def test_of_a_loss_of_ones_own():
    """All entries of a sample are taken to depend on each other."""

    def loss(t, p):
        return tf.reduce_prod(p - t, -1) + tf.reduce_sum(p**3, -1)

    p = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert_close(lossbridge.hessian(loss, np.zeros((2, 2)), p), 6.0 * p, "float64")
    with pytest.raises(InputError, match="must be a function that gives a tensor"):
        lossbridge.hessian(lambda t, p: 1.0, [[0.0]], [[1.0]])


def test_in_a_graph():
    t, p = (tf.constant(x) for x in inputs("categorical_generalized_cross_entropy", (5, 4)))
    name = "categorical_generalized_cross_entropy"
    program = tf.function(lambda t, p: lossbridge.hessian(name, t, p), autograph=False)
    assert_close(program(t, p), lossbridge.hessian(name, t, p))


def test_errors_are_those_of_the_loss():
    with pytest.raises(InputError, match="same shape"):
        lossbridge.hessian("mse", np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(InputError, match="class labels from 0 to 2"):
        lossbridge.hessian("sparse_categorical_crossentropy", [3], [[0.2, 0.3, 0.5]])
    with pytest.raises(InputError, match="the name of a loss"):
        lossbridge.hessian("no such", [[1.0]], [[1.0]])


def test_outside_of_it_second_derivatives_are_whole():
    """The diagonal alone is what `hessian` asks for, and no tape of a user's."""
    t, p = (
        tf.constant(x) for x in inputs("categorical_crossentropy", (3, 4), {"from_logits": True})
    )
    with tf.GradientTape() as tape:
        tape.watch(p)
        slopes = lossbridge.gradient(losses.CategoricalCrossentropy(from_logits=True), t, p)
        total = tf.reduce_sum(slopes)  # 0 in every row, whatever p is
    assert_close(tape.gradient(total, p), np.zeros((3, 4)))
