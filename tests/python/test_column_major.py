"""Column-major arrays, as R hands them over, give what row-major ones give, and are not written to."""

import numpy as np
import pytest
import tensorflow as tf

from lossbridge import losses, registry
from lossbridge.engine import layout as column_major

ROWS, COLUMNS = 3000, 7
BY_SAMPLE = [
    name
    for name, spec in registry.LOSSES.items()
    if spec.same_shape and spec.family not in ("segmentation", "detection") and not spec.of_batch
]


def aligned(x, to):
    """A copy of `x` in column-major memory that starts `to` bytes behind a multiple of 64."""
    memory = np.empty(x.nbytes + 128, np.uint8)
    start = -memory.ctypes.data % 64 + to
    copy = memory[start : start + x.nbytes].view(x.dtype).reshape(x.shape, order="F")
    copy[...] = x
    copy.flags.writeable = False
    return copy


def inputs(dtype="float64"):
    rng = np.random.default_rng(4)
    y_true = (rng.random((ROWS, COLUMNS)) > 0.5).astype(dtype)
    return y_true, rng.random((ROWS, COLUMNS)).astype(dtype)


@pytest.mark.parametrize("to", [0, 16])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", BY_SAMPLE)
def test_values_are_those_of_row_major_arrays(name, dtype, to):
    y_true, y_pred = inputs(dtype)
    fn = getattr(losses, name)
    expected = fn(y_true, y_pred).numpy()
    ours = [aligned(y_true, to), aligned(y_pred, to)]
    assert column_major.transposes(*ours) is not None
    result = fn(*ours)
    assert result.dtype == dtype
    assert result.shape == (ROWS,)
    rounding = np.finfo(dtype).eps * 16  # sums in another order
    np.testing.assert_allclose(result, expected, rtol=rounding, atol=rounding * COLUMNS)
    np.testing.assert_array_equal(ours[0], y_true)
    np.testing.assert_array_equal(ours[1], y_pred)


def test_integer_labels_and_an_axis():
    y_true, y_pred = inputs()
    columns = aligned(y_true.astype("int32"), 0), aligned(y_pred, 0)
    np.testing.assert_allclose(losses.hinge(*columns), losses.hinge(y_true, y_pred), rtol=1e-13)
    for axis in (-1, 1, 0):
        np.testing.assert_allclose(
            losses.binary_crossentropy(aligned(y_true, 0), columns[1], axis=axis),
            losses.binary_crossentropy(y_true, y_pred, axis=axis),
            rtol=1e-12,
        )


def test_memory_is_shared_where_it_is_aligned_and_lives_as_long_as_the_tensor():
    _, y_pred = inputs()
    array = aligned(y_pred, 0)
    _, tensor = column_major.transposes(array, array)
    array.flags.writeable = True
    array[2, 3] = 0.125
    assert tensor[3, 2] == 0.125
    y_pred[2, 3] = 0.125
    del array
    np.testing.assert_array_equal(tensor, y_pred.T)
    # an op that could work in place does not write to memory that is not TensorFlow's
    assert float(tf.reduce_max(tf.abs(-tensor + y_pred.T))) == 0


def test_other_arrays_take_the_usual_way():
    y_true, y_pred = inputs()
    assert column_major.transposes(y_true, y_pred) is None
    assert column_major.transposes(aligned(y_true, 0), y_pred) is None
    assert column_major.transposes(aligned(y_true[:9], 0), aligned(y_pred[:9], 0)) is None
    assert column_major.transposes(aligned(y_true[:2900], 0), aligned(y_pred, 0)) is None
    with pytest.raises(ValueError, match="y_true"):
        losses.hinge(aligned(y_true[:2900], 0), aligned(y_pred, 0))
