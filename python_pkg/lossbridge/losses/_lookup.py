"""Losses by name and by config: `get`, `serialize`, `deserialize`."""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

from lossbridge import checks, generations, registry
from lossbridge._backend import keras, tf_keras
from lossbridge.keras_protocol import teach_directions, teach_names
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
            hint = f"{checks.names_like(identifier, registry.names())}."
            raise checks.InputError("identifier", "the name of a loss", repr(identifier), hint)
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


def deserialize(
    name: Any, custom_objects: dict[str, Any] | None = None, *, keras_version: str | None = None
) -> Any:
    """A loss from its config or name, which computes what it did where it was saved.

    Args:
        name: What `serialize` (of lossbridge or of Keras) gave, or the name of a loss.
        custom_objects: Further objects by name, as in Keras.
        keras_version: The Keras that `name` is a config of; `metadata.json` in a saved model has it. None
            for the one that is installed. It matters for `Tversky` only, whose `alpha` and `beta` are
            swapped in Keras before 3.16, and are swapped back here.

    Returns:
        A `Loss` object, or the function for a function's name or config.

    Raises:
        InputError: If the config is none of a loss, or `keras_version` no version.
    """
    if keras_version is not None and not (
        isinstance(keras_version, str) and re.match(r"\d+\.\d+", keras_version)
    ):
        raise checks.InputError("keras_version", 'a version such as "3.15.1"', repr(keras_version))
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
        config = name["config"]
        of_keras = str(name.get("module")).partition(".")[0] == "keras"
        if spec.name == "tversky" and of_keras and isinstance(config, dict):
            config = _tversky_of_keras(config, keras_version)
        return registry.CLASSES[spec.name].from_config(config)  # type: ignore[attr-defined]
    if name["class_name"] == "function" and name["config"] in registry.names():
        return get(name["config"])
    return keras.saving.deserialize_keras_object(name, custom_objects=custom_objects)


def _tversky_of_keras(config: dict[str, Any], version: str | None) -> dict[str, Any]:
    """A config of Keras' Tversky, with the `alpha` and `beta` that are meant by it."""
    alpha, beta = config.get("alpha", 0.5), config.get("beta", 0.5)
    if alpha == beta:
        return config
    if version is None:
        version = str(keras.__version__)
        warnings.warn(
            f"A config of Keras' Tversky does not say of which Keras it is. It is taken for one of Keras "
            f"{version}, which is installed; those before {generations.TVERSKY_MENDED} swap `alpha` and "
            "`beta`. Say `losses.deserialize(config, keras_version=...)`.",
            stacklevel=3,
        )
    swaps = generations.is_before(version, generations.TVERSKY_MENDED)
    return {**config, "alpha": beta, "beta": alpha} if swaps else config


def teach_keras() -> None:
    """Let the compile() of either Keras resolve the names of losses that it lacks, such as "logcosh".

    Names that a Keras knows keep their meaning there, and metrics are not touched.
    """
    names: dict[str, Any] = {}
    for spec in registry.LOSSES.values():
        names.update(dict.fromkeys((spec.name, *spec.aliases), spec.function))
        # As written into .h5 files: what Keras knows by no other way it takes for something of its own.
        cls = registry.CLASSES[spec.name]
        names |= {f"lossbridge>{spec.name}": spec.function, f"lossbridge>{cls.__name__}": cls}
    for library in (keras, tf_keras):
        if library is not None:
            teach_names(library, "losses", names)


def tell_directions() -> None:
    """Let Keras 3 know that ours are losses, of which less is better."""
    functions = [f for spec in registry.LOSSES.values() for f in (spec.function, spec.metric)]
    teach_directions([*functions, *registry.CLASSES.values(), Loss, LossFunctionWrapper])
