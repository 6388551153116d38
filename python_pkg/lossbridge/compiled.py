"""What is compiled without being asked for: losses called again and again, and large parts of graphs.

Op by op, each op writes an array that the next one reads again; compiled, they are one pass or two.
Value and gradient of 20000 x 100 float32, medians on two cores of an EPYC processor: mean squared error
9.7 -> 3.2 ms, binary cross-entropy 31 -> 8, squared logarithmic error 52 -> 9. Compiling takes 0.1 s and
more, which neither an interactive call nor a ragged last batch shall pay for: in eager mode it is done at
the call `CALLS` + 1 of one loss with one shape. `tf.config.run_functions_eagerly(True)` turns it off.

Where the arrays are small the ops that are called are the cost, 10 to 20 us each: they become one call of a
graph, without XLA, whose programs take longer to start. It pays later, after `CALLS_OF_SMALL` calls.

A graph is traced anew for another shape, where it knows its shapes. There XLA compiles the value and the
gradient of a loss: see `compiled_in_graph` and `_elements.with_gradient`. That takes 0.1 to 0.8 s of one
traced; what is traced for smaller arrays than before is taken for the last batch of an epoch, and left op
by op.
"""

from __future__ import annotations

import contextvars
import functools
import inspect
import weakref
from collections.abc import Callable
from typing import Any

from lossbridge import column_major, generations
from lossbridge._backend import tf
from lossbridge.tape import in_forward_mode, record, recorded
from lossbridge.target import has_xla, in_xla, is_small

CALLS = 8
"""So many calls of one loss with one large shape run op by op."""

CALLS_OF_SMALL = 64
"""So many of one small shape."""

_MANY_OPS = 12  # the call of a graph takes the time of ten ops


def compiled_in_graph(x: tf.Tensor) -> bool:
    """Whether XLA had better compile what a graph does to arrays like `x`.

    Not the last batch of an epoch, nor batches of a size that is known only when the graph runs: XLA would
    compile anew for the last of them.
    """
    if tf.executing_eagerly() or in_xla() or record is None or not has_xla():
        return False
    graph: Any = tf.compat.v1.get_default_graph()
    if not graph.building_function or not x.shape.is_fully_defined() or is_small(x):
        return False
    return not _is_last_batch(x, graph)


def _is_last_batch(x: tf.Tensor, graph: Any) -> bool:
    """Whether the tf.function that is traced has been traced before, for a larger array."""
    function = _traced()
    if function is None:
        return False
    while (outer := getattr(graph, "outer_graph", None)) is not None and outer.building_function:
        graph = outer  # of a branch or a loop
    seen = _largest.setdefault(function, {})
    kind, size = (x.shape.rank, x.dtype), x.shape.num_elements()
    its_graph, largest = seen.get(kind, (weakref.ref(graph), 0))
    if its_graph() is not graph and size < largest:
        return True
    seen[kind] = weakref.ref(graph), max(size, largest)
    return False


_largest: weakref.WeakKeyDictionary[Any, dict[Any, Any]] = weakref.WeakKeyDictionary()
"""Of each tf.function, by rank and dtype: the graph with the largest array, and its size."""


def _traced() -> Any:
    """The outermost tf.function that is being traced, or None; no graph knows, but its callers do."""
    frame, found = inspect.currentframe(), None
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, tf.types.experimental.PolymorphicFunction):
            found = caller
        frame = frame.f_back
    return found


