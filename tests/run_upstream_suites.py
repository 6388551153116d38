"""Run Keras' own tests of its losses on lossbridge, but for the cases that upstream-suites.md lists.

    python tests/run_upstream_suites.py [--tf-keras CHECKOUT] [--keep-left-out]

The tests are read where they are installed (keras) or checked out (tf_keras), run from a temporary folder
with their import of `losses` pointed at lossbridge, and deleted.
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
LIST = HERE / "upstream-suites.md"

CONFTEST = """
import lossbridge
lossbridge.set_semantics("{semantics}")
"""


def left_out(library):
    """The cases that are left out of the suite of "keras" or "tf_keras"."""
    section = re.search(
        rf"^## {library} .*?(?=^## |\Z)", LIST.read_text(), re.MULTILINE | re.DOTALL
    )
    names = re.findall(r"^\| `(\w+::\w+)` \|", section[0], re.MULTILINE)
    if library == "keras":
        return names
    return [f"{name}_test_mode_{mode}" for name in names for mode in ("eager", "graph")]


def keras_tests():
    """The tests of the losses in the installed keras, or None if it does not ship them."""
    spec = importlib.util.find_spec("keras")
    path = pathlib.Path(spec.submodule_search_locations[0]) / "src/losses/losses_test.py"
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


def run(library, path, *options):
    """Run a suite in a temporary folder; what pytest says, and its exit status."""
    semantics = {"keras": "keras3", "tf_keras": "keras2"}[library]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = point_at_lossbridge(library, path.read_text())
        (folder / "test_suite.py").write_text(source)
        (folder / "conftest.py").write_text(CONFTEST.format(semantics=semantics))
        (folder / "pytest.ini").write_text("[pytest]\n")
        search = os.pathsep.join(p for p in sys.path if p and pathlib.Path(p) != HERE)
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
    parser.add_argument("--tf-keras", type=pathlib.Path, help="a checkout of keras-team/tf-keras")
    parser.add_argument("--keep-left-out", action="store_true", help="run the left-out cases too")
    options = parser.parse_args()
    suites = {"keras": keras_tests()}
    if suites["keras"] is None:
        print("The installed keras does not ship its tests.")
        del suites["keras"]
    if options.tf_keras:
        suites["tf_keras"] = options.tf_keras / "tf_keras/losses_test.py"
    status = 0
    for library, path in suites.items():
        print(f"== {library}: {path}", flush=True)
        skip = [] if options.keep_left_out else left_out(library)
        output, code = run(library, path, *(f"--deselect=test_suite.py::{name}" for name in skip))
        print(output)
        status = status or code
    return status


if __name__ == "__main__":
    sys.exit(main())
