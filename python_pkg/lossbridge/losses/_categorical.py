"""Losses of one class of several: cross-entropies, their focal form, and divergence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.class_weight import along
from lossbridge.domains import (
    ClassWeights,
    Flag,
    InnerShare,
    NotNegative,
    NotNegatives,
    Share,
    Whole,
    WholeOrNone,
)
from lossbridge.engine import rows
from lossbridge.engine.formula import Elementwise, Rowwise, Values
from lossbridge.generations import epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.numerics import log1p, zero_elsewhere
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss
from lossbridge.shares import Shares


@loss("cce", family="probabilistic", truth="one_hot", pred="probability", activation="Softmax")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: Flag = False,
    label_smoothing: Share = 0.0,
    axis: Whole = -1,
    *,
    class_weight: ClassWeights = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Categorical cross-entropy: \( -\sum_c t_c \log(p_c / \sum_k p_k) \) over `axis`.

    Probabilities are clipped to [\(10^{-7}\), \(1 - 10^{-7}\)] after they were made to sum to 1; their
    gradient is 0 outside. A row of zeros counts as equally improbable classes (Keras: NaN).

    Args:
        y_true: One-hot labels or probabilities t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / K \) for K classes.
        axis: The axis of the classes, 0-based; negative axes count from the end.
        class_weight: Weights w of the classes, at least 0: one for each, or a dict by class, in which a
            class that is not there weighs 1. Each term is multiplied by its own: a one-hot
            label's value by the weight of its class, that of probabilities as in PyTorch's
            CrossEntropyLoss(weight=). The reduction
            "mean_with_sample_weight" divides by the weights of the true classes, too: the sum of t w,
            where PyTorch divides by the number of samples if labels are probabilities.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> categorical_crossentropy([[0.0, 1.0, 0.0]], [[0.05, 0.9, 0.05]]).numpy().round(4)
        array([0.1054], dtype=float32)

    Reference:
        Good, I. J. (1952). Rational Decisions.

    Relation:
        `sparse_categorical_crossentropy` takes the labels as integers.
    """
    axis = class_axis(axis, y_pred, "categorical_crossentropy")
    y_true = smooth_categorical(y_true, label_smoothing, axis)
    if from_logits:
        return OF_LOGITS.at(y_true, y_pred, axis, class_weight=class_weight, ignore_nan=ignore_nan)
    formula = _of_shares(*_focus(0.0), from_logits=False)
    return formula.at(y_true, y_pred, axis, class_weight=class_weight, ignore_nan=ignore_nan)


