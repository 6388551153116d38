"""Every private name of TensorFlow that lossbridge uses, each with a public way for where it is missing.

With the environment variable LOSSBRIDGE_PUBLIC_ONLY=1 all of them are taken as missing.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any

from lossbridge._backend import PUBLIC_ONLY, tf

_internal: Any = None
record: Any = None
pack_tangents: Any = None
_graph_in_xla: Any = None
if not PUBLIC_ONLY:
    _internal = getattr(tf, "__internal__", None)
    with contextlib.suppress(ImportError):  # what tf.custom_gradient itself is made of
        from tensorflow.python.eager import record  # type: ignore[no-redef]
    with contextlib.suppress(ImportError):
        from tensorflow.python.eager.forwardprop_util import (  # type: ignore[no-redef]
            pack_tangents,
        )
    with contextlib.suppress(ImportError):
        from tensorflow.python.ops.control_flow_util import (  # type: ignore[no-redef]
            GraphOrParentsInXlaContext as _graph_in_xla,
        )

Derivative = tuple[tf.Tensor, Callable[..., Any]]
"""A tensor, and the function from the gradients by some results to that by the tensor."""


def has_tapes() -> bool:
    """Whether tapes can be told of derivatives at all, as `record_derivatives` does."""
    return record is not None


def is_recording() -> bool:
    """Whether a tape or a forward accumulator may be following, in eager mode."""
    return record is None or record.could_possibly_record()


def in_forward_mode(*tensors: tf.Tensor) -> bool:
    """Whether a tf.autodiff.ForwardAccumulator follows one of them."""
    if pack_tangents is not None:
        return bool(pack_tangents(list(tensors)).tangents)
    return any(_is_followed(x) for x in tensors if x.dtype.is_floating)


def _is_followed(x: tf.Tensor) -> bool:
    followed = False

    @tf.custom_gradient
    def probe(x: tf.Tensor) -> Any:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            nonlocal followed
            followed = True  # an accumulator asks at once, a tape later
            return upstream

        return tf.identity(x), gradient

    probe(x)
    return followed


def unrecorded() -> Any:
    """A context whose ops no tape sees, for what has a formula as its derivative."""
    return record.stop_recording()


def record_derivatives(results: list[tf.Tensor], *derivatives: Derivative) -> None:
    """Tell the tapes that follow the derivatives of `results`, which were made `unrecorded`."""
    watched = [(x, by_x) for x, by_x in derivatives if record.should_record_backprop([x])]
    if watched:
        record.record_operation(
            "lossbridge",
            results,
            [x for x, _ in watched],
            lambda *upstream: [by_x(*upstream) for _, by_x in watched],
        )


def in_xla() -> bool:
    """Whether a graph is being built that XLA is known to compile; False where it cannot be told."""
    if tf.executing_eagerly() or _graph_in_xla is None:
        return False
    return _graph_in_xla(tf.compat.v1.get_default_graph())


def with_control_flow(function: Callable[..., Any]) -> Callable[..., Any]:
    """A user's `function`, whose Python control flow works in a graph as well."""
    autograph = getattr(_internal, "autograph", None)
    if autograph is None:
        converted = tf.autograph.to_graph(getattr(function, "__func__", function))
        owner = getattr(function, "__self__", None)
        return converted if owner is None else functools.partial(converted, owner)
    return autograph.tf_convert(function, autograph.control_status_ctx())
