"""Weights of classes and of label 1: laws over all losses that have them, and what others compute."""

import functools
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    NAMES,
    assert_close,
    function,
    inputs,
    loss_object,
    value_and_gradient,
)

import lossbridge
from lossbridge import InputError, losses, metrics, registry

OF_CLASSES = [n for n in NAMES if "class_weight" in registry.LOSSES[n].parameters]
OF_ONES = [n for n in NAMES if "pos_weight" in registry.LOSSES[n].parameters]
W = [0.5, 2.0, 0.0, 3.0]
REDUCTIONS = ["sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"]


def of_labels(y_true, weights=W):
    """The weight of the class of each sample."""
    labels = y_true if np.issubdtype(y_true.dtype, np.integer) else y_true.argmax(-1)
    return np.asarray(weights, "float32")[labels]


def test_which_losses_have_weights():
    """None is forgotten: all of one class of several, and of probabilities of yes and no."""
    assert set(OF_CLASSES) == {
        n for n in NAMES if n.replace("sparse_", "").startswith("categorical")
    } - {"categorical_generalized_cross_entropy"}
    assert OF_ONES == ["binary_crossentropy", "binary_focal_crossentropy"]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", OF_CLASSES + OF_ONES)
def test_weights_of_1_change_nothing(name, reduction):
    ones = {"class_weight": [1.0] * 4} if name in OF_CLASSES else {"pos_weight": [1.0] * 4}
    y_true, y_pred = inputs(name)
    if y_true.dtype == "float32":
        y_true[0, 0] *= 0.25  # a row that does not sum to 1
    expected = value_and_gradient(loss_object(name, reduction=reduction), y_true, y_pred)
    found = value_and_gradient(loss_object(name, reduction=reduction, **ones), y_true, y_pred)
    for x, y in zip(found, expected, strict=True):
        assert_close(x, y)


@pytest.mark.parametrize(
    ("mode", "reduction"),
    [
        *(("eager", reduction) for reduction in REDUCTIONS),
        ("graph", "mean_with_sample_weight"),
        ("unknown sizes", "mean_with_sample_weight"),
        ("XLA", "mean_with_sample_weight"),
        ("XLA", "none"),
    ],
)
@pytest.mark.parametrize("name", OF_CLASSES)
def test_class_weight_is_a_sample_weight(name, mode, reduction):
    """Together with other weights and a mask, too; in the value and in the gradient."""
    y_true, y_pred = inputs(name)
    of_class = of_labels(y_true)
    other = np.random.default_rng(1).uniform(0.5, 2.0, of_class.shape).astype("float32")
    mask = np.arange(of_class.size).reshape(of_class.shape) % 3 != 1
    signature = None
    if mode == "unknown sizes":
        signature = [tf.TensorSpec([None] * x.ndim, x.dtype) for x in (y_true, y_pred)]

    def of(loss, weight, kept):
        call = functools.partial(value_and_gradient_of, loss, weight, kept)
        if mode != "eager":
            call = tf.function(call, input_signature=signature, jit_compile=mode == "XLA")
        return call(tf.constant(y_true), tf.constant(y_pred))

    plain = loss_object(name, reduction=reduction)
    weighted = loss_object(name, reduction=reduction, class_weight=W)
    for weight, kept in ((None, None), (other, None), (other, mask)):
        both = of_class if weight is None else of_class * weight
        expected, found = of(plain, both, kept), of(weighted, weight, kept)
        for x, y in zip(found, expected, strict=True):
            assert_close(x, y, scale=5)


def value_and_gradient_of(loss, weight, mask, y_true, y_pred):
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        tracked = tf.identity(y_pred)
        if mask is not None:
            tracked._keras_mask = tf.constant(mask)
        value = loss(y_true, tracked, sample_weight=weight)
    return value, tape.gradient(value, y_pred)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_class_weight_by_class(name):
    """A dict is the list of its weights, with 1 for a class that is not there; also of JSON."""
    y_true, y_pred = inputs(name)
    loss = functools.partial(function(name), y_true, y_pred)
    for some, every in (
        ({1: 2.0, 3: 0.5}, [1.0, 2.0, 1.0, 0.5]),
        ({"1": 2, "3": 0.5}, [1.0, 2.0, 1.0, 0.5]),
        ({np.int64(0): np.float32(2.0)}, (2.0, 1.0, 1.0, 1.0)),
        (dict(enumerate(W)), np.array(W)),
        (dict(enumerate(W)), tf.constant(W)),
    ):
        np.testing.assert_array_equal(loss(class_weight=some), loss(class_weight=every))
        graph = graph_of_unknown_sizes(name, some, y_true, y_pred)
        assert_close(graph(y_true, y_pred), loss(class_weight=every))


