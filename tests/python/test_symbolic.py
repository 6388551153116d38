"""Losses of symbolic tensors: parts of a model of Keras 3 or of tf_keras."""

import keras
import numpy as np
import pytest
from loss_inputs import (
    NAMES,
    assert_close,
    function,
    inputs,
    installed,
    loss_object,
    needs_tf_keras,
)

import lossbridge
from lossbridge import losses

if installed("tf_keras"):
    import tf_keras


@pytest.fixture(params=["keras", pytest.param("tf_keras", marks=needs_tf_keras)])
def library(request):
    return keras if request.param == "keras" else tf_keras


def test_a_loss_is_a_model_output(library):
    """Every function and object gives of symbolic tensors what it gives of arrays."""
    symbols, outputs, arrays, expected = [], [], [], []
    for name in NAMES:
        given = inputs(name)
        pair = [library.Input(batch_shape=x.shape, dtype=str(x.dtype)) for x in given]
        for loss in (function(name), loss_object(name)):
            outputs.append(loss(*pair))
            expected.append(loss(*given))
        symbols += pair
        arrays += given
    values = library.Model(symbols, outputs)(arrays)
    for value, right in zip(values, expected, strict=True):
        assert value.shape == right.shape
        assert_close(value, right, scale=5)


def test_arguments_weights_and_constants(library, tmp_path):
    y, p, w = np.array([[1.0, 4.0], [2.0, 0.0]], "float32"), np.ones((2, 2), "float32"), [0.0, 3.0]
    true, pred = library.Input((2,)), library.Input((2,))
    weight = library.Input(())
    with lossbridge.semantics("keras2"):
        two = losses.cosine_similarity(true, pred)
    outputs = [
        losses.huber(true, pred, 2.0),
        losses.huber(true, pred, delta=2.0),
        losses.Huber(2.0, reduction="sum")(true, pred, sample_weight=weight),
        two,
    ]
    model = library.Model([true, pred, weight], outputs)
    model.save(str(tmp_path / "model.keras"))
    with lossbridge.semantics("keras2"):
        cosine = losses.cosine_similarity(y, p)
    expected = [
        losses.huber(y, p, 2.0),
        losses.huber(y, p, 2.0),
        losses.Huber(2.0, reduction="sum")(y, p, sample_weight=w),
        cosine,
    ]
    for m in (model, library.models.load_model(str(tmp_path / "model.keras"))):
        for value, right in zip(m([y, p, np.array(w, "float32")]), expected, strict=True):
            assert_close(value, right)
    constant = library.Model(pred, losses.MeanSquaredError()(y, pred))
    assert_close(constant(p), losses.MeanSquaredError()(y, p))


def test_masks_reach_the_loss(library):
    x = np.array([[[1.0], [0.0], [3.0]]], "float32")  # the second step is masked
    steps = library.Input((3, 1))
    masked = library.layers.Masking()(steps)
    model = library.Model(steps, losses.MeanAbsoluteError(reduction="sum")(10 + steps, masked))
    assert_close(model(x), 20.0)
    assert_close(losses.MeanAbsoluteError(reduction="sum")(10 + x, x), 30.0)


@needs_tf_keras
@pytest.mark.parametrize("make", [losses.MeanSquaredError, lambda: losses.mean_squared_error])
def test_add_loss(make):
    """A loss that a model adds to itself, as models of Keras 2 do; Keras 3 has no add_loss() of a model."""
    i = tf_keras.Input((3,))
    o = tf_keras.layers.Dense(3, kernel_initializer="ones")(i)
    model = tf_keras.Model(i, o)
    model.add_loss(make()(i, o))
    model.compile("sgd")
    history = model.fit(np.ones((4, 3)), epochs=2, verbose=0).history["loss"]
    assert_close(history[0], 4.0)  # (3 - 1)^2
    assert history[1] < history[0]


def test_wrong_inputs_are_refused_where_the_model_is_built(library):
    with pytest.raises(Exception, match="same shape"):
        losses.MeanSquaredError()(library.Input((2,)), library.Input((3,)))
