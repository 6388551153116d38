"""The `Loss` object: a loss with its arguments, reduction and semantics, ready for compile()."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossbridge import checks, evaluate, generations, ragged, registry
from lossbridge import reduction as reductions
from lossbridge._backend import keras, tf, tf_keras
from lossbridge.engine._tensorflow import with_control_flow
from lossbridge.keras_protocol import mask_of, scales_for_replicas
from lossbridge.reduction import DEFAULT
from lossbridge.symbolic import LAYERS, library_of

# One class for the compile() of either Keras, each of which asks whether a loss is one of its own.
_Bases: Any = (
    (keras.losses.Loss,) if tf_keras is None else (keras.losses.Loss, tf_keras.losses.Loss)
)


class Loss(*_Bases):
    """A loss that reduces over a batch. Subclass it and define `call` for a loss of your own.

    Args:
        name: The name, for logs.
        reduction: How per-sample values become one number: "sum_over_batch_size" or "mean" (the sum
            divided by the number of values), "sum", "mean_with_sample_weight" (divided by the sum of
            the weights), "none" or None (no reduction). "auto" is the first, as in Keras 2.
        dtype: The dtype to compute in, a name or a Keras dtype policy. None for Keras' floatx, under
            semantics keras2 for the dtype of `y_pred`. The losses of lossbridge never cast integer labels
            to it; a `call` of your own gets them as floats, as in Keras 3, or as integers if it fails so.

    Attributes:
        semantics: The name of the numbers this object computes, fixed when it is made; see
            `lossbridge.semantics`.

    Raises:
        InputError: If an argument is not one of its values.
    """

    _spec: registry.LossSpec | None = None
    _fn_kwargs: dict[str, Any] = {}

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = DEFAULT,
        dtype: Any = None,
    ) -> None:
        checks.name(name)
        try:
            keras.losses.Loss.__init__(self, name=name, dtype=dtype)
            is_float = checks.is_float(tf.as_dtype(self.dtype))
        except (TypeError, ValueError):
            is_float = False
        if not is_float:
            raise checks.no_float_dtype(dtype)
        self.reduction = reductions.standardize(reduction)
        self._given_dtype = dtype
        self._semantics = generations.current()

    @property
    def semantics(self) -> str:
        """The name of the numbers this object computes, see `lossbridge.semantics`."""
        return self._semantics.name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
        """The loss of a batch.

        Args:
            y_true: True values, as the loss takes them.
            y_pred: Predictions, as the loss takes them; the Keras mask of a tensor is honoured. Both may be
                a `tf.RaggedTensor`, with rows of the same lengths.
            sample_weight: Weights of the samples, of shape (), [batch], [batch, 1] or that of the
                per-sample values, ragged where those are. A NaN with weight 0 leaks neither into the
                value nor into a gradient. A loss of one number for the batch is multiplied by each of
                the weights.

        Returns:
            A scalar, or for reduction "none" the weighted per-sample values.

        Raises:
            InputError: If the inputs do not fit each other or the loss.
        """
        library = library_of(y_true, y_pred, sample_weight)
        if library is not None:
            return LAYERS[library](self)(y_true, y_pred, sample_weight=sample_weight)
        call = self.call
        if self._spec is None and not tf.executing_eagerly():
            # Python control flow in a user's call() works in a graph, as it does in Keras 2.
            call = with_control_flow(call)
        return self._reduced(call, y_true, y_pred, sample_weight)

    @tf.autograph.experimental.do_not_convert
    def _reduced(
        self, call: Callable[..., Any], y_true: Any, y_pred: Any, sample_weight: Any
    ) -> tf.Tensor:
        mask = mask_of(y_pred)
        with generations.use(self._semantics):
            dtype = self._working_dtype(y_pred)
            restored: Callable[[tf.Tensor], Any] = lambda values: values  # noqa: E731
            if self._spec is None:
                values = evaluate.of_call(call, y_true, y_pred, dtype, sample_weight, mask)
            else:
                y_pred = _cast_floats(y_pred, "y_pred", dtype, True)
                y_true = _cast_floats(y_true, "y_true", dtype, False)
                batch = ragged.flattened(
                    self._spec, y_true, y_pred, self._fn_kwargs, sample_weight, mask
                )
                batch = evaluate.weighed(self._spec, batch)
                restored, sample_weight, mask = batch.restored, batch.sample_weight, batch.mask
                values = evaluate.of_batch(self._spec, batch)
            counted = mask_of(values)  # False where ignore_class, say
            if mask is not None:
                mask = reductions.align(tf.cast(mask, tf.bool), values.shape, "mask")
                counted = mask if counted is None else mask & counted
            how = reductions.standardize(self.reduction)  # an attribute that anyone may set
            classes = None
            if self._spec is not None and how == "mean_with_sample_weight":
                classes = evaluate.class_weights(self._spec, batch)
            value = reductions.reduce(
                values, sample_weight, counted, how, class_weight=classes, replicas=self._replicas()
            )
            value = value if dtype is None else checks.cast(value, dtype)
            return restored(value) if how in ("none", None) else value

    def call(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        """Per-sample values of shape [batch, d0, .. dN-1]; what a subclass defines."""
        raise NotImplementedError("A subclass of Loss defines call(y_true, y_pred).")

    def get_config(self) -> dict[str, Any]:
        """Every argument of the object, and its semantics where they are not the default."""
        config = {"name": self.name, "reduction": self.reduction}
        if self._given_dtype is not None:
            config["dtype"] = keras.dtype_policies.get(self._given_dtype).name
        return {**config, **self._semantics.config()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """An object from what `get_config` gave; one of Keras' own configs will do as well."""
        return registry.from_config(cls, config)

    def _working_dtype(self, y_pred: Any) -> tf.DType | None:
        if self._given_dtype is None and self._semantics.object_dtype == "y_pred":
            dtype = getattr(y_pred, "dtype", None)
            return (
                None if dtype is None or not tf.as_dtype(dtype).is_floating else tf.as_dtype(dtype)
            )
        return tf.as_dtype(self.dtype)

    def _replicas(self) -> int:
        if not tf.distribute.has_strategy():
            return 1
        if scales_for_replicas(self) and self.reduction in ("auto", "sum_over_batch_size"):
            return 1
        return tf.distribute.get_strategy().num_replicas_in_sync

    def __repr__(self) -> str:
        config = self.get_config()
        config.pop("name")
        config.setdefault("semantics", self.semantics)
        arguments = ", ".join(f"{key}={value!r}" for key, value in config.items())
        return f"<lossbridge {type(self).__name__}({arguments})>"


