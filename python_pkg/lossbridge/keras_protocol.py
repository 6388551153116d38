"""All that touches the inside of a Keras, each with a public way for where it is missing.

With the environment variable LOSSBRIDGE_PUBLIC_ONLY=1 all of it is taken as missing.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from lossbridge._backend import PUBLIC_ONLY, keras, tf

# -- masks: which values of a tensor count -----------------------------------------------------------


def mask_of(x: Any) -> Any:
    """The mask that a layer, or a loss that leaves values out, has put on a tensor; else None."""
    if not isinstance(x, (tf.Tensor, tf.RaggedTensor)):
        return None
    return _reader()(x) if PUBLIC_ONLY else getattr(x, "_keras_mask", None)


def with_mask(x: tf.Tensor, mask: Any) -> tf.Tensor:
    """`x` with a mask, which either Keras takes into account; the same where there is no mask."""
    if mask is None:
        return x
    if PUBLIC_ONLY:
        return _MaskWriter(mask)(tf.identity(x))
    x._keras_mask = mask
    return x


class _MaskReader:
    """Reads masks by a layer, whose call() gets that of its input as an argument."""

    def __init__(self) -> None:
        reader = self

        class Layer(keras.layers.Layer):
            supports_masking = True

            def call(self, x: Any, mask: Any = None) -> Any:
                reader.mask = mask
                return x

        self.layer, self.mask = Layer(name="mask", autocast=False), None

    def __call__(self, x: tf.Tensor) -> Any:
        with contextlib.suppress(ValueError):  # a dtype that Keras does not know has no mask
            self.layer(x)
        mask, self.mask = self.mask, None
        return mask


_readers = threading.local()


def _reader() -> _MaskReader:
    if not hasattr(_readers, "reader"):
        _readers.reader = _MaskReader()
    return _readers.reader


class _MaskWriter(keras.layers.Layer):
    """Puts a mask on a tensor, as a layer does by its compute_mask()."""

    supports_masking = True

    def __init__(self, mask: Any) -> None:
        super().__init__(name="mask", autocast=False)
        self.mask = mask

    def call(self, x: Any) -> Any:
        return x

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        return self.mask


# -- logits: what an activation has been computed from ---------------------------------------------


def logits_of(p: tf.Tensor) -> Any:
    """The input of the activation that `p` is the output of, in eager mode; else None.

    There is no public way to it. Without, the losses compute from the output of the activation, as they
    do for any other probabilities.
    """
    return None if PUBLIC_ONLY else getattr(p, "_keras_logits", None)


def marked_like(x: tf.Tensor, original: tf.Tensor) -> tf.Tensor:
    """`x`, a copy of `original`, with its mask and logits."""
    logits = logits_of(original)
    if logits is not None:
        x._keras_logits = logits
    return with_mask(x, mask_of(original))


# -- compile(): names, and what it tells a loss ------------------------------------------------------


def teach_names(library: Any, kind: Literal["losses", "metrics"], names: Mapping[str, Any]) -> None:
    """Let the compile() of a Keras resolve names that it lacks; those it knows keep their meaning.

    There is no public way to it. Without, such a string is an error of Keras, and the function, the class
    or the object is to be handed over.
    """
    table = None if PUBLIC_ONLY else _names(library, kind)
    if table is not None:
        for name, target in names.items():
            table.setdefault(name, target)


def _names(library: Any, kind: str) -> dict[str, Any] | None:
    if library is not keras:  # tf_keras looks strings up in the module that its losses are in
        return (
            vars(importlib.import_module(library.losses.Loss.__module__))
            if kind == "losses"
            else None
        )
    return getattr(getattr(getattr(keras, "src", None), kind, None), "ALL_OBJECTS_DICT", None)


def teach_directions(losses: Iterable[Any]) -> None:
    """Let Keras 3 know losses, of which less is better: what a callback in mode "auto" asks.

    There is no public way to it. Without, the callback asks for its mode.
    """
    known = getattr(getattr(getattr(keras, "src", None), "losses", None), "ALL_OBJECTS", None)
    if not PUBLIC_ONLY and isinstance(known, set):
        known.update(losses)


def arguments_of(loss: Any) -> dict[str, Any]:
    """The arguments of a loss object of either Keras, which its config need not have: delta of Huber say.

    There is no public way to it. Without, those in the config are all that is known.
    """
    return {} if PUBLIC_ONLY else dict(getattr(loss, "_fn_kwargs", {}))


def scales_for_replicas(loss: Any) -> bool:
    """Whether the compile() of tf_keras has told a loss that it divides its two means by the replicas.

    There is no public way to it.
    """
    return not PUBLIC_ONLY and getattr(loss, "_allow_sum_over_batch_size", False)
