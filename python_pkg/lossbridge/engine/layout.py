"""Column-major arrays, as R has them: a loss over their last axis without a transposing copy.

The transpose of a column-major array is a row-major one of the same memory. A loss over the last axis of
the array is the loss over the first axis of the transpose, so that nothing has to be moved; TensorFlow
itself copies a column-major array element by element; `_tensor` does not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbridge._backend import tf

# Below so many elements a copy costs less than the Python that avoids it.
_SMALL = 1 << 14


def transposes(y_true: Any, y_pred: Any) -> tuple[tf.Tensor, tf.Tensor] | None:
    """Tensors of the transposes, for two large column-major matrices of one shape; else None."""
    if not (_column_major(y_true) and _column_major(y_pred) and y_true.shape == y_pred.shape):
        return None
    if y_pred.dtype not in (np.float32, np.float64):
        return None
    return _tensor(y_true.T), _tensor(y_pred.T)


def _column_major(x: Any) -> bool:
    return (
        isinstance(x, np.ndarray)
        and x.ndim == 2
        and x.size >= _SMALL
        and x.flags.f_contiguous
        and not x.flags.c_contiguous
        and x.dtype.kind in "biuf"
    )


class _Writable:
    """The memory of a read-only array, for DLPack, which exports none; TensorFlow does not write to it."""

    def __init__(self, x: np.ndarray) -> None:
        self.keep = x
        interface = dict(x.__array_interface__)
        interface["data"] = (interface["data"][0], False)
        self.__array_interface__ = interface


def _tensor(x: np.ndarray) -> tf.Tensor:
    # TensorFlow aborts the process on memory that is not aligned to 64 bytes.
    if x.ctypes.data % 64 or x.dtype not in (np.float32, np.float64, np.int32):
        return tf.convert_to_tensor(x)
    with tf.device("CPU:0"):
        return tf.experimental.dlpack.from_dlpack(np.asarray(_Writable(x)).__dlpack__())
