"""Losses that learn a similarity: what couples the samples of a batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import assert_close, value_and_gradient

from lossbridge import losses
from lossbridge._backend import PUBLIC_ONLY

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


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9])
def test_triplets_under_xla_are_those_of_eager_mode(size):
    """Whole numbers make many ties."""
    line = RNG.integers(0, 4, (size, 1)).astype("float32")
    labels = RNG.integers(0, 3, size)
    compiled = tf.function(losses.triplet_semihard, jit_compile=True)
    found = compiled(labels, tf.constant(line))
    np.testing.assert_allclose(found, losses.triplet_semihard(labels, line), rtol=1e-6)


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public TensorFlow does not tell that XLA compiles")
def test_memory_under_xla_is_that_of_the_distances():
    """A search that XLA compiles would compare all distances of a row with each other."""
    program = tf.function(lambda t, x: losses.triplet_semihard(t, x), jit_compile=True)
    inputs = tf.range(37) % 5, tf.random.stateless_normal([37, 4], [1, 2])
    text = program.experimental_get_compiler_ir(*inputs)(stage="optimized_hlo")
    assert "[37,37]" in text
    assert "[37,37,37]" not in text


# -- two arrays of views --------------------------------------------------------------------------

VIEWS = RNG.normal(size=(2, 5, 3))


def test_views_by_hand():
    """Cosines 0.6 and 0.8 of the two views of two examples, 0.96 across; and 0 elsewhere."""
    first, second = [[1.0, 0.0], [0.0, 2.0]], [[3.0, 4.0], [0.6, 0.8]]
    exp = np.exp
    # s of the four views: a1.b1 0.6, a1.a2 0, a1.b2 0.6; b1.a2 0.8, b1.b2 1; a2.b2 0.8
    of_first = [np.log(2 * exp(0.6) + 1) - 0.6, np.log(exp(0.6) + exp(0.8) + exp(1)) - 0.6]
    of_second = [np.log(2 * exp(0.8) + 1) - 0.8, np.log(exp(0.6) + exp(0.8) + exp(1)) - 0.8]
    value = losses.ntxent(first, second, temperature=1.0)
    np.testing.assert_allclose(value, [np.mean(of_first), np.mean(of_second)], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_views_are_those_of_numbers_of_examples(dtype):
    first, second = (tf.cast(x, dtype) for x in VIEWS)
    value, by_second = value_and_gradient(losses.ntxent, first, second, temperature=0.2)
    _, by_first = value_and_gradient(losses.ntxent, second, first, temperature=0.2)
    both = tf.cast(tf.concat([first, second], 0), "float64")
    expected, by_both = value_and_gradient(
        losses.ntxent, np.tile(np.arange(5), 2), both, temperature=0.2
    )
    assert value.dtype == first.dtype
    assert value.shape == (5,)
    assert_close(value, expected.reshape(2, 5).mean(0), dtype)
    assert_close(np.concatenate([by_first, by_second]), by_both / 2, dtype)


def test_gradients_by_both_views_are_numerical():
    first, second = map(tf.constant, VIEWS)
    with tf.GradientTape() as tape:
        tape.watch([first, second])
        value = tf.reduce_sum(losses.ntxent(first, second) * tf.range(5, dtype="float64"))
    by_both = tape.gradient(value, [first, second])
    step = 1e-6 * np.eye(15).reshape(15, 5, 3)

    def total(first, second):
        return np.sum(losses.ntxent(first, second) * np.arange(5))

    by_first = [total(first + d, second) - total(first - d, second) for d in step]
    by_second = [total(first, second + d) - total(first, second - d) for d in step]
    np.testing.assert_allclose(tf.reshape(by_both[0], [-1]), np.divide(by_first, 2e-6), atol=1e-8)
    np.testing.assert_allclose(tf.reshape(by_both[1], [-1]), np.divide(by_second, 2e-6), atol=1e-8)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_views_in_a_graph(jit_compile):
    shape = tf.TensorSpec([None, 3], "float64")
    of_any = tf.function(losses.ntxent, input_signature=[shape, shape], jit_compile=jit_compile)
    for number in (5, 1):
        first, second = VIEWS[:, :number]
        np.testing.assert_allclose(of_any(first, second), losses.ntxent(first, second), rtol=1e-10)


def test_views_that_are_the_same():
    """Of n examples 2n - 1 others have the same share each; rows of zeros are no exception."""
    for row, number in [([0.6, 0.8], 3), ([0.0, 0.0], 3), ([0.6, 0.8], 1)]:
        same = np.tile(row, [number, 1])
        value, gradient = value_and_gradient(losses.ntxent, same, same)
        np.testing.assert_allclose(value, np.log(2 * number - 1), atol=1e-12)
        np.testing.assert_allclose(gradient, 0.0, atol=1e-12)


def test_embeddings_as_true_values_of_a_model():
    first, second = VIEWS.astype("float32")
    for loss in (losses.NTXent(0.2), losses.ntxent):
        model = keras.Sequential([keras.layers.Dense(3, kernel_initializer="identity")])
        model.compile(keras.optimizers.SGD(0.1), loss, weighted_metrics=[losses.ntxent])
        weights = np.array([1.0, 2.0, 0.0, 1.0, 1.0])
        before = model.evaluate(first, second, sample_weight=weights, verbose=0)
        model.fit(first, second, sample_weight=weights, epochs=3, verbose=0)
        after = model.evaluate(first, second, sample_weight=weights, verbose=0)
        assert after[0] < before[0]
        expected = np.average(losses.ntxent(second, first), weights=weights)
        np.testing.assert_allclose(before[1], expected, rtol=1e-5)
