"""Losses of probabilities and counts: cross-entropies, divergence and the Poisson loss."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.column_major import last
from lossbridge.generations import current, epsilon
from lossbridge.losses import _elements
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss
from lossbridge.target import in_xla


@loss(
    "bce",
    "BCE",
    family="probabilistic",
    truth="probability",
    pred="probability",
    activation="Sigmoid",
)
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> tf.Tensor:
    r"""Binary cross-entropy: \( \mathrm{mean}(-t \log p - (1 - t) \log(1 - p)) \) over `axis`.

    p is clipped to [\(10^{-7}\), \(1 - 10^{-7}\)], so that its gradient is 0 outside; use
    `from_logits` or semantics keras3_live for a gradient everywhere. Semantics keras2 add \(10^{-7}\)
    inside each logarithm.

    Args:
        y_true: Labels t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / 2 \).
        axis: The axis that the mean is taken over, 0-based; negative axes count from the end.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> binary_crossentropy([[0.0, 1.0], [0.0, 0.0]], [[0.6, 0.4], [0.4, 0.6]]).numpy().round(3)
        array([0.916, 0.714], dtype=float32)

    Reference:
        Good, I. J. (1952). Rational Decisions.

    Relation:
        `binary_focal_crossentropy` with gamma = 0.
    """
    axis = checks.last_axis(axis, y_pred.shape.rank)
    terms = binary_terms(checks.flag(from_logits, "from_logits"), label_smoothing)
    quick = binary_quick(terms.hard, None) if terms.hard else None
    return _elements.mean(terms.value, terms.slope, y_true, y_pred, axis, quick=quick)


@loss("cce", family="probabilistic", truth="one_hot", pred="probability", activation="Softmax")
def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> tf.Tensor:
    r"""Categorical cross-entropy: \( -\sum_c t_c \log(p_c / \sum_k p_k) \) over `axis`.

    Probabilities are clipped to [\(10^{-7}\), \(1 - 10^{-7}\)] after they were made to sum to 1; their
    gradient is 0 outside. A row of zeros counts as equally improbable classes (Keras: NaN).

    Args:
        y_true: One-hot labels or probabilities t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / K \) for K classes.
        axis: The axis of the classes, 0-based; negative axes count from the end.

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
    return _cross_entropy(
        y_true, y_pred, checks.flag(from_logits, "from_logits"), axis, not label_smoothing
    )


@loss(family="probabilistic", truth="label", pred="probability", activation="Softmax")
def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
    label_smoothing: float = 0.0,
) -> tf.Tensor:
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
    axis = checks.last_axis(axis, y_pred.shape.rank)
    if ignore_class is not None:
        ignore_class = checks.whole_number(ignore_class, "ignore_class")
    smoothing = checks.number(label_smoothing, "label_smoothing", 0, 1)
    if y_pred.shape.rank is None:
        arguments = from_logits, ignore_class, -1, label_smoothing
        return _of_rows(sparse_categorical_crossentropy, y_true, y_pred, *arguments)
    y_true = checks.label_shape(y_true, y_pred, axis)
    if axis != -1:
        y_pred = moved_last(y_pred, axis)
    num_classes = _elements.dimension(y_pred, -1)
    labels, valid = checks.class_labels(y_true, num_classes, ignore_class)
    from_logits = checks.flag(from_logits, "from_logits")
    kept = None
    if ignore_class is not None:
        kept = tf.not_equal(tf.cast(y_true, tf.int64), ignore_class)
        # A NaN behind an ignored label would reach the gradient, even times 0.
        y_pred = tf.where(kept[..., None], y_pred, tf.ones((), y_pred.dtype))
    if smoothing:
        one_hot = smooth_categorical(_elements.one_hot(y_pred, labels), smoothing, -1)
        y_pred = y_pred if from_logits else _elements.clip(y_pred, epsilon(), 1.0 - epsilon())
        loss = _cross_entropy(one_hot, y_pred, from_logits, -1, hard=False)
    else:
        value, gradient, sums = _label_terms(from_logits)
        loss = _elements.with_gradient(value, gradient, labels, y_pred, terms=sums)
    if valid is not None:
        loss = tf.where(valid, loss, float("nan"))
    if kept is not None:
        loss = tf.where(kept, loss, 0.0)
        loss._keras_mask = kept  # where a Loss object or Keras itself looks for it
    return loss


