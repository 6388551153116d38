"""How formulas are executed: in branches, loops and graphs of all kinds, and that nothing of them stays."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import EMBEDDINGS, NAMES, assert_close, function, number_of_heads
from loss_inputs import inputs as arrays

from lossbridge import registry
from lossbridge._backend import PUBLIC_ONLY

BIG = (400, 100)


def inputs(name, shape):
    return tuple(tf.constant(x) for x in arrays(name, shape))


def value_and_gradient(loss, t, p):
    with tf.GradientTape() as tape:
        tape.watch(p)
        value = loss(t, p)
    return value, tape.gradient(value, p)


@pytest.mark.parametrize("name", NAMES)
def test_graph_of_large_arrays_is_op_by_op(name):
    t, p = inputs(name, None if name == "ctc" or name in EMBEDDINGS else BIG)
    expected = value_and_gradient(function(name), t, p)
    actual = tf.function(value_and_gradient)(function(name), t, p)
    for x, y in zip(actual, expected, strict=True):
        assert_close(x, y)


@pytest.mark.parametrize("name", NAMES)
def test_thousandth_call_is_the_first(name):
    """To the last bit, and as many ops."""
    t, p = inputs(name, None)
    first, last = (value_and_gradient(function(name), t, p) for _ in range(2))
    for _ in range(100):
        last = value_and_gradient(function(name), t, p)
    for x, y in zip(first, last, strict=True):
        assert x.numpy().tobytes() == y.numpy().tobytes()


@pytest.mark.parametrize("name", NAMES)
def test_gradient_in_a_branch(name):
    t, p = inputs(name, None)

    def scaled(t, p):
        return function(name)(t, 0.9 * p)

    @tf.function
    def in_branch(t, p, use):
        return value_and_gradient(
            lambda t, p: tf.cond(use, lambda: scaled(t, p), lambda: tf.zeros_like(scaled(t, p))),
            t,
            p,
        )

    expected = value_and_gradient(scaled, t, p)
    actual = in_branch(t, p, tf.constant(True))
    for x, y in zip(actual, expected, strict=True):
        assert_close(x, y)


@pytest.mark.parametrize("name", NAMES)
def test_gradients_of_a_graph(name):
    """By tf.gradients, which looks at no tape: in a tf.function, and in a graph of TensorFlow 1."""
    t, p = inputs(name, None)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch([t, p])
        value = function(name)(t, p)
    expected = [tape.gradient(value, x) for x in ((p, t) if t.dtype.is_floating else (p,))]

    def gradients(t, p):
        return tf.gradients(function(name)(t, p), (p, t) if t.dtype.is_floating else (p,))

    for x, y in zip(tf.function(gradients)(t, p), expected, strict=True):
        assert_close(x, y)
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        places = [tf.compat.v1.placeholder(x.dtype, x.shape) for x in (t, p)]
        feed = {place: x.numpy() for place, x in zip(places, (t, p), strict=True)}
        for x, y in zip(session.run(gradients(*places), feed), expected, strict=True):
            assert_close(x, y)


def test_wrong_labels_are_refused():
    t, p = inputs("sparse_categorical_crossentropy", BIG)
    t = tf.tensor_scatter_nd_update(t, [[7]], tf.constant([100], t.dtype))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be whole class labels"):
        tf.function(function("sparse_categorical_crossentropy"))(t, p)
    of_xla = tf.function(function("sparse_categorical_crossentropy"), jit_compile=True)(t, p)
    assert np.flatnonzero(np.isnan(of_xla)).tolist() == [7]


@pytest.mark.parametrize("name", ["hinge", "cosine_similarity", "binary_crossentropy"])
def test_jacobian_and_loops(name):
    t, p = inputs(name, (8, 5000))
    rows = [function(name)(x[None], y[None])[0] for x, y in zip(t, p, strict=True)]

    @tf.function
    def jacobian(t, p):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(p)
            value = function(name)(t, p)
        return tape.jacobian(value, p), tape.gradient(value, p)

    @tf.function
    def of_each(t, p):
        def each(t, p):
            of_rows = tf.map_fn(lambda x: function(name)(*x), (t, p), fn_output_signature=p.dtype)
            return of_rows[:, 0]

        return value_and_gradient(each, t, p)

    full, gradient = jacobian(t, p)
    assert_close(np.einsum("iik->ik", full), gradient)
    for x, y in zip(of_each(t[:, None], p[:, None]), (rows, gradient[:, None]), strict=True):
        assert_close(x, y)
    wide = tf.reshape(t, [1, -1]), tf.reshape(p, [1, -1])
    assert_close(jacobian(*wide)[0][0], jacobian(*wide)[1])


@pytest.mark.parametrize("name", ["binary_crossentropy", "sparse_categorical_crossentropy"])
def test_loss_as_an_argument_of_a_function(name):
    """With what comes before its mathematics: casts and checks."""
    y_true, y_pred = arrays(name)
    y_true = y_true.tolist()

    @tf.function
    def step(loss, y_pred):
        return loss(y_true, y_pred)

    loss = function(name)
    assert_close(step(loss, tf.constant(y_pred)), loss(y_true, y_pred))


LOADED = """
import sys
import numpy as np
import tensorflow as tf

