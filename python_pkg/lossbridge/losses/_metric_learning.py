"""Losses that learn a similarity: of the distances of pairs, and of triplets within a batch of embeddings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from lossbridge import checks, numerics
from lossbridge._backend import tf
from lossbridge.domains import Flag, NotNegative, Positive
from lossbridge.engine import rows
from lossbridge.engine._tensorflow import in_xla
from lossbridge.engine.formula import Elementwise, Rowwise, Values
from lossbridge.losses._base import LossFunctionWrapper
from lossbridge.losses._embedding import (
    NoNaN,
    check_embeddings,
    kinds_of_pairs,
    labels_of_embeddings,
    products,
)
from lossbridge.reduction import DEFAULT
from lossbridge.registry import loss


@loss("contrastive_loss", family="hinge", truth="probability", pred="positive", align=True)
def contrastive(
    y_true: Any, y_pred: Any, margin: NotNegative = 1.0, *, ignore_nan: Flag = False
) -> Values:
    r"""Contrastive loss: mean of \( t d^2 + (1 - t) \max(m - d, 0)^2 \) over the last axis.

    d is the distance of a pair: small for a pair of one class, at least m for a pair of two.

    Args:
        y_true: 1 for pairs of one class and 0 for pairs of two, of shape [batch, d0, .. dN].
        y_pred: Distances d, of the same shape.
        margin: m, the distance from which a pair of two classes costs nothing.
        ignore_nan: Whether a NaN in `y_true` is an entry that was not observed: the mean is taken over the
            others. A sample of none has the value 0, and does not count in a mean over samples.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> contrastive([[1.0], [0.0], [0.0]], [[0.5], [0.5], [2.0]]).numpy()
        array([0.25, 0.25, 0.  ], dtype=float32)

    Reference:
        Hadsell, R., Chopra, S., LeCun, Y. (2006). Dimensionality Reduction by Learning an Invariant
        Mapping.
    """

    def lacking(d: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(margin - d)

    return Elementwise(
        value=lambda t, d: t * tf.square(d) + (1.0 - t) * tf.square(lacking(d)),
        slope=lambda t, d: 2.0 * (t * d - (1.0 - t) * lacking(d)),
    ).at(y_true, y_pred, ignore_nan=ignore_nan)


class Contrastive(LossFunctionWrapper, of=contrastive):
    """Contrastive loss as an object; see `contrastive` for the arguments, and `Loss`."""

    def __init__(
        self,
        margin: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "contrastive",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            contrastive,
            reduction=reduction,
            name=name,
            dtype=dtype,
            margin=margin,
            ignore_nan=ignore_nan,
        )


# -- triplets within a batch ------------------------------------------------------------------------


def _metric(value: Any, argument: str) -> Any:
    if callable(value):
        return value
    if isinstance(value, str) and value in _METRICS:
        return value
    known = ", ".join(map(repr, _METRICS))
    raise checks.InputError(argument, f"one of {known}, or a function", repr(value))


Metric = Annotated[str | Callable[[Any], Any], _metric]


@loss("triplet_semihard_loss", family="embedding", truth="label")
def triplet_semihard(
    y_true: Any,
    y_pred: Any,
    margin: NotNegative = 1.0,
    distance_metric: Metric = "L2",
    *,
    ignore_nan: NoNaN = False,
) -> Values:
    r"""Triplet loss of semi-hard negatives: mean of \( \max(d_+ - d_- + m, 0) \) over the positive pairs.

    A positive pair is an anchor and another sample of its class, at a distance \(d_+\). It is compared with
    the nearest sample of another class that is farther than \(d_+\) from the anchor, or, where none is, with
    the farthest one; \(d_-\) is its distance.

    The value of a sample is that of the pairs whose anchor it is, times the batch size over the number of
    positive pairs: the mean over the batch is that over the pairs. So `sample_weight` is the weight of an
    anchor; a sample of weight 0 still serves others as a positive or negative. A batch without a positive
    pair, of one sample say, or of one class, has the value 0, and so has its gradient. Under several replicas
    the batch is what the replica has.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Embeddings, of shape [batch, size]; by custom of length 1.
        margin: m, by how much a negative is to be farther than a positive, at least 0.
        distance_metric: "L2" for the distance, "squared-L2" for its square, "angular" for 1 - cosine; or a
            function that makes of embeddings their matrix of distances.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> triplet_semihard([0, 0, 1], [[0.0], [1.0], [1.5]]).numpy()
        array([0.75, 2.25, 0.  ], dtype=float32)

    Reference:
        Schroff, F., Kalenichenko, D., Philbin, J. (2015). FaceNet: A Unified Embedding for Face Recognition
        and Clustering.

    Relation:
        `triplet_hard` takes one triplet for each anchor.
    """
    labels, distances = _labels_and_distances(y_true, y_pred, distance_metric)
    same = tf.equal(labels[:, None], labels[None, :])
    known = tf.stop_gradient(distances)
    # Negatives in the order of their distances: how many are at most as far as the positive?
    nearer, order = tf.math.top_k(tf.where(same, known.dtype.min, -known), tf.shape(same)[0])
    place = _at_most(-nearer, known)
    number = tf.reduce_sum(tf.cast(~same, tf.int32), -1, keepdims=True)
    place = tf.where(place < number, place, number - 1)
    pairs = same & ~_itself(same) & (number > 0)
    share = tf.shape(same)[0] / tf.maximum(tf.math.count_nonzero(pairs, dtype=tf.int32), 1)
    negatives = tf.where(pairs, tf.gather(order, tf.maximum(place, 0), batch_dims=1), -1)
    return _of_triplets(_hinge(margin), tf.cast(share, y_pred.dtype)).at(negatives, distances)


class TripletSemiHard(LossFunctionWrapper, of=triplet_semihard):
    """Triplet loss of semi-hard negatives as an object; see `triplet_semihard`, and `Loss`."""

    def __init__(
        self,
        margin: float = 1.0,
        distance_metric: str | Callable[[Any], Any] = "L2",
        reduction: str | None = DEFAULT,
        name: str | None = "triplet_semihard",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            triplet_semihard,
            reduction=reduction,
            name=name,
            dtype=dtype,
            margin=margin,
            distance_metric=distance_metric,
            ignore_nan=ignore_nan,
        )


@loss("triplet_hard_loss", family="embedding", truth="label")
def triplet_hard(
    y_true: Any,
    y_pred: Any,
    margin: NotNegative = 1.0,
    soft: Flag = False,
    distance_metric: Metric = "L2",
    *,
    ignore_nan: NoNaN = False,
) -> Values:
    r"""Triplet loss of the hardest pairs: \( \max(d_+ - d_- + m, 0) \), or \( \log(1 + e^{d_+ - d_-}) \).

    \(d_+\) is the distance of the anchor from the farthest sample of its class, \(d_-\) that from the nearest
    one of another class. Each sample is an anchor; it has the value 0, which counts in a mean, where it has
    no other sample of its class, or none of another: all of a batch of one sample.

    `sample_weight` is the weight of an anchor; a sample of weight 0 still serves others as a positive or
    negative. Under several replicas the batch is what the replica has.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Embeddings, of shape [batch, size]; by custom of length 1.
        margin: m, by how much a negative is to be farther than a positive, at least 0.
        soft: Whether to take the logarithm, which knows no margin.
        distance_metric: "L2" for the distance, "squared-L2" for its square, "angular" for 1 - cosine; or a
            function that makes of embeddings their matrix of distances.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> triplet_hard([0, 0, 1], [[0.0], [1.0], [1.5]]).numpy()
        array([0.5, 1.5, 0. ], dtype=float32)

    Reference:
        Hermans, A., Beyer, L., Leibe, B. (2017). In Defense of the Triplet Loss for Person
        Re-Identification.

    Relation:
        `triplet_semihard` takes all positive pairs.
    """
    labels, distances = _labels_and_distances(y_true, y_pred, distance_metric)
    same = tf.equal(labels[:, None], labels[None, :])
    like = same & ~_itself(same)
    known = tf.stop_gradient(distances)
    positive = _place_of_largest(tf.where(like, known, known.dtype.min))
    negative = _place_of_largest(tf.where(same, known.dtype.min, -known))
    both = tf.reduce_any(like, -1, keepdims=True) & ~tf.reduce_all(same, -1, keepdims=True)
    hardest = tf.equal(positive[:, None], tf.range(tf.shape(same)[0])[None, :])
    negatives = tf.where(hardest & both, negative[:, None], -1)
    cost = (tf.math.softplus, tf.sigmoid) if soft else _hinge(margin)
    return _of_triplets(cost, tf.ones([], y_pred.dtype)).at(negatives, distances)


class TripletHard(LossFunctionWrapper, of=triplet_hard):
    """Triplet loss of the hardest pairs as an object; see `triplet_hard` for the arguments, and `Loss`."""

    def __init__(
        self,
        margin: float = 1.0,
        soft: bool = False,
        distance_metric: str | Callable[[Any], Any] = "L2",
        reduction: str | None = DEFAULT,
        name: str | None = "triplet_hard",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            triplet_hard,
            reduction=reduction,
            name=name,
            dtype=dtype,
            margin=margin,
            soft=soft,
            distance_metric=distance_metric,
            ignore_nan=ignore_nan,
        )


def _at_most(rising: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """How many of the numbers of a rising row are at most as large as each of the same row of `x`."""
    size = rising.shape[-1]
    if size is None or not in_xla():
        return tf.searchsorted(rising, x, side="right")
    # XLA would compare each with each; this halves what is left.
    found = tf.zeros(tf.shape(x), tf.int32)
    for step in (1 << i for i in reversed(range(size.bit_length()))):
        further = found + step
        last = tf.gather(rising, tf.minimum(further, size) - 1, batch_dims=1)
        found = tf.where((further <= size) & (last <= x), further, found)
    return found


Cost = tuple[Callable[[tf.Tensor], tf.Tensor], Callable[[tf.Tensor], tf.Tensor]]
"""What d+ - d- costs, and the derivative of that."""


def _hinge(margin: float) -> Cost:
    return (
        lambda x: tf.nn.relu(x + margin),
        lambda x: numerics.zero_elsewhere(x + margin > 0.0, tf.ones_like(x)),
    )


def _of_triplets(cost: Cost, share: tf.Tensor) -> Rowwise:
    """The sum of what the triplets of each anchor cost, times `share`.

    It is of t, which has for each pair of an anchor and a positive the index of a negative, or -1 for none,
    and of the matrix of distances, in float64; the values are in the dtype of `share`.
    """
    of, slope = cost

    def difference(t: tf.Tensor, d: tf.Tensor) -> tf.Tensor:
        return d - tf.gather(d, tf.maximum(t, 0), batch_dims=1)

    def value(t: tf.Tensor, d: tf.Tensor, axis: Any) -> tf.Tensor:
        costs = numerics.zero_elsewhere(t >= 0, of(difference(t, d)))
        return tf.cast(rows.row_sum(costs, -1, keepdims=True), share.dtype) * share

    def gradient(t: tf.Tensor, d: tf.Tensor, axis: Any, upstream: tf.Tensor) -> tf.Tensor:
        slopes = numerics.zero_elsewhere(t >= 0, slope(difference(t, d)))
        slopes *= tf.cast(upstream * share, d.dtype)
        size = tf.shape(d, tf.int64)[0]
        places = tf.cast(tf.maximum(t, 0), tf.int64) + size * tf.range(size)[:, None]
        by_negative = tf.math.unsorted_segment_sum(slopes, places, size * size)
        return slopes - tf.reshape(by_negative, tf.shape(d))

    return Rowwise(value, gradient)


# -- all pairs of a batch ----------------------------------------------------------------------------


@loss("lifted_struct_loss", family="embedding", truth="label")
def lifted_struct(
    y_true: Any, y_pred: Any, margin: NotNegative = 1.0, *, ignore_nan: NoNaN = False
) -> Values:
    r"""Lifted structured loss: mean of \( \max(J_{ij}, 0)^2 / 2 \) over the positive pairs.

    \( J_{ij} = d_{ij} + \log(\sum_k e^{m - d_{ik}} + \sum_l e^{m - d_{jl}}) \) for distances d, where k and l
    are the samples of other classes than that of i and j.

    The value of a sample is that of the pairs it comes first in, times the batch size over the number of
    positive pairs, each counted in both orders: the mean over the batch is that over the pairs. So
    `sample_weight` is the weight of an anchor; a sample of weight 0 still takes part in the pairs of others.
    A batch without a positive pair, of one sample say, or of one class, has the value 0, and so has its
    gradient. Under several replicas the batch is what the replica has.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Embeddings, of shape [batch, size].
        margin: m, from which distance a negative counts for little, at least 0.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> lifted_struct([0, 0, 1], [[0.0], [1.0], [1.5]]).numpy().round(4)
        array([2.4659, 2.4659, 0.    ], dtype=float32)

    Reference:
        Song, H. O., Xiang, Y., Jegelka, S., Savarese, S. (2016). Deep Metric Learning via Lifted Structured
        Feature Embedding.
    """
    labels, distances = _labels_and_distances(y_true, y_pred, "L2")
    kinds = kinds_of_pairs(labels, labels, remove_diagonal=True)
    dtype = y_pred.dtype

    def pairs(kinds: tf.Tensor, d: tf.Tensor) -> tuple[tf.Tensor, ...]:
        """max(J, 0), the part of the anchor in it, and the shares of the negatives."""
        logs, shares, some = _log_sum_exp(margin - d, kinds < 0)
        difference = tf.transpose(logs) - logs
        cost = tf.nn.relu(d + logs + tf.math.softplus(difference))
        return numerics.zero_elsewhere((kinds > 0) & some, cost), tf.sigmoid(-difference), shares

    def scale(kinds: tf.Tensor) -> tf.Tensor:
        number = tf.reduce_sum(tf.cast(kinds > 0, tf.float64))
        return tf.cast(tf.shape(kinds)[0], tf.float64) / tf.maximum(number, 1.0)

    def value(kinds: tf.Tensor, d: tf.Tensor, axis: int) -> tf.Tensor:
        cost, _, _ = pairs(kinds, d)
        total = tf.reduce_sum(0.5 * tf.square(cost), -1, keepdims=True)
        return tf.cast(total * scale(kinds), dtype)

    def gradient(kinds: tf.Tensor, d: tf.Tensor, axis: int, upstream: tf.Tensor) -> tf.Tensor:
        cost, part, shares = pairs(kinds, d)
        by_cost = cost * tf.cast(upstream, d.dtype) * scale(kinds)
        by_log = tf.reduce_sum((by_cost + tf.transpose(by_cost)) * part, -1, keepdims=True)
        return by_cost - by_log * shares

    return Rowwise(value, gradient).at(kinds, distances)


class LiftedStruct(LossFunctionWrapper, of=lifted_struct):
    """Lifted structured loss as an object; see `lifted_struct` for the arguments, and `Loss`."""

    def __init__(
        self,
        margin: float = 1.0,
        reduction: str | None = DEFAULT,
        name: str | None = "lifted_struct",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            lifted_struct,
            reduction=reduction,
            name=name,
            dtype=dtype,
            margin=margin,
            ignore_nan=ignore_nan,
        )


@loss(family="embedding", truth="label")
def supervised_contrastive(
    y_true: Any, y_pred: Any, temperature: Positive = 0.1, *, ignore_nan: NoNaN = False
) -> Values:
    r"""Supervised contrastive loss: mean of \( -\log(e^{s_{ip}} / \sum_{a \ne i} e^{s_{ia}}) \) over p.

    s is the cosine of two embeddings divided by the temperature, and p runs over the other samples of the
    class of i. A sample that has none has the value 0, which counts in a mean, and so has a batch of one
    sample. `sample_weight` is the weight of the anchor i; a sample of weight 0 still takes part in the sums
    of others. Under several replicas the batch is what the replica has.

    Args:
        y_true: Integer labels, of shape [batch] or [batch, 1].
        y_pred: Embeddings of any length, of shape [batch, size].
        temperature: What the cosines are divided by, above 0.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> x = [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
        >>> supervised_contrastive([0, 0, 1], x, temperature=1.0).numpy().round(4)
        array([0.3133, 0.3133, 0.    ], dtype=float32)

    Reference:
        Khosla, P., et al. (2020). Supervised Contrastive Learning.

    Relation:
        `ntxent` is this of views of samples.
    """
    return _contrast(y_true, y_pred, temperature)


class SupervisedContrastive(LossFunctionWrapper, of=supervised_contrastive):
    """Supervised contrastive loss as an object; see `supervised_contrastive`, and `Loss`."""

    def __init__(
        self,
        temperature: float = 0.1,
        reduction: str | None = DEFAULT,
        name: str | None = "supervised_contrastive",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            supervised_contrastive,
            reduction=reduction,
            name=name,
            dtype=dtype,
            temperature=temperature,
            ignore_nan=ignore_nan,
        )


@loss(family="embedding", truth="label")
def ntxent(
    y_true: Any, y_pred: Any, temperature: Positive = 0.5, *, ignore_nan: NoNaN = False
) -> Values:
    r"""Normalised temperature-scaled cross-entropy: \( -\log(e^{s_{ij}} / \sum_{a \ne i} e^{s_{ia}}) \).

    s is the cosine of two embeddings divided by the temperature, and i and j are two views of one example:
    rows of the batch that have the same number in `y_true`. Of more than two views the mean over j is taken,
    as in `supervised_contrastive`. A view that is the only one of its example has the value 0, which counts
    in a mean. `sample_weight` is the weight of the view i. Under several replicas the batch is what the
    replica has.

    Or `y_true` has the other view of each example, of the shape of `y_pred`. All rows of both are compared,
    and the value of an example is the mean of those of its two views. It has gradients by both.

    Args:
        y_true: Whole numbers that say which example an embedding is a view of, of shape [batch] or
            [batch, 1]; or the embeddings of the other views, floats of shape [batch, size] with a size
            above 1.
        y_pred: Embeddings of any length, of shape [batch, size].
        temperature: What the cosines are divided by, above 0.
        ignore_nan: Must be False. Leave samples without a label out of the batch.

    Returns:
        Per-sample values of shape [batch], in the dtype of `y_pred`.

    Raises:
        InputError: If the shapes do not match or an argument is out of its range.

    Example:
        >>> first, second = [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [0.0, 1.0]]
        >>> ntxent([0, 1, 0, 1], first + second, temperature=1.0).numpy().round(4)
        array([0.5514, 0.5514, 0.5514, 0.5514], dtype=float32)
        >>> ntxent(first, second, temperature=1.0).numpy().round(4)
        array([0.5514, 0.5514], dtype=float32)

    Reference:
        Chen, T., Kornblith, S., Norouzi, M., Hinton, G. (2020). A Simple Framework for Contrastive Learning
        of Visual Representations.
    """
    check_embeddings(y_true, y_pred)
    if y_true.shape.rank != 2 or y_true.shape[-1] == 1:
        return _contrast(y_true, y_pred, temperature)
    fits = y_true.shape.is_compatible_with(y_pred.shape)
    if not (fits and y_true.dtype.is_floating):
        raise checks.InputError(
            "y_true",
            f"a number for each of {y_pred.shape[0]} embeddings, or floats of shape "
            f"{checks.shape(y_pred)}, their other views",
            f"{y_true.dtype.name} of shape {checks.shape(y_true)}",
            "Make embeddings floats; of one-hot labels take the classes." if fits else "",
        )
    y_true = checks.same_shape(y_true, y_pred)
    views = tf.stack([tf.cast(x, tf.float64) for x in (y_true, y_pred)], 1)
    examples = tf.repeat(tf.range(tf.shape(views)[0]), 2)
    in_turn = tf.reshape(views, [rows.dimension(views, 0) * 2, rows.dimension(views, 2)])
    return _contrast(examples, in_turn, temperature, y_pred.dtype, views=2)


class NTXent(LossFunctionWrapper, of=ntxent):
    """Normalised temperature-scaled cross-entropy as an object; see `ntxent`, and `Loss`."""

    def __init__(
        self,
        temperature: float = 0.5,
        reduction: str | None = DEFAULT,
        name: str | None = "ntxent",
        dtype: Any = None,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            ntxent,
            reduction=reduction,
            name=name,
            dtype=dtype,
            temperature=temperature,
            ignore_nan=ignore_nan,
        )


def _contrast(
    labels: tf.Tensor, x: tf.Tensor, temperature: float, dtype: Any = None, views: int = 1
) -> Values:
    """The mean of -log of the shares that the positives have in the exponentials of all others.

    Args:
        labels: Which embeddings are positives of each other.
        x: The embeddings, those of one sample one below the other.
        temperature: What the cosines are divided by.
        dtype: That of the values; None for that of `x`.
        views: How many embeddings a sample has, of which the mean is taken.
    """
    labels = labels_of_embeddings(labels, x)
    dtype = dtype or x.dtype

    def positives(kinds: tf.Tensor) -> tf.Tensor:
        """The share of each positive in the mean; 0 where there is none."""
        ones = tf.cast(kinds > 0, tf.float64)
        return tf.math.divide_no_nan(ones, tf.reduce_sum(ones, -1, keepdims=True))

    def value(kinds: tf.Tensor, product: tf.Tensor, axis: Any) -> tf.Tensor:
        logs, _, _ = _log_sum_exp(product / temperature, tf.not_equal(kinds, 0))
        costs = numerics.zero_elsewhere(kinds > 0, logs - product / temperature)
        return tf.cast(tf.reduce_sum(positives(kinds) * costs, axis, keepdims=True) / views, dtype)

    def gradient(kinds: tf.Tensor, product: tf.Tensor, axis: Any, upstream: tf.Tensor) -> tf.Tensor:
        _, shares, _ = _log_sum_exp(product / temperature, tf.not_equal(kinds, 0))
        mean = positives(kinds)
        some = tf.reduce_sum(mean, -1, keepdims=True) > 0.0
        upstream = tf.cast(upstream, product.dtype) / (temperature * views)
        return upstream * numerics.zero_elsewhere(some, shares - mean)

    number = rows.dimension(x, 0)
    of_samples = [number // views, views, number]
    kinds = kinds_of_pairs(labels, labels, remove_diagonal=True)
    product = products(_unit(tf.cast(x, tf.float64)))
    return Rowwise(value, gradient).at(
        tf.reshape(kinds, of_samples), tf.reshape(product, of_samples), axis=(-2, -1)
    )


def _log_sum_exp(x: tf.Tensor, where: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """log(sum(exp(x))) of each row where told, its derivatives by x, and whether a row has any; else 0."""
    some = tf.reduce_any(where, -1, keepdims=True)
    x = tf.where(where, x, x.dtype.min / 2)  # not -inf: an empty row would be NaN
    top = tf.stop_gradient(tf.reduce_max(x, -1, keepdims=True))
    terms = numerics.zero_elsewhere(where, tf.exp(x - top))
    total = tf.where(some, tf.reduce_sum(terms, -1, keepdims=True), tf.ones([], x.dtype))
    return numerics.zero_elsewhere(some, tf.math.log(total) + top), terms / total, some


# -- distances -------------------------------------------------------------------------------------


def _labels_and_distances(
    y_true: Any, y_pred: tf.Tensor, metric: Any
) -> tuple[tf.Tensor, tf.Tensor]:
    """The labels, and the distances in float64: products of float32 would lose those of near pairs."""
    labels = labels_of_embeddings(y_true, y_pred)
    if not callable(metric):
        return labels, _METRICS[metric](tf.cast(y_pred, tf.float64))
    distances = checks.float_tensor(metric(y_pred), "distance_metric")
    expected = [y_pred.shape[0]] * 2
    if not distances.shape.is_compatible_with(expected):
        raise checks.InputError(
            "distance_metric",
            f"a function that gives a matrix of shape {tuple(expected)}",
            f"one of shape {checks.shape(distances)}",
        )
    return labels, tf.cast(distances, tf.float64)


def _squared_distances(x: tf.Tensor) -> tf.Tensor:
    """The squared distances of all pairs of rows; 0 where the rows differ by no more than roundings."""
    product = products(x)
    squares = tf.linalg.diag_part(product)
    both = squares[:, None] + squares[None, :]
    distances = both - 2.0 * product
    return tf.where(distances <= 1e-14 * both, tf.zeros([], x.dtype), distances)


def _distances(x: tf.Tensor) -> tf.Tensor:
    """The distances of all pairs of rows, with derivative 0 where they are 0."""
    squares = _squared_distances(x)
    none = tf.equal(squares, 0.0)
    return tf.where(none, squares, tf.sqrt(tf.where(none, tf.ones([], x.dtype), squares)))


def _angular_distances(x: tf.Tensor) -> tf.Tensor:
    """1 - cosine of all pairs of rows; of a row of zeros 1."""
    return tf.nn.relu(1.0 - products(_unit(x)))


def _unit(x: tf.Tensor) -> tf.Tensor:
    """Rows of length 1; a row of zeros stays, and has the derivative 0."""
    squares = tf.reduce_sum(tf.square(x), -1, keepdims=True)
    none = tf.equal(squares, 0.0)
    root = tf.sqrt(tf.where(none, tf.ones([], x.dtype), squares))
    return tf.where(none, x * 0.0, x / root)


_METRICS = {"L2": _distances, "squared-L2": _squared_distances, "angular": _angular_distances}


def _place_of_largest(x: tf.Tensor) -> tf.Tensor:
    """The index of the largest number in each row; of an empty batch too, whose rows have none."""
    return tf.argmax(tf.pad(x, [[0, 0], [0, 1]], constant_values=x.dtype.min), -1, tf.int32)


def _itself(same: tf.Tensor) -> tf.Tensor:
    return tf.eye(tf.shape(same)[0], dtype=tf.bool)
