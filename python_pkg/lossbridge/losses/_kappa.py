"""The loss of Cohen's kappa."""

from __future__ import annotations

from typing import Annotated, Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.domains import Flag, Positive, one_of
from lossbridge.engine import rows
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.numerics import zero_elsewhere
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss

Weightage = Annotated[str, one_of("quadratic", "linear")]
Classes = Annotated[
    int | None,
    lambda value, argument: None if value is None else checks.whole_number(value, argument, 2),
]


@loss(family="probabilistic", truth="one_hot", pred="probability", of_batch=True)
def weighted_kappa(
    y_true: Any,
    y_pred: Any,
    num_classes: Classes = None,
    weightage: Weightage = "quadratic",
    epsilon: Positive = 1e-6,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Weighted kappa: \( \log(1 - \kappa + \epsilon) \) for Cohen's kappa with weights of the classes.

    \( 1 - \kappa = n \sum_i w(t_i, p_i) / \sum_i \sum_j w(t_i, p_j) \), where
    \( w(t, p) = \sum_c \sum_k t_c p_k (c - k)^2 \) is the mean square of the distance of the true and the
    predicted class: what it is over what it would be if they had nothing to do with each other. It is for
    classes in an order.

    A kappa belongs to a batch: one number comes out, whatever the reduction. `sample_weight` weighs the
    samples in all sums. Under several replicas the batch is what the replica has. Of a batch whose true and
    predicted class are one and the same the value is \( \log \epsilon \); of one without samples it is 0.

    Args:
        y_true: One-hot labels t along the last axis, of shape [batch, d0, .. dN]. A row of zeros is left out,
            and one that adds up to 2 counts as two.
        y_pred: Probabilities p, of the same shape.
        num_classes: The number of classes; None for what the last axis has.
        weightage: "quadratic", or "linear" for the distance \( |c - k| \) in place of its square.
        epsilon: What is added, for a finite logarithm, above 0.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed, and leaves the sums. Where
            there is no other, the value is 0.

    Returns:
        One number, in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> round(float(weighted_kappa([[1.0, 0.0], [0.0, 1.0]], [[0.75, 0.25], [0.25, 0.75]])), 4)
        -0.6931

    Reference:
        de la Torre, J., Puig, D., Valls, A. (2018). Weighted Kappa Loss Function for Multi-Class
        Classification of Ordinal Data in Deep Learning.
    """
    if y_pred.shape.rank == 0 or not y_pred.shape[-1:].is_compatible_with([num_classes]):
        classes = "classes" if num_classes is None else num_classes
        raise checks.InputError(
            "y_pred", f"of shape (batch, {classes})", f"of shape {checks.shape(y_pred)}"
        )
    counted = None
    if ignore_nan:
        observed = tf.reduce_all(tf.equal(y_true, y_true), -1, keepdims=True)
        y_true, counted = zero_elsewhere(observed, y_true), tf.reduce_any(observed)

    label = tf.cast(tf.range(rows.dimension(y_pred, -1)), y_pred.dtype)
    distance = tf.abs(label[:, None] - label[None, :])
    distance = tf.square(distance) if weightage == "quadratic" else distance

    def sums(t: tf.Tensor, p: tf.Tensor, axis: Any) -> tuple[tf.Tensor, ...]:
        """The weights of the rows, w of each label and each class, their sum over the labels, what is found
        by chance, and 1 - kappa."""
        t, p = _rows(t), _rows(p)
        weight = tf.reduce_sum(t, -1, keepdims=True)
        p = zero_elsewhere(tf.not_equal(weight, 0.0), p)
        apart = tf.matmul(t, distance)
        of_all = tf.reduce_sum(apart, 0, keepdims=True)
        by_chance = tf.reduce_sum(of_all * tf.matmul(weight, p, transpose_a=True))
        found = tf.reduce_sum(weight) * tf.reduce_sum(apart * p)
        return weight, apart, of_all, by_chance, tf.math.divide_no_nan(found, by_chance)

    def value(
        t: Any, p: Any, axis: Any, weight: Any, apart: Any, of_all: Any, by_chance: Any, missed: Any
    ) -> tf.Tensor:
        some = tf.not_equal(tf.reduce_sum(weight), 0.0)
        return zero_elsewhere(some, tf.math.log(missed + epsilon))

    def gradient(
        t: tf.Tensor,
        p: tf.Tensor,
        axis: Any,
        upstream: tf.Tensor,
        weight: Any,
        apart: Any,
        of_all: Any,
        by_chance: Any,
        missed: Any,
    ) -> tf.Tensor:
        slopes = tf.reduce_sum(weight) * apart - missed * weight * of_all
        scale = tf.math.divide_no_nan(upstream / (missed + epsilon), by_chance)
        return tf.reshape(scale * slopes, tf.shape(p))

    return Rowwise(value, gradient, sums).at(y_true, y_pred, None, counted=counted)


def _rows(x: tf.Tensor) -> tf.Tensor:
    return tf.reshape(x, [-1, rows.dimension(x, -1)])


class WeightedKappa(LossFunctionWrapper, of=weighted_kappa):
    """Weighted kappa as an object; see `weighted_kappa` for the arguments, and `Loss`."""

    def __init__(
        self,
        num_classes: int | None = None,
        weightage: str = "quadratic",
        epsilon: float = 1e-6,
        reduction: str | None = DEFAULT,
        name: str | None = "weighted_kappa",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            weighted_kappa,
            reduction=reduction,
            name=name,
            dtype=dtype,
            num_classes=num_classes,
            weightage=weightage,
            epsilon=epsilon,
            ignore_nan=ignore_nan,
        )
