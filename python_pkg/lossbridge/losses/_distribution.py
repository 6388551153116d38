"""Losses of predicted distributions: of what has happened, and of the parameters that were predicted for it.

`y_pred` holds the parameters along its last axis, raw: a scale as its logarithm, say, so that the last layer
of a model is a plain dense one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lossbridge import checks, numerics, special
from lossbridge._backend import tf
from lossbridge.domains import Flag, PositiveOrNone, Scale
from lossbridge.engine.formula import Values
from lossbridge.engine.rows import row_max, row_sum
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._heads import (
    FARTHEST,
    LARGEST,
    LOG_2PI,
    SMALLEST,
    of_heads,
    positive,
    standardized,
)
from lossbridge.reduction import DEFAULT
from lossbridge.registry import Heads, loss


def _slopes_of_normal(
    size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor, *_: tf.Tensor
) -> Sequence[tf.Tensor]:
    """The derivatives of log s + z^2 / 2 by the location and the raw scale."""
    return -z / size, (1.0 - z) * (1.0 + z) * slope


@loss(family="distribution", truth="real", heads=Heads(("mean", "raw scale")))
def gaussian_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a normal distribution: \( \log s + z^2 / 2 \), z = (t - m) / s.

    The last axis of `y_pred` holds the mean m and the raw scale, of which s is the standard deviation. s is
    raised to \(10^{-10}\) and lowered to \(10^{20}\), z to \(\pm 10^9\); beyond, the derivative is that at
    the end, so that training comes back from there.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Mean and raw scale, of shape [batch, d0, .. dN, 2].
        scale: What s is of the raw scale: "log" for its exponential, the raw scale being log s; "softplus"
            for log(1 + exp(raw)); "identity" for itself.
        full: Whether to add the constant \( \log(2 \pi) / 2 \), which makes it minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `scale` is none of the three.

    Example:
        >>> gaussian_nll([1.0, 1.0], [[1.0, 0.0], [3.0, 0.0]]).numpy()
        array([0., 2.], dtype=float32)

    Reference:
        Nix, D. A., Weigend, A. S. (1994). Estimating the Mean and Variance of the Target Probability
        Distribution.
    """

    def shared(t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return standardized(t, mean, raw, scale)

    def value(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return log + 0.5 * tf.square(z) + (0.5 * LOG_2PI if full else 0.0)

    return of_heads(2, shared, value, _slopes_of_normal).at(y_true, y_pred, ignore_nan=ignore_nan)


class GaussianNLL(LossFunctionWrapper, of=gaussian_nll):
    """Negative log-likelihood of a normal distribution as an object; see `gaussian_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "gaussian_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            gaussian_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(family="distribution", truth="real", heads=Heads(("location", "raw scale")))
def laplace_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a Laplace distribution: \( \log s + |z| \), z = (t - m) / s.

    The last axis of `y_pred` holds the location m, which is the median, and the raw scale, of which s is the
    mean distance from m. s is raised to \(10^{-10}\) and lowered to \(10^{20}\), z to \(\pm 10^9\);
    beyond, the derivative is that at the end, so that training comes back from there. By m it is 0 at t = m.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Location and raw scale, of shape [batch, d0, .. dN, 2].
        scale: What s is of the raw scale: "log" for its exponential, the raw scale being log s; "softplus"
            for log(1 + exp(raw)); "identity" for itself.
        full: Whether to add the constant \( \log 2 \), which makes it minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `scale` is none of the three.

    Example:
        >>> laplace_nll([1.0, 1.0], [[1.0, 0.0], [3.0, 0.0]]).numpy()
        array([0., 2.], dtype=float32)

    Reference:
        Laplace, P. S. (1774). Memoire sur la probabilite des causes par les evenements.

    Relation:
        With a raw scale of 0, `mean_absolute_error`.
    """

    def shared(t: tf.Tensor, location: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return standardized(t, location, raw, scale)

    def value(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return log + tf.abs(z) + (math.log(2.0) if full else 0.0)

    def slopes(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> Any:
        return -tf.sign(z) / size, (1.0 - tf.abs(z)) * slope

    return of_heads(2, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class LaplaceNLL(LossFunctionWrapper, of=laplace_nll):
    """Negative log-likelihood of a Laplace distribution as an object; see `laplace_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "laplace_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            laplace_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(family="distribution", truth="positive", heads=Heads(("mean of log", "raw scale")))
def lognormal_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a log-normal one: \( \log s + z^2 / 2 \), z = (log t - m) / s.

    The last axis of `y_pred` holds the mean m of log t and the raw scale, of which s is the standard
    deviation of log t. t is raised to \(10^{-30}\), s to \(10^{-10}\) and lowered to \(10^{20}\), z to
    \(\pm 10^9\); beyond, the derivative by m and the raw scale is that at the end, so that training comes
    back from there.

    Args:
        y_true: True values t > 0, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Mean of log t and raw scale, of shape [batch, d0, .. dN, 2].
        scale: What s is of the raw scale: "log" for its exponential, the raw scale being log s; "softplus"
            for log(1 + exp(raw)); "identity" for itself.
        full: Whether to add \( \log t + \log(2 \pi) / 2 \), which depends on no prediction and makes it
            minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `scale` is none of the three, or a number in `y_true` is
            below 0.

    Example:
        >>> lognormal_nll([1.0, 1.0], [[0.0, 0.0], [2.0, 0.0]]).numpy()
        array([0., 2.], dtype=float32)

    Reference:
        Galton, F. (1879). The Geometric Mean, in Vital and Social Statistics.

    Relation:
        `gaussian_nll` of log t.
    """

    def shared(t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        log_t = tf.math.log(tf.maximum(t, 1e-30))
        return *standardized(log_t, mean, raw, scale), log_t

    def value(
        size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor, log_t: tf.Tensor
    ) -> tf.Tensor:
        return log + 0.5 * tf.square(z) + (log_t + 0.5 * LOG_2PI if full else 0.0)

    y_true = checks.not_negative(y_true)
    return of_heads(2, shared, value, _slopes_of_normal).at(y_true, y_pred, ignore_nan=ignore_nan)


class LognormalNLL(LossFunctionWrapper, of=lognormal_nll):
    """Negative log-likelihood of a log-normal distribution as an object; see `lognormal_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "lognormal_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            lognormal_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(
    family="distribution",
    truth="real",
    heads=Heads(("location", "raw scale", "raw df"), last="df"),
)
def student_t_nll(
    y_true: Any,
    y_pred: Any,
    df: PositiveOrNone = None,
    scale: Scale = "log",
    full: Flag = False,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Negative log-likelihood of Student's t, z = (t - m) / s:
    \( \log s + \frac{\nu + 1}{2} \log(1 + z^2 / \nu) + c(\nu) \), \(c(\nu) =
    \log \Gamma(\frac{\nu}{2}) - \log \Gamma(\frac{\nu + 1}{2}) + \frac{1}{2} \log \frac{\nu}{2}\).

    The last axis of `y_pred` holds the location m, the raw scale, and, if `df` is not given, the raw degrees
    of freedom. With many degrees of freedom it is `gaussian_nll`; with few, what is far away costs little.
    s and the degrees of freedom are raised to \(10^{-10}\) and lowered to \(10^{20}\), z to
    \(\pm 10^9\); beyond, the derivative is that at the end, so that training comes back from there. Where
    its terms cancel, the value is right to some units in the last place of the largest, else in its own.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Location, raw scale and raw degrees of freedom, of shape [batch, d0, .. dN, 3]; with `df`
            location and raw scale, of shape [batch, d0, .. dN, 2].
        df: The degrees of freedom \(\nu\), if they are not predicted.
        scale: What s is of the raw scale, and \(\nu\) of its raw value: "log" for the exponential, the raw
            scale being log s; "softplus" for log(1 + exp(raw)); "identity" for itself.
        full: Whether to add the constant \( \log(2 \pi) / 2 \), which makes it minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `df` is not a positive number, or `scale` is none of the
            three.

    Example:
        >>> student_t_nll([1.0, 3.0], [[1.0, 0.0], [1.0, 0.0]], df=1.0, full=True).numpy().round(4)
        array([1.1447, 2.7542], dtype=float32)

    Reference:
        Lange, K. L., Little, R. J. A., Taylor, J. M. G. (1989). Robust Statistical Modeling Using the t
        Distribution.
    """

    def shared(
        t: tf.Tensor, location: tf.Tensor, raw: tf.Tensor, *raw_df: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        size, log, slope, z = standardized(t, location, raw, scale)
        if df is None:
            of_df, _, df_slope = positive(raw_df[0], scale)
        else:
            of_df = tf.constant(min(max(df, SMALLEST), LARGEST), t.dtype)
            df_slope = tf.zeros_like(of_df)
        return size, log, slope, z, of_df, df_slope, tf.square(z) / of_df

    def value(size: Any, log: Any, slope: Any, z: Any, nu: Any, nu_slope: Any, w: Any) -> tf.Tensor:
        constant = special.half_step(0.5 * nu) + (0.5 * LOG_2PI if full else 0.0)
        return log + (0.5 * (nu + 1.0) * numerics.log1p(w) + constant)

    def slopes(
        size: Any, log: Any, slope: Any, z: Any, nu: Any, nu_slope: Any, w: Any
    ) -> Sequence[tf.Tensor]:
        by_location = -(1.0 + 1.0 / nu) * z / (1.0 + w) / size
        by_scale = (1.0 - z) * (1.0 + z) / (1.0 + w) * slope
        if df is not None:
            return by_location, by_scale
        share = w / (1.0 + w)
        # log(1 + w) - share, which is small where w is
        more = special.excess(-share, -numerics.log1p(w))
        by_log_df = 0.5 * (nu * more - share) - special.half_step_slope(0.5 * nu)
        return by_location, by_scale, by_log_df * nu_slope

    number = 3 if df is None else 2
    return of_heads(number, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class StudentTNLL(LossFunctionWrapper, of=student_t_nll):
    """Negative log-likelihood of Student's t as an object; see `student_t_nll` and `Loss`."""

    def __init__(
        self,
        df: float | None = None,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "student_t_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            student_t_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            df=df,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(family="distribution", truth="positive", heads=Heads(("log of mean", "raw shape")))
def gamma_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a gamma distribution: \( a (t / \mu - 1 - \log(t / \mu)) + c(a) \),
    \( c(a) = \log \Gamma(a) - a \log a + a - \log(2 \pi) / 2 \).

    The last axis of `y_pred` holds the logarithm of the mean \(\mu\) and the raw shape, of which a is the
    shape: the rate is \(a / \mu\), the standard deviation \(\mu / \sqrt{a}\). t is raised to
    \(10^{-30}\), a to \(10^{-10}\) and lowered to \(10^{20}\), \(t / \mu\) is kept between
    \(10^{-18}\) and \(10^{18}\); beyond, the derivative is that at the end, so that training comes back
    from there. Where its terms cancel, the value is right to some units in the last place of the largest,
    else in its own.

    Args:
        y_true: True values t > 0, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Logarithm of the mean and raw shape, of shape [batch, d0, .. dN, 2].
        scale: What a is of the raw shape: "log" for its exponential, the raw shape being log a; "softplus"
            for log(1 + exp(raw)); "identity" for itself.
        full: Whether to add \( \log t + \log(2 \pi) / 2 \), which depends on no prediction and makes it
            minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, `scale` is none of the three, or a number in `y_true` is
            below 0.

    Example:
        >>> gamma_nll([1.0, 2.0], [[0.0, 0.0], [0.0, 0.0]], full=True).numpy()
        array([1., 2.], dtype=float32)

    Reference:
        McCullagh, P., Nelder, J. A. (1983). Generalized Linear Models.

    Relation:
        With the same shape for all samples, that shape times half of `gamma_deviance`, and a constant.
    """
    farthest = 2.0 * math.log(FARTHEST)

    def shared(t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        log_t = tf.math.log(tf.maximum(t, 1e-30))
        shape, log, slope = positive(raw, scale)
        ratio = numerics.clip(log_t - mean, -farthest, farthest)
        more = tf.math.expm1(ratio)
        return log_t, shape, log, slope, more, shape * special.excess(more, ratio)

    def value(log_t: Any, shape: Any, log: Any, slope: Any, more: Any, deviance: Any) -> tf.Tensor:
        of_shape = special.stirling(shape) - 0.5 * log
        return deviance + of_shape + (log_t + 0.5 * LOG_2PI if full else 0.0)

    def slopes(
        log_t: Any, shape: Any, log: Any, slope: Any, more: Any, deviance: Any
    ) -> Sequence[tf.Tensor]:
        return -shape * more, (deviance - (0.5 + special.digamma(shape))) * slope

    y_true = checks.not_negative(y_true)
    return of_heads(2, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class GammaNLL(LossFunctionWrapper, of=gamma_nll):
    """Negative log-likelihood of a gamma distribution as an object; see `gamma_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "gamma_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            gamma_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )


@loss(
    family="distribution",
    truth="real",
    heads=Heads(("logit", "mean", "raw scale"), several=True),
)
def gaussian_mixture_nll(
    y_true: Any, y_pred: Any, scale: Scale = "log", full: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative log-likelihood of a mixture of normal distributions:
    \( -\log \sum_k \pi_k e^{-z_k^2 / 2} / s_k \), \(z_k = (t - m_k) / s_k\).

    The last axis of `y_pred` holds, for any number K of components, first their K logits, whose softmax are
    the shares \(\pi_k\), then their K means \(m_k\), then their K raw scales, of which \(s_k\) are the
    standard deviations. Each s is raised to \(10^{-10}\) and lowered to \(10^{20}\), each z to
    \(\pm 10^9\); beyond, the derivative is that at the end, so that training comes back from there. Of
    components that are nearly the same, the derivatives by the logits are differences of log s: by softplus
    they are right to some units in its last place.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Logits, means and raw scales, of shape [batch, d0, .. dN, 3 K].
        scale: What s is of a raw scale: "log" for its exponential, the raw scale being log s; "softplus" for
            log(1 + exp(raw)); "identity" for itself.
        full: Whether to add the constant \( \log(2 \pi) / 2 \), which makes it minus the log-density.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, the last axis of `y_pred` is no multiple of 3, or `scale` is
            none of the three.

    Example:
        >>> two = [[0.0, 0.0, 1.0, -1.0, 0.0, 0.0]]  # logits, means, raw scales
        >>> gaussian_mixture_nll([0.0], two).numpy()
        array([0.5], dtype=float32)

    Reference:
        Bishop, C. M. (1994). Mixture Density Networks.

    Relation:
        Of one component, `gaussian_nll`.
    """

    def shared(
        t: tf.Tensor, logit: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        logit -= row_max(logit, -1)
        size, log, slope, z = standardized(t, mean, raw, scale)
        each = log + 0.5 * tf.square(z)
        exp = tf.exp(logit)
        total = row_sum(exp, -1, keepdims=True)
        share = exp / total
        top = row_max(logit - each, -1)
        joint = tf.exp(logit - each - top)
        all_joint = row_sum(joint, -1, keepdims=True)
        # near 0 the logarithms of the two sums cancel, and it is of the values that the mean is taken
        mean_ = row_sum(share * tf.math.expm1(-each), -1, keepdims=True)
        near = -numerics.log1p(numerics.clip(mean_, -0.5, 0.5))
        far = tf.math.log(total) - top - tf.math.log(all_joint)
        value = tf.where(tf.abs(mean_) < 0.5, near, far)
        return size, slope, z, each, share, joint / all_joint, value

    def value(*shared: tf.Tensor) -> tf.Tensor:
        return shared[-1] + (0.5 * LOG_2PI if full else 0.0)

    def slopes(
        size: Any, slope: Any, z: Any, each: Any, share: Any, posterior: Any, value: Any
    ) -> Sequence[tf.Tensor]:
        # posterior = share exp(more)
        more = value - each
        near = -share * tf.math.expm1(numerics.clip(more, -1.0, 1.0))
        by_logit = tf.where(tf.abs(more) < 1.0, near, share - posterior)
        # they add up to 0: that of a share close to 1, which is as close to its posterior, by the others
        others = row_sum(tf.where(share > 0.5, tf.zeros_like(share), by_logit), -1, keepdims=True)
        by_logit = tf.where(share > 0.5, -others, by_logit)
        by_mean, by_scale = _slopes_of_normal(size, each, slope, z)
        return by_logit, posterior * by_mean, posterior * by_scale

    return of_heads(3, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class GaussianMixtureNLL(LossFunctionWrapper, of=gaussian_mixture_nll):
    """Negative log-likelihood of a mixture of normal distributions as an object; see
    `gaussian_mixture_nll` and `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        full: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "gaussian_mixture_nll",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            gaussian_mixture_nll,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            full=full,
            ignore_nan=ignore_nan,
        )
