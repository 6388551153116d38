"""How long each loss takes, beside Keras 3, tf_keras, PyTorch and JAX/optax, and what memory.

Losses of TensorFlow Addons stand beside its formulas in plain operations, and pytorch-metric-learning.

    python benchmarks/bench.py                     # everything, into benchmarks/results
    python benchmarks/bench.py --quick             # few repetitions; prints only
    python benchmarks/bench.py --losses hinge mse  # of these losses; prints only
    python benchmarks/bench.py --measure fit       # this piece; prints only
    python benchmarks/bench.py --losses mse --merge   # in place of what benchmarks/results has of it

A run of everything that is stopped goes on where it was when it is started again, unless a file of the
package or of the benchmark has changed since. PyTorch and JAX take part where installed (`make bench`
installs them).
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import json
import os
import pathlib
import platform
import time
import warnings
from typing import Any

import keras
import tables
import tensorflow as tf
from measures import MEASURES
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
    for module in ("tf_keras", "torch", "pytorch_metric_learning", "jax", "optax"):
        if importlib.util.find_spec(module):
            versions.append(f"{module} {__import__(module).__version__}")
    return (
        f"{models[0] if models else processor}, {os.cpu_count()} cores, {'+'.join(devices)}; "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


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

    def has(self, case: Any, measured: str) -> bool:
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


def merged(rows: list[Row]) -> list[Row]:
    """The rows in benchmarks/results, and these in place of those of the same loss, size and measure."""
    with open(RESULTS / "speed.csv", newline="") as file:
        _, *lines = csv.reader(file)
    before = [Row(*line[:-1], float(line[-1])) for line in lines]
    new = {r[:3] for r in rows}
    measures, names = list(tables.UNITS), list(registry.LOSSES)
    places = list(dict.fromkeys(r[:3] for r in before + rows))
    return sorted(
        [r for r in before if r[:3] not in new] + rows,
        key=lambda r: (
            measures.index(r.measured),
            names.index(r.loss.split()[0]),
            places.index(r[:3]),
        ),
    )


def write(rows: list[Row], machines: dict[str, str]) -> None:
    """The results as Markdown, CSV and a plot, and which machine each loss was measured on."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "machines.json").write_text(json.dumps(machines, indent=1) + "\n")
    (RESULTS / "speed.md").write_text(tables.report(rows, machines))
    with open(RESULTS / "speed.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows([*r[:-1], f"{r.figure:.5g}"] for r in rows)
    tables.plot(rows, RESULTS / "speed.png")


def main() -> None:
    """Measure, print, and write benchmarks/results."""
    known = registry.names()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="few repetitions; prints only")
    parser.add_argument("--losses", nargs="+", choices=known, metavar="NAME", help="all without")
    parser.add_argument("--sizes", nargs="+", help="as 20000x100; all without")
    parser.add_argument("--measure", nargs="+", choices=MEASURES, help="all without")
    parser.add_argument(
        "--merge", action="store_true", help="into benchmarks/results, in place of the same there"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    some = arguments.losses or arguments.sizes or arguments.measure
    keep = not (arguments.quick or some or arguments.merge)
    names = [known[name].name for name in arguments.losses or registry.LOSSES]
    progress = Progress(f"{machine()} {fingerprint()}", keep)
    start = time.monotonic()
    for measured in arguments.measure or MEASURES:
        for case in MEASURES[measured].cases(names):
            skipped = arguments.sizes and case.size not in arguments.sizes
            if skipped or progress.has(case, measured):
                continue
            rows = MEASURES[measured].rows(case, 0.3 if arguments.quick else 1.2)
            progress.add(rows)
            print(tables.lines(rows), flush=True)
            tf.keras.backend.clear_session()
    rows, machines = progress.rows, {r.loss.split()[0]: machine() for r in progress.rows}
    text = tables.report(rows, machines)
    print(text[: text.index("## All figures")])
    print(f"{time.monotonic() - start:.0f} s")
    if arguments.merge:
        before = json.loads((RESULTS / "machines.json").read_text())
        write(merged(rows), before | machines)
    if keep:
        write(rows, machines)
        progress.close()


if __name__ == "__main__":
    main()
