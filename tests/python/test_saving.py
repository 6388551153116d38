"""Models with each loss, saved and loaded in a new process; and configs that must be refused."""

import ast
import concurrent.futures
import functools
import json
import os
import pathlib
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest
from loss_inputs import (
    NAMES,
    ROOT,
    arguments_of,
    installed,
    loss_object,
    needs_tf_keras,
    number_of_heads,
)

import lossbridge
from lossbridge import losses, metrics, registry
from lossbridge._backend import PUBLIC_ONLY

if installed("tf_keras"):
    import tf_keras

# What a model with one input of 4 numbers can be trained with: ctc and circle have their own tests.
SAVED = [name for name in NAMES if name != "ctc"]

LOAD = """
import json, sys
import keras, numpy as np
import lossbridge
out = {}
for name in json.loads(sys.argv[2]):
    data = np.load(f"{sys.argv[1]}/{name}.npz")
    model = keras.saving.load_model(f"{sys.argv[1]}/{name}.keras", safe_mode=True)
    model.run_eagerly = True
    out[name] = [float(model.evaluate(data["x"], data["y"], verbose=0)), repr(model.loss)]
print(json.dumps(out))
"""


def data_of(name):
    """Inputs of a model, and what the loss takes as true values."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(6, 4)).astype("float32")
    if registry.LOSSES[name].truth == "label":
        return x, rng.integers(0, 3, size=6)
    labels = rng.integers(0, 3, size=6)
    if registry.LOSSES[name].truth == "box":
        return x, np.array([0.0, 0.0, 1.0, 2.0], "float32") + labels[:, None]
    if registry.LOSSES[name].heads is not None:
        return x, labels + 0.5
    return x, np.eye(3, dtype="float32")[labels]


def model_of(name):
    """A model whose predictions are in the domain of the loss."""
    pred = registry.LOSSES[name].pred
    activation = {"real": None, "unit": None, "positive": "softplus"}.get(pred, "softmax")
    outputs = {"box": 4, "similarity": 6}.get(pred, 3)
    activation = None if outputs > 3 else activation
    if registry.LOSSES[name].heads is not None:
        outputs = number_of_heads(name, 3, object_of(name).get_config())
    layers = [keras.layers.Input((4,)), keras.layers.Dense(outputs, activation=activation)]
    if pred == "unit":
        layers.append(keras.layers.UnitNormalization())
    return keras.Sequential(layers)


def object_of(name):
    """The loss with arguments that are not its defaults, where they fit two axes and 3 classes."""
    fitting = [
        a
        for a in arguments_of(name)
        if a.get("axis", -1) == -1
        and not {"from_logits", "num_classes"} & set(a)
        and not any(isinstance(value, list) for value in a.values())
    ]
    return loss_object(name, **fitting[-1])


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a model of each loss, and the numbers they evaluate to."""
    folder, expected = tmp_path_factory.mktemp("models"), {}
    for name in SAVED:
        keras.utils.set_random_seed(1)
        x, y = data_of(name)
        model = model_of(name)
        model.compile(optimizer="sgd", loss=object_of(name), run_eagerly=True)
        model.fit(x, y, epochs=1, verbose=0)
        expected[name] = [float(model.evaluate(x, y, verbose=0)), repr(model.loss)]
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", x=x, y=y)
    return folder, expected


def test_models_load_in_a_new_process(saved):
    folder, expected = saved
    process = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder), json.dumps(SAVED)],
        text=True,
        capture_output=True,
        timeout=300,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    assert process.returncode == 0, process.stderr[-2000:]
    loaded = json.loads(process.stdout.splitlines()[-1])
    for name, (value, shown) in expected.items():
        assert loaded[name][1] == shown
        np.testing.assert_allclose(loaded[name][0], value, rtol=1e-6, err_msg=name)


@pytest.mark.parametrize("name", NAMES)
def test_configs_are_json(name):
    loss = loss_object(name, **arguments_of(name)[-1])
    text = json.dumps(losses.serialize(loss))
    assert repr(losses.deserialize(json.loads(text))) == repr(loss)
    text = json.dumps(losses.serialize(registry.LOSSES[name].function))
    assert losses.deserialize(json.loads(text)) is registry.LOSSES[name].function


