"""Rows of unequal length: `tf.RaggedTensor`, in all losses of the last axis."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    EMBEDDINGS,
    NAMES,
    OF_BATCH,
    assert_close,
    function,
    inputs,
    loss_object,
    needs_tf_keras,
    value_and_gradient,
    with_arguments,
)

import lossbridge
from lossbridge import losses, metrics, registry
from lossbridge._backend import PUBLIC_ONLY

REFUSED = ("ctc", *EMBEDDINGS)
TAKEN = [name for name in NAMES if name not in (*REFUSED, *OF_BATCH)]
# Of dice and tversky, whose sums run over everything unless told otherwise, there are others below.
BY_ROW = [(name, {"axis": -1} if name in ("dice", "tversky") else {}) for name in TAKEN]
# A mean of entries, one whose labels are looked at all together, a sum of them, and rows of all kinds.
SOME = [
    case
    for case in BY_ROW
    if case[0]
    in (
        "mean_squared_error",
        "hinge",
        "kl_divergence",
        "cosine_similarity",
        "dice",
        "categorical_crossentropy",
        "sparse_categorical_crossentropy",
    )
]
ARGUMENTS = [
    case
    for case in with_arguments()
    if case.values[0] in TAKEN
    and case.values[1].get("axis", -1) == -1
    and (case.values[0] not in ("dice", "tversky") or "axis" in case.values[1])
]
LENGTHS = [3, 2, 3, 2]


def rows_of(name, arguments=None, dtype="float64"):
    """Rows of a loss, each of a length of its own: lists of t and p."""
    arguments = arguments or {}
    fixed = any(isinstance(value, (list, dict)) for value in arguments.values())
    rows = [4] * len(LENGTHS) if fixed else LENGTHS  # lists have a number for each of 4 classes
    t, p = [], []
    for i, n in enumerate(rows):
        y_true, y_pred = inputs(name, (len(rows), n), arguments, seed=n, dtype=dtype)
        t.append(y_true[i])
        p.append(y_pred[i])
    return t, p


def ragged(rows):
    """Rows as one tensor; a dense one of labels."""
    if np.ndim(rows[0]) == 0:
        return tf.constant(rows)
    flat = tf.constant(np.concatenate(rows))
    return tf.RaggedTensor.from_row_lengths(flat, [len(row) for row in rows])


def grouped(rows, lengths=(2, 0, 2)):
    """Rows as samples of several rows, or of none."""
    rows = ragged(rows)
    splits = np.append(0, np.cumsum(lengths)).astype("int64")
    return tf.RaggedTensor.from_row_splits(rows, splits)


def is_label(name):
    return registry.LOSSES[name].one_true


def one_by_one(name, arguments, t, p, **kwargs):
    """Values, gradients, and what counts of a dense call for each row."""
    values, gradients, counted = [], [], []
    for row, predicted in zip(t, p, strict=True):
        masks = []

        def fn(t, p, masks=masks):
            values = function(name)(t, p, **arguments, **kwargs)
            masks.append(getattr(values, "_keras_mask", tf.ones_like(values, tf.bool)))
            return values

        value, gradient = value_and_gradient(fn, np.asarray(row)[None], predicted[None])
        values.append(value[0])
        gradients.append(gradient[0])
        counted.append(bool(masks[0][0]))
    return np.array(values), np.concatenate(gradients), np.array(counted)


def of_ragged(loss, t, p, **kwargs):
    """Value, and gradient by the flat values of `p`, of a loss of ragged tensors."""
    flat = tf.convert_to_tensor(p.flat_values)
    with tf.GradientTape() as tape:
        tape.watch(flat)
        value = loss(t, p.with_flat_values(flat), **kwargs)
        total = tf.reduce_sum(value.flat_values if isinstance(value, tf.RaggedTensor) else value)
    return value, tape.gradient(total, flat).numpy()


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS)
def test_each_row_is_a_call_of_its_own(name, arguments):
    t, p = rows_of(name, arguments)
    expected, by_row, counted = one_by_one(name, arguments, t, p)
    fn = lambda t, p: function(name)(t, p, **arguments)  # noqa: E731
    value, gradient = of_ragged(fn, ragged(t), ragged(p))
    assert isinstance(value, tf.Tensor)
    assert_close(value, expected, "float64")
    assert_close(gradient, by_row, "float64")
    loss = loss_object(name, **arguments, dtype="float64")
    value, gradient = of_ragged(loss, ragged(t), ragged(p))
    assert_close(value, expected[counted].mean(), "float64")
    assert_close(gradient, by_row / counted.sum(), "float64")


@pytest.mark.parametrize(("name", "arguments"), SOME)
def test_values_of_several_rows_in_a_sample_are_ragged(name, arguments):
    """Whether the rows themselves are of one length, known or not, or of several."""
    y_true, y_pred = inputs(name, (4, 3), arguments, dtype="float64")
    outer = lambda x: tf.RaggedTensor.from_row_lengths(np.array(x), [2, 0, 2])  # noqa: E731
    batches = [
        (grouped, *rows_of(name, arguments)),
        (grouped, list(y_true), list(y_pred)),
        (outer, y_true, y_pred),
    ]
    for form, t, p in batches:
        expected, by_row, _ = one_by_one(name, arguments, t, p)
        loss = loss_object(name, **arguments, reduction="none", dtype="float64")
        value, gradient = of_ragged(loss, form(t), form(p))
        assert_close(value.flat_values, expected, "float64")
        assert value.row_lengths().numpy().tolist() == [2, 0, 2]
        assert_close(gradient.reshape(-1), by_row.reshape(-1), "float64")
        assert loss.call(form(t), form(p)).to_list() == value.to_list()
        assert function(name)(form(t), form(p), **arguments).to_list() == value.to_list()
        loss = loss_object(name, **arguments, dtype="float64")
        assert_close(loss(form(t), form(p)), expected.mean(), "float64")


@pytest.mark.parametrize(
    "name",
    ["mean_squared_error", "hinge", "cosine_similarity", "sparse_categorical_crossentropy"],
)
def test_graphs_give_the_same(name):
    t, p = rows_of(name, dtype="float32")
    loss = loss_object(name)

    def both(t, p):
        with tf.GradientTape() as tape:
            tape.watch(p.flat_values)
            value = loss(t, p)
        return value, tape.gradient(value, p.flat_values)

    y_true, y_pred = grouped(t), grouped(p)
    specs = [
        tf.RaggedTensorSpec([None] * x.shape.rank, x.dtype, x.ragged_rank) for x in (y_true, y_pred)
    ]
    traced = tf.function(both, input_signature=specs)
    for found, expected in zip(traced(y_true, y_pred), both(y_true, y_pred), strict=True):
        assert_close(found, expected)


@pytest.mark.parametrize("name", ["mean_squared_error", "hinge", "sparse_categorical_crossentropy"])
def test_xla(name):
    rows = tf.RaggedTensor.from_row_lengths
    y_true, y_pred = (rows(x, [3, 2]) for x in inputs(name, (5, 4)))
    loss = loss_object(name)
    assert_close(tf.function(loss, jit_compile=True)(y_true, y_pred), loss(y_true, y_pred))


@pytest.mark.skipif(PUBLIC_ONLY, reason="in public TensorFlow does not tell that XLA compiles")
def test_xla_takes_no_rows_of_several_lengths_as_a_whole():
    t, p = map(ragged, rows_of("cosine_similarity"))
    with pytest.raises(lossbridge.InputError, match="Compile without XLA, jit_compile=False."):
        tf.function(losses.cosine_similarity, jit_compile=True)(t, p)


@pytest.mark.parametrize(("name", "arguments"), SOME)
def test_weights(name, arguments):
    """Of a sample, for all of its rows, or of each row; a NaN of weight 0 reaches nothing."""
    t, p = rows_of(name, arguments)
    values = np.asarray(function(name)(ragged(t), ragged(p), **arguments))
    of_samples = np.array([2.0, 7.0, 0.0])
    of_rows = np.array([2.0, 2.0, 0.0, 0.0])
    own = np.array([0.5, 1.0, 0.0, 2.0])
    make = lambda **more: loss_object(name, **arguments, dtype="float64", **more)  # noqa: E731
    for form, weight, w in (
        (ragged, own, own),
        (ragged, own[:, None], own),
        (ragged, 3.0, np.full(4, 3.0)),
        (grouped, of_samples, of_rows),
        (grouped, of_samples[:, None], of_rows),
        (grouped, tf.RaggedTensor.from_row_lengths(own, [2, 0, 2]), own),
        (grouped, tf.RaggedTensor.from_row_lengths(own[:, None], [2, 0, 2]), own),
    ):
        y_true, y_pred = form(t), form(p)
        assert_close(make()(y_true, y_pred, weight), (w * values).mean(), "float64")
        mean = make(reduction="mean_with_sample_weight")(y_true, y_pred, weight)
        assert_close(mean, (w * values).sum() / w.sum(), "float64")
        each = make(reduction="none")(y_true, y_pred, weight)
        assert_close(getattr(each, "flat_values", each), w * values, "float64")
        if not w.all():
            bad = [np.full_like(row, np.nan) if w[i] == 0 else row for i, row in enumerate(p)]
            value, gradient = of_ragged(make(), y_true, form(bad), sample_weight=weight)
            assert_close(value, (w * values).mean(), "float64")
            assert np.isfinite(gradient).all()


@pytest.mark.parametrize(("name", "arguments"), SOME)
def test_missing_labels(name, arguments):
    t, p = rows_of(name, arguments)
    t = [np.array(row, "float64") for row in t]
    t[1][...] = np.nan
    if not is_label(name):
        t[2][1] = np.nan
    expected, by_row, counted = one_by_one(name, arguments, t, p, ignore_nan=True)
    fn = lambda t, p: function(name)(t, p, **arguments, ignore_nan=True)  # noqa: E731
    value, gradient = of_ragged(fn, ragged(t), ragged(p))
    assert_close(value, expected, "float64")
    assert_close(gradient, by_row, "float64")
    np.testing.assert_array_equal(value._keras_mask, counted)
    value = fn(grouped(t), grouped(p))
    np.testing.assert_array_equal(value._keras_mask.flat_values, counted)
    loss = loss_object(name, **arguments, ignore_nan=True, dtype="float64")
    assert_close(loss(grouped(t), grouped(p)), expected[counted].mean(), "float64")


def test_a_loss_of_a_batch_is_of_all_rows():
    y_true, y_pred = inputs("weighted_kappa", (4, 3))
    weight, loss = np.array([1.0, 0.0, 2.0, 0.5], "float32"), losses.WeightedKappa()
    t, p, w = (tf.RaggedTensor.from_row_lengths(x, [3, 0, 1]) for x in (y_true, y_pred, weight))
    assert_close(losses.weighted_kappa(t, p), losses.weighted_kappa(y_true, y_pred))
    assert_close(loss(t, p, w), loss(y_true, y_pred, weight))


@pytest.mark.parametrize("name", ["dice", "tversky"])
def test_sums_over_everything_are_over_all_entries(name):
    t, p = rows_of(name)
    expected = function(name)(np.concatenate(t), np.concatenate(p))
    for form in (ragged, grouped):
        assert_close(function(name)(form(t), form(p)), expected, "float64")
        value = loss_object(name, dtype="float64")(form(t), form(p), sample_weight=2.0)
        assert_close(value, 2 * expected, "float64")


@pytest.mark.parametrize(("name", "arguments"), SOME[:-1])
def test_a_row_of_nothing_does_not_count(name, arguments):
    """It is 0, as a row of which nothing was observed is. Keras: NaN."""
    t, p = rows_of(name)
    expected, by_row, _ = one_by_one(name, arguments, t, p)
    t[2:2], p[2:2] = [np.zeros(0)], [np.zeros(0)]
    loss = loss_object(name, **arguments, dtype="float64")
    value, gradient = of_ragged(loss, ragged(t), ragged(p))
    assert_close(value, expected.mean(), "float64")
    assert_close(gradient, by_row / len(expected), "float64")
    values = function(name)(ragged(t), ragged(p), **arguments)
    assert values[2] == 0
    nothing = tf.RaggedTensor.from_row_lengths(np.zeros(0), [0, 0])
    assert loss(nothing, nothing) == 0
    assert loss(nothing[:0], nothing[:0]).numpy().size in (0, 1)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", ["mean_squared_error", "cosine_similarity", "poisson"])
def test_dtypes(name, dtype):
    """Half precisions are computed in float32, and rounded once."""
    t, p = (tf.cast(ragged(x), dtype) for x in rows_of(name))
    value = function(name)(t, p)
    assert value.dtype == dtype
    exact = function(name)(tf.cast(t, tf.float32), tf.cast(p, tf.float32))
    np.testing.assert_array_equal(value, tf.cast(exact, dtype))
    assert loss_object(name)(t, p).dtype == tf.float32


def test_a_long_row_keeps_its_digits():
    x = np.random.default_rng(0).uniform(size=100_000).astype("float32")
    rows = tf.RaggedTensor.from_row_lengths(x, [99_999, 1])
    value = losses.mean_absolute_error(rows * 0, rows)
    np.testing.assert_allclose(value[0], x[:-1].astype("float64").mean(), rtol=1e-7)


def test_rows_keep_their_order():
    """Those of one length are computed at once."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 4, size=200)
    x, y = rng.normal(size=(2, lengths.sum()))
    values = losses.cosine_similarity(
        *(tf.RaggedTensor.from_row_lengths(a, lengths) for a in (x, y))
    )
    rows = [np.split(a, np.cumsum(lengths)[:-1]) for a in (x, y)]
    cosines = [a @ b / np.linalg.norm(a) / np.linalg.norm(b) for a, b in zip(*rows, strict=True)]
    assert_close(values, -np.array(cosines), "float64")


