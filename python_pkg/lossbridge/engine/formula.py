"""The data types that a loss is written in: value and derivative, apart from how they are executed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, Literal

from lossbridge import class_weight
from lossbridge._backend import tf
from lossbridge.class_weight import ClassWeight
from lossbridge.engine import gradient as gradients
from lossbridge.engine.rows import Axis, dropped, restored, row_mean, row_sum, share_of_mean
from lossbridge.keras_protocol import with_mask

__all__ = ["Elementwise", "Function", "Rowwise", "Values", "with_derivative"]

Function = Callable[..., tf.Tensor]
"""A function of tensors."""


@dataclasses.dataclass(frozen=True)
class Elementwise:
    """The mean or the sum along an axis of a function of each entry."""

    value: Callable[..., tf.Tensor]
    """Of (t, p, *shared): an array of their shape."""
    slope: Callable[..., tf.Tensor]
    """Of (t, p, *shared): its derivative by p."""
    over: Literal["mean", "sum"] = "mean"
    shared: gradients.Shared = gradients.nothing_shared
    """Of (t, p): what value and slope both need."""

    def at(self, t: tf.Tensor, p: tf.Tensor, axis: Axis = -1, **more: Any) -> Values:
        """The values of these tensors along `axis`; see `Values` for more."""
        return Values(self, t, p, axis, **more)

    def computed(self, t: tf.Tensor, p: tf.Tensor, axis: Any) -> tf.Tensor:
        """The values as a tensor with its gradient."""
        mean = self.over == "mean"

        def value(t: tf.Tensor, p: tf.Tensor, *shared: tf.Tensor) -> tf.Tensor:
            return (row_mean if mean else row_sum)(self.value(t, p, *shared), axis)

        def gradient(
            t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, *shared: tf.Tensor
        ) -> tf.Tensor:
            of_entry = share_of_mean(upstream, p, axis) if mean else restored(upstream, axis)
            return self.slope(t, p, *shared) * of_entry

        return gradients.with_gradient(value, gradient, t, p, self.shared)


@dataclasses.dataclass(frozen=True)
class Rowwise:
    """A function of whole rows: of what is added up along an axis, or several."""

    value: Callable[..., tf.Tensor]
    """Of (t, p, axis, *sums): a value for each row, with size 1 kept for the axis."""
    gradient: Callable[..., tf.Tensor]
    """Of (t, p, axis, upstream, *sums): the gradient by p, for one by each value, of size 1 as well."""
    sums: Callable[[tf.Tensor, tf.Tensor, Any], tuple[tf.Tensor, ...]] | None = None
    """Of (t, p, axis): what value and gradient both need of a row, with size 1 kept for the axis."""
    zeros_add_nothing: bool = False
    """Whether an entry with t = p = 0 adds nothing to what is added up."""
    linear: bool = False
    """Whether the value is a sum over the classes of a term that t multiplies."""
    curvature: Callable[..., tf.Tensor] | None = None
    """Of (t, p, axis, upstream, *sums): each entry's second derivative by itself, where it is simple. Else
    it takes a pass for each entry of a row."""

    def at(self, t: tf.Tensor, p: tf.Tensor, axis: Axis = -1, **more: Any) -> Values:
        """The values of these tensors along `axis`; see `Values` for more."""
        return Values(self, t, p, axis, **more)

    def computed(self, t: tf.Tensor, p: tf.Tensor, axis: Axis) -> tf.Tensor:
        """The values as a tensor with its gradient."""
        sums = self.sums

        def shared(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return () if sums is None else sums(t, p, axis)

        def value(t: tf.Tensor, p: tf.Tensor, *sums: tf.Tensor) -> tf.Tensor:
            return dropped(self.value(t, p, axis, *sums), axis)

        def gradient(
            t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, *sums: tf.Tensor
        ) -> tf.Tensor:
            return self.gradient(t, p, axis, restored(upstream, axis), *sums)

        def curvature(
            t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, *sums: tf.Tensor
        ) -> tf.Tensor:
            assert self.curvature is not None
            return self.curvature(t, p, axis, restored(upstream, axis), *sums)

        written = None if self.curvature is None else curvature
        return gradients.with_gradient(value, gradient, t, p, shared, written)


@dataclasses.dataclass(frozen=True)
class Values:
    """What a loss returns: a formula and the tensors it is of."""

    formula: Elementwise | Rowwise
    t: tf.Tensor
    p: tf.Tensor
    axis: Axis
    """Counted from the end."""
    valid: tf.Tensor | None = None
    """False where a label is no class, so that the value is NaN."""
    counted: tf.Tensor | Callable[[tf.Tensor], tf.Tensor] | None = None
    """Which values a mean is taken over, or a function of the values that tells."""
    class_weight: ClassWeight = None
    """What the classes along the axis weigh: each term of a linear formula, or else the true class."""
    ignore_nan: bool = False
    """Whether a NaN in t is an entry that was not observed."""

    def computed(self) -> tf.Tensor:
        """The values as a tensor with its gradient, with the mask of what counts where Keras looks for it."""
        if self.ignore_nan:
            return self._of_observed()
        t, p, weight, weighs = self.t, self.p, None, None
        if self.class_weight is not None:
            axis: Any = self.axis  # one, that of the classes
            weights = class_weight.of_classes(self.class_weight, self.p, axis)
            linear = isinstance(self.formula, Rowwise) and self.formula.linear
            by_terms = linear and t.dtype.is_floating
            has_zero = class_weight.has_zero(self.class_weight)
            if has_zero or not by_terms:
                of_samples = class_weight.of_samples(weights, t, axis)
            if has_zero:
                # As with a sample weight of 0, not even a NaN comes out, nor does one by the gradient.
                weighs = tf.not_equal(of_samples, 0.0)
                p = tf.where(restored(weighs, axis), p, tf.stop_gradient(p))
            if by_terms:
                t *= class_weight.along(weights, axis)
            else:
                weight = of_samples
        values = self.formula.computed(t, p, self.axis)
        if weight is not None:
            values = tf.math.multiply_no_nan(values, weight)
        if weighs is not None:
            values = tf.where(weighs, values, 0.0)
        if self.valid is not None:
            # 0 or NaN; not a NaN that is written down, which tf.debugging.enable_check_numerics() reports
            values += tf.math.log(tf.where(self.valid, tf.ones((), values.dtype), -1.0))
        if callable(self.counted):
            return with_mask(values, self.counted(values))
        if self.counted is not None:
            return with_mask(tf.where(self.counted, values, 0.0), self.counted)
        return values

    def _of_observed(self) -> tf.Tensor:
        """The values of what was observed, 0 where nothing was.

        Numbers that every loss takes stand in for the others, so that no gradient leads to those.
        """
        observed = tf.equal(self.t, self.t)
        if isinstance(self.formula, Elementwise) and self.formula.over == "mean":
            # Means of one entry each, along an axis before all others: the last keeps its place.
            t, p = (tf.expand_dims(tf.where(observed, x, 1.0), 0) for x in (self.t, self.p))
            entries = tf.where(observed, self.formula.computed(t, p, 0), 0.0)
            number = row_sum(tf.cast(observed, entries.dtype), self.axis)
            mean = tf.math.divide_no_nan(row_sum(entries, self.axis), number)
            return with_mask(mean, number > 0)
        if isinstance(self.formula, Rowwise) and self.formula.zeros_add_nothing:
            stand_in, counted = 0.0, tf.reduce_any(observed, self.axis)
        else:
            stand_in, counted = 1.0, tf.reduce_all(observed, self.axis)
            observed = restored(counted, self.axis)
        t, p = (tf.where(observed, x, stand_in) for x in (self.t, self.p))
        seen = dataclasses.replace(self, t=t, p=p, counted=counted, ignore_nan=False)
        return seen.computed()


def with_derivative(
    function: Callable[[tf.Tensor], tf.Tensor],
    derivative: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
    x: tf.Tensor,
) -> tf.Tensor:
    """`function(x)`, whose gradient is `derivative(x, upstream)`."""
    return gradients.with_gradient(
        lambda _, x: function(x),
        lambda _, x, upstream: derivative(x, upstream),
        tf.zeros((), tf.int32),
        x,
    )