@pytest.mark.parametrize("name", NAMES)
def test_damaged_configs_are_refused(name):
    cls = registry.CLASSES[name]
    config = losses.serialize(cls())["config"]
    damaged = [
        None,
        3,
        "hinge",
        [],
        {**config, "no_such": 1},
        {**config, "reduction": "average"},
        {**config, "semantics": "keras4"},
        {**config, "dtype": "float99"},
        *({**config, p: {"a": 1}} for p in registry.LOSSES[name].parameters if p in config),
    ]
    for bad in damaged:
        with pytest.raises(lossbridge.InputError):
            cls.from_config(bad)
        with pytest.raises(lossbridge.InputError):
            losses.deserialize({"class_name": cls.__name__, "config": bad})


FOREIGN = [
    {"class_name": "Dense", "config": {"units": 2}},
    {"class_name": "NoSuchLoss", "config": {}},
    {"class_name": "function", "config": "no_such_loss"},
    {"class_name": "function", "config": "os.system"},
    {"class_name": "system", "config": {}, "module": "os", "registered_name": "system"},
    {"class_name": "Hinge"},
    {"config": {}},
    {"class_name": 3, "config": {}},
    {"class_name": ["Hinge"], "config": {}},
    {"class_name": "__lambda__", "config": {"value": "bm90aGluZw=="}},
    {},
]


# Our words, or those of Keras: "Could not locate class 'Dense'", "deserialization of a Python lambda".
CLEAR = "must be|have|Could not locate|Unable to reconstruct|lambda"


@pytest.mark.parametrize("config", FOREIGN, ids=str)
def test_foreign_configs_are_refused(config):
    for load in (losses.deserialize, losses.get):
        with pytest.raises((lossbridge.InputError, ValueError, TypeError), match=CLEAR):
            load(config)


def test_lambdas_are_not_loaded_in_safe_mode():
    loss = losses.LossFunctionWrapper(lambda y_true, y_pred: y_pred - y_true)
    with pytest.raises(ValueError, match="lambda"):
        losses.deserialize(losses.serialize(loss))


@keras.saving.register_keras_serializable("tests")
def signed_error(y_true, y_pred):
    """A loss of a user's own."""
    return y_pred - y_true


def test_objects_of_own_functions_load():
    loss = losses.LossFunctionWrapper(signed_error, reduction="sum")
    loaded = losses.deserialize(json.loads(json.dumps(losses.serialize(loss))))
    assert loaded.fn is signed_error
    assert loaded.reduction == "sum"


@pytest.mark.parametrize(
    "name", [n for n in NAMES if hasattr(metrics, registry.CLASSES[n].__name__)]
)
def test_damaged_configs_of_metrics_are_refused(name):
    cls = getattr(metrics, registry.CLASSES[name].__name__)
    for bad in (None, {"no_such": 1}, {"semantics": "keras4"}):
        with pytest.raises(lossbridge.InputError):
            cls.from_config(bad)


def test_nothing_is_unpickled_or_evaluated():
    forbidden = {"eval", "exec", "compile", "__import__", "pickle", "marshal", "dill", "shelve"}
    for path in pathlib.Path(ROOT, "python_pkg/lossbridge").rglob("*.py"):
        if path.name == "deviations.py":  # runs the examples that stand in it, as doctest does
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in forbidden, path
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {a.name for a in node.names} | {getattr(node, "module", None)}
                assert not names & forbidden, path


def test_an_argument_that_is_set_takes_effect():
    huber = losses.Huber(delta=2.0)
    huber.delta = 1.0
    assert float(huber([[0.0]], [[3.0]])) == 2.5
    assert huber.get_config()["delta"] == 1.0
    huber.delta = -1.0
    with pytest.raises(lossbridge.InputError, match="delta"):
        huber([[0.0]], [[3.0]])


NO_MISSES = ([[1.0, 0.0]], [[1.0, 0.5]])  # false positives 0.5, false negatives 0


@pytest.mark.parametrize(
    ("version", "alpha"), [("3.7.0", 0.8), ("3.15.1", 0.8), ("3.16.0", 0.2), ("4.1", 0.2)]
)
def test_tversky_of_keras_means_what_its_version_computed(version, alpha):
    config = keras.losses.serialize(keras.losses.Tversky(alpha=0.2, beta=0.8))
    loss = losses.deserialize(config, keras_version=version)
    assert (loss.alpha, loss.beta) == (alpha, {0.2: 0.8, 0.8: 0.2}[alpha])
    assert float(loss(*NO_MISSES)) == pytest.approx(1 - 1 / (1 + alpha * 0.5))
    mine = losses.serialize(losses.Tversky(alpha=0.2, beta=0.8))
    for own in (mine, {"class_name": "Tversky", "config": mine["config"]}):
        assert losses.deserialize(own, keras_version=version).alpha == 0.2


