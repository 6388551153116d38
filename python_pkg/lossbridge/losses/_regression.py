"""Losses of real numbers: how far a prediction is from its target."""

from __future__ import annotations

from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.generations import EPSILON, current
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss("mse", "MSE", family="regression", truth="real", align=True)
def mean_squared_error(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Mean squared error: \( \mathrm{mean}((t - p)^2) \) over the last axis.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> mean_squared_error([[0.0, 1.0]], [[0.5, 1.0]]).numpy()
        array([0.125], dtype=float32)

    Reference:
        Gauss, C. F. (1823). Theoria combinationis observationum erroribus minimis obnoxiae.
    """
    return tf.reduce_mean(tf.math.squared_difference(y_true, y_pred), axis=-1)


@loss("mae", "MAE", family="regression", truth="real", align=True)
def mean_absolute_error(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Mean absolute error: \( \mathrm{mean}(|t - p|) \) over the last axis.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> mean_absolute_error([[0.0, 1.0]], [[0.5, 1.0]]).numpy()
        array([0.25], dtype=float32)

    Reference:
        Laplace, P. S. (1774). Memoire sur la probabilite des causes par les evenements.
    """
    return tf.reduce_mean(tf.abs(y_true - y_pred), axis=-1)


@loss("mape", "MAPE", family="regression", truth="real", align=True)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Mean absolute percentage error: \( 100 \, \mathrm{mean}(|t - p| / \max(|t|, 10^{-7})) \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in percent, in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).numpy()
        array([25.], dtype=float32)

    Reference:
        Armstrong, J. S. (1978). Long-Range Forecasting: From Crystal Ball to Computer.
    """
    relative = tf.abs(y_true - y_pred) / tf.maximum(tf.abs(y_true), EPSILON)
    return 100.0 * tf.reduce_mean(relative, axis=-1)


@loss("msle", "MSLE", family="regression", truth="positive", pred="positive", align=True)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Mean squared logarithmic error: \( \mathrm{mean}((\log(1 + t) - \log(1 + p))^2) \).

    t and p are raised to \(10^{-7}\) where they are smaller.

    Args:
        y_true: True values t >= 0, of shape [batch, d0, .. dN].
        y_pred: Predictions p >= 0, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> mean_squared_logarithmic_error([[0.0, 1.0]], [[0.0, 1.0]]).numpy()
        array([0.], dtype=float32)

    Reference:
        Keras, `keras.losses.MeanSquaredLogarithmicError` (2015).
    """
    y_true, y_pred = tf.maximum(y_true, EPSILON), tf.maximum(y_pred, EPSILON)
    # |log(1+t) - log(1+p)| as one logarithm: keeps the digits that the difference would cancel.
    ratio = tf.abs(y_true - y_pred) / (1.0 + tf.minimum(y_true, y_pred))
    return tf.reduce_mean(tf.square(tf.math.log1p(ratio)), axis=-1)


@loss("huber_loss", family="regression", truth="real", align=True)
def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> tf.Tensor:
    r"""Huber loss: \( \frac{1}{2} e^2 \) up to \(|e| = \delta\), beyond \( \delta |e| - \frac{1}{2} \delta^2 \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape; e = t - p.
        delta: Where the square turns into a line, in the units of `y_true`; at least 0.

    Returns:
        Per-sample values (means over the last axis) of shape [batch, d0, .. dN-1], in the dtype of
        `y_pred`.

    Raises:
        InputError: If the shapes do not match, or `delta` is negative or not finite.

    Example:
        >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
        array([1.5], dtype=float32)

    Reference:
        Huber, P. J. (1964). Robust Estimation of a Location Parameter.
    """
    delta = checks.number(delta, "delta", low=0)
    size = tf.abs(y_true - y_pred)
    # min(|e|, delta) (|e| - min(|e|, delta) / 2) is both branches at once, without overflow in either.
    inner = tf.minimum(size, delta)
    return tf.reduce_mean(inner * (size - 0.5 * inner), axis=-1)


@loss("logcosh", family="regression", truth="real", align=True)
def log_cosh(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Logarithm of the hyperbolic cosine of the error: \( \mathrm{mean}(\log \cosh(p - t)) \).

    Close to \( e^2 / 2 \) for small errors and to \( |e| - \log 2 \) for large ones. Right to the
    last digits at small errors and finite up to the largest float, where Keras gives 0 and inf.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> log_cosh([[0.0, 0.0]], [[0.0, 1.0]]).numpy().round(4)
        array([0.2169], dtype=float32)

    Reference:
        Green, P. J. (1990). Bayesian Reconstructions From Emission Tomography Data Using a Modified
        EM Algorithm.
    """
    return tf.reduce_mean(_log_cosh(y_pred - y_true), axis=-1)


@tf.custom_gradient
def _log_cosh(error: tf.Tensor) -> Any:
    # With q = 1 - exp(-x) and x = |e|, cosh x - 1 is q^2 / (2 (1 - q)): log1p of it keeps the digits of
    # small errors. From x = 2 on, x - log 2 + log1p(exp(-2x)) does not cancel, and never overflows.
    size = tf.abs(error)
    q = -tf.math.expm1(-size)
    small = size < 2.0
    r = 1.0 - q
    inside = tf.where(small, tf.square(q) / (2.0 * tf.maximum(r, 0.1)), tf.square(r))
    log2 = tf.math.log(tf.constant(2.0, error.dtype))
    value = tf.math.log1p(inside) + tf.where(small, 0.0, size - log2)
    return value, lambda upstream: upstream * tf.tanh(error)


@loss("cosine_proximity", "cosine", family="regression", truth="real", align=True)
def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> tf.Tensor:
    r"""Negative cosine of the angle between two vectors: \( -\sum t p / (\|t\| \|p\|) \).

    -1 for the same direction, 0 for orthogonal vectors or a zero vector, 1 for opposite ones. Norms
    below \(10^{-7}\) (semantics keras3) or \(10^{-6}\) (keras2) are raised to it.

    Args:
        y_true: Vectors t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Vectors p, of the same shape.
        axis: The axis of the vectors, 0-based; negative axes count from the end.

    Returns:
        Per-sample values between -1 and 1, of the shape of `y_pred` without `axis`, in its dtype.

    Raises:
        InputError: If the shapes do not match or there is no such axis.

    Example:
        >>> cosine_similarity([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]).numpy().round(3)
        array([-0., -1.], dtype=float32)

    Reference:
        Salton, G., Wong, A., Yang, C. S. (1975). A Vector Space Model for Automatic Indexing.

    Relation:
        The metric `CosineSimilarity` has the opposite sign.
    """
    axis = checks.last_axis(axis, y_pred.shape.rank)
    return -tf.reduce_sum(_unit(y_true, axis) * _unit(y_pred, axis), axis=axis)


def _unit(x: tf.Tensor, axis: int) -> tf.Tensor:
    # Scaled by the largest element first, so that the squares neither overflow nor vanish.
    scale = tf.stop_gradient(tf.reduce_max(tf.abs(x), axis=axis, keepdims=True))
    scale = tf.where(scale > 0.0, scale, 1.0)
    x = x / scale
    floor = tf.square(current().cosine_norm_floor / scale)
    return x * tf.math.rsqrt(tf.maximum(tf.reduce_sum(tf.square(x), axis, keepdims=True), floor))


class MeanSquaredError(LossFunctionWrapper):
    """Mean squared error as an object; see `mean_squared_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean absolute error as an object; see `mean_absolute_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction=reduction, name=name, dtype=dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean absolute percentage error as an object; see `mean_absolute_percentage_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            mean_absolute_percentage_error, reduction=reduction, name=name, dtype=dtype
        )


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean squared logarithmic error as an object; see `mean_squared_logarithmic_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            mean_squared_logarithmic_error, reduction=reduction, name=name, dtype=dtype
        )


class Huber(LossFunctionWrapper):
    """Huber loss as an object; see `huber` for `delta`, and `Loss`."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        checks.number(delta, "delta", low=0)
        super().__init__(huber, reduction=reduction, name=name, dtype=dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """Logarithm of the hyperbolic cosine as an object; see `log_cosh` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction=reduction, name=name, dtype=dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Negative cosine similarity as an object; see `cosine_similarity` for `axis`, and `Loss`."""

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction=reduction, name=name, dtype=dtype, axis=axis)
