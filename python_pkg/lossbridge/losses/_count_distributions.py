"""Losses of counts, and of the parameters that were predicted for their distribution.

A likelihood is a difference of gamma functions and powers that are much larger than it. Grouped as by
Loader (2000), it is a deviance, what Stirling's formula lacks, and half a logarithm: no term is below 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lossbridge import checks, numerics, special
from lossbridge._backend import tf
from lossbridge.domains import Flag, Scale
from lossbridge.engine.formula import Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._heads import LARGEST, LOG_2PI, SMALLEST, of_heads, positive
from lossbridge.reduction import DEFAULT
from lossbridge.registry import Heads, loss


def _counts(t: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """Where counts are not 0, the counts, with 1 in place of 0, their means, and what those are more.

    Of the means less the counts, and of the logarithm of their ratio, which have the digits that the means
    themselves lose. At a count of 0, where there is no ratio, it is that to 1.
    """
    some = tf.logical_not(t < SMALLEST)  # and what is NaN stays it
    safe = tf.where(some, numerics.clip(t, SMALLEST, LARGEST), 1.0)
    count = tf.where(some, safe, 0.0)
    mean, log, _ = positive(raw, "log")
    ratio = log - tf.math.log(safe)
    return some, count, safe, mean, tf.where(some, safe * tf.math.expm1(ratio), mean), ratio


def _constant(some: tf.Tensor, safe: tf.Tensor, full: bool) -> tf.Tensor | float:
    """log(t!) - t log t + t, which makes it minus the logarithm of a probability; 0 if not `full`."""
    if not full:
        return 0.0
    return tf.where(some, 0.5 * (LOG_2PI + tf.math.log(safe)) + special.stirling(safe), 0.0)


def _poisson(t: tf.Tensor, raw: tf.Tensor, full: bool) -> tuple[tf.Tensor, ...]:
    """Where counts are not 0, the likelihood of a Poisson distribution, its derivative by the raw mean."""
    some, _, safe, mean, more, ratio = _counts(t, raw)
    value = tf.where(some, safe * special.excess(tf.math.expm1(ratio), ratio), mean)
    return some, value + _constant(some, safe, full), more


def _deviances(
    t: tf.Tensor, raw_mean: tf.Tensor, raw: tf.Tensor, scale: str
) -> tuple[tf.Tensor, ...]:
    """What value and slopes of the negative binomial distribution share.

    Of n = t + size it is (size / n, t / n) against (size, mean) / (size + mean) that the two deviances tell
    apart, that of the size and that of the count.
    """
    some, count, safe, mean, more, ratio = _counts(t, raw_mean)
    size, _, slope = positive(raw, scale)
    total, n = size + mean, size + count
    share = size / total

    def deviance(weight: tf.Tensor, x: tf.Tensor, one_more: tf.Tensor) -> tf.Tensor:
        # near 0 and beyond 1 + x has lost digits of x, near -1 it is x that has lost them
        near = numerics.log1p(tf.maximum(x, -0.5))
        return weight * special.excess(x, tf.where(x < -0.5, tf.math.log(one_more), near))

    of_size = deviance(size, -more / total, n / total)
    of_count = deviance(safe, tf.math.expm1(ratio) * share, (n / safe) * (mean / total))
    of_count = tf.where(some, of_count, mean * share)
    return some, count, safe, size, n, slope, of_size, of_count, more * share


def _of_both(function: Any, size: tf.Tensor, n: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    of_size, of_n = tf.split(function(tf.concat([size, n], -1)), 2, -1)
    return of_size, of_n


def _negative_binomial(
    some: Any,
    count: Any,
    safe: Any,
    size: Any,
    n: Any,
    slope: Any,
    of_size: Any,
    of_count: Any,
    by_mean: Any,
    *,
    full: bool,
) -> tf.Tensor:
    rest, rest_n = _of_both(special.stirling, size, n)
    value = of_size + of_count + 0.5 * numerics.log1p(count / size) + (rest - rest_n)
    return value + _constant(some, safe, full)


def _negative_binomial_slopes(
    some: Any,
    count: Any,
    safe: Any,
    size: Any,
    n: Any,
    slope: Any,
    of_size: Any,
    of_count: Any,
    by_mean: Any,
) -> tuple[tf.Tensor, tf.Tensor]:
    rest, rest_n = _of_both(special.digamma, size, n)
    lowered = 0.5 * (count / n) + (rest - size / n * rest_n)
    return by_mean, (of_size - lowered) * slope


def _inflated(some: tf.Tensor, value: tf.Tensor, logit: tf.Tensor) -> tf.Tensor:
    """The value with more zeros, from that of the counts alone."""
    softplus = numerics.softplus(logit)
    # the probability of a count above 0, and the logarithm of that of 0 where it is small
    others = -tf.sigmoid(-logit) * tf.math.expm1(-value)
    log = tf.maximum(logit, -value) + numerics.log1p(tf.exp(-tf.abs(logit + value)))
    of_zero = tf.where(others < 0.5, -numerics.log1p(-tf.minimum(others, 0.5)), softplus - log)
    return tf.where(some, softplus + value, of_zero)


def _inflated_slopes(
    some: tf.Tensor, value: tf.Tensor, logit: tf.Tensor, slopes: Sequence[tf.Tensor]
) -> Sequence[tf.Tensor]:
    """The derivatives with more zeros, from those of the counts alone."""
    # the probability that a 0 is one of the counts, by which it counts among them
    share = tf.where(some, tf.ones_like(value), tf.sigmoid(-(logit + value)))
    of_zero = tf.math.expm1(-value) * tf.sigmoid(logit + value) * tf.sigmoid(-logit)
    return *(share * slope for slope in slopes), tf.where(some, tf.sigmoid(logit), of_zero)


@loss(family="distribution", truth="positive", heads=Heads(("log mean", "raw size")))
def negative_binomial_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a negative binomial distribution, less what that of a Poisson one is at
    its best: \( \log \frac{\Gamma(r)}{\Gamma(t + r)} - r \log \frac{r}{r + \mu} - t \log \frac{\mu}{r + \mu}
    + t \log t - t \).

    Of counts that vary more than those of a Poisson distribution: \(\mu + \mu^2 / r\) is the variance. The
    last axis of `y_pred` holds the logarithm of the mean \(\mu\) and the raw size, of which r is the size,
    also called dispersion: as r grows it becomes half of `poisson_deviance`. It is never below 0. \(\mu\)
    and r are raised to \(10^{-10}\) and lowered to \(10^{20}\); beyond, the derivative is that at the end,
    so that training comes back from there. t is lowered to \(10^{20}\); below \(10^{-10}\) it is 0.

    Close to the size at which the derivative by the raw size is 0 that derivative is right to some units in
    the last place of the two numbers that it is the difference of.

    Args:
        y_true: Counts t >= 0, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Logarithm of the mean and raw size, of shape [batch, d0, .. dN, 2].
        scale: What r is of the raw size: "log" for its exponential, the raw size being log r; "softplus" for
            log(1 + exp(raw)); "identity" for itself.
        full: Whether to add \( \log(t!) - t \log t + t \), which depends on no prediction and makes it minus
            the logarithm of the probability.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `scale` is none of the three, or a number in `y_true` is
            below 0.

    Example:
        >>> negative_binomial_nll([0.0, 1.0], [[0.0, 0.0], [0.0, 0.0]], full=True).numpy().round(4)
        array([0.6931, 1.3863], dtype=float32)

    Reference:
        Lawless, J. F. (1987). Negative Binomial and Mixed Poisson Regression. Digits as by Loader, C.
        (2000). Fast and Accurate Computation of Binomial Probabilities.
    """

    def shared(t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return _deviances(t, mean, raw, scale)

    def value(*shared: tf.Tensor) -> tf.Tensor:
        return _negative_binomial(*shared, full=full)

    formula = of_heads(2, shared, value, _negative_binomial_slopes)
    y_true = checks.not_negative(y_true)
    return formula.at(y_true, y_pred, ignore_nan=ignore_nan)


class NegativeBinomialNLL(LossFunctionWrapper, of=negative_binomial_nll):
    """Negative log-likelihood of a negative binomial distribution as an object; see
    `negative_binomial_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "negative_binomial_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            negative_binomial_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(family="distribution", truth="positive", heads=Heads(("log mean", "logit of zero")))
def zero_inflated_poisson_nll(
    y_true: Any, y_pred: Any, full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a Poisson distribution with more zeros: of a count
    \( -\log(1 - \pi) + \mu - t + t \log(t / \mu) \), of 0 \( -\log(\pi + (1 - \pi) e^{-\mu}) \).

    The last axis of `y_pred` holds the logarithm of the mean \(\mu\) of a Poisson distribution and the
    logit of \(\pi\), the probability of a 0 that is none of its counts. \(\mu\) is raised to \(10^{-10}\)
    and lowered to \(10^{20}\); beyond, the derivative is that at the end, so that training comes back from
    there. t is lowered to \(10^{20}\); below \(10^{-10}\) it is 0.

    Args:
        y_true: Counts t >= 0, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Logarithm of the mean and logit of zero, of shape [batch, d0, .. dN, 2].
        full: Whether to add \( \log(t!) - t \log t + t \), which depends on no prediction and makes it minus
            the logarithm of the probability.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or a number in `y_true` is below 0.

    Example:
        >>> zero_inflated_poisson_nll([0.0, 1.0], [[0.0, 0.0], [0.0, 0.0]]).numpy().round(4)
        array([0.3799, 0.6931], dtype=float32)

    Reference:
        Lambert, D. (1992). Zero-Inflated Poisson Regression, with an Application to Defects in
        Manufacturing.
    """

    def shared(t: tf.Tensor, mean: tf.Tensor, logit: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return *_poisson(t, mean, full), logit

    def value(some: Any, value: Any, by_mean: Any, logit: Any) -> tf.Tensor:
        return _inflated(some, value, logit)

    def slopes(some: Any, value: Any, by_mean: Any, logit: Any) -> Sequence[tf.Tensor]:
        return _inflated_slopes(some, value, logit, (by_mean,))

    y_true = checks.not_negative(y_true)
    return of_heads(2, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class ZeroInflatedPoissonNLL(LossFunctionWrapper, of=zero_inflated_poisson_nll):
    """Negative log-likelihood of a Poisson distribution with more zeros as an object; see
    `zero_inflated_poisson_nll` and `Loss`."""

    def __init__(
        self,
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "zero_inflated_poisson_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            zero_inflated_poisson_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(
    family="distribution",
    truth="positive",
    heads=Heads(("log mean", "raw size", "logit of zero")),
)
def zero_inflated_negative_binomial_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a negative binomial distribution with more zeros: of a count
    \( -\log(1 - \pi) + \ell \), of 0 \( -\log(\pi + (1 - \pi) e^{-\ell}) \), of the \(\ell\) of
    `negative_binomial_nll`.

    The last axis of `y_pred` holds the logarithm of the mean \(\mu\) of a negative binomial distribution,
    its raw size, of which r is the size, and the logit of \(\pi\), the probability of a 0 that is none of
    its counts. \(\mu\) and r are raised to \(10^{-10}\) and lowered to \(10^{20}\); beyond, the derivative
    is that at the end, so that training comes back from there. t is lowered to \(10^{20}\); below
    \(10^{-10}\) it is 0.

    Close to the size at which the derivative by the raw size is 0 that derivative is right to some units in
    the last place of the two numbers that it is the difference of.

    Args:
        y_true: Counts t >= 0, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Logarithm of the mean, raw size and logit of zero, of shape [batch, d0, .. dN, 3].
        scale: What r is of the raw size: "log" for its exponential, the raw size being log r; "softplus" for
            log(1 + exp(raw)); "identity" for itself.
        full: Whether to add \( \log(t!) - t \log t + t \), which depends on no prediction and makes it minus
            the logarithm of the probability.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `scale` is none of the three, or a number in `y_true` is
            below 0.

    Example:
        >>> y_pred = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
        >>> zero_inflated_negative_binomial_nll([0.0, 1.0], y_pred, full=True).numpy().round(4)
        array([0.2877, 2.0794], dtype=float32)

    Reference:
        Greene, W. H. (1994). Accounting for Excess Zeros and Sample Selection in Poisson and Negative
        Binomial Regression Models.
    """

    def shared(
        t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor, logit: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        of_counts = _deviances(t, mean, raw, scale)
        return logit, _negative_binomial(*of_counts, full=full), *of_counts

    def value(logit: Any, value: Any, some: Any, *of_counts: Any) -> tf.Tensor:
        return _inflated(some, value, logit)

    def slopes(logit: Any, value: Any, some: Any, *of_counts: Any) -> Sequence[tf.Tensor]:
        by_counts = _negative_binomial_slopes(some, *of_counts)
        return _inflated_slopes(some, value, logit, by_counts)

    y_true = checks.not_negative(y_true)
    return of_heads(3, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class ZeroInflatedNegativeBinomialNLL(LossFunctionWrapper, of=zero_inflated_negative_binomial_nll):
    """Negative log-likelihood of a negative binomial distribution with more zeros as an object; see
    `zero_inflated_negative_binomial_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "zero_inflated_negative_binomial_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            zero_inflated_negative_binomial_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )
