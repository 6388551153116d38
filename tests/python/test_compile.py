"""Losses and metrics in models of Keras 3 and of tf_keras: compile, fit, masks, hidden logits, saving."""

import ast
import functools
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    EMBEDDINGS,
    NAMES,
    assert_close,
    function,
    installed,
    loss_object,
    needs_tf_keras,
    number_of_heads,
)

import lossbridge
from lossbridge import boundary, losses, metrics, registry
from lossbridge._backend import PUBLIC_ONLY

if installed("tf_keras"):
    import tf_keras

LIBRARIES = ["keras", pytest.param("tf_keras", marks=needs_tf_keras)]


@pytest.fixture(params=LIBRARIES)
def library(request):
    return keras if request.param == "keras" else tf_keras


# Strings that Keras resolves itself, losses it lacks included: by name, as object, as function.
STRINGS = ["mse", "hinge", "logcosh", "kullback_leibler_divergence", "binary_crossentropy"]
LAST = {"positive": "softplus", "probability": "softmax", "real": "linear"}


def last_activation(name):
    """The activation of a model's last layer that suits a loss."""
    spec = registry.LOSSES[name]
    return (spec.activation or LAST.get(spec.pred, "linear")).lower()


def data(name, samples=24):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(samples, 3)).astype("float32")
    labels = rng.integers(0, 4, size=samples)
    truth = registry.LOSSES[name].truth
    if truth == "label":
        return x, labels
    if registry.LOSSES[name].heads is not None:
        return x, labels.astype("float32") + 0.5
    one_hot = np.eye(4, dtype="float32")[labels]
    return x, 2 * one_hot - 1 if truth == "sign" else one_hot


def network(library, activation="linear", outputs=4):
    """Three inputs, four outputs, always the same weights."""
    model = library.Sequential([library.Input((3,)), library.layers.Dense(outputs)])
    kernel = np.linspace(-1, 1, 3 * outputs, dtype="float32").reshape(3, outputs)
    model.layers[-1].set_weights([kernel, np.zeros(outputs, "float32")])
    model.add(library.layers.Activation(activation))
    return model


TRAINED = [n for n in NAMES if n != "ctc" and n not in EMBEDDINGS]


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *((name, "object") for name in TRAINED),
        *((name, "loss_ function") for name in TRAINED),
        ("huber", "function"),
        ("huber", "loss_ object"),
    ],
)
def test_fit(library, name, form):
    """Each form of a loss trains a model, and to the same loss as a loop by hand."""
    x, y = data(name)
    loss = {
        "object": lambda: loss_object(name),
        "function": lambda: function(name),
        "loss_ function": lambda: getattr(lossbridge, f"loss_{name}"),
        "loss_ object": lambda: getattr(lossbridge, f"loss_{name}")(),
    }[form]()
    activation = last_activation(name)
    outputs = 4 if registry.LOSSES[name].heads is None else number_of_heads(name, 4)
    model = network(library, activation, outputs)
    model.compile(library.optimizers.SGD(0.05), loss=loss, run_eagerly=form == "object")
    history = model.fit(x, y, batch_size=24, epochs=2, verbose=0, shuffle=False)

    by_hand, expected = network(library, activation, outputs), []
    optimizer = library.optimizers.SGD(0.05)
    for _ in range(2):
        with tf.GradientTape() as tape:
            value = loss_object(name)(y, by_hand(x))
        variables = by_hand.trainable_variables
        gradients = tape.gradient(value, variables)
        optimizer.apply_gradients(zip(gradients, variables, strict=True))
        expected.append(float(value))
    np.testing.assert_allclose(history.history["loss"], expected, rtol=1e-4, atol=1e-5)


