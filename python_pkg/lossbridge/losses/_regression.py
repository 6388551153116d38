"""Losses of real numbers: how far a prediction is from its target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Axes, Flag, NotNegative, NumberOrMinusInf, Positive
from lossbridge.engine import rows
from lossbridge.engine.formula import Elementwise, Rowwise, Values
from lossbridge.engine.options import may_look
from lossbridge.generations import current, epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss("mse", "MSE", family="regression", truth="real", align=True)
def mean_squared_error(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Mean squared error: \( \mathrm{mean}((t - p)^2) \) over the last axis.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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
    return Elementwise(
        value=tf.math.squared_difference,
        slope=lambda t, p: 2.0 * (p - t),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss("mae", "MAE", family="regression", truth="real", align=True)
def mean_absolute_error(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Mean absolute error: \( \mathrm{mean}(|t - p|) \) over the last axis.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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
    return Elementwise(
        value=lambda t, p: tf.abs(t - p),
        slope=lambda t, p: tf.sign(p - t),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss("mape", "MAPE", family="regression", truth="real", align=True)
def mean_absolute_percentage_error(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Mean absolute percentage error: \( 100 \, \mathrm{mean}(|t - p| / \max(|t|, 10^{-7})) \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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
    least = epsilon()

    def size(t: tf.Tensor) -> tf.Tensor:
        return tf.maximum(tf.abs(t), least)

    # 100 before the division: 1 / |t| alone vanishes for the largest targets
    return Elementwise(
        value=lambda t, p: tf.abs(t - p) * (100.0 / size(t)),
        slope=lambda t, p: tf.sign(p - t) * (100.0 / size(t)),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss("msle", "MSLE", family="regression", truth="positive", pred="positive", align=True)
def mean_squared_logarithmic_error(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Mean squared logarithmic error: \( \mathrm{mean}((\log(1 + t) - \log(1 + p))^2) \).

    t and p are raised to \(10^{-7}\) where they are smaller.

    Args:
        y_true: True values t >= 0, of shape [batch, d0, .. dN].
        y_pred: Predictions p >= 0, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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

    positive = numerics.Interval(epsilon())

    def difference(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor]:
        t, p = positive.clip(t), positive.clip(p)
        # |log(1+t) - log(1+p)| as one logarithm: keeps the digits that the difference would cancel.
        return (numerics.log1p(tf.abs(t - p) / (1.0 + tf.minimum(t, p))),)

    def slope(t: tf.Tensor, p: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
        return positive.slope(p, lambda p: 2.0 * tf.sign(p - positive.clip(t)) * size / (1.0 + p))

    return Elementwise(value=lambda t, p, size: tf.square(size), slope=slope, shared=difference).at(
        y_true, y_pred, ignore_nan=ignore_nan
    )


@loss("huber_loss", family="regression", truth="real", align=True)
def huber(
    y_true: Any, y_pred: Any, delta: NotNegative = 1.0, *, ignore_nan: Flag = False
) -> Values:
    r"""Huber loss: \( e^2 / 2 \) up to \(|e| = \delta\), beyond it \( \delta |e| - \delta^2 / 2 \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape; e = t - p.
        delta: Where the square turns into a line, in the units of `y_true`; at least 0.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        size = tf.abs(t - p)
        # min(|e|, delta) (|e| - min(|e|, delta) / 2): both branches at once, without overflow in either.
        inner = tf.minimum(size, delta)
        return inner * (size - 0.5 * inner)

    return Elementwise(
        value=value,
        slope=lambda t, p: numerics.clip(p - t, -delta, delta),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


@loss("logcosh", family="regression", truth="real", align=True)
def log_cosh(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Logarithm of the hyperbolic cosine of the error: \( \mathrm{mean}(\log \cosh(p - t)) \).

    Close to \( e^2 / 2 \) for small errors and to \( |e| - \log 2 \) for large ones. Right to the
    last digits at small errors and finite up to the largest float, where Keras gives 0 and inf.

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

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

    return Elementwise(
        value=lambda t, p: _log_cosh(p - t),
        slope=lambda t, p: tf.tanh(p - t),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


def _log_cosh(e: tf.Tensor) -> tf.Tensor:
    # Up to |e| = 1 it is -log(1 - tanh^2 e) / 2, which keeps the digits of small errors; from there on
    # |e| - log(1 + tanh |e|), which does not overflow.
    size, tanh = tf.abs(e), tf.tanh(e)
    small = size < 1.0
    log = numerics.log1p(tf.where(small, -tf.square(tanh), tf.abs(tanh)))
    return tf.where(small, -0.5 * log, size - log)


@loss(family="regression", truth="real", align=True)
def robust(
    y_true: Any,
    y_pred: Any,
    alpha: NumberOrMinusInf = 1.0,
    scale: Positive = 1.0,
    *,
    ignore_nan: Flag = False,
) -> Values:
    r"""Barron's general loss, over the last axis the mean of
    \( \frac{b}{\alpha} ((e^2 / (c^2 b) + 1)^{\alpha / 2} - 1) \), b = |\(\alpha\) - 2|.

    e = t - p, and c is `scale`. Close to \( e^2 / (2 c^2) \) for small errors; the smaller
    \( \alpha \), the less large ones count. Its limits are continuous: 2 is half the squared error, 1 the
    Charbonnier (pseudo-Huber) loss, 0 that of Cauchy, \( \log(e^2 / (2 c^2) + 1) \), -2 that of Geman and
    McClure, and \( -\infty \) that of Welsch, \( 1 - \exp(-e^2 / (2 c^2)) \).

    Args:
        y_true: True values t, of shape [batch, d0, .. dN].
        y_pred: Predictions p, of the same shape.
        alpha: The shape: any number, or minus infinity.
        scale: The error at which the square ends, in the units of `y_true`; above 0.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match, or an argument is out of its range.

    Example:
        >>> robust([[0.0, 0.0]], [[0.0, 2.0]], alpha=0.0).numpy().round(4)
        array([0.5493], dtype=float32)

    Reference:
        Barron, J. T. (2019). A General and Adaptive Robust Loss Function.
    """

    def error(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        return (p - t) / scale

    if alpha == 2.0:
        return Elementwise(
            value=lambda t, p: 0.5 * tf.square(error(t, p)),
            slope=lambda t, p: error(t, p) / scale,
        ).at(y_true, y_pred, ignore_nan=ignore_nan)
    if alpha == -math.inf:
        return Elementwise(
            value=lambda t, p: -tf.math.expm1(-0.5 * tf.square(error(t, p))),
            slope=lambda t, p: error(t, p) / scale * tf.exp(-0.5 * tf.square(error(t, p))),
        ).at(y_true, y_pred, ignore_nan=ignore_nan)
    root = math.sqrt(abs(alpha - 2.0))  # b as the square of it

    def value(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        rest, outer = _hypotenuse(error(t, p) / root)
        log = numerics.log1p(rest) + 2.0 * tf.math.log(outer)
        if alpha == 0.0:
            return log
        # the difference from 1 by the logarithm where it is small
        near = tf.abs(alpha * log) < 1.0
        of_near = tf.math.expm1(tf.where(near, 0.5 * alpha * log, 0.0))
        power = tf.pow(1.0 + rest, 0.5 * alpha) * tf.pow(outer, alpha)
        return root / alpha * root * tf.where(near, of_near, power - 1.0)

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        x = error(t, p) / root
        rest, outer = _hypotenuse(x)
        power = tf.pow(1.0 + rest, 0.5 * alpha - 1.0) * tf.pow(outer, alpha - 1.0)
        return root / scale * numerics.clip(x, -1.0, 1.0) * power

    return Elementwise(value=value, slope=slope).at(y_true, y_pred, ignore_nan=ignore_nan)


def _hypotenuse(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """y and z, of which (1 + y) z^2 is 1 + x^2, without overflow: x^2 and 1, or 1 / x^2 and |x| beyond 1."""
    outer = tf.maximum(tf.abs(x), 1.0)
    inner = tf.square(numerics.clip(x, -1.0, 1.0))
    return tf.where(outer > 1.0, 1.0 / tf.square(outer), inner), outer


@loss("cosine_proximity", "cosine", family="regression", truth="real", align=True)
def cosine_similarity(
    y_true: Any, y_pred: Any, axis: Axes = -1, *, ignore_nan: Flag = False
) -> Values:
    r"""Negative cosine of the angle between two vectors: \( -\sum t p / (\|t\| \|p\|) \).

    -1 for the same direction, 0 for orthogonal vectors or a zero vector, 1 for opposite ones. Norms
    below \(10^{-7}\) (semantics keras3) or \(10^{-6}\) (keras2) are raised to it.

    Args:
        y_true: Vectors t along `axis`, of shape [batch, d0, .. dN].
        y_pred: Vectors p, of the same shape.
        axis: The axis or axes of the vectors, 0-based; negative ones count from the end.
        ignore_nan: Whether a NaN in `y_true` says that its row was not observed: the value is 0, and does
            not count in a mean over samples.

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
    axis = checks.last_axes(axis, y_pred.shape.rank)
    floor = current().cosine_norm_floor or epsilon()

    def norm(square: tf.Tensor, low: Any) -> tf.Tensor:
        # the derivative of sqrt(0) is infinite
        return tf.maximum(tf.sqrt(tf.maximum(square, numerics.tiny(square.dtype))), low)

    def sums(t: tf.Tensor, p: tf.Tensor, axis: int) -> tuple[tf.Tensor, ...]:
        """Powers of 2 that t and p are multiplied by, then the sums of tp, t^2 and p^2 of these multiples."""

        def of(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return tuple(rows.row_sum(x, axis, True) for x in (t * p, tf.square(t), tf.square(p)))

        plain = of(t, p)
        of_t, of_p = _into_range(plain[1]), _into_range(plain[2])
        if may_look() and bool(tf.reduce_all(tf.equal(of_t, 1.0) & tf.equal(of_p, 1.0))):
            return of_t, of_p, *plain
        return of_t, of_p, *of(t * of_t, p * of_p)

    def value(
        t: tf.Tensor, p: tf.Tensor, axis: int, of_t: Any, of_p: Any, *sums: tf.Tensor
    ) -> tf.Tensor:
        product, t_square, p_square = sums
        return -product / norm(t_square, floor * of_t) / norm(p_square, floor * of_p)

    def gradient(
        t: tf.Tensor, p: tf.Tensor, axis: int, upstream: Any, of_t: Any, of_p: Any, *sums: tf.Tensor
    ) -> tf.Tensor:
        product, t_square, p_square = sums
        p_norm = norm(p_square, floor * of_p)
        # The part of t along p, as a ratio that is exactly 1 for t = p; none below the floor.
        along = tf.math.divide_no_nan(product, p_square)
        along = numerics.zero_elsewhere(p_norm > floor * of_p, along)
        by_norms = -upstream / norm(t_square, floor * of_t) * (of_p / p_norm)
        return by_norms * (t * of_t - along * (p * of_p))

    return Rowwise(sums=sums, value=value, gradient=gradient).at(
        y_true, y_pred, axis, ignore_nan=ignore_nan
    )


def _into_range(square_sum: tf.Tensor) -> tf.Tensor:
    """A power of 2, so that products are exact, for a vector whose squares overflow or vanish; else 1."""
    dtype = square_sum.dtype
    bits = round(math.log2(dtype.max))  # of the exponent: 128 or 1024
    shrink, grow, keep = (
        tf.constant(2.0**power, dtype) for power in (-bits * 5 / 8, bits * 5 / 8, 0)
    )
    small = tf.where(square_sum < 2.0 ** (-bits * 9 / 16), grow, keep)
    return tf.where(square_sum > 2.0 ** (bits * 15 / 16), shrink, small)


class MeanSquaredError(LossFunctionWrapper, of=mean_squared_error):
    """Mean squared error as an object; see `mean_squared_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_squared_error",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            mean_squared_error, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )


class MeanAbsoluteError(LossFunctionWrapper, of=mean_absolute_error):
    """Mean absolute error as an object; see `mean_absolute_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_absolute_error",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            mean_absolute_error, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )


class MeanAbsolutePercentageError(LossFunctionWrapper, of=mean_absolute_percentage_error):
    """Mean absolute percentage error as an object; see `mean_absolute_percentage_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_absolute_percentage_error",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            mean_absolute_percentage_error,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_nan=ignore_nan,
        )


class MeanSquaredLogarithmicError(LossFunctionWrapper, of=mean_squared_logarithmic_error):
    """Mean squared logarithmic error as an object; see `mean_squared_logarithmic_error` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "mean_squared_logarithmic_error",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            mean_squared_logarithmic_error,
            reduction=reduction,
            name=name,
            dtype=dtype,
            ignore_nan=ignore_nan,
        )


class Huber(LossFunctionWrapper, of=huber):
    """Huber loss as an object; see `huber` for `delta`, and `Loss`."""

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "huber_loss",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            huber,
            reduction=reduction,
            name=name,
            dtype=dtype,
            delta=delta,
            ignore_nan=ignore_nan,
        )


class LogCosh(LossFunctionWrapper, of=log_cosh):
    """Logarithm of the hyperbolic cosine as an object; see `log_cosh` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "log_cosh",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            log_cosh, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )


class Robust(LossFunctionWrapper, of=robust):
    """Barron's general loss as an object; see `robust` for `alpha` and `scale`, and `Loss`."""

    def __init__(
        self,
        alpha: float = 1.0,
        scale: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "robust",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            robust,
            reduction=reduction,
            name=name,
            dtype=dtype,
            alpha=alpha,
            scale=scale,
            ignore_nan=ignore_nan,
        )


class CosineSimilarity(LossFunctionWrapper, of=cosine_similarity):
    """Negative cosine similarity as an object; see `cosine_similarity` for `axis`, and `Loss`."""

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        reduction: str | None = DEFAULT,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            cosine_similarity,
            reduction=reduction,
            name=name,
            dtype=dtype,
            axis=axis,
            ignore_nan=ignore_nan,
        )
