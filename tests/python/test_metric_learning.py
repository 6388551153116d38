"""Losses that learn a similarity: what couples the samples of a batch."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import value_and_gradient

from lossbridge import losses

TRIPLETS = [losses.triplet_semihard, losses.triplet_hard]
METRICS = ["L2", "squared-L2", "angular"]
RNG = np.random.default_rng(5)
X = RNG.normal(size=(9, 3)).astype("float32")


@pytest.mark.parametrize("loss", TRIPLETS)
@pytest.mark.parametrize("labels", [[3], [0, 0, 0], [0, 1, 2]], ids=str)
def test_batch_without_a_triplet_is_0(loss, labels):
    value, gradient = value_and_gradient(loss, labels, X[: len(labels)])
    assert not value.any()
    assert not gradient.any()


@pytest.mark.parametrize("loss", TRIPLETS)
@pytest.mark.parametrize("metric", METRICS)
def test_identical_embeddings_cost_the_margin(loss, metric):
    same = np.full((4, 3), 0.7, "float32")
    value, gradient = value_and_gradient(
        loss, [0, 0, 1, 1], same, margin=0.3, distance_metric=metric
    )
    np.testing.assert_allclose(value, 0.3, rtol=1e-6)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-7)


@pytest.mark.parametrize("loss", TRIPLETS)
def test_labels_are_compared_as_whole_numbers(loss):
    """As floats 2^24 and 2^24 + 1 would be one class."""
    large = 2**24 + np.array([0, 0, 1, 1])
    np.testing.assert_array_equal(loss(large, X[:4]), loss([0, 0, 1, 1], X[:4]))


@pytest.mark.parametrize("loss", TRIPLETS)
def test_distance_that_is_a_function(loss):
    def cityblock(x):
        return tf.reduce_sum(tf.abs(x[:, None] - x[None]), -1)

    line = X[:, :1]  # on which it is the distance
    labels = np.arange(9) % 3
    found = value_and_gradient(loss, labels, line, distance_metric=cityblock)
    expected = value_and_gradient(loss, labels, line)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_ties_of_a_positive_and_a_negative():
    """A negative as far as the positive is not farther: the next one is taken, or the farthest."""
    line = [[0.0], [1.0], [-1.0], [3.0]]
    value = losses.triplet_semihard([0, 0, 1, 1], line)
    np.testing.assert_allclose(value, [0.0, 0.0, 4 - 2 + 1, 4 - 3 + 1])


def test_memory_is_that_of_the_distances():
    """Under the batch^2 x batch of a tiled matrix this would take 34 GB."""
    x = tf.random.stateless_normal([2048, 64], [1, 2])
    value, gradient = value_and_gradient(losses.triplet_semihard, np.arange(2048) % 256, x)
    assert np.isfinite(value).all()
    assert gradient.any()
