"""The libraries under lossbridge, imported in one place: `tf`, `keras` and, where installed, `tf_keras`."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

try:
    import tensorflow as tf
except ImportError as error:
    raise ImportError(
        "lossbridge computes with TensorFlow, which is not installed here. Type one of:\n"
        '    pip install "lossbridge[cpu]"    # CPU only\n'
        '    pip install "lossbridge[gpu]"    # with CUDA'
    ) from error

import keras

if not hasattr(keras, "version") or int(keras.version().split(".")[0]) < 3:
    raise ImportError(
        f"lossbridge needs Keras 3, and found Keras {getattr(keras, '__version__', '?')}. Type:\n"
        '    pip install "keras>=3.7" "tensorflow>=2.16"'
    )

tf_keras: Any = None
if importlib.util.find_spec("tf_keras") is not None:
    import tf_keras  # type: ignore[no-redef]

# The Keras whose metrics ours are: Keras 3, unless TensorFlow was told to use Keras 2 as tf.keras.
_legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
metrics_keras: Any = tf_keras if _legacy and tf_keras is not None else keras

# Whether to take all private names of TensorFlow and Keras as missing, for tests.
PUBLIC_ONLY = os.environ.get("LOSSBRIDGE_PUBLIC_ONLY") == "1"


def forwarding(
    peer: ModuleType, ours: dict[str, Any]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module that gives the public names of `peer` that it lacks.

    Args:
        peer: The module of Keras that ours stands for.
        ours: The namespace of our module.
    """

    def getattribute(name: str) -> Any:
        if not name.startswith("_") and hasattr(peer, name):
            return getattr(peer, name)
        raise AttributeError(f"module {ours['__name__']!r} has no attribute {name!r}")

    def directory() -> list[str]:
        return sorted({*ours, *(name for name in dir(peer) if not name.startswith("_"))})

    return getattribute, directory


__all__ = ["PUBLIC_ONLY", "forwarding", "keras", "metrics_keras", "tf", "tf_keras"]
