"""`lossbridge.addons`: the numbers, arguments and configs of TensorFlow Addons."""

import inspect
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import installed, value_and_gradient

import lossbridge
from lossbridge import InputError, addons, losses, metrics

LIBRARIES = ["keras", "tf_keras"] if installed("tf_keras") else ["keras"]
OBJECTS = [
    addons.ContrastiveLoss(margin=2.0),
    addons.GIoULoss(mode="iou"),
    addons.LiftedStructLoss(0.5),
    addons.NpairsLoss(),
    addons.NpairsMultilabelLoss(),
    addons.PinballLoss(0.1),
    addons.SigmoidFocalCrossEntropy(gamma=1.0),
    addons.SparsemaxLoss(),
    addons.TripletHardLoss(0.5, soft=True),
    addons.TripletSemiHardLoss(distance_metric="angular"),
    addons.WeightedKappaLoss(3, "linear"),
]
LABELS = np.array([0, 0, 1, 1, 2])
X = np.random.default_rng(2).normal(size=(5, 5)).astype("float32")


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "expected"),
    [  # the examples in the documentation of TensorFlow Addons 0.23
        (
            addons.SigmoidFocalCrossEntropy(),
            [[1.0], [1.0], [0.0]],
            [[0.97], [0.91], [0.03]],
            [6.8532745e-06, 1.9097870e-04, 2.0559824e-05],
        ),
        (
            addons.GIoULoss(),
            [[4.0, 3.0, 7.0, 5.0], [5.0, 6.0, 10.0, 7.0]],
            [[3.0, 4.0, 6.0, 8.0], [14.0, 14.0, 15.0, 15.0]],
            1.5041667,
        ),
        (
            addons.WeightedKappaLoss(num_classes=4),
            [[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]],
            [
                [0.1, 0.2, 0.6, 0.1],
                [0.1, 0.5, 0.3, 0.1],
                [0.8, 0.05, 0.05, 0.1],
                [0.01, 0.09, 0.1, 0.8],
            ],
            -1.1611925,
        ),
        (addons.PinballLoss(tau=0.1), [0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0], 0.475),
        # by hand: a row of two equal similarities, of two samples of one class and one of another
        (addons.NpairsLoss(), [0, 0, 1], [[0.0] * 3] * 3, math.log(3.0)),
        (addons.NpairsMultilabelLoss(), [[1, 0], [1, 1], [0, 1]], [[0.0] * 3] * 3, math.log(3.0)),
        (addons.ContrastiveLoss(), [1, 0, 0], [0.5, 0.5, 2.0], 0.5 / 3.0),
    ],
    ids=lambda x: type(x).__name__,
)
def test_documented_numbers(loss, y_true, y_pred, expected):
    np.testing.assert_allclose(loss(y_true, np.array(y_pred, "float32")), expected, rtol=2e-5)


def test_functions_of_a_batch_give_its_mean():
    for function, values in (
        (addons.triplet_semihard_loss, losses.triplet_semihard),
        (addons.triplet_hard_loss, losses.triplet_hard),
        (addons.lifted_struct_loss, losses.lifted_struct),
    ):
        mean = np.mean(values(LABELS, X, 0.5))
        np.testing.assert_allclose(function(LABELS, X, 0.5), mean, rtol=1e-6)
        loss = {
            addons.triplet_semihard_loss: addons.TripletSemiHardLoss,
            addons.triplet_hard_loss: addons.TripletHardLoss,
            addons.lifted_struct_loss: addons.LiftedStructLoss,
        }[function]
        np.testing.assert_allclose(loss(0.5)(LABELS, X), mean, rtol=1e-6)
    loss, rows = addons.NpairsLoss(), losses.categorical_crossentropy
    same = (LABELS[:, None] == LABELS) / np.sum(LABELS[:, None] == LABELS, 1, keepdims=True)
    expected = np.mean(rows(same.astype("float32"), X, from_logits=True))
    np.testing.assert_allclose(loss(LABELS, X), expected, rtol=1e-6)
    np.testing.assert_allclose(addons.npairs_loss(LABELS, X), expected, rtol=1e-6)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("loss", OBJECTS, ids=lambda loss: type(loss).__name__)
