"""Losses that weigh errors by their side: of quantiles and expectiles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, NotNegative, Shares
from lossbridge.engine.formula import Elementwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

Weight = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def _weight(tau: Any, p: tf.Tensor) -> Weight:
    """Of (t, p): tau where the prediction is too low, else 1 - tau; one for all outputs or for each."""
    taus = tau if isinstance(tau, list) else [tau]
    checks.by_output(taus, "tau", "number", p)
    low = tf.constant(taus, p.dtype)
    high = tf.constant([1.0 - tau for tau in taus], p.dtype)
    return lambda t, p: tf.where(t > p, low, high)


def _pinball(weight: Weight) -> Elementwise:
    return Elementwise(
        value=lambda t, p: weight(t, p) * tf.abs(t - p),
        slope=lambda t, p: weight(t, p) * tf.sign(p - t),
    )


@loss("pinball_loss", "quantile", family="regression", truth="real", align=True, by_output="tau")
def pinball(y_true: Any, y_pred: Any, tau: Shares = 0.5, *, ignore_nan: Flag = False) -> Values:
    r"""Pinball loss: \( \mathrm{mean}(\max(\tau e, (\tau - 1) e)) \), e = t - p, over the last axis.

    The prediction with the smallest mean loss is the quantile \( \tau \) of the targets. By p the derivative
    is \( -\tau \) below t, \( 1 - \tau \) above it, and at t itself 0, as that of `mean_absolute_error`.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN]. With several `tau` also of shape
            [batch, d0, .. dN-1, 1] or [batch, d0, .. dN-1]: one true value for all quantiles.
        y_pred: Predictions p, of shape [batch, d0, .. dN].
        tau: The quantile, in [0, 1]: the weight of a prediction that is too low; one that is too high
            has 1 - tau. Or one for each output on the last axis.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `tau` is out of its range.

    Example:
        >>> pinball([[1.0, 1.0]], [[0.0, 2.0]], tau=0.75).numpy()
        array([0.5], dtype=float32)
        >>> pinball([2.0], [[1.0, 2.0, 4.0]], tau=[0.1, 0.5, 0.9]).numpy().round(3)
        array([0.1], dtype=float32)

    Reference:
        Koenker, R., Bassett, G. (1978). Regression Quantiles.

    Relation:
        Half of `mean_absolute_error` with tau = 0.5.
    """
    return _pinball(_weight(tau, y_pred)).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="regression", truth="real", align=True, by_output="tau")
def expectile(y_true: Any, y_pred: Any, tau: Shares = 0.5, *, ignore_nan: Flag = False) -> Values:
    r"""Expectile loss: \( \mathrm{mean}(|\tau - 1_{e < 0}| \, e^2) \), e = t - p, over the last axis.

    The prediction with the smallest mean loss is the expectile \( \tau \) of the targets: to the mean what a
    quantile is to the median.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN]. With several `tau` also of shape
            [batch, d0, .. dN-1, 1] or [batch, d0, .. dN-1]: one true value for all expectiles.
        y_pred: Predictions p, of shape [batch, d0, .. dN].
        tau: The expectile, in [0, 1]: the weight of a prediction that is too low; one that is too high
            has 1 - tau. Or one for each output on the last axis.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `tau` is out of its range.

    Example:
        >>> expectile([[1.0, 1.0]], [[0.0, 3.0]], tau=0.75).numpy()
        array([0.875], dtype=float32)

    Reference:
        Newey, W. K., Powell, J. L. (1987). Asymmetric Least Squares Estimation and Testing.

    Relation:
        Half of `mean_squared_error` with tau = 0.5.
    """
    weight = _weight(tau, y_pred)
    return Elementwise(
        value=lambda t, p: weight(t, p) * tf.math.squared_difference(t, p),
        slope=lambda t, p: 2.0 * weight(t, p) * (p - t),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss(family="regression", truth="real", align=True, by_output="tau")
def quantile_huber(
    y_true: Any,
    y_pred: Any,
    tau: Shares = 0.5,
    delta: NotNegative = 1.0,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Pinball loss rounded at its tip: \( \mathrm{mean}(|\tau - 1_{e < 0}| \, h(e) / \delta) \), e = t - p.

    h is Huber's loss: \( e^2 / 2 \) up to \(|e| = \delta\), beyond it \( \delta |e| - \delta^2 / 2 \). Beyond
    \( \delta \) the derivative is that of `pinball`, which it is for \( \delta = 0 \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN]. With several `tau` also of shape
            [batch, d0, .. dN-1, 1] or [batch, d0, .. dN-1]: one true value for all quantiles.
        y_pred: Predictions p, of shape [batch, d0, .. dN].
        tau: The quantile, in [0, 1]: the weight of a prediction that is too low; one that is too high
            has 1 - tau. Or one for each output on the last axis.
        delta: Where the square turns into a line, in the units of `y_true`; at least 0.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values (means over the last axis) of shape [batch, d0, .. dN-1], in the dtype of
        `y_pred`.

    Raises:
        InputError: If the shapes do not match, or an argument is out of its range.

    Example:
        >>> quantile_huber([[0.0, 0.0]], [[0.5, -3.0]], tau=0.75).numpy()
        array([0.953125], dtype=float32)

    Reference:
        Dabney, W., Ostrovski, G., Silver, D., Munos, R. (2018). Implicit Quantile Networks for
        Distributional Reinforcement Learning.
    """
    weight = _weight(tau, y_pred)
    if delta < numerics.tiny(y_pred.dtype):
        return _pinball(weight).at(y_true, y_pred, ignore_nan=ignore_nan)

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        size = tf.abs(t - p)
        return weight(t, p) * tf.minimum(size / delta, 1.0) * (size - 0.5 * tf.minimum(size, delta))

    return Elementwise(
        value=value,
        slope=lambda t, p: weight(t, p) * numerics.clip((p - t) / delta, -1.0, 1.0),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


class Pinball(LossFunctionWrapper, of=pinball):
    """Pinball loss as an object; see `pinball` for `tau`, and `Loss`."""

    def __init__(
        self,
        tau: float | Sequence[float] = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "pinball",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            pinball,
            reduction=reduction,
            name=name,
            dtype=dtype,
            tau=tau,
            ignore_nan=ignore_nan,
        )


class Expectile(LossFunctionWrapper, of=expectile):
    """Expectile loss as an object; see `expectile` for `tau`, and `Loss`."""

    def __init__(
        self,
        tau: float | Sequence[float] = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "expectile",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            expectile,
            reduction=reduction,
            name=name,
            dtype=dtype,
            tau=tau,
            ignore_nan=ignore_nan,
        )


class QuantileHuber(LossFunctionWrapper, of=quantile_huber):
    """Rounded pinball loss as an object; see `quantile_huber` for `tau` and `delta`, and `Loss`."""

    def __init__(
        self,
        tau: float | Sequence[float] = 0.5,
        delta: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "quantile_huber",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            quantile_huber,
            reduction=reduction,
            name=name,
            dtype=dtype,
            tau=tau,
            delta=delta,
            ignore_nan=ignore_nan,
        )
