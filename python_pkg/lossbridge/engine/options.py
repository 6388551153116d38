"""Where a computation runs, as far as its formula depends on it."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from collections.abc import Iterator
from contextvars import ContextVar

from lossbridge._backend import tf


@dataclasses.dataclass
class Options:
    """What is otherwise found out; for tests, and for whoever knows better."""

    accelerator: bool | None = None
    """Whether to compute as on a GPU or TPU; None for whether there is one."""
    closed_form: bool = True
    """Whether gradients are those of the formulas; else TensorFlow differentiates the value op by op."""


_options = Options()


def current() -> Options:
    """The options in force."""
    return _options


@contextlib.contextmanager
def using(**options: object) -> Iterator[None]:
    """Compute with other `Options` inside a `with` block, in all threads."""
    before = dataclasses.replace(_options)
    for name, value in options.items():
        setattr(_options, name, value)
    try:
        yield
    finally:
        _options.__dict__.update(before.__dict__)


_diagonal: ContextVar[bool] = ContextVar("lossbridge_diagonal", default=False)


def is_diagonal() -> bool:
    """Whether a gradient of a gradient is the diagonal of the second derivative, where that is written."""
    return _diagonal.get()


@contextlib.contextmanager
def diagonal() -> Iterator[None]:
    """Differentiate the sum of a gradient to the diagonal of the second derivative: in one pass, where
    entries of a row depend on each other, and a pass for each entry would take the others apart.

    Right only for what is linear in the values of a loss, as reductions are.
    """
    token = _diagonal.set(True)
    try:
        yield
    finally:
        _diagonal.reset(token)


def has_accelerator() -> bool:
    """Whether there is a GPU or TPU."""
    return _found_accelerator() if _options.accelerator is None else _options.accelerator


@functools.cache
def _found_accelerator() -> bool:
    return bool(tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))


def may_look() -> bool:
    """Whether a formula may look at the values of tensors and go one of two ways.

    In eager mode, but for an accelerator, which would have to be asked by the host.
    """
    return tf.executing_eagerly() and not has_accelerator()
