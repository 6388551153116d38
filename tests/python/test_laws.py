"""What holds for every loss, whatever its formula: weights, masks, axes, graphs, configs, gradients."""

import functools
import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from loss_inputs import (
    BATCH_LOSSES,
    EMBEDDINGS,
    NAMES,
    OF_BATCH,
    SIMILARITIES,
    arguments_of,
    assert_close,
    function,
    in_turn,
    inputs,
    loss_object,
    needs_tf_keras,
    shape_of,
    value_and_gradient,
    values_shape,
    with_arguments,
)

import lossbridge
from lossbridge import losses, metrics, registry
from lossbridge.boundary import gradient as gradient_of

# Losses of samples that stand alone: each sample has a value of its own.
PER_SAMPLE = [n for n in NAMES if n not in BATCH_LOSSES]
# Losses whose values a weight multiplies.
MULTIPLIED = [n for n in NAMES if n not in OF_BATCH]
FLOAT_TARGET = [n for n in PER_SAMPLE if registry.LOSSES[n].truth not in ("label", "sequence")]
METRICS = {
    name: getattr(metrics, registry.CLASSES[name].__name__)
    for name in NAMES
    if hasattr(metrics, registry.CLASSES[name].__name__)
} | {"log_cosh": metrics.LogCoshError}
seeds = st.integers(0, 2**32 - 1)


def batch(name, size, seed=0, arguments=None):
    """Inputs of `size` samples."""
    return inputs(name, (size, *shape_of(name)[1:]), arguments, seed)


def weights(name, y_pred, seed=0):
    """A weight for each per-sample value, some of them 0."""
    shape = values_shape(name, y_pred.shape)
    w = np.random.default_rng(seed).uniform(0.1, 2.0, shape)
    return np.where(np.arange(w.size).reshape(shape) % 3 == 1, 0.0, w).astype("float32")


# -- weights and masks ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_zero_weight_gives_zero(name):
    y_true, y_pred = inputs(name)
    for reduction in ("sum_over_batch_size", "mean_with_sample_weight", "sum", "none"):
        value, gradient = value_and_gradient(
            loss_object(name, reduction=reduction), y_true, y_pred, sample_weight=0.0
        )
        assert not value.any(), reduction
        assert not gradient.any(), reduction


@pytest.mark.parametrize("name", MULTIPLIED)
@given(seed=seeds)
def test_weight_multiplies(name, seed):
    y_true, y_pred = inputs(name, seed=seed)
    loss = loss_object(name, reduction="none")
    plain, w = np.asarray(loss(y_true, y_pred)), weights(name, y_pred, seed)
    w = w if w.shape else np.float32(1.5)
    assert_close(loss(y_true, y_pred, w), plain * w)
    assert_close(loss(y_true, y_pred, 3.0), 3.0 * plain)
    assert_close(loss_object(name, reduction="sum")(y_true, y_pred, w), (plain * w).sum())
    if name != "circle":  # whose mean is over the values above 0
        assert_close(loss_object(name)(y_true, y_pred, w), (plain * w).mean())
        mean = loss_object(name, reduction="mean_with_sample_weight")
        assert_close(mean(y_true, y_pred, w), (plain * w).sum() / w.sum())


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(seed=seeds)
def test_mask_is_subset(name, seed):
    size = 5
    y_true, y_pred = batch(name, size, seed)
    keep = np.random.default_rng(seed).random(size) < 0.6
    keep[0] = True
    for reduction in ("sum_over_batch_size", "mean", "sum"):
        loss = loss_object(name, reduction=reduction)
        value, gradient = value_and_gradient(loss, y_true, y_pred, mask=keep)
        few_true, few_pred = y_true[keep], y_pred[keep]
        if name in ("hinge", "squared_hinge"):
            few_true = np.where(few_true == 0, -1.0, few_true).astype("float32")
        few, few_gradient = value_and_gradient(loss, few_true, few_pred)
        assert_close(value, few, scale=2)
        assert_close(gradient[keep], few_gradient, scale=2)
        assert not gradient[~keep].any()


@pytest.mark.parametrize("name", PER_SAMPLE)
def test_weights_of_0_and_1_are_a_subset(name):
    y_true, y_pred = batch(name, 5)
    keep = np.array([True, False, True, True, False])
    loss = loss_object(name, reduction="mean_with_sample_weight")
    w = np.zeros(values_shape(name, y_pred.shape), "float32")
    w[keep] = 1  # for each value: as in Keras, weights of [batch, 1] are added up as they are
    assert_close(loss(y_true, y_pred, w), loss(y_true[keep], y_pred[keep]), scale=2)


