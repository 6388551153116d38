"""What is left of the gamma function and the logarithm when their large terms are taken away.

Likelihoods are differences of these large terms, which take digits with them. What is left is small, and
computed as such: for x >= 2 by a rational function of 1 / x^2, for x < 2 from that of x + 2 by a recurrence
whose terms have one sign. So it is right to the last digits of float64, differentiable, and short, which
XLA takes little time for.

The coefficients are those of the rational function that is equal at 0 and at Chebyshev nodes of the interval,
found with 60 digits; elsewhere it differs by less than 1e-16. Derivatives are written down: of the ops of
these functions XLA would compile for long.
"""

from __future__ import annotations

from collections.abc import Sequence

from lossbridge import numerics
from lossbridge._backend import tf
from lossbridge.engine.formula import with_derivative

Rational = tuple[Sequence[float], Sequence[float]]
"""The coefficients of a numerator and of a denominator, from the constant on."""

# (atanh(s) / s - 1) / s^2 as a function of s^2 in [0, 1/4]
_ATANH: Rational = (
    (
        0.33333333333333333,
        -0.70200611225380185,
        0.49118177198285507,
        -0.1270265503980334,
        0.0088867677159522134,
    ),
    (
        1.0,
        -2.7060183367614087,
        2.6685848894343871,
        -1.1558417738816971,
        0.20576496916160688,
        -0.010390754188190626,
    ),
)
# x times what the functions below are, as a function of 1 / x^2 in [0, 1/4]
_STIRLING: Rational = (
    (
        0.083333333333333333,
        1.4094629941595145,
        7.5515606167886257,
        15.609888115312636,
        12.104517154480477,
        2.8437515366195571,
        0.096789104229105176,
    ),
    (
        1.0,
        16.94688926324749,
        91.174099900722146,
        190.20353795781966,
        150.83694730019955,
        37.844524205913203,
        1.7371942006798535,
    ),
)
_DIGAMMA: Rational = (
    (
        0.083333333333333333,
        1.855297831510203,
        13.695073400064816,
        41.591340605176219,
        52.323346089242008,
        23.908486334500688,
        2.6376702518117232,
    ),
    (
        1.0,
        22.363573978122391,
        166.52961915099436,
        514.73411707910048,
        672.45085285690857,
        336.1822973372256,
        48.507653242420997,
        0.75713710533828404,
    ),
)
_HALF_STEP: Rational = (
    (
        0.125,
        2.1191278877696292,
        11.388729745004483,
        23.639141686016771,
        18.433546490414469,
        4.3622368645146438,
        0.14913097126746214,
    ),
    (
        1.0,
        16.994689768823678,
        91.805450033746786,
        192.73541355649727,
        154.4992132146771,
        39.599098955826356,
        1.9238058308949379,
    ),
)
_HALF_STEP_SLOPE: Rational = (
    (
        0.125,
        2.7916973812353862,
        20.685559045440295,
        63.104435838637021,
        79.786835270846935,
        36.621375073079003,
        4.0369581424845994,
    ),
    (
        1.0,
        22.458579049883031,
        168.22929474478834,
        524.52689360644561,
        694.71650964944452,
        355.81689539774901,
        54.058556809530052,
        1.0192087112001614,
    ),
)

# as well, but only second derivatives are made of these
_TRIGAMMA: Rational = (
    (
        0.16666666666666667,
        1.5133757141292584,
        3.5206935088907665,
        2.1156843183321964,
        0.15629077303412826,
    ),
    (
        1.0,
        9.2802542825802278,
        22.837355224615215,
        16.135795348770641,
        2.3050049174077032,
    ),
)
_HALF_STEP_CURVATURE: Rational = (
    (
        0.25,
        2.282640339065629,
        5.3351348495410657,
        3.1963931450774731,
        0.2198142231875212,
    ),
    (
        1.0,
        9.3805613534265304,
        23.498180328030043,
        17.166847293952589,
        2.6526969939573061,
    ),
)


def _ratio(x: tf.Tensor, coefficients: Rational) -> tf.Tensor:
    def polynomial(of: Sequence[float]) -> tf.Tensor:
        result = tf.fill(tf.shape(x), tf.constant(of[-1], x.dtype))
        for coefficient in of[-2::-1]:
            result = result * x + coefficient
        return result

    numerator, denominator = coefficients
    return polynomial(numerator) / polynomial(denominator)


