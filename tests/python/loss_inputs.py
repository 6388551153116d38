"""What the tests of all losses start from: inputs in the domain of a loss, and how to compare."""

import functools
import importlib.util
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from lossbridge import registry

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = sorted(registry.LOSSES)


def in_turn(cases, modes, always=()):
    """Each case in one of the modes, which take turns, and in those of `always`; in all in the long sweep."""
    turns = [mode for mode in modes if mode not in always]
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            mode,
            marks=[] if mode in always or mode == turns[i % len(turns)] else pytest.mark.long,
        )
        for i, case in enumerate(cases)
        for mode in modes
    ]


# Losses of the pairs in a batch of embeddings.
EMBEDDINGS = [name for name in NAMES if registry.LOSSES[name].family == "embedding"]
# Those of them of a matrix of similarities.
SIMILARITIES = [name for name in NAMES if registry.LOSSES[name].pred == "similarity"]
# Losses whose samples do not stand alone.
BATCH_LOSSES = {*EMBEDDINGS, "dice", "tversky", "weighted_kappa"}
# Losses that refuse a `y_true` below 0, which Keras takes in its own.
NOT_NEGATIVE = [
    name
    for name in NAMES
    if registry.LOSSES[name].truth == "positive"
    and name not in ("poisson", "mean_squared_logarithmic_error")
]
# Losses of one value for a batch, in whose sums samples weigh what they are to.
OF_BATCH = [name for name in NAMES if registry.LOSSES[name].of_batch]
# Losses of inputs of one rank.
FIXED_RANK = {**dict.fromkeys(EMBEDDINGS, 2), "ctc": 3}

# Arguments that are not the defaults; of a loss that is not here they are those of its cases.
ARGUMENTS = {
    "huber": [{"delta": 0.3}],
    "pinball": [{"tau": 0.9}, {"tau": [0.1, 0.25, 0.5, 0.9]}],
    "expectile": [{"tau": 0.9}, {"tau": [0.1, 0.25, 0.5, 0.9]}],
    "quantile_huber": [{"tau": [0.1, 0.25, 0.5, 0.9], "delta": 0.25}],
    "robust": [
        {"alpha": 2.0, "scale": 0.5},
        {"alpha": 0.0, "scale": 2.0},
        {"alpha": -2.0},
        {"alpha": float("-inf")},
    ],
    "poisson_deviance": [{"log_link": True}],
    "gamma_deviance": [{"log_link": True}],
    "tweedie_deviance": [{"power": 0.0}, {"power": 1.25, "log_link": True}, {"power": 3.0}],
    "cosine_similarity": [{"axis": -2}, {"axis": 1}],
    "binary_crossentropy": [
        {"from_logits": True},
        {"label_smoothing": 0.2},
        {"from_logits": True, "label_smoothing": 0.2},
        {"axis": 1},
        {"pos_weight": [0.5, 2.0, 0.0, 3.0], "label_smoothing": 0.2},
        {"pos_weight": 3.0, "from_logits": True},
    ],
    "categorical_crossentropy": [
        {"from_logits": True},
        {"label_smoothing": 0.2},
        {"from_logits": True, "label_smoothing": 0.2},
        {"axis": 1},
        {"axis": 1, "from_logits": True, "label_smoothing": 0.2},
        {"class_weight": [0.5, 2.0, 0.0, 3.0], "label_smoothing": 0.2},
        {"class_weight": {1: 2.0}, "from_logits": True},
    ],
    "sparse_categorical_crossentropy": [
        {"from_logits": True},
        {"ignore_class": 2},
        {"ignore_class": -1, "from_logits": True},
        {"axis": 1},
        {"axis": 1, "from_logits": True, "ignore_class": 0},
        {"label_smoothing": 0.2},
        {"class_weight": [0.5, 2.0, 0.0, 3.0], "ignore_class": 1},
        {"class_weight": {0: 0.5, 3: 2.0}, "label_smoothing": 0.2, "from_logits": True},
    ],
    "binary_focal_crossentropy": [
        {"apply_class_balancing": True, "alpha": 0.3},
        {"gamma": 1.5, "from_logits": True},
        {"gamma": 0.0, "label_smoothing": 0.2},
        {"axis": 1},
        {"pos_weight": [0.5, 2.0, 0.0, 3.0], "from_logits": True},
    ],
    "asymmetric": [
        {"gamma_pos": 0.0, "gamma_neg": 0.0},
        {"gamma_pos": 1.5, "gamma_neg": 2.0, "clip": 0.3, "from_logits": True},
        {"gamma_pos": 2.0, "gamma_neg": 0.5, "clip": 0.0},
        {"clip": 0.0, "from_logits": True},
    ],
    "categorical_focal_crossentropy": [
        {"alpha": 0.6, "gamma": 1.5},
        {"alpha": [0.2, 0.3, 0.1, 0.4]},
        {"from_logits": True, "label_smoothing": 0.2},
        {"axis": 1},
        {"class_weight": {1: 0.0, 2: 1.5}, "axis": 1},
    ],
    "categorical_hinge": [{"class_weight": [0.5, 2.0, 0.0, 3.0]}],
    "sparse_categorical_focal_crossentropy": [
        {"alpha": 0.6, "gamma": 1.5},
        {"alpha": [0.2, 0.3, 0.1, 0.4]},
        {"from_logits": True, "ignore_class": -1},
        {"axis": 1, "gamma": 0.0, "ignore_class": 0},
        {"class_weight": [0.5, 2.0, 0.0, 3.0], "alpha": 1.0},
    ],
    "categorical_generalized_cross_entropy": [{"q": 0.8}],
    "dice": [{"axis": -1}, {"axis": [1, 2]}, {"axis": (0, -1)}],
    "tversky": [{"alpha": 0.2, "beta": 0.7}, {"axis": [1, 2]}],
    "circle": [{"gamma": 2.0, "margin": 0.25}, {"remove_diagonal": False}],
}