def same_training(library, ours, theirs, activation, name, **kwargs):
    """Train with both losses, and compare every number."""
    x, y = data(name)
    results = []
    for loss, metric in (ours, theirs):
        model = network(library, activation)
        model.compile(library.optimizers.SGD(0.1), loss=loss, metrics=metric)
        history = model.fit(x, y, batch_size=7, epochs=2, verbose=0, shuffle=False, **kwargs)
        results.append((list(history.history.values()), model.get_weights()))
    (history, weights), (history_, weights_) = results
    np.testing.assert_allclose(history, history_, rtol=2e-5, atol=1e-6)
    for a, b in zip(weights, weights_, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "weighted"),
    [("squared_hinge", False), ("categorical_crossentropy", True), ("kl_divergence", True)],
)
def test_fit_is_that_of_keras(library, name, weighted):
    """Partial batches and sample weights included, with the metric beside the loss."""
    cls = registry.CLASSES[name].__name__
    with lossbridge.semantics("keras3" if library is keras else "keras2"):
        ours = (loss_object(name), [function(name)])
    theirs = (getattr(library.losses, cls)(), [getattr(library.losses, name)])
    weight = np.linspace(0, 2, 24, dtype="float32") if weighted else None
    activation = last_activation(name)
    same_training(library, ours, theirs, activation, name, sample_weight=weight)


@pytest.mark.parametrize("name", sorted(registry.names()))
def test_strings_resolve_to_what_compiles(name):
    loss = losses.get(name)
    model = network(keras)
    model.compile("sgd", loss=loss)
    assert model.loss is loss


@pytest.mark.parametrize("string", STRINGS)
def test_strings_in_compile(library, string):
    """Keras gives its own loss for a string it knows; the number is ours."""
    if library is keras and string in ("logcosh", "kullback_leibler_divergence"):
        loss = losses.get(string)  # Keras 3 does not know these spellings
    else:
        loss = string
    name = losses.get(string).__name__
    x, y = data(name)
    model = network(library, last_activation(name))
    model.compile("sgd", loss=loss, metrics=[loss])
    with lossbridge.semantics("keras3" if library is keras else "keras2"):
        ours = registry.CLASSES[name]()(y, model(x))
    assert_close(model.evaluate(x, y, verbose=0, batch_size=24)[0], ours, scale=5)


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public Keras 3 takes no further names")
def test_registered_names_in_keras_3():
    """Under its package name a string finds ours, in Keras itself."""
    with keras.saving.custom_object_scope({"logcosh": losses.log_cosh}):
        model = network(keras)
        model.compile("sgd", loss="logcosh")
        x, y = data("log_cosh")
        assert_close(model.evaluate(x, y, verbose=0), np.mean(losses.log_cosh(y, model(x))))


# The functions whose true values have the shape of the predictions.
METRIC_FUNCTIONS = ["cosine_proximity"] + [
    name
    for name in metrics.__all__
    if (spec := registry.spec_of(getattr(metrics, name)))
    and name == spec.name
    and spec.truth not in ("label", "sequence")
]


@pytest.mark.parametrize("name", METRIC_FUNCTIONS)
def test_metric_functions_take_a_vector_against_a_column(library, name):
    """As they come to a metric in fit(): a loss is aligned there."""
    function = getattr(metrics, name)
    x = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
    y = np.array([0, 1, 1, 0], "float32")
    found = []
    for true in (y, y[:, None]):
        model = library.Sequential([library.Input((3,)), library.layers.Dense(1, "sigmoid")])
        model.layers[-1].set_weights([np.ones((3, 1), "float32"), np.zeros(1, "float32")])
        model.compile("sgd", loss=losses.mean_squared_error, metrics=[function])
        found.append(model.evaluate(x, true, verbose=0))
    assert_close(found[0], found[1])
    assert_close(found[0][1], np.mean(function(y[:, None], model(x))))


METRIC_OBJECTS = [
    n
    for n in metrics.__all__
    if isinstance(getattr(metrics, n), type)
    and issubclass(getattr(metrics, n), metrics.LossMetric)
    and n != "LossMetric"
]