@pytest.mark.parametrize("generation", ["keras2", "keras3"])
@pytest.mark.parametrize("name", PER_SAMPLE)
def test_fully_masked_batch_gives_0(name, generation):
    y_true, y_pred = inputs(name)
    mask = np.zeros(values_shape(name, y_pred.shape), bool)
    for reduction in ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none"):
        with lossbridge.semantics(generation):
            loss = loss_object(name, reduction=reduction)
        value, gradient = value_and_gradient(loss, y_true, y_pred, mask=mask)
        assert not value.any(), reduction
        assert not gradient.any(), reduction


@pytest.mark.parametrize("left_out", ["mask", "weight"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", PER_SAMPLE)
def test_bad_number_in_a_left_out_entry_does_not_leak(name, bad, left_out):
    y_true, y_pred, clean, keep = with_bad_entry(name, bad)
    kwargs = {"mask": keep} if left_out == "mask" else {"sample_weight": keep.astype("float32")}
    for reduction in ("sum_over_batch_size", "sum", "none"):
        loss = loss_object(name, reduction=reduction)
        value, gradient = value_and_gradient(loss, y_true, y_pred, **kwargs)
        clean_value, clean_gradient = value_and_gradient(loss, *clean, **kwargs)
        assert_close(value, clean_value, scale=2)
        assert_close(gradient, clean_gradient, scale=2)


@pytest.mark.parametrize("name", PER_SAMPLE)
def test_nan_in_a_left_out_entry_does_not_leak_under_xla(name):
    y_true, y_pred, clean, keep = with_bad_entry(name, np.nan)
    loss, w = loss_object(name), keep.astype("float32")
    graph = tf.function(functools.partial(loss, sample_weight=w), jit_compile=True)
    value, gradient = value_and_gradient(graph, tf.constant(y_true), y_pred)
    clean_value, clean_gradient = value_and_gradient(loss, *clean, sample_weight=w)
    assert_close(value, clean_value, scale=5)
    assert_close(gradient, clean_gradient, scale=5)


@pytest.mark.parametrize(
    ("name", "mode"), in_turn(MULTIPLIED, ["eager", "graph", "XLA"], ["eager"])
)
def test_derivative_by_the_weights(name, mode):
    """It is what the weight multiplies, also where the weight is 0."""
    y_true, y_pred = [tf.constant(x) for x in inputs(name)]
    values = np.asarray(function(name)(y_true, y_pred))
    some = weights(name, y_pred) if values.shape else np.array([0.5, 0.0, 2.0], "float32")
    values, count = values + np.zeros_like(some), some.size
    losses_ = [loss_object(name, reduction="sum")]
    if name != "circle":  # whose mean is over the values above 0
        losses_ += [loss_object(name), loss_object(name, reduction="mean_with_sample_weight")]

    def derivatives(w):
        results = []
        for loss in losses_:
            with tf.GradientTape() as tape:
                tape.watch(w)
                value = loss(y_true, y_pred, w)
            results.append(tape.gradient(value, w))
        return results

    run = derivatives if mode == "eager" else tf.function(derivatives, jit_compile=mode == "XLA")
    mean = (values * some).sum() / some.sum()
    expected = [values, values / count, (values - mean) / some.sum()]
    for actual, e in zip(run(tf.constant(some)), expected, strict=False):
        assert_close(actual, e, scale=5)
    for actual, e in zip(run(tf.zeros_like(some)), expected[:2], strict=False):
        assert_close(actual, e, scale=5)


@pytest.mark.parametrize("name", ["hinge", "squared_hinge"])
def test_labels_left_out_have_no_say_in_what_labels_mean(name):
    y_true = np.array([[0.0], [1.0], [-1.0], [np.nan]], "float32")
    y_pred = np.array([[0.3], [-0.5], [2.0], [1.0]], "float32")
    w = np.array([1.0, 1.0, 0.0, 0.0], "float32")
    loss = loss_object(name, reduction="sum")
    value, gradient = value_and_gradient(loss, y_true, y_pred, sample_weight=w)
    few, few_gradient = value_and_gradient(loss, y_true[:2], y_pred[:2])
    assert_close(value, few)
    assert_close(gradient, np.concatenate([few_gradient, np.zeros((2, 1))]))


def test_ignored_labels_of_weight_0_stay_ignored():
    loss = losses.SparseCategoricalCrossentropy(ignore_class=255)
    y_true, y_pred = np.array([0, 255, 1]), np.full((3, 2), 0.5, "float32")
    for w in ([1.0, 0.0, 1.0], [1.0, 1.0, 1.0]):  # 255 counts in no mean, whatever its weight
        assert_close(loss(y_true, y_pred, np.float32(w)), np.float32(np.log(2)))


def with_bad_entry(name, bad):
    """Inputs whose second sample is `bad`, the same without, and which values to keep."""
    y_true, y_pred = batch(name, 4)
    clean = (y_true.copy(), y_pred.copy())
    y_pred[1] = bad
    if name in FLOAT_TARGET:
        y_true[1] = bad
    keep = np.ones(values_shape(name, y_pred.shape), bool)
    keep[1] = False
    return y_true, y_pred, clean, keep


@pytest.mark.parametrize("name", [n for n in PER_SAMPLE if registry.LOSSES[n].truth == "label"])
def test_labels_that_are_none_do_not_matter_where_left_out(name):
    y_true, y_pred = batch(name, 4)
    y_true[1] = 99
    keep = np.ones(values_shape(name, y_pred.shape), "float32")
    keep[1] = 0
    assert np.isfinite(loss_object(name)(y_true, y_pred, keep))


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sparse_categorical_crossentropy", {}),
        ("sparse_categorical_crossentropy", {"from_logits": True}),
        ("sparse_categorical_crossentropy", {"label_smoothing": 0.2}),
        ("sparse_categorical_crossentropy", {"axis": 1, "from_logits": True}),
        ("sparse_categorical_focal_crossentropy", {}),
        ("sparse_categorical_focal_crossentropy", {"axis": 1, "from_logits": True}),
    ],
    ids=str,
)
def test_bad_number_behind_an_ignored_label_does_not_leak(name, arguments, bad, mode):
    arguments = {"ignore_class": 255, **arguments}
    y_true, y_pred = inputs(name, (2, 3, 10), arguments)
    y_true[0, 1] = 255
    clean = y_pred.copy()
    y_pred[(0, slice(None), 1) if "axis" in arguments else (0, 1)] = bad
    loss = functools.partial(function(name), y_true, **arguments)

    def both(p):
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = loss(p)
        return value, tape.gradient(value, p)

    run = both if mode == "eager" else tf.function(both, jit_compile=mode == "xla")
    value, gradient = run(tf.constant(y_pred))
    expected = both(tf.constant(clean))
    assert value[0, 1] == 0
    assert_close(value, expected[0])
    assert_close(gradient, expected[1])


