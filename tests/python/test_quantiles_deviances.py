"""Losses of quantiles, deviances and the robust loss: what the laws over all losses do not say."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import assert_close, function, needs_tf_keras, value_and_gradient

from lossbridge import checks, losses

QUANTILES = ["pinball", "expectile", "quantile_huber"]
TAUS = [0.1, 0.5, 0.9]
Y = np.array([2.0, 5.0, 1.0, -3.0], "float32")
P = np.array([[1.0, 2.0, 4.0], [2.0, 2.0, 9.0], [0.0, 1.0, 1.0], [-4.0, -3.5, 0.0]], "float32")


@pytest.mark.parametrize("name", QUANTILES)
@pytest.mark.parametrize("y_true", [Y, Y[:, None], np.repeat(Y[:, None], 3, 1)], ids=np.shape)
def test_one_true_value_stands_for_all_outputs(name, y_true):
    by_column = [function(name)(Y[:, None], P[:, i : i + 1], tau=t) for i, t in enumerate(TAUS)]
    expected = np.mean(by_column, 0)
    assert_close(function(name)(y_true, P, tau=TAUS), expected)
    assert_close(tf.function(function(name))(y_true, P, tau=TAUS), expected)
    rank_3 = function(name)(y_true[None], P[None], tau=TAUS)
    assert_close(rank_3, expected[None])
    cls = getattr(losses, "".join(word.title() for word in name.split("_")))
    weight = np.array([1.0, 0.0, 2.0, 3.0], "float32")
    assert_close(cls(tau=TAUS, reduction="sum")(y_true, P, weight), np.sum(expected * weight))


@pytest.mark.parametrize("fit", ["keras", pytest.param("tf_keras", marks=needs_tf_keras)])
@pytest.mark.parametrize("shape", [(200,), (200, 1)])
def test_a_network_learns_quantiles(fit, shape):
    library = keras if fit == "keras" else pytest.importorskip("tf_keras")
    library.utils.set_random_seed(1)
    y = np.arange(1.0, 201.0, dtype="float32").reshape(shape) / 100.0
    model = library.Sequential([library.layers.Dense(3)])
    model.compile(library.optimizers.Adam(0.03), losses.Pinball(tau=TAUS))
    model.fit(np.ones((200, 1), "float32"), y, epochs=40, batch_size=20, verbose=0)
    found = model.predict(np.ones((1, 1), "float32"), verbose=0)[0]
    np.testing.assert_allclose(found, np.quantile(y, TAUS), atol=0.08)


def test_several_outputs_have_as_many_quantiles():
    message = "`tau`: must be one number, or one for each of 3 outputs, not 2 numbers"
    with pytest.raises(checks.InputError, match=message):
        losses.pinball(Y, P, tau=[0.1, 0.9])
    with pytest.raises(checks.InputError, match="must have the same shape as `y_pred`"):
        losses.pinball(Y[:, None], P)
    graph = tf.function(
        lambda y, p: losses.pinball(y, p, tau=TAUS),
        input_signature=[tf.TensorSpec([None, 1]), tf.TensorSpec([None, 3])],
    )
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have the same shape"):
        graph(Y[:1, None], P)


@pytest.mark.parametrize("tau", [0.0, 1.0])
def test_the_ends_of_tau_weigh_one_side_only(tau):
    value, gradient = value_and_gradient(losses.pinball, [[0.0, 0.0]], [[1.0, -1.0]], tau=tau)
    assert_close(value, [0.5])
    assert_close(gradient, [[0.5 * (1.0 - tau), -0.5 * tau]])


def test_quantile_huber_without_width_is_pinball():
    for delta in (0.0, 1e-30, 1e-320):
        value, gradient = value_and_gradient(
            losses.quantile_huber, Y[:, None], P[:, :1], tau=0.3, delta=delta
        )
        expected = value_and_gradient(losses.pinball, Y[:, None], P[:, :1], tau=0.3)
        assert_close(value, expected[0])
        assert_close(gradient, expected[1])


# -- deviances --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("power", [0.0, 1.0, 1.01, 1.5, 1.99, 2.0, 3.0])
@pytest.mark.parametrize("log_link", [False, True])
def test_deviances_are_finite_and_lead_back(power, log_link, dtype):
    """Of logarithms of +-1e4 and of any means: the gradient is finite, and of the side of the error."""
    t = np.array([0.0, 1e-30, 1e-3, 1.0, 1e4], dtype)
    ends = (-1e4, -200.0, 200.0, 1e4) if log_link else (0.0, 1e-30, 1e-7, 1e15)
    for p in np.array(ends, dtype):
        value, gradient = value_and_gradient(
            losses.tweedie_deviance,
            t[:, None],
            np.full((5, 1), p),
            power=power,
            log_link=log_link,
        )
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()
        assert (value >= 0.0).all()
        if log_link and p > 100.0:
            assert (gradient > 0.0).all()


@pytest.mark.parametrize("name", ["poisson_deviance", "gamma_deviance", "tweedie_deviance"])
def test_exact_hits_have_no_deviance(name):
    t = np.array([[1e-3, 1.0, 7.0, 1e5]], "float32")
    value, gradient = value_and_gradient(function(name), t, t)
    assert value == 0.0
    assert (gradient == 0.0).all()


def test_powers_are_continuous():
    """Where the formula divides by 0: at power 1 and 2."""
    t, p = np.array([[0.5], [2.0], [3.0]]), np.array([[2.0], [2.1], [0.1]])
    for power, name in ((1.0, "poisson_deviance"), (2.0, "gamma_deviance")):
        expected = value_and_gradient(function(name), t, p)
        for at in (power, power + 1e-9):
            found = value_and_gradient(losses.tweedie_deviance, t, p, power=at)
            for x, y in zip(found, expected, strict=True):
                np.testing.assert_allclose(x, y, rtol=1e-7)


def test_gamma_deviance_of_a_count_of_zero_has_that_of_the_smallest():
    assert_close(losses.gamma_deviance([[0.0]], [[1.0]]), losses.gamma_deviance([[1e-7]], [[1.0]]))


# -- the robust loss --------------------------------------------------------------------------------

ERRORS = np.array([[0.0], [1e-4], [0.3], [1.0], [7.0], [1e4]])


@pytest.mark.parametrize("alpha", [2.0, 0.0])
def test_shapes_are_continuous(alpha):
    at = value_and_gradient(losses.robust, 0.0 * ERRORS, ERRORS, alpha=alpha)
    for near in (alpha - 1e-9, alpha + 1e-9):
        beside = value_and_gradient(losses.robust, 0.0 * ERRORS, ERRORS, alpha=near)
        for x, y in zip(at, beside, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-6)


def test_minus_infinity_is_the_limit():
    at = value_and_gradient(losses.robust, 0.0 * ERRORS, ERRORS, alpha=-np.inf)
    beside = value_and_gradient(losses.robust, 0.0 * ERRORS, ERRORS, alpha=-1e9)
    for x, y in zip(at, beside, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("alpha", [-np.inf, -2.0, 0.0, 1.0, 1.5, 2.0])
def test_robust_loss_of_large_errors_is_finite(alpha):
    p = np.array([[1e-30], [1e18], [-1e18], [0.0]], "float32")
    value, gradient = value_and_gradient(losses.robust, 0.0 * p, p, alpha=alpha)
    assert np.isfinite(value).all()
    assert np.isfinite(gradient).all()
    assert (np.sign(gradient) == np.sign(p)).all() or alpha <= 0.0


def test_object_with_minus_infinity_is_saved():
    loss = losses.Robust(alpha=float("-inf"))
    again = losses.deserialize(losses.serialize(loss))
    assert_close(again([[0.0]], [[2.0]]), 1.0 - np.exp(-2.0))


def test_members_that_are_equal_and_hit_the_truth():
    """The difference of two members has the derivative 0 where they are equal, also at the truth."""
    p = tf.constant([[1.0, 1.0, 3.0], [2.0, 2.0, 2.0]])
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = losses.ensemble_crps([1.0, 2.0], p)
    # (|x - t| less the pairs) 2 / 3 - 2 (2 + 2) / 18, and 0
    np.testing.assert_allclose(value, [2.0 / 9.0, 0.0], rtol=1e-6)
    by_pairs = [[1.0 / 9.0, 1.0 / 9.0, 1.0 / 9.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(tape.gradient(value, p), by_pairs, rtol=1e-6)


def test_fair_scores_do_not_depend_on_the_number_of_members():
    """Of members drawn from a normal distribution, the mean is that of the distribution."""
    rng = np.random.default_rng(1)
    t = rng.normal(size=20000)
    expected = tf.reduce_mean(losses.gaussian_crps(t, np.zeros((20000, 2))))
    for members in (2, 5):
        p = rng.normal(size=(20000, members))
        found = tf.reduce_mean(losses.ensemble_crps(t, p, fair=True))
        np.testing.assert_allclose(found, expected, atol=0.02)
