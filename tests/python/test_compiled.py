"""When a loss of eager arrays is compiled, and that nothing but the time tells."""

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, assert_close, function, inputs, loss_object, value_and_gradient

from lossbridge import compiled, registry
from lossbridge.checks import InputError

BIG = (400, 100)


@pytest.fixture(autouse=True)
def fresh():
    compiled._program.cache_clear()


@pytest.fixture
def programs(monkeypatch):
    """The programs that were compiled, as a list of their losses."""
    found = []
    call = compiled._Program.__call__

    def spy(self, t, p):
        found.append(p.shape.as_list())
        return call(self, t, p)

    monkeypatch.setattr(compiled._Program, "__call__", spy)
    return found


def mse_of(shape, times):
    t, p = inputs("mean_squared_error", shape)
    for _ in range(times):
        function("mean_squared_error")(t, p)


def test_the_first_calls_run_op_by_op(programs):
    mse_of(BIG, compiled.CALLS)
    assert not programs
    mse_of(BIG, 1)
    assert programs == [[*BIG]]


def test_a_ragged_last_batch_is_not_compiled(programs):
    mse_of(BIG, compiled.CALLS + 1)
    mse_of((BIG[0] - 1, BIG[1]), 1)
    assert programs == [[*BIG]]


def test_small_arrays_are_compiled_later(programs):
    t, p = inputs("categorical_crossentropy", (32, 10))
    for _ in range(compiled.CALLS_OF_SMALL):
        function("categorical_crossentropy")(t, p)
    assert not programs
    function("categorical_crossentropy")(t, p)
    assert programs == [[32, 10]]


def test_small_losses_of_few_ops_are_not_compiled(programs):
    mse_of((32, 10), compiled.CALLS_OF_SMALL + 5)
    assert not programs


def test_graphs_and_eager_functions_are_not_compiled_again(programs):
    t, p = inputs("mean_squared_error", BIG)
    tf.function(function("mean_squared_error"))(t, p)
    tf.config.run_functions_eagerly(True)
    try:
        mse_of(BIG, compiled.CALLS + 5)
    finally:
        tf.config.run_functions_eagerly(False)
    assert not programs


def test_other_arguments_are_another_loss(programs):
    t, p = inputs("huber", BIG)
    for delta in (0.5, 1, True):
        for _ in range(compiled.CALLS):
            if delta is not True:
                function("huber")(t, p, delta=delta)
    assert not programs
    half, one = (function("huber")(t, p, delta=d) for d in (0.5, 1))
    assert len(programs) == 2
    assert np.all(half < one)
    with pytest.raises(InputError, match="`delta`"):  # equal to 1, and yet no number
        function("huber")(t, p, delta=True)


@pytest.mark.slow
@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_compiled_is_op_by_op(name, small, monkeypatch, programs):
    shape = {"circle": (200, 200), "ctc": (20, 40, 50)}.get(name, BIG)
    if small:
        shape = {"circle": (20, 8), "ctc": (3, 6, 5)}.get(name, (8, 5))
    t, p = inputs(name, shape)
    weight = np.linspace(0.0, 1.0, shape[0], dtype="f4")
    if registry.LOSSES[name].family == "segmentation":
        weight = None
    loss = loss_object(name)
    expected = value_and_gradient(loss, t, p, sample_weight=weight)
    assert not programs
    monkeypatch.setattr(compiled, "CALLS_OF_SMALL" if small else "CALLS", 0)
    monkeypatch.setattr(compiled, "_MANY_OPS", 0)
    actual = value_and_gradient(loss, t, p, sample_weight=weight)
    assert programs
    scale = {"ctc": 10.0, "circle": 10.0}.get(name, 1.0)
    for x, y in zip(actual, expected, strict=True):
        assert_close(x, y, scale=scale)


@pytest.mark.parametrize("shape", [BIG, (5, 100)])
@pytest.mark.parametrize("label", [-1, 100, 0.5])
def test_wrong_labels_are_still_refused(label, shape, monkeypatch, programs):
    monkeypatch.setattr(compiled, "CALLS", 0)
    monkeypatch.setattr(compiled, "CALLS_OF_SMALL", 0)
    t, p = inputs("sparse_categorical_crossentropy", shape)
    t = t.astype(type(label))
    t[3] = label
    with pytest.raises(InputError, match="class labels from 0 to 99"):
        function("sparse_categorical_crossentropy")(t, p)
    assert programs


def test_ignored_labels_stay_out_of_the_mean(monkeypatch, programs):
    t, p = inputs("sparse_categorical_crossentropy", BIG)
    loss = loss_object("sparse_categorical_crossentropy", ignore_class=3)
    expected = loss(t, p)
    monkeypatch.setattr(compiled, "CALLS", 0)
    assert_close(loss(t, p), expected)
    assert programs