def test_configs_of_the_package_addons_load(loss, library):
    saving = __import__(library).saving
    config = {"class_name": f"Addons>{type(loss).__name__}", "config": loss.get_config()}
    with_names = {"module": "tensorflow_addons.losses", "registered_name": config["class_name"]}
    for each in (config, {**config, "class_name": type(loss).__name__, **with_names}):
        loaded = saving.deserialize_keras_object(each)
        assert type(loaded) is type(loss)
        assert loaded.get_config() == loss.get_config()
    assert type(losses.deserialize(config)) is type(loss)
    again = saving.deserialize_keras_object(saving.serialize_keras_object(loss))
    assert again.get_config() == loss.get_config()


@pytest.mark.parametrize("library", LIBRARIES)
def test_config_that_addons_wrote(library):
    """A loss of a batch has the reduction "none" there, and gave one number."""
    written = {"reduction": "none", "name": None, "margin": 0.5, "distance_metric": "angular"}
    config = {"class_name": "Addons>TripletSemiHardLoss", "config": written}
    loss = __import__(library).saving.deserialize_keras_object(config)
    expected = addons.triplet_semihard_loss(LABELS, X, 0.5, "angular")
    np.testing.assert_allclose(loss(LABELS, X), expected, rtol=1e-6)


def test_labels_of_npairs_are_compared_as_whole_numbers():
    """As floats 2^24 and 2^24 + 1 would be one class."""
    for y in (2**24 + LABELS, LABELS):
        np.testing.assert_allclose(
            addons.NpairsLoss()(y, X), addons.npairs_loss(LABELS, X), rtol=1e-6
        )


@pytest.mark.parametrize("library", LIBRARIES)
def test_models_train_with_them(library):
    layers = __import__(library)
    for loss, y in (
        (addons.TripletSemiHardLoss(), LABELS),
        (addons.NpairsLoss(), LABELS),
        (addons.SigmoidFocalCrossEntropy(from_logits=True), np.eye(5, dtype="float32")[LABELS]),
        (addons.WeightedKappaLoss(5), np.eye(5, dtype="float32")[LABELS]),
    ):
        activation = "softmax" if isinstance(loss, addons.WeightedKappaLoss) else None
        model = layers.Sequential([layers.layers.Dense(5, activation=activation)])
        model.compile("sgd", loss=loss)
        history = model.fit(X, y, epochs=1, verbose=0).history
        assert np.isfinite(history["loss"]).all()


def test_kappa_weighs_samples_in_all_sums():
    y_true = np.eye(3, dtype="float32")[[0, 1, 2, 2]]
    p = np.random.default_rng(3).dirichlet(np.ones(3), 4).astype("float32")
    loss = addons.WeightedKappaLoss(3)
    twice = loss(y_true[[0, 1, 1, 3]], p[[0, 1, 1, 3]])
    np.testing.assert_allclose(loss(y_true, p, [1.0, 2.0, 0.0, 1.0]), twice, rtol=1e-6)


def test_degenerate_boxes():
    point, inverted = [1.0, 1.0, 1.0, 1.0], [2.0, 2.0, 0.0, 0.0]
    y_true = np.array([point, point, [0.0, 0.0, 2.0, 2.0]], "float32")
    y_pred = np.array([point, [3.0, 1.0, 3.0, 1.0], inverted], "float32")
    value, gradient = value_and_gradient(addons.giou_loss, y_true, y_pred)
    np.testing.assert_allclose(value, [0.0, 1.0, 0.0])
    assert np.isfinite(gradient).all()
    boxes = [np.float32([[4.0, 3.0, 7.0, 5.0]]), np.float32([[3.0, 4.0, 6.0, 8.0]])]
    for size in (1e-25, 1.0, 1e25):  # whose area is no number of float32
        np.testing.assert_allclose(addons.giou_loss(*(size * x for x in boxes)), [1.075], rtol=1e-6)