@functools.cache
def _cases():
    return json.loads((ROOT / "tests/cases/losses.json").read_text())["cases"]


def arguments_of(name):
    """The default arguments of a loss, and the others to test it with; every argument occurs."""
    others = ARGUMENTS.get(name)
    if others is None:
        given = [c["args"] for c in _cases() if c["loss"] == name and c["form"] == "function"]
        others = [arguments for i, arguments in enumerate(given) if arguments not in given[:i]]
    return [{}, *(arguments for arguments in others if arguments)]


def with_arguments():
    """A pytest parameter for each loss and each set of its arguments."""
    return [
        pytest.param(name, arguments, id=f"{name}-{json.dumps(arguments)}" if arguments else name)
        for name in NAMES
        for arguments in arguments_of(name)
    ]


def shape_of(name, rank=3):
    """A shape with distinct sizes; the last is 4, for four class weights."""
    rank = FIXED_RANK.get(name, rank)
    if name == "ctc":
        return (3, 6, 4)
    if name in EMBEDDINGS:
        return (6, 6) if name in SIMILARITIES else (6, 4)
    return {1: (4,), 2: (5, 4), 3: (2, 3, 4), 4: (2, 5, 3, 4)}[rank]


def number_of_heads(name, size, arguments=None):
    """How many parameters of a distribution there are in a row of about `size` numbers."""
    heads = registry.LOSSES[name].heads
    number = len(heads.given(arguments or {}))
    return max(size // number, 1) * number if heads.several else number


def shape_for(name, shape, arguments=None):
    """A shape of `y_pred` that the loss takes, with the last size as near to that of `shape` as may be."""
    spec = registry.LOSSES[name]
    if spec.heads is not None:
        return (*shape[:-1], number_of_heads(name, shape[-1], arguments))
    if name in SIMILARITIES:
        return (shape[0], shape[0])
    return (*shape[:-1], 4) if spec.pred == "box" else shape


def inputs(name, shape=None, arguments=None, seed=0, dtype="float32"):
    """`y_true, y_pred` from the domain of a loss, as NumPy arrays; `shape` is that of `y_pred`.

    Where a loss has a say in the last size, as a distribution has, it is near that of `shape`.
    """
    spec, arguments = registry.LOSSES[name], arguments or {}
    shape = shape_for(name, shape_of(name) if shape is None else shape, arguments)
    rng = np.random.default_rng(seed)
    axis = arguments.get("axis", -1)
    axis = axis if isinstance(axis, int) else -1
    axis = axis % len(shape)
    classes = shape[axis]

    if name == "ctc":
        y_pred = rng.normal(size=shape)
        y_true = rng.integers(1, shape[-1], size=(shape[0], 2))
        y_true[0, 1] = 0  # padding
        return y_true, y_pred.astype(dtype)
    if name in SIMILARITIES:
        labels = np.arange(shape[0]) % 3
        y_true = np.eye(3)[labels] + np.eye(3)[labels[::-1]] > 0
        y_true = labels if spec.truth == "label" else y_true.astype(dtype)
        return y_true, rng.normal(size=shape).astype(dtype)
    if spec.pred == "box":
        corner, size = (
            rng.normal(size=(2, *shape[:-1], 2)),
            rng.uniform(0.5, 2.0, size=(2, *shape[:-1], 2)),
        )
        boxes = np.concatenate([corner, corner + size], -1)
        return boxes[0].astype(dtype), boxes[1].astype(dtype)
    if name in EMBEDDINGS:
        y_pred = rng.normal(size=shape)
        y_pred /= np.linalg.norm(y_pred, axis=-1, keepdims=True)
        return np.arange(shape[0]) % 3, y_pred.astype(dtype)

    if spec.pred == "real" or arguments.get("from_logits"):
        y_pred = 2.0 * rng.normal(size=shape)
    elif spec.pred == "positive":
        y_pred = rng.uniform(0.1, 3.0, size=shape)
    else:
        y_pred = rng.uniform(0.05, 0.95, size=shape)
        if spec.truth in ("one_hot", "label"):
            y_pred /= y_pred.sum(axis, keepdims=True)

    if spec.heads is not None:
        y_true = 2.0 * rng.normal(size=shape[:-1])
        y_true = y_true if spec.truth == "real" else np.exp(y_true)
        if arguments.get("scale") == "identity":
            names = spec.heads.given(arguments)
            raw = np.repeat([head.startswith("raw") for head in names], shape[-1] // len(names))
            y_pred = np.where(raw, np.abs(y_pred) + 0.1, y_pred)
        return y_true.astype(dtype), y_pred.astype(dtype)
    labels = rng.integers(0, classes, size=[n for i, n in enumerate(shape) if i != axis])
    if spec.truth == "label":
        if arguments.get("ignore_class") == -1:
            labels[(0,) * labels.ndim] = -1
        return labels, y_pred.astype(dtype)
    y_true = {
        "real": lambda: 2.0 * rng.normal(size=shape),
        "positive": lambda: rng.uniform(0.0, 3.0, size=shape),
        "sign": lambda: rng.choice([-1.0, 1.0], size=shape),
        "probability": lambda: rng.uniform(0.05, 0.95, size=shape),
        "one_hot": lambda: np.moveaxis(np.eye(classes)[labels], -1, axis),
    }[spec.truth]()
    return y_true.astype(dtype), y_pred.astype(dtype)


def first(name, y_true, y_pred, number):
    """The inputs of the first samples."""
    columns = number if name in SIMILARITIES else None
    return y_true[:number], y_pred[:number, ..., :columns]


def values_shape(name, shape, arguments=None):
    """The shape of the per-sample values of a loss."""
    axes = registry.LOSSES[name].reduced_axes(arguments or {}, len(shape))
    if axes is None:
        return ()
    return tuple(n for i, n in enumerate(shape) if i - len(shape) not in axes)


def function(name):
    """The public function of a loss."""
    return registry.LOSSES[name].function


def loss_object(name, **arguments):
    """The object of a loss."""
    return registry.CLASSES[name](**arguments)


def value_and_gradient(loss, y_true, y_pred, **kwargs):
    """The value of a loss, and the derivative of its sum by `y_pred`, as NumPy arrays."""
    y_pred = tf.convert_to_tensor(y_pred)
    mask = kwargs.pop("mask", None)
    with tf.GradientTape() as tape:
        tape.watch(y_pred)
        tracked = tf.identity(y_pred)
        if mask is not None:
            tracked._keras_mask = tf.convert_to_tensor(mask)
        value = loss(y_true, tracked, **kwargs)
        total = tf.reduce_sum(value)
    gradient = tape.gradient(total, y_pred)
    gradient = tf.zeros_like(y_pred) if gradient is None else gradient
    return np.array(value.numpy()), gradient.numpy()  # asarray() fails on a bfloat16 number


def assert_close(actual, expected, dtype="float32", scale=1.0, err_msg=""):
    """Equal up to a few roundings of `dtype`; `scale` where a loss adds up rounded terms."""
    rtol, atol = {"float64": (1e-10, 1e-12), "float32": (2e-5, 2e-6)}.get(
        tf.as_dtype(dtype).name, (2e-2, 2e-2)
    )
    actual, expected = np.asarray(actual), np.asarray(expected)
    assert actual.shape == expected.shape, f"{actual.shape} against {expected.shape}. {err_msg}"
    np.testing.assert_allclose(
        actual.astype("float64"),
        expected.astype("float64"),
        rtol=scale * rtol,
        atol=scale * atol,
        err_msg=err_msg,
    )


def installed(module):
    """Whether a module can be imported."""
    return importlib.util.find_spec(module) is not None


needs_tf_keras = pytest.mark.skipif(
    not installed("tf_keras"), reason="tf_keras (Keras 2), which is compared with, is not installed"
)
