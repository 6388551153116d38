"""Metrics of classes, against scikit-learn."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lossbridge import InputError, metrics

sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn has the expected values")
RNG = np.random.default_rng(1)
T, P = RNG.integers(0, 4, (2, 40))
P = np.where(RNG.random(40) < 0.5, T, P)
W = RNG.uniform(0.0, 2.0, 40).astype("float32")


@pytest.mark.parametrize("w", [None, W], ids=["plain", "weighted"])
@pytest.mark.parametrize("weightage", [None, "linear", "quadratic"])
def test_cohen_kappa(weightage, w):
    expected = sklearn.cohen_kappa_score(T, P, weights=weightage, sample_weight=w)
    metric = metrics.CohenKappa(4, weightage=weightage)
    for part in (slice(0, 15), slice(15, 40)):
        metric.update_state(
            T[part], np.eye(4, dtype="float32")[P[part]], None if w is None else w[part]
        )
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert again.get_config() == metric.get_config()
    rounded = metrics.CohenKappa(4, weightage=weightage, regression=True)
    rounded.update_state(T, P + 0.3, w)
    np.testing.assert_allclose(rounded.result(), expected, rtol=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
def test_matthews_correlation(classes):
    t, p = np.minimum(T, classes - 1), np.minimum(P, classes - 1)
    metric = metrics.MatthewsCorrelationCoefficient(classes)
    assert metric.result() == 0
    metric.update_state(np.eye(classes)[t], p, W)
    np.testing.assert_allclose(
        metric.result(), sklearn.matthews_corrcoef(t, p, sample_weight=W), rtol=1e-5
    )


def test_hamming_distance():
    np.testing.assert_allclose(
        metrics.hamming_distance(T, P), sklearn.hamming_loss(T, P), rtol=1e-6
    )
    with pytest.raises(InputError, match="predictions"):
        metrics.hamming_distance(T, P[:3])
    assert np.isnan(metrics.hamming_distance([1.0, np.nan], [1.0, 2.0]))


@pytest.mark.parametrize("make", [metrics.CohenKappa, metrics.MatthewsCorrelationCoefficient])
@pytest.mark.parametrize(
    ("y_true", "y_pred", "argument"),
    [
        (np.eye(3), np.eye(3), "y_true"),
        ([0.0, 1.7], [0, 1], "y_true"),
        ([0, 2], [0, 1], "y_true"),
        ([0, -1], [0, 1], "y_true"),
        ([0, 1], [0, 1, 1], "y_pred"),
        ([0, 1], [0.2, np.nan], "y_pred"),
        ([0, 1], [0.0, 2.0], "y_pred"),
        ([0, 1], [[0.2, 0.8], [np.nan, 0.5]], "y_pred"),
    ],
)
def test_what_is_no_class(make, y_true, y_pred, argument):
    with pytest.raises(InputError, match=f"`{argument}`: must be"):
        make(2).update_state(np.array(y_true), np.array(y_pred))


def test_what_is_no_class_in_a_graph():
    metric = metrics.CohenKappa(3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="whole class labels from 0 to 2"):
        tf.function(metric.update_state)(tf.constant([0.0, 1.7]), tf.constant([0, 1]))
    assert metric.result() == 0


@pytest.mark.parametrize("make", [metrics.CohenKappa, metrics.MatthewsCorrelationCoefficient])
def test_callbacks_know_that_more_is_better(make):
    """In mode "auto" a callback of Keras 3 asks the metric, and refuses one that does not know."""
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax")])
    model.compile("sgd", "mse", metrics=[make(3, name="agreement")])
    stop = keras.callbacks.EarlyStopping("val_agreement", mode="auto")
    data = np.ones((3, 2)), np.eye(3)
    model.fit(*data, validation_data=data, verbose=0, callbacks=[stop])
    assert stop.monitor_op(2.0, 1.0)
    assert not stop.monitor_op(1.0, 2.0)
