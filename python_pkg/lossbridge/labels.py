"""Class labels as one-hot rows, and what their classes weigh."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbridge import checks, generations
from lossbridge._backend import tf

_MISSING: Any = object()


def to_categorical(
    y: Any = _MISSING,
    num_classes: int | None = None,
    dtype: Any = None,
    *,
    x: Any = _MISSING,
    ignore_nan: bool = False,
) -> Any:
    """One-hot rows from integer class labels.

    Args:
        y: Labels from 0 to `num_classes` - 1: whole numbers of any dtype, of any shape. A last axis
            of size 1 is dropped if there is another one.
        num_classes: The number of classes; None for the largest label plus 1.
        dtype: The dtype of the result. None for float32, and under semantics keras3 for float64 where
            `y` is not a tensor.
        x: The name of `y` in Keras 3.
        ignore_nan: Whether a NaN is a label that was not observed, and has a row of NaN: what a loss with
            `ignore_nan` leaves out. The dtype must be that of floats.

    Returns:
        An array of the shape of `y` with the classes as a new last axis; a tensor for a tensor.

    Raises:
        InputError: If a label is missing, negative, has a fraction or is too large.

    Example:
        >>> to_categorical([0, 2], num_classes=3)
        array([[1., 0., 0.],
               [0., 0., 1.]])
    """
    if (y is _MISSING) == (x is _MISSING):
        raise TypeError("to_categorical() takes the labels as `y` or as `x`, exactly one of them.")
    argument, labels = ("y", y) if x is _MISSING else ("x", x)
    if num_classes is not None:
        num_classes = checks.whole_number(num_classes, "num_classes", low=1)
    ignore_nan = checks.flag(ignore_nan, "ignore_nan")
    dtype = None if dtype is None else _numeric(dtype)
    if ignore_nan and dtype is not None and not dtype.is_floating:
        raise checks.InputError("dtype", "a float dtype, to hold NaN", repr(dtype.name))
    if tf.is_symbolic_tensor(labels):
        if num_classes is None:
            raise checks.InputError("num_classes", "given for a tensor without values", "None")
        labels = checks.tensor(labels, argument)
        if labels.shape.rank and labels.shape.rank > 1 and labels.shape[-1] == 1:
            labels = tf.squeeze(labels, -1)
        labels, observed = checks.counted_labels(labels, None, ignore_nan)
        labels, valid = checks.class_labels(labels, num_classes)
        one_hot = tf.one_hot(labels, num_classes, dtype=dtype or "float32")
        for known in (valid, observed):
            if known is not None:
                one_hot = tf.where(known[..., None], one_hot, tf.cast(float("nan"), one_hot.dtype))
        return one_hot

    if isinstance(labels, (tf.SparseTensor, tf.RaggedTensor)):
        checks.tensor(labels, argument)  # which says what to do
    as_tensor = tf.is_tensor(labels)
    array = _array(labels, argument)
    missing = np.zeros(array.shape, bool)
    if ignore_nan and (array.dtype.kind == "f" or array.dtype == tf.bfloat16.as_numpy_dtype):
        missing = np.isnan(array)
        array = np.where(missing, array.dtype.type(0), array)
    _whole(array, argument)
    if (not array.size or missing.all()) and num_classes is None:
        raise checks.InputError("num_classes", "given where there are no labels", "None")
    if array.ndim > 1 and array.shape[-1] == 1:
        array, missing = array[..., 0], missing[..., 0]
    array = array.astype(np.int64)
    num_classes = _classes(array, num_classes, argument)
    usual = "float32" if as_tensor else generations.current().to_categorical_dtype
    kind = tf.as_dtype(dtype or usual)
    try:
        one_hot = np.zeros((*array.shape, num_classes), dtype=kind.as_numpy_dtype)
    except (MemoryError, ValueError) as error:
        raise checks.InputError(
            "num_classes", "small enough for the rows to fit into memory", str(num_classes)
        ) from error
    np.put_along_axis(one_hot, array[..., None], 1, axis=-1) if array.size else None
    if missing.any():
        one_hot[missing] = np.nan
    return tf.constant(one_hot) if as_tensor else one_hot


def class_weights(
    y: Any, method: str = "balanced", num_classes: int | None = None
) -> dict[int, float]:
    r"""Weights of the classes of labels: \( n / (K n_k) \) for a class that n_k of n labels are of.

    Each class then weighs the same in all. K is the number of classes that `y` has, as in scikit-learn.

    Args:
        y: Class labels from 0 on: whole numbers of any dtype, of any shape.
        method: "balanced".
        num_classes: The number of classes; None for the largest label plus 1.

    Returns:
        A dict by class, for `class_weight` of a loss or of Keras' fit(). A class that `y` does not have
        weighs 1.

    Raises:
        InputError: If there is no label, or one that is missing, negative, has a fraction or is too
            large.

    Example:
        >>> class_weights([0, 0, 0, 1])
        {0: 0.6666666666666666, 1: 2.0}

    Reference:
        King, G., Zeng, L. (2001). Logistic Regression in Rare Events Data.
    """
    checks.one_of(method, "method", ("balanced",))
    if num_classes is not None:
        num_classes = checks.whole_number(num_classes, "num_classes", low=1)
    if tf.is_symbolic_tensor(y):
        raise checks.InputError("y", "an array of whole numbers", "a tensor without values")
    array = _array(y, "y")
    _whole(array, "y")
    if not array.size:
        raise checks.InputError("y", "at least one class label", "empty")
    is_wide = array.ndim > 1 and array.shape[-1] > 1
    if is_wide and np.isin(array, (0, 1)).all() and (array.sum(-1) == 1).all():
        raise checks.InputError(
            "y", "class labels", "one-hot rows", "Give the place of the 1 in each row, from 0."
        )
    labels = array.astype(np.int64).ravel()
    classes = _classes(labels, num_classes, "y")
    found, counts = np.unique(labels, return_counts=True)
    weights = dict.fromkeys(range(classes), 1.0)
    return weights | {
        int(k): labels.size / (found.size * int(n)) for k, n in zip(found, counts, strict=True)
    }


def _array(labels: Any, argument: str) -> np.ndarray:
    """Labels that have values, as an array."""
    try:
        return labels.numpy() if tf.is_tensor(labels) else np.asarray(labels)
    except ValueError as error:
        raise checks.InputError(
            argument, "an array of whole numbers", "rows of unequal length"
        ) from error


def _classes(labels: np.ndarray, num_classes: int | None, argument: str) -> int:
    """The number of classes, `num_classes` or as many as the labels have, all of which it covers."""
    low, high = (int(labels.min()), int(labels.max())) if labels.size else (0, -1)
    if low < 0:
        raise checks.InputError(
            argument, "class labels from 0 on", f"{low}", "Labels count from 0."
        )
    if num_classes is None:
        return high + 1
    if high >= num_classes:
        raise checks.InputError(
            argument,
            f"class labels from 0 to {num_classes - 1}",
            f"{high}",
            "Labels count from 0: subtract 1 from labels that count from 1."
            if low > 0
            else "Raise num_classes.",
        )
    return num_classes


def _numeric(dtype: Any) -> tf.DType:
    """The dtype that is named, if it is one of numbers."""
    try:
        named = isinstance(dtype, (str, tf.DType, np.dtype, type))
        kind = tf.as_dtype(dtype) if named else None
    except TypeError:
        kind = None
    if kind is None or not checks.is_number(kind):
        raise checks.InputError("dtype", "a dtype of numbers, such as 'float32'", repr(dtype))
    return kind


def _whole(array: np.ndarray, argument: str) -> None:
    try:
        kind = tf.as_dtype(array.dtype)
    except TypeError:  # a dtype of NumPy alone
        kind = None
    if kind is None or not checks.is_number(kind):
        of_strings = array.size and array.ndim and array.dtype.kind in "OSU"
        hint = checks.FACTORIZE if of_strings else checks.other_dtype(array.dtype.name)
        raise checks.InputError(argument, "whole numbers", f"an array of {array.dtype}", hint)
    if kind.is_floating:
        if np.isnan(array).any():
            raise checks.InputError(argument, "whole numbers", "an array with missing values (NaN)")
        fractions = array != np.floor(array)
        if fractions.any() or np.isinf(array).any():
            wrong = array[fractions | np.isinf(array)].ravel()[0]
            raise checks.InputError(argument, "whole numbers", f"{float(wrong):g}")
