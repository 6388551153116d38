"""The report as one HTML page: no script, no font and no picture from anywhere else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from lossbridge.parity.report import Report, versions
from lossbridge.parity.run import DTYPES, Row

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --pass: #2a7d3f; --deviation: #a56a00;
  --fail: #c62828; --skip: #777; --float64: #4053d3; --float32: #00897b; --float16: #c2570c;
  --bfloat16: #a0308f }
@media (prefers-color-scheme: dark) { :root { --pass: #6fcf87; --deviation: #f0b23c;
  --fail: #ff7b72; --skip: #999; --float64: #8f9cff; --float32: #4fd1b8; --float16: #ff9a55;
  --bfloat16: #e48bd8 } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid var(--line);
  vertical-align: top }
th { position: sticky; top: 0; background: Canvas }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
code { font-size: 12px } .verdict { font-weight: 600 }
.pass { color: var(--pass) } .deviation { color: var(--deviation) } .fail { color: var(--fail) }
.skip { color: var(--skip) }
svg { max-width: 100%; height: auto; font: 11px system-ui, sans-serif; fill: currentColor }
svg .grid { stroke: var(--line) } svg .limit { stroke-dasharray: 3 3 }
summary { cursor: pointer }
"""


def page(report: Report) -> str:
    """The whole report: summary, plots, deviations with their reasons, and every comparison."""
    titles = [r.title for r in report.references]
    heading = f"lossbridge {versions()['lossbridge']} against {', '.join(titles)}"
    status = "pass" if report.ok else "fail"
    parts = [
        f"<h1>{escape(heading)}</h1>",
        f'<p class="verdict {status}">{escape(report.verdict())}</p>',
        "<p>" + escape("; ".join(f"{k} {v}" for k, v in versions().items())) + "</p>",
        "<p>A difference is the largest one of an array, as a share of the size of its numbers. "
        "Gradients are those of the sum by <code>y_pred</code>.</p>",
        _options(report.options),
    ]
    for reference in report.references:
        parts += _reference(report, reference.name, reference.title)
    if report.failures:
        parts += ['<h2 class="fail">Out of tolerance</h2>', _rows(report.failures)]
    parts += _deviations(report)
    parts += [
        "<h2>Every comparison</h2>",
        f"<details><summary>{len(report.rows)} rows</summary>{_rows(report.rows)}</details>",
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(heading)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body></html>\n"
    )


def _options(options: dict[str, Any]) -> str:
    words = ", ".join(
        f"{key} = {_words(value)}" for key, value in options.items() if key != "losses"
    )
    return f"<p>{escape(words)}</p>"


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v:g}" for k, v in value.items())
    return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _reference(report: Report, name: str, title: str) -> list[str]:
    rows = [row for row in report.rows if row.reference == name]
    summaries = [s for s in report.summaries() if s.reference == name]
    body = [
        [
            f'<span class="{s.status}">{escape(s.loss)}</span>',
            s.compared,
            f"{s.value:.2g}" if s.compared else "",
            f"{s.gradient:.2g}" if s.compared else "",
            s.failed or "",
            escape("; ".join([*s.deviations, *s.skipped])),
        ]
        for s in summaries
    ]
    header = [
        "loss",
        "compared",
        "value",
        "gradient",
        "out of tolerance",
        "deviations, not compared",
    ]
    parts = [
        f"<h2>Against {escape(title)}</h2>",
        "<p>Differences as shares of the tolerance: above 1 is out of it.</p>",
        _table(header, body, numbers={1, 2, 3, 4}),
    ]
    for quantity in ("value", "gradient"):
        parts.append(plot(rows, f"{quantity.capitalize()}s against {title}", quantity))
    return parts


