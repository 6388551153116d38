"""The two generations of numbers: where they differ, and that the choice stays where it was made."""

import asyncio
import contextvars
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    NAMES,
    assert_close,
    function,
    inputs,
    installed,
    loss_object,
    needs_tf_keras,
    value_and_gradient,
)

import lossbridge
from lossbridge import generations, losses, metrics, registry, semantics
from lossbridge._backend import metrics_keras

if installed("tf_keras"):
    import tf_keras

# A loss and an input where the generations differ, and both values: the generation with Keras' own
# numbers, in float32 (test_differences_are_those_of_keras compares with the installed ones).
DIFFERENCES = {
    "binary_crossentropy at 0": ("binary_crossentropy", [[1.0]], [[0.0]], 15.424949, 16.118095),
    "binary_crossentropy at 1": ("binary_crossentropy", [[0.0]], [[1.0]], 15.333239, 15.942385),
    "cosine_similarity of a short vector": (
        "cosine_similarity",
        [[1.0, 0.0]],
        [[5e-7, 0.0]],
        -0.5,
        -1.0,
    ),
}


@pytest.mark.parametrize("case", DIFFERENCES)
def test_numbers(case):
    name, y_true, y_pred, two, three = DIFFERENCES[case]
    assert_close(function(name)(y_true, y_pred), [three])
    with semantics("keras2"):
        assert_close(function(name)(y_true, y_pred), [two])
        assert_close(loss_object(name)(y_true, y_pred), two)
    assert_close(loss_object(name)(y_true, y_pred), three)


@needs_tf_keras
@pytest.mark.parametrize("case", DIFFERENCES)
def test_differences_are_those_of_keras(case):
    name, y_true, y_pred, two, three = DIFFERENCES[case]
    y_true, y_pred = tf.constant(y_true), tf.constant(y_pred)
    assert_close(getattr(tf_keras.losses, name)(y_true, y_pred), [two])
    assert_close(getattr(keras.losses, name)(y_true, y_pred), [three])


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_differs(name):
    """Inside the domain, away from the clip points, the generations agree."""
    y_true, y_pred = inputs(name)
    results = {}
    for generation in ("keras2", "keras3"):
        with semantics(generation):
            results[generation] = value_and_gradient(function(name), y_true, y_pred)
    for two, three in zip(*results.values(), strict=True):
        assert_close(two, three, scale=2)


def test_dtype_of_objects():
    y = tf.zeros((2, 3), tf.float64)
    with semantics("keras2"):
        assert losses.MeanSquaredError()(y, y).dtype == "float64"
    assert losses.MeanSquaredError()(y, y).dtype == "float32"


def test_default_reduction():
    with semantics("keras2"):
        assert losses.Hinge().reduction == "auto"
        assert losses.Hinge(reduction="sum_over_batch_size").reduction == "sum_over_batch_size"
    assert losses.Hinge().reduction == "sum_over_batch_size"


def test_dtype_of_to_categorical():
    with semantics("keras2"):
        assert lossbridge.to_categorical([0, 1]).dtype == "float32"
    assert lossbridge.to_categorical([0, 1]).dtype == "float64"


# -- where the choice is made -------------------------------------------------------------------------


@pytest.mark.parametrize("make", [losses.BinaryCrossentropy, metrics.BinaryCrossentropy])
def test_choice_is_fixed_when_the_object_is_made(make):
    with semantics("keras2"):
        two = make()
    three = make()
    for outside in ("keras2", "keras3"):
        with semantics(outside):
            assert_close(two([[1.0]], [[0.0]]), 15.424949)
            assert_close(three([[1.0]], [[0.0]]), 16.118095)
    assert (two.semantics, three.semantics) == ("keras2", "keras3")


def test_choice_holds_in_a_graph_traced_later():
    with semantics("keras2"):
        loss = losses.BinaryCrossentropy()
    graph = tf.function(loss)
    assert_close(graph(tf.constant([[1.0]]), tf.constant([[0.0]])), 15.424949)


@pytest.mark.parametrize("make", [losses.BinaryCrossentropy, metrics.BinaryCrossentropy])
def test_choice_is_in_the_config(make):
    with semantics("keras2"):
        two = make()
    assert two.get_config()["semantics"] == "keras2"
    assert "semantics" not in make().get_config()  # so that Keras reads it too
    for outside in ("keras2", "keras3"):
        with semantics(outside):
            assert make.from_config(two.get_config()).semantics == "keras2"
            assert make.from_config(make.from_config({}).get_config()).semantics == "keras3"
            config = losses.Hinge.from_config({"reduction": "sum"}).get_config()
            assert config == {"name": "hinge", "reduction": "sum"}