@pytest.mark.parametrize("cls", METRIC_OBJECTS)
def test_metric_object_in_compile(cls):
    metric, theirs = getattr(metrics, cls)(), getattr(keras.metrics, cls)()
    name = metric._spec.name
    x, y = data(name)
    weight = np.linspace(0, 2, 24, dtype="float32")
    model = network(keras, last_activation(name))
    model.compile("sgd", loss=loss_object(name), weighted_metrics=[metric, theirs])
    values = model.evaluate(x, y, sample_weight=weight, batch_size=7, verbose=0, return_dict=True)
    first, second = [v for k, v in values.items() if k != "loss"]
    assert_close(first, second, scale=5)


# -- masks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", ["Masking", "Embedding"])
def test_mask_of_a_layer(library, layer):
    """A loss sees the mask: the same number as the kept steps alone, and as Keras' own loss."""
    if layer == "Masking":
        x = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
        x[1, 3:] = x[3, 1:] = 0.0
        inputs = library.Input((5, 3))
        hidden = library.layers.Masking()(inputs)
    else:
        x = np.array([[1, 2, 3, 1, 2], [3, 2, 1, 0, 0], [1, 1, 1, 1, 1], [2, 0, 0, 0, 0]])
        inputs = library.Input((5,))
        hidden = library.layers.Embedding(4, 3, mask_zero=True)(inputs)
    outputs = library.layers.Dense(2)(hidden)
    model = library.Model(inputs, outputs)
    y = np.random.default_rng(1).normal(size=(4, 5, 2)).astype("float32")
    kept = np.ones((4, 5), bool)
    kept[1, 3:] = kept[3, 1:] = False
    results = []
    for loss in (losses.Huber(), losses.huber, library.losses.Huber()):
        model.compile("sgd", loss=loss)
        results.append(model.evaluate(x, y, batch_size=4, verbose=0))
    values = np.asarray(losses.huber(y, model.predict(x, verbose=0)))
    assert_close(results, [values[kept].mean()] * 3, scale=5)


def test_nan_in_a_masked_step_does_not_leak():
    x = np.ones((2, 3, 1), "float32")
    x[1, 2] = 0.0
    y = np.ones((2, 3, 1), "float32")
    y[1, 2] = np.nan
    model = keras.Sequential(
        [keras.Input((3, 1)), keras.layers.Masking(), keras.layers.Dense(1, "sigmoid")]
    )
    model.compile(
        "sgd", loss=losses.BinaryCrossentropy(), weighted_metrics=[metrics.BinaryCrossentropy()]
    )
    history = model.fit(x, y, verbose=0)
    assert np.isfinite(list(history.history.values())).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


# -- hidden logits ------------------------------------------------------------------------------------


OWN = {"Sigmoid": "sigmoid", "Softmax": "softmax"}
WITH_ACTIVATION = [n for n in NAMES if registry.LOSSES[n].activation]


# A saturated output: 50.0 from the logits (25.0 of a sigmoid), where the plain array clips at about 16.
SATURATED = np.array([[-25.0, 25.0]], "float32")
# The categorical focal losses clip the shares of logits, too.
EXACT = [n for n in WITH_ACTIVATION if not n.endswith("categorical_focal_crossentropy")]


def saturated(name):
    """The activation of a loss, labels, and the loss from the logits."""
    if name == "asymmetric":  # by hand: of 1 - p = 0.05 where p was lowered
        return "sigmoid", np.array([[1.0, 0.0]], "float32"), (25.0 - 0.95**4 * np.log(0.05)) / 2
    y_true = np.array([0]) if name.startswith("sparse") else np.array([[1.0, 0.0]], "float32")
    activation = OWN[registry.LOSSES[name].activation]
    return activation, y_true, 25.0 if activation == "sigmoid" else 50.0


