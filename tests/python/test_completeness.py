"""Nothing forgotten: names, signatures, cases, R wrappers and documentation of every loss."""

import doctest
import inspect
import json
import re
import runpy
import sys

import keras
import pytest
from loss_inputs import NAMES, OF_BATCH, ROOT, arguments_of, installed, needs_tf_keras

import lossbridge
from lossbridge import api, generations, labels, losses, metrics, registry
from lossbridge._backend import metrics_keras

if installed("tf_keras"):
    import tf_keras

# Names of R that are not `loss_` and the name of the Python function.
R_NAMES = {
    "loss_logcosh": "log_cosh",
    "loss_kullback_leibler_divergence": "kl_divergence",
    "loss_cosine_proximity": "cosine_similarity",
    **{f"loss_{name}": name for name in NAMES},
}
METRIC_CLASSES = [
    "MeanSquaredError",
    "RootMeanSquaredError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError",
    "Hinge",
    "SquaredHinge",
    "CategoricalHinge",
    "Poisson",
    "CosineSimilarity",
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
    "KLDivergence",
    "LogCoshError",
]
METRIC_FUNCTIONS = [
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "poisson",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "kl_divergence",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "huber",
    "binary_focal_crossentropy",
    "categorical_focal_crossentropy",
]
# Arguments beyond those of the installed Keras, and defaults that Keras lacks or spells otherwise.
OURS = {
    **dict.fromkeys(
        ("categorical_crossentropy", "categorical_focal_crossentropy", "categorical_hinge"),
        {"class_weight": None},
    ),
    **dict.fromkeys(("binary_crossentropy", "binary_focal_crossentropy"), {"pos_weight": None}),
    "sparse_categorical_crossentropy": {"label_smoothing": 0.0, "class_weight": None},
    "sparse_categorical_focal_crossentropy": {"class_weight": None},
    "categorical_generalized_cross_entropy": {"q": 0.5},
}
COMMON = {"ignore_nan": False}
"""What every loss and metric takes beyond Keras, by name only."""


def parameters(f):
    """Names and defaults, without self."""
    return {p.name: p.default for p in inspect.signature(f).parameters.values() if p.name != "self"}


# -- names and signatures ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_loss_has_a_class_and_is_found_by_all_its_names(name):
    spec = registry.LOSSES[name]
    assert name in registry.CLASSES, f"no class says that it is of={name}"
    cls = registry.CLASSES[name]
    assert getattr(losses, name, None) is spec.function, f"export {name} in losses/__init__.py"
    assert getattr(losses, cls.__name__, None) is cls, f"export {cls.__name__} there, too"
    assert {name, cls.__name__} <= set(losses.__all__)
    for spelling in (name, *spec.aliases):
        assert losses.get(spelling) is spec.function
        assert losses.deserialize(spelling) is spec.function
        assert getattr(losses, spelling, spec.function) is spec.function
    assert type(losses.get(cls.__name__)) is cls


@pytest.mark.parametrize("library", ["keras", pytest.param("tf_keras", marks=needs_tf_keras)])
def test_every_public_name_of_keras_exists(library):
    theirs = keras if library == "keras" else tf_keras
    pairs = [(losses, theirs.losses)]
    if theirs is metrics_keras:  # the metrics of the other Keras would be of no use in it
        pairs.append((metrics, theirs.metrics))
    for ours, peer in pairs:
        missing = {n for n in dir(peer) if not n.startswith("_")} - set(dir(ours))
        assert not missing
    assert set(METRIC_CLASSES) <= set(dir(theirs.metrics)) & set(metrics.__all__)
    for name in METRIC_FUNCTIONS:
        assert callable(getattr(metrics, name))


def test_metrics_that_are_no_losses_are_those_of_keras():
    from lossbridge.metrics import AUC, CategoricalAccuracy

    assert AUC is metrics_keras.metrics.AUC
    assert isinstance(metrics.get("CategoricalAccuracy"), CategoricalAccuracy)
    config = metrics.serialize(AUC(num_thresholds=7))
    assert metrics.deserialize(config).num_thresholds == metrics.get(config).num_thresholds == 7
    for module in (losses, metrics):
        for name in (
            ("__path__", "_private", "NoSuchName") if module is metrics else ("NoSuchName",)
        ):
            with pytest.raises(AttributeError, match=name):
                getattr(module, name)
    with pytest.raises(lossbridge.InputError, match="no_such_name"):
        metrics.get("no_such_name")


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_is_a_metric_by_its_names(name):
    own = name == "cosine_similarity"  # whose metric has the other sign
    assert metrics.get(name) is registry.LOSSES[name].metric or own
    cls = registry.CLASSES[name]
    if name in OF_BATCH:  # of which a metric has no mean
        return
    assert isinstance(metrics.get(cls.__name__), metrics.LossMetric)
    metric = metrics.LossMetric(cls(reduction="sum", **arguments_of(name)[-1]))
    assert metric._fn_kwargs == cls(**arguments_of(name)[-1])._fn_kwargs
    copy = metrics.deserialize(metrics.serialize(metric))
    assert copy.get_config() == metric.get_config()