def graph_of_unknown_sizes(name, class_weight, *data):
    return tf.function(
        lambda t, p: function(name)(t, p, class_weight=class_weight),
        input_signature=[tf.TensorSpec([None] * np.ndim(x), x.dtype) for x in data],
    )


@pytest.mark.parametrize("name", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_class_weight_with_smoothing_multiplies_each_term(name):
    y_true, y_pred = inputs(name)
    hot = np.eye(4)[y_true] if name.startswith("sparse") else y_true
    smooth = hot * 0.8 + 0.05
    found = function(name)(y_true, y_pred, class_weight=W, label_smoothing=0.2)
    assert_close(found, -(np.array(W) * smooth * np.log(y_pred)).sum(-1).astype("float32"))


@pytest.mark.parametrize("name", [n for n in OF_CLASSES if n.startswith("sparse")])
def test_ignored_labels_have_no_weight(name):
    y_true, y_pred = inputs(name, (6, 4))
    y_true[:2] = 2
    kept = y_true != 2
    for reduction in ("sum_over_batch_size", "mean_with_sample_weight", "sum"):
        loss = loss_object(name, reduction=reduction, class_weight=[0.5, 2, 9, 3], ignore_class=2)
        few = loss_object(name, reduction=reduction, class_weight=[0.5, 2, 9, 3])
        assert_close(loss(y_true, y_pred), few(y_true[kept], y_pred[kept]))


@pytest.mark.parametrize("name", OF_CLASSES)
def test_nan_left_out_by_a_sample_weight_does_not_leak(name):
    y_true, y_pred = inputs(name, (4, 4))
    clean = y_true.copy(), y_pred.copy()
    y_pred[1] = np.nan
    if y_true.dtype == "float32":
        y_true[1] = np.nan
    weight = np.array([1.0, 0.0, 2.0, 0.5], "float32")
    for reduction in REDUCTIONS:
        loss = loss_object(name, reduction=reduction, class_weight=W)
        found = value_and_gradient(loss, y_true, y_pred, sample_weight=weight)
        expected = value_and_gradient(loss, *clean, sample_weight=weight)
        for x, y in zip(found, expected, strict=True):
            assert_close(x, y)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_nan_of_a_class_of_weight_0_does_not_leak(name):
    y_true, y_pred = inputs(name, (4, 4))
    y_true[1] = 2 if y_true.ndim == 1 else np.eye(4)[2]
    clean = y_pred.copy()
    y_pred[1] = np.nan
    by_function = functools.partial(function(name), class_weight={2: 0.0, 3: 2.0})
    objects = [loss_object(name, reduction=reduction, class_weight=W) for reduction in REDUCTIONS]
    for loss in (by_function, *objects):
        found, expected = (value_and_gradient(loss, y_true, p) for p in (y_pred, clean))
        for x, y in zip(found, expected, strict=True):
            assert_close(x, y)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_metric_divides_by_the_weights_of_the_classes(name):
    one, other = inputs(name, seed=1), inputs(name, seed=2)
    found = metrics.LossMetric(function(name), class_weight=W)
    expected = metrics.LossMetric(function(name))
    found.update_state(*one)
    expected.update_state(*one, of_labels(one[0]))
    half = np.array([[1.0], [0.5]], "float32")
    found.update_state(*other, half)
    expected.update_state(*other, of_labels(other[0]) * half)
    assert_close(found.result(), expected.result())
    again = metrics.deserialize(metrics.serialize(found))
    assert again.get_config() == found.get_config()


@pytest.mark.parametrize("name", OF_CLASSES)
def test_reduction_beside_data(name):
    y_true, y_pred = inputs(name)
    call = getattr(lossbridge, f"loss_{name}")
    for reduction in REDUCTIONS:
        found = call(y_true, y_pred, class_weight=W, reduction=reduction)
        expected = loss_object(name, class_weight=W, reduction=reduction)(y_true, y_pred)
        assert_close(found, expected)


# -- the weight of label 1 --------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [3.0, [0.5, 2.0, 0.0, 3.0]], ids=str)
def test_pos_weight_is_that_of_tensorflow(weight):
    y_true, x = inputs("binary_crossentropy", arguments={"from_logits": True}, dtype="float64")
    peer = tf.nn.weighted_cross_entropy_with_logits
    expected = value_and_gradient(
        lambda t, p: tf.reduce_mean(peer(t, p, np.array(weight)), -1), y_true, x
    )
    loss = functools.partial(losses.binary_crossentropy, pos_weight=weight, from_logits=True)
    for found, wanted in zip(value_and_gradient(loss, y_true, x), expected, strict=True):
        assert_close(found, wanted, "float64")
    p = tf.sigmoid(x)
    assert_close(losses.binary_crossentropy(y_true, p, pos_weight=weight), expected[0], "float64")


@pytest.mark.parametrize("axis", [-1, 1, [0, 2]], ids=str)
@pytest.mark.parametrize("semantics", ["keras2", "keras3"])
@pytest.mark.parametrize("name", OF_ONES)
def test_pos_weight_multiplies_the_term_of_label_1(name, semantics, axis):
    _, y_pred = inputs(name, dtype="float64")
    y_true = (y_pred > 0.4).astype("float64")[:, ::-1]
    with lossbridge.semantics(semantics):
        loss = functools.partial(function(name), axis=axis)
        plain = function(name)(y_true[..., None], y_pred[..., None]).numpy()
        expected = (plain * np.where(y_true == 1, W, 1.0)).mean(tuple(np.atleast_1d(axis)))
        assert_close(loss(y_true, y_pred, pos_weight=W), expected, "float64")


@pytest.mark.parametrize("name", OF_ONES)
def test_pos_weight_of_column_major_arrays(name):
    rng = np.random.default_rng(0)
    y_true = np.asfortranarray((rng.random((400, 3)) < 0.5).astype("float32"))
    y_pred = np.asfortranarray(rng.uniform(0.05, 0.95, (400, 3)).astype("float32"))
    for weight in (2.0, [1.0, 2.0, 3.0]):
        found = function(name)(y_true, y_pred, pos_weight=weight)
        rows = [np.ascontiguousarray(x) for x in (y_true, y_pred)]
        assert_close(found, function(name)(*rows, pos_weight=weight))


@pytest.mark.parametrize("name", OF_ONES)
def test_no_mean_divides_by_pos_weight(name):
    y_true, y_pred = inputs(name)
    found = loss_object(name, reduction="mean_with_sample_weight", pos_weight=W)(y_true, y_pred)
    assert_close(found, np.mean(function(name)(y_true, y_pred, pos_weight=W)))


# -- configs and training ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_CLASSES + OF_ONES)
def test_default_config_is_one_that_keras_reads(name):
    cls = registry.CLASSES[name]
    peer = getattr(keras.losses, cls.__name__, None)
    if peer is None:
        pytest.skip(f"the installed Keras {keras.__version__} has no {cls.__name__}")
    config = cls().get_config()
    assert not {"class_weight", "pos_weight"} & set(config)
    if name == "sparse_categorical_crossentropy":
        del config["label_smoothing"]  # which Keras has not
    peer.from_config(config)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_weights_survive_json_and_an_assignment(name):
    y_true, y_pred = inputs(name)
    loss = loss_object(name, class_weight={0: 0.5, 3: 2.0})
    again = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert again.class_weight == {0: 0.5, 3: 2.0}
    assert_close(again(y_true, y_pred), loss(y_true, y_pred))
    loss.class_weight = None
    assert loss.get_config() == loss_object(name).get_config()


@pytest.mark.parametrize("name", ["sparse_categorical_crossentropy", "categorical_crossentropy"])
def test_fit_is_that_with_class_weight_of_keras(name):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 3)).astype("float32")
    y = rng.integers(0, 4, 40)
    y = y if name.startswith("sparse") else np.eye(4, dtype="float32")[y]
    found = []
    for own in (True, False):
        keras.utils.set_random_seed(3)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, "softmax")])
        model.compile(
            keras.optimizers.SGD(0.5),
            loss=loss_object(name, class_weight=W if own else None),
            weighted_metrics=[],
        )
        more = {} if own else {"class_weight": dict(enumerate(W))}
        model.fit(x, y, epochs=3, batch_size=8, shuffle=False, verbose=0, **more)
        found.append(model.get_weights())
    for a, b in zip(*found, strict=True):
        assert_close(a, b, scale=5)


