"""The benchmark itself: that its peers compute the same loss, that its gauges tell the truth."""

import importlib
import json
import pathlib
import sys

import keras
import numpy as np
import originals
import pytest
import tensorflow as tf
from loss_inputs import NAMES, installed

import lossbridge
from lossbridge import registry
from lossbridge._backend import PUBLIC_ONLY

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
    return bench["programs"].Case(name, bench["programs"].fitting(name, shape), arguments)


KINDS = ("binary", "categorical", "sparse_categorical")

# Losses with all arguments that the benchmark runs them with.
VARIANTS = [
    *((name, ()) for name in NAMES),
    *((f"{kind}_crossentropy", (("from_logits", True),)) for kind in KINDS),
]


COMPARED = [
    *((*variant, peer) for variant in VARIANTS for peer in ("torch", "jax")),
    *(
        (name, (), "metric_learning")
        for name in ("lifted_struct", "ntxent", "supervised_contrastive", "triplet_hard")
    ),
]


@pytest.mark.parametrize(("name", "arguments", "peer"), COMPARED)
def test_peers_compute_the_same_loss(bench, name, arguments, peer):
    needed = {"torch": "torch", "metric_learning": "pytorch_metric_learning", "jax": "optax"}[peer]
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


@pytest.mark.parametrize("name", [name for name in NAMES if originals.of(name)])
def test_originals_compute_the_same_loss(bench, name):
    case = small(bench, name)
    arrays = list(map(tf.convert_to_tensor, bench["programs"].arrays(case)))
    losses = {"lossbridge": registry.CLASSES[name](), "plain": originals.of(name)}
    both = {
        key: bench["programs"].of_tensorflow(loss, "eager", True)(*arrays)
        for key, loss in losses.items()
    }
    bench["stopwatch"].agree(both)


def test_what_takes_too_much_memory_is_left_out(bench):
    case = bench["programs"].Case("lifted_struct", (1024, 8))
    with pytest.raises(MemoryError, match=r"an array of 1024\^3 numbers"):
        originals.of("lifted_struct")(*map(tf.constant, bench["programs"].arrays(case)))


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
    # Next to nothing else; by public names only, the value keeps an array for the gradient.
    most = 2.2 if PUBLIC_ONLY else 1.2
    assert array <= found["lossbridge", "jit_compile"] <= most * array
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
    text = bench["tables"].report(rows(bench, 4.0, 3.0), {"hinge": "A machine", "dice": "Another"})
    assert text.startswith("# Speed\n\nA machine\n\nOf `dice`: Another\n\n## Goals\n")
    assert "| hinge | 20000x100 |" in text
    assert "| `jit_compile` | hinge | 20000x100 | value | jit_compile | 1.33 |" in text
    assert "| jax jit | value+gradient | 1.33 | 1.33 |" in text
    if not installed("matplotlib"):
        pytest.skip("matplotlib is not installed (`make bench` does)")
    bench["tables"].plot(rows(bench, 1.0, 4.0), tmp_path / "plot.png")
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_formulas_of_addons_have_a_table_and_no_goal(bench):
    tables = bench["tables"]
    found = [
        tables.Row("sparsemax", "20000x100", "memory", library, mode, figure)
        for mode in ("eager", "jit_compile")
        for library, figure in (("lossbridge", 1.0), ("plain", 4.0))
    ]
    assert not list(tables.judged(tables.ratios_of(found)))
    text = tables.report(found, {})
    assert "in plain operations" in text
    assert "| sparsemax | 20000x100 | memory | 0.25 | 0.25 |" in text
    assert "| sparsemax | 20000x100 | 1 | 4 | 1 | 4 | 0.25 | 0.25 |" in text


def test_a_selection_takes_the_place_of_the_same_rows(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(bench["bench"], "RESULTS", tmp_path)
    before = [
        row(bench, "value", "keras3", "eager", 1.0),
        row(bench, "value", "lossbridge", "eager", 2.0),
        row(bench, "value", "keras3", "eager", 3.0, "32x10"),
        row(bench, "memory", "keras3", "eager", 4.0),
    ]
    bench["bench"].write(before, {"hinge": "A machine"})
    first = bench["tables"].Row("dice", "32x10", "value", "keras3", "eager", 6.0)
    new = [row(bench, "value", "keras3", "eager", 5.0), first]
    merged = bench["bench"].merged(new)
    assert sorted(merged) == sorted([*new, *before[2:]])
    assert [r.measured for r in merged] == ["value", "value", "value", "memory"]


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
