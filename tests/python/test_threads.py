"""Losses called from several threads, one of which computes with other semantics."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, function, inputs, loss_object, value_and_gradient

import lossbridge

THREADS, ROUNDS = 8, 3


def numbers(name, semantics):
    """What a thread computes, in semantics of its own."""
    y_true, y_pred = inputs(name)
    with lossbridge.semantics(semantics):
        values = value_and_gradient(function(name), y_true, y_pred)
        return [np.asarray(x) for x in (*values, loss_object(name)(y_true, y_pred))]


@pytest.mark.parametrize("name", NAMES)
def test_threads_compute_the_same(name):
    expected = {s: numbers(name, s) for s in ("keras3", "keras2")}
    barrier = threading.Barrier(THREADS)

    def work(number):
        semantics = "keras2" if number == 0 else "keras3"
        barrier.wait(timeout=60)
        return semantics, [numbers(name, semantics) for _ in range(ROUNDS)]

    with ThreadPoolExecutor(THREADS) as pool:
        for semantics, rounds in pool.map(work, range(THREADS)):
            for actual in rounds:
                for a, e in zip(actual, expected[semantics], strict=True):
                    np.testing.assert_array_equal(a, e)


def in_new_thread(call):
    return ThreadPoolExecutor(1).submit(call).result()


def in_py_function(call):
    return tf.py_function(call, [], tf.string).numpy().decode()


def in_tf_data(call):
    data = tf.data.Dataset.range(1).map(lambda _: tf.py_function(call, [], tf.string))
    return next(iter(data)).numpy().decode()


ELSEWHERE = [in_new_thread, in_py_function, in_tf_data]


@pytest.mark.parametrize("run", ELSEWHERE)
def test_set_semantics_holds_in_every_thread(run):
    for name in ("keras2", "keras3"):
        lossbridge.set_semantics(name)
        assert run(lossbridge.get_semantics) == name


@pytest.mark.parametrize("run", ELSEWHERE)
def test_semantics_set_in_another_thread_hold_here(run):
    def switch():
        lossbridge.set_semantics("keras2")
        return lossbridge.get_semantics()

    assert run(switch) == lossbridge.get_semantics() == "keras2"


def test_block_stays_in_its_thread():
    opened, looked = threading.Event(), threading.Event()
    seen = {}

    def switch():
        with lossbridge.semantics("keras2"):
            opened.set()
            looked.wait(timeout=60)
            seen["block"] = lossbridge.get_semantics()

    thread = threading.Thread(target=switch)
    thread.start()
    opened.wait(timeout=60)
    seen["main"] = lossbridge.get_semantics()
    seen["new"] = in_new_thread(lossbridge.get_semantics)
    lossbridge.set_semantics("keras3_live")
    looked.set()
    thread.join()
    assert seen == {"block": "keras2", "main": "keras3", "new": "keras3"}
