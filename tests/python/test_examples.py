"""The scripts in examples/ run; those that compare end with an error if what they compare differs."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"
SECONDS = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not EXAMPLES.is_dir(), reason="examples/ is not in this source package"),
]


def run(*command, **environment):
    done = subprocess.run(
        command,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1", **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def rscript():
    """R's command, if its lossbridge is installed."""
    command = shutil.which("Rscript")
    if command is None:
        pytest.skip("there is no R")
    found = subprocess.run(
        [command, "-e", 'quit(status = !requireNamespace("lossbridge", quietly = TRUE))'],
        check=False,
    )
    if found.returncode:
        pytest.skip("the R package lossbridge is not installed")
    return command


def test_python_quickstart():
    assert "mean loss:" in run(sys.executable, str(EXAMPLES / "python_quickstart.py"))


def test_r_quickstart(rscript):
    script = str(EXAMPLES / "quickstart.R")
    mean, without_setosa = map(
        float, re.findall(r"\[1\] (.+)", run(rscript, script, RETICULATE_PYTHON=sys.executable))
    )
    assert 0 < without_setosa < mean < 1.1


@pytest.mark.parametrize("name", ["two_devices.py", "two_workers.py"])
def test_distributed_python(name):
    assert "The same" in run(sys.executable, str(EXAMPLES / "distributed" / name))


@pytest.mark.parametrize("name", ["two_devices.R", "two_workers.R"])
def test_distributed_r(name, rscript):
    if name == "two_workers.R":
        pytest.importorskip("tf_keras", reason="its fit() runs over several workers")
    script = str(EXAMPLES / "distributed" / name)
    assert "The same" in run(rscript, script, RETICULATE_PYTHON=sys.executable)
