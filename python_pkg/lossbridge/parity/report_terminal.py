"""The report as tables in a terminal, and the progress bar; drawn by rich."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import Progress
from rich.table import Column, Table

from lossbridge.parity.report import Report
from lossbridge.parity.run import Row

_COLOURS = {"pass": "green", "deviation": "yellow", "fail": "bold red", "skip": "dim"}


def track(batches: Iterable[list[Row]], total: int) -> list[Row]:
    """All rows, with a bar on stderr while they are computed, where that is a terminal."""
    console = Console(stderr=True)
    rows = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("Comparing", total=total)
        for batch in batches:
            rows += batch
            progress.update(bar, advance=1, description=f"{batch[0].reference}: {batch[0].loss}")
    return rows


def show(report: Report, console: Console | None = None) -> None:
    """Print the report: a line for each loss, then what is out of tolerance, then the deviations."""
    console = console or Console()
    for reference in report.references:
        _losses(report, reference.name, reference.title, console)
    if report.failures:
        _failures(report.failures, console)
    _deviations(report, console)
    console.print(_coloured(report.verdict(), "pass" if report.ok else "fail"), soft_wrap=True)


def _losses(report: Report, name: str, title: str, console: Console) -> None:
    table = Table(
        Column("loss", overflow="fold"),
        title=f"Against {title}",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        caption="Differences as shares of the tolerance: above 1 is out of it.",
        caption_justify="left",
    )
    for column in ("compared", "value", "gradient", "out"):
        table.add_column(column, justify="right", no_wrap=True)
    for s in report.summaries():
        if s.reference != name:
            continue
        # Long arguments, deviations and what was not compared in lines below: 80 columns are few.
        name_and_arguments = s.loss if len(s.loss) < 40 else s.loss.replace("(", "\n  (", 1)
        notes = "".join(f"\n  [dim]{escape(note)}[/]" for note in (*s.deviations, *s.skipped))
        table.add_row(
            _coloured(name_and_arguments, s.status) + notes,
            str(s.compared),
            f"{s.value:.2g}" if s.compared else "",
            f"{s.gradient:.2g}" if s.compared else "",
            str(s.failed or ""),
        )
    console.print(table)


def _failures(failures: list[Row], console: Console, most: int = 40) -> None:
    console.print("[bold red]Out of tolerance[/]")
    for row in failures[:most]:
        where = f"{row.reference}, {row.loss}, {row.data}, {row.dtype}, {call(row)}"
        note = f" {row.note}" if row.note else ""
        text = f"{where}: {row.quantity} {row.difference:.2g} > {row.tolerance:g}{note}"
        console.print(Padding(escape(text), (0, 0, 0, 2)))
    if len(failures) > most:
        console.print(f"  and {len(failures) - most} more; --json and --html list all")
    console.print()


def _deviations(report: Report, console: Console) -> None:
    if not report.deviations:
        return
    console.print("[bold]Deliberate deviations[/], each with what its example gives")
    for deviation in dict.fromkeys(shown.deviation for shown in report.deviations):
        found = [shown for shown in report.deviations if shown.deviation is deviation]
        status = "fail" if any(s.status == "fail" for s in found) else "deviation"
        gives = [
            f"{s.reference} {s.theirs}{' (mended)' if s.status == 'mended' else ''}" for s in found
        ]
        console.print(_coloured(f"  {deviation.name}", status))
        for text in (
            f"{deviation.where}: {deviation.keras}",
            f"lossbridge: {deviation.lossbridge}",
            f"Gives: {', '.join(gives)}, lossbridge {found[0].ours}",
        ):
            console.print(Padding(escape(text), (0, 0, 0, 4)), highlight=False)
    console.print()


def call(row: Row) -> str:
    """How the loss was called, in a few words."""
    if row.form == "function":
        return "function"
    return f"{row.reduction}, " + (
        f"weights by {row.weights}" if row.weights != "none" else "no weights"
    )


def _coloured(text: str, status: str) -> str:
    return f"[{_COLOURS[status]}]{escape(text)}[/]"