path = sys.argv[1]
t, p = (tf.constant(np.load(f"{path}/{x}.npy")) for x in "tp")
loss = tf.saved_model.load(path).loss
with tf.GradientTape() as tape:
    tape.watch(p)
    value = loss(t, p)
np.save(f"{path}/gradient.npy", tape.gradient(value, p))
np.save(f"{path}/value.npy", value)
assert "lossbridge" not in sys.modules
"""


@pytest.mark.parametrize("name", ["binary_crossentropy", "cosine_similarity"])
def test_saved_model_in_a_process_without_lossbridge(name, tmp_path):
    t, p = inputs(name, (6, 5))
    module = tf.Module()
    module.loss = tf.function(function(name))
    expected = value_and_gradient(module.loss, t, p)
    tf.saved_model.save(module, str(tmp_path))
    for x, array in zip("tp", (t, p), strict=True):
        np.save(tmp_path / f"{x}.npy", array)
    subprocess.run([sys.executable, "-c", LOADED, str(tmp_path)], check=True)
    for x, y in zip(("value", "gradient"), expected, strict=True):
        assert_close(np.load(tmp_path / f"{x}.npy"), y)


@pytest.mark.skipif(
    PUBLIC_ONLY, reason="tf.custom_gradient, the public way to a gradient, keeps every graph alive"
)
@pytest.mark.parametrize("compiled", [False, True], ids=["graph", "xla"])
def test_no_graph_stays_alive(compiled):
    t, p = inputs("cosine_similarity", (6, 5))
    graphs = []
    for _ in range(3):
        program = tf.function(
            lambda t, p: value_and_gradient(function("cosine_similarity"), t, p),
            jit_compile=compiled,
        )
        graphs.append(weakref.ref(program.get_concrete_function(t, p).graph))
        program(t, p)
        del program
    gc.collect()
    assert all(graph() is None for graph in graphs)


# It lacks 8-bit integers, float64, the error function and binary search.
NOT_IN_LITE = ["ctc", *EMBEDDINGS, "gaussian_crps", "ensemble_crps"]


@pytest.mark.parametrize("from_logits", [False, True])
@pytest.mark.parametrize("name", [n for n in NAMES if n not in NOT_IN_LITE])
def test_tensorflow_lite_converts(name, from_logits):
    arguments = {"from_logits": True} if from_logits else {}
    if from_logits and "from_logits" not in registry.LOSSES[name].parameters:
        pytest.skip("a loss without logits")
    t, p = inputs(name, None)
    module = tf.Module()
    module.loss = loss = tf.function(
        lambda y_true, y_pred: function(name)(y_true, y_pred, **arguments),
        input_signature=[tf.TensorSpec(x.shape, x.dtype) for x in (t, p)],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions(
        [loss.get_concrete_function()], module
    )
    interpreter = tf.lite.Interpreter(model_content=converter.convert())
    run = interpreter.get_signature_runner()
    (value,) = run(y_true=t.numpy(), y_pred=p.numpy()).values()
    assert_close(value, loss(t, p))


@pytest.fixture
def check_numerics():
    tf.debugging.enable_check_numerics()
    yield
    tf.debugging.disable_check_numerics()


@pytest.mark.parametrize("mode", ["eager", "graph"])
@pytest.mark.parametrize("name", [n for n in NAMES if n != "ctc"])
def test_no_branch_that_is_not_taken_is_infinite(name, mode, check_numerics):
    """At the ends of the domain, where tf.debugging.enable_check_numerics() looks at every op."""
    spec = registry.LOSSES[name]
    ends = {
        "probability": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1e-30, 0.5, 0.5]],
        "positive": [[0.0, 1.0, 0.0], [1e4, 0.0, 3.0], [1e-30, 0.5, 0.5]],
        "unit": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        "similarity": [[0.0, 90.0, -90.0], [1e4, -1e4, 0.0], [1e-30, 0.5, 0.5]],
        "box": [[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 1.0], [1e-30, 0.5, 0.5, 1e30]],
        "real": [[0.0, 90.0, -90.0], [1e4, -1e4, 0.0], [1e-30, 0.5, 0.5]],
    }[spec.pred]
    t = {"label": np.array([0, 1, 2]), "sign": np.sign(np.eye(3) - 0.5)}.get(spec.truth, np.eye(3))
    logits = [False, True] if "from_logits" in spec.parameters else [False]
    for from_logits in logits:
        p = [[0.0, 90.0, -90.0], [1e4, -1e4, 0.0], [1e-30, 0.5, 0.5]] if from_logits else ends
        arguments = {"from_logits": True} if from_logits else {}
        run = value_and_gradient if mode == "eager" else tf.function(value_and_gradient)
        t, p = (
            tf.constant(x, None if spec.truth == "label" and x is t else "float32") for x in (t, p)
        )
        if spec.pred == "box":
            t = tf.pad(t, [[0, 0], [0, 1]])
        if spec.heads is not None:
            t, p = t[:, 0], p[:, : number_of_heads(name, 3)]
        found = run(lambda t, p, more=arguments: spec.function(t, p, **more), t, p)
        assert all(np.isfinite(x).all() for x in found)
