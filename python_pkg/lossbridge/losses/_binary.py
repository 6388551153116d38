"""Losses of probabilities of yes and no: binary cross-entropy and its focal forms."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Axes, Flag, NotNegative, Share, ShareOrNone, SomeOrNone
from lossbridge.engine.formula import Elementwise, Function, Values
from lossbridge.generations import current, epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(
    "bce",
    "BCE",
    family="probabilistic",
    truth="probability",
    pred="probability",
    activation="Sigmoid",
    by_output="pos_weight",
)
def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: Flag = False,
    label_smoothing: Share = 0.0,
    axis: Axes = -1,
    *,
    pos_weight: SomeOrNone = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Binary cross-entropy: \( \mathrm{mean}(-t \log p - (1 - t) \log(1 - p)) \) over `axis`.

    p is clipped to [\(10^{-7}\), \(1 - 10^{-7}\)], so that its gradient is 0 outside; use
    `from_logits` or semantics keras3_live for a gradient everywhere. Semantics keras2 add \(10^{-7}\)
    inside each logarithm.

    Args:
        y_true: Labels t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / 2 \).
        axis: The axis or axes that the mean is taken over, 0-based; negative ones count from the end.
        pos_weight: What the term of label 1 is multiplied by, at least 0: a number, or one for each
            output on the last axis. As in PyTorch and TensorFlow no mean divides by it.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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
    axis = checks.last_axes(axis, y_pred.shape.rank)
    labels = _Labels(label_smoothing, _of_outputs(pos_weight, y_pred))
    entropy = _entropy(labels, from_logits)
    return Elementwise(value=entropy.value, slope=entropy.slope).at(
        y_true, y_pred, axis, ignore_nan=ignore_nan
    )


@loss(
    family="focal",
    truth="probability",
    pred="probability",
    activation="Sigmoid",
    by_output="pos_weight",
)
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: Flag = False,
    alpha: Share = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: Flag = False,
    label_smoothing: Share = 0.0,
    axis: Axes = -1,
    *,
    pos_weight: SomeOrNone = None,
    ignore_nan: Flag = False,
) -> Values:
    r"""Binary focal cross-entropy: binary cross-entropy times \( (1 - p_t)^\gamma \), mean over `axis`.

    \( p_t = t p + (1 - t)(1 - p) \) is the probability given to the true class.

    Args:
        y_true: Labels t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        apply_class_balancing: Whether class 1 weighs `alpha` and class 0 weighs 1 - `alpha`.
        alpha: Weight of class 1, in [0, 1].
        gamma: Focusing exponent, at least 0; 0 gives `binary_crossentropy`.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / 2 \).
        axis: The axis or axes that the mean is taken over, 0-based; negative ones count from the end.
        pos_weight: What the term of label 1 is multiplied by, at least 0: a number, or one for each
            output on the last axis. As in PyTorch and TensorFlow no mean divides by it.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> binary_focal_crossentropy([[0.0, 1.0]], [[0.1, 0.9]]).numpy().round(5)
        array([0.00105], dtype=float32)

    Reference:
        Lin, T.-Y., Goyal, P., Girshick, R., He, K., Dollar, P. (2017). Focal Loss for Dense Object
        Detection.
    """
    axis = checks.last_axes(axis, y_pred.shape.rank)
    labels = _Labels(label_smoothing, _of_outputs(pos_weight, y_pred))
    formula = _focal(labels, alpha if apply_class_balancing else None, gamma, from_logits)
    return formula.at(y_true, y_pred, axis, ignore_nan=ignore_nan)


@loss(family="focal", truth="probability", pred="probability", activation="Sigmoid")
def sigmoid_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: ShareOrNone = 0.25,
    gamma: NotNegative = 2.0,
    from_logits: Flag = False,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Sigmoid focal cross-entropy: binary focal cross-entropy with balanced classes, the sum over classes.

    \( -\sum_c \alpha_t (1 - p_t)^\gamma \log p_t \) over the last axis, where
    \( \alpha_t = t \alpha + (1 - t)(1 - \alpha) \) and \( p_t = t p + (1 - t)(1 - p) \).

    Args:
        y_true: Labels t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        alpha: Weight of class 1, in [0, 1], class 0 having 1 - `alpha`; None for no weights.
        gamma: Focusing exponent, at least 0.
        from_logits: Whether `y_pred` holds logits.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> sigmoid_focal_crossentropy([[1.0], [0.0]], [[0.5], [0.5]]).numpy().round(5)
        array([0.04332, 0.12997], dtype=float32)

    Reference:
        Lin, T.-Y., Goyal, P., Girshick, R., He, K., Dollar, P. (2017). Focal Loss for Dense Object
        Detection.

    Relation:
        `binary_focal_crossentropy` with apply_class_balancing is the mean.
    """
    formula = _focal(_Labels(0.0), alpha, gamma, from_logits)
    return dataclasses.replace(formula, over="sum").at(y_true, y_pred, ignore_nan=ignore_nan)