def plot(rows: Sequence[Row], title: str, quantity: str) -> str:
    """The differences as SVG: a bar from the smallest to the largest of each loss and dtype."""
    rows = [row for row in rows if row.quantity == quantity and row.status != "skip"]
    losses = list(dict.fromkeys(row.loss.partition("(")[0] for row in rows))
    dtypes = [dtype for dtype in DTYPES if any(row.dtype == dtype for row in rows)]
    if not rows:
        return ""
    left, top, width = 250, 46, 560
    step = 7 * len(dtypes) + 6
    bottom = top + step * len(losses)
    low, high = -18, 1  # exponents; what is 0 stands at the left end, what is infinite at the right

    def x(difference: float) -> float:
        exponent = math.log10(difference) if 0 < difference < math.inf else None
        if exponent is None:
            exponent = high if difference else low
        return left + width * (min(max(exponent, low), high) - low) / (high - low)

    svg = []
    for exponent in range(low, high + 1, 3):
        at = f"{x(10.0**exponent):.1f}"
        svg.append(f'<line class="grid" x1="{at}" x2="{at}" y1="{top}" y2="{bottom}"/>')
        label = "0" if exponent == low else f"1e{exponent}"
        svg.append(f'<text x="{at}" y="{bottom + 14}" text-anchor="middle">{label}</text>')
    for i, dtype in enumerate(dtypes):
        colour = f"var(--{dtype})"
        limit = f"{x(max(row.tolerance for row in rows if row.dtype == dtype)):.1f}"
        svg.append(
            f'<line class="limit" x1="{limit}" x2="{limit}" y1="{top}" y2="{bottom}" '
            f'stroke="{colour}"><title>tolerance of {dtype}</title></line>'
        )
        at = left + 130 * i
        svg.append(f'<rect x="{at}" y="{top - 20}" width="10" height="10" fill="{colour}"/>')
        svg.append(f'<text x="{at + 15}" y="{top - 11}">{dtype}</text>')
    for j, loss in enumerate(losses):
        y = top + step * j
        svg.append(
            f'<text x="{left - 8}" y="{y + step / 2 + 4:.1f}" text-anchor="end">{escape(loss)}</text>'
        )
        for i, dtype in enumerate(dtypes):
            found = [r for r in rows if r.dtype == dtype and r.loss.partition("(")[0] == loss]
            if found:
                svg.append(_bar(found, loss, dtype, x, y + 4 + 7 * i))
    return (
        f'<div class="scroll"><svg role="img" viewBox="0 0 {left + width + 30} {bottom + 24}" '
        f'width="{left + width + 30}"><title>{escape(title)}</title>'
        f'<text x="0" y="14" font-weight="600">{escape(title)}: differences; '
        f"dashed: the tolerance; outlined: beyond it</text>{''.join(svg)}</svg></div>"
    )


def _bar(rows: Sequence[Row], loss: str, dtype: str, x: Any, y: float) -> str:
    least, most = (f(row.difference for row in rows) for f in (min, max))
    out = next((s for s in ("fail", "deviation") if any(r.status == s for r in rows)), None)
    note = {"fail": ", out of tolerance", "deviation": ", a deliberate deviation", None: ""}[out]
    outline = f' stroke="var(--{out})" stroke-width="1.2"' if out else ""
    start, end = x(least), x(most)
    return (
        f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 4):.1f}" height="5" rx="2" '
        f'fill="var(--{dtype})"{outline}>'
        f"<title>{escape(loss)}, {dtype}: {least:.2g} to {most:.2g}{note}</title></rect>"
    )


def _deviations(report: Report) -> list[str]:
    if not report.deviations:
        return []
    words = {
        "deviation": "deviates",
        "mended": "mended in this version",
        "fail": "lossbridge wrong",
    }
    body = [
        [
            f'<span class="{"pass" if s.status == "mended" else s.status}">'
            f"{escape(s.deviation.name)}</span>",
            escape(s.reference),
            escape(f"{s.deviation.where}: {s.deviation.keras}"),
            escape(s.deviation.lossbridge),
            f"<code>{escape(s.deviation.example)}</code>",
            f"<code>{escape(s.theirs)}</code>",
            f"<code>{escape(s.ours)}</code>",
            words[s.status],
        ]
        for s in report.deviations
    ]
    header = [
        "name",
        "reference",
        "Keras",
        "lossbridge",
        "example",
        "gives there",
        "gives here",
        "",
    ]
    return [
        "<h2>Deliberate deviations</h2>",
        "<p>Where Keras is wrong, lossbridge is not. Each example was run for this page.</p>",
        _table(header, body),
    ]


def _rows(rows: Iterable[Row]) -> str:
    body = [
        [
            escape(r.reference),
            escape(r.loss),
            escape(r.data),
            r.dtype,
            r.form,
            r.reduction,
            r.weights,
            r.quantity,
            "" if math.isnan(r.difference) else f"{r.difference:.2g}",
            f"{r.tolerance:g}",
            f'<span class="{r.status}">{r.status}</span>',
            escape(r.note),
        ]
        for r in rows
    ]
    header = ["reference", "loss", "data", "dtype", "form", "reduction", "weights", "quantity"]
    return _table([*header, "difference", "tolerance", "status", "note"], body, numbers={8, 9})


def _table(header: Sequence[str], body: Sequence[Sequence[Any]], numbers: Any = ()) -> str:
    head = "".join(
        f"<th{' class=n' if i in numbers else ''}>{escape(name)}</th>"
        for i, name in enumerate(header)
    )
    lines = []
    for cells in body:
        tds = (f"<td{' class=n' if i in numbers else ''}>{c}</td>" for i, c in enumerate(cells))
        lines.append(f"<tr>{''.join(tds)}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "\n".join(lines)
        + "\n</tbody></table></div>"
    )
