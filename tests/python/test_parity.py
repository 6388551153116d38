"""Every loss and metric against Keras 3 and tf_keras on random input: values and gradients."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    FIXED_RANK,
    NAMES,
    assert_close,
    function,
    inputs,
    installed,
    loss_object,
    needs_tf_keras,
    shape_of,
    value_and_gradient,
    values_shape,
    with_arguments,
)

import lossbridge
from lossbridge import metrics, registry
from lossbridge.parity import deviations

if installed("tf_keras"):
    import tf_keras

GENERATIONS = ["keras3", pytest.param("keras2", marks=needs_tf_keras)]
NOT_IN_KERAS2 = {"categorical_generalized_cross_entropy", "circle", "ctc", "dice", "tversky"}

# Where lossbridge differs on purpose: a loss, the arguments it is seen with, the name of the deviation.
DEVIATIONS = [
    ("tversky", {"alpha"}, "tversky-swapped"),
    ("sparse_categorical_crossentropy", {"axis"}, "sparse-axis"),
    ("categorical_crossentropy", {"axis", "label_smoothing"}, "smoothing-axis"),
]

# Where Keras computes float64 with numbers rounded to float32: generation, loss, reason.
ROUNDED = [
    ("keras2", "log_cosh", "log 2 is rounded to float32"),
    ("keras3", "log_cosh", "log 2 is rounded to float32"),
    ("keras2", "huber", "the inputs are cast to floatx"),
    ("keras3", "categorical_focal_crossentropy", "a list of alpha is rounded to float32"),
    ("keras2", "ctc", "TensorFlow has CTC in float32 only"),
    ("keras3", "ctc", "TensorFlow has CTC in float32 only"),
]


def keras_of(generation):
    return keras if generation == "keras3" else tf_keras


def skip_if_older(peer, arguments):
    """An older Keras has not all the arguments."""
    missing = set(arguments) - set(inspect.signature(peer).parameters)
    if missing:
        pytest.skip(f"{peer.__module__} of the installed Keras has no {', '.join(sorted(missing))}")


def peer_function(generation, name, arguments):
    """Keras' function, with the default it lacks."""
    peer = getattr(keras_of(generation).losses, name, None)
    if peer is None:
        pytest.skip(f"{generation} has no {name}")
    skip_if_older(peer, arguments)
    if name == "categorical_generalized_cross_entropy":
        arguments = {"q": 0.5, **arguments}
    return lambda t, p: peer(t, p, **arguments)


def peer_class(generation, name):
    cls = getattr(keras_of(generation).losses, registry.CLASSES[name].__name__, None)
    if cls is None:
        pytest.skip(f"{generation} has no class {registry.CLASSES[name].__name__}")
    return cls


def expect_deviation(request, generation, name, arguments):
    known = {deviation.name: deviation for deviation in deviations.DEVIATIONS}
    for loss, keys, deviation in DEVIATIONS:
        there = known[deviation].is_in(generation, keras_of(generation).__version__)
        if there and loss == name and keys <= set(arguments):
            request.applymarker(pytest.mark.xfail(reason=known[deviation].keras, strict=True))


def generations_of(name, *more, id):
    """A pytest parameter for each Keras generation that has a loss."""
    yield pytest.param("keras3", name, *more, id=f"keras3-{id}")
    if name not in NOT_IN_KERAS2:
        yield pytest.param("keras2", name, *more, id=f"keras2-{id}", marks=needs_tf_keras)


def cases_of_functions():
    """Every loss, generation that has it, set of arguments and rank that go together."""
    for parameter in with_arguments():
        name, arguments = parameter.values
        for rank in [FIXED_RANK[name]] if name in FIXED_RANK else [1, 2, 3, 4]:
            axis = arguments.get("axis")
            axes = [axis] if isinstance(axis, int) else axis or []
            if any(not -rank <= a < rank for a in axes) or len({a % rank for a in axes}) < len(
                axes
            ):
                continue  # there is no such axis
            if rank == 1 and registry.LOSSES[name].one_true:
                continue  # Keras takes no single sample without a batch axis here
            yield from generations_of(name, arguments, rank, id=f"{parameter.id}-{rank}")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("generation", "name", "arguments", "rank"), cases_of_functions())
