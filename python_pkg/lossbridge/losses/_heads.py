"""What the losses of predicted distributions are made of: a formula of heads, and raw parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lossbridge import numerics
from lossbridge._backend import tf
from lossbridge.engine.formula import Rowwise

# Products of these are numbers of float32 in every formula: a squared error in units of the scale, divided
# by the scale.
SMALLEST, LARGEST = 1e-10, 1e20
"""What a scale is raised and lowered to."""
FARTHEST = 1e9
"""The largest distance from the location that is told from others, in units of the scale."""

LOG_2PI = math.log(2.0 * math.pi)


def of_heads(
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


def positive(raw: tf.Tensor, scale: str) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """A scale from its raw value, its logarithm, and the derivative of the logarithm by the raw value.

    Beyond the ends of the interval the derivative is that at the nearest end.
    """
    if scale == "log":
        log = numerics.clip(raw, math.log(SMALLEST), math.log(LARGEST))
        return tf.exp(log), log, tf.ones_like(log)
    if scale == "softplus":
        raw = numerics.clip(raw, math.log(math.expm1(SMALLEST)), LARGEST)
        size = numerics.softplus(raw)
        return size, tf.math.log(size), tf.sigmoid(raw) / size
    size = numerics.clip(raw, SMALLEST, LARGEST)
    return size, tf.math.log(size), 1.0 / size


def standardized(
    t: tf.Tensor, location: tf.Tensor, raw: tf.Tensor, scale: str
) -> tuple[tf.Tensor, ...]:
    """What `positive` gives of a raw scale, and z, the distance of t from its location in units of it."""
    size, log, slope = positive(raw, scale)
    # the error and not the quotient: where that overflows, its second derivative is NaN
    limit = FARTHEST * size
    return size, log, slope, tf.clip_by_value(t - location, -limit, limit) / size
