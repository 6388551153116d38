"""The names of the R documentation: `loss_hinge(y_true, y_pred)`, `loss_hinge()`, `loss=loss_hinge`.

With data a function here gives per-sample values, as the function of `lossbridge.losses` it is named
after, where its arguments are described; with `reduction` as well, the reduced value. Without data it
gives the `Loss` object of its arguments. Unquoted it can be handed to compile().
"""

# Written by scripts/generate.py, and not by hand: `make document`.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossbridge import registry
from lossbridge.boundary import values_or_object
from lossbridge.reduction import DEFAULT

__all__ = [
    "loss_asymmetric",
    "loss_binary_crossentropy",
    "loss_binary_focal_crossentropy",
    "loss_categorical_crossentropy",
    "loss_categorical_focal_crossentropy",
    "loss_categorical_generalized_cross_entropy",
    "loss_categorical_hinge",
    "loss_circle",
    "loss_contrastive",
    "loss_cosine_proximity",
    "loss_cosine_similarity",
    "loss_ctc",
    "loss_dice",
    "loss_ensemble_crps",
    "loss_expectile",
    "loss_gamma_deviance",
    "loss_gamma_nll",
    "loss_gaussian_crps",
    "loss_gaussian_mixture_nll",
    "loss_gaussian_nll",
    "loss_giou",
    "loss_hinge",
    "loss_huber",
    "loss_kl_divergence",
    "loss_kullback_leibler_divergence",
    "loss_laplace_nll",
    "loss_lifted_struct",
    "loss_log_cosh",
    "loss_logcosh",
    "loss_lognormal_nll",
    "loss_mean_absolute_error",
    "loss_mean_absolute_percentage_error",
    "loss_mean_squared_error",
    "loss_mean_squared_logarithmic_error",
    "loss_negative_binomial_nll",
    "loss_npairs",
    "loss_npairs_multilabel",
    "loss_ntxent",
    "loss_pinball",
    "loss_poisson",
    "loss_poisson_deviance",
    "loss_quantile_huber",
    "loss_robust",
    "loss_sigmoid_focal_crossentropy",
    "loss_sparse_categorical_crossentropy",
    "loss_sparse_categorical_focal_crossentropy",
    "loss_sparsemax",
    "loss_squared_hinge",
    "loss_student_t_nll",
    "loss_supervised_contrastive",
    "loss_triplet_hard",
    "loss_triplet_semihard",
    "loss_tversky",
    "loss_tweedie_deviance",
    "loss_weighted_kappa",
    "loss_zero_inflated_negative_binomial_nll",
    "loss_zero_inflated_poisson_nll",
]


def loss_pinball(
    y_true: Any = None,
    y_pred: Any = None,
    tau: float | Sequence[float] = 0.5,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "pinball",
    dtype: Any = None,
) -> Any:
    """See `losses.pinball`; without data its `Loss` object."""
    return values_or_object(
        "pinball",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        tau=tau,
        ignore_nan=ignore_nan,
    )


def loss_expectile(
    y_true: Any = None,
    y_pred: Any = None,
    tau: float | Sequence[float] = 0.5,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "expectile",
    dtype: Any = None,
) -> Any:
    """See `losses.expectile`; without data its `Loss` object."""
    return values_or_object(
        "expectile",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        tau=tau,
        ignore_nan=ignore_nan,
    )


def loss_quantile_huber(
    y_true: Any = None,
    y_pred: Any = None,
    tau: float | Sequence[float] = 0.5,
    delta: float = 1.0,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "quantile_huber",
    dtype: Any = None,
) -> Any:
    """See `losses.quantile_huber`; without data its `Loss` object."""
    return values_or_object(
        "quantile_huber",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        tau=tau,
        delta=delta,
        ignore_nan=ignore_nan,
    )