def test_function(request, generation, name, arguments, rank, dtype):
    if rank > 2 or "axis" not in arguments:  # axis 1 is the last axis of rank 2
        expect_deviation(request, generation, name, arguments)
    y_true, y_pred = inputs(name, shape_of(name, rank), arguments, seed=rank, dtype=dtype)
    with lossbridge.semantics(generation):
        ours = value_and_gradient(
            lambda t, p: function(name)(t, p, **arguments), tf.constant(y_true), y_pred
        )
    theirs = value_and_gradient(
        peer_function(generation, name, arguments), tf.constant(y_true), y_pred
    )
    rounded = any((generation, name) == row[:2] for row in ROUNDED)
    precision = "float32" if rounded else dtype
    scale = {"circle": 50.0, "mean_squared_logarithmic_error": 5.0}.get(name, 1.0)
    assert ours[0].dtype == ours[1].dtype == dtype
    assert_close(ours[0], theirs[0], precision, scale, "value")
    assert_close(ours[1], theirs[1], precision, scale, "gradient")


WEIGHTS = {
    "no weight": lambda shape: None,
    "()": lambda shape: np.float32(0.7),
    "[B]": lambda shape: np.linspace(0.2, 1.5, shape[0], dtype="float32"),
    "[B, 1]": lambda shape: np.linspace(0.2, 1.5, shape[0], dtype="float32")[:, None],
    "[B, ..]": lambda shape: np.linspace(0, 2, int(np.prod(shape)), dtype="float32").reshape(shape),
}
REDUCTIONS = {
    "keras3": ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none", None],
    "keras2": ["auto", "sum_over_batch_size", "sum", "none"],
}


def cases_of_objects():
    """Every loss, generation, weight and mask that go together."""
    for name in NAMES:
        scalar = not values_shape(name, shape_of(name))
        for weight in ("no weight", "()") if scalar else WEIGHTS:
            for masked in (False,) if scalar else (False, True):
                id = f"{name}-{weight}-{'mask' if masked else 'no mask'}"
                yield from generations_of(name, weight, masked, id=id)


@pytest.mark.parametrize(("generation", "name", "weight", "masked"), cases_of_objects())
def test_object(generation, name, weight, masked):
    for reduction in REDUCTIONS[generation]:
        check_object(name, generation, reduction, weight, masked)


def check_object(name, generation, reduction, weight, masked):
    theirs = peer_class(generation, name)(reduction=reduction)
    with lossbridge.semantics(generation):
        ours = loss_object(name, reduction=reduction)
    shape = shape_of(name)
    samples = values_shape(name, shape)
    y_true, y_pred = inputs(name, shape)
    kwargs = {"sample_weight": WEIGHTS[weight](samples or (1,))}
    if not samples and reduction == "mean_with_sample_weight" and weight == "()":
        return  # the deviation "weighted-number"
    if masked:
        kwargs["mask"] = np.arange(int(np.prod(samples))).reshape(samples) % 3 != 1
    ours = value_and_gradient(ours, tf.constant(y_true), y_pred, **kwargs)
    if weight == "[B]" and len(samples) > 1 and generation == "keras3":  # which Keras 3 refuses
        kwargs["sample_weight"] = kwargs["sample_weight"][:, None]
    if weight == "[B, 1]" and len(samples) == 1 and generation == "keras3":
        # Keras 3 makes the values [B, 1] here, and with a mask [B, B].
        kwargs["sample_weight"] = kwargs["sample_weight"][:, 0]
    theirs = value_and_gradient(theirs, tf.constant(y_true), y_pred, **kwargs)
    scale = 50.0 if name == "circle" else 1.0
    assert_close(ours[0], theirs[0], scale=scale, err_msg=f"value, {reduction}")
    assert_close(ours[1], theirs[1], scale=scale, err_msg=f"gradient, {reduction}")


@pytest.mark.parametrize(
    ("generation", "name", "arguments"),
    [g for p in with_arguments() for g in generations_of(*p.values, id=p.id)],
)
def test_object_with_arguments(request, generation, name, arguments):
    expect_deviation(request, generation, name, arguments)
    if generation == "keras2" and name == "sparse_categorical_crossentropy" and "axis" in arguments:
        pytest.skip("the class of Keras 2 takes no axis")
    cls = peer_class(generation, name)
    skip_if_older(cls, arguments)
    with lossbridge.semantics(generation):
        ours = loss_object(name, **arguments)
    y_true, y_pred = inputs(name, arguments=arguments, seed=3)
    samples = values_shape(name, y_pred.shape, arguments)
    weight = WEIGHTS["[B]" if len(samples) == 1 else "[B, 1]"](samples) if samples else None
    ours, theirs = (
        value_and_gradient(loss, tf.constant(y_true), y_pred, sample_weight=weight)
        for loss in (ours, cls(**arguments))
    )
    scale = 50.0 if name == "circle" else 1.0
    assert_close(ours[0], theirs[0], scale=scale, err_msg="value")
    assert_close(ours[1], theirs[1], scale=scale, err_msg="gradient")


