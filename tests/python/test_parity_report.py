"""The parity report: exit statuses, its JSON and HTML, data files, deviations, and `compare`."""

import dataclasses
import json
import re
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import NAMES, ROOT, installed, needs_tf_keras

import lossbridge
from lossbridge import checks, generations, registry
from lossbridge.parity import Table, data, deviations, differences, parity_report, report_html
from lossbridge.parity.references import Lossbridge, references
from lossbridge.parity.run import Row, difference

pytestmark = pytest.mark.skipif(
    not installed("rich"), reason="rich, which draws the report, is not installed"
)
QUICK = ["--sizes", "3x2", "--dtypes", "float32", "--references", "keras3"]


def main(*arguments):
    from lossbridge.parity.__main__ import main

    try:
        return main([str(a) for a in arguments])
    except SystemExit as stop:
        return stop.code


@pytest.fixture
def broken_loss(monkeypatch):
    """mean_absolute_error, with a function that is 1% off."""
    spec = registry.LOSSES["mean_absolute_error"]

    def function(*args, **kwargs):
        return 1.01 * spec.function(*args, **kwargs)

    monkeypatch.setitem(registry.LOSSES, spec.name, dataclasses.replace(spec, function=function))
    registry.names.cache_clear()
    yield spec.name
    monkeypatch.undo()
    registry.names.cache_clear()


# -- the command ------------------------------------------------------------------------------------


