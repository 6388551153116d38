"""Keras' own tests of its losses fail on lossbridge in the listed cases, and in no other."""

import importlib.util
import re
import shutil

import keras
import pytest
from loss_inputs import ROOT

path = ROOT / "tests/run_upstream_suites.py"
if not path.is_file():
    pytest.skip("tests/run_upstream_suites.py is not here", allow_module_level=True)
spec = importlib.util.spec_from_file_location("run_upstream_suites", path)
suites = importlib.util.module_from_spec(spec)
spec.loader.exec_module(suites)


def test_keras():
    tests = suites.keras_tests()
    if tests is None:
        pytest.skip(f"the installed keras {keras.__version__} does not ship losses_test.py")
    output, _ = suites.run("keras", tests, "-rfE")
    failed = re.findall(r"^(?:FAILED|ERROR) test_suite\.py::(\w+::\w+)", output, re.MULTILINE)
    left_out = suites.left_out("keras", keras.__version__)
    if keras.__version__ != "3.15.1":
        new = set(failed) - set(left_out)
        assert not new, f"the list is of Keras 3.15.1, this is {keras.__version__}\n{output}"
        return
    assert sorted(failed) == sorted(left_out), output
    assert "159 passed" in output


def test_list_of_tf_keras():
    assert suites.left_out("tf_keras", "2.21") == []


def test_cases_are_left_out_by_version():
    earlier, later = (suites.left_out("keras", version) for version in ("3.15.1", "3.16.0"))
    assert len(earlier) == 7
    assert len(later) == 2
    assert all("different_axis" in name for name in later)


def test_the_keras_of_a_checkout_is_the_one_that_runs(tmp_path):
    package = tmp_path / "keras"
    shutil.copytree(suites.keras_folder() / "src/losses", package / "src/losses")
    (package / "src/version.py").write_text('__version__ = "3.16.0"\n')
    tests = package / "src/losses/losses_test.py"
    tests.write_text("from keras.src.losses import losses\n")
    assert suites.keras_tests(tmp_path) == tests
    assert suites.keras_version(tmp_path) == "3.16.0"
    (package / "__init__.py").write_text("raise ImportError('this is the checkout')\n")
    output, status = suites.run("keras", tests, checkout=tmp_path)
    assert status != 0
    assert "this is the checkout" in output
