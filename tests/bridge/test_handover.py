"""What R hands to Python is Python's own: no call back into R while a model trains."""

import importlib

import numpy as np
import pytest

import lossbridge
from lossbridge import api, registry

X = np.linspace(-1, 1, 16, dtype="float32").reshape(8, 2)
Y = np.tile([[-1.0], [1.0]], (4, 1)).astype("float32")

METRICS = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "hinge",
    "kl_divergence",
    "mean_absolute_error",
    "mean_squared_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]


@pytest.fixture(params=["keras", "tf_keras"])
def keras(request):
    return pytest.importorskip(request.param)


@pytest.fixture
def callbacks(monkeypatch):
    """Counts the calls from Python into R.

    All of them go through reticulate's rpycall, which rpytools.call of newer versions has a name of
    its own for.
    """
    rpycall = importlib.import_module("rpycall")
    calls = []
    original = rpycall.call_r_function

    def counting(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    monkeypatch.setattr(rpycall, "call_r_function", counting)
    call = importlib.import_module("rpytools.call")
    monkeypatch.setattr(call, "call_r_function", counting, raising=False)
    return calls


def model(keras):
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


def fit(model):
    model.fit(X, Y, epochs=1, batch_size=4, verbose=0)


@pytest.mark.parametrize("name", sorted(api.FUNCTIONS))
def test_a_loss_function_of_r_is_the_function_of_python(r, name):
    loss = name.removeprefix("loss_")
    assert r(name) is getattr(lossbridge.losses, loss)


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_function_of_r_is_the_function_of_python(r, name):
    assert r(f"metric_{name}") is getattr(lossbridge.metrics, name)


def test_a_metric_without_function_is_an_object_of_python(r):
    """One of its own each time: compile() takes a class as well, but cannot save it."""
    for name in ("RootMeanSquaredError", "CosineSimilarity", "LogCoshError"):
        snake = "".join("_" + c.lower() if c.isupper() else c for c in name)[1:]
        handed = r(f"list(metric_{snake}, metric_{snake})")
        assert all(type(metric) is getattr(lossbridge.metrics, name) for metric in handed)
        assert handed[0] is not handed[1]


def test_losses_keep_their_identity_in_lists(r):
    handed = r("list(loss_hinge, list(a = loss_huber, b = loss_poisson))")
    assert handed[0] is lossbridge.losses.hinge
    assert handed[1] == {"a": lossbridge.losses.huber, "b": lossbridge.losses.poisson}


@pytest.mark.parametrize("name", sorted(registry.CLASSES))
def test_a_loss_object_of_r_is_an_object_of_python(r, name):
    assert type(r(f"loss_{name}()")) is registry.CLASSES[name]


def test_a_loss_object_stays_the_same_object(r):
    first = r("kept <<- loss_hinge()")
    assert r("kept") is first
    assert r("loss", loss=first) is first


@pytest.mark.parametrize("code", ["loss_hinge", "loss_hinge()", "list(loss_hinge)"])
def test_training_does_not_call_r(r, keras, callbacks, code):
    m = model(keras)
    m.compile(
        "sgd", loss=r(code), metrics=r("list(metric_hinge, metric_squared_hinge)"), run_eagerly=True
    )
    fit(m)  # imports modules, which reticulate tells R of
    callbacks.clear()
    fit(m)
    assert len(callbacks) == 0


def test_the_count_counts(r, keras, callbacks):
    m = model(keras)
    bare = r("function(y_true, y_pred) loss_hinge(y_true, y_pred)")
    m.compile("sgd", loss=bare, run_eagerly=True)
    fit(m)
    callbacks.clear()
    fit(m)
    assert len(callbacks) == 2  # one for each batch


def test_training_from_r_and_from_python_is_the_same(r, keras):
    def trained(loss):
        keras.utils.set_random_seed(1)
        m = model(keras)
        m.compile("sgd", loss=loss)
        return m.fit(X, Y, epochs=3, verbose=0).history["loss"]

    assert trained(r("loss_huber(delta = 0.5)")) == trained(lossbridge.losses.Huber(delta=0.5))


def test_a_saved_model_keeps_the_loss_of_r(r, keras, tmp_path):
    m = model(keras)
    m.compile("sgd", loss=r("loss_huber(delta = 0.5)"))
    fit(m)
    m.save(tmp_path / "model.keras")
    again = keras.models.load_model(tmp_path / "model.keras")
    assert type(again.loss) is lossbridge.losses.Huber
    assert again.loss.get_config() == m.loss.get_config()


def test_an_error_of_python_is_an_error_of_r(r):
    message = r("tryCatch(loss_huber(delta = -1), lossbridge_error = conditionMessage)")
    assert "`delta` must be a number of at least 0, not -1." in message


def test_r_and_python_are_one_version(r):
    assert r("as.character(packageVersion('lossbridge'))") == lossbridge.__version__
