"""Run Keras' own tests of its losses on lossbridge, but for the cases that upstream-suites.md lists.

    python tests/run_upstream_suites.py [--keras CHECKOUT] [--tf-keras CHECKOUT] [--keep-left-out]

The tests are read where they are installed (keras) or checked out, run from a temporary folder with their
import of `losses` pointed at lossbridge, and deleted. A checkout of keras is also the keras they run on.
"""

import argparse
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent / "python_pkg"
LIST = HERE / "upstream-suites.md"

CONFTEST = """
import keras
import lossbridge
assert keras.__file__.startswith({keras!r}), f"not the keras of the checkout: {{keras.__file__}}"
lossbridge.set_semantics({semantics!r})
"""


def left_out(library, version):
    """The cases that are left out of the suite of a version of "keras" or "tf_keras"."""
    section = re.search(
        rf"^## {library} .*?(?=^## |\Z)", LIST.read_text(), re.MULTILINE | re.DOTALL
    )
    rows = re.findall(r"^\| `(\w+::\w+)` \| (?:before ([\d.]+)|all) \|", section[0], re.MULTILINE)
    names = [name for name, until in rows if not until or is_before(version, until)]
    if library == "keras":
        return names
    return [f"{name}_test_mode_{mode}" for name in names for mode in ("eager", "graph")]


def is_before(version, other):
    """Whether a version is an earlier one: "3.15.1" than "3.16"."""
    return [int(n) for n in version.split(".")[:2]] < [int(n) for n in other.split(".")[:2]]


def keras_folder(checkout=None):
    """The folder of the package keras, of a checkout or else the installed one."""
    if checkout is not None:
        return checkout.resolve() / "keras"
    return pathlib.Path(importlib.util.find_spec("keras").submodule_search_locations[0])


def keras_version(checkout=None):
    """The version of the keras in a checkout, or else of the installed one."""
    text = (keras_folder(checkout) / "src/version.py").read_text()
    return re.search(r'^__version__ = "(.+)"', text, re.MULTILINE)[1]


def keras_tests(checkout=None):
    """The tests of the losses in a checkout or the installed keras, or None if it does not ship them."""
    path = keras_folder(checkout) / "src/losses/losses_test.py"
    return path if path.is_file() else None


def point_at_lossbridge(library, source):
    """The source of a suite with `losses` imported from lossbridge."""
    module = {"keras": r"keras\.src\.losses", "tf_keras": "tf_keras"}[library]
    source, found = re.subn(
        rf"^from {module} import losses$",
        "from lossbridge import losses",
        source,
        flags=re.MULTILINE,
    )
    if found != 1:
        raise SystemExit(f"The tests of {library} import their losses in a new way.")
    if library == "tf_keras":  # whose wheel has the modules of its checkout below src
        source = re.sub(r"^from tf_keras\b", "from tf_keras.src", source, flags=re.MULTILINE)
    return source


def run(library, path, *options, checkout=None):
    """Run a suite in a temporary folder, on the keras of a checkout where one is given.

    Gives what pytest says, and its exit status.
    """
    semantics = {"keras": "keras3", "tf_keras": "keras2"}[library]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = point_at_lossbridge(library, path.read_text())
        (folder / "test_suite.py").write_text(source)
        keras = str(keras_folder(checkout))
        (folder / "conftest.py").write_text(CONFTEST.format(semantics=semantics, keras=keras))
        (folder / "pytest.ini").write_text("[pytest]\n")
        paths = [*([str(checkout.resolve())] if checkout else []), str(PACKAGE), *sys.path]
        search = os.pathsep.join(p for p in paths if p and pathlib.Path(p) != HERE)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--tb=short", *options, "test_suite.py"],
            cwd=folder,
            env={
                **os.environ,
                "KERAS_BACKEND": "tensorflow",
                "PYTHONPATH": search,
                "TF_CPP_MIN_LOG_LEVEL": "3",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return done.stdout, done.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keras", type=pathlib.Path, help="a checkout of keras-team/keras")
    parser.add_argument("--tf-keras", type=pathlib.Path, help="a checkout of keras-team/tf-keras")
    parser.add_argument("--keep-left-out", action="store_true", help="run the left-out cases too")
    options = parser.parse_args()
    suites = {"keras": keras_tests(options.keras)}
    if suites["keras"] is None:
        print("The installed keras does not ship its tests.")
        del suites["keras"]
    if options.tf_keras:
        suites["tf_keras"] = options.tf_keras / "tf_keras/losses_test.py"
    status = 0
    for library, path in suites.items():
        print(f"== {library}: {path}", flush=True)
        version = keras_version(options.keras)
        skip = [] if options.keep_left_out else left_out(library, version)
        deselect = [f"--deselect=test_suite.py::{name}" for name in skip]
        output, code = run(library, path, *deselect, checkout=options.keras)
        print(output)
        status = status or code
    return status


if __name__ == "__main__":
    sys.exit(main())