def test_several_outputs_each_with_their_weights():
    """Where `fit(class_weight=)` refuses."""
    inputs_ = keras.Input((3,))
    outputs = [keras.layers.Dense(4, "softmax", name=n)(inputs_) for n in "ab"]
    model = keras.Model(inputs_, outputs)
    of = losses.SparseCategoricalCrossentropy
    weights = {"a": W, "b": {1: 5.0}}
    model.compile("sgd", loss=[of(class_weight=weights["a"]), of(class_weight=weights["b"])])
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    y = np.arange(8) % 4
    total = model.evaluate(x, [y, y], verbose=0, return_dict=True)["loss"]
    expected = sum(
        float(of(class_weight=w)(y, p))
        for w, p in zip(weights.values(), model.predict(x, verbose=0), strict=True)
    )
    np.testing.assert_allclose(total, expected, rtol=1e-5)


# -- what is refused --------------------------------------------------------------------------------

HOT, P = np.eye(3, dtype="float32"), np.full((3, 3), 1 / 3, "float32")
FORM = "be a weight for each class, or a dict of weights by class"


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        (2.0, f"must {FORM}, not 2.0."),
        ([], f"must {FORM}, not []."),
        ([1.0, -1.0, 1.0], "must be a number of at least 0, not -1.0."),
        (
            [1.0, 2.0],
            "must be one weight for each of 3 classes, not 2 weights. "
            "Give weights by class to weigh some of them only.",
        ),
        (
            {3: 1.0},
            "must be by class, which are whole numbers from 0 to 2, not by 3. "
            "Classes count from 0.",
        ),
        ({"a": 1.0}, f"must {FORM}, which are whole numbers from 0, not by 'a'."),
        ({0.5: 1.0}, f"must {FORM}, which are whole numbers from 0, not by 0.5."),
    ],
    ids=str,
)
@pytest.mark.parametrize("name", OF_CLASSES)
def test_class_weight_that_does_not_fit(name, class_weight, message):
    y_true = np.arange(3) if name.startswith("sparse") else HOT
    with pytest.raises(InputError) as error:
        loss_object(name, class_weight=class_weight)(y_true, P)
    assert str(error.value) == f"Invalid value for argument `class_weight`: {message}"


