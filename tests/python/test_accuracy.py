"""Values and gradients against mpmath, on part of the inputs of `make accuracy`; see docs/accuracy.md."""

import functools

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import EMBEDDINGS, NAMES, OF_BATCH, function, value_and_gradient

from lossbridge import registry

pytest.importorskip("mpmath", reason="the exact values are computed with mpmath")

from accuracy.compare import GOAL, measure
from accuracy.formats import DTYPES
from accuracy.inputs import cases, rounded
from accuracy.libraries import evaluate
from accuracy.truth import truth_of
from formulas import FORMULAS

FINITE = 1e300  # any error, but neither NaN nor infinite
# Where more than 8 units are allowed, by (loss, kind) or (loss, kind, dtype), and why.
LIMITS = {
    # the exponents of a log-sum-exp of up to gamma = 80 are rounded before the exponential is taken
    ("circle", "value"): 16,
    ("circle", "gradient"): 100,
    # the logarithm of a sum over alignments that is nearer to 1 than the digits of float64
    ("ctc", "value"): FINITE,
    ("ctc", "gradient"): FINITE,
    # log s and a constant of the degrees of freedom, of like size and other sign
    ("student_t_nll", "value"): 64,
    # the logarithms of t, of the mean and of the shape add up to nearly 0 where the density is nearly 1
    ("gamma_nll", "value"): 1e4,
    # the derivative by the raw size is 0 at the size that is most likely
    ("negative_binomial_nll", "gradient"): 200,
    ("zero_inflated_negative_binomial_nll", "gradient"): 200,
    # of scales that are nearly equal, the differences of the logarithms, where softplus has rounded them
    ("gaussian_mixture_nll", "gradient"): 1e4,
    # the part of a target that is orthogonal to a nearly parallel prediction
    ("cosine_similarity", "gradient"): 200,
    # the distance of near embeddings, which comes from products in float64 whatever the dtype
    ("triplet_semihard", "value", "float64"): 1e4,
    ("triplet_semihard", "gradient", "float64"): 1e6,
    ("lifted_struct", "value", "float64"): 1e4,
    ("lifted_struct", "gradient", "float64"): 1e6,
    ("supervised_contrastive", "value", "float64"): 1e6,
    ("supervised_contrastive", "gradient", "float64"): 1e6,
    ("ntxent", "value", "float64"): 1e4,
    ("ntxent", "gradient", "float64"): 1e6,
    # what boxes that are far apart add by both shares, and nearly the opposite
    ("giou", "gradient"): 32,
    # of terms of both signs, and of sums of them in one order
    ("weighted_kappa", "value"): 16,
    ("weighted_kappa", "gradient"): 32,
    # the share of a sample where it is nearly that of the labels, since all similarities are nearly the same
    ("npairs_multilabel", "gradient"): 1e7,
    ("triplet_hard", "value", "float64"): 1e4,
    ("triplet_hard", "gradient", "float64"): 1e6,
}


@pytest.mark.parametrize("name", NAMES)
def test_error_is_at_most_8_units(name):
    every = 41 if name == "ctc" or name in EMBEDDINGS else 29  # whose exact values take long
    results = measure(losses=[name], libraries=["lossbridge"], every=every)
    assert len(results) == 4 * len(DTYPES)
    for (_, dtype, _, kind), worst in results.items():
        assert worst.count > 0
        if kind.endswith("*"):  # in units of at least what the last digit of an input changes
            key = (name, kind[:-1])
            limit = LIMITS.get((*key, dtype), LIMITS.get(key, GOAL))
            assert worst.ulps <= limit, f"{dtype} {kind}: {worst.ulps:.3g} ulp, {worst.where}"


PROBABILITIES = [n for n in NAMES if registry.LOSSES[n].pred == "probability" and n not in OF_BATCH]


@pytest.mark.parametrize("name", PROBABILITIES)
def test_predictions_that_are_no_probabilities(name):
    """Negative entries, entries above 1, rows of any sum: of a last layer without activation."""
    dtype, seen = "float32", 0
    for case in cases(dtype):
        if case.loss != name or case.arguments.get("from_logits"):
            continue
        rows = [i for i, p in enumerate(case.y_pred) if min(p) < 0 or max(p) > 1]
        case.y_true, case.y_pred = ([x[i] for i in rows] for x in (case.y_true, case.y_pred))
        case = rounded(case, dtype)
        truth = truth_of(case, dtype, "keras3")
        low, high = np.array(truth.gradients, "float64").T
        assert_close = functools.partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-7)
        for mode in ("eager", "graph") if case.arguments else ("eager", "graph", "xla"):
            value, gradient = evaluate("lossbridge", case, dtype, mode)
            message = f"{case.arguments} {mode}"
            assert_close(value, np.array(truth.values, "float64"), err_msg=message)
            assert_close(gradient, np.clip(gradient, low, high), err_msg=message)
        seen += len(case.y_pred)
    assert seen


