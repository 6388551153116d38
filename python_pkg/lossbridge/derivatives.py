"""Derivatives of a loss by its predictions: the gradient, and the diagonal of the second derivative."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from lossbridge import checks, losses, ragged, registry
from lossbridge._backend import keras, tf
from lossbridge.compiled import Compiled
from lossbridge.engine.gradient import diagonal, differentiated
from lossbridge.keras_protocol import mask_of, with_mask


def gradient(loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
    r"""The derivative of a loss by the predictions: \( \partial \sum_i w_i \ell_i / \partial p \).

    Args:
        loss: A `Loss` object, the name of a loss, or a function of `(y_true, y_pred)`. Per-sample values are
            added up; what an object reduces is differentiated as it is.
        y_true: True values, as the loss takes them.
        y_pred: Predictions, as the loss takes them.
        sample_weight: What the values are multiplied by; None for 1.

    Returns:
        A tensor of the shape and dtype of `y_pred`, ragged if `y_pred` is.

    Raises:
        InputError: If the inputs do not fit the loss, or it gives no tensor, which has no derivative.

    Example:
        >>> import lossbridge
        >>> lossbridge.gradient("mse", [[0.0], [0.0]], [[1.0], [2.0]]).numpy().ravel()
        array([2., 4.], dtype=float32)

    Relation:
        `hessian` is the diagonal of the second derivative; `compiled` for many calls of one shape.
    """
    _, value, _, y_pred = _prepared(loss, y_true, y_pred, sample_weight)
    if not ragged.is_ragged(y_pred):
        return differentiated(value, y_pred)

    def of_entries(p: tf.Tensor) -> tf.Tensor:
        values = value(y_pred.with_flat_values(p))
        return values.flat_values if ragged.is_ragged(values) else values

    return y_pred.with_flat_values(differentiated(of_entries, y_pred.flat_values))


def hessian(loss: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> tf.Tensor:
    r"""The diagonal of the second derivative: \( \partial^2 \sum_i w_i \ell_i / \partial p_j^2 \).

    Exact, by differentiating the formula of the gradient. At a kink, of the absolute error say, it is 0, as
    it is beside it. It takes one pass over the data where the entries stand apart, or where the loss has it
    in closed form, as the cross-entropies of logits do; else one for each entry that depends on another:
    the classes of a row, all embeddings in `circle`, all of a sample in a loss of your own.

    Args:
        loss: A `Loss` object, the name of a loss, or a function of `(y_true, y_pred)`. Per-sample values are
            added up; what an object reduces is differentiated as it is.
        y_true: True values, as the loss takes them.
        y_pred: Predictions, as the loss takes them.
        sample_weight: What the values are multiplied by; None for 1.

    Returns:
        A tensor of the shape and dtype of `y_pred`.

    Raises:
        InputError: If the inputs do not fit the loss, or it gives no tensor, which has no derivative.

    Example:
        >>> import lossbridge
        >>> lossbridge.hessian("huber", [[0.0, 0.0]], [[0.5, 3.0]]).numpy()
        array([[0.5, 0. ]], dtype=float32)

    Reference:
        Pearlmutter, B. A. (1994). Fast Exact Multiplication by the Hessian.
    """
    if isinstance(loss, Compiled):
        return loss.hessian(y_true, y_pred, sample_weight)
    y_true, y_pred = checks.tensor(y_true, "y_true"), checks.tensor(y_pred, "y_pred")  # not ragged
    loss, value, y_true, y_pred = _prepared(loss, y_true, y_pred, sample_weight)
    axes = registry.coupled_axes(loss, y_true, y_pred)
    return diagonal(lambda p: differentiated(value, p), y_pred, axes)


def _prepared(
    loss: Any, y_true: Any, y_pred: Any, sample_weight: Any
) -> tuple[Any, Callable[[tf.Tensor], tf.Tensor], tf.Tensor, tf.Tensor]:
    """The loss that is differentiated, its weighted value as a function of predictions, and the data."""
    loss = losses.get(loss) if isinstance(loss, str) else loss
    y_pred = ragged.mapped(lambda p: checks.float_tensor(p, "y_pred"), y_pred)
    mask = mask_of(y_pred)
    weighs_itself = isinstance(loss, (keras.losses.Loss, Compiled))
    ours = isinstance(loss, (losses.Loss, Compiled)) or registry.spec_of(loss) is not None
    # as Keras hands it to a loss
    y_true = ragged.mapped(lambda t: checks.tensor(t, "y_true"), y_true)
    if not ours and not weighs_itself:
        loss = giving_tensors(loss)
    if sample_weight is not None and not weighs_itself:
        # An object lets nothing out of a sample of weight 0, not even a NaN.
        loss = losses.LossFunctionWrapper(loss, reduction="sum", dtype=y_pred.dtype.name)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}

    def value(p: tf.Tensor) -> tf.Tensor:
        # A copy is not known to come from an activation, whose logits the loss would take in its place.
        return loss(y_true, with_mask(ragged.mapped(tf.identity, p), mask), **weights)

    return loss, value, y_true, y_pred


def giving_tensors(loss: Any) -> Any:
    """A function of one's own, if what it gives is a tensor."""

    @functools.wraps(loss, updated=())
    def giving_tensors(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
        value = loss(y_true, y_pred)
        if not tf.is_tensor(value):
            raise checks.InputError(
                "loss",
                "a function that gives a tensor",
                f"one that gives {checks.describe(value)}",
                "Compute with the tensors that it is given, by functions of TensorFlow or Keras.",
            )
        return value

    return giving_tensors