# -- forms --------------------------------------------------------------------------------------------


def test_one_of_both_may_be_dense_where_it_fits():
    t, p = tf.constant([[1.0, 2.0], [3.0, 4.0]]), tf.ragged.constant([[2.0, 2.0], [3.0, 6.0]])
    for pair in ((t, p), (p, t), (t.numpy(), p), (p, t.numpy().tolist())):
        assert_close(losses.mse(*pair), np.float32([0.5, 2]))
    labels, scores = tf.constant([[0, 1]]), tf.ragged.constant([[[0.5, 0.5], [0.5, 0.5]]])
    found = losses.sparse_categorical_crossentropy(labels, scores)
    assert_close(found.flat_values, np.full(2, np.log(2), "float32"))


def test_the_same_axis_may_be_ragged_in_one_and_uniform_in_the_other():
    values = [[[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.0]]]
    two, one = tf.ragged.constant(values), tf.ragged.constant(values, ragged_rank=1)
    p = tf.ragged.constant([[[0.5, 0.5], [0.2, 0.8]], [[0.9, 0.1]]], ragged_rank=1)
    for t in (one, two, one.with_row_splits_dtype(tf.int32)):
        found = losses.categorical_crossentropy(t, p)
        assert_close(found.flat_values, -np.log(np.float32([0.5, 0.8, 0.9])))


