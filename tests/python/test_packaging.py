"""What is installed fits the platform: not every TensorFlow has wheels for all of them."""

import re
import subprocess
import sys

import pytest
from loss_inputs import ROOT
from packaging.requirements import Requirement

if not (ROOT / "pyproject.toml").is_file():
    pytest.skip("pyproject.toml is not here", allow_module_level=True)

# Platform: what the extras cpu and gpu bring. That wheels exist was looked up on PyPI, for TensorFlow 2.21.
PLATFORMS = {
    ("linux", "x86_64"): ("tensorflow-cpu", "tensorflow[and-cuda]"),
    ("linux", "aarch64"): ("tensorflow", "tensorflow"),
    ("darwin", "arm64"): ("tensorflow", "tensorflow"),
    ("win32", "AMD64"): ("tensorflow-cpu", "tensorflow"),
}


def extra(name):
    """The requirements of an extra of pyproject.toml."""
    text = (ROOT / "pyproject.toml").read_text()
    listed = re.search(rf"^{name} = \[(.*?)\](?= *#|$)", text, re.MULTILINE | re.DOTALL)[1]
    return [Requirement(line) for line in re.findall(r'"(.+?)"', listed)]


@pytest.mark.parametrize("platform", PLATFORMS, ids="-".join)
def test_extras(platform):
    environment = dict(zip(("sys_platform", "platform_machine"), platform, strict=True))
    for name, expected in zip(("cpu", "gpu"), PLATFORMS[platform], strict=True):
        chosen = [r for r in extra(name) if r.marker.evaluate(environment)]
        assert len(chosen) == 1
        assert str(chosen[0]).partition(";")[0] == f"{expected}>=2.16"
    for name in ("parity", "test", "bench"):
        names = {r.name for r in extra(name) if not r.marker or r.marker.evaluate(environment)}
        assert "tensorflow" not in names
        assert "tensorflow-cpu" not in names


@pytest.mark.skipif(not (ROOT / "scripts/pip-missing.py").is_file(), reason="scripts/ is not here")
def test_missing_requirements_are_those_of_this_platform():
    wanted = [
        "lossbridge-none>=1; sys_platform == 'none'",
        f"lossbridge-here[x]>=1 ; sys_platform == '{sys.platform}'",
        "lossbridge-all>=1",
        "pytest>=8; python_version >= '3'",
    ]
    command = [sys.executable, str(ROOT / "scripts/pip-missing.py"), *wanted]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert printed.splitlines() == ["lossbridge-here[x]>=1", "lossbridge-all>=1"]
