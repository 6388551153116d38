"""The benchmark itself: that its peers compute the same loss, that its gauges tell the truth."""

import importlib
import json
import pathlib
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, installed

import lossbridge
from lossbridge import registry

BENCHMARKS = str(pathlib.Path(__file__).resolve().parents[2] / "benchmarks")


@pytest.fixture(scope="module")
def bench():
    """The modules of benchmarks/ by name."""
    sys.path.insert(0, BENCHMARKS)
    try:
        names = (
            "alone",
            "bench",
            "export_hlo",
            "measures",
            "peers",
            "programs",
            "stopwatch",
            "tables",
        )
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(BENCHMARKS)


def small(bench, name, arguments=()):
    shape = (6, 20, 8) if registry.LOSSES[name].family == "sequence" else (24, 10)
    return bench["programs"].Case(name, shape, arguments)


KINDS = ("binary", "categorical", "sparse_categorical")

# Losses with all arguments that the benchmark runs them with.
VARIANTS = [
    *((name, ()) for name in NAMES),
    *((f"{kind}_crossentropy", (("from_logits", True),)) for kind in KINDS),
]


@pytest.mark.parametrize("peer", ["torch", "jax"])
@pytest.mark.parametrize(("name", "arguments"), VARIANTS)
def test_peers_compute_the_same_loss(bench, name, arguments, peer):
    needed = {"torch": "torch", "jax": "optax"}[peer]
    if not installed(needed):
        pytest.skip(f"{needed}, which is compared with, is not installed (`make bench` does)")
    case = small(bench, name, arguments)
    program = getattr(bench["peers"], f"{peer}_program")
    theirs = program(name, dict(arguments), *bench["programs"].arrays(case), True)
    if theirs is None and not hasattr(keras.losses, registry.CLASSES[name].__name__):
        pytest.skip("a loss that Keras lacks is compared with no other library")
    theirs = theirs()
    ours = bench["programs"].of_tensorflow(registry.CLASSES[name](**dict(arguments)), "eager", True)
    ours = ours(*map(tf.convert_to_tensor, bench["programs"].arrays(case)))
    bench["stopwatch"].agree({"lossbridge": ours, peer: theirs})


@pytest.mark.parametrize(("name", "arguments"), [("pinball", ()), ("dice", ()), *VARIANTS[-3:]])
def test_programs_of_tensorflow_compute_the_same_loss(bench, name, arguments):
    run = bench["programs"].programs(small(bench, name, arguments), True, peers_too=False)
    modes = set(bench["programs"].MODES)
    assert {mode for library, mode in run if library == "lossbridge"} == modes
    in_keras = hasattr(keras.losses, registry.CLASSES[name].__name__)
    found = {mode for library, mode in run if library == "keras3"}
    assert found == (modes - {"compiled"} if in_keras else set())
    assert set(bench["stopwatch"].able(run)) == set(run)


@pytest.mark.parametrize("wrong", [0.0, float("nan"), 1.01])
def test_a_program_that_computes_something_else_is_refused(bench, wrong):
    gradient = np.ones((2, 3), "f4")
    run = {("a", "x"): lambda: (1.0, gradient), ("b", "x"): lambda: (1.0, wrong * gradient)}
    with pytest.raises(ValueError, match=r"\('b', 'x'\) computes something else than \('a', 'x'\)"):
        bench["stopwatch"].able(run)


def test_a_program_that_does_not_run_is_left_out(bench, capsys):
    run = {("a", "x"): lambda: 1.0, ("b", "x"): lambda: 1 / 0}
    assert list(bench["stopwatch"].able(run)) == [("a", "x")]
    assert "b x cannot: ZeroDivisionError" in capsys.readouterr().err


def test_medians_are_of_rounds_in_turn(bench):
    calls = []
    run = {("a", "x"): lambda: calls.append("a"), ("b", "x"): lambda: calls.append("b")}
    found = bench["stopwatch"].medians(run, 0.01)
    assert set(found) == set(run)
    assert all(ms > 0 for ms in found.values())
    assert "ab" in "".join(calls)
    assert "ba" in "".join(calls)


@pytest.mark.slow
def test_peak_memory_counts_the_gradient(bench):
    case = bench["programs"].Case("mean_squared_error", (20000, 100))
    array = 20000 * 100 * 4 / 2**20
    found = {(r.library, r.mode): r.figure for r in bench["measures"].weighed(case, 0.0)}
    assert array <= found["lossbridge", "jit_compile"] <= 1.2 * array  # and next to nothing else
    assert array <= found["keras3", "tf.function"] <= 4.2 * array


