"""A loss that XLA compiles because it was asked to: `lossbridge.compiled(loss)`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from lossbridge import checks, generations, keras_protocol, reduction, registry
from lossbridge._backend import tf
from lossbridge.engine.gradient import diagonal, differentiated
from lossbridge.losses import Loss, get


def compiled(loss: Any, max_shapes: int = 16) -> Compiled:
    r"""A loss whose value and gradient are programs of XLA, one for each shape that it is called with.

    It pays where one loss is called many times with large arrays of one shape outside of a `tf.function`:
    the booster that asks for gradients, the optimiser in R. Op by op each operation writes an array that
    the next one reads; compiled, they are one pass or two. On two cores, value and gradient of 20000 x 100
    take a third of the time and less. The first call of each shape compiles, which takes 0.1 to 1 s. In a
    `tf.function` or in `fit()` it gains nothing: write `jit_compile=True` there. Last digits may differ
    from those of the loss.

    Args:
        loss: A function or a `Loss` object of lossbridge, the name of one, or your own function of
            `(y_true, y_pred)` in TensorFlow.
        max_shapes: How many programs are kept; the one that was not used for longest goes first. Its graph
            is freed, its machine code, less than 1 MB, TensorFlow keeps.

    Returns:
        An object with `value`, `gradient`, `value_and_gradient`, `hessian` and `gradient_and_hessian`, each
        of `(y_true, y_pred, sample_weight=None)`, and `clear()`. Called like a loss it gives the value. The
        gradient is that of the sum of the values by `y_pred`, in its shape and dtype; for the Hessian see
        `hessian`.

    Raises:
        InputError: If `loss` is none, or `max_shapes` is no number of at least 1.
        RuntimeError: At a call, where TensorFlow has no XLA for its device.

    Example:
        >>> import lossbridge
        >>> huber = lossbridge.compiled(lossbridge.losses.Huber(delta=2.0))
        >>> value, gradient = huber.value_and_gradient([[0.0, 1.0]], [[1.0, 5.0]])
        >>> float(value), gradient.numpy().tolist()
        (3.25, [[0.5, 1.0]])
    """
    return Compiled(loss, max_shapes)


class Compiled:
    """See `compiled`."""

    def __init__(self, loss: Any, max_shapes: int = 16) -> None:
        self.loss = get(loss) if isinstance(loss, str) else loss
        if not callable(self.loss):
            raise checks.InputError("loss", "a loss, or the name of one", checks.describe(loss))
        self.max_shapes = checks.whole_number(max_shapes, "max_shapes", low=1)
        self._semantics = generations.current()
        spec = getattr(self.loss, "_spec", None) or registry.spec_of(self.loss)
        self._takes_labels = spec is not None and spec.truth in ("label", "sequence")
        self._programs: OrderedDict[Any, Callable[..., Any]] = OrderedDict()

    def value(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The loss of these data, as the loss itself gives it."""
        return self._run("value", y_true, y_pred, sample_weight)[0]

    __call__ = value

    def gradient(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The derivative of the sum of the values by `y_pred`."""
        return self._run("gradient", y_true, y_pred, sample_weight)[1]

    def value_and_gradient(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Both, in one program."""
        value, gradient = self._run("both", y_true, y_pred, sample_weight)
        return value, gradient

    def hessian(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The diagonal of the second derivative of the sum of the values by `y_pred`; see `hessian`."""
        return self._run("hessian", y_true, y_pred, sample_weight)[1]

    def gradient_and_hessian(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Both, in one program."""
        gradient, hessian = self._run("derivatives", y_true, y_pred, sample_weight)
        return gradient, hessian

    def clear(self) -> None:
        """Forget all programs."""
        self._programs.clear()

    def __len__(self) -> int:
        """How many programs are kept."""
        return len(self._programs)

    def __repr__(self) -> str:
        name = getattr(self.loss, "__name__", type(self.loss).__name__)
        return f"<lossbridge compiled {name}, {len(self)} of {self.max_shapes} programs>"

    def _run(self, what: str, y_true: Any, y_pred: Any, sample_weight: Any) -> tuple[Any, ...]:
        y_pred = checks.float_tensor(y_pred, "y_pred")
        y_true = checks.tensor(y_true, "y_true")
        tensors = [y_true, y_pred]
        if sample_weight is not None:
            tensors.append(checks.float_tensor(sample_weight, "sample_weight"))
        if not tf.executing_eagerly():
            return self._computed(what, *tensors)[:2]
        with generations.use(self._semantics):
            try:
                first, second, is_wrong = self._program(what, tensors)(*tensors)
            except (tf.errors.UnimplementedError, tf.errors.NotFoundError) as error:
                raise RuntimeError(
                    f"TensorFlow has no XLA for {y_pred.device or 'this device'}, or none for an operation "
                    "of this loss; use the loss without compiled()."
                ) from error
            if is_wrong is not None and bool(is_wrong):
                # XLA cannot say that a label is no class, and makes it NaN. The loss says so.
                first, second, _ = self._computed(what, *tensors)
        return first, second

    def _program(self, what: str, tensors: list[tf.Tensor]) -> Callable[..., Any]:
        specs = [tf.TensorSpec(x.shape, x.dtype) for x in tensors]
        key = (what, tensors[1].device, generations.epsilon(), *specs)
        if key not in self._programs:
            while len(self._programs) >= self.max_shapes:
                self._programs.popitem(last=False)
            program = tf.function(
                lambda *tensors: self._computed(what, *tensors), jit_compile=True, autograph=False
            )
            self._programs[key] = program.get_concrete_function(*specs)
        self._programs.move_to_end(key)
        return self._programs[key]

    def _computed(self, what: str, *tensors: tf.Tensor) -> tuple[Any, ...]:
        """Two of value, gradient and Hessian; whether the first is NaN, of losses that take labels."""
        if what in ("hessian", "derivatives"):
            first, second = self._derivatives(*tensors)
        else:
            y_pred, second = tensors[1], None
            if what == "value":
                first = weighted_value(self.loss, *tensors)
            else:
                with tf.GradientTape() as tape:
                    tape.watch(y_pred)
                    first = weighted_value(self.loss, *tensors)
                second = tape.gradient(first, y_pred, unconnected_gradients="zero")
        is_wrong = tf.reduce_any(tf.math.is_nan(first)) if self._takes_labels else None
        return None if what in ("gradient", "hessian") else first, second, is_wrong

    def _derivatives(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, *weight: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def gradient(p: tf.Tensor) -> tf.Tensor:
            return differentiated(lambda p: weighted_value(self.loss, y_true, p, *weight), p)

        axes = registry.coupled_axes(self.loss, y_true, y_pred)
        return gradient(y_pred), diagonal(gradient, y_pred, axes)


def weighted_value(
    loss: Any, y_true: tf.Tensor, y_pred: tf.Tensor, sample_weight: tf.Tensor | None = None
) -> tf.Tensor:
    """The value of a loss: an object weighs itself, the values of a function are multiplied."""
    if sample_weight is None:
        return loss(y_true, y_pred)
    if isinstance(loss, Loss):
        return loss(y_true, y_pred, sample_weight=sample_weight)
    values = loss(y_true, y_pred)
    mask = keras_protocol.mask_of(values)
    return reduction.reduce(values, sample_weight, mask, "none")
