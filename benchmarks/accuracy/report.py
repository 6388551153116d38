"""The errors as tables in Markdown."""

from __future__ import annotations

import math

from formulas import FORMULAS

from accuracy.compare import Results, Worst
from accuracy.formats import DTYPES
from accuracy.libraries import LIBRARIES


def shown(worst: Worst | None) -> str:
    """An error in few characters."""
    if worst is None:
        return "–"
    if math.isinf(worst.ulps):
        return "nan/inf"
    if worst.ulps > 1e6:
        return ">1e6"
    return f"{worst.ulps:.1f}" if worst.ulps < 99.95 else f"{worst.ulps:.0f}"


def table(results: Results, star: str = "") -> str:
    """The Markdown table: a row for each loss and dtype; `star` chooses the errors."""
    names = list(LIBRARIES)
    lines = [
        "| loss | dtype | " + " | ".join(f"{n}, value | {n}, gradient" for n in names) + " |",
        "|---|---|" + "---:|" * (2 * len(names)),
    ]
    for loss, dtype in dict.fromkeys((k[0], k[1]) for k in sorted(results, key=order)):
        cells = [
            shown(results.get((loss, dtype, n, kind + star)))
            for n in names
            for kind in ("value", "gradient")
        ]
        lines.append(f"| {loss} | {dtype} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def order(key: tuple[str, str, str, str]) -> tuple[int, int]:
    return list(FORMULAS).index(key[0].split("{")[0]), DTYPES.index(key[1])
