"""Losses of predicted distributions: of what has happened, and of the parameters that were predicted for it.

`y_pred` holds the parameters along its last axis, raw: a scale as its logarithm, say, so that the last layer
of a model is a plain dense one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lossbridge import numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, Scale
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import Heads, loss

# Products of these are numbers of float32 in every formula: a squared error in units of the scale, divided
# by the scale.
SMALLEST, LARGEST = 1e-10, 1e20
"""What a scale is raised and lowered to."""
FARTHEST = 1e9
"""The largest distance from the location that is told from others, in units of the scale."""

LOG_2PI = math.log(2.0 * math.pi)


def _of_heads(
    number: int,
    shared: Callable[..., tuple[tf.Tensor, ...]],
    value: Callable[..., tf.Tensor],
    slopes: Callable[..., Sequence[tf.Tensor]],
) -> Rowwise:
    """A formula of one number and of the parameters predicted for it.

    Args:
        number: How many heads there are.
        shared: Of (t, *heads), what value and slopes both need.
        value: Of what is shared.
        slopes: Of what is shared, the derivative by each head.
    """

    def gradient(
        t: tf.Tensor, p: tf.Tensor, axis: Any, upstream: tf.Tensor, *shared: tf.Tensor
    ) -> tf.Tensor:
        return tf.concat(slopes(*shared), -1) * upstream

    return Rowwise(
        value=lambda t, p, axis, *shared: value(*shared),
        gradient=gradient,
        sums=lambda t, p, axis: shared(t, *tf.split(p, number, -1)),
    )


def _positive(raw: tf.Tensor, scale: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """A scale from its raw value, its logarithm, and the derivative of the logarithm by the raw value.

    Beyond the ends of the interval the derivative is that at the nearest end.
    """
    if scale == "log":
        log = numerics.clip(raw, math.log(SMALLEST), math.log(LARGEST))
        return tf.exp(log), log, tf.ones_like(log)
    if scale == "softplus":
        raw = numerics.clip(raw, math.log(math.expm1(SMALLEST)), LARGEST)
        size = tf.maximum(raw, 0.0) + numerics.log1p(tf.exp(-tf.abs(raw)))
        return size, tf.math.log(size), tf.sigmoid(raw) / size
    size = numerics.clip(raw, SMALLEST, LARGEST)
    return size, tf.math.log(size), 1.0 / size


def _standardized(
    t: tf.Tensor, location: tf.Tensor, raw: tf.Tensor, scale: str
) -> tuple[tf.Tensor, ...]:
    """What `_positive` gives of a raw scale, and z, the distance of t from its location in units of it."""
    size, log, slope = _positive(raw, scale)
    return size, log, slope, numerics.clip((t - location) / size, -FARTHEST, FARTHEST)


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
        return _standardized(t, mean, raw, scale)

    def value(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return log + 0.5 * tf.square(z) + (0.5 * LOG_2PI if full else 0.0)

    return _of_heads(2, shared, value, _slopes_of_normal).at(y_true, y_pred, ignore_nan=ignore_nan)


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
        return _standardized(t, location, raw, scale)

    def value(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return log + tf.abs(z) + (math.log(2.0) if full else 0.0)

    def slopes(size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor) -> Any:
        return -tf.sign(z) / size, (1.0 - tf.abs(z)) * slope

    return _of_heads(2, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


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
        InputError: If the shapes do not match, or `scale` is none of the three.

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
        return *_standardized(log_t, mean, raw, scale), log_t

    def value(
        size: tf.Tensor, log: tf.Tensor, slope: tf.Tensor, z: tf.Tensor, log_t: tf.Tensor
    ) -> tf.Tensor:
        return log + 0.5 * tf.square(z) + (log_t + 0.5 * LOG_2PI if full else 0.0)

    return _of_heads(2, shared, value, _slopes_of_normal).at(y_true, y_pred, ignore_nan=ignore_nan)


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