def test_choice_is_printed():
    with semantics("keras2"):
        loss = losses.Huber(0.5)
    assert repr(loss) == "<lossbridge Huber(reduction='auto', semantics='keras2', delta=0.5)>"
    assert "semantics='keras3'" in repr(losses.Huber())


def test_set_semantics_holds_until_set_again():
    assert lossbridge.get_semantics() == "keras3"
    lossbridge.set_semantics("keras2")
    assert lossbridge.get_semantics() == losses.Hinge().semantics == "keras2"
    with semantics("keras3") as row:
        assert lossbridge.get_semantics() == row.name == "keras3"
        lossbridge.set_semantics("keras3_live")
        assert lossbridge.get_semantics() == "keras3"
    assert lossbridge.get_semantics() == "keras3_live"


def test_block_ends_with_an_error_too():
    with pytest.raises(ZeroDivisionError), semantics("keras2"):
        raise ZeroDivisionError
    assert lossbridge.get_semantics() == "keras3"


def test_table_has_every_field_for_both():
    two, three = generations.TABLE["keras2"], generations.TABLE["keras3"]
    # whose other values are those of keras3_live, and of a computation
    ours = {"clipped_gradient", "epsilon"}
    for field in set(two.__dataclass_fields__) - ours:
        assert getattr(two, field) != getattr(three, field), f"{field} is no difference"


# -- threads ------------------------------------------------------------------------------------------


def test_eight_threads():
    """Each thread switches to and fro and gets its own numbers, at the same time as the others."""
    expected = {"keras2": 15.424949, "keras3": 16.118095}
    barrier, wrong = threading.Barrier(8), []

    def work(number):
        barrier.wait()
        for step in range(40):
            mine = ("keras2", "keras3")[(number + step) % 2]
            with semantics(mine):
                if number == 0:
                    value = losses.binary_crossentropy([[1.0]], [[0.0]])[0]
                else:
                    value = losses.BinaryCrossentropy()([[1.0]], [[0.0]])
            if abs(float(value) - expected[mine]) > 1e-4:
                wrong.append((number, step, mine, float(value)))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert lossbridge.get_semantics() == "keras3"