def test_a_last_axis_of_size_1_is_dropped():
    """As of dense tensors: in the losses of regression, and in objects."""
    t = tf.ragged.constant([[1.0, 2.0], [5.0]])
    p = tf.expand_dims(tf.ragged.constant([[2.0, 4.0], [5.0]]), -1)
    for pair in ((t, p), (p, t)):
        assert_close(losses.mse(*pair), np.float32([2.5, 0]))
        assert_close(losses.MeanSquaredError()(*pair), np.float32(1.25))
    with pytest.raises(lossbridge.InputError, match="must have the same shape as `y_pred`"):
        losses.hinge(t, p)
    labels, scores = tf.ragged.constant([[0, 1]]), tf.ragged.constant([[[0.5, 0.5], [0.5, 0.5]]])
    dropped = losses.sparse_categorical_crossentropy(tf.expand_dims(labels, -1), scores)
    assert dropped.to_list() == losses.sparse_categorical_crossentropy(labels, scores).to_list()


def test_several_ragged_axes():
    t = tf.ragged.constant([[[[1.0], [2.0, 3.0]]], [[[4.0]], []]])
    found = losses.mse(t, t + 1)
    assert found.to_list() == [[[1.0, 1.0]], [[1.0], []]]
    loss = losses.MeanSquaredError(reduction="none")
    assert loss(t, t + 1, [2.0, 3.0]).to_list() == [[[2.0, 2.0]], [[3.0], []]]
    weight = tf.ragged.constant([[2.0], [3.0, 4.0]])
    assert loss(t, t + 1, weight).to_list() == [[[2.0, 2.0]], [[3.0], []]]


