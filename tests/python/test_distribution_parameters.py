"""What is predicted of a distribution, held against scipy."""

import numpy as np
import pytest
from scipy import stats

import lossbridge
from lossbridge import distributions, losses, registry

PROBS = (0.001, 0.05, 0.3, 0.5, 0.9, 0.999)
P = np.random.default_rng(0).normal(size=(5, 3))
P[:, 2] += 3.0  # degrees of freedom for which there is a standard deviation
FIRST, SECOND, THIRD = P.T
OF_SCIPY = {
    "normal": (losses.GaussianNLL(), P[:, :2], stats.norm(FIRST, np.exp(SECOND))),
    "softplus": (
        losses.GaussianNLL(scale="softplus"),
        P[:, :2],
        stats.norm(FIRST, np.log1p(np.exp(SECOND))),
    ),
    "Laplace": (losses.LaplaceNLL(), P[:, :2], stats.laplace(FIRST, np.exp(SECOND))),
    "log-normal": (
        losses.LognormalNLL(),
        P[:, :2],
        stats.lognorm(np.exp(SECOND), scale=np.exp(FIRST)),
    ),
    "t": (losses.StudentTNLL(), P, stats.t(np.exp(THIRD), FIRST, np.exp(SECOND))),
    "t of given df": (
        losses.StudentTNLL(df=2.5),
        P[:, :2],
        stats.t(2.5, FIRST, np.exp(SECOND)),
    ),
    "gamma": (
        losses.GammaNLL(),
        P[:, :2],
        stats.gamma(np.exp(SECOND), scale=np.exp(FIRST - SECOND)),
    ),
    "CRPS": (losses.GaussianCRPS(), P[:, :2], stats.norm(FIRST, np.exp(SECOND))),
    "negative binomial": (
        losses.NegativeBinomialNLL(),
        P[:, [2, 1]],  # of means up to 60
        stats.nbinom(np.exp(SECOND), np.exp(SECOND) / (np.exp(SECOND) + np.exp(THIRD))),
    ),
}


@pytest.mark.parametrize("name", OF_SCIPY)
def test_mean_sd_and_quantiles_are_those_of_scipy(name):
    loss, y_pred, expected = OF_SCIPY[name]
    found = lossbridge.distribution_parameters(y_pred, loss, PROBS)
    np.testing.assert_allclose(found["mean"], expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["sd"], expected.std(), rtol=1e-12)
    for q in PROBS:
        np.testing.assert_allclose(found[f"q{100 * q:g}"], expected.ppf(q), rtol=1e-9)


FAR = {  # digits of scipy's quantiles themselves are fewer there
    "gamma": (losses.GammaNLL(), [[0.0, 9.0], [0.0, 20.0]], lambda a: stats.gamma(a, scale=1 / a)),
    "t": (losses.StudentTNLL(), [[0.0, 0.0, 9.0], [0.0, 0.0, 20.0]], stats.t),
}