@pytest.mark.skipif(
    PUBLIC_ONLY, reason="in public Keras does not tell the logits of an eager tensor"
)
@pytest.mark.parametrize("name", EXACT)
def test_logits_of_an_activation_are_used(library, name):
    activation, y_true, exact = saturated(name)
    output = getattr(library.activations, activation)(tf.constant(SATURATED))
    assert hasattr(output, "_keras_logits")
    for loss in (function(name), loss_object(name)):
        assert_close(np.ravel(loss(y_true, output)), [exact], scale=5)
        assert np.ravel(loss(y_true, output.numpy()))[0] < 17
    with pytest.warns(UserWarning, match="`from_logits` is True, but `y_pred` of"):
        function(name)(y_true, output, from_logits=True)


@pytest.mark.parametrize("name", EXACT)
def test_logits_of_an_activation_are_used_in_graphs(library, name):
    activation, y_true, exact = saturated(name)
    for compiled in (False, True):
        graph = tf.function(
            lambda z: function(name)(y_true, getattr(library.activations, activation)(z)),
            jit_compile=compiled,
        )
        assert_close(np.ravel(graph(tf.constant(SATURATED))), [exact], scale=5)

    inputs = library.Input((2,))
    model = library.Model(inputs, library.layers.Activation(activation)(inputs))
    model.compile("sgd", loss=loss_object(name), metrics=[function(name)])
    assert_close(model.evaluate(SATURATED, y_true, verbose=0), [exact, exact], scale=5)


# Of the first two rows sigmoid and softmax are the same, along either axis.
LOGITS = np.array([[[0, 0], [0, 0], [-30, 30]], [[3, -1], [0.5, 4], [25, 2]]], "float32")


def labels_for(name, axis=-1):
    """Labels of predictions that have the shape of `LOGITS`."""
    if name.startswith("sparse"):
        return np.array([[0, 1, 0], [1, 1, 0]] if axis == -1 else [[0, 2], [1, 0]])
    return np.eye(2, dtype="float32")[[[0, 1, 1], [0, 0, 1]]]


def of_other_activations(library, axis):
    """Losses and activations that are not theirs: of the other kind, or along another axis."""
    softmax, sigmoid = library.activations.softmax, library.activations.sigmoid
    for name in WITH_ACTIVATION:
        has_axis = "axis" in registry.LOSSES[name].parameters
        if axis != -1 and not has_axis:
            continue
        along = {"axis": axis} if has_axis else {}
        others = [lambda z: softmax(z, axis=1), tf.nn.softmax, softmax, sigmoid]
        if registry.LOSSES[name].activation == "Sigmoid":
            others.pop()
        elif axis == -1:
            del others[1:3]
        for activation in others:
            yield functools.partial(function(name), labels_for(name, axis), **along), activation
        yield functools.partial(loss_object(name, **along), labels_for(name, axis)), others[-1]


@pytest.mark.parametrize(
    ("axis", "mode"), [(-1, "eager"), (-1, "graph"), (-1, "xla"), (1, "eager"), (1, "graph")]
)
def test_logits_of_another_activation_are_not_used(library, axis, mode):
    """Value and gradient are those of the same numbers, of which nothing is known."""
    cases = list(of_other_activations(library, axis))

    def values_and_gradients(z, known):
        found = []
        for loss, activation in cases:
            with tf.GradientTape() as tape:
                tape.watch(z)
                p = activation(z)
                value = loss(p if known else tf.identity(p))
            found.append((value, tape.gradient(value, z)))
        return found

    expected, run = values_and_gradients(tf.constant(LOGITS), False), values_and_gradients
    if mode != "eager":
        run = tf.function(run, jit_compile=mode == "xla")
    for case in zip(run(tf.constant(LOGITS), True), expected, strict=True):
        for x, y in zip(*case, strict=True):
            assert_close(x, y, scale=5)


def test_loss_of_another_activation_by_hand(library):
    """By the formulas, of softmax([1, 2, 3]) = [.0900, .2447, .6652] and sigmoid([1, 2, 3])."""
    y_true, z = tf.constant([[0.0, 1.0, 0.0]]), tf.constant([[1.0, 2.0, 3.0]])
    for name, activation, right in (
        ("binary_crossentropy", "softmax", 0.8654),
        ("binary_focal_crossentropy", "softmax", 0.4293),
        ("categorical_crossentropy", "sigmoid", 1.0687),
    ):
        value = function(name)(y_true, getattr(library.activations, activation)(z))
        np.testing.assert_allclose(value, [right], atol=5e-5)


