"""Unit deviances of exponential families: twice what a prediction lacks of the likelihood of t itself."""

from __future__ import annotations

import math
from typing import Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, Power
from lossbridge.engine.formula import Elementwise, Values
from lossbridge.generations import epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="probabilistic", truth="positive", pred="positive", align=True)
def poisson_deviance(
    y_true: Any, y_pred: Any, log_link: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Poisson deviance: \( \mathrm{mean}(2 (t \log(t / p) - t + p)) \) over the last axis.

    Of counts, and of any t >= 0 whose variance is proportional to its mean. Rates of unequal exposure:
    counts divided by their exposure, with the exposure as `sample_weight`.

    Args:
        y_true: True values t >= 0, of shape [batch, d0, .. dN].
        y_pred: Means p > 0, or their logarithms if `log_link`, of the same shape. Means are raised to
            \(10^{-7}\); logarithms beyond those of the largest and smallest floats are taken as these.
        log_link: Whether `y_pred` holds logarithms of the means.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or a number in `y_true` is below 0.

    Example:
        >>> poisson_deviance([[2.0, 0.0]], [[1.0, 3.0]]).numpy().round(4)
        array([3.3863], dtype=float32)

    Reference:
        Nelder, J. A., Wedderburn, R. W. M. (1972). Generalized Linear Models.

    Relation:
        Twice `poisson`, but for terms without p.
    """
    y_true = checks.not_negative(y_true)
    return _tweedie(y_pred, 1.0, log_link).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="probabilistic", truth="positive", pred="positive", align=True)
def gamma_deviance(
    y_true: Any, y_pred: Any, log_link: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Gamma deviance: \( \mathrm{mean}(2 (t / p - 1 - \log(t / p))) \) over the last axis.

    Of amounts t > 0 whose standard deviation is proportional to their mean.

    Args:
        y_true: True values t > 0, of shape [batch, d0, .. dN]; raised to \(10^{-7}\).
        y_pred: Means p > 0, or their logarithms if `log_link`, of the same shape. Means are raised to
            \(10^{-7}\); logarithms beyond those of the largest and smallest floats are taken as these.
        log_link: Whether `y_pred` holds logarithms of the means.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or a number in `y_true` is below 0.

    Example:
        >>> gamma_deviance([[2.0, 1.0]], [[1.0, 1.0]]).numpy().round(4)
        array([0.3069], dtype=float32)

    Reference:
        Nelder, J. A., Wedderburn, R. W. M. (1972). Generalized Linear Models.
    """
    y_true = checks.not_negative(y_true)
    return _tweedie(y_pred, 2.0, log_link).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="probabilistic", truth="positive", pred="positive", align=True)
