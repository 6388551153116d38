"""Losses of a user: subclasses of `Loss`, and functions in a `LossFunctionWrapper`."""

import collections
import functools
import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, assert_close, loss_object, needs_tf_keras, value_and_gradient

import lossbridge
from lossbridge import boundary, checks, losses
from lossbridge._backend import PUBLIC_ONLY


def squared(y_true, y_pred):
    return tf.square(y_true - y_pred)


def looked_up(y_true, y_pred):
    """Cross-entropy that uses labels as indices."""
    return -tf.math.log(tf.gather(y_pred, y_true, batch_dims=1))


class Squared(losses.Loss):
    def call(self, y_true, y_pred):
        return squared(y_true, y_pred)


class MeanSquared(losses.Loss):
    def call(self, y_true, y_pred):
        return tf.reduce_mean(squared(y_true, y_pred), -1)


class OneNumber(losses.Loss):
    def call(self, y_true, y_pred):
        return tf.reduce_mean(squared(y_true, y_pred))


class KerasOneNumber(keras.losses.Loss):
    call = OneNumber.call


MODES = {
    "eager": lambda f: f,
    "graph": tf.function,
    "XLA": functools.partial(tf.function, jit_compile=True),
    "unknown shape": lambda f: tf.function(
        f, input_signature=[tf.TensorSpec([None]), tf.TensorSpec([None]), tf.TensorSpec([None])]
    ),
}

# -- NaN where the weight is 0 ------------------------------------------------------------------------

# What a user computes, y_true, y_pred, and by hand: the sum and its derivative with weights 0 and 1.
NOT_FINITE = {
    "NaN label": (squared, [np.nan, 2.0], [1.0, 4.0], 4.0, [0.0, 4.0]),
    "infinite prediction": (squared, [1.0, 2.0], [np.inf, 4.0], 4.0, [0.0, 4.0]),
    "0 log 0": (lambda t, p: t * tf.math.log(p), [0.0, 2.0], [0.0, 1.0], 0.0, [0.0, 2.0]),
}


@pytest.mark.parametrize("left_out", ["weight", "mask"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", NOT_FINITE)
def test_what_is_left_out_does_not_leak(case, mode, left_out):
    function, y_true, y_pred, value, gradient = NOT_FINITE[case]
    loss = losses.LossFunctionWrapper(function, reduction="sum")

    def run(t, p, w):
        if left_out == "weight":
            return loss(t, p, w)
        p = tf.identity(p)
        p._keras_mask = w > 0
        return loss(t, p)

    arrays = [tf.constant(x, tf.float32) for x in (y_true, y_pred, [0.0, 1.0])]
    actual = value_and_gradient(lambda t, p: MODES[mode](run)(t, p, arrays[2]), *arrays[:2])
    np.testing.assert_array_equal(actual[0], np.float32(value))
    np.testing.assert_array_equal(actual[1], np.float32(gradient))


@pytest.mark.parametrize("shape", [(2,), (2, 1)])
def test_what_is_left_out_does_not_leak_from_rows(shape):
    y_true = np.array([[np.nan, 1.0, 1.0], [1.0, 2.0, 4.0]], "float32")
    y_pred = np.ones_like(y_true)
    weight = np.array([0.0, 1.0], "float32").reshape(shape)
    for loss in (MeanSquared(reduction="sum"), Squared(reduction="sum")):
        of_entries = type(loss) is Squared
        w = np.broadcast_to(weight.reshape(2, 1), (2, 3)) if of_entries else weight
        value, gradient = value_and_gradient(loss, y_true, y_pred, sample_weight=w)
        scale = 1.0 if of_entries else 1 / 3
        np.testing.assert_allclose(value, 10.0 * scale)
        np.testing.assert_allclose(gradient, [[0, 0, 0], [0, -2 * scale, -6 * scale]], rtol=1e-6)


def test_samples_of_weight_0_keep_their_part_in_others():
    """A value that other samples have a part in: as Keras differentiates it."""
    y_true, y_pred = np.zeros(3, "float32"), np.array([1.0, 2.0, 4.0], "float32")

    def apart(self, y_true, y_pred):
        return tf.square(y_pred - tf.reduce_mean(y_pred))

    gradients = [
        value_and_gradient(
            type("Apart", (base,), {"call": apart})(),
            y_true,
            y_pred,
            sample_weight=np.array([0.0, 1.0, 2.0], "float32"),
        )[1]
        for base in (losses.Loss, keras.losses.Loss)
    ]
    np.testing.assert_allclose(*gradients, rtol=1e-6)
    assert gradients[0][0] != 0


def test_derivative_by_a_weight_of_0():
    loss, weight = Squared(reduction="sum"), tf.constant([0.0, 0.0])
    with tf.GradientTape() as tape:
        tape.watch(weight)
        value = loss(tf.constant([1.0, np.nan]), tf.constant([4.0, 1.0]), weight)
    np.testing.assert_array_equal(tape.gradient(value, weight), [9.0, 0.0])


# -- integer labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["keras2", "keras3"])
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "bool", "float64"])
@pytest.mark.parametrize(
    "make", [MeanSquared, lambda: losses.LossFunctionWrapper(MeanSquared().call)]
)
def test_integer_labels_can_be_computed_with(make, dtype, generation):
    y_true = np.array([[1], [2]]).astype(dtype)
    expected = 5.0 if dtype == "bool" else 2.5
    with lossbridge.semantics(generation):
        loss = make()
    y_pred = np.array([[0.0], [4.0]], "float32")
    assert loss(y_true, y_pred) == expected
    assert tf.function(loss)(tf.constant(y_true), tf.constant(y_pred)) == expected


@pytest.mark.parametrize("mode", ["eager", "graph", "XLA"])
@pytest.mark.parametrize("dtype", ["int64", "int32"])
@pytest.mark.parametrize("make", [tf.nn.sparse_softmax_cross_entropy_with_logits, looked_up])
def test_integer_labels_can_be_indices(make, dtype, mode):
    loss = losses.LossFunctionWrapper(make)
    y_true = np.array([1, 0])
    y_pred = np.array([[0.25, 0.75], [0.5, 0.5]], "float32")
    expected = tf.reduce_mean(make(y_true, y_pred))
    actual = MODES[mode](loss)(tf.constant(y_true, dtype), tf.constant(y_pred))
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_labels_are_not_rounded_in_half_precision(dtype):
    y_pred = np.full((1, 5000), 0.5, "float32")
    y_pred[0, 2049] = 1.0  # 2048 in either dtype
    for index in (looked_up, lambda t, p: looked_up(tf.cast(t, tf.int32), p)):
        assert losses.LossFunctionWrapper(index, dtype=dtype)(np.array([2049]), y_pred) == 0.0
    assert MeanSquared(dtype=dtype)(np.array([[1], [2]]), np.array([[0.0], [4.0]])) == 2.5


def test_error_of_a_call_is_its_own():
    def wrong(t, p):
        raise RuntimeError(f"of {t.dtype.name}")

    with pytest.raises(RuntimeError, match="of float32"):
        losses.LossFunctionWrapper(wrong)(np.array([1]), np.array([1.0]))


def test_labels_that_are_no_class_are_refused_in_a_call():
    def wrapped(t, p):
        return losses.sparse_categorical_crossentropy(t, p)

    with pytest.raises(lossbridge.InputError, match="whole class labels from 0 to 1, not 7"):
        losses.LossFunctionWrapper(wrapped)(np.array([7]), np.array([[0.5, 0.5]]))


# -- structures ---------------------------------------------------------------------------------------

Two = collections.namedtuple("Two", "first second")


class OfTwo(losses.Loss):
    """The sum of two mean squared errors."""

    def call(self, y_true, y_pred):
        if isinstance(y_true, dict):
            y_true, y_pred = y_true.values(), y_pred.values()
        (a, b), (c, d) = y_true, y_pred
        return MeanSquared().call(a, c) + MeanSquared().call(b, d)


STRUCTURES = {
    "namedtuple": Two,
    "tuple": lambda a, b: (a, b),
    "list": lambda a, b: [a, b],
    "dict": lambda a, b: {"a": a, "b": b},
    "tensors": lambda a, b: (tf.constant(a), tf.constant(b)),
    "variables": lambda a, b: [tf.Variable(a), tf.Variable(b)],
    "variables of Keras": lambda a, b: [keras.Variable(a, dtype="int64"), keras.Variable(b)],
    "a list of a list and an array": lambda a, b: [a.tolist(), b],
}


@pytest.mark.parametrize("kind", STRUCTURES)
def test_structures(kind):
    first, second = np.array([[1], [2]]), np.array([[1.0, 2.0], [3.0, 4.0]], "float32")
    y_true = STRUCTURES[kind](first, second)
    y_pred = STRUCTURES[kind](first + 1, second + 2.0)
    assert OfTwo()(y_true, y_pred) == 5.0
    assert OfTwo()(y_true, y_pred, np.array([0.0, 1.0])) == 2.5


def test_lists_of_numbers_are_arrays():
    for kind in (list, tuple):
        y_true, y_pred = kind([kind([1.0]), kind([2.0])]), kind([kind([0.0]), kind([4.0])])
        assert MeanSquared()(y_true, y_pred) == 2.5


# -- one number for the batch -------------------------------------------------------------------------

ONE_NUMBER = {
    "Dice": (losses.Dice, keras.losses.Dice),
    "Tversky": (losses.Tversky, keras.losses.Tversky),
    "user's": (OneNumber, KerasOneNumber),
}
T, P = (
    np.array([[0, 1], [1, 0], [1, 1]], "float32"),
    np.array([[0.1, 0.7], [0.6, 0.2], [0.9, 0.4]], "float32"),
)
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ONE_NUMBER)
@pytest.mark.parametrize("weight", [[1.0, 3.0, 0.5], [[1.0], [3.0], [0.5]], [0.0, 0.0, 0.0]])
def test_weights_of_one_number(kind, reduction, weight):
    """Each weight multiplies it, as in Keras."""
    ours, theirs = (cls(reduction=reduction) for cls in ONE_NUMBER[kind])
    weight = np.array(weight, "float32")
    expected = value_and_gradient(theirs, T, P, sample_weight=weight)
    for loss in (ours, tf.function(ours)):
        actual = value_and_gradient(loss, T, P, sample_weight=weight)
        for a, e in zip(actual, expected, strict=True):
            np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("kind", ONE_NUMBER)
