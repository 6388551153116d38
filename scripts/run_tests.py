"""Run the test suites, each in its own process, and end with one summary and exit code.

The last line is `N passed, N failed, N skipped` over all suites.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "build" / "test"


@dataclass
class Outcome:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def pytest_suite(folder: str, results: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pytest",
        folder,
        f"--junitxml={results}",
        "-o",
        "junit_family=xunit1",
    ]


def pytest_suite_by_two(folder: str, results: Path) -> list[str]:
    """In two processes, each of which grows to some GB by what TensorFlow has traced and compiled."""
    return [*pytest_suite(folder, results), "--numprocesses=2", "--dist=worksteal"]


def testthat_suite(folder: str, results: Path) -> list[str]:
    return ["Rscript", "--vanilla", "scripts/run_testthat.R", folder, str(results)]


# Each in a process of its own: rpy2 puts R into Python, reticulate puts Python into R.
SUITES = {
    "python": ("tests/python", pytest_suite_by_two),
    "bridge": ("tests/bridge", pytest_suite),
    "testthat": ("tests/testthat", testthat_suite),
}


def read_results(path: Path) -> Outcome:
    outcome = Outcome()
    for case in ET.parse(path).iter("testcase"):
        # a test that passes and then fails in teardown has one element with both
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            outcome.failed += 1
            first = next(child for child in case if child.tag in ("failure", "error"))
            message = (first.get("message") or first.text or "").strip()
            outcome.failures.append(f"{case.get('name')}: {message[:400]}")
        elif "skipped" in kinds:
            outcome.skipped += 1
        else:
            outcome.passed += 1
    return outcome


def run(name: str) -> Outcome:
    folder, command = SUITES[name]
    results = RESULTS / f"{name}.xml"
    results.unlink(missing_ok=True)
    print(f"\n=== {name}: {folder} ===", flush=True)
    if not (ROOT / folder).is_dir():
        return Outcome(failed=1, note=f"{folder} does not exist")
    start = time.monotonic()
    code = subprocess.run(command(folder, results), cwd=ROOT, check=False).returncode
    try:
        outcome = read_results(results)
    except (FileNotFoundError, ET.ParseError):
        outcome = Outcome(failed=1, note=f"no result: the process ended with {code}")
    else:
        if outcome.passed + outcome.failed + outcome.skipped == 0:
            outcome = Outcome(failed=1, note="no tests were found")
        elif code != 0 and outcome.failed == 0:
            # a crash at exit, or a failure outside any test
            outcome.failed = 1
            outcome.note = f"no test failed, but the process ended with {code}"
    outcome.seconds = time.monotonic() - start
    return outcome


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        sys.exit(f"no such suite: {', '.join(unknown)}; there are {', '.join(SUITES)}")
    RESULTS.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("NOT_CRAN", "true")  # testthat leaves out snapshots otherwise
    # the processes that share the tests must find the same ones, in the same order
    os.environ.setdefault("PYTHONHASHSEED", "0")
    outcomes = {name: run(name) for name in names or SUITES}

    total = Outcome()
    print("\n=== summary ===")
    for name, o in outcomes.items():
        counts = f"{o.passed:5d} passed, {o.failed:3d} failed, {o.skipped:3d} skipped"
        note = f"   ({o.note})" if o.note else ""
        print(f"{name:9s}{counts}, {o.seconds:4.0f} s{note}")
        for failure in o.failures[:20]:
            print(f"  failed: {failure}")
        total.passed += o.passed
        total.failed += o.failed
        total.skipped += o.skipped
    print(f"{total.passed} passed, {total.failed} failed, {total.skipped} skipped", flush=True)
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
