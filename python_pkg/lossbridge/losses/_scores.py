"""Scores of predicted distributions: how far the distribution is from what has happened, in its units."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lossbridge._backend import tf
from lossbridge.checks import InputError, shape
from lossbridge.domains import Flag, Scale
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.engine.rows import dimension, row_sum
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._heads import of_heads, standardized
from lossbridge.reduction import DEFAULT
from lossbridge.registry import Heads, loss


@loss(family="distribution", truth="real", heads=Heads(("mean", "raw scale")))
def gaussian_crps(
    y_true: Any, y_pred: Any, scale: Scale = "log", *, ignore_nan: Flag = False
) -> Values:
    r"""Continuous ranked probability score of a normal distribution:
    \( s (z (2 \Phi(z) - 1) + 2 \varphi(z) - 1 / \sqrt \pi) \), z = (t - m) / s.

    \(\Phi\) and \(\varphi\) are the distribution function and the density of the standard normal
    distribution. It is in the units of t, and grows like the absolute error, which it is for s = 0: what is
    far away counts less than in `gaussian_nll`. The last axis of `y_pred` holds the mean m and the raw scale,
    of which s is the standard deviation. s is raised to \(10^{-10}\) and lowered to \(10^{20}\); beyond,
    the derivative is that at the end, so that training comes back from there.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: Mean and raw scale, of shape [batch, d0, .. dN, 2].
        scale: What s is of the raw scale: "log" for its exponential, the raw scale being log s; "softplus"
            for log(1 + exp(raw)); "identity" for itself.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `scale` is none of the three.

    Example:
        >>> gaussian_crps([1.0, 1.0], [[1.0, 0.0], [3.0, 0.0]]).numpy().round(4)
        array([0.2337, 1.4528], dtype=float32)

    Reference:
        Gneiting, T., Raftery, A. E. (2007). Strictly Proper Scoring Rules, Prediction, and Estimation.
    """

    def shared(t: tf.Tensor, mean: tf.Tensor, raw: tf.Tensor) -> tuple[tf.Tensor, ...]:
        size, _, slope, z = standardized(t, mean, raw, scale)
        by_size = math.sqrt(2.0 / math.pi) * tf.exp(-0.5 * tf.square(z)) - 1.0 / math.sqrt(math.pi)
        return t - mean, slope, tf.math.erf(math.sqrt(0.5) * z), size * by_size

    def value(error: Any, slope: Any, erf: Any, by_log: Any) -> tf.Tensor:
        return error * erf + by_log

    def slopes(error: Any, slope: Any, erf: Any, by_log: Any) -> Sequence[tf.Tensor]:
        return -erf, by_log * slope

    return of_heads(2, shared, value, slopes).at(y_true, y_pred, ignore_nan=ignore_nan)


class GaussianCRPS(LossFunctionWrapper, of=gaussian_crps):
    """Continuous ranked probability score of a normal distribution as an object; see `gaussian_crps` and
    `Loss`."""

    def __init__(
        self,
        scale: str = "log",
        reduction: str | None = DEFAULT,
        name: str | None = "gaussian_crps",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            gaussian_crps,
            reduction=reduction,
            name=name,
            dtype=dtype,
            scale=scale,
            ignore_nan=ignore_nan,
        )


@loss(family="distribution", truth="real", heads=Heads(("member",), several=True))
def ensemble_crps(
    y_true: Any, y_pred: Any, fair: Flag = False, *, ignore_nan: Flag = False
) -> Values:
    r"""Continuous ranked probability score of an ensemble:
    \( \frac{1}{K} \sum_i |x_i - t| - \frac{1}{2 K^2} \sum_{i, j} |x_i - x_j| \).

    The last axis of `y_pred` holds the K members \(x_i\): predictions that are equally probable. Of one
    member it is the absolute error. Pairs are not formed: the members are sorted, in time and memory of about
    K. By members that are equal the difference has the derivative 0.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN] or [batch, d0, .. dN, 1].
        y_pred: The members x, of shape [batch, d0, .. dN, K].
        fair: Whether the sum over pairs is divided by \(2 K (K - 1)\) in place of \(2 K^2\): of members
            that are drawn from a distribution, the mean is then the score of that distribution.
        ignore_nan: Whether a NaN in `y_true` says that it was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `fair` is asked of one member.

    Example:
        >>> ensemble_crps([1.0], [[0.0, 2.0]]).numpy()
        array([0.5], dtype=float32)
        >>> ensemble_crps([1.0], [[0.0, 2.0]], fair=True).numpy()
        array([0.], dtype=float32)

    Reference:
        Gneiting, T., Raftery, A. E. (2007). Strictly Proper Scoring Rules, Prediction, and Estimation. Fair
        as by Ferro, C. A. T. (2014). Fair Scores for Ensemble Forecasts.
    """
    if fair and y_pred.shape[-1] == 1:
        raise InputError(
            "y_pred",
            "have at least 2 members along its last axis if `fair` is True",
            f"1 in shape {shape(y_pred)}",
        )

    def sums(t: tf.Tensor, p: tf.Tensor, axis: Any) -> tuple[tf.Tensor, ...]:
        in_order = tf.sort(p, -1)
        smaller, not_larger = (tf.searchsorted(in_order, p, side) for side in ("left", "right"))
        number = tf.cast(dimension(p, -1), p.dtype)
        others = number - 1.0 if fair else number
        # how many members are smaller, less how many are larger
        rank = tf.cast(smaller + not_larger, p.dtype) - number
        side = tf.sign(p - t)
        slope = tf.math.divide_no_nan(others * side - rank, number * others)
        # what each error weighs in the value, never below 0
        weight = tf.math.divide_no_nan(others - side * rank, number * others)
        return tf.abs(p - t), weight, slope

    return Rowwise(
        value=lambda t, p, axis, error, weight, slope: row_sum(error * weight, -1, keepdims=True),
        gradient=lambda t, p, axis, upstream, error, weight, slope: upstream * slope,
        sums=sums,
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


class EnsembleCRPS(LossFunctionWrapper, of=ensemble_crps):
    """Continuous ranked probability score of an ensemble as an object; see `ensemble_crps` and `Loss`."""

    def __init__(
        self,
        fair: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "ensemble_crps",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            ensemble_crps,
            reduction=reduction,
            name=name,
            dtype=dtype,
            fair=fair,
            ignore_nan=ignore_nan,
        )