def test_sparsemax_of_infinite_logits():
    inf = np.inf
    found = addons.sparsemax([[1.0, -inf, 0.5], [inf, 1.0, 0.0], [-inf] * 3])
    np.testing.assert_allclose(found, [[0.75, 0.0, 0.25], [1.0, 0.0, 0.0], [1 / 3] * 3], rtol=1e-6)
    x = np.float32(X)
    np.testing.assert_allclose(addons.sparsemax(x, 0), tf.transpose(addons.sparsemax(x.T)))
    _, jacobian = value_and_gradient(
        lambda w, z: w * addons.sparsemax(z), [[1.0, 2.0, 5.0]], np.float32([[1.0, 0.5, -3.0]])
    )
    np.testing.assert_allclose(jacobian, [[-0.5, 0.5, 0.0]])  # by hand: w - its mean in the support


def test_axis_that_logits_do_not_have():
    with pytest.raises(
        InputError, match="`axis`: must be an axis of `logits`, which has rank 2, not 2"
    ):
        addons.sparsemax([[1.0, 2.0]], axis=2)


def test_config_of_a_sparsemax_that_named_no_logits():
    config = losses.Sparsemax(name="mine").get_config()
    assert config.pop("from_logits") is True
    assert losses.Sparsemax.from_config(config).from_logits is True


def test_arguments_are_checked():
    for make in (
        lambda: addons.SparsemaxLoss(from_logits=False),
        lambda: addons.GIoULoss("diou"),
        lambda: addons.WeightedKappaLoss(3, "cubic"),
        lambda: addons.giou_loss(X, X),
        lambda: addons.WeightedKappaLoss(3)(X, X),
        lambda: addons.WeightedKappaLoss(1),
    ):
        with pytest.raises(InputError):
            make()


@pytest.mark.parametrize(
    ("loss", "y_true", "y_pred", "message"),
    [
        (addons.NpairsLoss(), LABELS, X[:, :2], r"`y_pred`.* similarities .*not of shape \(5, 2\)"),
        (addons.NpairsLoss(), LABELS + 0.5, X, "`y_true`: must be whole labels"),
        (addons.NpairsLoss(), [0.0, math.nan, 1.0, 1.0, 2.0], X, "`y_true`: must be whole labels"),
        (addons.NpairsLoss(), LABELS[:3], X, "`y_true`: must be one label for each"),
        (
            addons.NpairsMultilabelLoss(),
            LABELS,
            X,
            r"`y_true`.* \(5, classes\), not of shape \(5,\)",
        ),
    ],
)
def test_what_npairs_cannot_take(loss, y_true, y_pred, message):
    with pytest.raises(InputError, match=message):
        loss(y_true, y_pred)


@pytest.mark.parametrize(
    ("loss", "reason"),
    [
        (addons.NpairsLoss(), "npairs: It is of pairs"),
        (addons.WeightedKappaLoss(3), "weighted_kappa: It is of a whole batch"),
        (addons.GIoULoss(), "giou: It is of boxes"),
    ],
    ids=["npairs", "kappa", "giou"],
)
def test_losses_that_are_no_sums_over_rows_are_no_objectives(loss, reason):
    for make in (lossbridge.objective, lossbridge.eval_metric):
        with pytest.raises(InputError, match=reason.replace(": ", ".*")):
            make(loss)


def test_kappa_has_no_mean_over_batches():
    with pytest.raises(InputError, match="whole batch.*CohenKappa"):
        metrics.LossMetric(losses.weighted_kappa)


@pytest.mark.parametrize(
    ("kind", "y_true"),
    [(addons.NpairsLoss, [0, 0, 1]), (lambda **k: addons.WeightedKappaLoss(3, **k), np.eye(3))],
    ids=["npairs", "kappa"],
)
def test_hessian_couples_the_rows_of_a_batch(kind, y_true):
    loss, step = kind(dtype="float64"), 1e-4
    p = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6]])
    expected = np.empty_like(p)
    for at in np.ndindex(*p.shape):
        d = np.zeros_like(p)
        d[at] = step
        slopes = [lossbridge.gradient(loss, y_true, x).numpy()[at] for x in (p + d, p - d)]
        expected[at] = (slopes[0] - slopes[1]) / (2 * step)
    np.testing.assert_allclose(lossbridge.hessian(loss, y_true, p), expected, rtol=1e-5, atol=1e-8)


