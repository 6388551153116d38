"""From what a user hands over to per-sample values: the path that objects and metrics share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lossbridge import checks, class_weight, ragged, reduction
from lossbridge._backend import tf
from lossbridge.engine.formula import with_derivative
from lossbridge.engine.rows import dimension
from lossbridge.keras_protocol import marked_like
from lossbridge.numerics import zero_elsewhere
from lossbridge.registry import LossSpec, take_logits


def of_batch(spec: LossSpec, batch: ragged.Batch) -> tf.Tensor:
    """Per-sample values of a batch, see `samples`; of ragged inputs those of all rows in one array."""

    def of_dense(y_true: Any, y_pred: Any, sample_weight: Any, mask: Any) -> tf.Tensor:
        return samples(spec, y_true, y_pred, batch.arguments, sample_weight, mask)

    return ragged.values_of(spec, batch, of_dense)


def samples(
    spec: LossSpec,
    y_true: Any,
    y_pred: Any,
    arguments: dict[str, Any],
    sample_weight: Any = None,
    mask: Any = None,
) -> tf.Tensor:
    """Per-sample values of a loss in its compute dtype.

    (N,) is aligned with (N, 1). Values with weight 0 or outside the mask pass no gradient to the inputs,
    so that a NaN in them reaches none; labels of theirs that are no classes are replaced by one.
    """
    y_pred, arguments = take_logits(spec.activation, spec.name, y_pred, arguments)
    y_pred = checks.float_tensor(y_pred, "y_pred")
    y_true = checks.tensor(y_true, "y_true")
    y_true = checks.with_nan(y_true, arguments.get("ignore_nan", False))
    if spec.same_shape:
        y_true, y_pred = spec.aligned(y_true, y_pred, arguments)
    if sample_weight is not None or mask is not None:
        y_true, y_pred = _one_way(spec, y_true, y_pred, arguments, sample_weight, mask)
    return spec.values(y_true, y_pred, **arguments)


def weighed(spec: LossSpec, batch: ragged.Batch) -> ragged.Batch:
    """A batch whose weights and mask are in `y_true`, where a loss has one value for all of it."""
    if not spec.of_batch or (batch.sample_weight is None and batch.mask is None):
        return batch
    p = checks.float_tensor(batch.y_pred, "y_pred")
    t = checks.cast(checks.tensor(batch.y_true, "y_true"), p.dtype)
    t, p = spec.aligned(t, p, batch.arguments)
    t = checks.same_shape(t, p)
    weight = reduction.masked_weight(batch.sample_weight, batch.mask, p[..., 0])
    weight = tf.expand_dims(weight + tf.zeros_like(p[..., 0]), -1)  # one number as that of each
    t = zero_elsewhere(tf.not_equal(weight, 0.0), t * weight)
    return batch._replace(y_true=t, y_pred=p, sample_weight=None, mask=None)


def class_weights(spec: LossSpec, batch: ragged.Batch) -> tf.Tensor | None:
    """What the true class of each sample weighs, which the values are multiplied by already."""
    if batch.arguments.get("class_weight") is None:
        return None
    return ragged.values_of(
        spec, batch, lambda t, p, *_: _class_weights(spec, t, p, batch.arguments)
    )


def _class_weights(
    spec: LossSpec, y_true: Any, y_pred: Any, arguments: dict[str, Any]
) -> tf.Tensor:
    given = spec.checked({"class_weight": arguments["class_weight"]})["class_weight"]
    y_pred = checks.float_tensor(y_pred, "y_pred")
    y_pred = checks.cast(y_pred, checks.compute_dtype(y_pred.dtype))
    y_true = checks.tensor(y_true, "y_true")
    if spec.truth != "label":
        y_true, y_pred = checks.same_rank(checks.cast(y_true, y_pred.dtype), y_pred)
    axis = checks.last_axis(arguments.get("axis", -1), y_pred.shape.rank)
    weights = class_weight.of_classes(given, y_pred, axis)
    if spec.truth == "label":
        y_true = checks.label_shape(y_true, y_pred, axis)
        labels, is_class, _ = checks.found_labels(y_true, dimension(y_pred, axis))
        y_true = tf.where(is_class, labels, tf.zeros((), labels.dtype))
    return class_weight.of_samples(weights, y_true, axis)


def _one_way(
    spec: LossSpec,
    y_true: tf.Tensor,
    y_pred: tf.Tensor,
    arguments: dict[str, Any],
    sample_weight: Any,
    mask: Any,
) -> tuple[tf.Tensor, tf.Tensor]:
    rank = y_pred.shape.rank
    axes = spec.reduced_axes(arguments, rank) if rank else None
    by_row = spec.pred == "similarity"
    if axes is None or (spec.family == "embedding" and not by_row):
        return y_true, y_pred  # samples that are not apart from each other
    values = tf.TensorShape([n for i, n in enumerate(y_pred.shape) if i - rank not in axes])
    counted = reduction.counted(sample_weight, mask, values)
    if counted is None:
        return y_true, y_pred
    per_entry = counted
    if counted.shape.rank:
        for axis in axes:
            per_entry = tf.expand_dims(per_entry, rank + axis)

    def one_way(x: tf.Tensor) -> tf.Tensor:
        return tf.where(per_entry, x, tf.stop_gradient(x))

    if by_row:
        return y_true, one_way(y_pred)

    def missing(labels: tf.Tensor) -> Any:
        return tf.not_equal(labels, labels) if arguments.get("ignore_nan") else False

    if spec.truth in ("label", "sequence"):
        if spec.truth == "label":
            y_true = checks.label_shape(y_true, y_pred, axes[0])
        elif counted.shape.rank:
            counted = tf.expand_dims(counted, -1)
        axis = axes[0] if spec.truth == "label" else -1
        classes = y_pred.shape[axis] or tf.shape(y_pred)[axis]
        _, _, valid = checks.found_labels(y_true, classes, arguments.get("ignore_class"))
        stay = counted | valid | missing(y_true)
        return tf.where(stay, y_true, tf.zeros((), y_true.dtype)), one_way(y_pred)
    if spec.heads is not None:
        y_true, y_pred = spec.aligned(y_true, y_pred, arguments)
    else:
        y_true = checks.same_shape(y_true, y_pred)
    if spec.truth == "positive":  # what is left out may be below 0
        y_true = tf.where(per_entry | ~(y_true < 0), y_true, tf.zeros((), y_true.dtype))
    if spec.truth == "sign":  # what is left out has no say in whether 0 means -1
        zero = tf.equal(y_true, 0)
        fits = zero | tf.equal(y_true, 1) | missing(y_true)
        binary = tf.reduce_any(zero & per_entry) & tf.reduce_all(fits | ~per_entry)
        y_true = tf.where(binary & ~fits, tf.ones((), y_true.dtype), y_true)
    return one_way(y_true), one_way(y_pred)


# -- a user's own loss ------------------------------------------------------------------------------


def of_call(
    call: Callable[..., Any],
    y_true: Any,
    y_pred: Any,
    dtype: tf.DType | None,
    sample_weight: Any = None,
    mask: Any = None,
) -> tf.Tensor:
    """What a user's own `call(y_true, y_pred)` gives for arrays, or for structures of arrays.

    As in Keras 3 integers come as floats of `dtype`, so that they can be computed with. A call that fails
    with them, since it looks labels up say, gets integers. In a half precision, which does not hold
    labels beyond 256, it is the other way round.

    Nothing is known of which values an input takes part in. So only those that are not finite, and that
    weight or mask leave out, are kept from passing a gradient, which would be NaN, to their samples.
    """
    gate = None if sample_weight is None and mask is None else _Gate()

    def as_floats(x: tf.Tensor) -> tf.Tensor:
        return checks.cast(x, dtype or (x.dtype if x.dtype.is_floating else checks.floatx()))

    def passed(x: tf.Tensor) -> tf.Tensor:
        return x if gate is None or not x.dtype.is_floating else gate.around(x)

    def values(labels: Any) -> tf.Tensor:
        return tf.convert_to_tensor(call(map_arrays(passed, labels), y_pred))

    y_pred = map_arrays(lambda x: passed(as_floats(checks.tensor(x, "y_pred"))), y_pred)
    y_true = map_arrays(lambda x: checks.tensor(x, "y_true"), y_true)
    floats = map_arrays(as_floats, y_true)
    integers = map_arrays(lambda x: as_floats(x) if x.dtype.is_floating else x, y_true)
    first, second = floats, integers
    if dtype is not None and checks.compute_dtype(dtype) != dtype:
        first, second = integers, floats
    try:
        result = values(first)
    except Exception as error:
        if all(x.dtype.is_floating for x in tf.nest.flatten(y_true)):
            raise
        try:
            result = values(second)
        except Exception:
            raise error from None
    if not result.dtype.is_floating:
        result = as_floats(result)
    if gate is not None and result.shape.rank:
        counted: Any = reduction.counted(sample_weight, mask, result.shape)
        gate.closed = ~counted & ~tf.math.is_finite(result)
    return result


class _Gate:
    """What keeps gradients from samples; which ones is known only when their values are."""

    closed: tf.Tensor | None = None
    """True for each value that passes no gradient."""

    def around(self, x: tf.Tensor) -> tf.Tensor:
        """`x`, where its gradient passes the gate."""
        passed = with_derivative(tf.identity, lambda _, upstream: self._back(upstream), x)
        return marked_like(passed, x)

    def _back(self, upstream: tf.Tensor) -> tf.Tensor:
        closed, rank = self.closed, upstream.shape.rank
        if closed is None or closed.shape.rank is None or rank is None:
            return upstream
        while closed.shape.rank > rank:
            closed = tf.reduce_any(closed, -1)
        while closed.shape.rank < rank:
            closed = tf.expand_dims(closed, -1)
        pairs = list(zip(closed.shape, upstream.shape, strict=True))
        if any(n not in (1, m, None) and m is not None for n, m in pairs):
            return upstream  # values that do not stand for samples

        def gated() -> tf.Tensor:
            return tf.where(closed, tf.zeros((), upstream.dtype), upstream)

        if all(n == 1 or (n == m and n is not None) for n, m in pairs):
            return gated()
        sizes, theirs = tf.shape(closed), tf.shape(upstream)
        fits = tf.reduce_all(tf.equal(sizes, 1) | tf.equal(sizes, theirs))
        return tf.cond(fits, gated, lambda: upstream)


def map_arrays(function: Callable[[Any], Any], x: Any) -> Any:
    """`function` of an array, or of each array in a dict, list, tuple or namedtuple of them."""
    if isinstance(x, dict):
        return {key: map_arrays(function, value) for key, value in x.items()}
    if not isinstance(x, (list, tuple)) or not any(map(_is_array, x)):
        return function(x)
    parts = [map_arrays(function, part) for part in x]
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


def _is_array(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return any(map(_is_array, x))
    return isinstance(x, dict) or (hasattr(x, "shape") and not isinstance(x, np.generic))
