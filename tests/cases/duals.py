"""Numbers with derivatives, in as many digits as mpmath is told to carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from mpmath import mp, mpf


class Kink:
    """Which side of a kink is taken, and whether one was met: its derivative is anything between."""

    side = 0
    met = False
    width = mpf(0)
    """How close, relative to their size, two computed numbers count as equal."""


class Dual:
    """A number and its derivatives by the elements of `y_pred`, as {element: derivative}."""

    __slots__ = ("d", "v")

    def __init__(self, v: Any, d: dict[Any, Any] | None = None) -> None:
        self.v, self.d = v, d or {}

    @property
    def given(self) -> bool:
        """Whether it is a constant or an element as it came, that no rounding has touched."""
        return not self.d or (len(self.d) == 1 and abs(next(iter(self.d.values()))) == 1)

    def chain(self, v: Any, slope: Any) -> Dual:
        return Dual(v, {i: slope * x for i, x in self.d.items()})

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        d = dict(self.d)
        for i, x in other.d.items():
            d[i] = d[i] + x if i in d else x
        return Dual(self.v + other.v, d)

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        product = self.chain(self.v, other.v) + other.chain(other.v, self.v)
        return Dual(self.v * other.v, product.d)

    def __truediv__(self, other: Any) -> Dual:
        other = dual(other)
        return self * other.chain(1 / other.v, -1 / other.v**2)

    def __neg__(self) -> Dual:
        return self.chain(-self.v, -1)

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) - self

    def __rtruediv__(self, other: Any) -> Dual:
        return dual(other) / self

    def __pow__(self, n: Any) -> Dual:
        if not self.v:
            return self.chain(mpf(0), mpf("inf") if n < 1 else mpf(n == 1))
        return self.chain(self.v**n, n * self.v ** (n - 1))

    __radd__ = __add__
    __rmul__ = __mul__


def dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(mpf(x))


def log(x: Dual) -> Dual:
    return x.chain(mp.log(x.v), 1 / x.v)


def exp(x: Dual) -> Dual:
    value = mp.exp(x.v)
    return x.chain(value, value)


def sqrt(x: Dual) -> Dual:
    value = mp.sqrt(x.v)
    return x.chain(value, 1 / (2 * value))


def maximum(a: Any, b: Any) -> Dual:
    a, b = dual(a), dual(b)
    width = 0 if a.given and b.given else Kink.width * max(abs(a.v), abs(b.v))
    if abs(a.v - b.v) <= width:
        Kink.met |= a.d != b.d
        return Dual(max(a.v, b.v), (a, b)[Kink.side].d)
    return a if a.v > b.v else b


def minimum(a: Any, b: Any) -> Dual:
    return -maximum(-dual(a), -dual(b))


def absolute(x: Dual) -> Dual:
    return maximum(x, -x)


def clip(x: Any, low: Any, high: Any) -> Dual:
    return minimum(maximum(x, low), high)


def total(x: Iterable[Any]) -> Dual:
    return sum(x, Dual(mpf(0)))


def mean(x: Sequence[Any]) -> Dual:
    return total(x) / len(x)
