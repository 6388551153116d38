"""Every loss against expected values that were not computed by lossbridge; see tests/cases."""

import json
import re

import numpy as np
import pytest
from loss_inputs import NAMES, ROOT, function, loss_object

import lossbridge
from lossbridge import metrics, registry

CASES = json.loads((ROOT / "tests/cases/losses.json").read_text())["cases"]
PEERS = "Keras|PyTorch|pytorch-metric-learning|SciPy|scikit-learn|scoringrules"
SOURCES = rf"by hand: .+|formula|Keras 3 documentation.+|({PEERS}) \d+\.\d+\.\d+.*"


def evaluate(case):
    kind = case["dtype"]
    y_pred = np.array(case["y_pred"], kind)
    sparse = registry.LOSSES[case["loss"]].truth in ("label", "sequence")
    y_true = np.array(case["y_true"], "int64" if sparse else kind)
    weight = np.array(case["sample_weight"], kind) if "sample_weight" in case else None
    with lossbridge.semantics(case["semantics"]):
        if case["form"] == "function":
            return function(case["loss"])(y_true, y_pred, **case["args"])
        if case["form"] == "object":
            return loss_object(case["loss"], dtype=kind, **case["args"])(y_true, y_pred, weight)
        cls = getattr(metrics, registry.CLASSES[case["loss"]].__name__)
        metric = cls(dtype=kind, **case["args"])
        metric.update_state(y_true, y_pred, weight)
        return metric.result()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_value(case):
    actual, expected = np.asarray(evaluate(case)), np.array(case["expected"])
    assert actual.shape == expected.shape
    assert actual.dtype == case["dtype"]
    tolerance = case["tolerance"]
    tiny = 0 < np.abs(expected).min() < tolerance  # of which every digit counts
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=0 if tiny else tolerance)


def test_cases_are_complete():
    assert {case["loss"] for case in CASES} == set(NAMES)
    assert len({case["id"] for case in CASES}) == len(CASES)
    fields = {"id", "loss", "form", "semantics", "dtype", "args", "y_true", "y_pred", "expected"}
    for case in CASES:
        assert fields | {"tolerance", "source"} == set(case) - {"sample_weight"}, case["id"]
        assert re.fullmatch(SOURCES, case["source"]), case["id"]


@pytest.mark.parametrize(
    "case", [c for c in CASES if c["form"] == "function"], ids=lambda case: case["id"]
)
def test_formula_gives_the_expected_value(case):
    """The numbers in the file are those of the formula: also those by hand."""
    pytest.importorskip("mpmath", reason="the formulas are computed with mpmath")
    import formulas  # of tests/cases

    digits = 1e-12 if case["source"] == "formula" else 1e-6
    atol = 0 if case["source"] == "formula" else 2e-7
    np.testing.assert_allclose(formulas.evaluate(case), case["expected"], rtol=digits, atol=atol)