def loss_mean_squared_error(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "mean_squared_error",
    dtype: Any = None,
) -> Any:
    """See `losses.mean_squared_error`; without data its `Loss` object."""
    return values_or_object(
        "mean_squared_error",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_mean_absolute_error(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "mean_absolute_error",
    dtype: Any = None,
) -> Any:
    """See `losses.mean_absolute_error`; without data its `Loss` object."""
    return values_or_object(
        "mean_absolute_error",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_mean_absolute_percentage_error(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "mean_absolute_percentage_error",
    dtype: Any = None,
) -> Any:
    """See `losses.mean_absolute_percentage_error`; without data its `Loss` object."""
    return values_or_object(
        "mean_absolute_percentage_error",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_mean_squared_logarithmic_error(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "mean_squared_logarithmic_error",
    dtype: Any = None,
) -> Any:
    """See `losses.mean_squared_logarithmic_error`; without data its `Loss` object."""
    return values_or_object(
        "mean_squared_logarithmic_error",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_huber(
    y_true: Any = None,
    y_pred: Any = None,
    delta: float = 1.0,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "huber_loss",
    dtype: Any = None,
) -> Any:
    """See `losses.huber`; without data its `Loss` object."""
    return values_or_object(
        "huber",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        delta=delta,
        ignore_nan=ignore_nan,
    )


def loss_log_cosh(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "log_cosh",
    dtype: Any = None,
) -> Any:
    """See `losses.log_cosh`; without data its `Loss` object."""
    return values_or_object(
        "log_cosh",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_robust(
    y_true: Any = None,
    y_pred: Any = None,
    alpha: float = 1.0,
    scale: float = 1.0,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "robust",
    dtype: Any = None,
) -> Any:
    """See `losses.robust`; without data its `Loss` object."""
    return values_or_object(
        "robust",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        alpha=alpha,
        scale=scale,
        ignore_nan=ignore_nan,
    )


def loss_cosine_similarity(
    y_true: Any = None,
    y_pred: Any = None,
    axis: int | Sequence[int] = -1,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "cosine_similarity",
    dtype: Any = None,
) -> Any:
    """See `losses.cosine_similarity`; without data its `Loss` object."""
    return values_or_object(
        "cosine_similarity",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        axis=axis,
        ignore_nan=ignore_nan,
    )


def loss_hinge(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "hinge",
    dtype: Any = None,
) -> Any:
    """See `losses.hinge`; without data its `Loss` object."""
    return values_or_object(
        "hinge",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_squared_hinge(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "squared_hinge",
    dtype: Any = None,
) -> Any:
    """See `losses.squared_hinge`; without data its `Loss` object."""
    return values_or_object(
        "squared_hinge",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_categorical_hinge(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    class_weight: Sequence[float] | Mapping[int, float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "categorical_hinge",
    dtype: Any = None,
) -> Any:
    """See `losses.categorical_hinge`; without data its `Loss` object."""
    return values_or_object(
        "categorical_hinge",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        class_weight=class_weight,
        ignore_nan=ignore_nan,
    )


def loss_contrastive(
    y_true: Any = None,
    y_pred: Any = None,
    margin: float = 1.0,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "contrastive",
    dtype: Any = None,
) -> Any:
    """See `losses.contrastive`; without data its `Loss` object."""
    return values_or_object(
        "contrastive",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        margin=margin,
        ignore_nan=ignore_nan,
    )


def loss_binary_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
    *,
    pos_weight: float | Sequence[float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "binary_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.binary_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "binary_crossentropy",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        from_logits=from_logits,
        label_smoothing=label_smoothing,
        axis=axis,
        pos_weight=pos_weight,
        ignore_nan=ignore_nan,
    )


def loss_categorical_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
    *,
    class_weight: Sequence[float] | Mapping[int, float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "categorical_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.categorical_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "categorical_crossentropy",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        from_logits=from_logits,
        label_smoothing=label_smoothing,
        axis=axis,
        class_weight=class_weight,
        ignore_nan=ignore_nan,
    )


def loss_sparse_categorical_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
    label_smoothing: float = 0.0,
    *,
    class_weight: Sequence[float] | Mapping[int, float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "sparse_categorical_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.sparse_categorical_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "sparse_categorical_crossentropy",
        y_true,
        y_pred,
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


def loss_categorical_generalized_cross_entropy(
    y_true: Any = None,
    y_pred: Any = None,
    q: float = 0.5,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "categorical_generalized_cross_entropy",
    dtype: Any = None,
) -> Any:
    """See `losses.categorical_generalized_cross_entropy`; without data its `Loss` object."""
    return values_or_object(
        "categorical_generalized_cross_entropy",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        q=q,
        ignore_nan=ignore_nan,
    )


def loss_kl_divergence(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "kl_divergence",
    dtype: Any = None,
) -> Any:
    """See `losses.kl_divergence`; without data its `Loss` object."""
    return values_or_object(
        "kl_divergence",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_poisson(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "poisson",
    dtype: Any = None,
) -> Any:
    """See `losses.poisson`; without data its `Loss` object."""
    return values_or_object(
        "poisson",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_poisson_deviance(
    y_true: Any = None,
    y_pred: Any = None,
    log_link: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "poisson_deviance",
    dtype: Any = None,
) -> Any:
    """See `losses.poisson_deviance`; without data its `Loss` object."""
    return values_or_object(
        "poisson_deviance",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        log_link=log_link,
        ignore_nan=ignore_nan,
    )


def loss_gamma_deviance(
    y_true: Any = None,
    y_pred: Any = None,
    log_link: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "gamma_deviance",
    dtype: Any = None,
) -> Any:
    """See `losses.gamma_deviance`; without data its `Loss` object."""
    return values_or_object(
        "gamma_deviance",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        log_link=log_link,
        ignore_nan=ignore_nan,
    )


def loss_tweedie_deviance(
    y_true: Any = None,
    y_pred: Any = None,
    power: float = 1.5,
    log_link: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "tweedie_deviance",
    dtype: Any = None,
) -> Any:
    """See `losses.tweedie_deviance`; without data its `Loss` object."""
    return values_or_object(
        "tweedie_deviance",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        power=power,
        log_link=log_link,
        ignore_nan=ignore_nan,
    )


def loss_weighted_kappa(
    y_true: Any = None,
    y_pred: Any = None,
    num_classes: int | None = None,
    weightage: str = "quadratic",
    epsilon: float = 1e-06,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "weighted_kappa",
    dtype: Any = None,
) -> Any:
    """See `losses.weighted_kappa`; without data its `Loss` object."""
    return values_or_object(
        "weighted_kappa",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        num_classes=num_classes,
        weightage=weightage,
        epsilon=epsilon,
        ignore_nan=ignore_nan,
    )


def loss_sparsemax(
    y_true: Any = None,
    y_pred: Any = None,
    from_logits: bool = True,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "sparsemax",
    dtype: Any = None,
) -> Any:
    """See `losses.sparsemax`; without data its `Loss` object."""
    return values_or_object(
        "sparsemax",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        from_logits=from_logits,
        ignore_nan=ignore_nan,
    )


def loss_negative_binomial_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "negative_binomial_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.negative_binomial_nll`; without data its `Loss` object."""
    return values_or_object(
        "negative_binomial_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_zero_inflated_poisson_nll(
    y_true: Any = None,
    y_pred: Any = None,
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "zero_inflated_poisson_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.zero_inflated_poisson_nll`; without data its `Loss` object."""
    return values_or_object(
        "zero_inflated_poisson_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_zero_inflated_negative_binomial_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "zero_inflated_negative_binomial_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.zero_inflated_negative_binomial_nll`; without data its `Loss` object."""
    return values_or_object(
        "zero_inflated_negative_binomial_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_gaussian_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "gaussian_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.gaussian_nll`; without data its `Loss` object."""
    return values_or_object(
        "gaussian_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_laplace_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "laplace_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.laplace_nll`; without data its `Loss` object."""
    return values_or_object(
        "laplace_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_lognormal_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "lognormal_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.lognormal_nll`; without data its `Loss` object."""
    return values_or_object(
        "lognormal_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_student_t_nll(
    y_true: Any = None,
    y_pred: Any = None,
    df: float | None = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "student_t_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.student_t_nll`; without data its `Loss` object."""
    return values_or_object(
        "student_t_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        df=df,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_gamma_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "gamma_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.gamma_nll`; without data its `Loss` object."""
    return values_or_object(
        "gamma_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_gaussian_mixture_nll(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    full: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "gaussian_mixture_nll",
    dtype: Any = None,
) -> Any:
    """See `losses.gaussian_mixture_nll`; without data its `Loss` object."""
    return values_or_object(
        "gaussian_mixture_nll",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        full=full,
        ignore_nan=ignore_nan,
    )


def loss_gaussian_crps(
    y_true: Any = None,
    y_pred: Any = None,
    scale: str = "log",
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "gaussian_crps",
    dtype: Any = None,
) -> Any:
    """See `losses.gaussian_crps`; without data its `Loss` object."""
    return values_or_object(
        "gaussian_crps",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        scale=scale,
        ignore_nan=ignore_nan,
    )


def loss_ensemble_crps(
    y_true: Any = None,
    y_pred: Any = None,
    fair: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "ensemble_crps",
    dtype: Any = None,
) -> Any:
    """See `losses.ensemble_crps`; without data its `Loss` object."""
    return values_or_object(
        "ensemble_crps",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        fair=fair,
        ignore_nan=ignore_nan,
    )


def loss_binary_focal_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int | Sequence[int] = -1,
    *,
    pos_weight: float | Sequence[float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "binary_focal_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.binary_focal_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "binary_focal_crossentropy",
        y_true,
        y_pred,
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


def loss_sigmoid_focal_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    alpha: float | None = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "sigmoid_focal_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.sigmoid_focal_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "sigmoid_focal_crossentropy",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        alpha=alpha,
        gamma=gamma,
        from_logits=from_logits,
        ignore_nan=ignore_nan,
    )


def loss_asymmetric(
    y_true: Any = None,
    y_pred: Any = None,
    gamma_pos: float = 1.0,
    gamma_neg: float = 4.0,
    clip: float = 0.05,
    from_logits: bool = False,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "asymmetric",
    dtype: Any = None,
) -> Any:
    """See `losses.asymmetric`; without data its `Loss` object."""
    return values_or_object(
        "asymmetric",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        gamma_pos=gamma_pos,
        gamma_neg=gamma_neg,
        clip=clip,
        from_logits=from_logits,
        ignore_nan=ignore_nan,
    )


def loss_categorical_focal_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
    *,
    class_weight: Sequence[float] | Mapping[int, float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "categorical_focal_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.categorical_focal_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "categorical_focal_crossentropy",
        y_true,
        y_pred,
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


def loss_sparse_categorical_focal_crossentropy(
    y_true: Any = None,
    y_pred: Any = None,
    alpha: float | Sequence[float] = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
    *,
    class_weight: Sequence[float] | Mapping[int, float] | None = None,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "sparse_categorical_focal_crossentropy",
    dtype: Any = None,
) -> Any:
    """See `losses.sparse_categorical_focal_crossentropy`; without data its `Loss` object."""
    return values_or_object(
        "sparse_categorical_focal_crossentropy",
        y_true,
        y_pred,
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


def loss_dice(
    y_true: Any = None,
    y_pred: Any = None,
    axis: int | Sequence[int] | None = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "dice",
    dtype: Any = None,
) -> Any:
    """See `losses.dice`; without data its `Loss` object."""
    return values_or_object(
        "dice",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        axis=axis,
        ignore_nan=ignore_nan,
    )


def loss_tversky(
    y_true: Any = None,
    y_pred: Any = None,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: int | Sequence[int] | None = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "tversky",
    dtype: Any = None,
) -> Any:
    """See `losses.tversky`; without data its `Loss` object."""
    return values_or_object(
        "tversky",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        alpha=alpha,
        beta=beta,
        axis=axis,
        ignore_nan=ignore_nan,
    )


def loss_giou(
    y_true: Any = None,
    y_pred: Any = None,
    mode: str = "giou",
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "giou",
    dtype: Any = None,
) -> Any:
    """See `losses.giou`; without data its `Loss` object."""
    return values_or_object(
        "giou",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        mode=mode,
        ignore_nan=ignore_nan,
    )


def loss_ctc(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "ctc",
    dtype: Any = None,
) -> Any:
    """See `losses.ctc`; without data its `Loss` object."""
    return values_or_object(
        "ctc",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_circle(
    y_true: Any = None,
    y_pred: Any = None,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80.0,
    margin: float = 0.4,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "circle",
    dtype: Any = None,
) -> Any:
    """See `losses.circle`; without data its `Loss` object."""
    return values_or_object(
        "circle",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ref_labels=ref_labels,
        ref_embeddings=ref_embeddings,
        remove_diagonal=remove_diagonal,
        gamma=gamma,
        margin=margin,
        ignore_nan=ignore_nan,
    )


def loss_triplet_semihard(
    y_true: Any = None,
    y_pred: Any = None,
    margin: float = 1.0,
    distance_metric: str | Callable[[Any], Any] = "L2",
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "triplet_semihard",
    dtype: Any = None,
) -> Any:
    """See `losses.triplet_semihard`; without data its `Loss` object."""
    return values_or_object(
        "triplet_semihard",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        margin=margin,
        distance_metric=distance_metric,
        ignore_nan=ignore_nan,
    )


def loss_triplet_hard(
    y_true: Any = None,
    y_pred: Any = None,
    margin: float = 1.0,
    soft: bool = False,
    distance_metric: str | Callable[[Any], Any] = "L2",
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "triplet_hard",
    dtype: Any = None,
) -> Any:
    """See `losses.triplet_hard`; without data its `Loss` object."""
    return values_or_object(
        "triplet_hard",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        margin=margin,
        soft=soft,
        distance_metric=distance_metric,
        ignore_nan=ignore_nan,
    )


def loss_lifted_struct(
    y_true: Any = None,
    y_pred: Any = None,
    margin: float = 1.0,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "lifted_struct",
    dtype: Any = None,
) -> Any:
    """See `losses.lifted_struct`; without data its `Loss` object."""
    return values_or_object(
        "lifted_struct",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        margin=margin,
        ignore_nan=ignore_nan,
    )


def loss_supervised_contrastive(
    y_true: Any = None,
    y_pred: Any = None,
    temperature: float = 0.1,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "supervised_contrastive",
    dtype: Any = None,
) -> Any:
    """See `losses.supervised_contrastive`; without data its `Loss` object."""
    return values_or_object(
        "supervised_contrastive",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        temperature=temperature,
        ignore_nan=ignore_nan,
    )


def loss_ntxent(
    y_true: Any = None,
    y_pred: Any = None,
    temperature: float = 0.5,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "ntxent",
    dtype: Any = None,
) -> Any:
    """See `losses.ntxent`; without data its `Loss` object."""
    return values_or_object(
        "ntxent",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        temperature=temperature,
        ignore_nan=ignore_nan,
    )


def loss_npairs(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "npairs",
    dtype: Any = None,
) -> Any:
    """See `losses.npairs`; without data its `Loss` object."""
    return values_or_object(
        "npairs",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


def loss_npairs_multilabel(
    y_true: Any = None,
    y_pred: Any = None,
    *,
    ignore_nan: bool = False,
    reduction: str | None = DEFAULT,
    name: str | None = "npairs_multilabel",
    dtype: Any = None,
) -> Any:
    """See `losses.npairs_multilabel`; without data its `Loss` object."""
    return values_or_object(
        "npairs_multilabel",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
        ignore_nan=ignore_nan,
    )


# Names of R keras 2 for the same losses.
loss_logcosh = loss_log_cosh
loss_cosine_proximity = loss_cosine_similarity
loss_kullback_leibler_divergence = loss_kl_divergence

FUNCTIONS = {name: globals()[name] for name in __all__}
for _function in FUNCTIONS.values():
    registry.serializable(_function, _function.__name__)
