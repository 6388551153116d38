"""lossbridge held against other Keras losses, as a report: `python -m lossbridge.parity`.

`run` plans and compares, `report` adds up, `report_terminal`, `report_html` and `Report.to_json` show;
`references` are what is compared with, `data` what on, and `deviations` where they differ on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lossbridge import checks
from lossbridge.parity import data, deviations, report, report_html
from lossbridge.parity import references as _references
from lossbridge.parity import run as _run
from lossbridge.parity.compare import compare
from lossbridge.parity.references import Reference, Table
from lossbridge.parity.report import Report

SIZES = ("5x4", "2x6x3")
"""The sizes of the random inputs, of `y_pred`: batch x .. x values or classes."""

__all__ = ["Reference", "Report", "Table", "compare", "parity_report"]


def parity_report(
    losses: Any = None,
    references: Any = None,
    tolerance: float | Mapping[str, float] | None = None,
    seed: int = 0,
    sizes: Sequence[str | Sequence[int]] = SIZES,
    dtypes: Sequence[str] = _run.DTYPES,
    data_file: str | data.Given | None = None,
    y_true: Any = ("y_true",),
    y_pred: Any = ("y_pred",),
    json: str | None = None,
    html: str | None = None,
    track: Callable[[Iterable[list[_run.Row]], int], Iterable[_run.Row]] | None = None,
) -> Report:
    """Compare values and gradients with other implementations of the losses.

    Args:
        losses: Names in one string or a list, with arguments where wanted ("mse, huber(delta=2)");
            None for all.
        references: Names ("keras3", "tf_keras") and `Reference` objects, or a dict of names to
            functions by the name of their loss (see `Table`); None for all that are installed.
        tolerance: How large a difference may be, as a share of the size of the numbers: one number,
            or one for each dtype. None for some roundings of each dtype.
        seed: The seed of random inputs and weights.
        sizes: The sizes of random inputs: "5x4" or (5, 4).
        dtypes: Of "float64", "float32", "float16", "bfloat16".
        data_file: A .npz, .csv or .parquet file to compare on instead of random inputs, or a
            `data.Given` of arrays.
        y_true: The columns of true values in the file: names or patterns.
        y_pred: The columns of predictions.
        json: A file to write the report to as JSON.
        html: A file to write the report to as one page.
        track: What the batches of rows and their number are passed through: a progress bar.

    Returns:
        The report: `ok`, `rows`, `deviations`, `summaries()`, `as_dict()`.

    Raises:
        InputError: For an argument that is no good.
    """
    chosen = data.choices(losses)
    against = _references.references(references)
    limits = _limits(tolerance)
    dtypes = _run.check_dtypes(_listed(dtypes))
    seed = checks.whole_number(seed, "seed", 0)
    sources: Sequence[data.Source]
    if data_file is None:
        sources = [data.Random(_size(size), seed) for size in _listed(sizes)]
    elif isinstance(data_file, data.Given):
        sources = [data_file]
    else:
        sources = [data.read(data_file, _listed(y_true), _listed(y_pred))]
    tasks = _run.plan(against, chosen, sources, dtypes)
    batches = _run.run(tasks, limits, seed)
    rows = track(batches, len(tasks)) if track else [row for batch in batches for row in batch]
    names = None if losses is None else {choice.name for choice in chosen}
    result = Report(
        references=tuple(against),
        rows=tuple(rows),
        deviations=tuple(
            shown for reference in against for shown in deviations.show(reference, names)
        ),
        options={
            "losses": list(dict.fromkeys(choice.label for choice in chosen)),
            "data": [source.label for source in sources],
            "dtypes": dtypes,
            "tolerance": {dtype: {**_run.TOLERANCES, **limits}[dtype] for dtype in dtypes},
            "seed": seed,
        },
    )
    if all(row.status == "skip" for row in result.rows):
        reasons = "; ".join(dict.fromkeys(f"{row.loss}: {row.note}" for row in result.rows))
        expected = "have one that can be compared on this data"
        raise checks.InputError("losses", expected, "none", f"{reasons}.")
    if json is not None:
        report.write(json, result.to_json(), "json")
    if html is not None:
        report.write(html, report_html.page(result), "html")
    return result


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _size(size: Any) -> tuple[int, ...]:
    parts = size.split("x") if isinstance(size, str) else list(size)
    try:
        numbers = tuple(checks.whole_number(float(part), "sizes", 1) for part in parts)
    except (TypeError, ValueError) as error:
        raise checks.InputError("sizes", 'sizes such as "32x10"', repr(size)) from error
    if len(numbers) < 2:
        raise checks.InputError("sizes", 'of a batch and values, such as "32x10"', repr(size))
    return numbers


def _limits(tolerance: float | Mapping[str, float] | None) -> dict[str, float]:
    if tolerance is None:
        return {}
    if not isinstance(tolerance, Mapping):
        tolerance = dict.fromkeys(_run.DTYPES, tolerance)
    return {
        checks.one_of(dtype, "tolerance", _run.DTYPES): checks.number(limit, "tolerance", 0)
        for dtype, limit in tolerance.items()
    }
