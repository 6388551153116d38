"""The losses of TensorFlow Addons 0.23 in plain operations of TensorFlow, by the algorithms they had there.

What `tf.tile` repeats takes batch x batch x batch numbers. The two losses that TensorFlow Addons lacks are
written as their papers have them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

EPSILON = 1e-7
MOST = 2**29
"""Bytes that one array may take: there are a dozen of them, and as many for the gradient."""


def of(name: str) -> Callable[[Any, Any], tf.Tensor] | None:
    """A function of tensors (t, p) that gives the mean loss with its default arguments; None of others."""
    return ORIGINALS.get(name)


# -- of each sample by itself ---------------------------------------------------------------------


def contrastive(t: Any, p: Any) -> tf.Tensor:
    """Hadsell et al. (2006)."""
    return tf.reduce_mean(t * tf.square(p) + (1.0 - t) * tf.square(tf.maximum(1.0 - p, 0.0)))


def sigmoid_focal_crossentropy(t: Any, p: Any) -> tf.Tensor:
    """Of probabilities, which Keras 2 clips before it takes logarithms."""
    q = tf.clip_by_value(p, EPSILON, 1.0 - EPSILON)
    cost = -t * tf.math.log(q + EPSILON) - (1.0 - t) * tf.math.log(1.0 - q + EPSILON)
    right = t * p + (1.0 - t) * (1.0 - p)
    weight = 0.25 * t + 0.75 * (1.0 - t)
    return tf.reduce_mean(tf.reduce_sum(weight * tf.pow(1.0 - right, 2.0) * cost, -1))


def sparsemax(t: Any, p: Any) -> tf.Tensor:
    """The probabilities from sorted logits, through which the derivative goes, and the loss of both."""
    classes = tf.shape(p)[-1]
    falling, _ = tf.math.top_k(p, classes)
    sums = tf.cumsum(falling, -1)
    ranks = tf.range(1, tf.cast(classes, p.dtype) + 1.0, dtype=p.dtype)
    kept = tf.reduce_sum(tf.cast(1.0 + ranks * falling > sums, tf.int32), -1)
    last = tf.gather(sums, kept - 1, batch_dims=1)
    threshold = (last - 1.0) / tf.cast(kept, p.dtype)
    q = tf.maximum(p - threshold[:, None], 0.0)
    of_support = tf.where(q > 0.0, q * (p - 0.5 * q), tf.zeros_like(q))
    return tf.reduce_mean(tf.reduce_sum(of_support + t * (0.5 * t - p), -1))


def giou(t: Any, p: Any) -> tf.Tensor:
    """Of boxes whose corners are in order, one coordinate at a time."""

    def area(top: Any, left: Any, bottom: Any, right: Any) -> tf.Tensor:
        return tf.maximum(bottom - top, 0.0) * tf.maximum(right - left, 0.0)

    both = list(zip(tf.unstack(t, 4, -1), tf.unstack(p, 4, -1), strict=True))
    low = [tf.minimum(*x) for x in both]
    high = [tf.maximum(*x) for x in both]
    shared = area(*high[:2], *low[2:])
    union = area(*(x for x, _ in both)) + area(*(x for _, x in both)) - shared
    around = area(*low[:2], *high[2:])
    ratio = tf.math.divide_no_nan(shared, union)
    return tf.reduce_mean(1.0 - ratio + tf.math.divide_no_nan(around - union, around))


# -- of all pairs of a batch ----------------------------------------------------------------------


def distances(x: tf.Tensor) -> tf.Tensor:
    """The distances of all rows by their products; 0 where rounding gives no number above 0."""
    squares = tf.reduce_sum(tf.square(x), 1, keepdims=True)
    squared = squares + tf.transpose(squares) - 2.0 * tf.matmul(x, x, transpose_b=True)
    squared = tf.maximum(squared, 0.0)
    none = tf.cast(squared <= 0.0, x.dtype)
    apart = 1.0 - tf.eye(tf.shape(x)[0], dtype=x.dtype)
    return tf.sqrt(squared + 1e-16 * none) * (1.0 - none) * apart


def pairs(t: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """1 where two samples have the same label, but for a sample with itself; 1 where they do not."""
    same = tf.cast(tf.equal(t[:, None], t[None, :]), tf.float32)
    return same - tf.eye(tf.shape(t)[0]), 1.0 - same


def largest(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The largest number of each row where a mask is 1."""
    least = tf.reduce_min(x, 1, keepdims=True)
    return tf.reduce_max((x - least) * mask, 1, keepdims=True) + least


