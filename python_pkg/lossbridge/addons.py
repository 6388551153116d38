"""The losses of TensorFlow Addons: stands where `tensorflow_addons.losses` stood, for Keras 3 and tf_keras.

Names, arguments and defaults are those of version 0.23, default reductions among them: most objects give one
number for a batch, as there, `SigmoidFocalCrossEntropy` one for each sample. Saved configs of the package
"Addons" load. `lossbridge.losses` has these losses with values for each sample, and says what they compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossbridge import checks, losses, registry
from lossbridge._backend import tf
from lossbridge.losses._sparsemax import probabilities

__all__ = [
    "ContrastiveLoss",
    "GIoULoss",
    "LiftedStructLoss",
    "NpairsLoss",
    "NpairsMultilabelLoss",
    "PinballLoss",
    "SigmoidFocalCrossEntropy",
    "SparsemaxLoss",
    "TripletHardLoss",
    "TripletSemiHardLoss",
    "WeightedKappaLoss",
    "contrastive_loss",
    "giou_loss",
    "lifted_struct_loss",
    "npairs_loss",
    "npairs_multilabel_loss",
    "pinball_loss",
    "sigmoid_focal_crossentropy",
    "sparsemax",
    "sparsemax_loss",
    "sparsemax_loss_from_logits",
    "triplet_hard_loss",
    "triplet_semihard_loss",
]

Metric = str | Callable[[Any], Any]

# -- functions -------------------------------------------------------------------------------------


def contrastive_loss(y_true: Any, y_pred: Any, margin: float = 1.0) -> tf.Tensor:
    """`losses.contrastive` of each distance, without a mean over the last axis."""
    y_pred = checks.float_tensor(y_pred, "y_pred")
    y_true = checks.cast(checks.tensor(y_true, "y_true"), y_pred.dtype)
    y_true, y_pred = checks.same_rank(y_true, y_pred)
    return losses.contrastive(y_true[..., None], y_pred[..., None], margin)


def triplet_semihard_loss(
    y_true: Any, y_pred: Any, margin: float = 1.0, distance_metric: Metric = "L2"
) -> tf.Tensor:
    """The mean of `losses.triplet_semihard`."""
    return _mean(losses.triplet_semihard(y_true, y_pred, margin, distance_metric))


def triplet_hard_loss(
    y_true: Any,
    y_pred: Any,
    margin: float = 1.0,
    soft: bool = False,
    distance_metric: Metric = "L2",
) -> tf.Tensor:
    """The mean of `losses.triplet_hard`."""
    return _mean(losses.triplet_hard(y_true, y_pred, margin, soft, distance_metric))


def lifted_struct_loss(labels: Any, embeddings: Any, margin: float = 1.0) -> tf.Tensor:
    """The mean of `losses.lifted_struct`."""
    return _mean(losses.lifted_struct(labels, embeddings, margin))


def npairs_loss(y_true: Any, y_pred: Any) -> tf.Tensor:
    """The mean of `losses.npairs`."""
    return _mean(losses.npairs(y_true, y_pred))


def npairs_multilabel_loss(y_true: Any, y_pred: Any) -> tf.Tensor:
    """The mean of `losses.npairs_multilabel`; `y_true` may be a sparse tensor."""
    return _mean(losses.npairs_multilabel(_dense(y_true), y_pred))


def pinball_loss(y_true: Any, y_pred: Any, tau: Any = 0.5) -> tf.Tensor:
    """`losses.pinball`."""
    return losses.pinball(y_true, y_pred, tau)


def sigmoid_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float | None = 0.25,
    gamma: float | None = 2.0,
    from_logits: bool = False,
) -> tf.Tensor:
    """`losses.sigmoid_focal_crossentropy`; an `alpha` or `gamma` of 0 or None stands for none."""
    return losses.sigmoid_focal_crossentropy(
        y_true, y_pred, alpha or None, gamma or 0.0, from_logits
    )


def sparsemax(logits: Any, axis: int = -1) -> tf.Tensor:
    """The probabilities nearest to logits, some of them exactly 0: an activation.

    Args:
        logits: Numbers, which may be infinite, of any shape.
        axis: The axis of the classes.

    Returns:
        Probabilities, of the shape and dtype of `logits`.

    Example:
        >>> sparsemax([[1.5, 1.0, 0.0]]).numpy()
        array([[0.75, 0.25, 0.  ]], dtype=float32)
    """
    z = checks.float_tensor(logits, "logits")
    z = checks.cast(z, checks.compute_dtype(z.dtype))
    axis = checks.last_axis(axis, z.shape.rank, of="logits")
    return checks.cast(probabilities(z, axis), checks.float_tensor(logits, "logits").dtype)


def sparsemax_loss(logits: Any, sparsemax: Any, labels: Any, name: str | None = None) -> tf.Tensor:
    """`losses.sparsemax(labels, logits)`, which needs no `sparsemax`, the probabilities, besides."""
    return losses.sparsemax(labels, logits)


def sparsemax_loss_from_logits(y_true: Any, logits_pred: Any) -> tf.Tensor:
    """`losses.sparsemax(y_true, logits_pred)`."""
    return losses.sparsemax(y_true, logits_pred)


def giou_loss(y_true: Any, y_pred: Any, mode: str = "giou") -> tf.Tensor:
    """`losses.giou`."""
    return losses.giou(y_true, y_pred, mode)


def _mean(values: tf.Tensor) -> tf.Tensor:
    size = tf.maximum(tf.size(values), 1)
    wide = checks.cast(values, checks.compute_dtype(values.dtype))
    return checks.cast(tf.reduce_sum(wide) / tf.cast(size, wide.dtype), values.dtype)


def _dense(y_true: Any) -> Any:
    return tf.sparse.to_dense(y_true) if isinstance(y_true, tf.SparseTensor) else y_true


# -- objects ---------------------------------------------------------------------------------------


class ContrastiveLoss(losses.LossFunctionWrapper):
    """`contrastive_loss` as an object."""

    def __init__(
        self,
        margin: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "contrastive_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            contrastive_loss, reduction=reduction, name=name, dtype=dtype, margin=margin
        )


class GIoULoss(losses.GIoU):
    """`giou_loss` as an object."""

    def __init__(
        self,
        mode: str = "giou",
        reduction: str | None = "auto",
        name: str | None = "giou_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(mode, reduction=reduction, name=name, dtype=dtype)


def _of_batch(reduction: str | None) -> str | None:
    """A loss of a batch was not reduced in Addons, since it was one number already: the mean."""
    return "sum_over_batch_size" if reduction in (None, "none", "auto") else reduction


class TripletSemiHardLoss(losses.TripletSemiHard):
    """`triplet_semihard_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        margin: float = 1.0,
        distance_metric: Metric = "L2",
        name: str | None = None,
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            margin,
            distance_metric,
            reduction=_of_batch(reduction),
            name=name or "triplet_semihard_loss",
            dtype=dtype,
        )


class TripletHardLoss(losses.TripletHard):
    """`triplet_hard_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        margin: float = 1.0,
        soft: bool = False,
        distance_metric: Metric = "L2",
        name: str | None = None,
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            margin,
            soft,
            distance_metric,
            reduction=_of_batch(reduction),
            name=name or "triplet_hard_loss",
            dtype=dtype,
        )


