"""What the benchmark's figures come to: ratios, the goals, tables and a plot."""

from __future__ import annotations

import importlib.util
import math
import pathlib
import statistics
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MODES = ("eager", "tf.function", "jit_compile")
KERAS = ("keras3", "tf_keras")
LARGE = ("1024x1000", "20000x100")
SPARSE = "sparse_categorical_crossentropy"
ELEMENTWISE = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "hinge",
    "squared_hinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "kl_divergence",
    "poisson",
)


class Row(NamedTuple):
    """One figure: milliseconds, or for "memory" MiB."""

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


Cell = dict[tuple[str, str], float]


def cells(rows: Iterable[Row]) -> dict[tuple[str, str, str], Cell]:
    """The figures of each loss, size and measure by library and mode."""
    table: dict[tuple[str, str, str], Cell] = {}
    for r in rows:
        table.setdefault(r[:3], {})[r.library, r.mode] = r.figure
    return table


def against_keras(rows: Iterable[Row], to: tuple[str, ...] = KERAS) -> list[Ratio]:
    """lossbridge over the best of `to` in the same mode; a step of fit in the same Keras.

    The mode "op by op" is that of the first calls of lossbridge in eager mode, before it compiles.
    """
    found = []
    for (loss, size, measured), cell in cells(rows).items():
        for (library, mode), ours in cell.items():
            same = "eager" if mode == "op by op" else mode
            theirs = [cell[peer, same] for peer in to if (peer, same) in cell]
            if library == "lossbridge" and theirs:
                found.append(Ratio(loss, size, measured, mode, ours / min(theirs)))
    return found


def against_peer(rows: Iterable[Row], peer: tuple[str, str]) -> list[Ratio]:
    """lossbridge in its best mode over PyTorch or JAX, at the large sizes."""
    found = []
    for (loss, size, measured), cell in cells(rows).items():
        ours = [cell["lossbridge", mode] for mode in MODES if ("lossbridge", mode) in cell]
        if ours and peer in cell and size in LARGE:
            found.append(Ratio(loss, size, measured, "best", min(ours) / cell[peer]))
    return found


def against_copy(rows: Iterable[Row]) -> list[Ratio]:
    """XLA's value of the elementwise losses over the time of copying the inputs, at the large sizes."""
    found = []
    for (loss, size, measured), cell in cells(rows).items():
        if loss in ELEMENTWISE and measured == "value" and size in LARGE:
            ours, copy = cell.get(("lossbridge", "jit_compile")), cell.get(("memcpy", "copy"))
            if ours and copy:
                found.append(Ratio(loss, size, measured, "jit_compile", ours / copy))
    return found


def geomean(ratios: Iterable[Ratio]) -> float:
    """The geometric mean; NaN of none."""
    numbers = [r.ratio for r in ratios]
    return math.exp(statistics.fmean(map(math.log, numbers))) if numbers else math.nan


def worst(ratios: list[Ratio]) -> float:
    """The largest; NaN of none."""
    return max((r.ratio for r in ratios), default=math.nan)


def above(ratios: list[Ratio], limit: float) -> list[Ratio]:
    """Those above a limit, the worst first."""
    return sorted((r for r in ratios if r.ratio > limit), key=lambda r: -r.ratio)


# -- Markdown -------------------------------------------------------------------------------------