def test_everything_is_documented():
    for name in addons.__all__:
        assert inspect.getdoc(getattr(addons, name)), name
    assert keras.saving.get_registered_object("Addons>NpairsLoss") is addons.NpairsLoss


def of_half_precision():
    """Each loss, with inputs; embeddings are of length 1000, whose squares float16 does not hold."""
    rng = np.random.default_rng(6)
    labels = np.arange(64) % 8
    x = rng.normal(size=(64, 16))
    x *= 1000.0 / np.linalg.norm(x, axis=-1, keepdims=True)
    one_hot = np.eye(16)[rng.integers(0, 16, 64)]
    several = (rng.uniform(size=(64, 16)) < 0.3).astype(float)
    products = 300.0 * rng.normal(size=(64, 64))
    corners = rng.uniform(0.0, 500.0, size=(2, 64, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(1.0, 1000.0, size=(2, 64, 2))], -1)
    angular = {"distance_metric": "angular"}
    return {
        # One class at a distance of 200, and two at one beyond the margin.
        "ContrastiveLoss": ([[1.0], [0.0]], [[200.0], [1000.0]], {}),
        "GIoULoss": (*boxes, {}),
        "LiftedStructLoss": (labels, 0.3 * x, {}),
        "NpairsLoss": (labels, products, {}),
        "NpairsMultilabelLoss": (several, products, {}),
        "PinballLoss": (x, x[::-1], {"tau": 0.3}),
        "SigmoidFocalCrossEntropy": (several, x, {"from_logits": True}),
        "SparsemaxLoss": (one_hot, x, {}),
        "TripletHardLoss": (labels, x, {"soft": True}),
        "TripletSemiHardLoss": (labels, x, angular),
        "WeightedKappaLoss": (one_hot, rng.dirichlet(np.ones(16), 64), {"num_classes": 16}),
        "contrastive_loss": ([1.0, 0.0], [200.0, 1000.0], {}),
        "giou_loss": (*boxes, {"mode": "iou"}),
        "lifted_struct_loss": (labels, 0.3 * x, {}),
        "npairs_loss": (labels, products, {}),
        "npairs_multilabel_loss": (several, products, {}),
        "pinball_loss": (x, x[::-1], {}),
        "sigmoid_focal_crossentropy": (several, x, {"from_logits": True}),
        "sparsemax_loss_from_logits": (one_hot, x, {}),
        "triplet_hard_loss": (labels, 0.1 * x, {"distance_metric": "squared-L2"}),
        "triplet_semihard_loss": (labels, x, angular),
    }


@pytest.mark.parametrize(("dtype", "tolerance"), [("float16", 4e-3), ("bfloat16", 3e-2)])
@pytest.mark.parametrize("name", sorted({*addons.__all__} - {"sparsemax", "sparsemax_loss"}))
def test_half_precision(name, dtype, tolerance):
    """Value and gradient are those of the same numbers in float64, rounded."""
    y_true, y_pred, arguments = of_half_precision()[name]
    loss = getattr(addons, name)
    y_pred = tf.cast(y_pred, dtype)
    y_true = y_true if np.asarray(y_true).dtype.kind == "i" else tf.cast(y_true, dtype)

    def computed(dtype):
        p = tf.cast(y_pred, dtype)
        t = tf.cast(y_true, dtype) if tf.is_tensor(y_true) else y_true
        if isinstance(loss, type):
            return value_and_gradient(loss(dtype=dtype, **arguments), t, p)
        return value_and_gradient(loss, t, p, **arguments)

    for found, expected in zip(computed(dtype), computed("float64"), strict=True):
        found, scale = found.astype("float64"), np.abs(expected).max()
        assert scale > 0.0
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
