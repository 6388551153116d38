"""The places where Keras 2 and Keras 3 compute different numbers, as one table of data.

A loss function reads `current()` when it is called; a `Loss` object keeps the semantics that were
current when it was made. Where either Keras has a bug, lossbridge is right under both names.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Literal

from lossbridge._backend import metrics_keras
from lossbridge.checks import one_of

Name = Literal["keras2", "keras3", "keras3_live"]


@dataclasses.dataclass(frozen=True)
class Semantics:
    """One generation of numbers. Each field is a place where the generations differ."""

    name: Name
    bce_log_offset: float
    """Added to the clipped probability inside the logarithms of binary cross-entropy, in units of Keras'
    epsilon, 1e-7."""
    cosine_norm_floor: float | None
    """The smallest norm a vector is divided by in cosine similarity; None for Keras' epsilon, 1e-7."""
    object_dtype: Literal["floatx", "y_pred"]
    """What a `Loss` object without `dtype` computes in: Keras' floatx, or the dtype of `y_pred`."""
    default_reduction: Literal["auto", "sum_over_batch_size"]
    """What a `Loss` object made without `reduction` calls its reduction; they mean the same."""
    empty_batch: Literal["values", "zero"]
    """What a mean over a batch of no samples is: the empty values themselves, or the number 0."""
    to_categorical_dtype: Literal["float32", "float64"]
    """The dtype of `to_categorical()` of an array, unless `dtype` says otherwise."""
    clipped_gradient: Literal["zero", "nearest"] = "zero"
    """The gradient by a prediction that was clipped: 0, as in both generations, or that at the end of
    the interval, from which it leads back."""

    def config(self) -> dict[str, str]:
        """What an object's config says of it: nothing for the default, as in Keras' own configs."""
        return {} if self.name == DEFAULT else {"semantics": self.name}


DEFAULT: Name = "keras3"

TVERSKY_MENDED = "3.16"
"""The first Keras 3 whose Tversky weighs the false positives by `alpha`, as its documentation says."""

TABLE: dict[str, Semantics] = {
    "keras2": Semantics(
        name="keras2",
        bce_log_offset=1.0,
        cosine_norm_floor=1e-6,
        object_dtype="y_pred",
        default_reduction="auto",
        empty_batch="zero",
        to_categorical_dtype="float32",
    ),
    "keras3": Semantics(
        name="keras3",
        bce_log_offset=0.0,
        cosine_norm_floor=None,
        object_dtype="floatx",
        default_reduction="sum_over_batch_size",
        empty_batch="values",
        to_categorical_dtype="float64",
    ),
}
# Of our own making: what to train with where predictions saturate, and Keras' gradient is dead.
TABLE["keras3_live"] = dataclasses.replace(
    TABLE["keras3"], name="keras3_live", clipped_gradient="nearest"
)


def is_before(version: str, other: str) -> bool:
    """Whether a version of Keras is an earlier one than another: "3.15.1" than "3.16"."""

    def numbers(text: str) -> list[int]:
        found = [int(number) for number in re.findall(r"\d+", text)[:3]]
        return found + [0] * (3 - len(found))

    return numbers(version) < numbers(other)


_default: Semantics = TABLE[DEFAULT]
"""What is in force in every thread, those that TensorFlow starts included, outside of `with` blocks."""

# A context variable: a thread (or task) that switches for a while leaves the others alone.
_of_block: ContextVar[Semantics | None] = ContextVar("lossbridge_semantics", default=None)


def current() -> Semantics:
    """The semantics in force here: what the functions use, and what a new `Loss` object keeps."""
    return _of_block.get() or _default


def epsilon() -> float:
    """The clip point of probabilities and the floor of denominators: `keras.config.epsilon()`."""
    return metrics_keras.backend.epsilon()


def get_semantics() -> str:
    """The name of the semantics in force here: "keras3", "keras2" or "keras3_live"."""
    return current().name


def set_semantics(name: Name) -> None:
    """Set the semantics of the process until it is set again: those of all threads.

    A `with semantics():` block that is open goes before it, to its end.

    Args:
        name: `"keras3"` (the default of lossbridge), `"keras2"`, or `"keras3_live"`: the values of
            Keras 3, with the gradient at the nearest end for predictions that are clipped (Keras: 0).

    Raises:
        ValueError: If `name` is none of them.
    """
    global _default
    _default = TABLE[one_of(name, "name", TABLE)]


@contextlib.contextmanager
def semantics(name: Name) -> Iterator[Semantics]:
    """Compute with the numbers of one Keras generation inside a `with` block.

    The choice is that of the thread, or of the asyncio task. The threads that TensorFlow starts, for the
    replicas of a strategy say, do not see it: there use `set_semantics`, or a `Loss` object.

    Args:
        name: `"keras3"` (the default of lossbridge), `"keras2"`, or `"keras3_live"`: the values of
            Keras 3, with the gradient at the nearest end for predictions that are clipped (Keras: 0).

    Yields:
        The row of the table: every place where the generations differ.

    Raises:
        ValueError: If `name` is none of them.

    Example:
        >>> import lossbridge
        >>> with lossbridge.semantics("keras2"):
        ...     loss = lossbridge.losses.BinaryCrossentropy()
        >>> loss.semantics
        'keras2'
    """
    row = TABLE[one_of(name, "name", TABLE)]
    with use(row):
        yield row


@contextlib.contextmanager
def use(row: Semantics) -> Iterator[None]:
    """Compute with a row of the table inside a `with` block."""
    token = _of_block.set(row)
    try:
        yield
    finally:
        _of_block.reset(token)
