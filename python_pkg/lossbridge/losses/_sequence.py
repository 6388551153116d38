"""Losses of sequences whose alignment is not known."""

from __future__ import annotations

from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="sequence", truth="sequence")
def ctc(y_true: Any, y_pred: Any) -> tf.Tensor:
    r"""Connectionist temporal classification: \( -\log P(\mathrm{labels} | \mathrm{logits}) \).

    Class 0 is the blank; zeros at the end of a row of labels are padding.

    Args:
        y_true: Class labels from 1 to K - 1, padded with 0, of shape [batch, length].
        y_pred: Logits, of shape [batch, time, K].

    Returns:
        Per-sample values in nats, of shape [batch], in the dtype of `y_pred` (computed in float32).

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
    if y_pred.shape[0] == 0:  # which TensorFlow's CTC does not take
        return tf.reduce_sum(y_pred, [1, 2])
    if y_true.shape[0] is None or y_pred.shape[0] is None:
        wanted = tf.concat([tf.shape(y_pred)[:1], tf.shape(y_true)[1:]], 0)
        message = "`y_true` must have as many rows as `y_pred`"
        y_true = checks.of_shape(y_true, wanted, message)
    classes = y_pred.shape[-1] if y_pred.shape[-1] is not None else tf.shape(y_pred)[-1]
    labels, valid = checks.class_labels(y_true, classes)
    label_length = tf.math.count_nonzero(labels, axis=-1, dtype=tf.int32)
    time = tf.fill(tf.shape(y_pred)[:1], tf.shape(y_pred)[1])

    def loss_of_some() -> tf.Tensor:
        logits = tf.cast(y_pred, tf.float32)  # the only dtype of TensorFlow's CTC
        return tf.nn.ctc_loss(
            tf.cast(labels, tf.int32),
            logits,
            label_length,
            time,
            logits_time_major=False,
            blank_index=0,
        )

    if y_pred.shape[0] is None:  # it may turn out to be 0
        some = tf.shape(y_pred)[0] > 0
        value = tf.cond(
            some, loss_of_some, lambda: tf.cast(tf.reduce_sum(y_pred, [1, 2]), tf.float32)
        )
    else:
        value = loss_of_some()
    if valid is not None:
        value = tf.where(tf.reduce_all(valid, -1), value, float("nan"))
    return tf.cast(value, y_pred.dtype)


class CTC(LossFunctionWrapper):
    """Connectionist temporal classification as an object; see `ctc` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "ctc",
        dtype: Any = None,
    ) -> None:
        super().__init__(ctc, reduction=reduction, name=name, dtype=dtype)