def as_program(function: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    """`function` as one program of XLA in a graph that is not compiled by it."""
    program = tf.function(function, jit_compile=True, autograph=False)
    # TensorFlow cannot differentiate a branch in whose gradient a function takes a tensor of the branch.
    return lambda *tensors: program(*map(tf.identity, tensors))


def call(
    mathematics: Callable[..., tf.Tensor],
    y_true: tf.Tensor,
    y_pred: tf.Tensor,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    *,
    labels: bool,
) -> tf.Tensor:
    """`mathematics(y_true, y_pred, *args, **kwargs)`, compiled where that has come to pay.

    Args:
        mathematics: The function of a loss, after all checks of shapes and dtypes.
        y_true: Its first argument.
        y_pred: Its second argument.
        args: Further arguments.
        kwargs: Further arguments by name.
        labels: Whether `y_true` holds class labels, whose values are checked in the mathematics.
    """
    if not tf.executing_eagerly() or _is_off() or in_forward_mode(y_true, y_pred):
        return mathematics(y_true, y_pred, *args, **kwargs)
    arguments = (*enumerate(args), *sorted(kwargs.items()))
    key = tuple((name, type(x), x) for name, x in arguments)  # True is not 1 to a check
    state = generations.current(), column_major.last(), y_pred.device
    shapes = y_true.shape, y_true.dtype, y_pred.shape, y_pred.dtype
    small = is_small(y_pred)
    try:
        program = _program(mathematics, key, state, shapes, small)
    except TypeError:  # an argument that is a list or an array
        return mathematics(y_true, y_pred, *args, **kwargs)
    program.calls += 1
    if program.calls <= (CALLS_OF_SMALL if small else CALLS) or not program.pays(y_true, y_pred):
        return mathematics(y_true, y_pred, *args, **kwargs)
    try:
        result = program(y_true, y_pred)
        # XLA cannot say that a label is no class, and makes it NaN; a graph says it in other words.
        right = not labels or small or not bool(tf.reduce_any(tf.math.is_nan(result)))
    except tf.errors.InvalidArgumentError:
        right = False
    return result if right else mathematics(y_true, y_pred, *args, **kwargs)


def _is_off() -> bool:
    return record is None or tf.config.functions_run_eagerly()


class _Function:
    """A function that is traced for its first tensors, and called with others like them.

    tf.function looks up at each call what it was traced for: 90 of 250 us.
    """

    def __init__(self, function: Callable[..., Any], xla: bool) -> None:
        self._function = tf.function(function, jit_compile=xla, autograph=False)
        self._traced: Any = None

    def _trace(self, *tensors: tf.Tensor) -> Any:
        if self._traced is None:
            self._traced = self._function.get_concrete_function(*tensors)
        return self._traced

    def __call__(self, *tensors: tf.Tensor) -> Any:
        if record.could_possibly_record():  # XLA can differentiate a tf.cond in no other way
            return self._function(*tensors)
        return self._trace(*tensors)(*tensors)

    def count(self, *tensors: tf.Tensor) -> int:
        """The number of ops that compute something."""
        idle = ("Placeholder", "Const", "Identity", "IdentityN", "NoOp")
        types = [op.type for op in self._trace(*tensors).graph.get_operations()]
        # The ops of a branch are in a graph of their own.
        branches = sum(name.endswith("If") for name in types)
        return sum(name not in idle for name in types) + _MANY_OPS * branches


class _Program:
    """A loss with its arguments, how often it was called, and its compiled value and derivatives."""

    def __init__(self, mathematics: Callable[..., tf.Tensor], key: Any, small: bool) -> None:
        self.calls = 0
        args = [x for name, _, x in key if isinstance(name, int)]
        kwargs = {name: x for name, _, x in key if isinstance(name, str)}
        # Derivatives are traced later, when other semantics may be in force.
        context = contextvars.copy_context()
        compiled = functools.partial(_Function, xla=has_xla() and not small)

        def computed(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
            return context.copy().run(mathematics, t, p, *args, **kwargs)

        @compiled
        def value(t: tf.Tensor, p: tf.Tensor) -> tuple[tf.Tensor, Any]:
            result = computed(t, p)
            return result, getattr(result, "_keras_mask", None)

        def derivative_by(index: int) -> _Function:
            def derivative(t: tf.Tensor, p: tf.Tensor, upstream: tf.Tensor) -> tf.Tensor:
                x = (t, p)[index]
                with tf.GradientTape() as tape:
                    tape.watch(x)
                    result = computed(t, p)
                return tape.gradient(result, x, upstream, unconnected_gradients="zero")

            return compiled(derivative)

        self._value, self._by_t, self._by_p = value, derivative_by(0), derivative_by(1)
        self._pays = None if small else True

    def pays(self, t: tf.Tensor, p: tf.Tensor) -> bool:
        """Whether it is faster than the same op by op: a small program if it saves many ops."""
        if self._pays is None:
            self._pays = self._value.count(t, p) >= _MANY_OPS
        return self._pays

    def __call__(self, t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # The gradient of a function is one by all of its inputs, and keeps what it needs of the value;
        # these are one by one, and start anew from t and p.
        mask = None

        def value() -> tf.Tensor:
            nonlocal mask
            result, mask = self._value(t, p)
            return result

        result = recorded(
            value,
            (t, lambda upstream: self._by_t(t, p, upstream)),
            (p, lambda upstream: self._by_p(t, p, upstream)),
        )
        if mask is not None:
            result._keras_mask = mask
        return result


@functools.lru_cache(maxsize=256)
def _program(
    mathematics: Callable[..., tf.Tensor], key: Any, state: Any, shapes: Any, small: bool
) -> _Program:
    del state, shapes  # what the mathematics reads by itself, and what it is compiled for
    return _Program(mathematics, key, small)