def test_module_runs_as_a_command():
    command = [sys.executable, "-m", "lossbridge.parity", "--losses", "mse", *QUICK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "mean_squared_error" in done.stdout


def test_status_is_0_within_tolerance(capsys):
    assert main("--losses", "mae, huber(delta=2)", *QUICK) == 0
    out = capsys.readouterr().out
    assert "huber(delta=2)" in out
    assert "0 out of tolerance" in out


def test_status_is_1_for_a_broken_loss(broken_loss, capsys, tmp_path):
    file = tmp_path / "report.json"
    assert main("--losses", broken_loss, "--json", file, *QUICK) == 1
    assert "Out of tolerance" in capsys.readouterr().out
    found = json.loads(file.read_text())
    assert not found["ok"]
    failed = [row for row in found["rows"] if row["status"] == "fail"]
    assert {row["form"] for row in failed} == {"function"}
    assert {row["quantity"] for row in failed} == {"value", "gradient"}
    value = next(row for row in failed if row["quantity"] == "value")
    assert value["difference"] == pytest.approx(0.01, rel=0.02)


def test_a_tolerance_of_0_is_exceeded():
    assert main("--losses", "kld", "--tolerance", "0", *QUICK) == 1
    assert main("--losses", "kld", "--tolerance", "float32=1e-3", *QUICK) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--losses", "msee"], "--losses`: must be names of losses, not 'msee'"),
        (["--losses", "huber(gamma=1)"], "arguments that huber has, not 'gamma'. Arguments: delta"),
        (["--losses", "huber(2)"], "must be names such as"),
        (["--losses", "mse mae"], "must be names such as"),
        (["--losses", ""], "at least one loss"),
        (["--references", "keras4"], "one of keras3"),
        (["--references", ","], "at least one reference"),
        (["--tolerance", "small"], "numbers of at least 0"),
        (["--tolerance", "-1"], "of at least 0"),
        (["--tolerance", "float8=1"], "'float8'"),
        (["--sizes", "3"], "32x10"),
        (["--sizes", "3xa"], "32x10"),
        (["--sizes", "0x2"], "32x10"),
        (["--dtypes", "int32"], "'int32'"),
        (["--seed", "-1"], "at least 0"),
        (["--seed", "x"], "invalid int"),
        (["--data", "no.csv"], "a file that exists"),
        (["--data", "no.xls"], ".npz, .csv or .parquet"),
        (["--y-true", "t"], "given with --y-true"),
        (["--unknown"], "unrecognized"),
        (["--losses", "mse", "--json", "/no/such/folder/x.json", *QUICK], "can be written"),
        (["--losses", "ctc", *QUICK], "takes sizes of batch x time x classes"),
    ],
)
def test_status_is_2_with_a_message(capsys, arguments, message):
    assert main(*arguments) == 2
    assert message in capsys.readouterr().err


# -- what a report holds ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """One report of a few losses against all references, and its files."""
    folder = tmp_path_factory.mktemp("report")
    found = parity_report(
        "mse, log_cosh, tversky(alpha=0.2, beta=0.7), sparse_categorical_crossentropy(axis=1)",
        sizes=["3x2"],
        dtypes=["float64", "float16"],
        json=str(folder / "r.json"),
        html=str(folder / "r.html"),
    )
    return found, json.loads((folder / "r.json").read_text()), (folder / "r.html").read_text()


def test_rows_cover_the_grid(report):
    found, _, _ = report
    rows = [row for row in found.rows if row.reference == "keras3" and "error" in row.loss]
    assert {row.dtype for row in rows} == {"float64", "float16"}
    assert {row.quantity for row in rows} == {"value", "gradient"}
    assert {row.weights for row in rows} == {"none", "sample", "value"}
    assert {row.reduction for row in rows} == {
        "-",
        "sum_over_batch_size",
        "sum",
        "mean",
        "mean_with_sample_weight",
        "none",
    }


def test_json_is_the_report(report):
    found, read, _ = report
    assert found.ok
    assert read["ok"] is True
    assert read["counts"] == found.counts
    assert len(read["rows"]) == len(found.rows) == sum(read["counts"].values())
    assert set(read["rows"][0]) == {field.name for field in dataclasses.fields(Row)}
    assert read["versions"]["lossbridge"] == lossbridge.__version__
    assert read["options"]["tolerance"]["float64"] > 0
    names = [r["name"] for r in read["references"]]
    assert names == ["keras3", "tf_keras"] if installed("tf_keras") else ["keras3"]


def test_deliberate_deviations_are_listed(report):
    found, read, page = report
    met = {s.loss: s.deviations for s in found.summaries() if s.reference == "keras3"}
    assert "log-2" in met["log_cosh"]
    swaps = generations.is_before(keras.__version__, generations.TVERSKY_MENDED)
    assert met["tversky(alpha=0.2, beta=0.7)"] == (("tversky-swapped",) if swaps else ())
    assert met["sparse_categorical_crossentropy(axis=1)"] == () or "sparse-axis" in str(met)
    listed = {d["name"]: d for d in read["deviations"] if d["reference"] == "keras3"}
    assert {"log-2", "tversky-swapped", "masked-nan", "half-precision"} <= set(listed)
    assert "huber-saved" not in listed  # of a loss that was not asked for
    for deviation in listed.values():
        assert deviation["keras"]
        assert deviation["lossbridge"]
        assert deviation["name"] in page


def test_html_is_complete_and_self_contained(report):
    found, _, page = report
    assert page.startswith("<!DOCTYPE html>")
    for s in found.summaries():
        assert s.loss in page
    assert page.count("<svg") >= 2
    assert page.count("<tr>") > len(found.rows)
    assert found.verdict() in page
    assert not re.search(r"https?:|//[a-z]|<script|<link|<img|url\(|@import", page)


def test_html_escapes(report):
    found, _, _ = report
    row = dataclasses.replace(found.rows[0], note="<script>", status="fail")
    page = report_html.page(dataclasses.replace(found, rows=(row,)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_same_seed_same_report():
    first, second, other = (
        parity_report("kld", "keras3", sizes=["3x2"], dtypes=["float32"], seed=seed)
        for seed in (1, 1, 2)
    )
    assert first.rows == second.rows
    assert first.rows != other.rows


def test_unknown_bug_is_not_taken_for_a_deviation():
    """Off by more than a deviation explains: a failure, although the loss has deviations."""

    def wrong(y_true, y_pred):
        return registry.LOSSES["log_cosh"].function(y_true, y_pred) + 1e-6

    table = Table("mine", {"log_cosh": wrong})
    found = parity_report("log_cosh", [table], sizes=["3x2"], dtypes=["float64"])
    values = [row for row in found.rows if row.quantity == "value" and row.form == "function"]
    assert [row.status for row in values] == ["fail"]


# -- references handed over ---------------------------------------------------------------------------


def test_table_of_functions():
    functions = {
        "mse": lambda y_true, y_pred: tf.reduce_mean((y_true - y_pred) ** 2, -1),
        "huber": lambda y_true, y_pred, delta=1.0: np.zeros(3, "float32"),
    }
    found = parity_report("mse, huber", {"mine": functions}, sizes=["3x2"], dtypes=["float32"])
    by_loss = {s.loss: s for s in found.summaries()}
    assert by_loss["mean_squared_error"].status == "pass"
    assert by_loss["huber"].status == "fail"
    assert "mine gives no gradient" in by_loss["huber"].skipped


def test_table_of_objects():
    table = Table(
        "mine", {}, objects={"huber": lossbridge.losses.Huber}, reductions=("sum", "none")
    )
    found = parity_report("huber(delta=2)", [table], sizes=["3x2"], dtypes=["float32"])
    compared = [row for row in found.rows if row.status != "skip"]
    assert {row.status for row in compared} == {"pass"}
    assert {row.reduction for row in compared} == {"sum", "none"}


def test_argument_that_a_table_does_not_take_is_skipped():
    table = Table("mine", {"huber": registry.LOSSES["huber"].function}, arguments={"huber": []})
    found = parity_report("huber, huber(delta=2)", [table], sizes=["3x2"], dtypes=["float32"])
    plain, with_delta = found.summaries()
    assert plain.status == "pass"
    assert with_delta.status == "skip"
    assert "huber of mine takes no delta" in with_delta.skipped


def test_error_of_a_reference_is_a_finding():
    def fails(y_true, y_pred):
        raise RuntimeError("not here")

    found = parity_report("mse", {"mine": {"mse": fails}}, sizes=["3x2"], dtypes=["float32"])
    assert [row.note for row in found.failures] == ["mine: RuntimeError: not here"]


def test_table_refuses_unknown_names():
    with pytest.raises(checks.InputError, match="'msee'"):
        Table("mine", {"msee": min})


# -- a user's data ------------------------------------------------------------------------------------

TRUE, PRED = np.array([0, 1, 1, 0]), np.array([0.1, 0.8, 0.4, 0.3])


def losses_in(file, *arguments):
    found = json.loads(file.with_suffix(".json").read_text())
    return {s["loss"] for s in found["summary"] if s["compared"]}, found


def test_csv(tmp_path):
    file = tmp_path / "d.csv"
    lines = [f"{t},{p},x" for t, p in zip(TRUE, PRED, strict=True)]
    file.write_text("\n".join(["truth,guess,note", *lines]) + "\n")
    columns = ["--data", file, "--y-true", "truth", "--y-pred", "guess"]
    out = ["--json", file.with_suffix(".json"), "--dtypes", "float32", "--references", "keras3"]
    assert main(*columns, *out, "--losses", "bce, mse, cce, hinge") == 0
    compared, found = losses_in(file)
    assert compared == {"binary_crossentropy", "mean_squared_error", "hinge"}
    skipped = {s["loss"]: s["skipped"] for s in found["summary"]}
    assert "one-hot" in skipped["categorical_crossentropy"][0]
    assert {row["data"] for row in found["rows"]} == {"d.csv"}


def test_npz_and_several_columns(tmp_path):
    rng = np.random.default_rng(0)
    pred = rng.dirichlet(np.ones(3), size=5)
    file = tmp_path / "d.npz"
    np.savez(file, y_true=[0, 2, 1, 1, 0], y_pred=pred)
    out = ["--json", file.with_suffix(".json"), "--dtypes", "float64", "--references", "keras3"]
    assert main("--data", file, *out, "--losses", "sparse_categorical_crossentropy, mse") == 0
    assert losses_in(file)[0] == {"sparse_categorical_crossentropy"}
    csv = tmp_path / "d.csv"
    np.savetxt(
        csv, np.c_[[0, 2, 1, 1, 0], pred], delimiter=",", header="t,p_0,p_1,p_2", comments=""
    )
    given = data.read(str(csv), ["t"], ["p_*"])
    np.testing.assert_array_equal(given.y_pred, pred)
    assert data.read(str(csv), ["t"], ["p_2", "p_0"]).y_pred.shape == (5, 2)


def test_parquet(tmp_path):
    reason = "pyarrow, which reads .parquet, is not installed or does not fit this NumPy"
    pyarrow = pytest.importorskip("pyarrow", reason=reason, exc_type=ImportError)
    parquet = pytest.importorskip("pyarrow.parquet", reason=reason, exc_type=ImportError)
    file = tmp_path / "d.parquet"
    parquet.write_table(pyarrow.table({"y_true": TRUE, "y_pred": PRED}), file)
    given = data.read(str(file), ["y_true"], ["y_pred"])
    np.testing.assert_array_equal(given.y_true, TRUE)
    np.testing.assert_array_equal(given.y_pred, PRED)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y_true,y_pred\n1,2\n3,\n", "without missing values in the columns, not one with 1"),
        ("y_true,y_pred\n1,2\n3,NA\n", "missing values"),
        ("y_true,y_pred\n1,2\n3,high\n", "other things in 'y_pred'"),
        ("y_true,guess\n1,2\n", "a column of the file (y_true, guess), not 'y_pred'"),
        ("y_true,y_pred\n1,2\n3\n", "row 3"),
        ("y_true,y_pred\n", "a line of column names"),
        ("", "a line of column names"),
    ],
)
def test_unusable_files(tmp_path, capsys, text, message):
    file = tmp_path / "d.csv"
    file.write_text(text)
    assert main("--data", file) == 2
    assert message in capsys.readouterr().err


# -- deviations and differences -------------------------------------------------------------------------


def test_every_deviation_is_right_here_and_seen_there():
    names = [d.name for d in deviations.DEVIATIONS]
    assert len(set(names)) == len(names)
    mended = []
    for reference in references():
        for shown in deviations.show(reference):
            assert shown.status != "fail", shown.as_dict()
            there = shown.deviation.is_in(reference.semantics, reference.version)
            if shown.status == "mended" and there:
                mended.append(f"{shown.deviation.name} in {reference.title}")
            if shown.status == "deviation":
                assert there or shown.deviation.since is not None, shown.as_dict()
    newer = generations.is_before("3.16", keras.__version__)
    assert newer or not mended, "write `until` where these have been mended"
    if mended:
        pytest.skip(f"mended in a Keras that is newer than the table: {', '.join(mended)}")


def test_deviations_say_their_versions():
    tversky, sparse, both = (
        next(d for d in deviations.DEVIATIONS if d.name == name)
        for name in ("tversky-swapped", "sparse-saved", "log-2")
    )
    assert tversky.where == "Keras 3 before 3.16"
    assert sparse.where == "Keras 3 from 3.10 before 3.16"
    assert both.where == "Keras 2 and Keras 3"
    for version in ("3.7.0", "3.9.2", "3.15.1"):
        assert tversky.is_in("keras3", version)
    for version in ("3.16.0", "3.16.0.dev202608", "3.17", "4.0.1"):
        assert not tversky.is_in("keras3", version)
    assert [sparse.is_in("keras3", v) for v in ("3.9.2", "3.10.0", "3.15.1", "3.16")] == [
        False,
        True,
        True,
        False,
    ]
    assert not tversky.is_in("keras2", "2.21.0")
    assert both.is_in("keras2", "2.21.0")
    for deviation in deviations.DEVIATIONS:
        assert "keras3" in deviation.generations or not (deviation.since or deviation.until)


def swapped(y_true, y_pred, alpha=0.5, beta=0.5, axis=None):
    return registry.LOSSES["tversky"].function(y_true, y_pred, beta, alpha, axis)


@pytest.mark.parametrize(
    ("version", "status"), [("3.15.1", "deviation"), ("3.16.0", "fail"), (None, "deviation")]
)
def test_a_bug_is_a_deviation_only_of_the_versions_that_have_it(version, status):
    table = Table("mine", {"tversky": swapped}, version=version)
    found = parity_report(
        "tversky(alpha=0.2, beta=0.7)", [table], sizes=["3x2"], dtypes=["float64"]
    )
    values = [row for row in found.rows if row.quantity == "value" and row.form == "function"]
    assert [row.status for row in values] == [status]


def test_what_a_version_has_mended_is_called_so(report):
    mended = Lossbridge("keras3")  # right in everything, as a Keras without bugs would be
    mended.name, mended.version = "keras3", "3.16.0"
    shown = {s.deviation.name: s for s in deviations.show(mended)}
    assert {s.status for s in shown.values()} == {"mended"}
    line = shown["tversky-swapped"].as_dict()
    assert (line["where"], line["since"], line["until"]) == ("Keras 3 before 3.16", None, "3.16")
    _, read, page = report
    for deviation in read["deviations"]:
        assert f"{deviation['where']}: " in page


@needs_tf_keras
def test_page_of_differences_has_every_field_and_deviation():
    page = differences.page()
    assert set(differences.EXAMPLES) == set(differences.fields())
    for field in differences.fields():
        assert differences.field_docs()[field] in page
    for deviation in deviations.DEVIATIONS:
        assert f"{deviation.where}: {deviation.keras}" in page
        assert deviation.lossbridge in page
    for name in registry.LOSSES:
        assert f"`{name}`" in page
    file = ROOT / "docs/keras-differences.md"
    if not file.exists():
        pytest.skip("docs/ is not part of the source distribution")
    written = file.read_text()
    ran_on = re.search(r"ran every example on (.+)\.\n", page).group(1)
    if ran_on not in written:
        pytest.skip(f"docs/keras-differences.md was not written with {ran_on}")
    assert written == page, "write it again: python -m lossbridge.parity --differences FILE"


# -- what a difference is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "floor", "expected"),
    [
        ([1.0, 2.0], [1.0, 2.0], 0.0, 0.0),
        ([1.0, 3.0], [1.0, 2.0], 0.0, 0.5),
        ([0.1], [0.0], 1.0, 0.1),
        ([0.0], [0.0], 0.0, 0.0),
        ([np.nan, 1.0], [np.nan, 1.0], 0.0, 0.0),
        ([np.inf], [np.inf], 0.0, 0.0),
        ([np.inf], [-np.inf], 0.0, np.inf),
        ([1.0], [np.nan], 0.0, np.inf),
        ([np.nan], [1.0], 0.0, np.inf),
        ([1.0, 1.0], [1.0], 0.0, np.inf),
        ([1.0], [0.0], 0.0, np.inf),
    ],
)
def test_difference(ours, theirs, floor, expected):
    assert difference(np.array(ours), np.array(theirs), floor) == pytest.approx(expected)


# -- compare --------------------------------------------------------------------------------------------


def test_compare_gives_rows():
    rows = lossbridge.compare([1.0, 2.0, 3.0], [1.5, 2.0, 5.0], "mse, huber(delta=1)")
    assert [row["loss"] for row in rows] == ["mean_squared_error", "huber(delta=1)"]
    mse, huber = rows
    assert mse["value"] == pytest.approx(4.25 / 3)
    assert (mse["min"], mse["median"], mse["max"], mse["samples"]) == (0.0, 0.25, 4.0, 3)
    assert huber["value"] == pytest.approx((0.125 + 0 + 1.5) / 3)
    assert {row["semantics"] for row in rows} == {"keras3"}


def test_compare_takes_names_objects_functions_and_labels():
    y_true, y_pred = [[0.0, 1.0]], [[0.25, 0.5]]
    own = lossbridge.losses.Huber(delta=0.1)
    rows = lossbridge.compare(y_true, y_pred, ["mae", own, lossbridge.losses.poisson])
    assert [row["loss"] for row in rows] == ["mean_absolute_error", "huber(delta=0.1)", "poisson"]
    assert rows[1]["value"] == pytest.approx(float(own(y_true, y_pred)))
    rows = lossbridge.compare(y_true, y_pred, {"a": "mae", "b": own})
    assert [row["loss"] for row in rows] == ["a", "b"]
    rows = lossbridge.compare(y_true, y_pred, [lambda t, p: tf.reduce_sum(t - p, -1)])
    assert rows[0]["value"] == pytest.approx(0.25)


def test_losses_that_no_reference_has_are_named():
    message = (
        r"have one that can be compared on this data, not none\. npairs: Keras .* has no npairs\."
    )
    with pytest.raises(checks.InputError, match=message):
        parity_report("npairs", references="keras3")


def test_compare_without_losses_takes_those_that_fit():
    probabilities = {row["loss"] for row in lossbridge.compare(TRUE, PRED)}
    assert {"binary_crossentropy", "mean_squared_error", "hinge"} <= probabilities
    assert not {"sparse_categorical_crossentropy", "circle", "ctc"} & probabilities
    labels = {row["loss"] for row in lossbridge.compare([0, 1], [[0.2, 0.8], [0.5, 0.5]])}
    assert labels == {
        "sparse_categorical_crossentropy",
        "sparse_categorical_focal_crossentropy",
        "categorical_generalized_cross_entropy",
        "lifted_struct",
        "npairs",
        "ntxent",
        "supervised_contrastive",
        "triplet_hard",
        "triplet_semihard",
    }


def test_compare_weighs_and_follows_the_semantics():
    weighted = lossbridge.compare([1.0, 2.0], [2.0, 5.0], "mae", sample_weight=[1.0, 0.0])
    assert weighted[0]["value"] == pytest.approx(0.5)
    with lossbridge.semantics("keras2"):
        row = lossbridge.compare([[1.0]], [[0.0]], "bce")[0]
    assert row["semantics"] == "keras2"
    assert row["value"] == pytest.approx(15.42495)


def test_compare_refuses():
    with pytest.raises(checks.InputError, match="names of losses"):
        lossbridge.compare([1.0], [1.0], "msee")
    with pytest.raises(checks.InputError, match="Loss objects"):
        lossbridge.compare([1.0], [1.0], [3])
    with pytest.raises(checks.InputError, match="at least one value"):
        lossbridge.compare([], [], "mse")
    with pytest.raises(checks.InputError, match="whole class labels"):
        lossbridge.compare([5], [[0.5, 0.5]], "sparse_categorical_crossentropy")


@pytest.mark.parametrize("name", NAMES)
def test_random_inputs_are_in_the_domain_of_the_loss(name):
    choice = data.Choice(registry.LOSSES[name], {})
    y_true, y_pred = data.Random((2, 3, 4)).inputs(choice, "float64")
    assert data.unfit(choice, *data.as_the_loss_takes(choice, y_true, y_pred)) is None
    assert np.isfinite(registry.LOSSES[name].function(y_true, y_pred)).all()