@pytest.mark.parametrize("mode", ["eager", "graph"])
def test_logits_that_come_from_an_activation_themselves(library, mode):
    """Those of sigmoid(sigmoid(z)) are sigmoid(z), not z; a loss object looks for them once."""

    def values(z, known):
        found = []
        for name in WITH_ACTIVATION:
            activation = getattr(library.activations, OWN[registry.LOSSES[name].activation])
            p = activation(activation(z))
            for loss in (function(name), loss_object(name)):
                found.append(loss(labels_for(name), p if known else tf.identity(p)))
        return found

    expected, run = values(tf.constant(LOGITS), False), values
    run = run if mode == "eager" else tf.function(run)
    for x, y in zip(run(tf.constant(LOGITS), True), expected, strict=True):
        assert_close(x, y)


@pytest.mark.parametrize("name", WITH_ACTIVATION)
def test_gradient_by_a_prediction_of_a_model(library, name):
    """By the prediction, as by the same numbers in an array; its mask counts."""
    activation = OWN[registry.LOSSES[name].activation]
    inputs = library.Input((3, 2))
    model = library.Model(inputs, library.layers.Activation(activation)(inputs))
    z = LOGITS[:, :, ::-1] / 5.0
    y_true, output, mask = (
        labels_for(name),
        model(z),
        np.array([[True, False, True], [True, True, True]]),
    )
    array = output.numpy()
    gradient = boundary.gradient(function(name), y_true, output)
    assert np.all(gradient)
    assert_close(gradient, boundary.gradient(function(name), y_true, array))
    output._keras_mask = tf.constant(mask)
    gradient = boundary.gradient(loss_object(name, reduction="sum"), y_true, output)
    assert_close(
        gradient, np.where(mask[..., None], boundary.gradient(function(name), y_true, array), 0)
    )


# -- saving: of all losses, see test_saving.py ---------------------------------------------------------

LOAD = """
import json, sys
import numpy as np
import lossbridge
data = np.load(sys.argv[1])
results = []
for argument in sys.argv[2:]:
    library, path = argument.split("=")
    model = __import__(library).models.load_model(path)
    values = model.evaluate(data["x"], data["y"], verbose=0, batch_size=24)
    results.append([values, getattr(model.loss, "get_config", lambda: model.loss.__name__)()])
print(json.dumps(results))
"""


