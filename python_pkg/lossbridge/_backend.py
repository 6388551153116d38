"""The libraries under lossbridge, imported in one place: `tf`, `keras` and, where installed, `tf_keras`."""

from __future__ import annotations

import importlib.util
from typing import Any

try:
    import tensorflow as tf
except ImportError as error:
    raise ImportError(
        "lossbridge computes with TensorFlow, which is not installed here. Type one of:\n"
        "    pip install 'lossbridge[cpu]'    # CPU only\n"
        "    pip install 'lossbridge[gpu]'    # with CUDA"
    ) from error

import keras

if not hasattr(keras, "version") or int(keras.version().split(".")[0]) < 3:
    raise ImportError(
        f"lossbridge needs Keras 3, and found Keras {getattr(keras, '__version__', '?')}. Type:\n"
        "    pip install 'keras>=3' 'tensorflow>=2.16'"
    )

tf_keras: Any = None
if importlib.util.find_spec("tf_keras") is not None:
    import tf_keras  # type: ignore[no-redef]

__all__ = ["keras", "tf", "tf_keras"]
