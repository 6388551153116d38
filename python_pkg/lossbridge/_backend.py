"""The libraries under lossbridge, imported in one place: `tf`, `keras` and, where installed, `tf_keras`."""

from __future__ import annotations

import importlib.util
import os
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
        "    pip install 'keras>=3.7' 'tensorflow>=2.16'"
    )

tf_keras: Any = None
if importlib.util.find_spec("tf_keras") is not None:
    import tf_keras  # type: ignore[no-redef]

# The Keras whose metrics ours are: Keras 3, unless TensorFlow was told to use Keras 2 as tf.keras.
_legacy = os.environ.get("TF_USE_LEGACY_KERAS", "").lower() in ("1", "true")
metrics_keras: Any = tf_keras if _legacy and tf_keras is not None else keras

__all__ = ["keras", "metrics_keras", "tf", "tf_keras"]