# The arguments that metrics have; the others are those of the functions.
METRICS = [
    ("MeanSquaredError", {}),
    ("RootMeanSquaredError", {}),
    ("MeanAbsoluteError", {}),
    ("MeanAbsolutePercentageError", {}),
    ("MeanSquaredLogarithmicError", {}),
    ("Hinge", {}),
    ("SquaredHinge", {}),
    ("CategoricalHinge", {}),
    ("Poisson", {}),
    ("KLDivergence", {}),
    ("LogCoshError", {}),
    ("CosineSimilarity", {}),
    ("CosineSimilarity", {"axis": 1}),
    ("BinaryCrossentropy", {}),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}),
    ("CategoricalCrossentropy", {}),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.2}),
    ("CategoricalCrossentropy", {"axis": 1}),
    ("SparseCategoricalCrossentropy", {}),
    ("SparseCategoricalCrossentropy", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}),
]


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(("cls", "arguments"), METRICS)
def test_metric(generation, cls, arguments, weight):
    theirs = getattr(keras_of(generation).metrics, cls)
    skip_if_older(theirs, arguments)
    theirs = theirs(**arguments)
    with lossbridge.semantics(generation):
        ours = getattr(metrics, cls)(**arguments)
    name = ours._spec.name
    ignoring = "ignore_class" in arguments
    if ignoring and generation == "keras2" and weight not in ("no weight", "()"):
        pytest.skip("Keras 2 takes one weight for each valid entry, whose number varies")
    if ignoring and generation == "keras3" and weight == "[B]":
        pytest.skip("Keras 3 fails on a weight of fewer axes than the values")
    if ignoring and generation == "keras3" and weight == "no weight":
        pytest.skip("Keras 3 counts ignored entries as 0 here, lossbridge leaves them out")
    for seed in (1, 2):
        y_true, y_pred = inputs(name, arguments=arguments, seed=seed)
        sample_weight = WEIGHTS[weight](values_shape(name, y_pred.shape, arguments))
        for metric in (ours, theirs):
            metric.update_state(y_true, y_pred, sample_weight)
    assert_close(ours.result(), theirs.result())
    ours.reset_state()
    assert float(ours.result()) == 0


@pytest.mark.parametrize("cls", sorted({cls for cls, _ in METRICS}))
def test_metric_with_mask_and_weight(cls):
    if cls == "RootMeanSquaredError":
        pytest.skip('the deviation "masked-rmse"')
    ours, theirs = getattr(metrics, cls)(), getattr(keras.metrics, cls)()
    y_true, y_pred = inputs(ours._spec.name)
    shape = values_shape(ours._spec.name, y_pred.shape)
    tensor = tf.constant(y_pred)
    tensor._keras_mask = tf.constant([[True, False, True], [False, True, True]])
    for metric in (ours, theirs):
        metric.update_state(y_true, tensor, WEIGHTS["[B, ..]"](shape))
    assert_close(ours.result(), theirs.result())


@needs_tf_keras
@pytest.mark.parametrize("empty", ["keras2", "keras3"])
@pytest.mark.parametrize("name", ["mean_squared_error", "hinge", "binary_crossentropy"])
def test_empty_batch(name, empty):
    y = np.zeros((0, 3), "float32")
    with lossbridge.semantics(empty):
        ours = loss_object(name)(y, y)
    theirs = peer_class(empty, name)()(tf.constant(y), tf.constant(y))
    np.testing.assert_array_equal(np.asarray(ours), np.asarray(theirs))


# -- bugs of Keras that lossbridge does not have: the right number --------------------------------


def test_all_masked_is_0_where_keras_2_gives_nan():
    for generation in ("keras2", "keras3"):
        with lossbridge.semantics(generation):
            loss = loss_object("mean_squared_error")
        value, gradient = value_and_gradient(
            loss, np.ones((2, 3)), np.zeros((2, 3), "float32"), mask=[False, False]
        )
        assert value == 0
        assert not gradient.any()


def test_row_of_zeros_is_finite_where_keras_gives_nan():
    value, gradient = value_and_gradient(
        function("categorical_crossentropy"), [[0.0, 1.0]], np.zeros((1, 2), "float32")
    )
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()


def test_integer_targets_are_not_rounded_to_bfloat16():
    y_pred = np.full((1, 300), -20.0, "float32")
    y_pred[0, 257] = 20.0
    loss = loss_object("sparse_categorical_crossentropy", from_logits=True, dtype="bfloat16")
    assert float(loss(np.array([257]), y_pred)) < 1e-3


def test_integers_are_not_truncated_under_keras2():
    with lossbridge.semantics("keras2"):
        loss = loss_object("mean_squared_error")
    assert float(loss(np.array([[1, 2]]), np.array([[1, 3]]))) == 0.5
    assert float(loss(np.array([[0.5, 0.5]], "float32"), np.array([[0, 0]]))) == 0.25
