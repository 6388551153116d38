"""What the benchmark's figures come to: ratios, the goals, tables and a plot."""

from __future__ import annotations

import importlib.util
import math
import pathlib
import statistics
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

KERAS = ("keras3", "tf_keras")
PLAIN = ("plain",)
"""The formulas of TensorFlow Addons in plain operations."""
PEERS = (("torch", "eager"), ("pml", "eager"), ("jax", "jit"))
"""PyTorch, pytorch-metric-learning and JAX."""
TIMES = ("value", "value+gradient")
UNITS = {
    "value": "the value, ms",
    "value+gradient": "value and gradient, ms",
    "memory": "peak memory of value and gradient, MiB",
    "fit": "eight steps of the fit() of Keras 3, ms",
    "first fit": "the first fit() of a model, of one step, ms",
    "calls": "200 eager calls of value and gradient: the first, the slowest other, the median, ms",
    "first-call": "the first call after the import, in a process of its own, ms",
    "growth": "growth of a process, MiB",
}
"""What is measured, in the order of the tables."""


class Row(NamedTuple):
    """One figure."""

    loss: str
    size: str
    measured: str
    library: str
    mode: str
    figure: float


class Ratio(NamedTuple):
    """lossbridge over the best of its peers."""

    loss: str
    size: str
    measured: str
    mode: str
    ratio: float


Key = tuple[str, str]
"""A library and a mode."""


def small(r: Ratio) -> bool:
    """Whether a ratio is of small arrays."""
    return r.size == "32x10"


class Goal(NamedTuple):
    """Limits of the ratios of some rows."""

    name: str
    measured: tuple[str, ...]
    modes: tuple[str, ...]
    mean: float = math.inf
    """The limit of their geometric mean."""
    worst: float = math.inf
    """The limit of each."""
    where: Callable[[Ratio], bool] = lambda r: True

    def of(self, ratios: Iterable[Ratio]) -> list[Ratio]:
        """The ratios that the goal is about, the worst first."""
        found = [r for r in ratios if r.measured in self.measured and r.mode in self.modes]
        return sorted(filter(self.where, found), key=lambda r: -r.ratio)


BY_OPS = ("eager", "tf.function")
GOALS = (
    Goal("eager and `tf.function`", TIMES, BY_OPS, 0.85, 1.25, lambda r: not small(r)),
    Goal("eager and `tf.function`, 32x10", TIMES, BY_OPS, 1.0, 1.3, small),
    Goal("`jit_compile`", TIMES, ("jit_compile",), 0.65, 1.1),
    Goal("`compiled()` over eager, value and gradient", ("value+gradient",), ("compiled",), 0.35),
    Goal("memory of value and gradient", ("memory",), (*BY_OPS, "jit_compile"), 0.6, 1.0),
    Goal("`fit()` of models that do little but their loss", ("fit",), ("fit()",), 0.75, 1.03),
    Goal("the first `fit()` of a model", ("first fit",), ("fit()",), 1.05),
    Goal("the first call after the import", ("first-call",), ("eager",), worst=1.0),
    Goal("growth of the process", ("growth",), ("eager",), worst=1.0),
    Goal("calls 2 to 200 over their median", ("calls",), ("slowest",), worst=5.0),
    Goal("CTC", TIMES, (*BY_OPS, "jit_compile"), 0.5, 0.8, lambda r: r.loss == "ctc"),
)


def cells(rows: Iterable[Row]) -> dict[tuple[str, str, str], dict[Key, float]]:
    """The figures of each loss, size and measure by library and mode."""
    table: dict[tuple[str, str, str], dict[Key, float]] = {}
    for r in rows:
        table.setdefault(r[:3], {})[r.library, r.mode] = r.figure
    return table


def rivals(mode: str, libraries: tuple[str, ...]) -> list[Key]:
    """Whose best a figure of lossbridge is divided by: some libraries, in the same mode."""
    if mode == "slowest":  # of some calls, of which most should be alike
        return [("lossbridge", "median")]
    return [(library, "eager" if mode == "compiled" else mode) for library in libraries]