def test_names_of_r():
    t, p = tf.ragged.constant([[1.0, 2.0], [3.0]]), tf.ragged.constant([[2.0, 2.0], [6.0]])
    assert_close(lossbridge.loss_mean_squared_error(t, p), np.float32([0.5, 9]))
    assert lossbridge.loss_mean_squared_error(t, p, dtype="float64").dtype == tf.float64
    assert_close(lossbridge.loss_mean_squared_error(t, p, reduction="sum"), np.float32(9.5))
    t, p = tf.expand_dims(t, -1), tf.expand_dims(p, -1)
    found = lossbridge.loss_mean_squared_error(t, p, reduction="none")
    assert found.to_list() == [[1.0, 0.0], [9.0]]


def test_a_mask_of_the_predictions():
    t, p = tf.ragged.constant([[[1.0], [2.0]], [[3.0]]]), tf.ragged.constant([[[2.0], [4]], [[9]]])
    for mask in (tf.constant([True, False]), tf.ragged.constant([[True, True], [False]])):
        p._keras_mask = mask
        assert_close(losses.MeanSquaredError()(t, p), np.float32(2.5))


# -- weights of classes -------------------------------------------------------------------------------


@pytest.mark.parametrize("sparse", [False, True])
def test_weights_of_classes(sparse):
    p = np.float32([[0.5, 0.5], [0.2, 0.8], [0.9, 0.1]])
    t, weights = np.array([0, 1, 1]), np.float32([2, 3, 3])
    y_true = t if sparse else np.eye(2, dtype="float32")[t]
    kind = losses.SparseCategoricalCrossentropy if sparse else losses.CategoricalCrossentropy
    loss = kind(class_weight=[2.0, 3.0], reduction="mean_with_sample_weight")
    expected = -(weights * np.log(p[[0, 1, 2], t])).sum() / weights.sum()
    for splits in ("from_row_lengths", "nested"):
        x, y = (tf.RaggedTensor.from_row_lengths(a, [2, 1]) for a in (y_true, p))
        if splits == "nested":
            x, y = tf.ragged.constant(x.to_list()), tf.ragged.constant(y.to_list())
        assert_close(loss(x, y), expected)
        metric = metrics.LossMetric(kind().fn, class_weight=[2.0, 3.0])
        assert_close(metric(x, y), expected)