def table(head: str, rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A table; columns whose name starts with a space are flush right."""
    columns = head.split("|")
    yield "| " + " | ".join(c.strip() for c in columns) + " |"
    yield "|" + "|".join("--:" if c.startswith("  ") else "---" for c in columns) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def goals(rows: list[Row]) -> Iterator[tuple[str, str, str]]:
    """Each goal, the figure, and whether it is met."""
    keras = [r for r in against_keras(rows) if r.measured in ("value", "value+gradient")]

    def line(what: str, figure: float, limit: float) -> tuple[str, str, str]:
        return what, f"{figure:.2f}", "yes" if figure <= limit else "no"

    slower = above(keras, 1.05)
    yield (
        "never slower than the faster Keras (1.05 for noise)",
        f"{len(slower)} of {len(keras)} are",
        "no" if slower else "yes",
    )
    for mode, limit in (("eager", 0.5), ("tf.function", 0.5), ("jit_compile", 0.7)):
        each = [r for r in keras if r.mode == mode]
        yield line(f"{mode}: geometric mean at most {limit}", geomean(each), limit)
    for peer in (("jax", "jit"), ("torch", "eager")):
        each = [r for r in against_peer(rows, peer) if r.measured == "value+gradient"]
        if each:
            what = f"value and gradient of large arrays, best mode, over {peer[0]}: at most 1"
            yield line(f"{what} (geometric mean)", geomean(each), 1.0)
    yield line(
        "XLA's value of elementwise losses over copying the inputs: at most 2 (worst)",
        worst(against_copy(rows)),
        2.0,
    )
    sparse = [r for r in keras if r.loss == SPARSE and r.size in (*LARGE, "1024x32000")]
    yield line(f"{SPARSE} from probabilities: at most 0.2 (worst)", worst(sparse), 0.2)
    memory = against_keras(rows, ("keras3",))
    memory = [r for r in memory if r.measured == "memory" and r.mode == "tf.function"]
    yield line("peak memory in tf.function over Keras 3: at most 0.6 (worst)", worst(memory), 0.6)


def matrix(rows: list[Row], measured: str, columns: list[tuple[str, str]]) -> Iterator[str]:
    """The figures of one measure, a line for each loss and size."""
    found = {key: cell for key, cell in cells(rows).items() if key[2] == measured}
    columns = [c for c in columns if any(c in cell for cell in found.values())]
    best = {r[:2] + (r.mode,): r.ratio for r in against_keras(rows) if r.measured == measured}
    modes = list(dict.fromkeys(mode for library, mode in columns if library == "lossbridge"))
    head = "loss | size |" + "|".join(f"  {' '.join(c)}" for c in columns)
    head += "|" + "|".join(f"  ratio, {mode}" for mode in modes)

    def figures() -> Iterator[list[str]]:
        for (loss, size, _), cell in found.items():
            numbers = [f"{cell[c]:.3g}" if c in cell else "" for c in columns]
            ratios = [f"{best[k]:.2f}" if (k := (loss, size, m)) in best else "" for m in modes]
            yield [loss, size, *numbers, *ratios]

    return table(head, figures())


def report(rows: list[Row], machine: str, note: str = "") -> str:
    """The tables, as Markdown."""
    lines = ["# Speed", "", machine, "", *([note, ""] if note else []), "## Goals", ""]
    lines += table("goal |  measured | met", goals(rows))
    lines += ["", "## Beside the faster of Keras 3 and tf_keras", ""]
    lines += [
        "Time or memory of lossbridge over theirs; below 1 is less. In eager mode lossbridge compiles a",
        "loss of large arrays at its ninth call with one shape; `op by op` is what the first eight take.",
        "",
    ]
    keras = against_keras(rows)
    groups: dict[tuple[str, str], list[Ratio]] = {}
    for r in keras:
        groups.setdefault((r.measured, r.mode), []).append(r)
    lines += table(
        "measured | mode |  geometric mean |  worst |  above 1.05",
        (
            [*key, f"{geomean(e):.2f}", f"{worst(e):.2f}", f"{len(above(e, 1.05))} of {len(e)}"]
            for key, e in sorted(groups.items())
        ),
    )
    lines += ["", "Above 1.05:", ""]
    slow = above(keras, 1.05)
    lines += table(
        "loss | size | measured | mode |  ratio", ([*r[:4], f"{r.ratio:.2f}"] for r in slow)
    )
    lines += ["", "## Beside PyTorch and JAX, large arrays, in the best mode", ""]
    lines += table(
        "peer | measured |  geometric mean |  worst",
        (
            [f"{peer[0]} ({peer[1]})", measured, f"{geomean(each):.2f}", f"{worst(each):.2f}"]
            for peer in (("jax", "jit"), ("torch", "eager"))
            for measured in ("value", "value+gradient")
            if (each := [r for r in against_peer(rows, peer) if r.measured == measured])
        ),
    )
    lines += ["", "## XLA's value over copying both inputs once", ""]
    lines += table(
        "loss | size |  ratio", ([r.loss, r.size, f"{r.ratio:.2f}"] for r in against_copy(rows))
    )
    libraries = ("lossbridge", *KERAS)
    same = [(library, mode) for mode in MODES for library in libraries]
    same.insert(1, ("lossbridge", "op by op"))
    lines += ["", "## Peak memory of value and gradient, MiB", ""]
    lines += matrix(rows, "memory", same)
    lines += ["", "## A step of model.fit, ms", ""]
    lines += ["A batch of 256 through one dense layer; `fit keras3` is the fit() of Keras 3.", ""]
    homes = [(library, f"fit {home}") for home in KERAS for library in ("lossbridge", home)]
    lines += matrix(rows, "fit", homes)
    peers = [("torch", "eager"), ("jax", "jit"), ("memcpy", "copy")]
    lines += ["", "## All figures, ms", ""]
    for measured in ("value", "value+gradient"):
        lines += [f"### {measured}", "", *matrix(rows, measured, [*same, *peers]), ""]
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

    ratios = against_keras(rows)
    names = list(dict.fromkeys(r.loss for r in ratios))
    panels = ("value", "value+gradient", "memory")
    figure, axes = pyplot.subplots(
        1, 3, sharey=True, figsize=(13, 0.3 * len(names) + 1.5), layout="constrained"
    )
    modes = (*MODES, "op by op")
    height = {mode: 0.2 * i - 0.3 for i, mode in enumerate(modes)}
    for ax, measured in zip(axes, panels, strict=True):
        for mode in modes:
            each = [r for r in ratios if r.measured == measured and r.mode == mode]
            places = [names.index(r.loss) + height[mode] for r in each]
            ax.plot([r.ratio for r in each], places, ".", label=mode)
        ax.axvline(1.0, color="black", linewidth=0.8)
        ax.set_xscale("log")
        ax.set_xlabel(f"{measured}: lossbridge / the better Keras")
        ax.grid(axis="x", linewidth=0.3)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    axes[-1].legend()
    figure.savefig(path, dpi=100)
