"""Focal losses: cross-entropies that weigh hard examples more."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.losses import _elements
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._probabilistic import (
    Shares,
    binary_quick,
    binary_smoothing,
    binary_terms,
    class_axis,
    of_shares,
    sigmoids,
    smooth_categorical,
)
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="focal", truth="probability", pred="probability", activation="Sigmoid")
def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> tf.Tensor:
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
        axis: The axis that the mean is taken over, 0-based; negative axes count from the end.

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
    axis = checks.last_axis(axis, y_pred.shape.rank)
    alpha = checks.number(alpha, "alpha", 0, 1)
    gamma = checks.number(gamma, "gamma", 0)
    from_logits = checks.flag(from_logits, "from_logits")
    smooth = binary_smoothing(label_smoothing)
    balanced = checks.flag(apply_class_balancing, "apply_class_balancing")
    terms = binary_terms(from_logits, label_smoothing)

    def labels(t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return smooth(t), smooth(1.0 - t)

    def wrong(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # t(1 - p) + (1 - t)p is 1 - p_t without its cancellation.
        t, u = labels(t)
        one, zero = sigmoids(p) if from_logits else (p, 1.0 - p)
        return t * zero + u * one

    def wrong_slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        t, u = labels(t)
        return (u - t) * (math.prod(sigmoids(p)) if from_logits else 1.0)

    def weigh(t: tf.Tensor, terms: tf.Tensor) -> tf.Tensor:
        if not balanced:
            return terms
        t, u = labels(t)
        return terms * (t * alpha + u * (1.0 - alpha))

    def by(entropy: _elements.Elementwise) -> tuple[_elements.Elementwise, _elements.Elementwise]:
        def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
            focus = _elements.power(wrong(t, p), gamma) if gamma else 1.0
            return weigh(t, entropy(t, p) * focus)

        def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
            if not gamma:
                return weigh(t, terms.slope(t, p))
            w = wrong(t, p)
            of_entropy = _elements.power(w, gamma) * terms.slope(t, p)
            of_focus = _elements.power_slope(w, gamma) * wrong_slope(t, p) * entropy(t, p)
            return weigh(t, of_entropy + of_focus)

        return value, slope

    quick = binary_quick(*by(terms.hard)) if terms.hard else None
    return _elements.mean(*by(terms.value), y_true, y_pred, axis, shared=True, quick=quick)


@loss(family="focal", truth="one_hot", pred="probability", activation="Softmax")
def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> tf.Tensor:
    r"""Categorical focal cross-entropy: \( -\sum_c \alpha (1 - p_c)^\gamma t_c \log p_c \) over `axis`.

    Args:
        y_true: One-hot labels or probabilities t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Probabilities p, or logits if `from_logits`, of the same shape.
        alpha: Weight of all classes, or one weight for each class along `axis`; at least 0.
        gamma: Focusing exponent, at least 0; 0 gives `alpha` times `categorical_crossentropy`.
        from_logits: Whether `y_pred` holds logits.
        label_smoothing: s in [0, 1]: labels become \( t (1 - s) + s / K \) for K classes.
        axis: The axis of the classes, 0-based; negative axes count from the end.

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
    gamma = checks.number(gamma, "gamma", 0)
    y_true = smooth_categorical(y_true, label_smoothing, axis)
    from_logits = checks.flag(from_logits, "from_logits")

    def term(q: Shares) -> tf.Tensor:
        return q.log() * _elements.power(q.complement(), gamma) if gamma else q.log()

    def slope(q: Shares) -> Any:
        if not gamma:
            return 1.0
        wrong = q.complement()  # of both terms, which have one sign
        focus = _elements.power_slope(wrong, gamma) * q.clipped() * q.log()
        return _elements.power(wrong, gamma) - focus

    return of_shares(
        term, slope, weight, y_true, y_pred, from_logits, axis, hard=not label_smoothing
    )


def _class_weights(alpha: Any, y_pred: tf.Tensor, axis: int) -> Any:
    if not isinstance(alpha, (list, tuple)) and getattr(alpha, "ndim", 0) == 0:
        return checks.number(alpha, "alpha", 0)
    weights = [checks.number(a, "alpha", 0) for a in alpha]
    classes = y_pred.shape[axis]
    if classes is not None and len(weights) not in (1, classes):
        raise checks.InputError(
            "alpha", f"one weight, or one for each of {classes} classes", f"{len(weights)} weights"
        )
    return tf.reshape(tf.constant(weights, y_pred.dtype), [-1] + [1] * (-axis - 1))


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary focal cross-entropy as an object; see `binary_focal_crossentropy`, and `Loss`."""

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            apply_class_balancing=checks.flag(apply_class_balancing, "apply_class_balancing"),
            alpha=checks.number(alpha, "alpha", 0, 1),
            gamma=checks.number(gamma, "gamma", 0),
            from_logits=checks.flag(from_logits, "from_logits"),
            label_smoothing=checks.number(label_smoothing, "label_smoothing", 0, 1),
            axis=checks.whole_number(axis, "axis"),
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
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
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=[checks.number(a, "alpha", 0) for a in alpha]
            if isinstance(alpha, Sequence)
            else checks.number(alpha, "alpha", 0),
            gamma=checks.number(gamma, "gamma", 0),
            from_logits=checks.flag(from_logits, "from_logits"),
            label_smoothing=checks.number(label_smoothing, "label_smoothing", 0, 1),
            axis=checks.whole_number(axis, "axis"),
        )
