"""From per-sample values to the number a model minimises: weights, masks and reductions.

Nowhere else in lossbridge is anything weighted, masked or averaged over samples.
"""

from __future__ import annotations

from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.generations import current

REDUCTIONS = (
    "sum_over_batch_size",
    "mean",
    "sum",
    "mean_with_sample_weight",
    "none",
    None,
    "auto",
)
"""What `reduction` may be. "auto" is the Keras 2 word for "sum_over_batch_size", "mean" its Keras 3 one."""

_MEANS = ("sum_over_batch_size", "mean", "auto")


class _Default(str):
    """A default that can be told from the same value written by the caller."""


DEFAULT = _Default("sum_over_batch_size")


def standardize(reduction: Any) -> str | None:
    """`reduction`, if it is one of `REDUCTIONS`; the default as the semantics in force spell it."""
    if isinstance(reduction, _Default):
        return current().default_reduction
    try:
        return checks.one_of(reduction, "reduction", REDUCTIONS)
    except checks.InputError as error:
        if current().name == "keras2":  # whoever matches the message of Keras 2 still can
            error.args = (f"{error} Invalid Reduction Key: {reduction}.",)
        raise


def align(weight: tf.Tensor, values: tf.TensorShape, argument: str) -> tf.Tensor:
    """A weight or mask with axes of size 1 added at the end, so that it multiplies per-sample values.

    Weights may have the shapes (), [batch], [batch, 1] and any leading part of the shape of the values;
    any shape for a loss that gives one number, which each of them multiplies.
    """
    rank, target = weight.shape.rank, values.rank
    if rank is None or target is None or rank == 0 or target == 0:
        return weight
    aligned = weight
    while aligned.shape.rank > target and aligned.shape[-1] == 1:
        aligned = tf.squeeze(aligned, -1)
    while aligned.shape.rank < target:
        aligned = tf.expand_dims(aligned, -1)
    fits = aligned.shape.rank == target and all(
        w is None or v is None or w == v or (w == 1 and i > 0)
        for i, (w, v) in enumerate(zip(aligned.shape, values, strict=True))
    )
    if not fits:
        expected = checks.shape(tf.TensorSpec(values))
        raise checks.InputError(
            argument,
            f"one number, or of a shape that fits the per-sample values, {expected}",
            f"of shape {checks.shape(weight)}",
            "Dimensions must be equal, from the first on, or 1: weights belong to samples or time "
            "steps, not to the axis that the loss runs over.",
        )
    return aligned


def counted(sample_weight: Any, mask: Any, values: tf.TensorShape) -> tf.Tensor | None:
    """Where neither the mask is False nor the weight 0, or None if there is neither."""
    found = None
    if mask is not None:
        found = align(tf.cast(mask, tf.bool), values, "mask")
    if sample_weight is not None:
        nonzero = tf.not_equal(checks.float_tensor(sample_weight, "sample_weight"), 0)
        nonzero = align(nonzero, values, "sample_weight")
        found = nonzero if found is None else found & nonzero
    return found


def masked_weight(sample_weight: Any, mask: Any, values: tf.Tensor) -> Any:
    """The weight of each value, 0 outside the mask; None if there is neither weight nor mask."""
    if sample_weight is not None:
        sample_weight = align(
            checks.float_tensor(sample_weight, "sample_weight", values.dtype),
            values.shape,
            "sample_weight",
        )
    if mask is None:
        return sample_weight
    weight = align(tf.cast(mask, values.dtype), values.shape, "mask")
    if sample_weight is None:
        return weight
    if values.shape.rank == 0:  # nothing that both of them fit but each other
        sample_weight = align(sample_weight, weight.shape, "sample_weight")
    return weight * sample_weight


def weighted(values: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """Values times their weights: 0 where the weight is 0, even if the value is NaN or infinite."""
    return known(values, weight) * weight


def known(values: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """Values with a 0 for each that is not finite and has the weight 0.

    What is finite stays, since the derivative by a weight is the value, also of a weight of 0.
    """
    unknown = tf.equal(weight, 0) & ~tf.math.is_finite(values)
    return tf.where(unknown, tf.zeros((), values.dtype), values)


def reduce(
    values: tf.Tensor,
    sample_weight: Any = None,
    mask: Any = None,
    reduction: str | None = "sum_over_batch_size",
    *,
    class_weight: tf.Tensor | None = None,
    replicas: int = 1,
) -> tf.Tensor:
    """Weigh, mask and reduce per-sample values.

    A mean over masked values divides by how many are left: each of the valid ones is scaled by
    total / valid, so that the sum over all, divided by total, is the sum over the valid divided by
    valid. If none is left the result is 0, with gradient 0. On several replicas that is so over all
    of them, as is the sum of the weights that "mean_with_sample_weight" divides by.

    Args:
        values: Per-sample values, of a float dtype.
        sample_weight: See `align`; None for 1.
        mask: False where a value is left out; None to keep all.
        reduction: One of `REDUCTIONS`.
        class_weight: The weights of the classes that are in the values; "mean_with_sample_weight"
            divides by the sum of these, times `sample_weight`.
        replicas: How many replicas of a distribution strategy add up their means.

    Returns:
        A scalar, or for "none" and None the weighted values.
    """
    if mask is not None:
        mask = tf.cast(tf.cast(mask, tf.bool), values.dtype)
        if reduction in _MEANS:
            mask *= tf.math.divide_no_nan(_size(mask), _of_replicas(tf.reduce_sum(mask)))
    weight = masked_weight(sample_weight, mask, values)
    if weight is not None:
        values = weighted(values, weight)

    if reduction in ("none", None):
        return values
    count = values.shape.num_elements()
    if count == 0 and values.shape.rank == 1 and current().empty_batch == "values":
        return values
    if reduction == "sum":
        return tf.reduce_sum(values)
    if class_weight is not None:
        weight = class_weight if weight is None else weighted(class_weight, weight)
    if reduction == "mean_with_sample_weight" and weight is not None:
        weights = _of_replicas(tf.reduce_sum(weight))
        mean = tf.math.divide_no_nan(tf.reduce_sum(values), weights)
    elif count:
        mean = tf.reduce_mean(values) if values.shape.rank else values
    else:
        mean = tf.math.divide_no_nan(tf.reduce_sum(values), _size(values))
    return mean / replicas if replicas > 1 else mean


def _size(x: tf.Tensor) -> tf.Tensor:
    count = x.shape.num_elements()
    # int64: a batch may have more than 2^31 elements
    return tf.cast(tf.size(x, out_type=tf.int64) if count is None else count, x.dtype)


def _of_replicas(total: tf.Tensor) -> tf.Tensor:
    """The mean of `total` over the replicas of a step; it has no gradient.

    Their means, divided by it instead of by their own totals, average to that of the whole batch.
    """
    context = tf.distribute.get_replica_context()  # None outside a step
    if context is None or context.num_replicas_in_sync == 1:
        return total
    return context.all_reduce(tf.distribute.ReduceOp.MEAN, tf.stop_gradient(total))