# -- samples ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@given(seed=seeds)
def test_permutation_of_samples(name, seed):
    y_true, y_pred = batch(name, 6, seed)
    order = np.random.default_rng(seed).permutation(6)
    values = np.asarray(function(name)(y_true, y_pred))
    columns = order if name in SIMILARITIES else np.arange(y_pred.shape[-1])
    permuted = function(name)(y_true[order], y_pred[order][..., columns])
    assert_close(permuted, values[order] if values.shape else values, scale=5)


@pytest.mark.parametrize("name", PER_SAMPLE)
@given(seed=seeds)
def test_concatenated_batches(name, seed):
    first, second = batch(name, 3, seed), batch(name, 5, seed + 1)
    both = [np.concatenate(pair) for pair in zip(first, second, strict=True)]
    values = np.concatenate([function(name)(*first), function(name)(*second)])
    assert_close(function(name)(*both), values, scale=2)


@pytest.mark.parametrize("name", PER_SAMPLE)
def test_batch_of_one_and_partial_batch(name):
    y_true, y_pred = batch(name, 5)
    values = np.asarray(function(name)(y_true, y_pred))
    for few in (1, 2):
        assert_close(function(name)(y_true[:few], y_pred[:few]), values[:few], scale=2)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "ctc" and n not in EMBEDDINGS])
def test_empty_batch_is_finite(name):
    y_true, y_pred = batch(name, 2)
    value, gradient = value_and_gradient(loss_object(name), y_true[:0], y_pred[:0])
    assert np.isfinite(value).all()
    assert gradient.shape == y_pred[:0].shape


@pytest.mark.parametrize(
    "name", [n for n in NAMES if "axis" in registry.LOSSES[n].parameters and n in PER_SAMPLE]
)
@given(seed=seeds, axis=st.integers(-4, 3))
def test_axis_is_moveaxis(name, seed, axis):
    shape = (2, 5, 3, 4)
    y_true, y_pred = inputs(name, shape, {"axis": axis}, seed)
    value, gradient = value_and_gradient(
        functools.partial(function(name), axis=axis), y_true, y_pred
    )
    sparse = registry.LOSSES[name].truth == "label"
    moved_true = y_true if sparse else np.moveaxis(y_true, axis, -1)
    moved = value_and_gradient(function(name), moved_true, np.moveaxis(y_pred, axis, -1))
    assert_close(value, moved[0])
    assert_close(gradient, np.moveaxis(moved[1], -1, axis))


