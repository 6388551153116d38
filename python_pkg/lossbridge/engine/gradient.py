"""A value with its derivative in closed form, in every way that TensorFlow differentiates.

Tapes (`tf.GradientTape`, forward mode) take what is recorded for them; `tf.gradients`, branches, loops and
the graphs of TensorFlow 1 take the gradient that is registered for an op. Both lead to the same formula.

`tf.custom_gradient` does the same, but registers a function for each graph that is traced, which keeps the
graph alive for as long as the process runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from lossbridge._backend import tf
from lossbridge.engine import _tensorflow, options

Shared = Callable[[tf.Tensor, tf.Tensor], Sequence[tf.Tensor]]
"""A function of t and p that gives what value and gradient share, such as sums of rows."""


def nothing_shared(t: tf.Tensor, p: tf.Tensor) -> tuple[()]:
    """Where value and gradient share nothing."""
    return ()


def with_gradient(
    value: Callable[..., tf.Tensor],
    gradient: Callable[..., tf.Tensor],
    t: tf.Tensor,
    p: tf.Tensor,
    shared: Shared = nothing_shared,
    curvature: Callable[..., tf.Tensor] | None = None,
) -> tf.Tensor:
    """`value(t, p, *shared(t, p))`, whose gradient by p is `gradient(t, p, upstream, *shared(t, p))`.

    `curvature(t, p, upstream, *shared(t, p))` is the diagonal of the second derivative by p, see
    `options.diagonal`.

    Differentiating op by op keeps every intermediate array, passes over each again, and loses digits that
    the formula keeps. The formula is made of differentiable ops, so that second derivatives work. The
    gradient by t is seldom asked for and comes from differentiating `value`.
    """
    if tf.executing_eagerly() and not _tensorflow.is_recording():
        return value(t, p, *shared(t, p))
    if not options.current().closed_form or _tensorflow.in_forward_mode(t, p):
        # Forward mode cannot transpose the tapes that the gradients by t and by what is shared come from.
        return value(t, p, *shared(t, p))
    if curvature is not None and options.is_diagonal():
        gradient = _with_diagonal(gradient, curvature, shared)
    formula = _Formula(value, gradient, shared)
    if not _tensorflow.has_tapes():
        return formula.by_custom_gradient(t, p)
    return formula.recorded(t, p)


def _with_diagonal(
    gradient: Callable[..., tf.Tensor], curvature: Callable[..., tf.Tensor], shared: Shared
) -> Callable[..., tf.Tensor]:
    """`gradient`, whose own gradient is the diagonal of its derivative by p."""

    def with_diagonal(t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
        return with_gradient(
            lambda t, p, *shared: gradient(t, p, upstream, *shared),
            lambda t, p, ones, *shared: ones * curvature(t, p, upstream, *shared),
            t,
            p,
            shared,
        )

    return with_diagonal


class _Formula:
    def __init__(
        self,
        value: Callable[..., tf.Tensor],
        gradient: Callable[..., tf.Tensor],
        shared: Shared,
    ) -> None:
        self._value, self._gradient, self._shared = value, gradient, shared

    def recorded(self, t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        """The value, with its derivatives on the tapes that watch, and on an op in a graph."""
        with _tensorflow.unrecorded():
            shared = tuple(self._shared(t, p))
            result = self._value(t, p, *shared)
            if not tf.executing_eagerly():
                result = _with_registered_gradient(self, result, t, p, shared)
        if shared:
            # Second derivatives see what is shared as functions of t and p.
            _tensorflow.record_derivatives(
                list(shared),
                (t, lambda *upstream: self._shared_by(0, t, p, upstream)),
                (p, lambda *upstream: self._shared_by(1, t, p, upstream)),
            )
        _tensorflow.record_derivatives(
            [result],
            (t, lambda upstream: self.by_t(t, p, _dense(upstream))),
            (p, lambda upstream: self.by_p(t, p, _dense(upstream), result, *shared)),
        )
        return result

    def by_custom_gradient(self, t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        """The same by what TensorFlow has in public; a graph keeps it for good."""

        @tf.custom_gradient
        def result(t: tf.Tensor, p: tf.Tensor) -> Any:
            value = self._value(t, p, *self._shared(t, p))

            def gradients(upstream: Any) -> Any:
                upstream = _dense(upstream)
                by_p = self._gradient(t, p, upstream, *self._shared(t, p))
                return (self.by_t(t, p, upstream) if t.dtype.is_floating else None), by_p

            return value, gradients

        return result(t, p)

    def by_p(
        self, t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor, result: tf.Tensor, *shared: tf.Tensor
    ) -> tf.Tensor:
        """The gradient by p. Where nothing is shared, a graph makes it after the value, not beside it, so
        that it reuses the memory of the value."""
        with tf.control_dependencies([] if shared else [result]):
            return self._gradient(t, p, upstream, *shared)

    def by_t(self, t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor | None:
        """The gradient by t."""
        if not t.dtype.is_floating:
            return None
        return differentiated(
            lambda t: self._value(t, p, *self._shared(t, p)), tf.identity(t), upstream
        )

    def _shared_by(
        self, index: int, t: tf.Tensor, p: tf.Tensor, upstream: Sequence[tf.Tensor]
    ) -> tf.Tensor | None:
        x = (t, p)[index]
        if not x.dtype.is_floating:
            return None

        def of(x: tf.Tensor) -> Sequence[tf.Tensor]:
            return self._shared(*((x, p) if index == 0 else (t, x)))

        return differentiated(of, tf.identity(x), upstream)


def differentiated(
    function: Callable[[tf.Tensor], Any], x: tf.Tensor, upstream: Any = None
) -> tf.Tensor:
    """The derivative of `function` at `x`, of its sum or weighed by `upstream`, op by op."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        result = function(x)
    return tape.gradient(result, x, upstream, unconnected_gradients="zero")


