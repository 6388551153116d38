"""What a model predicts of a distribution: parameters, mean, standard deviation and quantiles."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lossbridge import checks, registry
from lossbridge._backend import tf
from lossbridge.losses import get
from lossbridge.losses._heads import positive

Array = np.ndarray
Probability = float | Array


@dataclass(frozen=True)
class Distribution:
    """Predicted distributions, one for each number of its arrays."""

    parameters: dict[str, Array]
    """Those besides mean and standard deviation, as R calls them."""
    mean: Array
    sd: Array
    quantile: Callable[[float], Array]
    """The smallest number that what happens is at most with a probability."""


def _size(raw: Array, scale: str) -> Array:
    """What a loss takes for the size of a raw parameter."""
    return positive(tf.constant(raw), scale)[0].numpy()


def _normal(mean: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    sd = _size(raw, scale)
    return Distribution({}, mean, sd, lambda q: mean + sd * _normal_quantile(q))


def _laplace(location: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    size = _size(raw, scale)

    def quantile(q: float) -> Array:
        return location + size * (math.log(2 * q) if q < 0.5 else -math.log(2 - 2 * q))

    return Distribution(
        {"location": location, "scale": size}, location, math.sqrt(2.0) * size, quantile
    )


def _lognormal(meanlog: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    sdlog = _size(raw, scale)
    mean = np.exp(meanlog + sdlog**2 / 2)
    return Distribution(
        {"meanlog": meanlog, "sdlog": sdlog},
        mean,
        mean * np.sqrt(np.expm1(sdlog**2)),
        lambda q: np.exp(meanlog + sdlog * _normal_quantile(q)),
    )


def _student_t(
    location: Array,
    raw: Array,
    raw_df: Array | None = None,
    df: float | None = None,
    scale: str = "log",
    **_: Any,
) -> Distribution:
    size = _size(raw, scale)
    df_ = np.full_like(location, df) if raw_df is None else _size(raw_df, scale)
    large = df_ > 1e4
    few = np.where(large, 1.0, df_)

    def tail(z: Array) -> Array:
        """The probability of less than -z, for z >= 0."""
        return (
            0.5 * tf.math.betainc(few / 2, tf.constant(0.5, "float64"), few / (few + z**2)).numpy()
        )

    def quantile(q: float) -> Array:
        side, sign = min(q, 1 - q), -1.0 if q < 0.5 else 1.0
        log_z = _root(lambda u: -tail(np.exp(u)), -side, *_everywhere(df_.shape, 350.0))
        z = _normal_quantile(q)
        expanded = z + (z**3 + z) / (4 * df_) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df_**2)
        by_halving = sign * (0.0 if q == 0.5 else np.exp(log_z))
        return location + size * np.where(large, expanded, by_halving)

    variance = np.where(df_ > 2, df_ / (df_ - 2), np.where(df_ > 1, np.inf, np.nan))
    return Distribution(
        {"location": location, "scale": size, "df": df_},
        np.where(df_ > 1, location, np.nan),
        size * np.sqrt(variance),
        quantile,
    )


def _gamma(log_mean: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    mean, shape = np.exp(log_mean), _size(raw, scale)
    parameters = {"shape": shape, "rate": shape / mean}
    sd = mean / np.sqrt(shape)
    return Distribution(parameters, mean, sd, lambda q: mean * (_gamma_quantile(shape, q) / shape))


def _mixture(logits: Array, means: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    """Of K components, along the last axis of each."""
    weights = tf.nn.softmax(logits).numpy()
    sds = _size(raw, scale)
    mean = np.sum(weights * means, -1)
    sd = np.sqrt(np.sum(weights * (sds**2 + (means - mean[..., None]) ** 2), -1))

    def quantile(q: float) -> Array:
        def cdf(x: Array) -> Array:
            below = tf.math.erfc((means - x[..., None]) / (math.sqrt(2.0) * sds))
            return np.sum(0.5 * weights * below.numpy(), -1)

        each = means + sds * _normal_quantile(q)
        return _root(cdf, q, each.min(-1), each.max(-1))

    columns = {"weight": weights, "mean": means, "sd": sds}
    parameters = {
        f"{name}{k + 1}": column[..., k]
        for name, column in columns.items()
        for k in range(column.shape[-1])
    }
    return Distribution(parameters, mean, sd, quantile)


def _ensemble(members: Array, **_: Any) -> Distribution:
    """Of members that are equally probable, along the last axis."""

    def quantile(q: float) -> Array:
        return np.quantile(members, q, -1, method="inverted_cdf")

    return Distribution({}, members.mean(-1), members.std(-1), quantile)


# -- counts -------------------------------------------------------------------------------------------


def _negative_binomial(log_mean: Array, raw: Array, scale: str = "log", **_: Any) -> Distribution:
    mean, size = _size(log_mean, "log"), _size(raw, scale)
    sd = np.sqrt(mean + mean**2 / size)
    return Distribution(
        {"size": size}, mean, sd, lambda q: _negative_binomial_quantile(mean, size, q)
    )


def _zero_inflated_poisson(log_mean: Array, logit: Array, **_: Any) -> Distribution:
    mu, zero = _size(log_mean, "log"), tf.sigmoid(logit).numpy()
    return Distribution(
        {"lambda": mu, "zero": zero},
        (1 - zero) * mu,
        np.sqrt((1 - zero) * mu * (1 + zero * mu)),
        _inflated(zero, lambda q: _poisson_quantile(mu, q)),
    )


def _zero_inflated_negative_binomial(
    log_mean: Array, raw: Array, logit: Array, scale: str = "log", **_: Any
) -> Distribution:
    mu, size, zero = _size(log_mean, "log"), _size(raw, scale), tf.sigmoid(logit).numpy()
    return Distribution(
        {"mu": mu, "size": size, "zero": zero},
        (1 - zero) * mu,
        np.sqrt((1 - zero) * mu * (1 + mu / size + zero * mu)),
        _inflated(zero, lambda q: _negative_binomial_quantile(mu, size, q)),
    )


def _inflated(zero: Array, quantile: Callable[[Array], Array]) -> Callable[[float], Array]:
    """Quantiles with more zeros, from those of the counts alone."""

    def inflated(q: float) -> Array:
        beyond = (q - zero) / (1 - zero)
        return np.where(beyond > 0, quantile(np.clip(beyond, 1e-300, 1.0)), 0.0)

    return inflated


# -- quantiles ----------------------------------------------------------------------------------------


def _normal_quantile(q: Any) -> Any:
    return tf.math.ndtri(tf.constant(q, "float64")).numpy()


def _root(
    cdf: Callable[[Array], Array], q: Probability, low: Array, high: Array, steps: int = 80
) -> Array:
    """Where a distribution function between `low` and `high` is q, by halving."""
    for _ in range(steps):
        middle = low + (high - low) / 2
        above = cdf(middle) >= q
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return low + (high - low) / 2


def _everywhere(shape: tuple[int, ...], largest: float) -> tuple[Array, Array]:
    """The ends of an interval of logarithms."""
    return np.full(shape, -largest), np.full(shape, largest)


def _count(cdf: Callable[[Array], Array], q: Probability, shape: tuple[int, ...]) -> Array:
    """The smallest whole number at which a distribution function is at least q, by halving."""
    low, high = np.full(shape, -1.0), np.ones(shape)
    while (short := (cdf(high) < q) & (high < 2.0**60)).any():
        low, high = np.where(short, high, low), np.where(short, 2 * high, high)
    while (high - low > 1).any():
        middle = np.floor(low + (high - low) / 2)
        reached = cdf(middle) >= q
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return high


# The incomplete functions lose digits and take long where their arguments are large; the expansions by
# Cornish and Fisher (1938) have the more digits there.


def _gamma_quantile(shape: Array, q: Probability) -> Array:
    """Of a rate of 1."""
    large = shape > 1e4
    small = np.where(large, 1.0, shape)

    def cdf(log_x: Array) -> Array:
        return tf.math.igamma(small, np.exp(log_x)).numpy()

    by_halving = np.exp(_root(cdf, q, *_everywhere(shape.shape, 700.0)))
    z, root = _normal_quantile(q), np.sqrt(shape)
    expanded = shape + root * z + (z**2 - 1) / 3 + (z**3 - 7 * z) / (36 * root)
    return np.where(large, expanded - (3 * z**4 + 7 * z**2 - 16) / (810 * shape), by_halving)


def _poisson_quantile(mean: Array, q: Probability) -> Array:
    large = mean > 1e4
    small = np.where(large, 1.0, mean)
    counted = _count(lambda k: tf.math.igammac(k + 1, small).numpy(), q, mean.shape)
    return np.where(large, _expanded_count(mean, 0.0, q), counted)


def _negative_binomial_quantile(mean: Array, size: Array, q: Probability) -> Array:
    large = (mean > 1e4) & (size > 1e3)
    # of a small size what is counted is nearly gamma distributed, of a huge one nearly a Poisson count
    like_gamma = (mean > 1e6) & ~large
    like_poisson = (size > 1e9) & ~large

    def only(where: Array, x: Array) -> Array:
        return np.where(where, x, 1.0)

    counted = ~(large | like_gamma | like_poisson)
    mu, r = only(counted, mean), only(counted, size)
    by_counting = _count(lambda k: tf.math.betainc(r, k + 1, r / (r + mu)).numpy(), q, mean.shape)
    few = only(like_gamma, size)
    of_gamma = np.ceil(_gamma_quantile(few, q) / np.log1p(few / mean) - (few + 1) / 2)
    return np.select(
        [large, like_gamma, like_poisson],
        [
            _expanded_count(mean, 1 / size, q),
            np.maximum(of_gamma, 0.0),
            _poisson_quantile(only(like_poisson, mean), q),
        ],
        by_counting,
    )


def _expanded_count(mean: Array, dispersion: Any, q: Probability) -> Array:
    """The quantile of a negative binomial distribution with a large mean and size, by four cumulants."""
    z, more = _normal_quantile(q), dispersion * mean
    sd = np.sqrt(mean * (1 + more))
    skewness = (1 + 2 * more) / sd
    excess = (1 + 6 * more * (1 + more)) / sd**2
    standardized = z + skewness * (z**2 - 1) / 6 + excess * (z**3 - 3 * z) / 24
    standardized -= skewness**2 * (2 * z**3 - 5 * z) / 36
    return np.ceil(mean + sd * standardized - 0.5)


DISTRIBUTIONS: dict[str, Callable[..., Distribution]] = {
    "gaussian_nll": _normal,
    "laplace_nll": _laplace,
    "lognormal_nll": _lognormal,
    "student_t_nll": _student_t,
    "gamma_nll": _gamma,
    "negative_binomial_nll": _negative_binomial,
    "zero_inflated_poisson_nll": _zero_inflated_poisson,
    "zero_inflated_negative_binomial_nll": _zero_inflated_negative_binomial,
    "gaussian_mixture_nll": _mixture,
    "gaussian_crps": _normal,
    "ensemble_crps": _ensemble,
}
"""The distribution of each loss, of the parameters along the last axis of `y_pred` and the arguments."""


def distribution_parameters(
    y_pred: Any, loss: Any, probs: float | Sequence[float] = (0.05, 0.5, 0.95)
) -> dict[str, Array]:
    """Parameters, mean, standard deviation and quantiles of predicted distributions.

    Args:
        y_pred: What a model predicts: raw parameters along the last axis, as the loss takes them.
        loss: The loss that the model was trained with: an object, whose arguments count, a function or a
            name, such as "gaussian_nll".
        probs: Probabilities of the wanted quantiles, between 0 and 1.

    Returns:
        A dict of arrays of the shape of `y_pred` without its last axis, in float64: the parameters by their
        names in R (`shape`, `rate`, `size`, `df`), then `mean`, `sd`, and the quantiles, `q5` for 0.05. Raw
        parameters are clamped as in the loss. `pandas.DataFrame()` makes a table of it.

    Raises:
        InputError: If the loss is of no distribution, or `y_pred` does not hold its parameters.

    Example:
        >>> table = distribution_parameters([[1.0, 0.0]], "gaussian_nll", probs=0.5)
        >>> {name: column.tolist() for name, column in table.items()}
        {'mean': [1.0], 'sd': [1.0], 'q50': [1.0]}
    """
    found = get(loss)
    spec = getattr(found, "_spec", None) or registry.spec_of(found)
    if spec is None or spec.heads is None or spec.name not in DISTRIBUTIONS:
        known = ", ".join(sorted(DISTRIBUTIONS))
        given = repr(loss) if spec is None else spec.name
        raise checks.InputError("loss", f"a loss of a distribution, one of {known}", given)
    arguments = {**spec.parameters, **getattr(found, "_fn_kwargs", {})}
    levels = np.ravel(checks.some_numbers_of(probs, "probs", 0.0, 1.0, open_ends=True))
    p = checks.cast(checks.float_tensor(y_pred, "y_pred"), tf.float64)
    names = spec.heads.given(arguments)
    _, p = checks.one_for_heads(tf.zeros(tf.shape(p)[:-1]), p, names, spec.heads.several)
    raw = np.split(p.numpy(), len(names), -1)
    raw = raw if spec.heads.several else [np.squeeze(x, -1) for x in raw]
    missing = np.isnan(p.numpy()).any(-1)
    with np.errstate(all="ignore"):
        of = DISTRIBUTIONS[spec.name](*raw, **arguments)
        quantiles = {
            f"q{100 * level:.15g}": np.where(missing, np.nan, of.quantile(level))
            for level in levels
        }
    return {**of.parameters, "mean": of.mean, "sd": of.sd, **quantiles}