def tweedie_deviance(
    y_true: Any,
    y_pred: Any,
    power: Power = 1.5,
    log_link: Flag = False,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Tweedie deviance of power k, over the last axis the mean of
    \( 2 (\frac{t^{2-k}}{(1-k)(2-k)} - \frac{t p^{1-k}}{1-k} + \frac{p^{2-k}}{2-k}) \).

    Of t whose variance is proportional to the power k of its mean: between 1 and 2 sums of amounts, many of
    them 0, such as claims; 0, 1, 2 and 3 are the normal, Poisson, gamma and inverse Gaussian distribution.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN]: of any sign for power 0, t >= 0 below power 2,
            else t > 0, raised to \(10^{-7}\).
        y_pred: Means p > 0, or their logarithms if `log_link`, of the same shape. Means are raised to
            \(10^{-7}\), but for power 0; logarithms at which a power of the mean overflows are taken as
            the last at which none does.
        power: k, 0 or at least 1.
        log_link: Whether `y_pred` holds logarithms of the means.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `power` is out of its range, or a number in `y_true` is below
            0 and `power` is not.

    Example:
        >>> tweedie_deviance([[4.0, 0.0]], [[1.0, 1.0]]).numpy()
        array([4.], dtype=float32)

    Reference:
        Jorgensen, B. (1987). Exponential Dispersion Models.

    Relation:
        `poisson_deviance` with power = 1, `gamma_deviance` with power = 2, `mean_squared_error` with
        power = 0.
    """
    if power != 0.0:  # which is the squared error, of any number
        y_true = checks.not_negative(y_true)
    return _tweedie(y_pred, power, log_link).at(y_true, y_pred, ignore_nan=ignore_nan)


def _tweedie(y_pred: tf.Tensor, power: float, log_link: bool) -> Elementwise:
    r"""With a = 1 - k, b = 2 - k and L = log(p / t): \( 2 t^b ((e^{bL} - 1) / b - (e^{aL} - 1) / a) \).

    For t = 0 it is \( 2 p^b / b \).
    """
    a, b = 1.0 - power, 2.0 - power
    size = max(abs(a), abs(b))
    most = y_pred.dtype.max
    top = (math.log(most) - 1.0) / size  # of logarithms, so that all powers of the mean are floats
    positive = numerics.Interval(epsilon())
    least = epsilon() if power >= 2.0 else 0.0

    def power_of_mean(p: tf.Tensor, c: float) -> tf.Tensor:
        if log_link:
            return tf.exp(c * numerics.clip(p, -top, top))
        return tf.pow(positive.clip(p), c)

    if power == 0.0:  # of any sign: the squared error
        mean = (lambda p: power_of_mean(p, 1.0)) if log_link else tf.identity
        return Elementwise(
            value=lambda t, p: tf.math.squared_difference(t, mean(p)),
            slope=lambda t, p: 2.0 * (mean(p) - t) * (mean(p) if log_link else 1.0),
        )

    def some(t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Where t is not 0, and t there, 1 elsewhere."""
        t = numerics.clip(t, least, most)
        is_none = t <= numerics.tiny(t.dtype)  # no NaN is
        return tf.logical_not(is_none), tf.where(is_none, tf.ones_like(t), t)

    def log_ratio(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        if log_link:
            return p - tf.math.log(t)
        p = positive.clip(p)
        # close to 1 the ratio has rounded away the digits that its logarithm needs
        near = tf.abs(p - t) < 0.5 * t
        of_near = numerics.log1p(tf.where(near, (p - t) / t, 0.0))
        ratio = numerics.clip(tf.where(near, tf.ones_like(p), p / t), 0.0, most)
        return tf.where(near, of_near, tf.math.log(ratio))

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        is_some, t = some(t)
        ratio = log_ratio(t, p)

        def part(c: float, factor: Any) -> tf.Tensor:
            """t^b (e^{cL} - 1) / c, which is `factor` (p^c - t^c) / c."""
            if c == 0.0:
                return tf.pow(t, b) * ratio
            near = tf.abs(c * ratio) < 1.0
            of_near = tf.pow(t, b) * tf.math.expm1(tf.where(near, c * ratio, 0.0))
            return tf.where(near, of_near, factor * (power_of_mean(p, c) - tf.pow(t, c))) / c

        near = tf.abs(ratio) < 1.0 / size
        of_near = tf.pow(t, b) * _series(tf.where(near, ratio, 0.0), a, b)
        result = tf.where(near, of_near, part(b, 1.0) - part(a, t))
        if power < 2.0:
            result = tf.where(is_some, result, power_of_mean(p, b) / b)
        return numerics.clip(2.0 * result, 0.0, most)

    def slope_of_mean(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t = numerics.clip(t, least, most)
        return positive.slope(p, lambda p: 2.0 * ((p - t) / p) * tf.pow(p, a))

    def slope_of_log(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        is_some, t = some(t)
        p = numerics.clip(p, -top, top)
        ratio = log_ratio(t, p)
        near = tf.abs(ratio) < 1.0
        rest = tf.math.expm1(tf.where(near, ratio, 0.0))  # p / t - 1
        of_a = tf.exp(a * p)
        far = tf.exp(b * p) - tf.where(is_some, t, 0.0) * of_a
        slope = tf.where(near & is_some, of_a * t * rest, far)
        return numerics.clip(2.0 * slope, -most, most)

    return Elementwise(value=value, slope=slope_of_log if log_link else slope_of_mean)


def _series(x: tf.Tensor, a: float, b: float) -> tf.Tensor:
    """(e^{bx} - 1) / b - (e^{ax} - 1) / a for b = a + 1 and small x, where the difference cancels."""
    terms = 12 if x.dtype == tf.float32 else 20
    factors = [(b ** (n - 1) - a ** (n - 1)) / math.factorial(n) for n in range(2, terms + 1)]
    series = tf.math.polyval([tf.constant(factor, x.dtype) for factor in factors[::-1]], x)
    return tf.square(x) * series


class PoissonDeviance(LossFunctionWrapper, of=poisson_deviance):
    """Poisson deviance as an object; see `poisson_deviance` for `log_link`, and `Loss`."""

    def __init__(
        self,
        log_link: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "poisson_deviance",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            poisson_deviance,
            reduction=reduction,
            name=name,
            dtype=dtype,
            log_link=log_link,
            ignore_nan=ignore_nan,
        )


class GammaDeviance(LossFunctionWrapper, of=gamma_deviance):
    """Gamma deviance as an object; see `gamma_deviance` for `log_link`, and `Loss`."""

    def __init__(
        self,
        log_link: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "gamma_deviance",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            gamma_deviance,
            reduction=reduction,
            name=name,
            dtype=dtype,
            log_link=log_link,
            ignore_nan=ignore_nan,
        )


class TweedieDeviance(LossFunctionWrapper, of=tweedie_deviance):
    """Tweedie deviance as an object; see `tweedie_deviance` for `power` and `log_link`, and `Loss`."""

    def __init__(
        self,
        power: float = 1.5,
        log_link: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "tweedie_deviance",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            tweedie_deviance,
            reduction=reduction,
            name=name,
            dtype=dtype,
            power=power,
            log_link=log_link,
            ignore_nan=ignore_nan,
        )