SEVERAL_AXES = ["binary_crossentropy", "binary_focal_crossentropy", "cosine_similarity"]


@pytest.mark.parametrize("name", SEVERAL_AXES)
@pytest.mark.parametrize("axis", [[1, 2], (2, 0)])
@pytest.mark.parametrize("mode", ["eager", "graph", "unknown sizes", "XLA"])
def test_several_axes_are_one_flat_axis(name, axis, mode):
    y_true, y_pred = inputs(name, (4, 3, 5))
    kept = ({0, 1, 2} - {a % 3 for a in axis}).pop()

    def flat(x):
        return np.moveaxis(x, kept, 0).reshape(x.shape[kept], -1)

    expected, gradient = value_and_gradient(function(name), flat(y_true), flat(y_pred))
    sizes = [tf.TensorSpec([None] * 3 if mode == "unknown sizes" else (4, 3, 5))] * 2
    call = functools.partial(function(name), axis=axis)
    if mode != "eager":
        call = tf.function(call, input_signature=sizes, jit_compile=mode == "XLA")
    value, of_axes = value_and_gradient(call, y_true, y_pred)
    assert_close(value, expected)
    assert_close(flat(of_axes), gradient)
    weight = np.arange(len(expected), dtype="float32")
    loss = loss_object(name, axis=axis)
    again = type(loss).from_config(json.loads(json.dumps(loss.get_config())))
    for each in (loss, again):
        assert_close(each(y_true, y_pred, weight), np.mean(weight * expected))
    metric = metrics.LossMetric(function(name), axis=axis)
    assert_close(metric(y_true, y_pred, weight), np.sum(weight * expected) / weight.sum())


@pytest.mark.parametrize("name", SEVERAL_AXES)
def test_several_axes_as_in_keras(name):
    y_true, y_pred = inputs(name, (4, 3, 5))
    theirs = getattr(keras.losses, name)(y_true, y_pred, axis=(1, 2))
    assert_close(function(name)(y_true, y_pred, axis=(1, 2)), theirs)


@pytest.mark.parametrize("name", ["dice", "tversky"])
@pytest.mark.parametrize("axis", [0, -1, [1, 2], (0, -1)])
def test_axes_of_overlap_losses(name, axis):
    y_true, y_pred = inputs(name)
    axes = tuple(a % 3 for a in (axis if isinstance(axis, (list, tuple)) else [axis]))
    value = np.asarray(function(name)(y_true, y_pred, axis=axis))
    rest = [i for i in range(3) if i not in axes]
    assert value.shape == tuple(y_pred.shape[i] for i in rest)
    for index in np.ndindex(*value.shape):
        at = [slice(None)] * 3
        for i, n in zip(rest, index, strict=True):
            at[i] = n
        assert_close(value[index], function(name)(y_true[tuple(at)], y_pred[tuple(at)]))


# -- labels, and one-hot rows of them -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "dtype", "trailing", "classes"),
    [
        ("eager", "float32", False, 4),
        ("eager", "float64", True, 30_000),
        ("graph", "float32", True, 4),
        ("graph", "float64", False, 30_000),
        ("XLA", "float32", True, 30_000),
        ("XLA", "float64", False, 4),
    ],
)
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("sparse_categorical_crossentropy", {"from_logits": True}),
        ("sparse_categorical_focal_crossentropy", {}),
        ("sparse_categorical_focal_crossentropy", {"from_logits": True, "gamma": 1.5}),
        ("sparse_categorical_focal_crossentropy", {"axis": 1, "gamma": 0.0}),
        ("sparse_categorical_focal_crossentropy", {"alpha": "of each class"}),
    ],
    ids=str,
)
def test_loss_of_labels_is_that_of_one_hot_rows(name, arguments, classes, trailing, dtype, mode):
    axis = arguments.get("axis", -1)
    shape = (3, classes, 2) if axis == 1 else (3, 2, classes)
    labels, y_pred = inputs(name, shape, arguments, dtype=dtype)
    y_pred[(0, labels[0, 0], 0) if axis == 1 else (0, 0, labels[0, 0])] *= 30.0  # has most
    if "alpha" in arguments:
        arguments = {"alpha": np.linspace(0.1, 0.9, classes).tolist()}
    one_hot = tf.one_hot(labels, classes, axis=axis, dtype=dtype)
    of_rows = functools.partial(function(name.removeprefix("sparse_")), **arguments)
    expected = value_and_gradient(of_rows, one_hot, y_pred)
    of_labels = functools.partial(function(name), **arguments)
    if mode != "eager":
        of_labels = tf.function(of_labels, jit_compile=mode == "XLA")
    labels = tf.constant(np.expand_dims(labels, axis) if trailing else labels)
    actual = value_and_gradient(of_labels, labels, y_pred)
    for found, wanted in zip(actual, expected, strict=True):
        assert_close(found, wanted, dtype, scale=10)


