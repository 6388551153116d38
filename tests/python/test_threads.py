"""Losses called from several threads, one of which computes with other semantics."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
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


def test_set_semantics_stays_in_its_thread():
    switched, looked = threading.Event(), threading.Event()
    seen = {}

    def switch():
        lossbridge.set_semantics("keras2")
        switched.set()
        looked.wait(timeout=60)
        seen["switched"] = lossbridge.get_semantics()

    thread = threading.Thread(target=switch)
    thread.start()
    switched.wait(timeout=60)
    seen["main"] = lossbridge.get_semantics()
    seen["new"] = ThreadPoolExecutor(1).submit(lossbridge.get_semantics).result()
    looked.set()
    thread.join()
    assert seen == {"switched": "keras2", "main": "keras3", "new": "keras3"}