class LiftedStructLoss(losses.LiftedStruct):
    """`lifted_struct_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        margin: float = 1.0,
        name: str | None = None,
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            margin,
            reduction=_of_batch(reduction),
            name=name or "lifted_struct_loss",
            dtype=dtype,
        )


class NpairsLoss(losses.NPairs):
    """`npairs_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        name: str | None = "npairs_loss",
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(_of_batch(reduction), name, dtype)


class NpairsMultilabelLoss(losses.NPairsMultilabel):
    """`npairs_multilabel_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        name: str | None = "npairs_multilabel_loss",
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(_of_batch(reduction), name, dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The loss of a batch; `y_true` may be a sparse tensor."""
        return super().__call__(_dense(y_true), y_pred, sample_weight)


class PinballLoss(losses.Pinball):
    """`pinball_loss` as an object."""

    def __init__(
        self,
        tau: Any = 0.5,
        reduction: str | None = "auto",
        name: str | None = "pinball_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(tau, reduction=reduction, name=name, dtype=dtype)


class SigmoidFocalCrossEntropy(losses.SigmoidFocalCrossEntropy):
    """`sigmoid_focal_crossentropy` as an object, which does not reduce unless told to."""

    def __init__(
        self,
        from_logits: bool = False,
        alpha: float | None = 0.25,
        gamma: float | None = 2.0,
        reduction: str | None = "none",
        name: str | None = "sigmoid_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            from_logits, alpha or None, gamma or 0.0, reduction=reduction, name=name, dtype=dtype
        )


class SparsemaxLoss(losses.Sparsemax):
    """`sparsemax_loss_from_logits` as an object."""

    def __init__(
        self,
        from_logits: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "sparsemax_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(from_logits, reduction=reduction, name=name, dtype=dtype)


class WeightedKappaLoss(losses.WeightedKappa):
    """`losses.WeightedKappa`, to which the number of classes must be told; the reduction has no effect."""

    def __init__(
        self,
        num_classes: int,
        weightage: str = "quadratic",
        name: str | None = "cohen_kappa_loss",
        epsilon: float | None = 1e-6,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            checks.whole_number(num_classes, "num_classes", 2),
            weightage,
            epsilon or 1e-7,
            reduction=reduction,
            name=name,
            dtype=dtype,
        )


for _name in __all__:
    registry.serializable(globals()[_name], _name, "Addons")