# -- one loss, many forms ---------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_function_object_and_metric_agree(name, arguments):
    y_true, y_pred = inputs(name, arguments=arguments)
    values = np.asarray(function(name)(y_true, y_pred, **arguments))
    assert_close(loss_object(name, reduction="none", **arguments)(y_true, y_pred), values)
    kept = np.ones_like(values, bool)
    if arguments.get("ignore_class") is not None:
        kept = y_true != arguments["ignore_class"]
    if name == "circle":
        kept = values > 0
    mean = values[kept].mean() if values.shape else values
    assert_close(loss_object(name, **arguments)(y_true, y_pred), mean)
    with_reduction = getattr(lossbridge, f"loss_{name}")
    assert_close(with_reduction(y_true, y_pred, **arguments), values)
    assert_close(with_reduction(y_true, y_pred, reduction="sum", **arguments), values.sum())
    assert_close(with_reduction(**arguments)(y_true, y_pred), mean)
    if name in OF_BATCH:  # of which a metric has no mean
        return
    metric = metrics.LossMetric(function(name), **arguments)
    if arguments.get("class_weight") is not None:  # a metric divides by the sum of the weights
        loss = loss_object(name, reduction="mean_with_sample_weight", **arguments)
        mean = loss(y_true, y_pred)
    assert_close(metric(y_true, y_pred), mean)
    if name in METRICS and set(arguments) <= set(METRICS[name]().get_config()):
        sign = -1 if name == "cosine_similarity" else 1
        assert_close(METRICS[name](**arguments)(y_true, y_pred), sign * mean)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_metric_streams_and_merges(name):
    first, second = batch(name, 3, 1), batch(name, 5, 2)
    one, other = METRICS[name](), METRICS[name]()
    w1, w2 = weights(name, first[1], 1), weights(name, second[1], 2)
    whole = METRICS[name]()
    for batch_, w in ((first, w1), (second, w2)):
        whole.update_state(*batch_, w)
    one.update_state(*first, w1)
    other.update_state(*second, w2)
    one.merge_state([other])
    assert_close(one.result(), whole.result())
    values = np.concatenate([function(name)(*first), function(name)(*second)])
    sign = -1 if name == "cosine_similarity" else 1
    if values.ndim == 1:
        w = np.concatenate([w1, w2])
        assert_close(whole.result(), sign * (values * w).sum() / w.sum())


@pytest.mark.parametrize(("name", "mode"), in_turn(NAMES, ["graph", "XLA", "unknown shape"]))
def test_eager_is_graph(name, mode):
    """Function, object and gradient, with every set of arguments; in one graph, to compile once."""
    data = [
        [tf.constant(x) for x in inputs(name, arguments=arguments)]
        for arguments in arguments_of(name)
    ]
    objects = [loss_object(name, reduction="none", **arguments) for arguments in arguments_of(name)]
    signature = None
    if mode == "unknown shape":
        signature = [
            [[tf.TensorSpec([None] * x.shape.rank, x.dtype) for x in pair] for pair in data]
        ]

    @tf.function(jit_compile=mode == "XLA", input_signature=signature)
    def graph(data):
        results = []
        for (y_true, y_pred), loss, arguments in zip(
            data, objects, arguments_of(name), strict=True
        ):
            with tf.GradientTape() as tape:
                tape.watch(y_pred)
                values = function(name)(y_true, y_pred, **arguments)
                total = tf.reduce_sum(values)
            results.append((values, loss(y_true, y_pred), tape.gradient(total, y_pred)))
        return results

    scale = 50 if name == "circle" else 5
    for (values, reduced, gradient), (y_true, y_pred), arguments in zip(
        graph(data), data, arguments_of(name), strict=True
    ):
        eager = value_and_gradient(functools.partial(function(name), **arguments), y_true, y_pred)
        assert_close(values, eager[0], scale=scale, err_msg=str(arguments))
        assert_close(reduced, eager[0], scale=scale, err_msg=str(arguments))
        assert_close(gradient, eager[1], scale=scale, err_msg=str(arguments))


