"""The benchmark itself: that its peers compute the same loss, that its gauges tell the truth."""

import importlib
import json
import math
import pathlib
import sys

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, installed

from lossbridge import registry

BENCHMARKS = str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks")


@pytest.fixture(scope="module")
def bench():
    """The modules of benchmarks/ by name."""
    sys.path.insert(0, BENCHMARKS)
    try:
        names = ("bench", "export_hlo", "peers", "programs", "stopwatch", "tables")
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(BENCHMARKS)


def small(bench, name):
    shape = (6, 20, 8) if registry.LOSSES[name].family == "sequence" else (24, 10)
    return bench["programs"].Case(name, shape)


@pytest.mark.parametrize("peer", ["torch", "jax"])
@pytest.mark.parametrize("name", NAMES)
def test_peers_compute_the_same_loss(bench, name, peer):
    needed = {"torch": "torch", "jax": "optax"}[peer]
    if not installed(needed):
        pytest.skip(f"{needed}, which is compared with, is not installed (`make bench` does)")
    case = small(bench, name)
    program = getattr(bench["peers"], f"{peer}_program")
    value, gradient = program(name, {}, *bench["programs"].arrays(case), True)()
    ours = bench["programs"].of_tensorflow(registry.CLASSES[name](), "eager", True)
    expected = ours(*map(tf.convert_to_tensor, bench["programs"].arrays(case)))
    np.testing.assert_allclose(float(value), float(expected[0]), rtol=1e-4)
    assert np.asarray(gradient).shape == expected[1].shape


def test_medians_are_of_rounds_in_turn(bench):
    calls = []
    run = {("a", "x"): lambda: calls.append("a"), ("b", "x"): lambda: calls.append("b")}
    found = bench["stopwatch"].medians(run, 0.01)
    assert set(found) == set(run)
    assert all(ms > 0 for ms in found.values())
    assert "ab" in "".join(calls)
    assert "ba" in "".join(calls)


def test_peak_memory_counts_the_gradient(bench):
    case = bench["programs"].Case("mean_squared_error", (20000, 100))
    array = 20000 * 100 * 4 / 2**20
    found = bench["programs"].programs(case, True, ("tf.function",))
    ours = bench["programs"].peak_memory(found["lossbridge", "tf.function"])
    keras = bench["programs"].peak_memory(found["keras3", "tf.function"])
    assert array <= ours <= 1.2 * array  # the gradient, and next to nothing else
    assert array <= keras <= 4.2 * array


def rows(bench, ours, theirs):
    row = bench["tables"].Row
    return [
        row("hinge", "20000x100", measured, library, mode, figure)
        for measured in ("value", "value+gradient", "memory")
        for mode in ("eager", "tf.function", "jit_compile")
        for library, figure in (("lossbridge", ours), ("keras3", theirs), ("tf_keras", 9.0))
    ] + [row("hinge", "20000x100", "value", "memcpy", "copy", 1.0)]


def test_goals_are_judged(bench):
    met = {what: met for what, _, met in bench["tables"].goals(rows(bench, 1.0, 4.0))}
    assert met["tf.function: geometric mean at most 0.5"] == "yes"
    assert met["never slower than the faster Keras (1.05 for noise)"] == "yes"
    missed = {what: met for what, _, met in bench["tables"].goals(rows(bench, 3.0, 2.0))}
    assert "yes" not in missed.values()
    assert math.isclose(bench["tables"].geomean(bench["tables"].against_copy(rows(bench, 3, 2))), 3)


def test_report_and_plot(bench, tmp_path):
    text = bench["tables"].report(rows(bench, 1.0, 4.0), "A machine")
    assert "| hinge | 20000x100 |" in text
    if not installed("matplotlib"):
        pytest.skip("matplotlib is not installed (`make bench` does)")
    bench["tables"].plot(rows(bench, 1.0, 4.0), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_a_stopped_run_goes_on(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench["bench"], "PROGRESS", tmp_path)
    case = bench["programs"].Case("hinge", (32, 10))
    first = bench["bench"].Progress("state", keep=True)
    first.add([bench["tables"].Row(case.label, case.size, "value", "keras3", "eager", 1.0)])
    again = bench["bench"].Progress("state", keep=True)
    assert again.has(case, "value")
    assert not again.has(case, "fit")
    assert not bench["bench"].Progress("another", keep=True).has(case, "value")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mean_squared_error", "sparse_categorical_crossentropy", "dice"])
def test_exported_programs_run_in_jax(bench, name):
    if not installed("jax"):
        pytest.skip("jax, which runs the exported programs, is not installed (`make bench` does)")
    case = small(bench, name)
    module, about = bench["export_hlo"].export(case)
    about = json.loads(json.dumps(about))
    run_hlo = importlib.import_module("run_hlo")
    t, p = bench["programs"].arrays(case)
    value, gradient = run_hlo.load(module, t, p)(t, p)
    ours = bench["programs"].of_tensorflow(registry.CLASSES[name](), "eager", True)
    expected = ours(tf.convert_to_tensor(t), tf.convert_to_tensor(p))
    np.testing.assert_allclose(value, expected[0], rtol=1e-5)
    np.testing.assert_allclose(gradient, expected[1], rtol=1e-4, atol=1e-7)
    found = run_hlo.time(module, about, 0.01)
    assert found["lossbridge"] > 0
    assert found["floor"] > 0
