"""What is predicted of a distribution, held against scipy."""

import numpy as np
import pytest
from scipy import stats

import lossbridge
from lossbridge import losses

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
}


@pytest.mark.parametrize("name", OF_SCIPY)
def test_mean_sd_and_quantiles_are_those_of_scipy(name):
    loss, y_pred, expected = OF_SCIPY[name]
    found = lossbridge.distribution_parameters(y_pred, loss, PROBS)
    np.testing.assert_allclose(found["mean"], expected.mean(), rtol=1e-12)
    np.testing.assert_allclose(found["sd"], expected.std(), rtol=1e-12)
    for q in PROBS:
        np.testing.assert_allclose(found[f"q{100 * q:g}"], expected.ppf(q), rtol=1e-9)


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