def test_a_metric_of_an_object_has_its_semantics():
    with lossbridge.semantics("keras2"):
        loss = losses.Hinge()
    assert metrics.LossMetric(loss).semantics == "keras2"


def test_every_string_that_keras_knows_is_known():
    """`keras.losses.get` and `lossbridge.losses.get` give the same kind of thing."""
    from keras.src.losses import ALL_OBJECTS_DICT

    for name in ALL_OBJECTS_DICT:
        if ">" in name or name in ("Loss", "LossFunctionWrapper", "loss", "loss_function_wrapper"):
            continue
        ours, theirs = losses.get(name), ALL_OBJECTS_DICT[name]
        assert callable(ours), name
        assert ours.__class__.__name__ == theirs.__name__ or ours.__name__ == theirs.__name__


def skip_if_older(ours, theirs):
    """The signatures are those of Keras 3.15, to which some arguments came late."""
    missing = ", ".join(sorted(set(ours) - set(theirs)))
    if missing and tuple(map(int, keras.__version__.split(".")[:2])) < (3, 15):
        pytest.skip(f"the installed Keras {keras.__version__} has no {missing} here")


@pytest.mark.parametrize("name", NAMES)
def test_signature_of_function_is_that_of_keras(name):
    peer = getattr(keras.losses, name, None)
    if peer is None:
        pytest.skip(f"the installed Keras {keras.__version__} has no {name}")
    ours = parameters(getattr(losses, name))
    expected = {**parameters(peer), **OURS.get(name, {}), **COMMON}
    skip_if_older(ours, expected)
    assert ours == expected
    assert list(ours)[: len(parameters(peer))] == list(parameters(peer))


@pytest.mark.parametrize("name", NAMES)
def test_signature_of_class_is_that_of_keras(name):
    cls = registry.CLASSES[name]
    peer = getattr(keras.losses, cls.__name__, None)
    if peer is None:
        pytest.skip(f"the installed Keras {keras.__version__} has no {cls.__name__}")
    ours = parameters(cls.__init__)
    expected = {**parameters(peer.__init__), **OURS.get(name, {}), **COMMON}
    skip_if_older(ours, expected)
    assert ours == expected
    assert list(ours)[: len(parameters(peer.__init__))] == list(parameters(peer.__init__))


@pytest.mark.parametrize("cls", METRIC_CLASSES)
def test_signature_of_metric_is_that_of_keras(cls):
    ours, theirs = getattr(metrics, cls), getattr(keras.metrics, cls)
    mine, peers = list(parameters(ours.__init__).items()), list(parameters(theirs.__init__).items())
    # R keras3 has axis on metric_binary_crossentropy, and so has the function in Keras
    expected = (
        peers + ([("axis", -1)] if cls == "BinaryCrossentropy" else []) + list(COMMON.items())
    )
    skip_if_older(dict(mine), dict(expected))
    assert mine == expected
    assert ours().name == theirs().name


@needs_tf_keras
@pytest.mark.parametrize("name", NAMES)
def test_arguments_of_keras_2_are_taken_by_name(name):
    for ours, peer in (
        (getattr(losses, name), getattr(tf_keras.losses, name, None)),
        (registry.CLASSES[name], getattr(tf_keras.losses, registry.CLASSES[name].__name__, None)),
    ):
        if peer is not None:
            assert set(parameters(peer)) <= set(parameters(ours))


@pytest.mark.parametrize("r_name", sorted(R_NAMES))
def test_names_of_r(r_name):
    name = R_NAMES[r_name]
    ours = getattr(lossbridge, r_name)
    assert r_name in lossbridge.__all__
    assert ours is api.FUNCTIONS[r_name]
    spec, cls = registry.LOSSES[name], registry.CLASSES[name]
    expected = {"y_true": None, "y_pred": None, **spec.parameters}
    expected |= {key: parameters(cls.__init__)[key] for key in ("reduction", "name", "dtype")}
    assert list(parameters(ours).items()) == list(expected.items())
    assert type(ours()) is cls
    assert ours().name == cls().name


def test_every_name_is_exported():
    assert set(lossbridge.__all__) >= set(api.FUNCTIONS)
    for module in (lossbridge, losses, metrics):
        assert len(set(module.__all__)) == len(module.__all__)
        for name in module.__all__:
            assert hasattr(module, name), name


