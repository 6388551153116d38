"""Where a computation is going to run: op by op, in a graph or in a program of XLA, and on what."""

from __future__ import annotations

import functools
from typing import Any

from lossbridge._backend import tf

try:  # not public, so that a TensorFlow may lack it
    from tensorflow.python.ops.control_flow_util import (  # type: ignore[import-not-found]
        GraphOrParentsInXlaContext as _graph_in_xla,
    )
except ImportError:

    def _graph_in_xla(graph: Any) -> bool:
        """Whether XLA compiles a graph; where it cannot be told, taken to be so."""
        return graph is not None


SMALL = 1 << 15
"""Arrays of fewer elements take less time than the calls of the ops."""


def is_small(x: tf.Tensor) -> bool:
    """Whether an array is known to be so small that the ops called are the cost, not the arithmetic."""
    count = x.shape.num_elements()
    return count is not None and count < SMALL


def in_xla() -> bool:
    """Whether a graph is being built that XLA compiles."""
    return not tf.executing_eagerly() and _graph_in_xla(tf.compat.v1.get_default_graph())


@functools.cache
def cpu_only() -> bool:
    """Whether there is no accelerator."""
    return not (tf.config.list_physical_devices("GPU") or tf.config.list_physical_devices("TPU"))


@functools.cache
def has_xla() -> bool:
    """Whether XLA can compile for the devices there are; a GPU that comes as a plug-in may lack it."""
    return not tf.config.list_physical_devices("GPU") or tf.test.is_built_with_gpu_support()
