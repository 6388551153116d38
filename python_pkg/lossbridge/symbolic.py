"""A loss of symbolic tensors, of Keras 3 or of tf_keras: the output of a layer that computes it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lossbridge import generations
from lossbridge._backend import keras, tf, tf_keras


def layers_of_symbolic(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` of arrays, which of symbolic tensors makes a layer's output."""

    @functools.wraps(function)
    def public(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        library = library_of(y_true, y_pred)
        if library is None:
            return function(y_true, y_pred, *args, **kwargs)
        return LAYERS[library](public, args, kwargs)(y_true, y_pred)

    return public


def library_of(*inputs: Any) -> str | None:
    """The Keras that some of the inputs are symbolic tensors of, or None."""
    for x in inputs:
        if x is None or isinstance(x, tf.Tensor):
            continue
        if isinstance(x, keras.KerasTensor):
            return "keras"
        if tf_keras is not None and tf.is_tensor(x) and _of_tf_keras(x):
            return "tf_keras"
    return None


def _of_tf_keras(x: Any) -> bool:
    try:
        return tf_keras.backend.is_keras_tensor(x)
    except ValueError:  # a tensor of another kind
        return False


def _layer(library: Any) -> type:
    @library.saving.register_keras_serializable("lossbridge")
    class LossLayer(library.layers.Layer):
        """Computes a loss, a function or an object, of its inputs."""

        def __init__(
            self,
            loss: Any,
            args: Any = (),
            arguments: Any = None,
            semantics: Any = None,
            **kwargs: Any,
        ) -> None:
            super().__init__(autocast=False, **kwargs)
            self.supports_masking = True
            self.loss, self.args, self.arguments = loss, list(args), dict(arguments or {})
            with generations.semantics(semantics or generations.current().name):
                self.semantics = generations.current()

        def call(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            weights = {} if sample_weight is None else {"sample_weight": sample_weight}
            with generations.use(self.semantics):
                return self.loss(y_true, y_pred, *self.args, **self.arguments, **weights)

        def compute_mask(self, inputs: Any, mask: Any = None) -> None:
            """None: the loss has taken the mask of its inputs into account."""

        def get_config(self) -> dict[str, Any]:
            config = super().get_config()
            config.pop("autocast", None)
            return {
                **config,
                "loss": library.saving.serialize_keras_object(self.loss),
                "args": self.args,
                "arguments": self.arguments,
                "semantics": self.semantics.name,
            }

        @classmethod
        def from_config(cls, config: dict[str, Any]) -> Any:
            loss = library.saving.deserialize_keras_object(config["loss"])
            return cls(**{**config, "loss": loss})

    return LossLayer


LAYERS = {library.__name__: _layer(library) for library in (keras, tf_keras) if library is not None}
"""The layer of a loss in each Keras."""