def _dense(upstream: Any) -> tf.Tensor:
    """A gradient as a tensor: that of some rows, which tf.gather has picked, is tf.IndexedSlices."""
    return tf.convert_to_tensor(upstream)


# -- second derivatives ----------------------------------------------------------------------------


def diagonal(
    gradient: Callable[[tf.Tensor], tf.Tensor], p: tf.Tensor, axes: tuple[int, ...]
) -> tf.Tensor:
    """The diagonal of the derivative of `gradient`.

    Args:
        gradient: A function of predictions, of their shape.
        p: The predictions.
        axes: The axes along which an entry of the gradient depends on other entries, counted from the end.
    """

    def along(direction: tf.Tensor) -> tf.Tensor:
        return differentiated(gradient, p, direction)

    if not axes:
        with options.diagonal():
            return along(tf.ones_like(p))
    rank, sizes = p.shape.rank, tf.shape(p)
    known = [p.shape[axis] for axis in axes]
    entries = math.prod(known) if None not in known else tf.reduce_prod([sizes[a] for a in axes])
    shape = [sizes[i] if i - rank in axes else 1 for i in range(rank)]

    def add(entry: tf.Tensor, found: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        here = tf.reshape(tf.one_hot(entry, entries, dtype=p.dtype), shape)
        here = tf.broadcast_to(here, sizes)
        # Nothing of a column but its own entry: elsewhere it may be NaN.
        return entry + 1, tf.where(tf.equal(here, 1.0), along(here), found)

    return tf.while_loop(lambda entry, _: entry < entries, add, (0, tf.zeros_like(p)))[1]


# -- in graphs ------------------------------------------------------------------------------------

_REGISTERED = "LossbridgeFormula"
_FORMULAS = "_lossbridge_formulas"
"""Where a graph keeps the formulas of its ops by their names: for as long as the graph lives."""


def _with_registered_gradient(
    formula: _Formula, result: tf.Tensor, t: tf.Tensor, p: tf.Tensor, shared: Sequence[tf.Tensor]
) -> tf.Tensor:
    """`result` through an op whose gradient is the formula, for all that does not look at tapes."""
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map({"IdentityN": _REGISTERED}):
        result = tf.identity_n([result, t, p, *shared])[0]
    if not hasattr(graph, _FORMULAS):
        setattr(graph, _FORMULAS, {})
    getattr(graph, _FORMULAS)[result.op.name] = formula
    return result


@tf.RegisterGradient(_REGISTERED)
def _registered(op: Any, upstream: Any, *others: Any) -> list[Any]:
    formulas = {} if op is None else getattr(op.graph, _FORMULAS, {})
    if op is None or op.name not in formulas:
        # A graph that was saved and loaded: its value is differentiated op by op. (Saving asks with None.)
        return [upstream, *others]
    upstream = _dense(upstream)
    formula, (_, t, p, *shared) = formulas[op.name], op.inputs
    by_p = formula.by_p(t, p, upstream, op.outputs[0], *shared)
    return [None, formula.by_t(t, p, upstream), by_p, *(None for _ in shared)]