def test_weights_of_outputs():
    """A row has an output for each weight, or is refused."""
    t, p = [[1.0, 0.0], [0.0, 1.0]], [[0.5, 0.2], [0.1, 0.7]]
    dense = losses.binary_crossentropy(t, p, pos_weight=[2.0, 3.0])
    t, p = tf.ragged.constant(t), tf.ragged.constant(p)
    assert_close(losses.binary_crossentropy(t, p, pos_weight=[2.0, 3.0]), dense)
    with pytest.raises(lossbridge.InputError, match="pos_weight"):
        losses.binary_crossentropy(t[:, :1], p[:, :1], pos_weight=[2.0, 3.0])


# -- metrics ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "cls"), metrics._CLASSES.items())
def test_metrics(name, cls):
    """The mean over rows of the values of the loss; of the root the mean over entries."""
    spec = cls()._spec
    t, p = rows_of(spec.name, dtype="float32")
    values = np.asarray(spec.function(ragged(t), ragged(p)))
    w = np.float32([0.5, 1, 0, 2])
    expected = {"mean": values.mean(), "weighted": (w * values).sum() / w.sum()}
    if name == "RootMeanSquaredError":
        squares = [np.square(a - b) for a, b in zip(t, p, strict=True)]
        expected["mean"] = np.sqrt(np.concatenate(squares).mean())
        repeated = np.repeat(w, [len(row) for row in t])
        weighted = (repeated * np.concatenate(squares)).sum() / repeated.sum()
        expected["weighted"] = np.sqrt(weighted)
    sign = -1 if name == "CosineSimilarity" else 1
    for form in (ragged, grouped):
        metric = cls()
        assert_close(metric(form(t), form(p)), sign * expected["mean"], scale=2)
        weight = tf.RaggedTensor.from_row_lengths(w, [2, 0, 2]) if form is grouped else w
        metric.reset_state()
        assert_close(metric(form(t), form(p), weight), sign * expected["weighted"], scale=2)


# -- errors -------------------------------------------------------------------------------------------