@pytest.mark.parametrize("weight", [None, [1.0, 3.0, 0.5]])
@pytest.mark.parametrize(
    "mask", [[True, False, True], [[True, True], [False, True], [True, False]]]
)
def test_mask_of_one_number(kind, reduction, weight, mask):
    ours, theirs = (cls(reduction=reduction) for cls in ONE_NUMBER[kind])
    mask = np.array(mask)
    if weight is not None:
        weight = np.array(weight, "float32").reshape([3] + [1] * (mask.ndim - 1))
    expected, actual = (
        value_and_gradient(loss, T, P, sample_weight=weight, mask=mask) for loss in (theirs, ours)
    )
    for a, e in zip(actual, expected, strict=True):
        np.testing.assert_allclose(a, e, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("library", ["keras", pytest.param("tf_keras", marks=needs_tf_keras)])
@pytest.mark.parametrize("kind", ONE_NUMBER)
def test_class_weight_of_one_number(kind, library):
    keras_ = pytest.importorskip(library)
    model = keras_.Sequential(
        [keras_.layers.Dense(1, activation="sigmoid", kernel_initializer="ones")]
    )
    model.compile("sgd", ONE_NUMBER[kind][0]())
    labels = np.array([0, 1, 1])
    before = model(P).numpy()
    history = model.fit(P, labels[:, None], class_weight={0: 4.0, 1: 1.0}, batch_size=3, verbose=0)
    plain = float(ONE_NUMBER[kind][0]()(labels[:, None], before))
    assert history.history["loss"][0] == pytest.approx(2.0 * plain, rel=1e-5)


def test_the_gradient_of_a_function_is_weighted_and_lets_no_nan_out():
    # d/dp of w (p - t)^2 = 2 w (p - t), by hand
    y_true, y_pred = np.array([[1.0], [0.0], [np.nan]]), np.array([[0.5], [3.0], [2.0]])
    for loss in (lambda t, p: (p - t) ** 2, losses.mean_squared_error):
        gradient = boundary.gradient(loss, y_true, y_pred, np.array([2.0, 1.0, 0.0]))
        np.testing.assert_array_equal(gradient, [[-2.0], [6.0], [0.0]])


@pytest.mark.parametrize("weight", [None, 2.0])
@pytest.mark.parametrize("value", [3.0, None, np.zeros(3)])
def test_a_function_that_gives_no_tensor_has_no_gradient(weight, value):
    with pytest.raises(checks.InputError, match="a function that gives a tensor") as error:
        boundary.gradient(lambda t, p: value, [[1.0]], [[2.0]], weight)
    assert error.value.argument == "loss"


OF_KERAS = [
    pytest.param(library, name, marks=needs_tf_keras if library == "tf_keras" else ())
    for library in ("keras", "tf_keras")
    for name in NAMES
]


@pytest.mark.parametrize(("library", "name"), OF_KERAS)
def test_objects_of_keras_have_a_counterpart(library, name):
    """It has their arguments, which a config of Keras need not have."""
    library = keras if library == "keras" else pytest.importorskip("tf_keras")
    ours = type(loss_object(name))
    kind = getattr(library.losses, ours.__name__, None)
    if kind is None:
        pytest.skip(f"{library.__name__} has no {ours.__name__}")
    arguments = {"delta": 2.0, "axis": -2, "q": 0.7, "gamma": 3.0}
    taken = {k: v for k, v in arguments.items() if k in inspect.signature(kind).parameters}
    found = boundary.own_object(kind(reduction="sum", **taken))
    if PUBLIC_ONLY and found is None:
        pytest.skip("its config does not have all arguments")
    assert type(found) is ours
    assert found.reduction == "sum"
    assert {k: getattr(found, k) for k in taken} == taken
    assert found.semantics == ("keras3" if library is keras else "keras2")


def test_objects_of_classes_of_ones_own_have_none():
    class Huber(keras.losses.Huber):
        """Of the name of a loss."""

    for loss in (Huber(), keras.losses.Loss(), losses.Loss()):
        assert boundary.own_object(loss) is None
    ours = losses.Huber(2.0)
    assert boundary.own_object(ours) is ours


def test_the_gradient_of_an_object_of_keras_is_weighed_by_it():
    y, p, w = [[0.0], [0.0]], [[3.0], [5.0]], [2.0, 0.0]
    for loss in (keras.losses.MeanSquaredError(), losses.MeanSquaredError()):
        assert_close(boundary.gradient(loss, y, p, w), [[6.0], [0.0]])
