"""Losses of sequences whose alignment is not known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import refused
from lossbridge.engine.formula import Rowwise, Values
from lossbridge.engine.rows import dimension
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="sequence", truth="sequence")
def ctc(
    y_true: Any,
    y_pred: Any,
    *,
    ignore_nan: Annotated[bool, refused("Labels that are not there are padding, 0.")] = False,
) -> Values:
    r"""Connectionist temporal classification: \( -\log P(\mathrm{labels} | \mathrm{logits}) \).

    Class 0 is the blank; zeros at the end of a row of labels are padding. Labels for which there are too
    few steps have probability 0: their value is infinite and their gradient 0.

    Args:
        y_true: Class labels from 1 to K - 1, padded with 0, of shape [batch, length].
        y_pred: Logits, of shape [batch, time, K].
        ignore_nan: Must be False. Labels that are not there are padding, 0.

    Returns:
        Per-sample values in nats, of shape [batch], in the dtype of `y_pred` (computed in float64).

    Raises:
        InputError: If the ranks or batch sizes do not fit, or a label is no class.

    Example:
        >>> ctc([[1]], [[[0.0, 0.0]]]).numpy().round(4)
        array([0.6931], dtype=float32)

    Reference:
        Graves, A., Fernandez, S., Gomez, F., Schmidhuber, J. (2006). Connectionist Temporal
        Classification.
    """
    if y_true.shape.rank not in (2, None):
        raise checks.InputError(
            "y_true", "labels of shape (batch, length)", f"of shape {checks.shape(y_true)}"
        )
    if y_pred.shape.rank not in (3, None):
        raise checks.InputError(
            "y_pred", "logits of shape (batch, time, classes)", f"of shape {checks.shape(y_pred)}"
        )
    if not y_true.shape[:1].is_compatible_with(y_pred.shape[:1]):
        raise checks.InputError(
            "y_true",
            f"of the batch size of `y_pred`, {y_pred.shape[0]}",
            f"of batch size {y_true.shape[0]}",
        )
    if y_pred.shape[1] == 0:
        raise checks.InputError("y_pred", "logits of at least one time step", "logits of none")
    if y_true.shape[0] is None or y_pred.shape[0] is None:
        wanted = tf.concat([tf.shape(y_pred)[:1], tf.shape(y_true)[1:]], 0)
        message = "`y_true` must have as many rows as `y_pred`"
        y_true = checks.of_shape(y_true, wanted, message)
    if y_true.shape.rank is None:
        y_true = tf.ensure_shape(y_true, [None, None])
    if y_pred.shape.rank is None:
        y_pred = tf.ensure_shape(y_pred, [None, None, None])
    if y_pred.shape[1] is None:
        message = "`y_pred` must be logits of at least one time step"
        y_pred = checks.holding(tf.shape(y_pred)[1] > 0, y_pred, message)
    labels, valid = checks.class_labels(y_true, dimension(y_pred, -1))
    valid = None if valid is None else tf.reduce_all(valid, -1)
    return Rowwise(_value, _gradient).at(labels, y_pred, (-2, -1), valid=valid)


def _value(labels: tf.Tensor, logits: tf.Tensor, axis: Any) -> tf.Tensor:
    paths = _Paths(labels, logits)
    last = tf.foldl(_step(paths.states), paths.emitted, _start(paths.states))
    total = paths.total(last)
    value = tf.cast(tf.where(_is_possible(total), 0.0 - total, math.inf), logits.dtype)
    return value[:, None, None]


def _gradient(labels: tf.Tensor, logits: tf.Tensor, axis: Any, upstream: tf.Tensor) -> tf.Tensor:
    """The probability of each class less that of the paths that have it there; 0 where no path fits."""
    paths = _Paths(labels, logits)
    # What may come after a step is what comes before it from the end on: one loop for both.
    states = tf.concat([paths.states, paths.mirrored(paths.states)], 0)
    emitted = tf.concat([paths.emitted, paths.mirrored_in_time(paths.emitted)], 1)
    before, after = tf.split(tf.scan(_step(states), emitted, _start(states)), 2, axis=1)
    # The probability of each state at each step; one of them is taken.
    through = tf.nn.softmax(before + paths.mirrored_in_time(after) - paths.emitted)
    blank = tf.reduce_sum(through[..., ::2], -1, keepdims=True)
    by_label = tf.transpose(tf.concat([blank, through[..., 1::2]], -1), [1, 0, 2])
    classes = tf.pad(labels, [[0, 0], [1, 0]])
    by_class = tf.matmul(
        by_label, tf.one_hot(classes, dimension(paths.log_p, -1), dtype=tf.float64)
    )
    possible = _is_possible(paths.total(before[-1]))[:, None, None]
    slope = numerics.zero_elsewhere(possible, tf.exp(paths.log_p) - by_class)
    return tf.cast(slope, logits.dtype) * upstream


_IMPOSSIBLE = -1e300
"""The logarithm of 0, but finite: the difference of two of them is not NaN."""


def _is_possible(log_p: tf.Tensor) -> tf.Tensor:
    # So is NaN; ~(log_p < ..) would say it too, but a graph takes that for log_p >= ..
    return (log_p >= _IMPOSSIBLE / 2) | tf.math.is_nan(log_p)


class _Paths:
    """What an alignment goes through: blank, label, blank, .. label, blank. It may pass over a blank.

    Probabilities are logarithms in float64: the loss of a probable sequence is the logarithm of nearly 1.
    """

    def __init__(self, labels: tf.Tensor, logits: tf.Tensor) -> None:
        self.log_p = tf.nn.log_softmax(tf.cast(logits, tf.float64))
        pairs = tf.stack([tf.zeros_like(labels), labels], -1)
        batch, length = tf.unstack(tf.shape(labels))
        self.states = tf.pad(tf.reshape(pairs, [batch, 2 * length]), [[0, 0], [0, 1]])
        """The class of each state, of shape [batch, states]."""
        self.count = 2 * tf.math.count_nonzero(labels, -1, dtype=tf.int32) + 1
        emitted = tf.gather(self.log_p, self.states, axis=2, batch_dims=1)
        exists = tf.sequence_mask(self.count, tf.shape(self.states)[1])[:, None]
        emitted = tf.where(exists, tf.maximum(emitted, _IMPOSSIBLE), _IMPOSSIBLE)
        self.emitted = tf.transpose(emitted, [1, 0, 2])
        """The logarithm of the probability of its class, of shape [time, batch, states]."""

    def mirrored(self, x: tf.Tensor, batch_axis: int = 0) -> tf.Tensor:
        """With the states of each sample from its last to its first, on the axis after the batch."""
        return tf.reverse_sequence(x, self.count, batch_axis + 1, batch_axis)

    def mirrored_in_time(self, x: tf.Tensor) -> tf.Tensor:
        """The same of [time, batch, states], from the last time step to the first."""
        return self.mirrored(tf.reverse(x, [0]), batch_axis=1)

    def total(self, last: tf.Tensor) -> tf.Tensor:
        """The logarithm of the probability of all alignments, by that of each state at the end."""
        is_end = tf.range(tf.shape(last)[1]) >= self.count[:, None] - 2
        return tf.reduce_logsumexp(tf.where(is_end, last, _IMPOSSIBLE), -1)


def _start(states: tf.Tensor) -> tf.Tensor:
    """Before the first step: in the first state."""
    first, count = tf.zeros_like(states[:, 0]), tf.shape(states)[1]
    return tf.one_hot(first, count, 0.0, _IMPOSSIBLE, dtype=tf.float64)


def _step(states: tf.Tensor) -> Callable[[tf.Tensor, tf.Tensor], tf.Tensor]:
    """The recursion of the forward algorithm: to stay, to take the next state, or to pass over a blank."""

    def from_left(x: tf.Tensor, by: int, fill: float) -> tf.Tensor:
        return tf.pad(x, [[0, 0], [by, 0]], constant_values=fill)[:, :-by]

    passes = tf.not_equal(states, from_left(states, 2, 0))

    def step(before: tf.Tensor, emitted: tf.Tensor) -> tf.Tensor:
        second = tf.where(passes, from_left(before, 2, _IMPOSSIBLE), _IMPOSSIBLE)
        ways = tf.stack([before, from_left(before, 1, _IMPOSSIBLE), second])
        return emitted + tf.reduce_logsumexp(ways, 0)

    return step


class CTC(LossFunctionWrapper, of=ctc):
    """Connectionist temporal classification as an object; see `ctc` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "ctc",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(ctc, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan)