@loss(family="probabilistic", truth="label", pred="probability", activation="Softmax")
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: Flag = False,
    ignore_class: WholeOrNone = None,
    axis: Whole = -1,
    label_smoothing: Share = 0.0,
    *,
    class_weight: ClassWeights = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Categorical cross-entropy of integer labels: \( -\log(p_t / \sum_k p_k) \) along `axis`.

    Probabilities are clipped to [\(10^{-7}\), \(1 - 10^{-7}\)] before they are made to sum to 1.

    Args:
        y_true: Class labels t from 0 to K - 1, of the shape of `y_pred` without `axis` (or with 1
            there). Whole numbers of any dtype; never rounded to a float.
        y_pred: Probabilities p, or logits if `from_logits`, with K classes along `axis`.
        from_logits: Whether `y_pred` holds logits.
        ignore_class: A label whose entries are left out: their value is 0, and a mean is taken over
            the others.
        axis: The axis of the classes, 0-based; negative axes count from the end.
        label_smoothing: s in [0, 1]: the label's class weighs \( 1 - s + s / K \), the others s / K.
        class_weight: Weights w of the classes, at least 0: one for each, or a dict by class, in which a
            class that is not there weighs 1. The value is multiplied by that of its label; with
            `label_smoothing` each term by its own, as in PyTorch's CrossEntropyLoss(weight=). The reduction
            "mean_with_sample_weight" divides by the weights of the true classes, too.
        ignore_nan: Whether a NaN in `y_true` is a label that was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match, a label is no class, or an argument is out of range.

    Example:
        >>> sparse_categorical_crossentropy([1], [[0.05, 0.9, 0.05]]).numpy().round(4)
        array([0.1054], dtype=float32)

    Reference:
        Good, I. J. (1952). Rational Decisions.

    Relation:
        `categorical_crossentropy` takes the labels one-hot.
    """
    labels, y_pred, known = _labelled(y_true, y_pred, axis, ignore_class, ignore_nan)
    known["class_weight"] = class_weight
    if not label_smoothing:
        formula = _OF_LABEL_AND_LOGITS if from_logits else _of_label_and_probabilities()
        return formula.at(labels, y_pred, **known)
    one_hot = tf.one_hot(labels, rows.dimension(y_pred, -1), dtype=y_pred.dtype)
    one_hot = smooth_categorical(one_hot, label_smoothing, -1)
    if from_logits:
        return OF_LOGITS.at(one_hot, y_pred, **known)
    y_pred = numerics.probabilities().clip(y_pred)
    formula = _of_shares(*_focus(0.0), from_logits=False)
    return formula.at(one_hot, y_pred, **known)


@loss(family="focal", truth="one_hot", pred="probability", activation="Softmax")
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: NotNegatives = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: Flag = False,
    label_smoothing: Share = 0.0,
    axis: Whole = -1,
    *,
    class_weight: ClassWeights = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Categorical focal cross-entropy: \( -\sum_c \alpha (1 - p_c)^\gamma t_c \log p_c \) over `axis`.

    Args:
        y_true: One-hot labels or probabilities t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        alpha: Weight of all classes, or one weight for each class along `axis`; at least 0.
        gamma: Focusing exponent, at least 0; 0 gives `alpha` times `categorical_crossentropy`.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / K \) for K classes.
        axis: The axis of the classes, 0-based; negative axes count from the end.
        class_weight: Weights w of the classes, at least 0: one for each, or a dict by class, in which a
            class that is not there weighs 1. Each term is multiplied by its own: a one-hot
            label's value by the weight of its class, that of probabilities as in PyTorch's
            CrossEntropyLoss(weight=). The reduction
            "mean_with_sample_weight" divides by the weights of the true classes, too.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> categorical_focal_crossentropy([[0.0, 1.0]], [[0.1, 0.9]]).numpy().round(6)
        array([0.000263], dtype=float32)

    Reference:
        Lin, T.-Y., Goyal, P., Girshick, R., He, K., Dollar, P. (2017). Focal Loss for Dense Object
        Detection.
    """
    axis = class_axis(axis, y_pred, "categorical_focal_crossentropy")
    weight = _class_weights(alpha, y_pred, axis)
    y_true = smooth_categorical(y_true, label_smoothing, axis)
    formula = _of_shares(*_focus(gamma), from_logits, weight)
    return formula.at(y_true, y_pred, axis, class_weight=class_weight, ignore_nan=ignore_nan)


