"""Losses of counts."""

from __future__ import annotations

from typing import Any

from lossbridge._backend import tf
from lossbridge.domains import Flag
from lossbridge.engine.formula import Elementwise, Values
from lossbridge.generations import epsilon
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss(family="probabilistic", truth="positive", pred="positive")
def poisson(y_true: Any, y_pred: Any, *, ignore_nan: Flag = False) -> Values:
    r"""Poisson loss: \( \mathrm{mean}(p - t \log(p + 10^{-7})) \) over the last axis.

    The negative log-likelihood of counts t with expectations p, without the term log t!.

    Args:
        y_true: Counts t >= 0, of shape [batch, d0, .. dN].
        y_pred: Expected counts p >= 0, of the same shape.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> poisson([[2.0, 0.0]], [[1.0, 3.0]]).numpy().round(4)
        array([2.], dtype=float32)

    Reference:
        McCullagh, P., Nelder, J. A. (1983). Generalized Linear Models.
    """
    offset = epsilon()

    def slope(t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        # not (p - t + offset) / (p + offset), which a graph adds up in another order
        return (p - t) / (p + offset) + offset / (p + offset)

    return Elementwise(value=lambda t, p: p - t * tf.math.log(p + offset), slope=slope).at(
        y_true, y_pred, ignore_nan=ignore_nan
    )


class Poisson(LossFunctionWrapper, of=poisson):
    """Poisson loss as an object; see `poisson` and `Loss`."""

    def __init__(
        self,
        reduction: str | None = DEFAULT,
        name: str | None = "poisson",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            poisson, reduction=reduction, name=name, dtype=dtype, ignore_nan=ignore_nan
        )
