"""One name, one value: what R computes is what Python computes, to the last bit."""

import loss_inputs
import numpy as np
import pytest

import lossbridge
from lossbridge import api

Y_TRUE = np.array([[0.0, 1.0], [0.0, 0.0]])
Y_PRED = np.array([[0.6, 0.4], [0.4, 0.6]])

# From the documentation of Keras 3.15.1: the object, with sample_weight [1, 0], the metric with it.
DOCUMENTED = {
    "hinge": (1.3, 0.55, 1.1),
    "squared_hinge": (1.86, 0.73, 1.46),
    "categorical_hinge": (1.4, 0.6, 1.2),
}


def r_arguments(arguments):
    """Python's arguments as R code: axes count from 1 there."""
    return "".join(
        f", {key} = {r_code(one_based(value) if key == 'axis' else value)}"
        for key, value in arguments.items()
    )


def one_based(axis):
    if isinstance(axis, (list, tuple)):
        return [one_based(a) for a in axis]
    return axis + 1 if axis >= 0 else axis


def r_code(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (list, tuple)):
        return f"c({', '.join(map(r_code, value))})"
    if isinstance(value, dict):
        return f"list({', '.join(f'`{key}` = {r_code(x)}' for key, x in value.items())})"
    return repr(value).replace("inf", "Inf")


@pytest.mark.parametrize(("name", "arguments"), loss_inputs.with_arguments())
def test_values_are_those_of_python(r, name, arguments):
    y_true, y_pred = loss_inputs.inputs(name, arguments=arguments, dtype="float64")
    code = f"loss_{name}(y_true, y_pred{r_arguments(arguments)})"
    result = r(code, y_true=y_true, y_pred=y_pred)
    expected = getattr(lossbridge.losses, name)(y_true, y_pred, **arguments)
    assert np.shape(result) == expected.shape
    assert np.asarray(result).dtype == "float64"
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(("name", "arguments"), loss_inputs.with_arguments())
def test_objects_are_those_of_python(r, name, arguments):
    y_true, y_pred = loss_inputs.inputs(name, arguments=arguments, dtype="float64")
    made = r(f"loss_{name}({r_arguments(arguments)[2:]})")
    expected = getattr(api, f"loss_{name}")(**arguments)
    assert type(made) is type(expected)
    assert made.get_config() == expected.get_config()
    code = f"loss_{name}({r_arguments(arguments)[2:]})(y_true, y_pred)"
    value = r(code, y_true=y_true, y_pred=y_pred)
    np.testing.assert_array_equal(value, expected(y_true, y_pred))


@pytest.mark.parametrize("name", loss_inputs.NAMES)
@pytest.mark.parametrize("reduction", ["sum", "mean", "none"])
def test_reductions_are_those_of_python(r, name, reduction):
    y_true, y_pred = loss_inputs.inputs(name, dtype="float64")
    result = r(
        f"loss_{name}(y_true, y_pred, reduction = '{reduction}')", y_true=y_true, y_pred=y_pred
    )
    expected = getattr(api, f"loss_{name}")(y_true, y_pred, reduction=reduction)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("semantics", ["keras2", "keras3"])
def test_semantics_are_those_of_python(r, semantics):
    code = f"with_semantics('{semantics}', loss_binary_crossentropy(y_true, y_pred))"
    one, zero = np.array([[1.0]]), np.array([[0.0]])
    with lossbridge.semantics(semantics):
        expected = lossbridge.losses.binary_crossentropy(one, zero)
    np.testing.assert_array_equal(r(code, y_true=one, y_pred=zero), expected)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_documented_numbers(r, name):
    value, weighted, metric = DOCUMENTED[name]
    data = {"y_true": Y_TRUE, "y_pred": Y_PRED, "weight": np.array([1.0, 0.0])}
    assert float(r(f"loss_{name}()(y_true, y_pred)", **data)) == pytest.approx(value)
    assert float(r(f"loss_{name}()(y_true, y_pred, weight)", **data)) == pytest.approx(weighted)
    code = f"m <- metric_{name}(); m$update_state(y_true, y_pred, weight); m$result()"
    assert float(r(code, **data)) == pytest.approx(metric)


def test_documented_binary_crossentropy(r):
    result = r("loss_binary_crossentropy(y_true, y_pred)", y_true=Y_TRUE, y_pred=Y_PRED)
    np.testing.assert_array_equal(np.round(result, 3), [0.916, 0.714])


@pytest.mark.parametrize("labels", [[0, 2, 1, 2], [[0, 1, 3], [2, 0, 1]]])
def test_to_categorical(r, labels):
    result = r("to_categorical(y)", y=np.array(labels, "int32"))
    np.testing.assert_array_equal(result, lossbridge.to_categorical(labels))


def test_gradient(r):
    y_true, y_pred = loss_inputs.inputs("huber", dtype="float64")
    result = r("loss_gradient(loss_huber, y_true, y_pred)", y_true=y_true, y_pred=y_pred)
    expected = lossbridge.boundary.gradient(lossbridge.losses.huber, y_true, y_pred)
    np.testing.assert_array_equal(result, expected)