@loss(family="focal", truth="label", pred="probability", activation="Softmax")
def sparse_categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: NotNegatives = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: Flag = False,
    ignore_class: WholeOrNone = None,
    axis: Whole = -1,
    *,
    class_weight: ClassWeights = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Categorical focal cross-entropy of integer labels: \( -\alpha_t (1 - p_t)^\gamma \log p_t \).

    The number that `categorical_focal_crossentropy` gives for the one-hot rows of the labels, without
    making them.

    Args:
        y_true: Class labels t from 0 to K - 1, of the shape of `y_pred` without `axis` (or with 1
            there). Whole numbers of any dtype; never rounded to a float.
        y_pred: Probabilities p, or logits if `from_logits`, with K classes along `axis`.
        alpha: Weight of all classes, or one weight for each class along `axis`; at least 0.
        gamma: Focusing exponent, at least 0; 0 gives `alpha` times `sparse_categorical_crossentropy`.
        from_logits: Whether `y_pred` holds logits.
        ignore_class: A label whose entries are left out: their value is 0, and a mean is taken over
            the others.
        axis: The axis of the classes, 0-based; negative axes count from the end.
        class_weight: Weights w of the classes, at least 0: one for each, or a dict by class, in which a
            class that is not there weighs 1. The value is multiplied by that of its label. The reduction
            "mean_with_sample_weight" divides by the weights of the true classes, too.
        ignore_nan: Whether a NaN in `y_true` is a label that was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match, a label is no class, or an argument is out of range.

    Example:
        >>> sparse_categorical_focal_crossentropy([1], [[0.1, 0.9]]).numpy().round(6)
        array([0.000263], dtype=float32)

    Reference:
        Lin, T.-Y., Goyal, P., Girshick, R., He, K., Dollar, P. (2017). Focal Loss for Dense Object
        Detection.

    Relation:
        `categorical_focal_crossentropy` takes the labels one-hot.
    """
    labels, y_pred, known = _labelled(y_true, y_pred, axis, ignore_class, ignore_nan)
    weight = _class_weights(alpha, y_pred, -1)
    of_label = (
        weight if isinstance(weight, float) else tf.expand_dims(tf.gather(weight, labels), -1)
    )
    formula = _of_share_of_label(*_focus(gamma), from_logits, of_label)
    return formula.at(labels, y_pred, class_weight=class_weight, **known)


@loss(family="probabilistic", truth="label", pred="probability")
def categorical_generalized_cross_entropy(
    y_true: Any, y_pred: Any, q: InnerShare = 0.5, *, ignore_nan: Flag = False
) -> Values:
    r"""Generalized cross-entropy: \( (1 - p_t^q) / q \), robust to noisy labels.

    Args:
        y_true: Class labels t from 0 to K - 1, of the shape of `y_pred` without its last axis.
        y_pred: Probabilities p with K classes along the last axis.
        q: Between cross-entropy (towards 0) and the mean absolute error (towards 1).
        ignore_nan: Whether a NaN in `y_true` is a label that was not observed: the value is 0, and does not
            count in a mean over samples.

    Returns:
        Per-sample values of the shape of `y_true`, in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, a label is no class, or q is not between 0 and 1.

    Example:
        >>> categorical_generalized_cross_entropy([1], [[0.19, 0.81]]).numpy().round(4)
        array([0.2], dtype=float32)

    Reference:
        Zhang, Z., Sabuncu, M. R. (2018). Generalized Cross Entropy Loss for Training Deep Neural
        Networks with Noisy Labels.
    """
    labels, y_pred, known = _labelled(y_true, y_pred, -1, None, ignore_nan)

    def value(label: tf.Tensor, p: tf.Tensor, axis: int) -> tf.Tensor:
        # -expm1(q log p) keeps the digits that 1 - p^q cancels where p is nearly 1.
        positive = tf.maximum(_of_label(label, p), numerics.tiny(p.dtype))
        return -tf.math.expm1(q * tf.math.log(positive)) / q

    def gradient(label: tf.Tensor, p: tf.Tensor, axis: int, upstream: tf.Tensor) -> tf.Tensor:
        slope = numerics.power_slope(_of_label(label, p), q) / -q
        return tf.one_hot(label, rows.dimension(p, -1), dtype=p.dtype) * (slope * upstream)

    return Rowwise(value, gradient).at(labels, y_pred, **known)


@loss(
    "kullback_leibler_divergence",
    "kld",
    "KLD",
    family="probabilistic",
    truth="probability",
    pred="probability",
)
def kl_divergence(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Kullback-Leibler divergence: \( \sum_c t_c \log(t_c / p_c) \) over the last axis.

    Both distributions are clipped to [\(10^{-7}\), 1]; the gradient is 0 outside.

    Args:
        y_true: True probabilities t along the last axis, of shape [batch, d0, .. dN].
        y_pred: Predicted probabilities p, of the same shape.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values in nats, of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]]).numpy().round(4)
        array([0.1438], dtype=float32)

    Reference:
        Kullback, S., Leibler, R. A. (1951). On Information and Sufficiency.
    """
    at_most_one = numerics.Interval(epsilon(), 1.0)

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t, p = at_most_one.clip(t), at_most_one.clip(p)
        # log(t/p) from the relative difference: keeps the digits where t and p are nearly equal. Its sign
        # is 1 where they are equal: of sign(0) the derivative by t would be 0 instead of 1.
        sign = tf.where(t < p, tf.constant(-1.0, t.dtype), tf.constant(1.0, t.dtype))
        return t * sign * log1p(sign * (t - p) / tf.minimum(t, p))

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t = at_most_one.clip(t)
        return at_most_one.slope(p, lambda p: -t / p)

    return Elementwise(value=value, slope=slope, over="sum").at(
        y_true, y_pred, ignore_nan=ignore_nan
    )


# -- formulas of the cross-entropies ---------------------------------------------------------------


