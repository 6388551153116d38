"""How long each loss takes, beside Keras 3, tf_keras, PyTorch and JAX/optax, and what memory.

    python benchmarks/bench.py                     # everything, into benchmarks/results
    python benchmarks/bench.py --quick             # few repetitions; prints only
    python benchmarks/bench.py --losses hinge,mse  # these losses; prints only

A run that is stopped goes on where it was when it is started again, unless a file of the package or of
the benchmark has changed since. PyTorch and JAX take part where installed (`make bench` installs them).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import logging
import os
import pathlib
import platform
import time
import warnings
from collections.abc import Iterator

import keras
import programs
import stopwatch
import tables
import tensorflow as tf
from tables import Row

from lossbridge import registry

ROOT = pathlib.Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
PROGRESS = ROOT / "build" / "bench"


def machine() -> str:
    """The processor, its cores, the device TensorFlow uses, and the versions."""
    processor = platform.processor()
    with open("/proc/cpuinfo") if os.path.exists("/proc/cpuinfo") else open(os.devnull) as lines:
        models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    devices = [d.device_type for d in tf.config.list_physical_devices()]
    versions = [f"TensorFlow {tf.__version__}", f"Keras {keras.__version__}"]
    for module in ("tf_keras", "torch", "jax", "optax"):
        if importlib.util.find_spec(module):
            versions.append(f"{module} {__import__(module).__version__}")
    return (
        f"{models[0] if models else processor}, {os.cpu_count()} cores, {'+'.join(devices)}; "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


# -- what is measured -----------------------------------------------------------------------------


# TensorFlow's allocator does not count small arrays on a CPU.
WEIGHED = ("1024x1000", "20000x100", "1024x32000", "4x256x256x2")


def timed(case: programs.Case, measured: str, seconds: float) -> list[Row]:
    """The times of all programs of a case, and of copying its inputs; with gradient the memory too."""
    run = stopwatch.able(programs.programs(case, measured != "value"))
    peaks = {}
    if measured != "value" and case.size in WEIGHED:
        ours = {key: program for key, program in run.items() if key[0] in programs.LIBRARIES}
        peaks = {key: programs.peak_memory(program) for key, program in ours.items()}
    run["memcpy", "copy"] = stopwatch.copying(*programs.arrays(case))
    found = stopwatch.medians(run, seconds)
    rows = [Row(case.label, case.size, measured, *key, each) for key, each in found.items()]
    return rows + [Row(case.label, case.size, "memory", *key, each) for key, each in peaks.items()]


def fitted(case: programs.Case, measured: str, seconds: float) -> list[Row]:
    """The times of a step of model.fit."""
    found = programs.fit_steps(case, seconds)
    return [Row(case.label, case.size, measured, *key, each) for key, each in found.items()]


MEASURES = {"value": timed, "value+gradient": timed, "fit": fitted}


def plan(names: list[str]) -> Iterator[tuple[programs.Case, str]]:
    """What is measured of which case, in the order it is done."""
    for name in names:
        for case in programs.cases([name]):
            yield case, "value"
            yield case, "value+gradient"
    for name in names:
        first = next(programs.cases([name]))
        yield (first if len(first.shape) > 2 else programs.Case(name, (256, 100))), "fit"


# -- a run that may be stopped --------------------------------------------------------------------


class Progress:
    """The rows of a run so far, in a file that a later run of the same code goes on with.

    Args:
        state: What the rows depend on: rows of another state are dropped.
        keep: Whether to read and write the file.
    """

    def __init__(self, state: str, keep: bool) -> None:
        self.rows: list[Row] = []
        self._file = PROGRESS / "rows.jsonl" if keep else None
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        if lines and json.loads(lines[0]) == state:
            self.rows = [Row(*json.loads(line)) for line in lines[1:]]
        else:
            self._file.write_text(json.dumps(state) + "\n")

    def has(self, case: programs.Case, measured: str) -> bool:
        """Whether a case has been measured."""
        key = case.label, case.size, measured
        return any((r.loss, r.size, r.measured) == key for r in self.rows)

    def add(self, rows: list[Row]) -> None:
        """Keep the rows of a case."""
        self.rows += rows
        if self._file is not None:
            with open(self._file, "a") as file:
                file.writelines(json.dumps(r) + "\n" for r in rows)

    def close(self) -> None:
        """The run is complete: the next one starts anew."""
        if self._file is not None:
            self._file.unlink()


def fingerprint() -> str:
    """A number that changes with the package and the programs that are timed."""
    files = [*ROOT.glob("python_pkg/lossbridge/**/*.py"), *ROOT.glob("benchmarks/*.py")]
    return hashlib.sha256(b"".join(f.read_bytes() for f in sorted(files))).hexdigest()


def write(rows: list[Row], text: str) -> None:
    """The results as Markdown, CSV and a plot."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.md").write_text(text)
    with open(RESULTS / "speed.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows([*r[:-1], f"{r.figure:.5g}"] for r in rows)
    tables.plot(rows, RESULTS / "speed.png")


def main() -> None:
    """Measure, print, and write benchmarks/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions; prints only")
    parser.add_argument("--losses", help="names, separated by commas; all without")
    parser.add_argument("--sizes", help="as 20000x100, separated by commas; all without")
    parser.add_argument("--measure", help=f"of {', '.join(MEASURES)}, separated by commas")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.getLogger("tensorflow").setLevel(
        "ERROR"
    )  # many functions are traced, as they should be
    known = registry.names()
    chosen = arguments.losses.split(",") if arguments.losses else list(registry.LOSSES)
    names = list(dict.fromkeys(known[name].name for name in chosen))
    seconds = 0.3 if arguments.quick else 1.2
    partial = arguments.losses or arguments.sizes or arguments.measure
    keep = not (arguments.quick or partial)
    progress = Progress(f"{machine()} {fingerprint()}", keep)
    start = time.monotonic()
    todo = list(plan(names))
    for done, (case, measured) in enumerate(todo):
        wanted = (
            (arguments.measure or measured).split(","),
            (arguments.sizes or case.size).split(","),
        )
        if measured not in wanted[0] or case.size not in wanted[1] or progress.has(case, measured):
            continue
        rows = MEASURES[measured](case, measured, seconds)
        progress.add(rows)
        print(tables.lines(rows), flush=True)
        tf.keras.backend.clear_session()
        if keep and done % 10 == 0:  # so that a run that is stopped has not been in vain
            note = f"A run that was stopped after {done + 1} of {len(todo)} measurements."
            write(progress.rows, tables.report(progress.rows, machine(), note))
    text = tables.report(progress.rows, machine())
    print(text[: text.index("## All figures")])
    print(f"{time.monotonic() - start:.0f} s")
    if keep:
        write(progress.rows, text)
        progress.close()


if __name__ == "__main__":
    main()
