"""From what a user hands over to per-sample values: the path that objects and metrics share."""

from __future__ import annotations

from typing import Any

from lossbridge import checks, reduction
from lossbridge._backend import tf
from lossbridge.registry import LossSpec, take_logits


def samples(
    spec: LossSpec,
    y_true: Any,
    y_pred: Any,
    arguments: dict[str, Any],
    sample_weight: Any = None,
    mask: Any = None,
) -> tf.Tensor:
    """Per-sample values of a loss in its compute dtype.

    (N,) is aligned with (N, 1). Entries with weight 0 or outside the mask are replaced by harmless
    numbers before the loss sees them, so that a NaN in them reaches neither the value nor a gradient.
    """
    y_pred, arguments = take_logits(spec.activation, spec.name, y_pred, arguments)
    y_pred = checks.float_tensor(y_pred, "y_pred")
    y_true = checks.tensor(y_true, "y_true")
    if spec.truth not in ("label", "sequence"):
        y_true, y_pred = checks.same_rank(y_true, y_pred)
    if sample_weight is not None or mask is not None:
        y_true, y_pred = _harmless(spec, y_true, y_pred, arguments, sample_weight, mask)
    return spec.values(y_true, y_pred, **arguments)


def _harmless(
    spec: LossSpec,
    y_true: tf.Tensor,
    y_pred: tf.Tensor,
    arguments: dict[str, Any],
    sample_weight: Any,
    mask: Any,
) -> tuple[tf.Tensor, tf.Tensor]:
    rank = y_pred.shape.rank
    axes = spec.reduced_axes(arguments, rank) if rank else None
    if axes is None or spec.family == "embedding":  # samples that are not apart from each other
        return y_true, y_pred
    values = tf.TensorShape([n for i, n in enumerate(y_pred.shape) if i - rank not in axes])
    keep = reduction.kept(sample_weight, mask, values)
    if keep is None:
        return y_true, y_pred
    per_entry = keep
    if keep.shape.rank:
        for axis in axes:
            per_entry = tf.expand_dims(per_entry, rank + axis)
    # A 1 is in the domain of every loss, and leaves "all labels are 0 or 1" of the hinge losses alone.
    y_pred = tf.where(per_entry, y_pred, tf.ones((), y_pred.dtype))
    if spec.truth == "label":
        y_true = checks.label_shape(y_true, y_pred, axes[0])
        return tf.where(keep, y_true, tf.zeros((), y_true.dtype)), y_pred
    if spec.truth == "sequence":
        keep = tf.expand_dims(keep, -1) if keep.shape.rank else keep
        return tf.where(keep, y_true, tf.zeros((), y_true.dtype)), y_pred
    y_true = checks.same_shape(y_true, y_pred)
    return tf.where(per_entry, y_true, tf.ones((), y_true.dtype)), y_pred