def _focal(labels: _Labels, alpha: float | None, gamma: float, from_logits: bool) -> Elementwise:
    """Focal cross-entropy of each entry, whose classes weigh `alpha` and 1 - `alpha`."""
    entropy = _entropy(labels, from_logits)

    def weight(t: tf.Tensor) -> Any:
        return (
            1.0 if alpha is None else labels.of_one(t) * alpha + labels.of_zero(t) * (1.0 - alpha)
        )

    if not gamma:
        return Elementwise(
            value=lambda t, p: weight(t) * entropy.value(t, p),
            slope=lambda t, p: weight(t) * entropy.slope(t, p),
        )

    def wrong(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # t(1 - p) + (1 - t)p is 1 - p_t without its cancellation.
        one, zero = _sigmoids(p) if from_logits else (p, 1.0 - p)
        return labels.of_one(t) * zero + labels.of_zero(t) * one

    def wrong_slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        slope = math.prod(_sigmoids(p)) if from_logits else 1.0
        return (labels.of_zero(t) - labels.of_one(t)) * slope

    def slope(t: tf.Tensor, p: tf.Tensor, wrong: tf.Tensor, bce: tf.Tensor) -> tf.Tensor:
        of_entropy = numerics.power(wrong, gamma) * entropy.slope(t, p)
        of_focus = numerics.power_slope(wrong, gamma) * wrong_slope(t, p) * bce
        return weight(t) * (of_entropy + of_focus)

    return Elementwise(
        value=lambda t, p, wrong, bce: weight(t) * bce * numerics.power(wrong, gamma),
        slope=slope,
        shared=lambda t, p: (wrong(t, p), entropy.value(t, p)),
    )


@loss(family="focal", truth="probability", pred="probability", activation="Sigmoid")
def asymmetric(
    y_true: Any,
    y_pred: Any,
    gamma_pos: NotNegative = 1.0,
    gamma_neg: NotNegative = 4.0,
    clip: Share = 0.05,
    from_logits: Flag = False,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Asymmetric loss: mean of \( -t (1 - p)^{\gamma_+} \log p - (1 - t) m^{\gamma_-} \log(1 - m) \).

    The mean is over the last axis, m is \( \max(p - c, 0) \), and c is `clip`. For samples that each have
    a few of many labels: what is absent weighs less the easier it is, and nothing where p is below `clip`.
    p is clipped to [\(10^{-7}\), \(1 - 10^{-7}\)] first, as in `binary_crossentropy`.

    The paper's own program adds up the labels and samples, where this is the mean of the labels. By
    default it also stops the gradient of the focusing weights \( (1 - p)^{\gamma_+} \) and
    \( m^{\gamma_-} \); here they take part in the gradient, which is the derivative of the value.

    Args:
        y_true: Labels t in [0, 1], of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        gamma_pos: Focusing exponent of the labels that are present, at least 0.
        gamma_neg: Focusing exponent of the labels that are absent, at least 0.
        clip: What the probability of an absent label is lowered by, in [0, 1].
        from_logits: Whether `y_pred` holds logits.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> asymmetric([[1.0, 0.0, 0.0]], [[0.9, 0.04, 0.55]]).numpy().round(5)
        array([0.01795], dtype=float32)

    Reference:
        Ridnik, T., Ben-Baruch, E., Zamir, N., Noy, A., Friedman, I., Protter, M., Zelnik-Manor, L.
        (2021). Asymmetric Loss for Multi-Label Classification.

    Relation:
        `binary_focal_crossentropy` with gamma_pos = gamma_neg and clip = 0.
    """
    interval = numerics.probabilities()

    def shared(t: tf.Tensor, x: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """p, 1 - p, log p, m, log(1 - m)."""
        if from_logits:
            (p, rest), log = _sigmoids(x), -tf.nn.softplus(-x)
        else:
            p = interval.clip(x)
            rest, log = 1.0 - p, tf.math.log(p)
        lowered = tf.maximum(p - clip, 0.0)
        if from_logits and not clip:
            return p, rest, log, lowered, -tf.nn.softplus(x)
        # Of m where it is small, else of 1 - p, which is exact there: one of the logarithms is that of 1.
        low = p < 0.5
        log_rest = numerics.log1p(-numerics.zero_elsewhere(low, lowered))
        log_rest += tf.math.log(tf.where(low, tf.ones((), p.dtype), rest + clip))
        return p, rest, log, lowered, log_rest

    def value(t: tf.Tensor, x: tf.Tensor, *shared: tf.Tensor) -> tf.Tensor:
        _, rest, log, lowered, log_rest = shared
        present = numerics.power(rest, gamma_pos) * log
        return -(t * present + (1.0 - t) * numerics.power(lowered, gamma_neg) * log_rest)

    def slope(t: tf.Tensor, x: tf.Tensor, *shared: tf.Tensor) -> tf.Tensor:
        p, rest, log, lowered, log_rest = shared
        # By the logit: p (1 - p) times the derivative by p, without the quotients of what is nearly 0.
        present = numerics.power(rest, gamma_pos) * rest
        present -= numerics.power_slope(rest, gamma_pos) * rest * p * log
        ratio = rest / (rest + clip) if clip else 1.0
        absent = numerics.power(lowered, gamma_neg) * p * ratio
        absent -= numerics.power_slope(lowered, gamma_neg) * p * rest * log_rest
        by_logit = (1.0 - t) * numerics.zero_elsewhere(p > clip, absent) - t * present
        return by_logit if from_logits else interval.slope(x, lambda p: by_logit / (p * (1.0 - p)))

    return Elementwise(value=value, slope=slope, shared=shared).at(
        y_true, y_pred, ignore_nan=ignore_nan
    )


def _of_outputs(pos_weight: Any, y_pred: tf.Tensor) -> Any:
    """A weight for all outputs or for each of them, on the last axis; None for 1."""
    if not isinstance(pos_weight, list):
        return pos_weight
    checks.by_output(pos_weight, "pos_weight", "weight", y_pred)
    return tf.constant(pos_weight, y_pred.dtype)


class _Labels:
    """Labels pulled towards 1/2, and what label 1 weighs."""

    def __init__(self, smoothing: float, pos_weight: Any = None) -> None:
        self._smoothing, self._pos_weight = smoothing, pos_weight
        self.sum_to_one = pos_weight is None

    def of_one(self, t: tf.Tensor) -> tf.Tensor:
        """t, the share of label 1."""
        return t * (1.0 - self._smoothing) + 0.5 * self._smoothing if self._smoothing else t

    def of_zero(self, t: tf.Tensor) -> tf.Tensor:
        """1 - t, the share of label 0, made of the given t: of the smoothed one it would lose digits."""
        return self.of_one(1.0 - t)

    def weighted(self, t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """t times its weight, and 1 - t: what multiplies the logarithms."""
        one, zero = self.of_one(t), self.of_zero(t)
        return one if self.sum_to_one else self._pos_weight * one, zero


class _Entropy(NamedTuple):
    """Binary cross-entropy of an entry."""

    value: Function
    slope: Function


def _entropy(labels: _Labels, from_logits: bool) -> _Entropy:
    if from_logits:
        return _entropy_of_logits(labels)
    offset = current().bce_log_offset * epsilon()
    return _entropy_with_offset(labels, offset) if offset else _entropy_of_probabilities(labels)


def _entropy_of_logits(labels: _Labels) -> _Entropy:
    def value(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        if not labels.sum_to_one:
            one, zero = labels.weighted(t)
            return one * tf.nn.softplus(-x) + zero * tf.nn.softplus(x)
        # Keeps its digits where the sigmoid is nearly t.
        return tf.nn.sigmoid_cross_entropy_with_logits(labels.of_one(t), x)

    def slope(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        # sigmoid(x) - t by one exponential, without the difference where the sigmoid is nearly t;
        # and no |x|, whose derivative at 0 would be 0.
        (t, u), positive = labels.weighted(t), x >= 0.0
        exp = tf.exp(tf.where(positive, -x, x))
        return tf.where(positive, u - t * exp, u * exp - t) / (1.0 + exp)

    return _Entropy(value, slope)


def _entropy_of_probabilities(labels: _Labels) -> _Entropy:
    interval = numerics.probabilities()

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        p = interval.clip(p)
        # No xlogy, whose derivative by t is 0 instead of log p where t is 0.
        one, zero = labels.weighted(t)
        return -(one * tf.math.log(p) + zero * numerics.log_rest(p))

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        if labels.sum_to_one:
            t = labels.of_one(t)
            return interval.slope(p, lambda p: (p - t) / (p * (1.0 - p)))
        one, zero = labels.weighted(t)
        return interval.slope(p, lambda p: (zero * p - one * (1.0 - p)) / (p * (1.0 - p)))

    return _Entropy(value, slope)


def _entropy_with_offset(labels: _Labels, offset: float) -> _Entropy:
    """-(t log(p + offset) + (1 - t) log(1 - p + offset)), as Keras 2 has it."""
    interval = numerics.probabilities()

    def mirrored(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, ...]:
        # 1 - t and 1 - p in place of t and p above 1/2, where 1 - p is exact
        (t, u), p = labels.weighted(t), interval.clip(p)
        low = p < 0.5
        return low, tf.where(low, t, u), tf.where(low, u, t), tf.where(low, p, 1.0 - p)

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        _, t, u, p = mirrored(t, p)  # the second logarithm is 0 where p is clipped
        return -(t * tf.math.log(p + offset) + u * numerics.log1p(offset - p))

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        low, t, u, m = mirrored(t, p)
        difference = m - t if labels.sum_to_one else u * m - t * (1.0 - m)
        slope = (difference + offset * (u - t)) / ((m + offset) * (1.0 - m + offset))
        return interval.slope(p, lambda _: tf.where(low, slope, -slope))

    return _Entropy(value, slope)


def _sigmoids(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The sigmoids of x and -x."""
    return tf.sigmoid(x), tf.sigmoid(-x)


class BinaryCrossentropy(LossFunctionWrapper, of=binary_crossentropy):
    """Binary cross-entropy as an object; see `binary_crossentropy` for the arguments, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        *,
        pos_weight: float | Sequence[float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            pos_weight=pos_weight,
            ignore_nan=ignore_nan,
        )


class SigmoidFocalCrossEntropy(LossFunctionWrapper, of=sigmoid_focal_crossentropy):
    """Sigmoid focal cross-entropy as an object; see `sigmoid_focal_crossentropy`, and `Loss`."""

    def __init__(
        self,
        from_logits: bool = False,
        alpha: float | None = 0.25,
        gamma: float = 2.0,
        reduction: str | None = DEFAULT,
        name: str | None = "sigmoid_focal_crossentropy",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            sigmoid_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            alpha=alpha,
            gamma=gamma,
            ignore_nan=ignore_nan,
        )


class BinaryFocalCrossentropy(LossFunctionWrapper, of=binary_focal_crossentropy):
    """Binary focal cross-entropy as an object; see `binary_focal_crossentropy`, and `Loss`."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int | Sequence[int] = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
        *,
        pos_weight: float | Sequence[float] | None = None,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            pos_weight=pos_weight,
            ignore_nan=ignore_nan,
        )


class Asymmetric(LossFunctionWrapper, of=asymmetric):
    """Asymmetric loss as an object; see `asymmetric` for the arguments, and `Loss`."""

    def __init__(
        self,
        gamma_pos: float = 1.0,
        gamma_neg: float = 4.0,
        clip: float = 0.05,
        from_logits: bool = False,
        reduction: str | None = DEFAULT,
        name: str | None = "asymmetric",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            asymmetric,
            reduction=reduction,
            name=name,
            dtype=dtype,
            gamma_pos=gamma_pos,
            gamma_neg=gamma_neg,
            clip=clip,
            from_logits=from_logits,
            ignore_nan=ignore_nan,
        )