@pytest.mark.parametrize("name", OF_ONES)
def test_pos_weight_that_does_not_fit(name):
    with pytest.raises(InputError) as error:
        function(name)(HOT, P, pos_weight=[1.0, 2.0])
    assert str(error.value) == (
        "Invalid value for argument `pos_weight`: "
        "must be one weight, or one for each of 3 outputs, not 2 weights."
    )


@pytest.mark.parametrize("name", [n for n in OF_CLASSES if n != "categorical_hinge"])
def test_number_of_weights_is_told_when_a_graph_runs(name):
    y_true = np.arange(3) if name.startswith("sparse") else HOT
    graph = graph_of_unknown_sizes(name, [1.0, 2.0], y_true, P)
    with pytest.raises(tf.errors.InvalidArgumentError, match="`class_weight` must be one weight"):
        graph(y_true, P)


def test_class_weights_are_those_of_scikit_learn():
    """compute_class_weight("balanced", ..) of scikit-learn is n / (K n_k) of the K classes in y."""
    labels = np.repeat([0, 2, 3], [6, 3, 1])
    found = lossbridge.class_weights(labels, num_classes=5)
    assert found == pytest.approx({0: 10 / 18, 1: 1.0, 2: 10 / 9, 3: 10 / 3, 4: 1.0})
    counts = np.bincount(labels, minlength=5)
    weighed = np.array([found[k] for k in range(5)]) * counts
    np.testing.assert_allclose(weighed[counts > 0], 10 / 3)  # each class weighs the same
    sklearn = pytest.importorskip(
        "sklearn.utils.class_weight", reason="scikit-learn is not installed"
    )
    theirs = sklearn.compute_class_weight("balanced", classes=np.unique(labels), y=labels)
    np.testing.assert_allclose([found[k] for k in np.unique(labels)], theirs)


@pytest.mark.parametrize("y", [[], [0.5], [-1, 0], [np.nan], [[0, 1], [1, 0]], ["a"]])
def test_class_weights_of_no_labels(y):
    with pytest.raises(lossbridge.InputError, match="`y`"):
        lossbridge.class_weights(y)