def _of_shares(
    term: Callable[[Shares], tf.Tensor],
    slope: Callable[[Shares], Any],
    from_logits: bool,
    weight: Any = None,
) -> Rowwise:
    """-sum(weight t f(q)) over the classes, for their shares q.

    Args:
        term: f.
        slope: The derivative of f by log q.
        from_logits: Whether y_pred holds logits, not probabilities.
        weight: A number, or one for each class; None for 1.
    """
    interval = numerics.probabilities()

    def weighted(x: Any) -> Any:
        return x if weight is None else weight * x

    def value(t: tf.Tensor, x: tf.Tensor, axis: int, *sums: tf.Tensor) -> tf.Tensor:
        q = Shares(x, from_logits, axis, interval, sums)
        return -rows.row_sum(weighted(t * term(q)), axis, keepdims=True)

    def gradient(
        t: tf.Tensor, x: tf.Tensor, axis: int, upstream: tf.Tensor, *sums: tf.Tensor
    ) -> tf.Tensor:
        q = Shares(x, from_logits, axis, interval, sums)
        return -upstream * q.gradient(weighted(t * slope(q)))

    def sums(t: tf.Tensor, x: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        return Shares.sums(x, from_logits, axis)

    return Rowwise(value, gradient, sums, linear=True)


def _focus(gamma: float) -> tuple[Callable[[Shares], tf.Tensor], Callable[[Shares], Any]]:
    """(1 - q)^gamma log q of shares q, and its derivative by log q."""

    def term(q: Shares) -> tf.Tensor:
        return q.log() * numerics.power(q.complement(), gamma) if gamma else q.log()

    def slope(q: Shares) -> Any:
        if not gamma:
            return 1.0
        wrong = q.complement()  # of both terms, which have one sign
        focus = numerics.power_slope(wrong, gamma) * q.clipped() * q.log()
        return numerics.power(wrong, gamma) - focus

    return term, slope


def _logits_sums(t: tf.Tensor, x: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
    """max x; sum(exp(x - max x)) of the others; how many are the largest; sum(t); sum(t (max x - x))."""
    top = rows.row_max(x, axis)
    terms = (
        *_exponentials(x, top),
        t,
        # 0 where t is 0, also for a class that a logit of -inf rules out
        tf.math.multiply_no_nan(top - x, t),
    )
    return top, *(rows.row_sum(term, axis, keepdims=True) for term in terms)


def _exponentials(x: tf.Tensor, top: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """exp(x - top) of what is less than the largest, and 1 where the largest is."""
    is_top = x >= top  # not x < top: a NaN is no largest logit, though no maximum has it under XLA
    return tf.where(is_top, tf.constant(0.0, x.dtype), tf.exp(x - top)), tf.cast(is_top, x.dtype)


def _logits_value(t: tf.Tensor, x: tf.Tensor, axis: int, *sums: tf.Tensor) -> tf.Tensor:
    _, others, largest, labels, below = sums
    return labels * log1p(others + (largest - 1.0)) + below


def _logits_gradient(
    t: tf.Tensor, x: tf.Tensor, axis: int, upstream: tf.Tensor, *sums: tf.Tensor
) -> tf.Tensor:
    top, others, largest, labels, _ = sums
    total = others + largest
    slope = upstream * (numerics.times_exp(labels / total, x, top) - t)
    most = rows.row_sum(zero_elsewhere(x < top, t), axis, keepdims=True)
    most = upstream * (most - labels * others / total)
    # `most` keeps the digits of a share of more than a half, `slope` those of smaller ones.
    has_most = tf.equal(largest, 1.0) & (others < 1.0)
    return tf.where((x >= top) & has_most, most, slope)


def _logits_curvature(
    t: tf.Tensor, x: tf.Tensor, axis: int, upstream: tf.Tensor, *sums: tf.Tensor
) -> tf.Tensor:
    top, others, largest, labels, _ = sums
    return upstream * labels * _variance_of_shares(x, top, others, largest)


def _variance_of_shares(
    x: tf.Tensor, top: tf.Tensor, others: tf.Tensor, largest: tf.Tensor
) -> tf.Tensor:
    """q (1 - q) of the shares q of exp(x); the largest by the others, which keeps the digits of 1 - q."""
    total = others + largest
    share = numerics.times_exp(1.0 / total, x, top)
    return share * tf.where(x >= top, (others + (largest - 1.0)) / total, 1.0 - share)


OF_LOGITS = Rowwise(
    _logits_value, _logits_gradient, _logits_sums, linear=True, curvature=_logits_curvature
)
"""sum(t) log(sum(exp(x - max x))) + sum(t (max x - x)), of which no term is negative.

The sum of exponentials is 1 and that of the other classes, which keeps the digits of its logarithm and of the
derivative by the largest logit.
"""


def _of_label(label: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """What each row of `x` has at its label, with size 1 kept for the classes."""
    return tf.expand_dims(tf.gather(x, label, batch_dims=label.shape.rank), -1)


def _is_other(label: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Where in the rows of `x` the class of the label is not."""
    classes = rows.dimension(x, -1)
    return tf.one_hot(label, classes, on_value=False, off_value=True, dtype=tf.bool)


def _others(label: tf.Tensor, x: tf.Tensor, axis: int) -> tf.Tensor:
    """The sum of each row without the class of the label."""
    return rows.row_sum(zero_elsewhere(_is_other(label, x), x), axis, keepdims=True)


def _of_share_of_label(
    term: Callable[[Shares], tf.Tensor],
    slope: Callable[[Shares], Any],
    from_logits: bool,
    weight: Any,
) -> Rowwise:
    """-weight f(q) of the share q of the label; see `_of_shares`, whose value this is of a one-hot row."""
    interval = numerics.probabilities()

    def sums(label: tf.Tensor, x: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        return _of_label(label, x), *Shares.sums(x, from_logits, axis)

    def value(
        label: tf.Tensor, x: tf.Tensor, axis: int, true: tf.Tensor, *sums: tf.Tensor
    ) -> tf.Tensor:
        return -weight * term(Shares(true, from_logits, axis, interval, sums))

    def gradient(
        label: tf.Tensor,
        x: tf.Tensor,
        axis: int,
        upstream: tf.Tensor,
        true: tf.Tensor,
        *sums: tf.Tensor,
    ) -> tf.Tensor:
        q = Shares(true, from_logits, axis, interval, sums)
        return q.gradient_of_one(-upstream * weight * slope(q), _is_other(label, x), x)

    return Rowwise(value, gradient, sums)


def _of_label_and_probabilities() -> Rowwise:
    """-log(p_t / sum p) as log(1 + sum of the others / p_t), which keeps the digits of a small loss."""
    interval = numerics.probabilities()

    def sums(label: tf.Tensor, p: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        return interval.clip(_of_label(label, p)), _others(label, interval.clip(p), axis)

    def value(
        label: tf.Tensor, p: tf.Tensor, axis: int, true: tf.Tensor, others: tf.Tensor
    ) -> tf.Tensor:
        return log1p(others / true)

    def gradient(
        label: tf.Tensor, p: tf.Tensor, axis: int, upstream: Any, true: tf.Tensor, others: tf.Tensor
    ) -> tf.Tensor:
        slope = upstream / (true + others)
        slopes = tf.where(_is_other(label, p), slope, -slope * others / true)
        return interval.slope(p, lambda _: slopes)

    return Rowwise(value, gradient, sums)


def _label_logits_sums(label: tf.Tensor, x: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
    """The largest logit; that of the label less it; sum(exp(x - max x)) of the other classes."""
    top = rows.row_max(x, axis)
    return top, _of_label(label, x) - top, _others(label, tf.exp(x - top), axis)


def _label_logits_value(
    label: tf.Tensor, x: tf.Tensor, axis: int, top: tf.Tensor, true: tf.Tensor, others: tf.Tensor
) -> tf.Tensor:
    exp = tf.exp(true)
    ratio = others / tf.maximum(exp, others)  # at most 1, where the second way is taken
    return tf.where(ratio < 1.0, log1p(ratio), tf.math.log(others + exp) - true)


def _label_logits_gradient(
    label: tf.Tensor,
    x: tf.Tensor,
    axis: int,
    upstream: tf.Tensor,
    top: tf.Tensor,
    true: tf.Tensor,
    others: tf.Tensor,
) -> tf.Tensor:
    scale = upstream / (others + tf.exp(true))
    return tf.where(_is_other(label, x), numerics.times_exp(scale, x, top), -others * scale)


def _label_logits_curvature(
    label: tf.Tensor, x: tf.Tensor, axis: int, upstream: tf.Tensor, top: tf.Tensor, *_: tf.Tensor
) -> tf.Tensor:
    others, largest = (rows.row_sum(terms, axis, keepdims=True) for terms in _exponentials(x, top))
    return upstream * _variance_of_shares(x, top, others, largest)


_OF_LABEL_AND_LOGITS = Rowwise(
    _label_logits_value,
    _label_logits_gradient,
    _label_logits_sums,
    curvature=_label_logits_curvature,
)
"""-log(p_t / sum p) for p = exp(x - max x), by the sum of the others for the digits of a small loss."""


def _labelled(
    y_true: tf.Tensor, y_pred: tf.Tensor, axis: Any, ignore_class: int | None, ignore_nan: bool
) -> tuple[tf.Tensor, tf.Tensor, dict[str, Any]]:
    """Labels, predictions with the classes on the last axis, and what `Values` is told of the labels."""
    axis = checks.last_axis(axis, y_pred.shape.rank)
    y_true = checks.label_shape(y_true, y_pred, axis)
    if axis != -1:
        y_pred = _moved_last(y_pred, axis)
    y_true, counted = checks.counted_labels(y_true, ignore_class, ignore_nan)
    labels, valid = checks.class_labels(y_true, rows.dimension(y_pred, -1), ignore_class)
    if counted is not None:  # a row that does not count is not looked at: it may hold NaN
        y_pred = tf.where(tf.expand_dims(counted, -1), y_pred, tf.ones((), y_pred.dtype))
    return labels, y_pred, {"valid": valid, "counted": counted}


def smooth_categorical(y_true: tf.Tensor, smoothing: float, axis: int) -> tf.Tensor:
    """Labels pulled towards 1 / K, for K classes along `axis`."""
    if not smoothing:
        return y_true
    return y_true * (1.0 - smoothing) + smoothing / tf.cast(
        rows.dimension(y_true, axis), y_true.dtype
    )


def class_axis(axis: Any, y_pred: tf.Tensor, name: str) -> int:
    """The axis of the classes from the end; warns of a single class, as Keras does."""
    axis = checks.last_axis(axis, y_pred.shape.rank)
    if y_pred.shape.rank is not None and y_pred.shape[axis] == 1:
        checks.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={checks.shape(y_pred)}. Consider using "
            "'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
        )
    return axis


def _moved_last(x: tf.Tensor, axis: int) -> tf.Tensor:
    """`x` with the (negative) `axis` moved to the end."""
    order = list(range(x.shape.rank))
    order.append(order.pop(axis))
    return tf.transpose(x, order)


def _class_weights(alpha: Any, y_pred: tf.Tensor, axis: int) -> Any:
    if not isinstance(alpha, list):
        return alpha
    if len(alpha) == 1:
        return alpha[0]
    classes = y_pred.shape[axis]
    if classes is not None and len(alpha) != classes:
        raise checks.InputError(
            "alpha", f"one weight, or one for each of {classes} classes", f"{len(alpha)} weights"
        )
    return along(tf.constant(alpha, y_pred.dtype), axis)


class CategoricalCrossentropy(LossFunctionWrapper, of=categorical_crossentropy):
    """Categorical cross-entropy as an object; see `categorical_crossentropy`, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        *,
        class_weight: Sequence[float] | Mapping[int, float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            class_weight=class_weight,
            ignore_nan=ignore_nan,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper, of=sparse_categorical_crossentropy):
    """Cross-entropy of integer labels as an object; see `sparse_categorical_crossentropy`, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = DEFAULT,
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        label_smoothing: float = 0.0,
        *,
        class_weight: Sequence[float] | Mapping[int, float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
            label_smoothing=label_smoothing,
            class_weight=class_weight,
            ignore_nan=ignore_nan,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper, of=categorical_focal_crossentropy):
    """Categorical focal cross-entropy as an object; see `categorical_focal_crossentropy`, and `Loss`."""

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
        *,
        class_weight: Sequence[float] | Mapping[int, float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            class_weight=class_weight,
            ignore_nan=ignore_nan,
        )


class SparseCategoricalFocalCrossentropy(
    LossFunctionWrapper, of=sparse_categorical_focal_crossentropy
):
    """Focal cross-entropy of integer labels as an object; see `sparse_categorical_focal_crossentropy`."""

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "sparse_categorical_focal_crossentropy",
        dtype: Any = None,
        *,
        class_weight: Sequence[float] | Mapping[int, float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            sparse_categorical_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
            class_weight=class_weight,
            ignore_nan=ignore_nan,
        )


class CategoricalGeneralizedCrossEntropy(
    LossFunctionWrapper, of=categorical_generalized_cross_entropy
):
    """Generalized cross-entropy as an object; see `categorical_generalized_cross_entropy`, and `Loss`."""

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            categorical_generalized_cross_entropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            q=q,
            ignore_nan=ignore_nan,
        )


class KLDivergence(LossFunctionWrapper, of=kl_divergence):
    """Kullback-Leibler divergence as an object; see `kl_divergence` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "kl_divergence",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            kl_divergence,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_nan=ignore_nan,
        )
