"""One backend and the default semantics for every test."""

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import pytest
from hypothesis import settings

import lossbridge

# The same examples in every run: a test that fails once fails again.
settings.register_profile("lossbridge", deadline=None, derandomize=True, max_examples=10)
settings.load_profile("lossbridge")


@pytest.fixture(autouse=True)
def defaults():
    """The semantics and floatx a test starts from, whatever the one before it left."""
    lossbridge.set_semantics("keras3")
    keras.config.set_floatx("float32")
    yield
    lossbridge.set_semantics("keras3")
    keras.config.set_floatx("float32")


def pytest_collection_modifyitems(items):
    """Ids are the same in every process, or the processes that share the tests do not find the same ones."""
    addresses = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if addresses:
        raise pytest.UsageError(f"a test's id holds an address: {addresses[0]}")