# -- configs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["keras2", "keras3"])
@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_config_round_trip(name, arguments, generation):
    with lossbridge.semantics(generation):
        cls = registry.CLASSES[name]
        loss = cls(reduction="sum", name="mine", dtype="float64", **arguments)
    config = loss.get_config()
    for key, value in arguments.items():
        assert config[key] == (list(value) if isinstance(value, tuple) else value)
    y_true, y_pred = inputs(name, arguments=arguments)
    copies = [
        type(loss).from_config(config),
        losses.deserialize(losses.serialize(loss)),
        losses.get(losses.serialize(loss)),
        keras.losses.deserialize(keras.losses.serialize(loss)),
    ]
    for copy in copies:
        assert type(copy) is type(loss)
        assert copy.get_config() == config
        assert copy.semantics == generation
        assert_close(copy(y_true, y_pred), loss(y_true, y_pred), "float64")


@needs_tf_keras
@pytest.mark.parametrize("name", NAMES)
def test_config_round_trip_through_tf_keras(name):
    import tf_keras

    loss = loss_object(name, reduction="sum", **arguments_of(name)[-1])
    copy = tf_keras.saving.deserialize_keras_object(tf_keras.saving.serialize_keras_object(loss))
    assert copy.get_config() == loss.get_config()


@pytest.mark.parametrize("name", NAMES)
def test_function_round_trip(name):
    for library in (losses, keras.losses):
        assert library.deserialize(library.serialize(function(name))) is function(name)


@pytest.mark.parametrize("name", sorted(METRICS))
def test_metric_config_round_trip(name):
    arguments = [a for a in arguments_of(name) if set(a) <= set(METRICS[name]().get_config())]
    for a in arguments:
        metric = METRICS[name](name="mine", dtype="float64", **a)
        for copy in (
            type(metric).from_config(metric.get_config()),
            metrics.deserialize(metrics.serialize(metric)),
            keras.metrics.deserialize(keras.metrics.serialize(metric)),
        ):
            assert type(copy) is type(metric)
            assert copy.get_config() == metric.get_config()


@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_saved_model_keeps_every_argument(name, arguments, tmp_path):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", loss=loss_object(name, reduction="sum", **arguments))
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.loss.get_config() == model.loss.get_config()
    assert type(loaded.loss) is type(model.loss)


# -- perfect predictions, dtypes, gradients ---------------------------------------------------------

PERFECT = {
    "regression": 0.0,
    "hinge": 0.0,
    "probabilistic": 0.0,
    "focal": 0.0,
    "segmentation": 0.0,
    "detection": 0.0,
}