@pytest.mark.parametrize("name", FAR)
def test_quantiles_of_large_parameters(name):
    loss, y_pred, distribution = FAR[name]
    found = lossbridge.distribution_parameters(y_pred, loss, PROBS)
    expected = distribution(np.exp(np.array(y_pred)[:, -1]))
    for q in PROBS:
        np.testing.assert_allclose(found[f"q{100 * q:g}"], expected.ppf(q), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("mean", [50.0, 2e4, 3e5, 3e6, 1e9])
def test_quantiles_of_large_counts(mean):
    size = np.array([0.5, 30.0, 2e3, 1e7, 1e12])
    y_pred = np.stack([np.full(5, np.log(mean)), np.log(size)], 1)
    found = lossbridge.distribution_parameters(y_pred, losses.NegativeBinomialNLL(), PROBS)
    zeros = np.concatenate([y_pred[:, :1], np.full((5, 1), -40.0)], 1)
    of_poisson = lossbridge.distribution_parameters(zeros, losses.ZeroInflatedPoissonNLL(), PROBS)
    for q in PROBS:
        # a Poisson count of a gamma distributed mean, without the differences of large numbers
        expected = stats.nbinom(size, size / (size + mean)).ppf(q)
        expected[-1] = stats.poisson(mean).ppf(q)
        np.testing.assert_allclose(found[f"q{100 * q:g}"], expected, rtol=2e-7, atol=1.0)
        np.testing.assert_allclose(of_poisson[f"q{100 * q:g}"], expected[-1], rtol=2e-7, atol=1.0)


@pytest.mark.parametrize("name", sorted(distributions.DISTRIBUTIONS))
def test_of_a_nan_nothing_is_known(name):
    heads = registry.LOSSES[name].heads
    number = len(heads.given(registry.LOSSES[name].parameters))
    for head in range(number):
        y_pred = np.zeros((2, number))
        y_pred[1, head] = np.nan
        found = lossbridge.distribution_parameters(y_pred, name, PROBS)
        for q in PROBS:
            assert np.isnan(found[f"q{100 * q:g}"]).tolist() == [False, True]


@pytest.mark.parametrize("size", [None, 2.0])
def test_more_zeros_than_there_are_counts(size):
    mu, zero = np.exp(THIRD), 1 / (1 + np.exp(-FIRST))
    if size is None:
        loss, y_pred, counts = losses.ZeroInflatedPoissonNLL(), P[:, [2, 0]], stats.poisson(mu)
    else:
        y_pred = np.stack([THIRD, np.full(5, np.log(size)), FIRST], 1)
        loss = losses.ZeroInflatedNegativeBinomialNLL()
        counts = stats.nbinom(size, size / (size + mu))
    found = lossbridge.distribution_parameters(y_pred, loss, PROBS)
    square = (1 - zero) * (counts.var() + counts.mean() ** 2)
    np.testing.assert_allclose(found["mean"], (1 - zero) * counts.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["sd"], np.sqrt(square - found["mean"] ** 2), rtol=1e-9)
    for q in PROBS:
        beyond = (q - zero) / (1 - zero)
        expected = np.where(beyond <= 0, 0, counts.ppf(np.maximum(beyond, 0)))
        np.testing.assert_array_equal(found[f"q{100 * q:g}"], np.maximum(expected, 0))


def test_a_mixture_has_the_probability_of_its_quantiles():
    y_pred = np.concatenate([P, 3 * P, 0.5 * P], 1)
    found = lossbridge.distribution_parameters(y_pred, losses.GaussianMixtureNLL(), PROBS)
    weights, means, sds = (
        np.stack([found[f"{what}{k}"] for k in (1, 2, 3)], 1) for what in ("weight", "mean", "sd")
    )
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_allclose(means, 3 * P)
    np.testing.assert_allclose(sds, np.exp(0.5 * P))
    for q in PROBS:
        each = stats.norm(means, sds).cdf(found[f"q{100 * q:g}"][:, None])
        np.testing.assert_allclose((weights * each).sum(1), q, rtol=1e-9)
    draws = np.random.default_rng(1).normal(means, sds, (200_000, 5, 3))
    kinds = np.random.default_rng(2).random((200_000, 5, 1)) < weights.cumsum(1)
    drawn = np.take_along_axis(draws, kinds.argmax(-1)[..., None], -1)[..., 0]
    np.testing.assert_allclose(found["mean"], drawn.mean(0), rtol=0.03)
    np.testing.assert_allclose(found["sd"], drawn.std(0), rtol=0.03)


def test_members_of_an_ensemble_are_equally_probable():
    found = lossbridge.distribution_parameters([[3.0, 1.0, 2.0, 4.0]], "ensemble_crps", (0.25, 0.3))
    assert {name: column.tolist() for name, column in found.items()} == {
        "mean": [2.5],
        "sd": [pytest.approx(np.sqrt(1.25))],
        "q25": [1.0],
        "q30": [2.0],
    }


def test_every_loss_of_a_distribution_has_its_table():
    known = {name for name, spec in registry.LOSSES.items() if spec.heads is not None}
    assert set(distributions.DISTRIBUTIONS) == known


def test_arguments_are_those_of_the_object_and_shapes_those_of_the_rows():
    y_pred = np.zeros((2, 3, 2), "float32")
    found = lossbridge.distribution_parameters(y_pred, losses.laplace_nll, 0.5)
    assert list(found) == ["location", "scale", "mean", "sd", "q50"]
    assert {column.shape for column in found.values()} == {(2, 3)}
    assert {column.dtype.name for column in found.values()} == {"float64"}
    itself = losses.LaplaceNLL(scale="identity")
    found = lossbridge.distribution_parameters(y_pred, itself, 0.5)
    np.testing.assert_allclose(found["scale"], np.full((2, 3), 1e-10))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([[0.0, 0.0]], "hinge"),
            r"`loss`: must be a loss of a distribution, one of .*, not hinge",
        ),
        (([[0.0] * 3], "gaussian_nll"), r"`y_pred`: must have parameters along its last axis"),
        (([[0.0, 0.0]], "gaussian_nll", [0.5, 1.0]), r"strictly between 0 and 1, not 1.0"),
        (([[0.0, 0.0]], "gaussian_nll", []), r"`probs`: must be a number"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(lossbridge.InputError, match=message):
        lossbridge.distribution_parameters(*arguments)
