"""The gradients that are written as formulas are those that TensorFlow derives op by op."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import EMBEDDINGS, SIMILARITIES, arguments_of, in_turn, number_of_heads
from loss_inputs import inputs as arrays

from lossbridge import registry, semantics
from lossbridge.engine import options

ARGUMENTS = {
    "binary_crossentropy": [
        {},
        {"from_logits": True},
        {"label_smoothing": 0.2},
        {"axis": 1},
        {"pos_weight": [0.5 * k for k in range(10)], "label_smoothing": 0.2},
        {"pos_weight": 3.0, "from_logits": True},
    ],
    "categorical_hinge": [{}, {"class_weight": [0.1 * k for k in range(10)]}],
    "binary_focal_crossentropy": [
        {},
        {"pos_weight": 3.0, "from_logits": True},
        {"from_logits": True},
        {"gamma": 0.0},
        {"gamma": 1.5, "apply_class_balancing": True},
    ],
    "asymmetric": [
        {},
        {"from_logits": True},
        {"gamma_pos": 0.0, "gamma_neg": 0.0, "clip": 0.3},
        {"gamma_pos": 1.5, "gamma_neg": 2.5, "clip": 0.0, "from_logits": True},
        {"gamma_pos": 2.0, "gamma_neg": 1.0, "clip": 0.0},
    ],
    "categorical_crossentropy": [
        {},
        {"axis": 1, "label_smoothing": 0.1},
        {"from_logits": True},
        {"class_weight": {2: 3.0}},
    ],
    "categorical_focal_crossentropy": [{}, {"from_logits": True, "gamma": 1.5}, {"gamma": 0.0}],
    "sparse_categorical_focal_crossentropy": [
        {},
        {"from_logits": True, "gamma": 1.5},
        {"gamma": 0.0, "alpha": [0.1 * k for k in range(1, 11)], "ignore_class": 1},
    ],
    "sparse_categorical_crossentropy": [
        {},
        {"label_smoothing": 0.1, "class_weight": {2: 3.0}},
        {"ignore_class": 1, "class_weight": {2: 3.0}},
        {"from_logits": True},
    ],
    "huber": [{}, {"delta": 0.3}],
    "cosine_similarity": [{}, {"axis": 1}],
    "dice": [{}, {"axis": -1}, {"axis": (1, 2)}],
    "tversky": [{"alpha": 0.2, "beta": 0.7}, {"axis": -1}],
    "circle": [{}, {"gamma": 2.0, "margin": 0.25, "remove_diagonal": False}],
}
CASES = [
    (name, arguments, rows)
    for name, spec in registry.LOSSES.items()
    if spec.family != "sequence"
    for arguments in (ARGUMENTS.get(name, [{}]) if spec.heads is None else arguments_of(name))
    for rows in ("keras3", "keras2")
    # the losses whose formulas the semantics change
    if rows == "keras3" or name.startswith("binary") or name == "cosine_similarity"
]


def inputs(name, arguments):
    rng = np.random.default_rng(7)
    if name in SIMILARITIES or registry.LOSSES[name].pred == "box":
        t, p = arrays(name, dtype="float64")
        return tf.constant(t), tf.constant(p)
    if name in EMBEDDINGS:
        p = rng.normal(size=(6, 3))
        p[1], p[2] = p[0], -p[0]  # the closest and the farthest
        p /= np.linalg.norm(p, axis=-1, keepdims=True)
        return tf.constant([0, 0, 0, 1, 1, 2]), tf.constant(p)  # the last without its like
    truth, shape = registry.LOSSES[name].truth, (2, 3, 10)
    if registry.LOSSES[name].heads is not None:
        t, p = arrays(name, (2, 3, 6), arguments, dtype="float64")
        return tf.constant(t), tf.constant(p)
    p = rng.uniform(0.05, 0.95, shape)
    p[0, 0, :3] = 1e-9, 1.0 - 1e-9, 2.0  # clipped
    t = {
        "label": rng.integers(0, 10, shape[:-1]),
        "one_hot": rng.dirichlet(np.ones(10), shape[:-1]),
        "sign": rng.choice([-1.0, 1.0], shape),
        "real": rng.choice([-1.0, 1.0], shape) * rng.uniform(0.5, 2.0, shape),
    }.get(truth, rng.uniform(0.05, 0.95, shape))
    if truth == "real":
        p = rng.normal(size=shape) * 2
    return tf.constant(t), tf.constant(p)


def derivatives(function, t, p, arguments):
    watched = [p] if t.dtype.is_integer else [p, t]
    with tf.GradientTape() as outer:
        outer.watch(watched)
        with tf.GradientTape() as inner:
            inner.watch(watched)
            values = function(t, p, **arguments)
            weighted = tf.reduce_sum(tf.sin(values))  # an upstream gradient that varies
        first = inner.gradient(weighted, watched)
        scalar = tf.add_n([tf.reduce_sum(tf.sin(g)) for g in first])
    second = outer.gradient(scalar, watched, unconnected_gradients="zero")
    return [values, *first, *second]


MODES = ["eager", "graph", "xla", "unknown sizes"]


@pytest.mark.parametrize(
    ("name", "arguments", "rows", "mode"),
    in_turn(CASES, MODES, always=["eager"]),
    ids=str,
)
def test_formula_is_the_derivative(name, arguments, rows, mode):
    t, p = inputs(name, arguments)
    function = registry.LOSSES[name].function
    run = derivatives if mode == "eager" else graph(mode)
    with semantics(rows):
        with options.using(closed_form=False):
            expected = derivatives(function, t, p, arguments)
        actual = run(function, t, p, arguments)
    for x, y in zip(actual, expected, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-8)


def graph(mode):
    """`derivatives` in a graph, of arrays of known or unknown sizes, or of XLA."""

    def run(function, t, p, arguments):
        rows = [tf.TensorSpec([None, *x.shape[1:]], x.dtype) for x in (t, p)]
        program = tf.function(
            lambda t, p: derivatives(function, t, p, arguments),
            input_signature=rows if mode == "unknown sizes" else None,
            jit_compile=mode == "xla",
            autograph=False,
        )
        return program(t, p)

    return run


@pytest.mark.parametrize("shift", [0.0, 100.0])
@pytest.mark.parametrize(
    ("name", "mode"),
    in_turn(
        [
            "sparse_categorical_crossentropy",
            "categorical_crossentropy",
            "categorical_focal_crossentropy",
            "sparse_categorical_focal_crossentropy",
        ],
        ["eager", "graph", "unknown sizes", "xla"],
        always=["eager"],
    ),
)
def test_logits_far_apart(name, mode, shift):
    """An improbable label, whose share underflows."""
    labels, x = tf.constant([0, 1]), tf.constant([[-shift, shift, 0.0], [-shift, shift, 1.0]])
    if registry.LOSSES[name].truth == "one_hot":
        labels = tf.one_hot(labels, 3)
    function = registry.LOSSES[name].function
    arguments = {"from_logits": True}
    wide = tf.cast(x, tf.float64), tf.one_hot([0, 1], 3, dtype=tf.float64)
    expected = derivatives(
        function, wide[1] if labels.dtype.is_floating else labels, wide[0], arguments
    )
    run = derivatives if mode == "eager" else graph(mode)
    actual = run(function, labels, x, arguments)
    for y, z in zip(actual, expected, strict=True):
        assert np.isfinite(z).all()
        np.testing.assert_allclose(y, z, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("height", [0.0, 8.0])
def test_gradient_by_the_largest_logit_keeps_its_digits(height):
    """Where its share is hardly larger than that of the 999 others, and where it has nearly all."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=(40, 1000)).astype("float32") * 0.01
    x[:, 3] += height
    labels = np.where(np.arange(40) < 20, x.argmax(-1), rng.integers(0, 1000, 40))
    found = []
    for dtype in ("float32", "float64"):
        p = tf.constant(x, dtype)
        with tf.GradientTape() as tape:
            tape.watch(p)
            value = registry.LOSSES["categorical_crossentropy"].function(
                tf.one_hot(labels, 1000, dtype=dtype), p, from_logits=True
            )
        found.append(tape.gradient(value, p).numpy())
    np.testing.assert_allclose(*found, rtol=2e-6)


@pytest.mark.parametrize("name", dict.fromkeys(name for name, *_ in CASES))
def test_second_derivatives_are_finite_at_the_ends(name):
    """Of probabilities 0 and 1, vectors and masks of zeros: where formulas divide by 0."""
    p = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    t = [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    t, p = tf.constant(t, tf.float64), tf.constant(p, tf.float64)
    if registry.LOSSES[name].truth == "label":
        t = tf.argmax(t, -1)
    if name in SIMILARITIES:
        p = p[:, :1] * tf.transpose(p[:, :1])
    if registry.LOSSES[name].pred == "box":
        t, p = (tf.pad(x, [[0, 0], [1, 0]]) for x in (t, p))  # boxes without area
    if registry.LOSSES[name].heads is not None:
        t, p = t[:, 0], p[:, : number_of_heads(name, 3)]
    for x in derivatives(registry.LOSSES[name].function, t, p, {}):
        assert np.isfinite(x).all()