@pytest.mark.parametrize("name", [n for n in NAMES if registry.LOSSES[n].family in PERFECT])
def test_perfect_prediction(name):
    spec = registry.LOSSES[name]
    y_true, _ = inputs(name)
    if spec.truth == "label":
        y_pred = np.eye(4, dtype="float32")[y_true]
    elif spec.truth in ("probability", "sign"):
        y_true = y_pred = np.where(y_true > 0.3, 1.0, 0.0 if spec.truth == "probability" else -1.0)
    else:
        y_pred = y_true
    if name == "contrastive":  # 0 is the distance of what is alike
        y_pred = 1.0 - y_pred
    value = function(name)(y_true, y_pred.astype("float32"))
    expected = np.zeros(values_shape(name, y_pred.shape))
    if name == "cosine_similarity":
        expected -= 1
    if name == "weighted_kappa":
        expected += np.log(1e-6)
    if name == "poisson":  # mean(t - t log t) is the least a Poisson loss can be
        expected = np.mean(y_true - y_true * np.log(y_true + 1e-7), axis=-1)
    np.testing.assert_allclose(value, expected, atol=1e-6)
    if name != "poisson":
        worse = function(name)(y_true, (0.8 * y_pred + 0.05).astype("float32"))
        assert np.all(np.asarray(worse) > np.asarray(value) - 1e-6)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_result_has_the_dtype_of_the_prediction(name, dtype):
    y_true, y_pred = inputs(name)
    assert function(name)(y_true, tf.cast(y_pred, dtype)).dtype == dtype
    assert loss_object(name)(y_true, tf.cast(y_pred, dtype)).dtype == "float32"
    assert loss_object(name, dtype=dtype)(y_true, y_pred).dtype == dtype
    with lossbridge.semantics("keras2"):
        assert loss_object(name)(y_true, tf.cast(y_pred, dtype)).dtype == dtype


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", NAMES)
def test_half_precision_rounds_once(name, dtype):
    """The value of the rounded inputs, computed in float32, then rounded: no rounding in between."""
    y_true, y_pred = inputs(name)
    y_pred = tf.cast(y_pred, dtype)
    half = value_and_gradient(function(name), y_true, y_pred)
    full = value_and_gradient(function(name), y_true, tf.cast(y_pred, "float32"))
    for a, b in zip(half, full, strict=True):
        assert a.dtype == dtype
        np.testing.assert_array_equal(a.astype("float32"), b.astype(a.dtype).astype("float32"))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_adds_up_in_float32(dtype):
    y_pred = tf.ones((4096, 2), dtype)
    loss = loss_object("mean_squared_error", reduction="sum", dtype=dtype)
    assert float(loss(tf.zeros_like(y_pred), y_pred)) == 4096


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("label", [257, 259, 299])
@pytest.mark.parametrize("labels", ["int32", "int64", "float32"])
def test_label_beyond_256(label, labels, dtype):
    logits = np.full((1, 300), -20.0, "float32")
    logits[0, label] = 20.0
    y_true = np.array([label], labels)
    assert float(losses.sparse_categorical_crossentropy(y_true, logits, from_logits=True)[0]) < 1e-3
    half = tf.cast(logits, dtype)
    assert float(losses.sparse_categorical_crossentropy(y_true, half, from_logits=True)[0]) < 1e-3
    if labels != "float32":
        loss = losses.SparseCategoricalCrossentropy(from_logits=True, dtype=dtype)
        assert float(loss(y_true, logits)) < 1e-3


@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_gradient_is_numerical(name, arguments):
    y_true, y_pred = inputs(name, arguments=arguments, seed=5, dtype="float64")
    loss = loss_object(name, reduction="sum", dtype="float64", **arguments)
    _, gradient = value_and_gradient(loss, y_true, y_pred)
    step, digits = 1e-6, 2e-6
    flat = y_pred.reshape(-1)
    places = np.random.default_rng(0).choice(flat.size, size=min(8, flat.size), replace=False)
    for place in places:
        sides = []
        for sign in (1, -1):
            moved = flat.copy()
            moved[place] += sign * step
            sides.append(float(loss(y_true, moved.reshape(y_pred.shape))))
        numerical = (sides[0] - sides[1]) / (2 * step)
        np.testing.assert_allclose(
            gradient.reshape(-1)[place], numerical, rtol=digits, atol=digits, err_msg=str(place)
        )


@functools.cache
def xla_keeps_nan():
    """Whether a NaN that is clipped is still NaN; it is not in TensorFlow 2.16."""
    clip = tf.function(lambda x: tf.clip_by_value(x, 0.0, 1.0), jit_compile=True, autograph=False)
    return bool(np.isnan(clip(tf.fill([8], np.float32(np.nan)))).all())


def skip_where_xla_drops_nan(mode):
    if mode == "xla" and not xla_keeps_nan():
        pytest.skip(f"XLA of TensorFlow {tf.__version__} makes a number of a NaN that is clipped")


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize("name", NAMES)
def test_nan_is_seen(name, mode):
    """Also where a graph or XLA takes other ops for the ones that are written."""
    skip_where_xla_drops_nan(mode)
    y_true, y_pred = inputs(name)
    y_pred[1] = np.nan
    run = tf.function(function(name), jit_compile=mode == "xla")
    values = (function(name) if mode == "eager" else run)(y_true, tf.constant(y_pred)).numpy()
    assert np.isnan(values[1] if values.ndim else values).all()
    if name not in BATCH_LOSSES:  # whose samples do not stand alone
        assert np.isfinite(values[0]).all()


@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
@pytest.mark.parametrize(
    "name", [n for n in NAMES if "from_logits" in registry.LOSSES[n].parameters]
)
def test_nan_logit_is_seen(name, mode):
    """Of a class that is not the label, too: in the value and in the gradient."""
    skip_where_xla_drops_nan(mode)
    y_pred = np.random.default_rng(1).normal(size=(4, 16)).astype("float32")
    y_true = (
        np.arange(4) if registry.LOSSES[name].truth == "label" else np.eye(4, 16, dtype="float32")
    )
    y_pred[1, 7] = np.nan

    def both(y_true, y_pred):
        with tf.GradientTape() as tape:
            tape.watch(y_pred)
            values = registry.LOSSES[name].function(y_true, y_pred, from_logits=True)
        return values, tape.gradient(values, y_pred)

    run = both if mode == "eager" else tf.function(both, jit_compile=mode == "xla")
    found_both = run(tf.constant(y_true), tf.constant(y_pred))
    for found in found_both:
        nan = np.isnan(found)
        assert nan[1].any()
        assert not nan[[0, 2, 3]].any()


