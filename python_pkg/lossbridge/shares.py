"""The shares of classes, which sum to 1, and their logarithms."""

from __future__ import annotations

from typing import Any

from lossbridge._backend import tf
from lossbridge.engine.rows import row_max, row_sum
from lossbridge.numerics import Interval, clip, log1p, times_exp, zero_elsewhere


class Shares:
    """The shares q of classes along `axis`, from probabilities or from logits; clipped as Keras does.

    Where one class has more than half of all, 1 - q is the sum of the shares of the others, whose digits
    the difference from 1 would cancel; log q and the gradients are made of it.

    Args:
        x: Probabilities, or logits.
        from_logits: Which of them.
        axis: The axis of the classes.
        interval: What shares are clipped to.
        sums: What `Shares.sums` gave.
    """

    def __init__(
        self,
        x: tf.Tensor,
        from_logits: bool,
        axis: int,
        interval: Interval,
        sums: tuple[tf.Tensor, ...],
    ) -> None:
        self._total, half, rest, *largest = sums
        x = tf.exp(x - largest[0]) if from_logits else x
        self._from_logits, self._axis, self._interval = from_logits, axis, interval
        self._largest = largest
        self._rest, self._clipped_rest = rest, clip(rest, interval.gap(rest.dtype), 0.5)
        self._less = x <= half
        self._q = tf.math.divide_no_nan(x, self._total)
        self._clipped = interval.clip(self._q)

    @staticmethod
    def sums(x: tf.Tensor, from_logits: bool, axis: int) -> tuple[tf.Tensor, ...]:
        """Of each row the sum; what a class with most is above; 1 - q of that class; the largest logit."""
        largest = [row_max(x, axis)] if from_logits else []
        x = tf.exp(x - largest[0]) if from_logits else x
        total = row_sum(x, axis, keepdims=True)
        others = row_sum(zero_elsewhere(x <= 0.5 * total, x), axis, keepdims=True)
        # With negative entries several classes may have more than half. Then, and only then, are the others
        # negative, or the total.
        none_has_most = (others < 0.0) | (total < 0.0)
        half = tf.where(none_has_most, tf.constant(x.dtype.max, x.dtype), 0.5 * total)
        return total, half, tf.math.divide_no_nan(others, total), *largest

    def complement(self) -> tf.Tensor:
        """1 - q."""
        return tf.where(self._less, 1.0 - self._clipped, self._clipped_rest)

    def log(self) -> tf.Tensor:
        """log q."""
        return tf.where(self._less, tf.math.log(self._clipped), log1p(-self._clipped_rest))

    def clipped(self) -> tf.Tensor:
        """q."""
        return self._clipped

    def gradient(self, by_log: Any) -> tf.Tensor:
        """From the derivative of a sum by each log q to that by each logit or probability.

        It is r_c - q_c sum(r) for a logit, r being `by_log` where q is not clipped, and that over p_c for a
        probability.
        """
        by_log = self._where_unclipped(by_log)
        total = row_sum(by_log, self._axis, keepdims=True)
        others = row_sum(zero_elsewhere(self._less, by_log), self._axis, keepdims=True)
        if self._from_logits:
            most = by_log * self._rest - self._q * others
            return tf.where(self._less, by_log - self._q * total, most)
        by_q = by_log / self._clipped
        slope = tf.where(self._less, by_q - total, by_q * self._rest - others)
        return tf.math.divide_no_nan(slope, self._total)

    def gradient_of_one(self, by_log: Any, is_other: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
        """`gradient` of the share of one class of each row, the only ones that this object holds.

        Args:
            by_log: The derivative by log q.
            is_other: Where in the rows of `x` that class is not.
            x: Probabilities or logits of all classes.
        """
        by_log = self._where_unclipped(by_log)
        if self._from_logits:
            own = by_log * tf.where(self._less, 1.0 - self._q, self._rest)
            others = times_exp(-by_log / self._total, x, self._largest[0])
            return tf.where(is_other, others, own)
        by_q = by_log / self._clipped
        own = tf.where(self._less, by_q - by_log, by_q * self._rest)
        return tf.math.divide_no_nan(tf.where(is_other, -by_log, own), self._total)

    def _where_unclipped(self, by_log: Any) -> tf.Tensor:
        """The derivative by log q, 0 where q is clipped, unless the semantics keep it."""
        unclipped = tf.equal(self._q, self._clipped)
        unclipped = tf.where(
            self._less, unclipped, self._rest >= self._interval.gap(self._rest.dtype)
        )
        return self._interval.masked(unclipped, by_log)