def test_calls_are_taken_one_by_one(bench):
    rows = bench["measures"].steady(bench["programs"].Case("hinge", (4, 3)), 0.0)
    found = {(r.library, r.mode): r.figure for r in rows}
    for library in ("lossbridge", "keras3"):
        assert 0 < found[library, "median"] <= found[library, "slowest"]
        assert found[library, "first"] > 0


@pytest.mark.slow
def test_fits_give_an_epoch_and_a_first_fit(bench, monkeypatch):
    monkeypatch.setitem(bench["measures"].FITS, "categorical_crossentropy", (8, 8, 3))
    (case, logits) = bench["measures"].fits(["categorical_crossentropy"])
    assert (case.label, logits.label) == (case.loss, f"{case.loss} from_logits")
    monkeypatch.setattr(bench["measures"], "ENTRIES", 2**10)
    rows = bench["measures"].fitted(logits, 0.01)
    found = {(r.measured, r.library): r.figure for r in rows}
    assert set(found) == {
        (m, library) for m in ("fit", "first fit") for library in ("lossbridge", "keras3")
    }
    assert (
        found["fit", "lossbridge"] < found["first fit", "lossbridge"]
    )  # which traces and compiles


def test_work_in_a_process_of_its_own_is_the_same_in_both_libraries(bench):
    if not pathlib.Path("/proc/self/statm").exists():
        pytest.skip("the memory of a process is read from /proc, which only Linux has")
    alone, libraries = bench["alone"], (lossbridge, keras)
    for key in alone.GROWTH:
        agree(bench, [alone.growth(library.losses, *key, share=0.01) for library in libraries])
    for name in alone.FIRST:
        agree(bench, [alone.first_call(library.losses, name) for library in libraries])


def agree(bench, found):
    bench["stopwatch"].agree(dict(enumerate(result for _, result in found)))


def row(bench, measured, library, mode, figure, size="20000x100"):
    return bench["tables"].Row("hinge", size, measured, library, mode, figure)


def rows(bench, ours, theirs):
    """Figures of all measures."""
    modes = {
        "first fit": ("fit()",),
        "fit": ("fit()",),
        "first-call": ("eager",),
        "growth": ("eager",),
    }
    found = [
        row(bench, measured, library, mode, figure, size)
        for size in ("20000x100", "32x10")
        for measured in ("value", "value+gradient", "memory", *modes)
        for mode in modes.get(measured, ("eager", "tf.function", "jit_compile"))
        for library, figure in (("lossbridge", ours), ("keras3", theirs), ("tf_keras", 90.0))
    ]
    return [
        *found,
        row(bench, "value+gradient", "lossbridge", "compiled", ours),
        row(bench, "value+gradient", "jax", "jit", theirs),
        row(bench, "calls", "lossbridge", "slowest", 4 * ours),
        row(bench, "calls", "lossbridge", "median", theirs),
    ]


def test_goals_are_judged(bench):
    tables = bench["tables"]
    goals = [goal.name for goal in tables.GOALS if goal.name != "CTC"]  # of which there are no rows
    better = list(tables.judged(tables.ratios_of(rows(bench, 1.0, 4.0))))
    assert [name for name, *_ in better] == goals
    assert {met for *_, met in better} == {"yes"}
    worse = tables.judged(tables.ratios_of(rows(bench, 4.0, 3.0)))
    assert {met for *_, met in worse} == {"no"}


@pytest.mark.parametrize(
    ("mode", "rival"),
    [("eager", ("keras3", "eager")), ("compiled", ("keras3", "eager"))],
)
def test_ratios_are_of_the_faster_keras(bench, mode, rival):
    found = bench["tables"].ratios_of(
        [
            row(bench, "value", "lossbridge", mode, 1.0),
            row(bench, "value", *rival, 4.0),
            row(bench, "value", "tf_keras", "eager", 5.0),
            row(bench, "value", "torch", "eager", 0.1),
        ]
    )
    assert [r.ratio for r in found] == [0.25]


def test_report_and_plot(bench, tmp_path):
    text = bench["tables"].report(rows(bench, 4.0, 3.0), "A machine")
    assert "| hinge | 20000x100 |" in text
    assert "| `jit_compile` | hinge | 20000x100 | value | jit_compile | 1.33 |" in text
    assert "| jax jit | value+gradient | 1.33 | 1.33 |" in text
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