def ratios_of(rows: Iterable[Row], libraries: tuple[str, ...] = KERAS) -> list[Ratio]:
    """lossbridge over the best of its rivals, both Keras say, for all its figures that have one."""
    return [
        Ratio(*key, mode, ours / min(theirs))
        for key, cell in cells(rows).items()
        for (library, mode), ours in cell.items()
        if library == "lossbridge"
        and (theirs := [cell[k] for k in rivals(mode, libraries) if k in cell])
    ]


def against(rows: Iterable[Row], peer: Key) -> list[Ratio]:
    """lossbridge in its best mode over PyTorch or JAX, for large arrays."""
    found = []
    for key, cell in cells(rows).items():
        ours = [figure for (library, _), figure in cell.items() if library == "lossbridge"]
        if ours and peer in cell:
            found.append(Ratio(*key, "best", min(ours) / cell[peer]))
    return [r for r in found if not small(r)]


def geomean(ratios: Iterable[Ratio]) -> float:
    """The geometric mean; NaN of none."""
    numbers = [r.ratio for r in ratios]
    return math.exp(statistics.fmean(map(math.log, numbers))) if numbers else math.nan


# -- Markdown -------------------------------------------------------------------------------------


def table(head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table; columns whose name starts with a space are flush right."""
    columns = head.split("|")
    yield "| " + " | ".join(c.strip() for c in columns) + " |"
    yield "|" + "|".join("--:" if c.startswith("  ") else "---" for c in columns) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def judged(ratios: list[Ratio]) -> Iterator[tuple[str, ...]]:
    """Of each goal: its name, its rows, their mean and their worst with the limits, whether it is met."""
    for goal in GOALS:
        found = goal.of(ratios)
        if not found:
            continue
        figures = (geomean(found), goal.mean), (found[0].ratio, goal.worst)
        limited = [f"{x:.2f}" + f" (≤ {y})" * (y < math.inf) for x, y in figures]
        met = "yes" if all(x <= y for x, y in figures) else "no"
        yield goal.name, str(len(found)), *limited, met


def summary(title: str, head: str, groups: dict[str, list[Ratio]]) -> Iterator[str]:
    """A section with the geometric mean and the worst of each group; nothing of none."""
    if groups:
        yield from ("", f"## {title}", "")
        yield from table(
            f"{head}|  geometric mean |  worst",
            (
                [*name.split("|"), f"{geomean(each):.2f}", f"{max(r.ratio for r in each):.2f}"]
                for name, each in groups.items()
            ),
        )


def matrix(rows: list[Row], ratios: list[Ratio], measured: str) -> Iterator[str]:
    """The figures of one measure, a line for each loss and size."""
    found = {key: cell for key, cell in cells(rows).items() if key[2] == measured}
    columns = list(dict.fromkeys(column for cell in found.values() for column in cell))
    modes = list(dict.fromkeys(mode for _, mode in columns))
    columns.sort(key=lambda column: modes.index(column[1]))
    best = {r[:2] + (r.mode,): r.ratio for r in ratios if r.measured == measured}
    modes = list(dict.fromkeys(mode for *_, mode in best))
    head = "loss | size |" + "|".join(f"  {' '.join(c)}" for c in columns)
    head += "".join(f"|  ratio, {mode}" for mode in modes)

    def figures() -> Iterator[list[str]]:
        for (loss, size, _), cell in found.items():
            numbers = [f"{cell[c]:.3g}" if c in cell else "" for c in columns]
            shares = [f"{best[k]:.2f}" if (k := (loss, size, m)) in best else "" for m in modes]
            yield [loss, size, *numbers, *shares]

    return table(head, figures())


def measured_on(machines: dict[str, str]) -> Iterator[str]:
    """A paragraph for each machine, the first of which is that of all losses that are not named."""
    losses: dict[str, list[str]] = {}
    for loss, machine in machines.items():
        losses.setdefault(machine, []).append(f"`{loss}`")
    for i, (machine, names) in enumerate(losses.items()):
        yield from ("", f"Of {', '.join(names)}: {machine}" if i else machine)


def report(rows: list[Row], machines: dict[str, str]) -> str:
    """The tables, as Markdown; with the machine that each loss was measured on."""
    ratios = ratios_of(rows)
    by_plain = [r for r in ratios_of(rows, PLAIN) if r.measured in (*TIMES, "memory")]
    plain = [r for r in by_plain if r.mode != "compiled"]  # each beside the same mode
    lines = ["# Speed", *measured_on(machines), "", "## Goals", ""]
    lines += ["Time or memory of lossbridge over that of the better Keras; less is better.", ""]
    lines += table("goal |  rows |  geometric mean |  worst | met", judged(ratios))
    lines += ["", "What is above the limit of the worst:", ""]
    lines += table(
        "goal | loss | size | measured | mode |  ratio",
        (
            [goal.name, *r[:4], f"{r.ratio:.2f}"]
            for goal in GOALS
            for r in goal.of(ratios)
            if r.ratio > goal.worst
        ),
    )
    groups: dict[str, list[Ratio]] = {}
    for r in ratios:
        if r.measured in (*TIMES, "memory"):
            groups.setdefault(f"{r.measured}|{r.mode}|{'' if small(r) else 'large'}", []).append(r)
    lines += summary("Beside the better of Keras 3 and tf_keras", "measured | mode | size ", groups)
    groups = {}
    for r in plain:
        groups.setdefault(f"{r.loss}|{r.size}|{r.measured}", []).append(r)
    title = "Beside the formulas of TensorFlow Addons in plain operations"
    lines += summary(title, "loss | size | measured ", groups)
    groups = {}
    for peer in PEERS:
        for r in against(rows, peer):
            groups.setdefault(f"{' '.join(peer)}|{r.measured}", []).append(r)
    title = "Beside PyTorch, pytorch-metric-learning (pml) and JAX, large arrays, in the best mode"
    lines += summary(title, "peer | measured ", groups)
    lines += ["", "## All figures", ""]
    for measured, unit in UNITS.items():
        if any(r.measured == measured for r in rows):
            lines += [
                f"### {unit[0].upper()}{unit[1:]}",
                "",
                *matrix(rows, ratios + plain, measured),
                "",
            ]
    return "\n".join(lines)


def lines(rows: list[Row]) -> str:
    """The rows of one case, for the terminal."""
    text = []
    for (loss, size, measured), cell in cells(rows).items():
        text.append(f"{loss} {size} {measured}")
        for mode in dict.fromkeys(mode for _, mode in cell):
            each = [f"{library} {x:.3g}" for (library, m), x in cell.items() if m == mode]
            text.append(f"    {mode:14s}" + "  ".join(each))
    return "\n".join(text)


# -- picture --------------------------------------------------------------------------------------


def plot(rows: list[Row], path: pathlib.Path) -> None:
    """The ratio of each loss, mode and size, a panel for each measure; nothing without matplotlib."""
    if not importlib.util.find_spec("matplotlib"):
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = (*TIMES, "memory")
    ratios = [r for r in ratios_of(rows) if r.measured in panels]
    names = list(dict.fromkeys(r.loss for r in ratios))
    modes = list(dict.fromkeys(r.mode for r in ratios))
    figure, axes = pyplot.subplots(
        1, 3, sharey=True, figsize=(13, 0.3 * len(names) + 1.5), layout="constrained"
    )
    for ax, measured in zip(axes, panels, strict=True):
        for i, mode in enumerate(modes):
            each = [r for r in ratios if r.measured == measured and r.mode == mode]
            places = [names.index(r.loss) + 0.2 * i - 0.3 for r in each]
            ax.plot([r.ratio for r in each], places, ".", label=mode)
        ax.axvline(1.0, color="black", linewidth=0.8)
        ax.set_xscale("log")
        ax.set_xlabel(f"{measured}: lossbridge / the better Keras")
        ax.grid(axis="x", linewidth=0.3)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[-1].legend()
    figure.savefig(path, dpi=100)
