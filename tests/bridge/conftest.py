"""R in the process of pytest, by rpy2, with lossbridge's R package loaded in it."""

import atexit
import os
import pathlib
import sys
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# reticulate, in the R that is started below, is to use the Python that is running already.
os.environ["RETICULATE_PYTHON"] = sys.executable
os.environ["RETICULATE_AUTOCONFIGURE"] = "FALSE"

import tensorflow  # noqa: F401  before R, whose libraries would be found instead of TensorFlow's own

# isort: split
import numpy as np
import pytest

import lossbridge

pytest.importorskip("rpy2", reason="rpy2 is not installed")

import rpy2.rinterface_lib.embedded
import rpy2.robjects

# R's end at the end of Python crashes the process after TensorFlow was used.
atexit.unregister(rpy2.rinterface_lib.embedded.endr)

# The inputs of all losses are those of the tests of the Python core.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

SHELF = "lossbridge_bridge_shelf"


class Bridge:
    """Evaluates R code, with Python objects by name; arrays and numbers arrive as R's own.

    rpy2 only starts R: it lets go of Python's lock while R runs, and reticulate before 1.29 does not take
    it when R's garbage collector frees a Python object. What follows goes through a function of R
    that reticulate made one of Python, which keeps the lock.
    """

    def __init__(self) -> None:
        self.shelf = sys.modules[SHELF] = types.ModuleType(SHELF)
        rpy2.robjects.r(
            f"""
            shelf <- reticulate::import("{SHELF}", convert = FALSE)
            reticulate::py_set_attr(shelf, "evaluate", reticulate::r_to_py(
              function(code) eval(parse(text = code), new.env(parent = globalenv())),
              convert = TRUE
            ))
            """
        )
        self("suppressPackageStartupMessages(library(lossbridge)); NULL")

    def __call__(self, code: str, **objects):
        read = ""
        for name, value in objects.items():
            setattr(self.shelf, name, value)
            plain = isinstance(value, (np.ndarray, np.generic, int, float, str, list, tuple))
            get = f"reticulate::py_get_attr(shelf, '{name}')"
            read += f"{name} <- {'reticulate::py_to_r' if plain else ''}({get})\n"
        return self.shelf.evaluate(read + code)


@pytest.fixture(scope="session")
def r():
    return Bridge()


@pytest.fixture(autouse=True)
def defaults():
    """The semantics a test starts from, whatever the one before it left."""
    lossbridge.set_semantics("keras3")
    yield
    lossbridge.set_semantics("keras3")


EXIT_STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session, exitstatus):
    session.config.stash[EXIT_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    """End the process at once, after all reports are written.

    R and Python in one process crash now and then while Python is taken down around R.
    """
    status = config.stash.get(EXIT_STATUS, None)
    if status is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
