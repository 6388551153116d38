"""The losses of TensorFlow Addons: stands where `tensorflow_addons.losses` stood, for Keras 3 and tf_keras.

Names, arguments and defaults are those of version 0.23, default reductions among them: most objects give one
number for a batch, as there, `SigmoidFocalCrossEntropy` one for each sample. Saved configs of the package
"Addons" load. `lossbridge.losses` has most of these losses with values for each sample, and says what they
compute.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossbridge import checks, losses, numerics, registry
from lossbridge._backend import tf
from lossbridge.losses._embedding import labels_of
from lossbridge.losses._sparsemax import probabilities
from lossbridge.reduction import masked_weight

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
    r"""Cross-entropy of a matrix of similarities, the logits: that of a sample with all of its class is 1.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Similarities of the samples, of shape [batch, batch]: products of two embeddings say.

    Returns:
        The mean over the batch.

    Reference:
        Sohn, K. (2016). Improved Deep Metric Learning with Multi-class N-pair Loss Objective.
    """
    return _mean(_cross_entropy(_agreement(y_true, y_pred), y_pred))


def npairs_multilabel_loss(y_true: Any, y_pred: Any) -> tf.Tensor:
    """`npairs_loss` of samples of several classes each, which agree by the number of classes they share.

    Args:
        y_true: 1 for each class of a sample and else 0, of shape [batch, classes]; it may be sparse. A sample
            of no class adds 0.
        y_pred: Similarities of the samples, of shape [batch, batch].

    Returns:
        The mean over the batch.
    """
    return _mean(_cross_entropy(_shared_labels(y_true, y_pred), y_pred))


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
    axis = checks.last_axis(axis, z.shape.rank)
    return checks.cast(probabilities(z, axis), checks.float_tensor(logits, "logits").dtype)


def sparsemax_loss(logits: Any, sparsemax: Any, labels: Any, name: str | None = None) -> tf.Tensor:
    """`losses.sparsemax(labels, logits)`, which needs no `sparsemax`, the probabilities, besides."""
    return losses.sparsemax(labels, logits)


def sparsemax_loss_from_logits(y_true: Any, logits_pred: Any) -> tf.Tensor:
    """`losses.sparsemax(y_true, logits_pred)`."""
    return losses.sparsemax(y_true, logits_pred)


def giou_loss(y_true: Any, y_pred: Any, mode: str = "giou") -> tf.Tensor:
    """1 - the intersection over union of boxes, generalised to boxes that do not meet.

    The area of the smallest box around both that is in neither, divided by that of this box, is added. The
    corners of a box may come in any order. Two boxes without area have the value 0 where they are the same,
    and else at least 1.

    Args:
        y_true: Boxes [y_min, x_min, y_max, x_max], of shape [batch, d0, .., 4].
        y_pred: Boxes, of the same shape.
        mode: "giou", or "iou" for nothing but 1 - the intersection over union.

    Returns:
        A value for each box, of shape [batch, d0, ..].

    Reference:
        Rezatofighi, H., et al. (2019). Generalized Intersection over Union.
    """
    checks.one_of(mode, "mode", ("giou", "iou"))
    given = checks.float_tensor(y_pred, "y_pred")
    p = checks.cast(given, checks.compute_dtype(given.dtype))
    t = checks.same_shape(checks.cast(checks.tensor(y_true, "y_true"), p.dtype), p)
    if p.shape[-1] not in (4, None):
        raise checks.InputError(
            "y_pred", "boxes of 4 numbers on the last axis", f"of shape {checks.shape(p)}"
        )
    (t_low, t_high), (p_low, p_high) = _corners(t), _corners(p)
    # Areas as shares of the box around both: they are numbers of any dtype.
    around = tf.maximum(t_high, p_high) - tf.minimum(t_low, p_low)
    flat = tf.equal(around, 0.0)

    def area(sides: tf.Tensor) -> tf.Tensor:
        shares = tf.nn.relu(sides) / tf.where(flat, tf.ones([], p.dtype), around)
        return shares[..., 0] * shares[..., 1]

    overlap = area(tf.minimum(t_high, p_high) - tf.maximum(t_low, p_low))
    union = area(t_high - t_low) + area(p_high - p_low) - overlap
    same = tf.reduce_all(tf.equal(t_low, p_low) & tf.equal(t_high, p_high), -1)
    empty, one = tf.equal(union, 0.0), tf.ones([], p.dtype)
    missed = tf.where(empty, one, union - overlap) / tf.where(empty, one, union)
    values = numerics.zero_elsewhere(~(empty & same), missed)
    if mode == "giou":
        values += numerics.zero_elsewhere(~tf.reduce_any(flat, -1), 1.0 - union)
    return checks.cast(values, given.dtype)


def _corners(boxes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    first, second = boxes[..., :2], boxes[..., 2:]
    return tf.minimum(first, second), tf.maximum(first, second)


def _mean(values: tf.Tensor) -> tf.Tensor:
    size = tf.maximum(tf.size(values), 1)
    wide = checks.cast(values, checks.compute_dtype(values.dtype))
    return checks.cast(tf.reduce_sum(wide) / tf.cast(size, wide.dtype), values.dtype)


def _cross_entropy(agreement: tf.Tensor, y_pred: Any) -> tf.Tensor:
    y_pred = checks.float_tensor(y_pred, "y_pred")
    return losses.categorical_crossentropy(agreement, y_pred, from_logits=True)


def _similarities(y_pred: Any) -> tf.Tensor:
    y_pred = checks.float_tensor(y_pred, "y_pred")
    size = y_pred.shape
    if size.rank is not None and (size.rank != 2 or not size[:1].is_compatible_with(size[1:])):
        raise checks.InputError(
            "y_pred",
            "similarities of shape (batch, batch)",
            f"of shape {checks.shape(y_pred)}",
            "Products of embeddings make them: x @ tf.transpose(x), in R tcrossprod(x).",
        )
    return y_pred


def _agreement(y_true: Any, y_pred: Any) -> tf.Tensor:
    """Of each row of samples, which are of its class, as shares."""
    labels = labels_of(checks.tensor(y_true, "y_true"), _similarities(y_pred), "y_true")
    return _shares(tf.cast(tf.equal(labels[:, None], labels[None, :]), tf.float32))


def _shared_labels(y_true: Any, y_pred: Any) -> tf.Tensor:
    """Of each row of samples, how many classes of its own each has, as shares."""
    if isinstance(y_true, tf.SparseTensor):
        y_true = tf.sparse.to_dense(y_true)
    labels = tf.cast(checks.tensor(y_true, "y_true"), tf.float32)
    size = _similarities(y_pred).shape[:1].concatenate([None])
    if not labels.shape.is_compatible_with(size):
        raise checks.InputError(
            "y_true",
            f"1 for each class of a sample and else 0, of shape ({size[0] or 'batch'}, classes)",
            f"of shape {checks.shape(labels)}",
            "For one label of each sample there is the npairs loss."
            if labels.shape.rank == 1
            else "",
        )
    return _shares(tf.matmul(labels, labels, transpose_b=True))


def _shares(x: tf.Tensor) -> tf.Tensor:
    return tf.math.divide_no_nan(x, tf.reduce_sum(x, -1, keepdims=True))


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


class GIoULoss(losses.LossFunctionWrapper):
    """`giou_loss` as an object."""

    def __init__(
        self,
        mode: str = "giou",
        reduction: str | None = "auto",
        name: str | None = "giou_loss",
        dtype: Any = None,
    ) -> None:
        checks.one_of(mode, "mode", ("giou", "iou"))
        super().__init__(giou_loss, reduction=reduction, name=name, dtype=dtype, mode=mode)


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


class _Npairs(losses.Loss):
    """Cross-entropy of similarities with the agreement of labels, which a subclass tells."""

    _of_no_row = "it is of pairs of samples, not a sum over rows"

    def __init__(self, name: str | None, reduction: str | None, dtype: Any) -> None:
        super().__init__(name=name, reduction=_of_batch(reduction), dtype=dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The loss of a batch; a sample of no class adds 0."""
        # Here, where labels are the numbers that came: call() has them in the dtype of the loss.
        return super().__call__(self._agreement(y_true, y_pred), y_pred, sample_weight)

    def call(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        """The value of each sample, for the agreement of labels."""
        return _cross_entropy(y_true, y_pred)

    def _agreement(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        raise NotImplementedError


class NpairsLoss(_Npairs):
    """`npairs_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        name: str | None = "npairs_loss",
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _agreement(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        return _agreement(y_true, y_pred)


class NpairsMultilabelLoss(_Npairs):
    """`npairs_multilabel_loss` as an object: one number, the mean, also for the reduction "none"."""

    def __init__(
        self,
        name: str | None = "npairs_multilabel_loss",
        *,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def _agreement(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        return _shared_labels(y_true, y_pred)


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


class WeightedKappaLoss(losses.Loss):
    r"""The logarithm of 1 - kappa + epsilon, for Cohen's kappa with weights of the classes.

    1 - kappa is the mean of w(t, p) over what it would be if labels and predictions had nothing to do with
    each other; w is the square of the distance of two classes, or the distance. A kappa belongs to a batch:
    one number comes out, whatever the reduction, and `sample_weight` weighs the samples in all sums.

    Args:
        num_classes: The number of classes, at least 2.
        weightage: "quadratic" or "linear".
        name: The name, for logs.
        epsilon: What is added to the quotient, for a finite logarithm.
        reduction: Taken, and of no effect.
        dtype: See `losses.Loss`.

    Example:
        >>> loss = WeightedKappaLoss(2)
        >>> round(float(loss([[1.0, 0.0], [0.0, 1.0]], [[0.75, 0.25], [0.25, 0.75]])), 4)
        -0.6931

    Reference:
        de la Torre, J., Puig, D., Valls, A. (2018). Weighted Kappa Loss Function for Multi-Class
        Classification of Ordinal Data in Deep Learning.
    """

    _of_no_row = "it is of a whole batch, not a sum over rows"

    def __init__(
        self,
        num_classes: int,
        weightage: str = "quadratic",
        name: str | None = "cohen_kappa_loss",
        epsilon: float | None = 1e-6,
        reduction: str | None = "none",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.num_classes = checks.whole_number(num_classes, "num_classes", 2)
        self.weightage = checks.one_of(weightage, "weightage", ("quadratic", "linear"))
        self.epsilon = checks.number(epsilon or 1e-7, "epsilon", 0.0)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The loss of one-hot labels and probabilities, both of shape [batch, num_classes]."""
        given = checks.float_tensor(y_pred, "y_pred")
        p = checks.cast(given, checks.compute_dtype(given.dtype))
        t = checks.same_shape(checks.cast(checks.tensor(y_true, "y_true"), p.dtype), p)
        if not p.shape.is_compatible_with([None, self.num_classes]):
            raise checks.InputError(
                "y_pred",
                f"of shape (batch, {self.num_classes})",
                f"of shape {checks.shape(p)}",
            )
        weight = masked_weight(sample_weight, None, p[:, 0])
        weight = tf.ones_like(p[:, :1]) if weight is None else tf.reshape(weight, [-1, 1])
        weight = weight + tf.zeros_like(p[:, :1])  # one number as that of each sample
        label = tf.range(self.num_classes, dtype=p.dtype)
        distance = tf.abs(label[:, None] - label[None, :])
        distance = tf.square(distance) if self.weightage == "quadratic" else distance
        found = tf.reduce_sum(weight * tf.matmul(t, distance) * p)
        by_class = [tf.reduce_sum(weight * x, 0, keepdims=True) for x in (t, p)]
        expected = tf.reduce_sum(tf.matmul(by_class[0], distance) * by_class[1])
        expected = tf.math.divide_no_nan(expected, tf.reduce_sum(weight))
        value = tf.math.log(tf.math.divide_no_nan(found, expected) + self.epsilon)
        return checks.cast(value, given.dtype)

    def call(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        """The loss without weights."""
        return self(y_true, y_pred)

    def get_config(self) -> dict[str, Any]:
        """Every argument of the object."""
        config = super().get_config()
        own = ("num_classes", "weightage", "epsilon")
        return {**config, **{name: getattr(self, name) for name in own}}


for _name in __all__:
    registry.serializable(globals()[_name], _name, "Addons")
