"""Mixed precision trains small models to the score of float32, with and without loss scaling."""

import keras
import numpy as np
import pytest

from lossbridge import losses

RNG = np.random.default_rng(5)
CENTRES = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
"""The mean flower of three species of iris (R. A. Fisher, 1936): around them the samples lie."""

LABELS = RNG.integers(0, 3, size=240)
X = CENTRES[LABELS] + RNG.normal(scale=0.35, size=(240, 4))
X = ((X - X.mean(0)) / X.std(0)).astype("float32")
HOT = np.eye(3, dtype="float32")[LABELS]
SIGN = np.where(LABELS == 2, 1.0, -1.0).astype("float32")[:, None]
SIZE = (X @ [0.5, -1.0, 0.25, 2.0] + RNG.normal(scale=0.1, size=240)).astype("float32")[:, None]


def highest(y, p):
    return np.mean(p.argmax(-1) == LABELS)


def same_sign(y, p):
    return np.mean((p > 0) == (SIGN > 0))


def explained(y, p):
    return 1 - np.mean((SIZE - p) ** 2) / SIZE.var()


MODELS = {
    "categorical_crossentropy": ("softmax", HOT, losses.CategoricalCrossentropy, highest),
    "sparse_categorical_crossentropy": (
        "softmax",
        LABELS,
        losses.SparseCategoricalCrossentropy,
        highest,
    ),
    "kl_divergence": ("softmax", HOT, losses.KLDivergence, highest),
    "categorical_focal_crossentropy": (
        "softmax",
        HOT,
        losses.CategoricalFocalCrossentropy,
        highest,
    ),
    "binary_crossentropy": ("sigmoid", HOT, losses.BinaryCrossentropy, highest),
    "categorical_hinge": (None, HOT, losses.CategoricalHinge, highest),
    "hinge": ("tanh", SIGN, losses.Hinge, same_sign),
    "squared_hinge": ("tanh", SIGN, losses.SquaredHinge, same_sign),
    "huber": (None, SIZE, losses.Huber, explained),
    "log_cosh": (None, SIZE, losses.LogCosh, explained),
    "mean_squared_error": (None, SIZE, losses.MeanSquaredError, explained),
}


def score(name, policy, scaled=True):
    """The score of a model that is trained under a dtype policy, and the losses of its epochs."""
    activation, y, loss, score_of = MODELS[name]
    keras.utils.set_random_seed(2)
    units = 1 if y.ndim == 2 and y.shape[1] == 1 else 3
    # the last layer computes in the half precision too: what the loss gets is what is tested
    layers = [
        keras.layers.Input((4,)),
        keras.layers.Dense(8, activation="relu", dtype=policy),
        keras.layers.Dense(units, activation=activation, dtype=policy),
    ]
    model = keras.Sequential(layers)
    optimizer = keras.optimizers.Adam(0.03)
    if scaled:
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.compile(optimizer, loss(), auto_scale_loss=False, jit_compile=False)
    history = model.fit(X, y, epochs=20, batch_size=48, verbose=0)
    return float(score_of(y, model.predict(X, verbose=0, batch_size=240))), history.history["loss"]


@pytest.fixture(scope="module")
def float32():
    """The score of each model in float32."""
    return {}


DEFAULT = {"categorical_crossentropy", "huber"}


@pytest.mark.parametrize(
    ("policy", "scaled"),
    [("mixed_float16", True), ("mixed_float16", False), ("mixed_bfloat16", False)],
    ids=["float16-scaled", "float16", "bfloat16"],
)
@pytest.mark.parametrize(
    "name", [n if n in DEFAULT else pytest.param(n, marks=pytest.mark.long) for n in MODELS]
)
def test_same_score(float32, name, policy, scaled):
    if name not in float32:
        float32[name] = score(name, "float32", scaled=False)
    expected, _ = float32[name]
    actual, history = score(name, policy, scaled)
    assert expected > 0.9
    assert np.isfinite(history).all()
    assert history[-1] < history[0]
    assert actual == pytest.approx(expected, abs=0.03)