T, P = tf.ragged.constant([[1.0, 2.0], [3.0]]), tf.ragged.constant([[1.0], [2.0, 3.0]])
LONG = tf.RaggedTensor.from_row_lengths(tf.zeros(300), [3] * 100)
OTHER = tf.RaggedTensor.from_row_lengths(tf.zeros(300), [3] * 50 + [2, 4] + [3] * 48)
PADDED = tf.constant([[1.0, 2.0], [3.0, 0.0]])
INVALID = "Invalid value for argument "
ERRORS = {
    "row lengths": (
        lambda: losses.mse(T, P),
        "`y_true`: must have the row lengths of `y_pred`, [1, 2], not [2, 1].",
    ),
    "row lengths in an object": (
        lambda: losses.MeanSquaredError()(T, P),
        "`y_true`: must have the row lengths of `y_pred`, [1, 2], not [2, 1].",
    ),
    "row lengths of a long batch": (
        lambda: losses.mse(OTHER, LONG),
        "`y_true`: must have the row lengths of `y_pred`, [.., 3, 3, 3, 3, 3, 3, ..], "
        "not [.., 2, 4, 3, 3, 3, 3, ..].",
    ),
    "rows": (
        lambda: losses.mse(T, T[:1]),
        "`y_true`: must have the row lengths of `y_pred`, [2], not [2, 1].",
    ),
    "rows of labels": (
        lambda: losses.sparse_categorical_crossentropy(
            tf.ragged.constant([[0], [0, 1]]), tf.expand_dims(T, -1)
        ),
        "`y_true`: must have the row lengths of `y_pred`, [2, 1], not [1, 2].",
    ),
    "a label too many": (
        lambda: losses.sparse_categorical_crossentropy([0, 0, 0], T),
        "`y_true`: must have a label for each row of `y_pred`, 2, not 3.",
    ),
    "rows in a graph": (
        lambda: tf.function(losses.mse, autograph=False)(T, T[:1]),
        "`y_true`: must have 1 rows, as `y_pred` has, not 2.",
    ),
    "padded labels": (
        lambda: losses.mse(PADDED, T),
        "`y_true`: must have the row lengths of `y_pred`, [2, 1], not [2, 2]. "
        "tf.RaggedTensor.from_tensor(y_true, y_pred.row_lengths()) cuts padding off.",
    ),
    "padded predictions": (
        lambda: losses.mse(T, PADDED),
        "`y_true`: must have the row lengths of `y_pred`, [2, 2], not [2, 1]. "
        "tf.RaggedTensor.from_tensor(y_pred, y_true.row_lengths()) cuts padding off.",
    ),
    "padded predictions of three axes": (
        lambda: losses.mse(tf.expand_dims(T, -1), tf.expand_dims(PADDED, -1)),
        "`y_true`: must have the row lengths of `y_pred`, [2, 2], not [2, 1]. "
        "tf.RaggedTensor.from_tensor(y_pred, y_true.nested_row_lengths()[:1]) cuts padding off.",
    ),
    "padded weights": (
        lambda: losses.MeanSquaredError()(*[tf.expand_dims(T, -1)] * 2, PADDED),
        "`sample_weight`: must have the row lengths of `y_pred`, [2, 1], not [2, 2]. "
        "tf.RaggedTensor.from_tensor(sample_weight, y_pred.row_lengths()) cuts padding off.",
    ),
    "weights of entries": (
        lambda: losses.MeanSquaredError()(T, T, T),
        "`sample_weight`: must be one number, or of a shape that fits the per-sample values, (?,), "
        "not of shape (2, ?). Dimensions must be equal, from the first on, or 1: weights belong to "
        "samples or time steps, not to the axis that the loss runs over.",
    ),
    "weights of other samples": (
        lambda: losses.MeanSquaredError()(T, T, [1.0, 2.0, 3.0]),
        "`sample_weight`: must be one number, or of a shape that fits the per-sample values, (2,), "
        "not of shape (3,). Dimensions must be equal, from the first on, or 1: weights belong to "
        "samples or time steps, not to the axis that the loss runs over.",
    ),
    "ragged weights of dense samples": (
        lambda: losses.MeanSquaredError()(PADDED, PADDED, T),
        "`sample_weight`: must be a dense tensor, not a RaggedTensor. Convert it with to_tensor().",
    ),
    "rank": (
        lambda: losses.mse(T, tf.expand_dims(tf.expand_dims(T, -1), -1)),
        "`y_true`: must have the same shape as `y_pred`, (2, ?, 1, 1), not (2, ?).",
    ),
    "rank of labels": (
        lambda: losses.sparse_categorical_crossentropy(T, T),
        "`y_true`: must have the same shape as `y_pred`, (2, ?), without the axis of the classes, "
        "not (2, ?).",
    ),
    "inner shape": (
        lambda: losses.categorical_hinge(
            *(tf.RaggedTensor.from_row_lengths(tf.ones([3, n]), [2, 1]) for n in (2, 3))
        ),
        "`y_true`: must have the same shape as `y_pred`, (3, 3), not (3, 2). "
        "Shapes (3, 2) and (3, 3) are incompatible.",
    ),
    "axis": (
        lambda: losses.cosine_similarity(T, T, axis=0),
        "`axis`: must be -1, the last axis, of a RaggedTensor, not 0. "
        "Convert inputs whose rows are of one length with to_tensor().",
    ),
    "ctc labels": (
        lambda: losses.ctc(tf.ragged.constant([[1, 2], [1]]), tf.zeros([2, 5, 3])),
        "`y_true`: must be a dense tensor, not a RaggedTensor. "
        "Convert it with to_tensor(): labels of 0 are padding.",
    ),
    "ctc": (
        lambda: losses.CTC()(tf.constant([[1, 2], [1, 0]]), tf.expand_dims(T, -1)),
        "`y_pred`: must be a dense tensor, not a RaggedTensor. Call the loss for each row.",
    ),
    "circle": (
        lambda: losses.Circle()([0, 1], T),
        "`y_pred`: must be a dense tensor, not a RaggedTensor. Convert it with to_tensor().",
    ),
    "text": (
        lambda: losses.mse(tf.ragged.constant([["a"], ["b", "c"]]), P),
        "`y_true`: must be an array of numbers, not an array of string. In Python, "
        "pandas.factorize(..)[0] turns strings into labels.",
    ),
    "a loss of one's own": (
        lambda: losses.LossFunctionWrapper(lambda t, p: p)(T, T),
        "`y_pred`: must be a dense tensor, not a RaggedTensor. Convert it with to_tensor(). What is "
        "padded with NaN, `y_true.to_tensor(float('nan'))`, is left out by ignore_nan=True.",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case):
    call, message = ERRORS[case]
    with pytest.raises(lossbridge.InputError) as caught:
        call()
    assert str(caught.value) == INVALID + message


def test_row_lengths_that_differ_in_a_graph():
    spec = tf.RaggedTensorSpec([None, None], tf.float32, 1)
    traced = tf.function(losses.mse, input_signature=[spec, spec])
    assert_close(traced(T, T), np.zeros(2, "float32"))
    with pytest.raises(tf.errors.InvalidArgumentError, match="`y_true` must have the row lengths"):
        traced(T, P)


def test_labels_that_are_too_many_in_a_graph():
    loss = losses.sparse_categorical_crossentropy
    specs = [tf.TensorSpec([None], tf.int32), tf.RaggedTensorSpec([None, None], tf.float32, 1)]
    traced = tf.function(loss, input_signature=specs)
    assert_close(traced([0, 0], T), loss([0, 0], T))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must have a label for each row"):
        traced([0, 0, 0], T)


def test_hints_work():
    cut = tf.RaggedTensor.from_tensor(PADDED, T.row_lengths())
    assert_close(losses.mse(cut, T), np.zeros(2, "float32"))
    deep = tf.expand_dims(T, -1)
    cut = tf.RaggedTensor.from_tensor(tf.expand_dims(PADDED, -1), deep.nested_row_lengths()[:1])
    assert losses.mse(cut, deep).to_list() == [[0, 0], [0]]
    padded = losses.mse(T.to_tensor(float("nan")), (T + 1).to_tensor(), ignore_nan=True)
    assert_close(padded, losses.mse(T, T + 1))
    labels = tf.ragged.constant([[1, 2], [1]]).to_tensor()
    assert losses.ctc(labels, tf.zeros([2, 5, 3])).shape == (2,)


# -- Keras --------------------------------------------------------------------------------------------


@needs_tf_keras
@pytest.mark.parametrize(
    "name",
    [
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "binary_crossentropy",
        "binary_focal_crossentropy",
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "sparse_categorical_crossentropy",
    ],
)
def test_as_tf_keras(name):
    """The losses that tf_keras has for ragged tensors: values, and an object with weights."""
    import tf_keras

    y_true, y_pred = inputs(name, (5, 4))
    y_true, y_pred = (tf.RaggedTensor.from_row_lengths(x, [2, 3]) for x in (y_true, y_pred))
    with lossbridge.semantics("keras2"):
        found = function(name)(y_true, y_pred)
        loss = loss_object(name)
    theirs = getattr(tf_keras.losses, name)(y_true, y_pred)
    assert_close(found.flat_values, theirs.flat_values, scale=2)
    expected = getattr(tf_keras.losses, type(loss).__name__)()(y_true, y_pred, [[1.0], [3.0]])
    assert_close(loss(y_true, y_pred, [[1.0], [3.0]]), expected, scale=2)


def fitted(library, loss, x, y, size, **options):
    """The weights of a model of rows of unequal length after two steps of training."""

    class OfRows(library.Model):
        def __init__(self):
            super().__init__()
            self.dense = library.layers.Dense(size)

        def call(self, x):
            z = self.dense(x.flat_values)
            return x.with_flat_values(z if size > 1 else tf.squeeze(z, -1))

    library.utils.set_random_seed(1)
    model = OfRows()
    model.compile(library.optimizers.SGD(0.1), loss, jit_compile=False, **options)
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0).history
    assert all(np.isfinite(value).all() for value in history.values())
    return model.get_weights()