def test_what_was_compiled_loads_in_a_new_process(tmp_path):
    """Functions, metrics, other semantics, and models of tf_keras."""
    x, y = data("categorical_crossentropy")
    np.savez(tmp_path / "data.npz", x=x, y=y)
    with lossbridge.semantics("keras2"):
        two = losses.CategoricalCrossentropy(label_smoothing=0.1)
    expected, arguments = [], []
    for library in [keras, *([tf_keras] if installed("tf_keras") else [])]:
        for loss in (losses.kl_divergence, lossbridge.loss_logcosh, two):
            model = network(library, "softmax")
            metric = metrics.CosineSimilarity() if library is keras else metrics.hinge
            model.compile("sgd", loss=loss, metrics=[metric])
            values = model.evaluate(x, y, verbose=0, batch_size=24)
            path = tmp_path / f"{len(expected)}.keras"
            model.save(path)
            config = loss.get_config() if isinstance(loss, losses.Loss) else loss.__name__
            expected.append((values, config))
            arguments.append(f"{library.__name__}={path}")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, tmp_path / "data.npz", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    loaded = json.loads(done.stdout.strip().splitlines()[-1])
    for (values, config), (values_, config_) in zip(expected, loaded, strict=True):
        assert config_ == json.loads(json.dumps(config))
        assert_close(values_, values)


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public Keras is not told which losses there are")
def test_callbacks_know_that_less_of_a_loss_is_better(library):
    """In mode "auto" a callback of Keras 3 asks the metric, and refuses one that does not know."""
    given = [losses.mean_squared_error, "huber", losses.MeanAbsoluteError(), losses.dice]
    given.append(losses.LossFunctionWrapper(losses.log_cosh, name="log_cosh"))
    names = ["mean_squared_error", "huber", "mean_absolute_error", "dice", "log_cosh"]
    if library is not keras:  # which knows no such string as a metric
        given[1] = losses.huber
    model = library.Sequential([library.layers.Dense(2)])
    model.compile("sgd", losses.Hinge(), metrics=given)
    data = np.ones((4, 2)), np.ones((4, 2))
    stops = [library.callbacks.EarlyStopping(f"val_{name}", mode="auto") for name in names]
    history = model.fit(*data, validation_data=data, verbose=0, callbacks=stops)
    for name, stop in zip(names, stops, strict=True):
        assert f"val_{name}" in history.history
        assert stop.monitor_op(1.0, 2.0)
        assert not stop.monitor_op(2.0, 1.0)


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public Keras is not told which losses there are")
@pytest.mark.parametrize("name", NAMES)
def test_every_loss_as_a_metric_is_to_get_less(name):
    for fn in (registry.LOSSES[name].function, registry.CLASSES[name]()):
        assert keras.metrics.MeanMetricWrapper(fn)._direction == "down"


IN_USE = """
from lossbridge import metrics
from lossbridge._backend import metrics_keras
print({
    name: [str(made.name) for module in (metrics, metrics_keras.metrics)
           for made in (getattr(module, name)(), reset() or getattr(module, name)(name=None))]
    for reset in [metrics_keras.backend.clear_session] for name in metrics._CLASSES
})
weighed = []
y, p = [[2.0, 4.0], [6.0, 8.0]], [[1.0, 3.0], [2.0, 3.0]]
for w in (None, 3.0, [1.0, 2.0], [[1.0], [2.0]], [[0.0, 1.0], [0.0, 1.0]]):
    for module in (metrics, metrics_keras.metrics):
        metric = module.RootMeanSquaredError()
        metric.update_state(y, p, sample_weight=w)
        metric.update_state(y[:1], p[1:], sample_weight=w if w is None or w == 3.0 else w[:1])
        weighed.append(float(metric.result()))
print(weighed)
"""


@pytest.mark.parametrize("legacy", ["0", pytest.param("1", marks=needs_tf_keras)])
def test_metrics_are_those_of_the_keras_in_use(legacy):
    """Names, by default and without one, and weights of samples and entries, against Keras' own."""
    done = subprocess.run(
        [sys.executable, "-c", IN_USE],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "TF_USE_LEGACY_KERAS": legacy,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    names, weighed = map(ast.literal_eval, done.stdout.strip().splitlines()[-2:])
    for ours, ours_unnamed, theirs, theirs_unnamed in names.values():
        assert (ours, ours_unnamed) == (theirs, theirs_unnamed)
    np.testing.assert_allclose(weighed[::2], weighed[1::2], rtol=1e-6)


@pytest.mark.parametrize("shape", [(4,), (4, 1), (2, 2)], ids=str)
def test_weights_of_entries(shape):
    """sqrt(((4 - 3)^2 + (8 - 3)^2) / 2), by hand; what has the weight 0 may be missing."""
    y, p, w = (np.reshape(x, shape) for x in ([np.nan, 4, 6, 8], [1.0, 3, 2, 3], [0.0, 1, 0, 1]))
    metric = metrics.RootMeanSquaredError()
    metric.update_state(y, p, sample_weight=w)
    assert_close(metric.result(), np.sqrt(13.0))
    with pytest.raises(lossbridge.InputError, match="same shape"):
        metric.update_state([[1.0, 2.0]], [[1.0]])