@pytest.mark.parametrize("seed", range(5))
def test_ctc_is_that_of_tensorflow(seed):
    rng = np.random.default_rng(seed)
    y_pred = rng.normal(size=(8, 30, 6), scale=3.0).astype("float32")
    y_true = rng.integers(1, 3 + seed % 4, size=(8, 7))  # few classes: labels repeat
    lengths = rng.integers(0, 8, size=8)
    y_true[np.arange(7) >= lengths[:, None]] = 0

    def of_tensorflow(t, p):
        steps = tf.fill([8], 30)
        return tf.nn.ctc_loss(
            t, p, tf.constant(lengths, "int32"), steps, logits_time_major=False, blank_index=0
        )

    expected = value_and_gradient(of_tensorflow, y_true.astype("int32"), y_pred)
    actual = value_and_gradient(function("ctc"), y_true, y_pred)
    for x, y in zip(actual, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-4, atol=1e-4)


def test_ctc_of_an_empty_batch_without_labels():
    value, gradient = value_and_gradient(
        function("ctc"), np.zeros((0, 0), "int32"), np.zeros((0, 4, 3), "float32")
    )
    assert value.shape == (0,)
    assert gradient.shape == (0, 4, 3)


def test_ctc_of_labels_that_do_not_fit():
    y_pred = np.random.default_rng(0).normal(size=(3, 2, 4)).astype("float32")
    value, gradient = value_and_gradient(function("ctc"), [[1, 1], [1, 2], [3, 0]], y_pred)
    assert list(np.isposinf(value)) == [True, False, False]
    assert not gradient[0].any()
    assert gradient[1:].all()
    assert np.isfinite(gradient).all()


POINTS = {
    "real": [0.0, 1.0, 1e-30, 1e4, -1e4, 1e30, -1e30],
    "positive": [0.0, 1.0, 1e-30, 1e4, 1e30],
    "probability": [0.0, 1.0, 1e-30, 1 - 1e-7, 0.5],
    "unit": [0.5],
    "similarity": [0.0, 1.0, -100.0, 1e3, -1e30],
    "box": [0.0, 1.0, -100.0, 1e3, 1e30],
}


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize(("name", "arguments"), with_arguments())
def test_gradient_is_finite(name, arguments, dtype):
    """At the ends of the domain, where all predictions are equal too."""
    loss = functools.partial(function(name), **arguments)
    largest = float(tf.as_dtype(dtype).max)
    squares = name == "mean_squared_error"
    for point in POINTS["real" if arguments.get("from_logits") else registry.LOSSES[name].pred]:
        if abs(point) > (largest**0.5 if squares else largest):
            continue  # not a number of this dtype, or its square is none
        y_true, y_pred = inputs(name, arguments=arguments)
        y_pred = tf.cast(tf.fill(y_pred.shape, tf.constant(point, "float64")), dtype)
        value, gradient = value_and_gradient(loss, y_true, y_pred)
        assert not np.isnan(value.astype("float64")).any(), point
        assert not np.isnan(gradient.astype("float64")).any(), point
        if dtype.endswith("16"):  # infinite only where the true gradient is beyond the dtype
            full = value_and_gradient(loss, y_true, tf.cast(y_pred, "float32"))[1]
            gradient = gradient[np.abs(full) < largest]
        assert np.isfinite(gradient.astype("float64")).all(), point


@pytest.mark.parametrize("name", NAMES)
def test_gradient_at_the_boundary_of_the_domain(name):
    """y_pred exactly 0 and 1, y_true too."""
    if name == "circle":
        pytest.skip("embeddings are vectors of length 1")
    y_true, y_pred = inputs(name)
    y_pred = np.where(y_pred > np.median(y_pred), 1.0, 0.0).astype("float32")
    for t in (y_true, y_true if y_true.shape != y_pred.shape else y_pred):
        value, gradient = value_and_gradient(function(name), t, y_pred)
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()


def test_gradient_of_boundary_module():
    y_true, y_pred = inputs("huber")
    assert_close(
        gradient_of(losses.huber, y_true, y_pred),
        value_and_gradient(losses.huber, y_true, y_pred)[1],
    )