def by_hand(fn, library, x, y, size):
    """The same steps, each by the mean of all values of dense calls, one for each sample."""
    library.utils.set_random_seed(1)
    dense = library.layers.Dense(size)
    dense.build((None, 3))
    kernel, bias = variables = [tf.Variable(w) for w in dense.get_weights()]
    for _ in range(2):
        with tf.GradientTape() as tape:
            values = []
            for t, row in zip(y, x, strict=True):
                p = row @ kernel + bias
                values.append(tf.reshape(fn(t[None], (p if size > 1 else p[:, 0])[None]), [-1]))
            total = tf.reduce_mean(tf.concat(values, 0))
        for w, g in zip(variables, tape.gradient(total, variables), strict=True):
            w.assign_sub(0.1 * g)
    return kernel.numpy(), bias.numpy()


@pytest.mark.parametrize(
    ("fit", "name", "size"),
    [
        ("keras", "mean_squared_error", 1),
        ("keras", "mean_squared_error", 2),
        ("keras", "sparse_categorical_crossentropy", 2),
        pytest.param("tf_keras", "mean_squared_error", 1, marks=needs_tf_keras),
        pytest.param("tf_keras", "mean_squared_error", 2, marks=needs_tf_keras),
    ],
)
def test_fit(fit, name, size):
    library = keras if fit == "keras" else pytest.importorskip("tf_keras")
    rng, lengths = np.random.default_rng(0), [3, 1, 2, 4]
    x = rng.normal(size=(10, 3)).astype("float32")
    y, arguments = rng.normal(size=(10, 2)[:size]).astype("float32"), {}
    if is_label(name):
        y, arguments = rng.integers(0, 2, size=10), {"from_logits": True}
    x, y = (tf.RaggedTensor.from_row_lengths(a, lengths) for a in (x, y))
    options = {}
    if fit == "keras":
        options["metrics"] = [metrics.LossMetric(function(name), **arguments)]
    found = fitted(library, loss_object(name, **arguments), x, y, size, **options)
    expected = by_hand(lambda t, p: function(name)(t, p, **arguments), library, x, y, size)
    for ours, theirs in zip(found, expected, strict=True):
        assert_close(ours, theirs, scale=5)


@pytest.mark.parametrize(("name", "arguments"), SOME)
def test_gradient_has_the_rows_of_the_predictions(name, arguments):
    t, p = rows_of(name)
    loss = loss_object(name, reduction="none", dtype="float64", **arguments)
    weight = np.array([1.0, 0.0, 2.0, 3.0])
    expected = np.concatenate(
        [
            lossbridge.gradient(loss, np.asarray(row)[None], predicted[None], [w])[0]
            for row, predicted, w in zip(t, p, weight, strict=True)
        ]
    )
    found = lossbridge.gradient(loss, ragged(t), ragged(p), weight)
    assert found.row_lengths().numpy().tolist() == LENGTHS
    assert_close(found.flat_values, expected, "float64")


def test_hessian_of_rows_of_unequal_length_is_refused():
    rows = ragged([np.zeros(2), np.zeros(1)])
    with pytest.raises(lossbridge.InputError, match="must be a dense tensor, not a RaggedTensor"):
        lossbridge.hessian("mse", rows, rows)