def _cross_entropy(
    t: tf.Tensor, p: tf.Tensor, from_logits: bool, axis: int, hard: bool
) -> tf.Tensor:
    """-sum(t log q), for the shares q of the classes."""
    if from_logits:
        return _logits_cross_entropy(t, p, axis)
    return of_shares(lambda q: q.log(), lambda _: 1.0, 1.0, t, p, False, axis, hard=hard)


def _logits_cross_entropy(t: tf.Tensor, x: tf.Tensor, axis: int) -> tf.Tensor:
    """sum(t) log(sum(exp(x - max x))) + sum(t (max x - x)), of which no term is negative.

    The sum of exponentials is 1 and that of the other classes, which keeps the digits of its logarithm and
    of the derivative by the largest logit.
    """

    def sums(t: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        def terms(top: tf.Tensor, t: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
            # A NaN is no largest logit, though no maximum has it under XLA.
            others = tf.where(x >= top, tf.constant(0.0, x.dtype), tf.exp(x - top))
            # 0 where t is 0, also for a class that a logit of -inf rules out
            return others, tf.cast(x >= top, x.dtype), t, tf.math.multiply_no_nan(top - x, t)

        top = _elements.row_max(x, axis)
        return top, *_elements.row_sums(terms, top, t, x, axis=axis)

    def value(_: Any, __: Any, ___: Any, *found: tf.Tensor) -> tf.Tensor:
        others, largest, labels, below = found
        return tf.squeeze(labels * _elements.log1p(others + (largest - 1.0)) + below, axis)

    def gradient(
        t: tf.Tensor, x: tf.Tensor, upstream: tf.Tensor, top: tf.Tensor, *found: tf.Tensor
    ) -> tf.Tensor:
        others, largest, labels, _ = found
        upstream, total = tf.expand_dims(upstream, axis), others + largest
        slope = upstream * (_elements.over_exp(labels / total, top - x, axis) - t)
        most = _elements.row_sum(_elements.kept(x < top, t), axis, keepdims=True)
        most = upstream * (most - labels * others / total)
        # `most` keeps the digits of a share of more than a half, `slope` those of smaller ones.
        has_most = tf.equal(largest, 1.0) & (others < 1.0)
        return tf.where((x >= top) & has_most, most, slope)

    return _elements.with_gradient(value, gradient, t, x, terms=sums)


def _of_rows(
    loss: Callable[..., tf.Tensor], labels: tf.Tensor, p: tf.Tensor, *arguments: Any
) -> tf.Tensor:
    """`loss` of rows in an arrangement that only the running graph knows."""
    rows = tf.reshape(p, [-1, tf.shape(p)[-1]])
    values = loss(tf.reshape(labels, [-1]), rows, *arguments)
    return tf.reshape(values, tf.shape(p)[:-1])


def _picked(labels: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """What each row of `x` has at its label."""
    return tf.gather(x, labels, batch_dims=labels.shape.rank)


def _label_terms(from_logits: bool) -> tuple[Any, Any, Any]:
    """Value, gradient and sums of -log(p_t / sum p), by p_t and the sum of the others for the digits' sake.

    The probabilities of logits are those of exp(x - max x), whose logarithm stays where they vanish.
    """

    def clip(p: tf.Tensor) -> tf.Tensor:
        return _elements.clip(p, epsilon(), 1.0 - epsilon())

    def others(labels: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        return _elements.row_sum(_elements.kept(_elements.is_other(p, labels), p), -1)

    def parts(labels: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        true = _picked(labels, x)
        if not from_logits:
            return clip(true), others(labels, clip(x))
        top = tf.reduce_max(x, -1, keepdims=True)
        return true - tf.squeeze(top, -1), others(labels, tf.exp(x - top)), top

    def odds(labels: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        true = tf.expand_dims(_picked(labels, x), -1)
        return others(labels, _exp_of_odds(x, true)), true

    def by_odds(x: tf.Tensor) -> bool:
        """Whether by exp(x - x_t) in place of exp(x - max x), a pass less, if it does not overflow."""
        return from_logits and _elements.asks(x)

    def sums(labels: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        return _elements.in_blocks(odds if by_odds(x) else parts, labels, x)

    def either_way(
        labels: tf.Tensor,
        x: tf.Tensor,
        found: Sequence[tf.Tensor],
        quick: Callable[..., tf.Tensor],
        exact: Callable[..., tf.Tensor],
    ) -> tf.Tensor:
        if not by_odds(x):
            return exact(*found)

        def by_parts() -> tf.Tensor:
            return exact(*_elements.in_blocks(parts, labels, x))

        return _elements.quick_where(
            x, lambda: _are_moderate(found[0]), lambda: quick(*found), by_parts
        )

    def value(labels: tf.Tensor, x: tf.Tensor, *found: tf.Tensor) -> tf.Tensor:
        def exact(true: tf.Tensor, rest: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
            if not from_logits:
                return _elements.log1p(rest / true)
            ratio = rest / tf.exp(true)
            log = tf.math.log(rest + tf.exp(true)) - true
            return tf.where(ratio < 1.0, _elements.log1p(ratio), log)

        return either_way(labels, x, found, lambda rest, _: _elements.log1p(rest), exact)

    def gradient(
        labels: tf.Tensor, x: tf.Tensor, upstream: tf.Tensor, *found: tf.Tensor
    ) -> tf.Tensor:
        def either(others: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
            return tf.where(_elements.is_other(x, labels), others, tf.expand_dims(label, -1))

        def by_logits(true: Any, rest: tf.Tensor, top: tf.Tensor) -> tf.Tensor:
            scale = upstream / (rest + true)
            shares = _elements.over_exp(tf.expand_dims(scale, -1), top - x, -1)
            return either(shares, -rest * scale)

        def exact(true: tf.Tensor, rest: tf.Tensor, *top: tf.Tensor) -> tf.Tensor:
            if from_logits:
                return by_logits(tf.exp(true), rest, *top)
            slope = upstream / (true + rest)
            slopes = either(tf.expand_dims(slope, -1), -slope * rest / true)
            return _elements.inside(x, epsilon(), 1.0 - epsilon(), lambda _: slopes)

        return either_way(labels, x, found, lambda rest, true: by_logits(1.0, rest, true), exact)

    return value, gradient, sums


@loss(
    "kullback_leibler_divergence",
    "kld",
    "KLD",
    family="probabilistic",
    truth="probability",
    pred="probability",
)
def kl_divergence(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Kullback-Leibler divergence: \( \sum_c t_c \log(t_c / p_c) \) over the last axis.

    Both distributions are clipped to [\(10^{-7}\), 1]; the gradient is 0 outside.

    Args:
        y_true: True probabilities t along the last axis, of shape [batch, d0, .. dN].
        y_pred: Predicted probabilities p, of the same shape.

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

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t, p = _elements.clip(t, epsilon(), 1.0), _elements.clip(p, epsilon(), 1.0)
        # log(t/p) from the relative difference: keeps the digits where t and p are nearly equal.
        # The sign is not that of the quotient, which XLA would write down if it were used twice, and 1 where
        # they are equal: of sign(0) the derivative by t would be 0 instead of 1.
        difference = t - p
        sign = tf.sign(difference + _elements.tiny(t.dtype))
        return t * sign * _elements.log1p(sign * difference / tf.minimum(t, p))

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t = _elements.clip(t, epsilon(), 1.0)
        return _elements.inside(p, epsilon(), 1.0, lambda p: -t / p)

    return _elements.total(value, slope, y_true, y_pred, axis=last())


@loss(family="probabilistic", truth="positive", pred="positive")
def poisson(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Poisson loss: \( \mathrm{mean}(p - t \log(p + 10^{-7})) \) over the last axis.

    The negative log-likelihood of counts t with expectations p, without the term log t!.

    Args:
        y_true: Counts t >= 0, of shape [batch, d0, .. dN].
        y_pred: Expected counts p >= 0, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> poisson([[2.0, 0.0]], [[1.0, 3.0]]).numpy().round(4)
        array([2.], dtype=float32)

    Reference:
        McCullagh, P., Nelder, J. A. (1983). Generalized Linear Models.
    """
    return _elements.mean(
        lambda t, p: p - t * tf.math.log(p + epsilon()),
        lambda t, p: (p - t + epsilon()) / (p + epsilon()),
        y_true,
        y_pred,
        axis=last(),
    )


@loss(family="probabilistic", truth="label", pred="probability")
def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float = 0.5) -> tf.Tensor:
    r"""Generalized cross-entropy: \( (1 - p_t^q) / q \), robust to noisy labels.

    Args:
        y_true: Class labels t from 0 to K - 1, of the shape of `y_pred` without its last axis.
        y_pred: Probabilities p with K classes along the last axis.
        q: Between cross-entropy (towards 0) and the mean absolute error (towards 1).

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
    q = checks.number(q, "q", 0, 1, open_ends=True)
    if y_pred.shape.rank is None:
        return _of_rows(categorical_generalized_cross_entropy, y_true, y_pred, q)
    y_true = checks.label_shape(y_true, y_pred, -1)
    labels, valid = checks.class_labels(y_true, _elements.dimension(y_pred, -1))

    def value(labels: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # -expm1(q log p) keeps the digits that 1 - p^q cancels where p is nearly 1.
        positive = tf.maximum(_picked(labels, p), _elements.tiny(p.dtype))
        return -tf.math.expm1(q * tf.math.log(positive)) / q

    def gradient(labels: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        slope = _elements.power_slope(_picked(labels, p), q) / -q
        return _elements.one_hot(p, labels) * tf.expand_dims(slope * upstream, -1)

    loss = _elements.with_gradient(value, gradient, labels, y_pred, shared=True)
    return loss if valid is None else tf.where(valid, loss, float("nan"))


# -- shared with the focal losses -------------------------------------------------------------------


def smooth_categorical(y_true: tf.Tensor, label_smoothing: Any, axis: int) -> tf.Tensor:
    """Labels pulled towards 1 / K, for K classes along `axis`."""
    smoothing = checks.number(label_smoothing, "label_smoothing", 0, 1)
    if not smoothing:
        return y_true
    return y_true * (1.0 - smoothing) + smoothing / tf.cast(
        _elements.dimension(y_true, axis), y_true.dtype
    )


def binary_smoothing(label_smoothing: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function that pulls labels towards 0.5.

    1 less a label is made of 1 - t: 1 - smooth(t) would lose digits of a small one.
    """
    smoothing = checks.number(label_smoothing, "label_smoothing", 0, 1)

    def smooth(t: tf.Tensor) -> tf.Tensor:
        return t * (1.0 - smoothing) + 0.5 * smoothing if smoothing else t

    return smooth


class BinaryTerms(NamedTuple):
    """Binary cross-entropy of each element."""

    value: _elements.Elementwise
    slope: _elements.Elementwise
    """Its derivative."""
    hard: _elements.Elementwise | None
    """The value where labels are 0 or 1, by one logarithm, where there is such a formula; elsewhere NaN."""


def is_hard(t: tf.Tensor) -> tf.Tensor:
    """Whether the labels of the first sample are 0 or 1: if not, no other has to be looked at."""
    return _elements.is_binary(t[:1])


def binary_quick(
    value: _elements.Elementwise, slope: _elements.Elementwise | None
) -> _elements.Quick:
    """Formulas for labels 0 and 1, by `BinaryTerms.hard`."""
    return _elements.Quick(lambda t, _: (is_hard(t),), value, slope, passes=True, guesses=True)


def binary_terms(from_logits: bool, label_smoothing: Any) -> BinaryTerms:
    """Binary cross-entropy of each element."""
    smooth, offset = binary_smoothing(label_smoothing), current().bce_log_offset * epsilon()

    def clip(p: tf.Tensor) -> tf.Tensor:
        return _elements.clip(p, epsilon(), 1.0 - epsilon())

    def inside(p: tf.Tensor, slope: Callable[[tf.Tensor], tf.Tensor]) -> tf.Tensor:
        return _elements.inside(p, epsilon(), 1.0 - epsilon(), slope)

    def of_logits(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        # Keeps its digits where the sigmoid is nearly t.
        return tf.nn.sigmoid_cross_entropy_with_logits(smooth(t), x)

    def of_logits_slope(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        # sigmoid(x) - t by one exponential, without the difference where the sigmoid is nearly t;
        # and no |x|, whose derivative at 0 would be 0.
        t, u, positive = smooth(t), smooth(1.0 - t), x >= 0.0
        exp = tf.exp(tf.where(positive, -x, x))
        return tf.where(positive, u - t * exp, u * exp - t) / (1.0 + exp)

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        p = clip(p)
        # No xlogy, whose derivative by t is 0 instead of log p where t is 0.
        return -(smooth(t) * tf.math.log(p) + smooth(1.0 - t) * _elements.log_rest(p))

    def hard(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        p = clip(p)
        rest = 1.0 - p
        lost = _elements.kept(t < 0.5, _elements.lost_by_rest(p, rest))
        return -(tf.math.log(_elements.by_label(t, p, rest)) + lost)

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t = smooth(t)
        return inside(p, lambda p: (p - t) / (p * (1.0 - p)))

    def mirrored(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # 1 - t and 1 - p in place of t and p above 1/2, where 1 - p is exact
        t, u, p = smooth(t), smooth(1.0 - t), clip(p)
        low = p < 0.5
        return low, tf.where(low, t, u), tf.where(low, u, t), tf.where(low, p, 1.0 - p)

    def offset_value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # -(t log(p + offset) + u log(1 - p + offset)), whose second logarithm is 0 where p is clipped
        _, t, u, p = mirrored(t, p)
        return -(t * tf.math.log(p + offset) + u * _elements.log1p(offset - p))

    def offset_slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        low, t, u, m = mirrored(t, p)
        slope = (m - t + offset * (u - t)) / ((m + offset) * (1.0 - m + offset))
        return inside(p, lambda _: tf.where(low, slope, -slope))

    if from_logits:
        return BinaryTerms(of_logits, of_logits_slope, None)
    if offset:
        return BinaryTerms(offset_value, offset_slope, None)
    return BinaryTerms(value, slope, None if label_smoothing else hard)


def sigmoids(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The sigmoids of x and -x; under XLA by one exponential, that of `binary_terms`."""
    if not in_xla():
        return tf.sigmoid(x), tf.sigmoid(-x)
    positive = x >= 0.0
    exp = tf.exp(tf.where(positive, -x, x))
    larger = 1.0 / (1.0 + exp)
    smaller = exp * larger
    return tf.where(positive, larger, smaller), tf.where(positive, smaller, larger)


def of_shares(
    term: Callable[[Shares], tf.Tensor],
    slope: Callable[[Shares], Any],
    weight: Any,
    t: tf.Tensor,
    x: tf.Tensor,
    from_logits: bool,
    axis: int,
    *,
    hard: bool,
) -> tf.Tensor:
    """-sum(weight t f(q)) over the classes, for their shares q, which are clipped.

    Args:
        term: f.
        slope: The derivative of f by log q.
        weight: A number, or one for each class along `axis`.
        t: Labels, one-hot or probabilities.
        x: Probabilities, or logits.
        from_logits: Which of them.
        axis: The axis of the classes.
        hard: Whether the labels may be one-hot.
    """

    def weighted(t: tf.Tensor) -> tf.Tensor:
        return t if isinstance(weight, float) and weight == 1.0 else weight * t

    def value(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        terms = term(Shares(x, from_logits, axis))
        return -_elements.row_sum(terms * weighted(t), axis)

    def gradient(t: tf.Tensor, x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        q = Shares(x, from_logits, axis)
        return tf.expand_dims(upstream, axis) * q.gradient(q.inside(-weighted(t) * slope(q)))

    def weight_of_row(t: tf.Tensor) -> Any:
        return weight if isinstance(weight, float) else _elements.row_sum(weight * t, axis)

    def fits(t: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        def no_parts() -> tuple[tf.Tensor, ...]:
            nothing = tf.zeros_like(tf.gather(x, [0], axis=axis))
            return tf.constant(False), nothing, nothing

        parts = functools.partial(one_hot_parts, t, x, from_logits, axis)
        # op by op the look at the first sample takes 0.3 of 4.6 ms
        return parts() if tf.executing_eagerly() else tf.cond(is_hard(t), parts, no_parts)

    def quick_value(t: tf.Tensor, x: tf.Tensor, *sums: tf.Tensor) -> tf.Tensor:
        q = TrueShare(t, x, from_logits, axis, *sums)
        return -weight_of_row(t) * tf.squeeze(term(q), axis)

    def quick_gradient(
        t: tf.Tensor, x: tf.Tensor, upstream: tf.Tensor, *sums: tf.Tensor
    ) -> tf.Tensor:
        q = TrueShare(t, x, from_logits, axis, *sums)
        by_term = tf.expand_dims(-weight_of_row(t) * upstream, axis)
        return q.gradient(q.inside(by_term * slope(q)))

    # With one-hot labels there is one logarithm for each row: in place of one for each class they take
    # two passes to see, and as many to add up the true class and the others.
    quick = _elements.Quick(fits, quick_value, quick_gradient) if hard else None
    return _elements.with_gradient(value, gradient, t, x, shared=True, quick=quick)


class Shares:
    """The shares q of classes along `axis`, which sum to 1, from probabilities or from logits.

    They are clipped to [1e-7, 1 - 1e-7], as Keras does.

    Where one class has more than half of all, 1 - q is the sum of the shares of the others, whose digits
    the difference from 1 would cancel; log q and the gradients are made of it.
    """

    def __init__(self, x: tf.Tensor, from_logits: bool, axis: int) -> None:
        self._axis, self._from_logits = axis, from_logits
        if from_logits:
            x = tf.exp(x - tf.reduce_max(x, axis, keepdims=True))
        self._total = self._sum(x)
        self._less = x <= 0.5 * self._total  # of all but a class that has most
        self._others = self._sum(_elements.kept(self._less, x))
        if not from_logits:
            # With negative entries several classes may have more than half. Then, and only then, are the
            # others negative, or the total.
            self._less |= (self._others < 0.0) | (self._total < 0.0)
        self.q = tf.math.divide_no_nan(x, self._total)
        self._rest = tf.math.divide_no_nan(self._others, self._total)

    def _sum(self, x: tf.Tensor) -> tf.Tensor:
        return _elements.row_sum(x, self._axis, keepdims=True)

    def clipped(self) -> tf.Tensor:
        """q, clipped."""
        return _elements.clip(self.q, epsilon(), 1.0 - epsilon())

    def complement(self) -> tf.Tensor:
        """1 - q, of the clipped q."""
        return tf.where(self._less, 1.0 - self.clipped(), self._clipped_rest())

    def log(self) -> tf.Tensor:
        """log q, of the clipped q."""
        most = _elements.log1p(-self._clipped_rest())
        return tf.where(self._less, tf.math.log(self.clipped()), most)

    def inside(self, by_log: tf.Tensor) -> tf.Tensor:
        """Derivatives by each log q, where q is not clipped; see `_elements.inside`."""
        if current().clipped_gradient == "nearest":
            return by_log
        most = self._rest >= _elements.gap(self._rest.dtype)
        less = (self.q >= epsilon()) & (self.q <= 1.0 - epsilon())
        return _elements.kept(tf.where(self._less, less, most), by_log)

    def gradient(self, by_log: tf.Tensor) -> tf.Tensor:
        """From the derivative of a sum by each log q to that by each logit or probability.

        It is r_c - q_c sum(r) for a logit, r being `by_log`, and that over p_c for a probability.
        """
        total, others = self._sum(by_log), self._sum(_elements.kept(self._less, by_log))
        if self._from_logits:
            most = by_log * self._rest - self.q * others
            return tf.where(self._less, by_log - self.q * total, most)
        by_q = by_log / self.clipped()
        slope = tf.where(self._less, by_q - total, by_q * self._rest - others)
        return tf.math.divide_no_nan(slope, self._total)

    def _clipped_rest(self) -> tf.Tensor:
        # 1 - q of the class that has most: at most a half, and what clipping q leaves
        return _elements.clip(self._rest, _elements.gap(self._rest.dtype), 0.5)


def _exp_of_odds(x: tf.Tensor, true: tf.Tensor) -> tf.Tensor:
    """exp(x - x_t), up to where no sum of it is moderate."""
    odds = x - true
    if not tf.executing_eagerly():
        # In a graph the branch that is not taken has a derivative too: infinite, and multiplied by 0.
        odds = tf.minimum(odds, 0.5 * math.log(x.dtype.max) + 1.0)
    return tf.exp(odds)


def _are_moderate(sums: tf.Tensor) -> tf.Tensor:
    """Whether all sums of `_exp_of_odds` are far from overflow."""
    return tf.reduce_all(sums < math.sqrt(sums.dtype.max))


def one_hot_parts(
    t: tf.Tensor, x: tf.Tensor, from_logits: bool, axis: int
) -> tuple[tf.Tensor, ...]:
    """Whether labels are one-hot; and of each row x of the true class, and the sum of x of the others.

    Of logits that sum is of exp(x - x_t), a pass less than exp(x - max x); where it overflows, they do not
    count as one-hot.
    """
    only = tf.reduce_all(tf.equal(_elements.row_sum(t, axis), 1.0)) & _elements.is_binary(t)
    if not from_logits:

        def terms(t: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
            hit = t * x
            return hit, x - hit

        return only, *_elements.row_sums(terms, t, x, axis=axis)
    true = t > 0.5
    picked = _elements.row_sum(_elements.kept(true, x), axis, keepdims=True)
    exp = _elements.kept(~true, _exp_of_odds(x, picked))
    others = _elements.row_sum(exp, axis, keepdims=True)
    return only & _are_moderate(others), picked, others


class TrueShare(Shares):
    """The share of the class that one-hot labels `t` name, one for each row; see `one_hot_parts`."""

    def __init__(
        self,
        t: tf.Tensor,
        x: tf.Tensor,
        from_logits: bool,
        axis: int,
        picked: tf.Tensor,
        others: tf.Tensor,
    ) -> None:
        self._axis, self._labels, self._below = axis, t, None
        if from_logits:
            self._below = picked - x
            picked = tf.ones((), x.dtype)
        self._total = picked + others
        self.q = tf.math.divide_no_nan(picked, self._total)
        self._rest = tf.math.divide_no_nan(others, self._total)
        self._less = self.q <= 0.5

    def gradient(self, by_log: tf.Tensor) -> tf.Tensor:
        """From the derivative by log q to that by each logit or probability."""
        others = tf.math.divide_no_nan(-by_log, self._total)
        if self._below is not None:
            shares = _elements.over_exp(others, self._below, self._axis)
            return tf.where(self._labels > 0.5, by_log * self._rest, shares)
        true = tf.math.divide_no_nan(by_log * self.complement() / self.clipped(), self._total)
        return tf.where(self._labels > 0.5, true, others)


def class_axis(axis: Any, y_pred: tf.Tensor, name: str) -> int:
    """The axis of the classes from the end; warns of a single class, as Keras does."""
    axis = checks.last_axis(axis, y_pred.shape.rank)
    if y_pred.shape.rank is not None and y_pred.shape[axis] == 1:
        warnings.warn(
            f"In loss {name}, expected y_pred.shape to be (batch_size, num_classes) with "
            f"num_classes > 1. Received: y_pred.shape={checks.shape(y_pred)}. Consider using "
            "'binary_crossentropy' if you only have 2 classes.",
            SyntaxWarning,
            stacklevel=5,
        )
    return axis


def moved_last(x: tf.Tensor, axis: int) -> tf.Tensor:
    """`x` with the (negative) `axis` moved to the end."""
    order = list(range(x.shape.rank))
    order.append(order.pop(axis))
    return tf.transpose(x, order)


class BinaryCrossentropy(LossFunctionWrapper):
    """Binary cross-entropy as an object; see `binary_crossentropy` for the arguments, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=checks.flag(from_logits, "from_logits"),
            label_smoothing=checks.number(label_smoothing, "label_smoothing", 0, 1),
            axis=checks.whole_number(axis, "axis"),
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """Categorical cross-entropy as an object; see `categorical_crossentropy`, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=checks.flag(from_logits, "from_logits"),
            label_smoothing=checks.number(label_smoothing, "label_smoothing", 0, 1),
            axis=checks.whole_number(axis, "axis"),
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
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
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=checks.flag(from_logits, "from_logits"),
            ignore_class=None
            if ignore_class is None
            else checks.whole_number(ignore_class, "ignore_class"),
            axis=checks.whole_number(axis, "axis"),
            label_smoothing=checks.number(label_smoothing, "label_smoothing", 0, 1),
        )


class KLDivergence(LossFunctionWrapper):
    """Kullback-Leibler divergence as an object; see `kl_divergence` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction=reduction, name=name, dtype=dtype)


class Poisson(LossFunctionWrapper):
    """Poisson loss as an object; see `poisson` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction=reduction, name=name, dtype=dtype)


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Generalized cross-entropy as an object; see `categorical_generalized_cross_entropy`, and `Loss`."""

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_generalized_cross_entropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            q=checks.number(q, "q", 0, 1, open_ends=True),
        )