def test_one_object_in_eight_threads():
    y_true, y_pred = inputs("categorical_crossentropy")
    loss = losses.CategoricalCrossentropy(label_smoothing=0.1)
    expected, results = float(loss(y_true, y_pred)), []

    def work():
        results.extend(float(loss(y_true, y_pred)) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(results) == {expected}
    assert len(results) == 160


def test_tasks_and_copied_contexts_keep_their_own():
    async def task(name):
        with semantics(name):
            await asyncio.sleep(0)
            return lossbridge.get_semantics()

    async def both():
        return await asyncio.gather(task("keras2"), task("keras3"), task("keras2"))

    assert asyncio.run(both()) == ["keras2", "keras3", "keras2"]
    with semantics("keras2"):
        copied = contextvars.copy_context()
    assert copied.run(lossbridge.get_semantics) == "keras2"
    assert lossbridge.get_semantics() == "keras3"


def test_numpy_and_tensor_inputs_agree():
    y_true, y_pred = inputs("huber")
    for kind in (np.asarray, tf.constant, lambda x: x.tolist()):
        assert_close(losses.huber(kind(y_true), kind(y_pred)), losses.huber(y_true, y_pred))


# A prediction that is clipped, and the derivative by it at the end of the interval; by hand.
E = 1e-7
CLIPPED = {
    "binary_crossentropy": ([[1.0]], [[0.0]], [[-1 / E]]),
    "binary_focal_crossentropy": ([[1.0]], [[0.0]], [[-(1 / E) + 2 * np.log(E)]]),
    "asymmetric": ([[1.0]], [[0.0]], [[-(1 - E) / E + np.log(E)]]),
    "categorical_crossentropy": ([[1.0, 0.0]], [[0.0, 1.0]], [[-1 / E + 1.0, 1.0]]),
    "sparse_categorical_crossentropy": ([0], [[0.0, 1.0]], [[-1 / E + 1.0, 1.0]]),
    "kl_divergence": ([[1.0, 0.0]], [[0.0, 1.0]], [[-1 / E, -E]]),
    "mean_squared_logarithmic_error": ([[1.0]], [[-3.0]], [[-2 * np.log(2 / (1 + E)) / (1 + E)]]),
}


@pytest.mark.parametrize("name", CLIPPED)
def test_live_gradient(name):
    y_true, y_pred, expected = CLIPPED[name]
    y_true, y_pred = np.array(y_true), np.array(y_pred)
    value, gradient = value_and_gradient(function(name), y_true, y_pred)
    focal = name == "binary_focal_crossentropy"  # whose factor (1 - p)^gamma is not clipped
    assert (abs(gradient[0, 0]) < 100.0) if focal else (gradient[0, 0] == 0.0)
    with semantics("keras3_live"):
        live_value, live = value_and_gradient(function(name), y_true, y_pred)
        loss = loss_object(name, reduction="none")
    np.testing.assert_array_equal(live_value, value)
    np.testing.assert_allclose(live, expected, rtol=1e-6)
    _, of_object = value_and_gradient(loss, y_true, y_pred)
    np.testing.assert_allclose(of_object, live, rtol=1e-5)  # objects compute in float32
    assert loss.get_config()["semantics"] == "keras3_live"


@pytest.mark.parametrize("name", CLIPPED)
def test_live_gradient_is_the_same_where_nothing_is_clipped(name):
    y_true, y_pred = inputs(name, (5, 4), dtype="float64")
    expected = value_and_gradient(function(name), y_true, y_pred)
    with semantics("keras3_live"):
        found = value_and_gradient(function(name), y_true, y_pred)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


# -- Keras' epsilon ------------------------------------------------------------------------------------

# What each loss does to these with epsilon 0.01, by its formula: (y_true, y_pred, value, gradient)
OF_EPSILON = {
    "binary_crossentropy": ([[1.0]], [[0.001]], -np.log(0.01), [[0.0]]),
    "binary_focal_crossentropy": ([[1.0]], [[0.0]], -np.log(0.01), [[2 * np.log(0.01)]]),
    "categorical_crossentropy": ([[1.0, 0.0]], [[0.001, 0.999]], -np.log(0.01), [[0.0, 0.0]]),
    "asymmetric": ([[1.0]], [[0.001]], -0.99 * np.log(0.01), [[0.0]]),
    "categorical_focal_crossentropy": (
        [[0.0, 1.0]],
        [[0.001, 0.999]],
        -0.25 * 0.01**2 * np.log(0.99),
        [[0.0, 0.0]],
    ),
    "sparse_categorical_crossentropy": ([0], [[0.001, 0.5]], np.log(51.0), [[0.0, 1 / 0.51]]),
    "sparse_categorical_focal_crossentropy": (
        [1],
        [[0.001, 0.999]],
        -0.25 * 0.01**2 * np.log(0.99),
        [[0.0, 0.0]],
    ),
    "kl_divergence": ([[1.0]], [[0.001]], np.log(100.0), [[0.0]]),
    "poisson": ([[1.0]], [[0.0]], -np.log(0.01), [[-99.0]]),
    "mean_absolute_percentage_error": ([[0.0]], [[1.0]], 1e4, [[1e4]]),
    "mean_squared_logarithmic_error": (
        [[0.0]],
        [[1.0]],
        np.log(2 / 1.01) ** 2,
        [[np.log(2 / 1.01)]],
    ),
    "dice": ([[1.0]], [[0.5]], 1 - 1 / 1.51, [[-2 / 1.51 + 1 / 1.51**2]]),
    "tversky": ([[1.0]], [[0.5]], 1 - 0.5 / 0.76, [[-1 / 0.76 + 0.25 / 0.76**2]]),
    "cosine_similarity": ([[1.0]], [[0.001]], -0.1, [[-100.0]]),
}


@pytest.fixture
def epsilon():
    before = metrics_keras.backend.epsilon()
    yield metrics_keras.backend.set_epsilon
    metrics_keras.backend.set_epsilon(before)


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("name", OF_EPSILON)
def test_epsilon_of_keras_is_followed(name, mode, epsilon):
    """That of the time of the value, also where the gradient is computed later."""
    y_true, y_pred, value, gradient = OF_EPSILON[name]
    y_true, y_pred = tf.constant(y_true), tf.constant(y_pred)
    loss = registry.LOSSES[name].function
    run = loss if mode == "eager" else tf.function(loss, jit_compile=mode == "xla")
    epsilon(1e-3)
    loss(y_true, y_pred)  # a program of another epsilon is not taken
    epsilon(0.01)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        found = run(y_true, y_pred)
    epsilon(0.1)
    np.testing.assert_allclose(np.ravel(found), [value], rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(tape.gradient(found, y_pred), gradient, rtol=1e-5, atol=1e-6)


def test_epsilon_of_keras_in_the_offset_of_keras_2(epsilon):
    epsilon(0.01)
    with lossbridge.semantics("keras2"):
        value = losses.binary_crossentropy([[1.0]], [[0.0]])
    np.testing.assert_allclose(value, [-np.log(0.02)], rtol=1e-6)
