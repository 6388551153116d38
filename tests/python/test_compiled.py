"""Losses that XLA compiles because they were asked to."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    NAMES,
    assert_close,
    function,
    in_turn,
    inputs,
    loss_object,
    value_and_gradient,
)

import lossbridge
from lossbridge import boundary, losses, semantics
from lossbridge.checks import InputError


@pytest.mark.parametrize(("name", "make"), in_turn(NAMES, [function, loss_object]))
def test_compiled_is_the_loss(name, make):
    t, p = inputs(name, None)
    weight = np.linspace(0.5, 1.5, p.shape[0], dtype="f4")
    loss = make(name)
    compiled = lossbridge.compiled(loss)
    value, gradient = value_and_gradient(loss, t, p)
    scale = {"ctc": 10.0, "circle": 10.0}.get(name, 1.0)
    assert_close(compiled.value(t, p), value, scale=scale)
    assert_close(compiled(t, p), value, scale=scale)
    assert_close(compiled.gradient(t, p), gradient, scale=scale)
    for x, y in zip(compiled.value_and_gradient(t, p), (value, gradient), strict=True):
        assert_close(x, y, scale=scale)
    assert len(compiled) == 3
    if make is loss_object:  # of a function: below
        expected = value_and_gradient(loss, t, p, sample_weight=weight)
        for x, y in zip(compiled.value_and_gradient(t, p, weight), expected, strict=True):
            assert_close(x, y, scale=scale)
    assert_close(boundary.gradient(compiled, t, p), gradient, scale=scale)


def test_weights_of_a_function():
    t, p = inputs("hinge", (6, 5))
    weight = np.arange(6.0, dtype="f4")
    value, gradient = lossbridge.compiled("hinge").value_and_gradient(t, p, weight)
    plain = lossbridge.compiled("hinge").value_and_gradient(t, p)
    assert_close(value, plain[0] * weight)
    assert_close(gradient, plain[1] * weight[:, None])


@pytest.mark.parametrize("loss", ["hinge", losses.Hinge()])
def test_the_gradient_of_a_compiled_loss_is_weighted_as_it(loss):
    t, p = inputs("hinge", (6, 5))
    weight = np.arange(6.0, dtype="f4")
    compiled = lossbridge.compiled(loss)
    expected = compiled.gradient(t, p, weight)
    assert_close(boundary.gradient(compiled, t, p, weight), expected)


def test_only_the_last_shapes_are_kept():
    compiled = lossbridge.compiled("mse", max_shapes=2)
    for rows in (1, 2, 1, 3, 4):
        compiled.value(*inputs("mean_squared_error", (rows, 5)))
    assert len(compiled) == 2
    assert repr(compiled) == "<lossbridge compiled mean_squared_error, 2 of 2 programs>"
    compiled.clear()
    assert len(compiled) == 0


@pytest.mark.parametrize("label", [-1, 5, 0.5])
@pytest.mark.parametrize("method", ["value", "gradient", "value_and_gradient"])
def test_wrong_labels_are_refused(label, method):
    compiled = lossbridge.compiled("sparse_categorical_crossentropy")
    t, p = inputs("sparse_categorical_crossentropy", (4, 5))
    run = getattr(compiled, method)
    run(t, p)
    t = t.astype(type(label))
    t[3] = label
    with pytest.raises(InputError, match="class labels from 0 to 4"):
        run(t, p)


def test_semantics_are_those_it_was_made_under():
    with semantics("keras3_live"):
        compiled = lossbridge.compiled(losses.binary_crossentropy)
    assert float(compiled.gradient([[1.0]], [[0.0]])[0, 0]) < 0.0


def test_in_a_graph_it_is_the_loss():
    compiled = lossbridge.compiled("mse")
    assert_close(tf.function(compiled)(tf.ones([2, 3]), tf.zeros([2, 3])), [1.0, 1.0])
    assert len(compiled) == 0


def test_bad_arguments():
    with pytest.raises(InputError, match="`loss`: must be a loss, or the name of one, not None"):
        lossbridge.compiled(None)
    with pytest.raises(InputError, match="`max_shapes`: must be a whole number of at least 1"):
        lossbridge.compiled("mse", max_shapes=0)
    with pytest.raises(InputError, match="same shape"):
        lossbridge.compiled("mse").value(tf.ones([2, 3]), tf.ones([3, 2]))