# -- cases, R, documentation ------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_loss_has_cases_with_a_source(name):
    cases = json.loads((ROOT / "tests/cases/losses.json").read_text())["cases"]
    own = [case for case in cases if case["loss"] == name]
    assert len(own) >= 2
    assert all(case["source"] for case in own)
    for argument in registry.LOSSES[name].parameters:
        if argument not in ("ref_labels", "ref_embeddings", *COMMON):
            assert any(argument in case["args"] for case in own), argument


@pytest.mark.parametrize("r_name", sorted(R_NAMES))
def test_loss_has_an_r_wrapper(r_name):
    folder = ROOT / "r_wrappers"
    if not folder.is_dir():
        pytest.skip("r_wrappers/ is not here: the Python package alone is tested")
    code = "\n".join(path.read_text() for path in sorted(folder.glob("*.R")))
    assert re.search(rf"^{r_name} <- ", code, re.MULTILINE)
    namespace = ROOT / "NAMESPACE"
    if namespace.is_file():
        assert f"export({r_name})" in namespace.read_text().splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_loss_is_documented(name):
    doc = inspect.getdoc(getattr(losses, name))
    places = [doc.index(f"\n{title}:\n") for title in ("Args", "Returns", "Raises", "Example")]
    places.append(doc.index("\nReference:\n"))
    assert places == sorted(places)
    assert re.search(r"\((1[789]|20)\d\d\)", doc[places[-1] :]), "a reference has a year"
    for argument in registry.LOSSES[name].parameters:
        assert re.search(rf"^ +{argument}: ", doc, re.MULTILINE), argument
    assert name in inspect.getdoc(registry.CLASSES[name])


GENERATED = [
    "python_pkg/lossbridge/api.py",
    "README.md",
    "docs/reference/index.md",
    *(
        f"docs/reference/{page}.md"
        for page in (
            "regression",
            "hinge",
            "probabilistic",
            "distribution",
            "focal",
            "segmentation",
        )
    ),
    "docs/reference/sequences-embeddings.md",
]


@pytest.mark.parametrize("path", GENERATED)
def test_generated_files_are_current(path):
    script = ROOT / "scripts/generate.py"
    if not script.is_file():
        pytest.skip("scripts/ is not here: the Python package alone is tested")
    written = runpy.run_path(str(script))["files"]()
    assert set(written) == set(GENERATED)
    assert (ROOT / path).read_text() == written[path], f"{path} is not current: `make document`"


def test_every_family_has_its_place_on_the_page_of_r():
    index = ROOT / "_pkgdown.yml"
    if not index.is_file():
        pytest.skip("_pkgdown.yml is not here: the Python package alone is tested")
    for name in NAMES:
        concept = f"{registry.LOSSES[name].family} losses"
        assert f'has_concept("{concept}")' in index.read_text(), f"_pkgdown.yml lacks {concept}"
        page = (ROOT / f"man/loss_{name}.Rd").read_text()
        assert f"\\concept{{{concept}}}" in page, f"the R function lacks `@family {concept}`"


def documented():
    """Every public object of lossbridge, with the module whose names its example uses."""
    found = {}
    for module in (lossbridge, losses, metrics, labels, generations):
        for name in getattr(module, "__all__", dir(module)):
            thing = getattr(module, name)
            home = sys.modules.get(getattr(thing, "__module__", None) or "")
            if name.startswith("_") or home is None or not home.__name__.startswith("lossbridge"):
                continue
            found[f"{home.__name__}.{getattr(thing, '__name__', name)}"] = (thing, home)
    return [pytest.param(*pair, id=key) for key, pair in sorted(found.items())]


@pytest.mark.parametrize(("thing", "home"), documented())
def test_public_objects_are_documented_and_examples_run(thing, home):
    if callable(thing):
        assert inspect.getdoc(thing)
    tests = doctest.DocTestFinder(recurse=False).find(thing, module=False, globs=dict(vars(home)))
    for test in tests:
        result = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
        assert result.failed == 0


def test_examples_are_found():
    """Every loss has an example that the test above runs."""
    for name in NAMES:
        (test,) = doctest.DocTestFinder(recurse=False).find(
            getattr(losses, name), name=name, module=False, globs={}
        )
        assert test.examples


# -- one version ------------------------------------------------------------------------------------


def test_versions_agree():
    description = ROOT / "DESCRIPTION"
    if not description.is_file():
        pytest.skip("DESCRIPTION is not here: the Python package alone is tested")
    version = re.search(r"^Version: (\S+)$", description.read_text(), re.MULTILINE)[1]
    assert version == lossbridge.__version__