def test_tversky_of_an_unknown_keras_is_that_of_the_installed_one():
    theirs = keras.losses.Tversky(alpha=0.2, beta=0.8)
    for load in (losses.deserialize, losses.get):
        with pytest.warns(UserWarning, match="keras_version"):
            loss = load(keras.losses.serialize(theirs))
        assert float(loss(*NO_MISSES)) == pytest.approx(float(theirs(*NO_MISSES)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert losses.get(keras.losses.serialize(keras.losses.Tversky(0.3, 0.3))).alpha == 0.3
        assert losses.Tversky.from_config(theirs.get_config()).alpha == 0.2
        own = losses.Tversky(alpha=0.2, beta=0.8)
        assert losses.get(losses.serialize(own)).alpha == 0.2


@pytest.mark.parametrize("version", [3.15, "", "new"])
def test_versions_of_keras_are_checked(version):
    with pytest.raises(lossbridge.InputError, match="keras_version"):
        losses.deserialize("mse", keras_version=version)


# -- Keras' table of custom objects, cleared ----------------------------------------------------------


@pytest.fixture(params=["kept", "cleared"])
def custom_objects(request):
    """What Keras knows by `register_keras_serializable()`: kept, or cleared by the user."""
    tables = [keras.saving.get_custom_objects()]
    if installed("tf_keras"):
        tables.append(tf_keras.saving.get_custom_objects())
    before = [dict(table) for table in tables]
    if request.param == "cleared":
        for table in tables:
            table.clear()
    yield request.param
    for table, known in zip(tables, before, strict=True):
        table.update(known)


LIBRARIES = ["keras", pytest.param("tf_keras", marks=needs_tf_keras)]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", NAMES)
def test_names_in_h5_files_are_of_lossbridge(name, library, custom_objects):
    """What .h5 files hold comes back as ours, not as the function of the same name of Keras."""
    function, loss = registry.LOSSES[name].function, registry.CLASSES[name](reduction="sum")
    config = {"class_name": f"lossbridge>{type(loss).__name__}", "config": loss.get_config()}
    if library == "keras":
        assert keras.losses.deserialize(f"lossbridge>{name}") is function
        assert repr(keras.losses.deserialize(config)) == repr(loss)
    else:
        assert tf_keras.losses.serialize(function, use_legacy_format=True) == f"lossbridge>{name}"
        for old in (False, True):
            read = functools.partial(tf_keras.losses.deserialize, use_legacy_format=old)
            assert read(f"lossbridge>{name}") is function
            assert repr(read(config)) == repr(loss)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("extension", ["keras", "h5"])
def test_models_come_back_with_the_same_loss(library, extension, custom_objects, tmp_path):
    library = keras if library == "keras" else tf_keras
    if (library.__name__, extension, custom_objects) == ("tf_keras", "h5", "cleared"):
        pytest.skip("tf_keras has cleared its own optimizers as well, and says so")
    for loss in (losses.huber, losses.Huber(2.0), losses.Tversky(0.3), losses.pinball):
        model = library.Sequential([library.layers.Input((3,)), library.layers.Dense(2)])
        model.compile("sgd", loss, metrics=[losses.hinge])
        path = tmp_path / f"model.{extension}"
        model.save(str(path))
        loaded = library.models.load_model(str(path)).loss
        assert loaded is loss or repr(loaded) == repr(loss)


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public Keras takes no further names of saved losses")
def test_what_is_cleared_is_an_error_in_another_thread(custom_objects):
    """There the custom objects are all that Keras knows: an error, and never a loss of Keras' own."""
    config = {"class_name": "lossbridge>Huber", "config": losses.Huber(2.0).get_config()}
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        read = [pool.submit(keras.losses.deserialize, x) for x in ("lossbridge>huber", config)]
        if custom_objects == "cleared":
            for result in read:
                with pytest.raises(TypeError, match="Could not locate"):
                    result.result()
        else:
            assert read[0].result() is losses.huber
            assert read[1].result().delta == 2.0
