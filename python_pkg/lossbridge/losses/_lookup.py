"""Losses by name and by config: `get`, `serialize`, `deserialize`."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from lossbridge import checks, registry
from lossbridge._backend import keras, tf_keras
from lossbridge.losses._base import Loss, LossFunctionWrapper


class Reduction:
    """The reductions of Keras 2 as constants, as in `tf.keras.losses.Reduction`."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All four."""
        return (cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE)


def get(identifier: Any) -> Any:
    """A loss from its name, config, class or itself.

    Args:
        identifier: Any name of a loss ("mse", "kullback_leibler_divergence", "huber_loss",
            "Hinge", ..), a config from `serialize`, a loss class, a function or an object, or None.

    Returns:
        The function for a function's name, an object for a class or its name, None for None.

    Raises:
        InputError: If there is no such loss; the message lists the names.

    Example:
        >>> get("logcosh").__name__
        'log_cosh'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        spec = registry.names().get(identifier)
        if spec is None:
            names = ", ".join(sorted(registry.names(), key=str.lower))
            raise checks.InputError(
                "identifier", "the name of a loss", repr(identifier), f"Names: {names}."
            )
        cls = registry.CLASSES[spec.name]
        return cls() if identifier == cls.__name__ else spec.function
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if inspect.isclass(identifier):
        return identifier()
    if callable(identifier):
        return identifier
    raise checks.InputError(
        "identifier",
        "a name, a config, a function or a Loss object",
        checks.describe(identifier),
        f"Could not interpret loss identifier: {identifier}",
    )


def serialize(loss: Any) -> Any:
    """The config of a loss, as Keras writes it into a saved model.

    Args:
        loss: A `Loss` object or a function.

    Returns:
        A dict for `deserialize`, of JSON types.
    """
    return keras.saving.serialize_keras_object(loss)


def deserialize(name: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """A loss from its config or name.

    Args:
        name: What `serialize` (of lossbridge or of Keras) gave, or the name of a loss.
        custom_objects: Further objects by name, as in Keras.

    Returns:
        A `Loss` object, or the function for a function's name or config.

    Raises:
        InputError: If the config is none of a loss.
    """
    if isinstance(name, str):
        if custom_objects and name in custom_objects:
            return custom_objects[name]
        return get(name)
    if (
        not isinstance(name, dict)
        or not isinstance(name.get("class_name"), str)
        or "config" not in name
    ):
        raise checks.InputError(
            "name", "a name or a dict with `class_name` and `config`", f"{name!r}"
        )
    spec = registry.names().get(name["class_name"])
    known = not custom_objects or name["class_name"] not in custom_objects
    if spec is not None and known:
        return registry.CLASSES[spec.name].from_config(name["config"])  # type: ignore[attr-defined]
    if name["class_name"] == "function" and name["config"] in registry.names():
        return get(name["config"])
    return keras.saving.deserialize_keras_object(name, custom_objects=custom_objects)


def teach_keras() -> None:
    """Let the compile() of either Keras resolve the names of losses that it lacks, such as "logcosh".

    Names that a Keras knows keep their meaning there, and metrics are not touched.
    """
    strings = getattr(getattr(keras, "src", None), "losses", None)
    tables = [getattr(strings, "ALL_OBJECTS_DICT", {})]
    if tf_keras is not None:  # it looks strings up in the module that its losses are in
        tables.append(vars(importlib.import_module(tf_keras.losses.Loss.__module__)))
    for spec in registry.LOSSES.values():
        for name in (spec.name, *spec.aliases):
            for table in tables:
                table.setdefault(name, spec.function)


def tell_directions() -> None:
    """Let Keras 3 know that ours are losses, of which less is better: what a callback in mode "auto" asks.

    There is no public way to it. Without, the callback asks for its mode.
    """
    known = getattr(getattr(getattr(keras, "src", None), "losses", None), "ALL_OBJECTS", None)
    if isinstance(known, set):
        known.update(spec.function for spec in registry.LOSSES.values())
        known.update(registry.CLASSES.values(), (Loss, LossFunctionWrapper))
