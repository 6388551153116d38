"""What an argument of a loss may be, as the annotation of the argument.

`def huber(y_true, y_pred, delta: NotNegative = 1.0)` says it once: editors and type checkers see a float,
and the function, the `Loss` object and the metric check it by the same call.
"""

from __future__ import annotations

import math
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from lossbridge import checks

Check = Callable[[Any, str], Any]
"""Of a value and the name of its argument: the value, or an InputError."""


def _number(low: float, high: float = float("inf"), *, open_ends: bool = False) -> Check:
    return lambda value, argument: checks.number(value, argument, low, high, open_ends=open_ends)


def _or_none(check: Check) -> Check:
    return lambda value, argument: None if value is None else check(value, argument)


def _axes(value: Any, argument: str) -> Any:
    if isinstance(value, (list, tuple)) or getattr(value, "ndim", 0) > 0:
        return [checks.whole_number(axis, argument) for axis in value]
    return checks.whole_number(value, argument)


def _power(value: Any, argument: str) -> float:
    power = checks.number(value, argument)
    if power != 0.0 and power < 1.0:
        raise checks.InputError(argument, "0, or a number of at least 1", repr(value))
    return power


def _number_or_minus_inf(value: Any, argument: str) -> float:
    infinite = isinstance(value, float) and value == -math.inf
    return value if infinite else checks.number(value, argument)


def one_of(*choices: str) -> Check:
    """The check of an argument that has a few values."""
    return lambda value, argument: checks.one_of(value, argument, choices)


def refused(reason: str, only: bool = False) -> Check:
    """The check of an argument that other losses have: here it must be `only`."""

    def check(value: Any, argument: str) -> bool:
        if checks.flag(value, argument) is not only:
            raise checks.InputError(argument, f"{only} for this loss", repr(not only), reason)
        return only

    return check


Flag = Annotated[bool, checks.flag]
Whole = Annotated[int, checks.whole_number]
WholeOrNone = Annotated[int | None, _or_none(checks.whole_number)]
Axes = Annotated[int | Sequence[int], _axes]
AxesOrNone = Annotated[int | Sequence[int] | None, _or_none(_axes)]
NotNegative = Annotated[float, _number(0)]
NotNegatives = Annotated[
    float | Sequence[float], lambda value, argument: checks.numbers_of(value, argument, 0)
]
NumberOrMinusInf = Annotated[float, _number_or_minus_inf]
Positive = Annotated[float, _number(0, open_ends=True)]
PositiveOrNone = Annotated[float | None, _or_none(_number(0, open_ends=True))]
Power = Annotated[float, _power]
SomeOrNone = Annotated[
    float | Sequence[float] | None,
    _or_none(lambda value, argument: checks.some_numbers_of(value, argument, 0)),
]
ClassWeights = Annotated[
    Sequence[float] | Mapping[int, float] | None, _or_none(checks.class_weight)
]
Scale = Annotated[str, one_of("log", "softplus", "identity")]
Share = Annotated[float, _number(0, 1)]
Shares = Annotated[
    float | Sequence[float], lambda value, argument: checks.some_numbers_of(value, argument, 0, 1)
]
ShareOrNone = Annotated[float | None, _or_none(_number(0, 1))]
InnerShare = Annotated[float, _number(0, 1, open_ends=True)]


def of(function: Callable[..., Any]) -> dict[str, Check]:
    """The checks of the arguments of `function`, by name."""
    hints = typing.get_type_hints(function, include_extras=True)
    return {
        name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")
    }