class LossFunctionWrapper(Loss):
    """A `Loss` of a function of `(y_true, y_pred)` that returns per-sample values.

    Args:
        fn: The function: one of lossbridge's or your own.
        reduction: See `Loss`.
        name: See `Loss`; by default the name of the function.
        dtype: See `Loss`.
        **kwargs: Further arguments of `fn`.
    """

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = DEFAULT,
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            name=name or getattr(fn, "__name__", None), reduction=reduction, dtype=dtype
        )
        self.fn = fn
        spec = registry.spec_of(fn)
        self._fn_kwargs = kwargs if spec is None else spec.checked(kwargs)
        overridden = type(self).call is not LossFunctionWrapper.call
        self._spec = None if overridden else spec

    def __init_subclass__(cls, of: Callable[..., Any] | None = None) -> None:
        """Make a class known as that of the loss `of`; a user's subclass has none."""
        super().__init_subclass__()
        spec = registry.spec_of(of)
        if spec is not None:
            registry.CLASSES[spec.name] = registry.serializable(cls, cls.__name__)

    def __getattr__(self, attribute: str) -> Any:
        # The arguments of the loss as attributes: loss.delta, loss.from_logits.
        arguments = self.__dict__.get("_fn_kwargs", {})
        if attribute in arguments:
            return arguments[attribute]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {attribute!r}")

    def __setattr__(self, attribute: str, value: Any) -> None:
        arguments = self.__dict__.get("_fn_kwargs", {})
        if attribute in arguments and type(self) in registry.CLASSES.values():
            arguments[attribute] = value  # which the function checks
        else:
            super().__setattr__(attribute, value)

    def call(self, y_true: Any, y_pred: Any) -> tf.Tensor:
        """Per-sample values of shape [batch, d0, .. dN-1]."""
        if self._spec is not None:
            batch = ragged.flattened(self._spec, y_true, y_pred, self._fn_kwargs)
            return batch.restored(evaluate.of_batch(self._spec, batch))
        if tf.is_tensor(y_true) and tf.is_tensor(y_pred):
            y_true, y_pred = checks.same_rank(y_true, y_pred)
        return self.fn(y_true, y_pred, **self._fn_kwargs)

    def get_config(self) -> dict[str, Any]:
        """Every argument of the object, and its semantics where they are not the default."""
        spec = registry.spec_of(self.fn)
        arguments = self._fn_kwargs if spec is None else spec.written(self._fn_kwargs)
        config = {**super().get_config(), **arguments}
        if type(self) is LossFunctionWrapper:
            config["fn"] = keras.saving.serialize_keras_object(self.fn)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Loss:
        """An object from what `get_config` gave; one of Keras' own configs will do as well."""
        if isinstance(config, dict) and "fn" in config:
            config = dict(config)
            fn = keras.saving.deserialize_keras_object(config.pop("fn"))
            if cls is LossFunctionWrapper:
                config["fn"] = fn
        return super().from_config(config)


registry.serializable(LossFunctionWrapper, "LossFunctionWrapper")


def _cast_floats(x: Any, argument: str, dtype: tf.DType | None, integers: bool) -> tf.Tensor:
    """Floats as `dtype`; integers too only where told, since labels beyond 256 do not fit bfloat16."""
    if ragged.is_ragged(x):
        return ragged.mapped(lambda x: _cast_floats(x, argument, dtype, integers), x)
    x = checks.tensor(x, argument)
    if dtype is None or not (integers or x.dtype.is_floating):
        return x
    return checks.cast(x, dtype)