def smallest(x: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """The smallest number of each row where a mask is 1."""
    return -largest(-x, mask)


def tiled(x: tf.Tensor) -> tf.Tensor:
    """A matrix, a row for each pair of rows: (i, j) has row j.

    Raises:
        MemoryError: If that takes too much of it.
    """
    rows = x.shape[0]
    if 4 * rows**3 > MOST:
        raise MemoryError(f"an array of {rows}^3 numbers")
    return tf.tile(x, [rows, 1])


def triplet_semihard(t: Any, p: Any) -> tf.Tensor:
    """Each positive pair looks for its negative in a row of its own."""
    d, (positive, negative) = distances(p), pairs(t)
    rows, n = tiled(d), tf.shape(d)[0]
    farther = tiled(negative) * tf.cast(rows > tf.reshape(d, [-1, 1]), d.dtype)
    # a row of `rows` is that of the second sample of a pair: so the anchor is the second
    some = tf.transpose(tf.reshape(tf.reduce_sum(farther, 1) > 0.0, [n, n]))
    outside = tf.transpose(tf.reshape(smallest(rows, farther), [n, n]))
    inside = tf.tile(largest(d, negative), [1, n])
    cost = 1.0 + d - tf.where(some, outside, inside)
    return tf.reduce_sum(tf.maximum(cost * positive, 0.0)) / tf.reduce_sum(positive)


def triplet_hard(t: Any, p: Any) -> tf.Tensor:
    """The farthest positive and the nearest negative of each anchor."""
    d, (positive, negative) = distances(p), pairs(t)
    cost = largest(d, positive) - smallest(d, negative) + 1.0
    return tf.reduce_mean(tf.maximum(cost, 0.0))


def lifted_struct(t: Any, p: Any) -> tf.Tensor:
    """Each pair adds up the exponentials of the negatives of its second sample, less its own largest."""
    d, (positive, negative) = distances(p), pairs(t)
    near, n = 1.0 - d, tf.shape(d)[0]
    top = largest(near, negative)
    top = tf.maximum(top, tf.transpose(top))
    exponentials = tf.exp(tiled(near) - tf.reshape(top, [-1, 1])) * tiled(negative)
    sums = tf.reshape(tf.reduce_sum(exponentials, 1), [n, n])
    cost = d + top + tf.math.log(sums + tf.transpose(sums))
    return (
        0.5 * tf.reduce_sum(tf.square(tf.maximum(cost * positive, 0.0))) / tf.reduce_sum(positive)
    )


def contrast(t: tf.Tensor, p: tf.Tensor, temperature: float) -> tf.Tensor:
    """Khosla et al. (2020) and, of two views, Chen et al. (2020)."""
    x = tf.math.l2_normalize(p, 1)
    similar = tf.matmul(x, x, transpose_b=True) / temperature
    positive, negative = pairs(t)
    similar -= tf.stop_gradient(tf.reduce_max(similar, 1, keepdims=True))
    sums = tf.reduce_sum(tf.exp(similar) * (positive + negative), 1, keepdims=True)
    costs = tf.reduce_sum((tf.math.log(sums) - similar) * positive, 1)
    return tf.reduce_mean(costs / tf.reduce_sum(positive, 1))


def cross_entropy(agreement: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
    """Of similarities as logits, with shares in the agreement of a row as labels."""
    shares = agreement / tf.reduce_sum(agreement, 1, keepdims=True)
    return tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(shares, p))


def npairs(t: Any, p: Any) -> tf.Tensor:
    """Sohn (2016)."""
    return cross_entropy(tf.cast(tf.equal(t[:, None], t[None, :]), p.dtype), p)


def npairs_multilabel(t: Any, p: Any) -> tf.Tensor:
    """Samples agree by how many classes they share."""
    t = tf.cast(t, p.dtype)
    return cross_entropy(tf.matmul(t, t, transpose_b=True), p)


def weighted_kappa(t: Any, p: Any) -> tf.Tensor:
    """With quadratic weights; the logarithm of what is observed over what is expected."""
    classes = tf.range(tf.cast(tf.shape(p)[1], p.dtype), dtype=p.dtype)
    observed = tf.reduce_sum(tf.square(tf.linalg.matvec(t, classes)[:, None] - classes) * p)
    apart = tf.square(classes[:, None] - classes)
    of_t, of_p = tf.reduce_sum(t, 0), tf.reduce_sum(p, 0)
    expected = tf.reduce_sum(of_t[:, None] * apart * of_p) / tf.cast(tf.shape(p)[0], p.dtype)
    return tf.math.log(tf.math.divide_no_nan(observed, expected) + 1e-6)


ORIGINALS: dict[str, Callable[[Any, Any], tf.Tensor]] = {
    "contrastive": contrastive,
    "sigmoid_focal_crossentropy": sigmoid_focal_crossentropy,
    "sparsemax": sparsemax,
    "giou": giou,
    "triplet_semihard": triplet_semihard,
    "triplet_hard": triplet_hard,
    "lifted_struct": lifted_struct,
    "supervised_contrastive": lambda t, p: contrast(t, p, 0.1),
    "ntxent": lambda t, p: contrast(t, p, 0.5),
    "npairs": npairs,
    "npairs_multilabel": npairs_multilabel,
    "weighted_kappa": weighted_kappa,
}
"""Each loss by its name in lossbridge."""
