"""Labels that were not observed: `ignore_nan`, in all losses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    NAMES,
    OF_BATCH,
    assert_close,
    function,
    inputs,
    loss_object,
    needs_tf_keras,
    value_and_gradient,
    values_shape,
    with_arguments,
)

import lossbridge
from lossbridge import losses, metrics, registry
from lossbridge.losses import LossFunctionWrapper

REFUSED = [name for name in NAMES if not registry.LOSSES[name].takes_missing]
TAKEN = [name for name in NAMES if name not in REFUSED]
ARGUMENTS = [case for case in with_arguments() if case.values[0] in TAKEN]
# A row of these is one thing: it is missing as a whole.
BY_ROW = {
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "giou",
    "kl_divergence",
    "sigmoid_focal_crossentropy",
    "sparsemax",
}


def with_missing(name, arguments=None, dtype="float32"):
    """Inputs whose first sample has no label, and the second lacks one; and where they are."""
    y_true, y_pred = inputs(name, arguments=arguments, dtype=dtype)
    missing = np.zeros(np.shape(y_true), bool)
    missing[0] = missing[(1, 1, 2)[: missing.ndim]] = True
    return np.where(missing, np.nan, y_true).astype(dtype), y_pred, missing


def by_hand(name, arguments, y_true, y_pred, missing):
    """The per-sample values, each by a call of the loss with what was observed of it alone."""
    spec, fn = registry.LOSSES[name], function(name)
    axes = spec.reduced_axes(arguments, y_pred.ndim)
    if name in OF_BATCH:
        keep = ~missing.any(-1)
        return np.asarray(fn(y_true[keep], y_pred[keep], **arguments))
    if axes is None:
        keep = ~missing.ravel()
        return np.asarray(fn(y_true.ravel()[keep], y_pred.ravel()[keep], **arguments))
    order = [i for i in range(y_pred.ndim) if i - y_pred.ndim not in axes]
    axes = [i for i in range(y_pred.ndim) if i - y_pred.ndim in axes]
    shape = [y_pred.shape[i] for i in order]
    rows = np.transpose(y_pred, order + axes).reshape(int(np.prod(shape)), -1)
    arguments = {k: v for k, v in arguments.items() if k != "axis"}
    if spec.family == "segmentation":
        arguments["axis"] = -1
    values = np.zeros(len(rows))
    if spec.one_true:
        labels = y_true.reshape(-1)
    else:
        labels = np.transpose(y_true, order + axes).reshape(rows.shape)
    for i, (t, p) in enumerate(zip(labels, rows, strict=True)):
        gone = np.isnan(t)
        if gone.all() or (gone.any() and name in BY_ROW):
            continue
        t, p = (t, p) if spec.one_true else (t[~gone], p[~gone])
        # whether 0 means -1 is said by all labels, and all of them are -1 or 1 here
        own = dict(arguments)
        for by_output in ("pos_weight", "tau"):
            if isinstance(own.get(by_output), list):
                own[by_output] = np.array(own[by_output])[~gone]
        values[i] = np.asarray(fn(t[None], p[None], **own))[0]
    return values.reshape(shape)


def samples_observed(name, arguments, missing, y_pred):
    """Which values count."""
    axes = registry.LOSSES[name].reduced_axes(arguments, y_pred.ndim)
    if registry.LOSSES[name].one_true:
        return ~missing
    axes = None if axes is None else tuple(i + y_pred.ndim for i in axes)
    return ~missing.any(axes) if name in BY_ROW else ~missing.all(axes)


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS)
def test_a_missing_entry_is_as_if_it_were_not_there(name, arguments):
    y_true, y_pred, missing = with_missing(name, arguments, dtype="float64")
    values = function(name)(y_true, y_pred, **arguments, ignore_nan=True)
    assert_close(values, by_hand(name, arguments, y_true, y_pred, missing), "float64")
    counted = samples_observed(name, arguments, missing, y_pred)
    if "ignore_class" in arguments:
        counted &= y_true != arguments["ignore_class"]
    assert np.array_equal(values._keras_mask, counted)
    loss = loss_object(name, **arguments, ignore_nan=True, dtype="float64")
    assert_close(loss(y_true, y_pred), np.asarray(values)[counted].mean(), "float64")


@pytest.mark.parametrize(("name", "arguments"), ARGUMENTS)
def test_nothing_leads_to_a_missing_entry(name, arguments):
    """The gradient is 0 there, whatever is predicted, and right elsewhere."""
    y_true, y_pred, missing = with_missing(name, arguments, dtype="float64")
    if registry.LOSSES[name].one_true:
        missing = np.expand_dims(missing, arguments.get("axis", -1))
    missing = np.broadcast_to(missing, y_pred.shape)
    fn = lambda t, p: function(name)(t, p, **arguments, ignore_nan=True)  # noqa: E731
    value, gradient = value_and_gradient(fn, y_true, y_pred)
    assert not gradient[missing].any()
    assert gradient.any()
    for bad in (np.inf, -np.inf, np.nan):
        of_bad = value_and_gradient(fn, y_true, np.where(missing, bad, y_pred))
        np.testing.assert_array_equal(of_bad[0], value)
        np.testing.assert_array_equal(of_bad[1], gradient)
    _, by_true = value_and_gradient(lambda p, t: fn(t, p), y_pred, y_true)
    if not registry.LOSSES[name].one_true:
        assert np.isfinite(by_true).all()
        assert not by_true[missing].any()
    with tf.GradientTape() as outer:
        p = tf.constant(y_pred)
        outer.watch(p)
        with tf.GradientTape() as tape:
            tape.watch(p)
            total = tf.reduce_sum(fn(y_true, p))
        first = tape.gradient(total, p)
    second = outer.gradient(first, p, unconnected_gradients="zero")
    assert np.isfinite(second).all()
    assert not second.numpy()[missing].any()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("name", TAKEN)
def test_every_dtype(name, dtype):
    y_true, y_pred, _ = with_missing(name)
    y_true, y_pred = tf.cast(y_true, dtype), tf.cast(y_pred, dtype)
    values = function(name)(y_true, y_pred, ignore_nan=True)
    assert values.dtype == tf.as_dtype(dtype)
    assert np.isfinite(tf.cast(values, "float64")).all()


# A mean of entries, one that looks at all labels, a row, a label, an overlap: each is left out in its way.
WAYS = [
    "binary_crossentropy",
    "hinge",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "dice",
]


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("name", WAYS)
def test_graphs_give_the_same(name, jit):
    y_true, y_pred, _ = with_missing(name)
    loss = loss_object(name, ignore_nan=True)
    expected = value_and_gradient(loss, y_true, y_pred)
    shapes = [None] * y_true.ndim, [None] * y_pred.ndim
    signature = [tf.TensorSpec(shape, tf.float32) for shape in shapes]

    @tf.function(jit_compile=jit, input_signature=None if jit else signature)
    def both(t, p):
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = loss(t, p)
        return value, tape.gradient(value, p)

    for found, wanted in zip(both(y_true, y_pred), expected, strict=True):
        assert_close(found, wanted, scale=2)


@pytest.mark.parametrize("name", TAKEN)
def test_nothing_observed_is_0(name):
    _, y_pred = inputs(name)
    shape = y_pred.shape[:-1] if registry.LOSSES[name].one_true else y_pred.shape
    y_true = np.full(shape, np.nan, "float32")
    for reduction in ("sum_over_batch_size", "sum", "mean_with_sample_weight", "none"):
        for weight in (None, 2.0):
            loss = loss_object(name, reduction=reduction, ignore_nan=True)
            value, gradient = value_and_gradient(loss, y_true, y_pred, sample_weight=weight)
            assert not value.any()
            assert not gradient.any()


@pytest.mark.parametrize("name", TAKEN)
def test_without_a_missing_label_nothing_changes(name):
    y_true, y_pred = inputs(name)
    plain = value_and_gradient(function(name), y_true, y_pred)
    ignoring = value_and_gradient(
        lambda t, p: function(name)(t, p, ignore_nan=True), y_true, y_pred
    )
    for found, expected in zip(ignoring, plain, strict=True):
        assert_close(found, expected)


@pytest.mark.parametrize("name", TAKEN)
def test_what_is_predicted_for_a_label_must_be_there(name):
    y_true, y_pred, _ = with_missing(name)
    y_pred[1, 0] = np.nan
    assert np.isnan(loss_object(name, ignore_nan=True)(y_true, y_pred))


@pytest.mark.parametrize("name", [n for n in TAKEN if n not in OF_BATCH])
def test_missing_labels_and_weights(name):
    """The mean over what counts of weight times value; a NaN of weight 0 stays where it is."""
    y_true, y_pred, _ = with_missing(name)
    values = function(name)(y_true, y_pred, ignore_nan=True)
    counted, values = np.asarray(values._keras_mask), np.asarray(values)
    shape = values_shape(name, y_pred.shape)
    w = np.random.default_rng(3).uniform(0.5, 2, shape).astype("float32")
    w = np.where(np.arange(w.size).reshape(shape) % 4 == 3, np.float32(0), w)
    for reduction, expected in {
        "none": values * w,
        "sum": (values * w).sum(),
        "mean_with_sample_weight": (values * w).sum() / (w * counted).sum(),
    }.items():
        loss = loss_object(name, reduction=reduction, ignore_nan=True)
        assert_close(loss(y_true, y_pred, w), expected, scale=2)
    loss = loss_object(name, ignore_nan=True)
    assert_close(loss(y_true, y_pred, w), (values * w).sum() / counted.sum(), scale=2)
    if shape:
        bad = y_pred.copy()
        bad[w == 0] = np.nan
        value, gradient = value_and_gradient(loss, y_true, bad, sample_weight=w)
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


@pytest.mark.parametrize("name", ["hinge", "squared_hinge"])
def test_a_missing_label_has_no_say_in_what_0_means(name):
    p = [[0.3, 0.8]]
    assert_close(
        function(name)([[0.0, np.nan]], p, ignore_nan=True), function(name)([[-1.0]], [[0.3]])
    )
    weighed = loss_object(name, ignore_nan=True, reduction="sum")
    assert_close(
        weighed([[0.0, np.nan], [7.0, 1.0]], p * 2, [1.0, 0.0]),
        function(name)([[-1.0]], [[0.3]])[0],
    )


@pytest.mark.parametrize(
    ("fit", "name"),
    [
        ("keras", "mean_squared_error"),
        ("keras", "sparse_categorical_crossentropy"),
        ("keras", "dice"),
    ]
    + [pytest.param("tf_keras", "mean_squared_error", marks=needs_tf_keras)],
)
def test_training_goes_on_by_what_was_observed(fit, name):
    """A fit() on rows with missing labels is that on the others."""
    library = keras if fit == "keras" else pytest.importorskip("tf_keras")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, 3)).astype("float32")
    y = rng.integers(0, 2, size=(8, 2)).astype("float32")
    y = y[:, 0] if name.startswith("sparse") else y
    y[2] = y[5] = np.nan
    arguments = {"axis": -1} if name == "dice" else {}
    fitted = []
    for rows in (slice(None), ~np.isnan(y.reshape(8, -1)).any(1)):
        library.utils.set_random_seed(1)
        model = library.Sequential(
            [library.Input((3,)), library.layers.Dense(2, activation="softmax")]
        )
        loss = loss_object(name, ignore_nan=True, **arguments)
        model.compile(library.optimizers.SGD(0.1), loss)
        model.fit(x[rows], y[rows], batch_size=8, epochs=2, verbose=0)
        fitted.append(model.get_weights())
    for ours, theirs in zip(*fitted, strict=True):
        assert_close(ours, theirs, scale=2)


def test_two_outputs_with_labels_of_their_own_samples():
    """Each output is trained on what was observed of it: Keras threads 3893, 7423, 12850."""
    inputs_ = keras.Input((2,))
    outputs = {name: keras.layers.Dense(1, name=name)(inputs_) for name in "ab"}
    model = keras.Model(inputs_, outputs)
    model.compile("sgd", dict.fromkeys("ab", losses.MeanSquaredError(ignore_nan=True)))
    x = np.ones((4, 2), "float32")
    y = {"a": np.array([1, np.nan, 3, np.nan]), "b": np.full(4, np.nan)}
    before = [w.copy() for w in model.get_layer("b").get_weights()]
    found = model.evaluate(x, y, return_dict=True, verbose=0)
    predicted = model.predict(x, verbose=0)["a"][[0, 2], 0]
    assert_close(found["loss"], np.mean((predicted - [1, 3]) ** 2), scale=5)
    model.fit(x, y, verbose=0)
    for ours, theirs in zip(model.get_layer("b").get_weights(), before, strict=True):
        np.testing.assert_array_equal(ours, theirs)


METRICS = [
    (name, cls) for name, cls in metrics._CLASSES.items() if name not in ("RootMeanSquaredError",)
]


@pytest.mark.parametrize(("name", "cls"), METRICS)
def test_metrics_count_what_was_observed(name, cls):
    metric = cls(ignore_nan=True)
    spec = metric._spec
    y_true, y_pred, _ = with_missing(spec.name)
    values = spec.function(y_true, y_pred, ignore_nan=True)
    expected = np.asarray(values)[np.asarray(values._keras_mask)].mean()
    for rows in (slice(0, 1), slice(1, 2)):
        metric.update_state(y_true[rows], y_pred[rows])
    expected = -expected if name == "CosineSimilarity" else expected
    assert_close(metric.result(), expected, scale=2)
    assert type(metric).from_config(metric.get_config()).get_config()["ignore_nan"] is True
    assert "ignore_nan" not in cls().get_config()


def test_root_mean_squared_error_counts_entries():
    """sqrt((1 + 9 + 4) / 3), by hand."""
    metric = metrics.RootMeanSquaredError(ignore_nan=True)
    metric.update_state([[1.0, np.nan], [3.0, 2.0]], [[2.0, 5.0], [6.0, 4.0]])
    assert_close(metric.result(), np.float32(np.sqrt(14 / 3)))


@pytest.mark.parametrize("name", REFUSED)
def test_losses_without_missing_labels_say_why(name):
    for call in (
        lambda: loss_object(name, ignore_nan=True),
        lambda: function(name)(*inputs(name), ignore_nan=True),
    ):
        with pytest.raises(
            lossbridge.InputError, match="`ignore_nan`: must be False for this loss, not True. L"
        ):
            call()
    assert loss_object(name).ignore_nan is False


@pytest.mark.parametrize("name", TAKEN)
def test_config(name):
    """It is written where it is set; where not, Keras reads the config."""
    cls = registry.CLASSES[name]
    assert "ignore_nan" not in cls().get_config()
    loss = cls(ignore_nan=True)
    assert loss.ignore_nan
    assert "ignore_nan=True" in repr(loss)
    again = losses.deserialize(losses.serialize(loss))
    assert type(again) is cls
    assert again.get_config() == loss.get_config() == {**cls().get_config(), "ignore_nan": True}


def test_a_missing_integer_of_r_is_missing():
    """NA_integer_ is the lowest number of 32 bits, and arrives so in fit()."""
    na = np.iinfo("int32").min
    for fit in (False, True):
        loss = losses.MeanSquaredError(ignore_nan=True)
        call = tf.function(loss) if fit else loss
        assert_close(
            call(tf.constant([[1, na], [na, na]]), tf.constant([[3.0, 9.0], [9.0, 9.0]])),
            np.float32(4),
        )
    p = [[0.2, 0.8], [0.5, 0.5]]
    value = losses.SparseCategoricalCrossentropy(ignore_nan=True)(tf.constant([1, na]), p)
    assert_close(value, np.float32(-np.log(0.8)))


def test_a_function_of_ones_own_gets_the_argument_itself():
    seen = []
    LossFunctionWrapper(lambda t, p, ignore_nan: seen.append(ignore_nan) or p, ignore_nan=7)(
        [1.0], [1.0]
    )
    assert seen == [7]


def test_to_categorical():
    rows = lossbridge.to_categorical([2, np.nan, 0], ignore_nan=True)
    np.testing.assert_array_equal(rows, [[0, 0, 1], [np.nan] * 3, [1, 0, 0]])
    column = tf.constant([[np.nan], [1.0]])
    for found in (
        lossbridge.to_categorical(column, 2, ignore_nan=True),
        tf.function(lambda y: lossbridge.to_categorical(y, 2, ignore_nan=True))(column),
    ):
        np.testing.assert_array_equal(found, [[np.nan] * 2, [0, 1]])
    with pytest.raises(
        lossbridge.InputError, match="`dtype`: must be a float dtype, to hold NaN, not 'int32'."
    ):
        lossbridge.to_categorical([0.0, np.nan], dtype="int32", ignore_nan=True)
    with pytest.raises(lossbridge.InputError, match="missing values"):
        lossbridge.to_categorical([0.0, np.nan])
    p = np.full((3, 3), 1 / 3, "float32")
    value = losses.CategoricalCrossentropy(ignore_nan=True)(rows, p)
    assert_close(value, np.float32(np.log(3)))
