"""What a run found: the rows, what they add up to, and the report as JSON."""

from __future__ import annotations

import dataclasses
import json
import math
import platform
from typing import Any

from lossbridge import checks
from lossbridge._backend import tf
from lossbridge.parity.deviations import Shown
from lossbridge.parity.references import Reference
from lossbridge.parity.run import Row


@dataclasses.dataclass(frozen=True)
class Summary:
    """The rows of one loss against one reference."""

    reference: str
    loss: str
    compared: int
    """How many numbers or arrays were compared."""
    value: float
    """The largest difference of a value, as a share of the tolerance: above 1 is out of it."""
    gradient: float
    """The same of a gradient."""
    deviations: tuple[str, ...]
    """The names of the deviations that were met. They are not in `value` and `gradient`."""
    failed: int
    """How many comparisons are out of tolerance."""
    skipped: tuple[str, ...]
    """What was not compared, as reasons."""

    @property
    def status(self) -> str:
        """ "fail", "deviation", "pass", or "skip" if nothing was compared."""
        if self.failed:
            return "fail"
        if self.deviations:
            return "deviation"
        return "pass" if self.compared else "skip"


@dataclasses.dataclass(frozen=True)
class Report:
    """All that a run found."""

    references: tuple[Reference, ...]
    rows: tuple[Row, ...]
    deviations: tuple[Shown, ...]
    options: dict[str, Any]

    @property
    def failures(self) -> list[Row]:
        """The comparisons out of tolerance."""
        return [row for row in self.rows if row.status == "fail"]

    @property
    def wrong_examples(self) -> list[Shown]:
        """The deviations of which lossbridge does not give what it should."""
        return [shown for shown in self.deviations if shown.status == "fail"]

    @property
    def ok(self) -> bool:
        """Whether nothing is out of tolerance."""
        return not self.failures and not self.wrong_examples

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each status."""
        counts: dict[str, int] = dict.fromkeys(("pass", "deviation", "fail", "skip"), 0)
        for row in self.rows:
            counts[row.status] += 1
        return counts

    def summaries(self) -> list[Summary]:
        """A summary for each reference and loss, in the order of the run."""
        groups: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            groups.setdefault((row.reference, row.loss), []).append(row)
        return [_summary(*key, rows) for key, rows in groups.items()]

    def verdict(self) -> str:
        """The whole in one line."""
        counts = self.counts
        text = (
            f"{counts['pass']} within tolerance, {counts['deviation']} deliberate deviations, "
            f"{counts['fail']} out of tolerance, {counts['skip']} not compared"
        )
        if self.wrong_examples:
            names = ", ".join(f"{s.deviation.name} ({s.reference})" for s in self.wrong_examples)
            text += f"; lossbridge is wrong in the example of: {names}"
        return text

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data; numbers that are not finite as their names."""
        return plain(
            {
                "ok": self.ok,
                "verdict": self.verdict(),
                "counts": self.counts,
                "versions": versions(),
                "references": [
                    {"name": r.name, "title": r.title, "semantics": r.semantics}
                    for r in self.references
                ],
                "options": self.options,
                "summary": [
                    {**dataclasses.asdict(s), "status": s.status} for s in self.summaries()
                ],
                "deviations": [shown.as_dict() for shown in self.deviations],
                "rows": [dataclasses.asdict(row) for row in self.rows],
            }
        )

    def to_json(self) -> str:
        """The report as JSON text."""
        return json.dumps(self.as_dict(), indent=1, allow_nan=False) + "\n"


def _summary(reference: str, loss: str, rows: list[Row]) -> Summary:
    def worst(quantity: str) -> float:
        shares = [
            row.difference / row.tolerance if row.tolerance else math.inf * row.difference
            for row in rows
            if row.quantity == quantity and row.status in ("pass", "fail") and row.difference
        ]
        return max(shares, default=0.0)

    def notes(status: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(row.note for row in rows if row.status == status))

    return Summary(
        reference=reference,
        loss=loss,
        compared=sum(row.status != "skip" for row in rows),
        value=worst("value"),
        gradient=worst("gradient"),
        deviations=notes("deviation"),
        failed=sum(row.status == "fail" for row in rows),
        skipped=notes("skip"),
    )


def versions() -> dict[str, str]:
    """What the numbers were computed with."""
    import lossbridge

    return {
        "lossbridge": lossbridge.__version__,
        "tensorflow": tf.__version__,
        "python": platform.python_version(),
        "platform": platform.system(),
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: a number that is not finite as its name."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def write(path: str, text: str, argument: str) -> None:
    """Write a report, or say of which argument the path is no good."""
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise checks.InputError(
            argument, "a file that can be written", f"{path!r} ({error.strerror})"
        ) from error
