"""Rows of unequal length: a `tf.RaggedTensor` as dense rows, one below the other, for any loss.

Values have the axes of `y_pred` but for the last: they are dense where only that one is ragged. Of rows
that are themselves of unequal length, a mean is taken over the loss of each entry; any other loss is
computed of all rows of one length at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lossbridge import checks, reduction
from lossbridge._backend import tf
from lossbridge.engine._tensorflow import in_xla
from lossbridge.keras_protocol import mask_of, with_mask

if TYPE_CHECKING:
    from lossbridge.registry import LossSpec

Dense = Callable[[tf.Tensor, tf.Tensor, Any, Any], tf.Tensor]
"""The values of dense `(y_true, y_pred, sample_weight, mask)`, with the mask of what counts."""


class Batch(NamedTuple):
    """The inputs of a loss without ragged axes, but for that of rows of unequal length."""

    y_true: Any
    y_pred: Any
    """Dense, or one `tf.RaggedTensor` of rank 2."""
    arguments: dict[str, Any]
    sample_weight: Any = None
    mask: Any = None
    splits: tuple[tf.Tensor, ...] = ()
    """Where the ragged axes of the values begin."""

    def restored(self, values: tf.Tensor) -> Any:
        """Values of this batch, or weighted ones, with the ragged axes that they have."""
        if not self.splits:
            return values
        mask = mask_of(values)
        if mask is not None:
            mask = tf.RaggedTensor.from_nested_row_splits(mask, self.splits, validate=False)
        values = tf.RaggedTensor.from_nested_row_splits(values, self.splits, validate=False)
        return with_mask(values, mask)


def is_ragged(*inputs: Any) -> bool:
    """Whether one of the inputs has rows of unequal length."""
    return any(isinstance(x, tf.RaggedTensor) for x in inputs)


def mapped(function: Callable[[tf.Tensor], tf.Tensor], x: Any) -> Any:
    """`function` of an array, or of all entries of a ragged tensor."""
    if isinstance(x, tf.RaggedTensor):
        return x.with_flat_values(function(x.flat_values))
    return function(x)


def flattened(
    spec: LossSpec,
    y_true: Any,
    y_pred: Any,
    arguments: dict[str, Any],
    sample_weight: Any = None,
    mask: Any = None,
    align: bool = True,
) -> Batch:
    """The inputs of a loss as a batch; where neither `y_true` nor `y_pred` is ragged as they are.

    Args:
        spec: The loss.
        y_true: True values.
        y_pred: Predictions.
        arguments: The arguments of the loss.
        sample_weight: Weights, dense ones of the outer axes or ragged ones of any of the values.
        mask: The Keras mask of `y_pred`, of such a shape as well.
        align: Whether a last axis of size 1 that one of the inputs lacks is dropped.

    Raises:
        InputError: If rows differ in length, or the loss is not one of the last axis or of all entries.
    """
    if not is_ragged(y_true, y_pred):
        return Batch(y_true, y_pred, arguments, sample_weight, mask)
    y_true, y_pred = _tensor(y_true, "y_true"), _tensor(y_pred, "y_pred")
    arguments = spec.checked(arguments)
    labels = spec.one_true
    if align or labels:
        y_true, y_pred = _same_rank(y_true, y_pred, labels)
    axes = _check(spec, y_true, y_pred, arguments)
    depth = max(_depth(y_true), _depth(y_pred))
    hint = _cut(y_true, "y_true", "y_pred") or _cut(y_pred, "y_pred", "y_true")
    y_pred = _partitioned(y_pred, depth)
    y_true = _partitioned(y_true, min(depth, y_true.shape.rank - 1))
    y_true = _as_long("y_true", y_true, y_pred.nested_row_splits[: _depth(y_true)], hint)
    t, p, splits = _flat(y_true), y_pred.flat_values, y_pred.nested_row_splits
    if axes is None:  # of all entries, wherever they are
        return Batch(t, p, arguments, _flat(sample_weight), _flat(mask))
    if "axis" in arguments:
        arguments = {**arguments, "axis": -1}
    if p.shape.rank == 1:
        *splits, rows = splits
        p = tf.RaggedTensor.from_row_splits(p, rows, validate=False)
        t = _one_for_each(t, p) if labels else p.with_values(t)
    weight, mask = _per_row(sample_weight, "sample_weight", splits), _per_row(mask, "mask", splits)
    return Batch(t, p, arguments, weight, mask, tuple(splits))


def values_of(spec: LossSpec, batch: Batch, dense: Dense) -> tf.Tensor:
    """The values of a batch, with the mask of what counts; `dense` gives them of dense inputs."""
    if not is_ragged(batch.y_pred):
        return dense(batch.y_true, batch.y_pred, batch.sample_weight, batch.mask)
    of_rows = _mean_of_entries if spec.averages_entries(batch.arguments) else _of_each_length
    return of_rows(batch, dense)


def _mean_of_entries(batch: Batch, dense: Dense) -> tf.Tensor:
    """The mean of each row: of a loss over a last axis of size 1, of which each entry has a value."""
    rows, number = batch.y_pred.value_rowids(), batch.y_pred.nrows()

    def of_entry(x: Any) -> Any:
        return x if x is None or x.shape.rank == 0 else tf.gather(x, rows)

    def sums(x: tf.Tensor) -> tf.Tensor:
        # in float64, since TensorFlow adds up the entries of a row one by one
        return tf.math.unsorted_segment_sum(tf.cast(x, tf.float64), rows, number)

    t, p = (tf.expand_dims(x.values, -1) for x in (batch.y_true, batch.y_pred))
    entries = dense(t, p, of_entry(batch.sample_weight), of_entry(batch.mask))
    observed = mask_of(entries)
    counts = sums(tf.ones_like(entries) if observed is None else observed)
    mean = tf.math.divide_no_nan(sums(entries), counts)
    return with_mask(tf.cast(mean, entries.dtype), counts > 0)


def _of_each_length(batch: Batch, dense: Dense) -> tf.Tensor:
    """The values of rows that a loss takes as a whole, those of one length at a time."""
    p = batch.y_pred
    if in_xla():
        raise checks.InputError(
            "y_pred",
            "of rows of one length, where XLA compiles a loss of whole rows",
            "a RaggedTensor",
            "Compile without XLA, jit_compile=False.",
        )
    lengths, starts = p.row_lengths(), p.row_starts()
    sizes, group = tf.unique(lengths)

    @tf.autograph.experimental.do_not_convert
    def of_size(i_and_size: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        i, size = i_and_size
        rows = tf.reshape(tf.where(tf.equal(group, i)), [-1])
        entries = tf.expand_dims(tf.gather(starts, rows), -1) + tf.range(size)

        def picked(x: Any) -> Any:
            if is_ragged(x):
                # not tf.gather(), whose gradient is no tensor but tf.IndexedSlices
                return tf.gather_nd(x.values, tf.expand_dims(entries, -1))
            return x if x is None or x.shape.rank == 0 else tf.gather(x, rows)

        values = dense(
            picked(batch.y_true), picked(p), picked(batch.sample_weight), picked(batch.mask)
        )
        counted = mask_of(values)
        return values, tf.ones_like(values, tf.bool) if counted is None else counted

    dtype = checks.compute_dtype(p.dtype if p.dtype.is_floating else checks.floatx())
    values, counted = tf.map_fn(
        of_size,
        (tf.range(tf.size(sizes)), sizes),
        fn_output_signature=tuple(tf.RaggedTensorSpec([None], x) for x in (dtype, tf.bool)),
    )
    order = tf.argsort(tf.argsort(group, stable=True))
    counted = tf.gather(counted.flat_values, order) & (lengths > 0)
    values = tf.gather(values.flat_values, order)
    return with_mask(tf.where(counted, values, tf.zeros((), dtype)), counted)


# -- inputs -----------------------------------------------------------------------------------------


def _tensor(x: Any, argument: str) -> Any:
    x = mapped(lambda x: checks.tensor(x, argument), x)
    return x.with_row_splits_dtype(tf.int64) if is_ragged(x) else x


def _depth(x: Any) -> int:
    return x.ragged_rank if is_ragged(x) else 0


def _flat(x: Any) -> Any:
    return x.flat_values if is_ragged(x) else x


def _partitioned(x: Any, depth: int) -> Any:
    """`x` as a ragged tensor of `depth` ragged axes, some of which may be uniform."""
    more = depth - _depth(x)
    if more <= 0:
        return x
    parts = tf.RaggedTensor.from_tensor(_flat(x), ragged_rank=more, row_splits_dtype=tf.int64)
    return x.with_flat_values(parts) if is_ragged(x) else parts


def _same_rank(y_true: Any, y_pred: Any, labels: bool) -> tuple[Any, Any]:
    """Both without a last axis of size 1 that only one of them has."""
    true_rank, pred_rank = y_true.shape.rank, y_pred.shape.rank
    if true_rank is None or pred_rank is None:
        return y_true, y_pred
    if true_rank == pred_rank + (0 if labels else 1) and y_true.shape[-1] == 1:
        return tf.squeeze(y_true, [true_rank - 1]), y_pred
    if not labels and pred_rank == true_rank + 1 and y_pred.shape[-1] == 1:
        return y_true, tf.squeeze(y_pred, [pred_rank - 1])
    return y_true, y_pred


def _check(spec: LossSpec, y_true: Any, y_pred: Any, arguments: dict[str, Any]) -> Any:
    """The axes that the loss runs over, if it takes these inputs: (-1,), or None for all."""
    if spec.truth == "sequence" or spec.family == "embedding":
        argument, x = ("y_pred", y_pred) if is_ragged(y_pred) else ("y_true", y_true)
        hint = "Convert it with to_tensor()."
        if argument == "y_pred":
            hint = "Call the loss for each row." if spec.truth == "sequence" else hint
        elif spec.truth == "sequence":
            hint = "Convert it with to_tensor(): labels of 0 are padding."
        raise checks.InputError(argument, "a dense tensor", checks.describe(x), hint)
    rank = y_pred.shape.rank
    for argument, x in (("y_true", y_true), ("y_pred", y_pred)):
        if x.shape.rank is None:
            raise checks.InputError(
                argument, "of a known rank", "a RaggedTensor without", "Give its spec a shape."
            )
    if y_true.shape.rank != rank - spec.one_true:
        without = ", without the axis of the classes" if spec.truth == "label" else ""
        without = ", without its last axis" if spec.heads is not None else without
        raise checks.InputError(
            "y_true",
            f"have the same shape as `y_pred`, {checks.shape(y_pred)}{without}",
            checks.shape(y_true),
        )
    axes = spec.reduced_axes(arguments, rank)
    if axes not in (None, (-1,)):
        raise checks.InputError(
            "axis",
            "-1, the last axis, of a RaggedTensor",
            repr(arguments["axis"]),
            "Convert inputs whose rows are of one length with to_tensor().",
        )
    return axes


def _one_for_each(labels: tf.Tensor, p: tf.RaggedTensor) -> tf.Tensor:
    """Labels, if there is one for each row."""
    if not labels.shape.is_compatible_with(p.shape[:1]):
        wanted = f"have a label for each row of `y_pred`, {p.shape[0]}"
        raise checks.InputError("y_true", wanted, f"{labels.shape[0]}")
    if labels.shape.is_fully_defined() and p.shape[0] is not None:
        return labels
    number = tf.expand_dims(tf.cast(p.nrows(), tf.int32), 0)
    return checks.of_shape(labels, number, "`y_true` must have a label for each row of `y_pred`")


def _cut(x: Any, argument: str, other: str) -> str:
    """A hint at how the padding of a dense input is cut off; an empty string for a ragged one."""
    if is_ragged(x):
        return ""
    lengths = "row_lengths()" if x.shape.rank == 2 else "nested_row_lengths()[:1]"
    return f"tf.RaggedTensor.from_tensor({argument}, {other}.{lengths}) cuts padding off."


def _as_long(argument: str, x: Any, splits: Any, hint: str) -> Any:
    """`x`, if its rows begin at `splits`, where those of `y_pred` do.

    What cannot be told while a graph is built is told when it runs.
    """
    for ours, theirs in zip(x.nested_row_splits if splits else (), splits, strict=True):
        if ours is theirs:
            continue
        known = tf.get_static_value(ours), tf.get_static_value(theirs)
        if known[0] is not None and known[1] is not None:
            _check_lengths(argument, np.diff(known[0]), np.diff(known[1]), hint)
            continue
        if not ours.shape.is_compatible_with(theirs.shape):
            n, m = (s.shape[0] - 1 for s in (ours, theirs))
            raise checks.InputError(argument, f"have {m} rows, as `y_pred` has", f"{n}", hint)
        message = f"`{argument}` must have the row lengths of `y_pred`"
        with tf.control_dependencies([tf.debugging.assert_equal(ours, theirs, message)]):
            x = mapped(tf.identity, x)
    return x


def _check_lengths(argument: str, ours: np.ndarray, theirs: np.ndarray, hint: str) -> None:
    if np.array_equal(ours, theirs):
        return
    both = min(len(ours), len(theirs))
    first = int(np.argmax(np.append(ours[:both] != theirs[:both], True)))

    def listed(lengths: np.ndarray) -> str:
        start = max(0, min(first, len(lengths) - 6))
        shown = [str(n) for n in lengths[start : start + 6]]
        before, after = start > 0, start + 6 < len(lengths)
        return f"[{', '.join(['..'] * before + shown + ['..'] * after)}]"

    raise checks.InputError(
        argument,
        f"have the row lengths of `y_pred`, {listed(theirs)}",
        listed(ours),
        hint,
    )


def _per_row(x: Any, argument: str, splits: Any) -> Any:
    """Weights or a mask of the values that begin at `splits`, as one of them for each value."""
    if x is None:
        return None
    x = _tensor(x, argument)
    if x.shape.rank == 0:
        return x
    while (x.shape.rank or 0) > 1 and x.shape[-1] == 1:
        x = tf.squeeze(x, [x.shape.rank - 1])
    hint = _cut(x, argument, "y_pred")
    x = _partitioned(x, min(len(splits), (x.shape.rank or 1) - 1))
    depth = _depth(x)
    if depth > len(splits):
        reduction.align(x, tf.TensorShape([None] * (len(splits) + 1)), argument)
    if not depth and splits:
        rows = splits[0].shape[0]
        x = reduction.align(x, tf.TensorShape([rows and rows - 1]), argument)
    x = _flat(_as_long(argument, x, splits[:depth], hint))
    for begin in splits[depth:]:
        x = tf.repeat(x, begin[1:] - begin[:-1], axis=0)
    return x
