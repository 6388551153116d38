"""Shapes that are not known while a graph is built, batches of no and of one sample, huge ones on paper."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    BATCH_LOSSES,
    EMBEDDINGS,
    NAMES,
    assert_close,
    first,
    function,
    in_turn,
    inputs,
    loss_object,
    shape_of,
)

import lossbridge
from lossbridge import losses, registry


def graph(loss, y_true, y_pred, spec):
    """The value and gradient of a loss in a graph traced for shapes `spec` gives."""
    signature = [tf.TensorSpec(spec(a), tf.as_dtype(a.dtype)) for a in (y_true, y_pred)]

    @tf.function(input_signature=signature)
    def run(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    return run


SPECS = {
    "unknown sizes": lambda a: [None] * a.ndim,
    "unknown batch": lambda a: [None, *a.shape[1:]],
    "unknown rank": lambda a: None,
}


@pytest.mark.parametrize(("name", "spec"), in_turn(NAMES, SPECS))
def test_unknown_static_shapes(name, spec):
    y_true, y_pred = inputs(name)
    for loss in (function(name), loss_object(name)):
        p = tf.constant(y_pred)
        with tf.GradientTape() as tape:
            tape.watch(p)
            expected = loss(y_true, p)
        value, gradient = graph(loss, y_true, y_pred, SPECS[spec])(y_true, y_pred)
        assert_close(value, expected)
        assert_close(gradient, tape.gradient(expected, p))


@pytest.mark.parametrize("name", NAMES)
def test_batch_of_one_sample(name):
    y_true, y_pred = inputs(name)
    one, values = first(name, y_true, y_pred, 1), function(name)(y_true, y_pred)
    if name in BATCH_LOSSES:  # samples that do not stand alone
        assert np.isfinite(loss_object(name)(*one))
        return
    assert_close(function(name)(*one), values[:1])
    assert_close(loss_object(name)(*one), np.mean(values[:1]))


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", NAMES)
def test_empty_batch(name, known):
    """Keras 3 gives the empty values, Keras 2 gives 0; either has a gradient without elements."""
    y_true, y_pred = first(name, *inputs(name), 0)
    for semantics in ("keras3", "keras2"):
        with lossbridge.semantics(semantics):
            loss = loss_object(name)
        spec = (lambda a: list(a.shape)) if known else (lambda a: [None, *a.shape[1:]])
        value, gradient = graph(loss, y_true, y_pred, spec)(y_true, y_pred)
        assert gradient.shape == y_pred.shape
        # of two masks without pixels nothing overlaps
        nothing = 1 if name in ("dice", "tversky") else 0
        assert np.asarray(value).size == 0 or np.all(np.asarray(value) == nothing)
        if semantics == "keras2":
            assert value.shape == ()


@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_partial_last_batch(reduction):
    """fit() with 10 rows in batches of 4, against the steps written out."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(10, 3)).astype("float32")
    y = rng.normal(size=(10, 2)).astype("float32")
    weight = rng.uniform(0.5, 2.0, size=10).astype("float32")
    dense = keras.layers.Dense(2, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.layers.Input((3,)), dense])
    loss = losses.Huber(delta=0.5, reduction=reduction)
    model.compile(keras.optimizers.SGD(0.1), loss)
    model.fit(x, y, sample_weight=weight, batch_size=4, shuffle=False, verbose=0)

    kernel = tf.ones((3, 2))
    for rows in (slice(0, 4), slice(4, 8), slice(8, 10)):
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            value = loss(y[rows], x[rows] @ kernel, weight[rows])
        kernel -= 0.1 * tape.gradient(value, kernel)
    assert_close(model.get_weights()[0], kernel)


def counted_in_int32(function):
    """The operations of a graph that count elements in int32, which is wrong from 2^31 on."""
    return [
        op.name
        for op in function.graph.get_operations()
        if op.type in ("Size", "Prod") and tf.int32 in [x.dtype for x in op.outputs]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_elements_are_not_counted_in_int32(name):
    y_true, y_pred = inputs(name)
    loss = loss_object(name)
    specs = [tf.TensorSpec([None] * a.ndim, tf.as_dtype(a.dtype)) for a in (y_true, y_pred)]
    if registry.LOSSES[name].reduced_axes({}, y_pred.ndim) is not None:
        specs.append(tf.TensorSpec([None], tf.float32))
    run = tf.function(lambda *data: loss(*data), input_signature=specs, autograph=False)
    assert not counted_in_int32(run.get_concrete_function())


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ctc" and n not in EMBEDDINGS])
def test_more_than_2_31_elements_on_paper(name):
    """A graph for 3 x 2^30 elements: traced, its shapes worked out, and never run."""
    shape = [3 * 2**14, 2**14, 4]
    y_true, y_pred = inputs(name, shape_of(name))
    if registry.LOSSES[name].heads is not None:
        shape[-1] = y_pred.shape[-1]
    truth = shape[:-1] if registry.LOSSES[name].one_true else shape

    @tf.function(
        input_signature=[
            tf.TensorSpec(truth, tf.as_dtype(y_true.dtype)),
            tf.TensorSpec(shape, tf.as_dtype(y_pred.dtype)),
        ],
        autograph=False,
    )
    def run(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            value = loss_object(name)(y_true, y_pred)
        return value, tape.gradient(value, y_pred)

    concrete = run.get_concrete_function()
    value, gradient = concrete.outputs
    assert value.shape == ()
    assert gradient.shape == shape
    constants = [op for op in concrete.graph.get_operations() if op.type == "Const"]
    for op in constants:  # a count that wrapped around is negative
        number = tf.make_ndarray(op.get_attr("value"))
        if number.dtype.kind == "f" and number.ndim == 0 and abs(number) > 2**31:
            assert number > 0
    assert not counted_in_int32(concrete)
