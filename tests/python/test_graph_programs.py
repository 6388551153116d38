"""Parts of a graph that XLA compiles without being asked: that nothing but the time tells."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, assert_close, function
from loss_inputs import inputs as arrays

from lossbridge import compiled, target
from lossbridge.losses import _elements

BIG = (400, 100)


def inputs(name, shape):
    return tuple(tf.constant(x) for x in arrays(name, shape))


def value_and_gradient(loss, t, p):
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = loss(t, p)
    return value, tape.gradient(value, p)


@pytest.fixture
def programs(monkeypatch):
    """How many programs were made, as a list of functions."""
    made = []

    def spy(f):
        made.append(f)
        return compiled.as_program(f)

    monkeypatch.setattr(_elements, "as_program", spy)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_program_is_op_by_op(name, monkeypatch, programs):
    t, p = inputs(name, None if name in ("ctc", "circle") else BIG)
    expected = value_and_gradient(function(name), t, p)
    monkeypatch.setattr(target, "SMALL", 0)
    actual = tf.function(value_and_gradient)(function(name), t, p)
    assert programs
    for x, y in zip(actual, expected, strict=True):
        assert_close(x, y)


def test_small_arrays_and_batches_of_unknown_size_are_not_compiled(programs):
    t, p = inputs("hinge", BIG)
    hinge = function("hinge")
    tf.function(hinge, input_signature=[tf.TensorSpec([None, 100], t.dtype)] * 2)(t, p)
    tf.function(hinge)(t[:5], p[:5])
    tf.function(hinge, jit_compile=True)(t, p)
    assert not programs
    tf.function(hinge)(t, p)
    assert programs


def test_a_ragged_last_batch_is_not_compiled(programs):
    t, p = inputs("hinge", BIG)
    hinge = tf.function(lambda t, p: value_and_gradient(function("hinge"), t, p))
    hinge(t, p)
    before = len(programs)
    value, gradient = hinge(t[:-1], p[:-1])
    assert len(programs) == before == 2
    for x, y in zip((value, gradient), value_and_gradient(function("hinge"), t, p), strict=True):
        assert_close(x, y[:-1])
    twice = tf.concat([t, t], 0), tf.concat([p, p], 0)
    hinge(*twice)  # a larger one is
    assert len(programs) == 2 * before
    tf.function(function("hinge"))(t, p)  # and another function
    assert len(programs) == 3 * before


def test_two_batches_in_one_graph_are_both_compiled(programs):
    t, p = inputs("hinge", BIG)
    hinge = function("hinge")
    tf.function(lambda: (hinge(t, p), hinge(t[:350], p[:350])))()
    assert len(programs) == 4  # of value and gradient


def test_a_smaller_batch_in_a_branch_is_compiled(programs):
    t, p = inputs("hinge", BIG)
    hinge = function("hinge")

    @tf.function
    def of_some(t, p):
        value = tf.reduce_sum(hinge(t, p))
        return value + tf.cond(
            value > 0, lambda: tf.reduce_sum(hinge(t[:350], p[:350])), lambda: 0.0
        )

    of_some(t, p)
    assert len(programs) == 4


@pytest.mark.parametrize("name", NAMES)
def test_gradient_in_a_branch(name, monkeypatch):
    monkeypatch.setattr(target, "SMALL", 0)
    t, p = inputs(name, None)

    def scaled(t, p):
        return function(name)(t, 0.9 * p)

    @tf.function
    def in_branch(t, p, use):
        return value_and_gradient(
            lambda t, p: tf.cond(use, lambda: scaled(t, p), lambda: tf.zeros_like(scaled(t, p))),
            t,
            p,
        )

    expected = value_and_gradient(scaled, t, p)
    for x, y in zip(in_branch(t, p, tf.constant(True)), expected, strict=True):
        assert_close(x, y)


def test_wrong_labels_are_refused():
    t, p = inputs("sparse_categorical_crossentropy", BIG)
    t = tf.tensor_scatter_nd_update(t, [[7]], tf.constant([100], t.dtype))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be whole class labels"):
        tf.function(function("sparse_categorical_crossentropy"))(t, p)


@pytest.mark.parametrize("name", ["hinge", "cosine_similarity", "binary_crossentropy"])
def test_jacobian_and_loops(name):
    t, p = inputs(name, (8, 5000))
    rows = [function(name)(x[None], y[None])[0] for x, y in zip(t, p, strict=True)]

    @tf.function
    def jacobian(t, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(p)
            value = function(name)(t, p)
        return tape.jacobian(value, p), tape.gradient(value, p)

    @tf.function
    def of_each(t, p):
        each = tf.map_fn(lambda x: function(name)(*x), (t, p), fn_output_signature=p.dtype)
        return each[:, 0]

    wide = tf.reshape(t, [1, -1]), tf.reshape(p, [1, -1])
    full, gradient = jacobian(t, p)
    assert_close(np.einsum("iik->ik", full), gradient)
    assert_close(of_each(t[:, None], p[:, None]), rows)
    assert_close(jacobian(*wide)[0][0], jacobian(*wide)[1])


def test_saved_and_loaded(tmp_path):
    t, p = inputs("binary_crossentropy", BIG)
    module = tf.Module()
    module.loss = tf.function(function("binary_crossentropy"))
    expected = module.loss(t, p)
    tf.saved_model.save(module, str(tmp_path))
    assert_close(tf.saved_model.load(str(tmp_path)).loss(t, p), expected)


@pytest.mark.parametrize("name", ["binary_crossentropy", "sparse_categorical_crossentropy"])
def test_loss_as_an_argument_of_a_function(name):
    """With what comes before its mathematics: casts and checks."""
    y_true, y_pred = arrays(name)
    y_true = y_true.tolist()

    @tf.function
    def step(loss, y_pred):
        return loss(y_true, y_pred)

    loss = function(name)
    assert_close(step(loss, tf.constant(y_pred)), loss(y_true, y_pred))
