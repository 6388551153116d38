"""The floating-point formats, and errors in units of their last place."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import tensorflow as tf
from mpmath import mp, mpf

DTYPES = ("float64", "float32", "bfloat16", "float16")


@dataclasses.dataclass(frozen=True)
class Format:
    """A binary floating-point format."""

    name: str
    digits: int
    """Binary digits, the hidden one included."""
    lowest: int
    """The exponent of the smallest normal number."""
    highest: int
    """The exponent of the largest number."""
    compute: str
    """What lossbridge computes in, and the dtype that constants such as 1e-7 are rounded to."""
    decimals: int
    """Decimal digits of the reference: 1 + its smallest number and some more."""

    @property
    def numpy(self) -> Any:
        return tf.as_dtype(self.name).as_numpy_dtype

    @property
    def half_unit(self) -> Any:
        """Half a unit in the last place of 1, the relative error of a rounding."""
        return mpf(2) ** -self.digits

    @property
    def tiny(self) -> Any:
        return mpf(2) ** self.lowest

    def constant(self, x: float) -> Any:
        """A Python number as it arrives in the computation."""
        return mpf(float(np.dtype(self.compute).type(x)))

    def unit(self, truth: Any) -> Any:
        """The unit in the last place of a number."""
        size = abs(truth)
        exponent = int(mp.floor(mp.log(size, 2))) if size >= self.tiny else self.lowest
        return mpf(2) ** (exponent - self.digits + 1)

    def ulps(self, got: float, truth: Any, noise: Any = 0) -> float:
        """The distance from the truth in units in its last place; NaN where there is nothing to say.

        A unit is not smaller than `noise`.

        A truth beyond the largest number cannot be represented: whatever came is left out. An error
        of a few smallest normal numbers is none (TensorFlow flushes every term that is less to 0), but
        in float16, whose subnormal numbers TensorFlow keeps.
        """
        size = abs(truth)
        if size >= (2 - mpf(2) ** -self.digits) * mpf(2) ** self.highest:
            return math.nan
        if not math.isfinite(got):
            return math.inf
        error = abs(mpf(got) - truth)
        if error <= 4 * self.tiny and self.name != "float16":
            return 0.0
        return float(min(error / max(self.unit(truth), noise), mpf(10) ** 300))


FORMATS = {
    "float64": Format("float64", 53, -1022, 1023, "float64", 400),
    "float32": Format("float32", 24, -126, 127, "float32", 120),
    "bfloat16": Format("bfloat16", 8, -126, 127, "float32", 120),
    "float16": Format("float16", 11, -14, 15, "float32", 120),
}