def _shifted(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Where x < 2, and there x + 2."""
    small = x < 2.0
    return small, tf.where(small, x + 2.0, x)


def _of_large(x: tf.Tensor, coefficients: Rational) -> tf.Tensor:
    inverse = 1.0 / x
    return inverse * _ratio(tf.square(inverse), coefficients)


def _atanh_rest(s: tf.Tensor) -> tf.Tensor:
    """atanh(s) / s - 1, for |s| <= 1/2."""
    square = tf.square(s)
    return square * _ratio(square, _ATANH)


def excess(x: tf.Tensor, log: tf.Tensor) -> tf.Tensor:
    """x - log(1 + x), for x > -1, given that logarithm, which has the digits that x lacks near -1."""

    def value(x: tf.Tensor) -> tf.Tensor:
        # log(1 + x) = 2 atanh(s), and x - 2 s = x s
        s = x / (2.0 + x)
        near = s * (x - 2.0 * _atanh_rest(numerics.clip(s, -0.5, 0.5)))
        return tf.where(tf.abs(s) < 0.25, near, x - log)

    return with_derivative(value, lambda x, upstream: upstream * (x * tf.exp(-log)), x)


def stirling(x: tf.Tensor) -> tf.Tensor:
    """What Stirling's formula lacks: log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2, for x > 0."""

    def step(x: tf.Tensor) -> tf.Tensor:
        # (x + 1/2) log(1 + 1/x) - 1
        s = 1.0 / (2.0 * x + 1.0)
        direct = (x + 0.5) * numerics.log1p(1.0 / x) - 1.0
        return tf.where(x < 0.5, direct, _atanh_rest(tf.minimum(s, 0.5)))

    def value(x: tf.Tensor) -> tf.Tensor:
        small, y = _shifted(x)
        rest = _of_large(y, _STIRLING)
        return tf.where(small, rest + step(x) + step(x + 1.0), rest)

    return with_derivative(value, lambda x, upstream: -upstream * (digamma(x) / x), x)


def digamma(x: tf.Tensor) -> tf.Tensor:
    """-x times the derivative of `stirling`: x (log x - psi(x)) - 1/2, for x > 0."""

    def step(x: tf.Tensor) -> tf.Tensor:
        s = 1.0 / (2.0 * x + 1.0)
        direct = (x + 0.5) / (x + 1.0) - x * numerics.log1p(1.0 / x)
        s = tf.minimum(s, 0.5)
        square = tf.square(s)
        near = 2.0 * s * x * (square / (1.0 - square) - _atanh_rest(s))
        return tf.where(x < 0.5, direct, near)

    def value(x: tf.Tensor) -> tf.Tensor:
        small, y = _shifted(x)
        rest, one_more = _of_large(y, _DIGAMMA), x + 1.0
        # of x + n it is that at x + n which is known, times x / (x + n)
        shifted = x / y * rest + x / one_more * step(one_more) + step(x)
        return tf.where(small, shifted, rest)

    def slope(x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        return upstream * ((digamma(x) - trigamma(x)) / x)

    return with_derivative(value, slope, x)


def trigamma(x: tf.Tensor) -> tf.Tensor:
    """x^2 times the second derivative of `stirling`: x^2 psi'(x) - x - 1/2, for x > 0."""
    small, y = _shifted(x)
    rest, one_more = _of_large(y, _TRIGAMMA), x + 1.0
    steps = 0.5 * (1.0 + tf.square(x / (x + 2.0))) / tf.square(one_more)
    return tf.where(small, tf.square(x / y) * rest + steps, rest)


def half_step(x: tf.Tensor) -> tf.Tensor:
    """log Gamma(x) - log Gamma(x + 1/2) + log(x) / 2, for x > 0."""

    def step(x: tf.Tensor) -> tf.Tensor:
        return 0.5 * numerics.log1p(0.25 / (x * (x + 1.0)))

    def value(x: tf.Tensor) -> tf.Tensor:
        small, y = _shifted(x)
        rest = _of_large(y, _HALF_STEP)
        return tf.where(small, rest + step(x) + step(x + 1.0), rest)

    return with_derivative(value, lambda x, upstream: -upstream * (half_step_slope(x) / x), x)


def half_step_slope(x: tf.Tensor) -> tf.Tensor:
    """-x times the derivative of `half_step`."""

    def value(x: tf.Tensor) -> tf.Tensor:
        small, y = _shifted(x)
        rest = _of_large(y, _HALF_STEP_SLOPE)
        first = 0.5 / ((x + 1.0) * (2.0 * x + 1.0))
        second = 0.5 * x / ((x + 1.0) * (x + 2.0) * (2.0 * x + 3.0))
        return tf.where(small, x / y * rest + first + second, rest)

    def slope(x: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
        return upstream * ((half_step_slope(x) - half_step_curvature(x)) / x)

    return with_derivative(value, slope, x)


def half_step_curvature(x: tf.Tensor) -> tf.Tensor:
    """x^2 times the second derivative of `half_step`."""
    small, y = _shifted(x)
    rest = _of_large(y, _HALF_STEP_CURVATURE)

    def step(x: tf.Tensor) -> tf.Tensor:
        by = 2.0 * (x + 1.0) * (2.0 * x + 1.0)
        return (12.0 * x * (x + 1.0) + 2.0) / tf.square(by)

    steps = step(x) + tf.square(x / (x + 1.0)) * step(x + 1.0)
    return tf.where(small, tf.square(x / y) * rest + steps, rest)