@pytest.mark.parametrize(
    ("y_true", "y_pred", "value", "gradient"),
    [  # by hand, as Keras: -log of p / sum(p), clipped
        ([[1.0, 0.0, 0.0]], [[0.6, 0.6, -0.2]], 0.51082562, [[-2.0 / 3.0, 1.0, 1.0]]),
        ([[0.0, 1.0, 0.0]], [[-1.0, 0.5, 0.2]], 16.118095, [[0.0, 0.0, 0.0]]),
        ([[1.0, 0.0, 0.0]], [[-0.4, -0.3, -0.3]], 0.91629073, [[1.5, -1.0, -1.0]]),
    ],
)
def test_categorical_crossentropy_of_negative_entries(y_true, y_pred, value, gradient):
    found = value_and_gradient(function("categorical_crossentropy"), y_true, y_pred)
    np.testing.assert_allclose(found[0], [value], rtol=1e-6)
    np.testing.assert_allclose(found[1], gradient, rtol=1e-6)


def test_reference_has_all_losses():
    assert set(FORMULAS) == set(NAMES)


# -- what Keras is known to get wrong; expected values by formula in high precision ---------------


def _values(name, y_true, y_pred, dtype, **arguments):
    kind = tf.as_dtype(dtype).as_numpy_dtype
    y_true = np.asarray(y_true)
    y_true = y_true if y_true.dtype.kind == "i" else y_true.astype(kind)
    value, gradient = value_and_gradient(
        function(name), y_true, np.asarray(y_pred).astype(kind), **arguments
    )
    assert np.isfinite(value.astype("float64")).all()
    assert np.isfinite(gradient.astype("float64")).all()
    return value.astype("float64")


def test_log_cosh_of_small_and_large_errors():
    value = _values("log_cosh", [[0.0]] * 3, [[1e-4], [1e38], [-3e38]], "float32")
    np.testing.assert_allclose(value, [4.9999999e-9, 1e38, 3e38], rtol=1e-6)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_binary_crossentropy_of_certainty_in_half_precision(dtype):
    value = _values("binary_crossentropy", [[1.0], [0.0]], [[1.0], [1.0]], dtype)
    np.testing.assert_allclose(value, [1.1920929e-7, 15.942385], rtol=8e-3, atol=1e-7)


def test_kl_divergence_and_cosine_in_float16():
    value = _values("kl_divergence", [[0.0, 1.0]], [[1.0, 0.0]], "float16")
    np.testing.assert_allclose(value, [16.118094], rtol=1e-3)
    value = _values("cosine_similarity", [[0.0, 0.0]] * 2, [[1.0, 2.0], [0.0, 0.0]], "float16")
    np.testing.assert_array_equal(value, [0.0, 0.0])


def test_row_of_zeros():
    value = _values("categorical_crossentropy", [[0.0, 1.0]], [[0.0, 0.0]], "float32")
    assert value[0] > 0


@pytest.mark.parametrize("y_true", [[[1.0, 0.0, 0.0]], [[0.5, 0.0, 0.5]]])
def test_class_ruled_out_by_its_logit(y_true):
    value = _values(
        "categorical_crossentropy", y_true, [[0.0, -np.inf, 0.0]], "float32", from_logits=True
    )
    np.testing.assert_allclose(value, [np.log(2.0)], rtol=1e-6)


def test_large_logits():
    for name, y_true in (
        ("categorical_crossentropy", [[0.0, 1.0]]),
        ("sparse_categorical_crossentropy", [1]),
    ):
        value = _values(name, y_true, [[1e30, -1e30]], "float32", from_logits=True)
        np.testing.assert_allclose(value, [2e30], rtol=1e-6)
    value = _values("binary_crossentropy", [[0.0]], [[1e30]], "float32", from_logits=True)
    np.testing.assert_allclose(value, [1e30], rtol=1e-6)


def test_ctc_of_probable_labels():
    value = _values("ctc", [[1]], [[[0.0, 16.0, 0.0]]], "float32")
    np.testing.assert_allclose(value, np.log1p(2.0 * np.exp([-16.0])), rtol=1e-6)
