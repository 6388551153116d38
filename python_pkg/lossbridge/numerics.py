"""Functions of numbers that are right to the last digit, in every float dtype and at its ends."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from lossbridge._backend import tf
from lossbridge.engine._tensorflow import in_xla
from lossbridge.engine.formula import with_derivative
from lossbridge.engine.gradient import with_gradient
from lossbridge.generations import current, epsilon


class Interval:
    """[low, high], to which predictions are clipped, under the semantics in force when it is made."""

    def __init__(self, low: float, high: float | None = None) -> None:
        self.low, self._high = low, high
        self._has_slope_outside = current().clipped_gradient == "nearest"

    def clip(self, x: tf.Tensor) -> tf.Tensor:
        """`x` raised to `low` and lowered to `high`."""
        return clip(x, self.low, x.dtype.max if self._high is None else self._high)

    def slope(self, x: tf.Tensor, slope: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        """`slope` of the clipped x; 0 where it is clipped, unless the semantics keep the nearest one."""
        # of the clipped x: the second derivative of 1 / x at 0 is NaN, also where it is multiplied by 0
        clipped = self.clip(x)
        return self.masked(tf.equal(x, clipped), slope(clipped))

    def gap(self, dtype: tf.DType) -> float:
        """The distance of the upper end from 1."""
        return float(1.0 - dtype.as_numpy_dtype(self._high))

    def masked(self, unclipped: tf.Tensor, slope: tf.Tensor) -> tf.Tensor:
        """`slope` where `unclipped`; elsewhere 0, unless the semantics keep the nearest one."""
        return slope if self._has_slope_outside else zero_elsewhere(unclipped, slope)


def probabilities() -> Interval:
    """[1e-7, 1 - 1e-7], to which Keras clips probabilities, or what its epsilon has been set to."""
    return Interval(epsilon(), 1.0 - epsilon())


def clip(x: tf.Tensor, low: float, high: float) -> tf.Tensor:
    """`x` raised to `low` and lowered to `high`."""
    if not tf.executing_eagerly():
        return tf.clip_by_value(x, low, high)
    # One pass in place of two, by an op that TensorFlow Lite lacks.
    return tf.raw_ops.ClipByValue(t=x, clip_value_min=low, clip_value_max=high)


def zero_elsewhere(where: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """`x` where told, 0 elsewhere, also if `x` is NaN or infinite there."""
    return tf.raw_ops.SelectV2(condition=where, t=x, e=0.0)


def power(base: tf.Tensor, exponent: float) -> tf.Tensor:
    """base^exponent, for exponent >= 0; of a base below 0, where the exponent is no whole number, 0."""
    if exponent == 0.0:
        return tf.ones_like(base)
    if exponent == 1.0:
        return base
    if exponent == 2.0:
        return tf.square(base)
    if float(exponent).is_integer():
        return tf.pow(base, exponent)
    # pow(0, y) has infinite derivatives, also where they are multiplied by 0.
    return tf.pow(tf.maximum(base, tiny(base.dtype)), exponent)


def power_slope(base: tf.Tensor, exponent: float) -> tf.Tensor:
    """The derivative of `power`, but 0 at 0, where it would be infinite for an exponent below 1."""
    if exponent == 0.0:
        return tf.zeros_like(base)
    if exponent == 1.0:
        return tf.ones_like(base)
    if float(exponent).is_integer():
        return exponent * power(base, exponent - 1.0)
    low = tiny(base.dtype)
    slope = exponent * tf.pow(tf.maximum(base, low), exponent - 1.0)
    return zero_elsewhere(base >= low, slope)


@functools.cache
def tiny(dtype: tf.DType) -> float:
    """The smallest normal number."""
    return float(np.finfo(dtype.as_numpy_dtype).tiny)


def times_exp(a: tf.Tensor, x: tf.Tensor, top: tf.Tensor) -> tf.Tensor:
    """a exp(x - top), for x of at most `top`.

    Under XLA as a / exp(top - x): else it would keep exp(x - top) from a sum of it, an array of the size of
    x. The derivatives are finite where the divisor is not.
    """
    if not in_xla():
        return a * tf.exp(x - top)
    return with_gradient(
        lambda a, below: a / tf.exp(below),
        lambda a, below, upstream: -upstream * times_exp(a, -below, tf.zeros((), x.dtype)),
        a,
        top - x,
    )


def log1p(x: tf.Tensor) -> tf.Tensor:
    """log(1 + x), right to the last digits; that of XLA in float64 loses 6 bits."""
    if x.dtype != tf.float64 or not in_xla():
        return tf.math.log1p(x)

    def kahan(x: tf.Tensor) -> tf.Tensor:
        # What rounding 1 + x does to its logarithm, it does to its distance from 1.
        sum_ = tf.abs(1.0 + x)  # not 1 + x, which XLA would take 1 from to get a single x back
        rounded = tf.math.log(sum_) * tf.math.divide_no_nan(x, sum_ - 1.0)
        return tf.where(tf.equal(sum_, 1.0), x, rounded)

    return with_derivative(kahan, lambda x, upstream: upstream / (1.0 + x), x)


def softplus(x: tf.Tensor) -> tf.Tensor:
    """log(1 + exp(x))."""
    return tf.maximum(x, 0.0) + log1p(tf.exp(-tf.abs(x)))


def log_rest(p: tf.Tensor) -> tf.Tensor:
    """log(1 - p), right to the last digits, for probabilities p below 1.

    Under XLA by the plain logarithm, whose code is shorter than that of log1p, and what rounding 1 - p took
    from it: 0 for p >= 1/2. So small a number needs few digits: 1 + p stands for 1 / (1 - p).
    """
    if not in_xla():
        return tf.math.log1p(-p)
    rest = 1.0 - p
    return tf.math.log(rest) + (1.0 - rest - p) * (1.0 + p)
