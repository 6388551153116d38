"""What may go into a loss, and the errors that say what came instead.

Every message names the argument, what was expected and what came. Axes are named from the end
(-1 is the last), which reads the same in Python and in R, but for the argument `axis`, as it came.
"""

from __future__ import annotations

import difflib
import math
import numbers
import sys
import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from lossbridge._backend import keras, tf


class InputError(ValueError):
    """Input that a loss cannot compute with.

    Attributes:
        argument: The name of the argument.
        expected: What it must be, or "have ..": what it must have.
        received: What came.
        hint: What to do about it, or an empty string.
    """

    # AutoGraph would raise one of its own errors, which is no ValueError, in place of this one.
    ag_pass_through = True

    def __init__(
        self, argument: str, expected: str = "", received: str = "", hint: str = ""
    ) -> None:
        self.argument, self.expected, self.received, self.hint = argument, expected, received, hint
        if not expected:  # a message alone: pickle, copy and Keras build errors anew so
            self.argument = ""
            super().__init__(argument)
            return
        if not expected.startswith("have "):
            self.expected = f"be {expected}"
        message = f"Invalid value for argument `{argument}`: must {self.expected}, not {received}."
        super().__init__(f"{message} {hint}" if hint else message)


# -- arguments ------------------------------------------------------------------------------------


def one_of(value: Any, argument: str, choices: Iterable[Any]) -> Any:
    """`value`, if it is one of `choices`."""
    choices = list(choices)
    if any(type(value) is type(choice) and value == choice for choice in choices):
        return value
    raise InputError(argument, "one of " + ", ".join(map(repr, choices)), repr(value))


def names_like(name: str, known: Iterable[str]) -> str:
    """A hint with all names that are known, and before them those that are like `name`."""
    names = sorted(known, key=lambda each: (each.lower(), each.swapcase()))
    by_lower = {each.lower(): each for each in reversed(names)}
    close = difflib.get_close_matches(name.lower(), by_lower, cutoff=0.75)
    meant = f"Did you mean {' or '.join(repr(by_lower[each]) for each in close)}? " if close else ""
    return f"{meant}Names: {', '.join(names)}"


def name(value: Any) -> str | None:
    """`value`, if it may be the name of an object."""
    if value is None or isinstance(value, str):
        return value
    raise InputError("name", "a string or None", repr(value))


def number(
    value: Any,
    argument: str,
    low: float = -math.inf,
    high: float = math.inf,
    *,
    open_ends: bool = False,
) -> float:
    """`value`, a number or a tensor, array or variable of one, as a finite float in an interval."""
    value = _known(value, argument)
    x = _finite(value)
    if x is not None and ((low < x < high) if open_ends else (low <= x <= high)):
        return x
    if low == -math.inf and high == math.inf:
        expected = "a finite number"
    elif high == math.inf:
        finite = "finite " if _infinite(value) else ""
        expected = f"a {finite}number {'above' if open_ends else 'of at least'} {low:g}"
    else:
        expected = f"a number {'strictly ' if open_ends else ''}between {low:g} and {high:g}"
    raise InputError(argument, expected, repr(value))


def whole_number(value: Any, argument: str, low: int | None = None) -> int:
    """`value` as an int of at least `low`; a float without a fraction counts as whole."""
    value = _known(value, argument)
    x = _finite(value)
    if x is not None and x == int(x) and (low is None or x >= low):
        return int(value)
    expected = "a whole number" if low is None else f"a whole number of at least {low}"
    raise InputError(argument, expected, repr(value))


def numbers_of(
    value: Any, argument: str, low: float, high: float = math.inf, *, open_ends: bool = False
) -> float | list[float]:
    """`value` as a float in an interval, or as a list of them where it has an axis."""
    value = _known(value, argument)
    if isinstance(value, (list, tuple)):
        return [number(x, argument, low, high, open_ends=open_ends) for x in value]
    return number(value, argument, low, high, open_ends=open_ends)


def some_numbers_of(
    value: Any, argument: str, low: float, high: float = math.inf, *, open_ends: bool = False
) -> float | list[float]:
    """As `numbers_of`, but no list without a number."""
    value = numbers_of(value, argument, low, high, open_ends=open_ends)
    if value == []:
        raise InputError(argument, "a number, or a list of at least one", "an empty list")
    return value


def by_output(values: list[float], argument: str, what: str, y_pred: tf.Tensor) -> None:
    """Refuse `values` that are neither one nor one for each output, on the last axis of `y_pred`."""
    outputs = y_pred.shape[-1] if y_pred.shape.rank else None
    if outputs is not None and len(values) not in (1, outputs):
        raise InputError(
            argument, f"one {what}, or one for each of {outputs} outputs", f"{len(values)} {what}s"
        )


def class_weight(value: Any, argument: str) -> list[float] | dict[int, float]:
    """`value` as a list of a weight for each class, or as a dict of weights by class."""
    value = _known(value, argument)
    expected = "a weight for each class, or a dict of weights by class"
    if isinstance(value, (list, tuple)) and value:
        return [number(x, argument, 0) for x in value]
    if not isinstance(value, Mapping) or not value:
        raise InputError(argument, expected, repr(value))
    weights = {}
    for key, weight in value.items():
        # JSON, in which Keras saves a model, has no keys but strings.
        k = float(key) if isinstance(key, str) and key.isdecimal() else _finite(key)
        if k is None or k < 0 or k != int(k):
            raise InputError(argument, f"{expected}, which are whole numbers from 0", f"by {key!r}")
        weights[int(k)] = number(weight, argument, 0)
    return weights


def flag(value: Any, argument: str) -> bool:
    """`value`, if it is True or False, or 1 or 0."""
    value = _known(value, argument)
    if isinstance(value, (bool, np.bool_)) or _finite(value) in (0, 1):
        return bool(value)
    raise InputError(argument, "True or False", repr(value))


def _known(value: Any, argument: str) -> Any:
    """A tensor, array or variable as the number or list of numbers that it holds."""
    if isinstance(value, np.generic) or not hasattr(value, "shape"):
        return value
    if isinstance(value, np.ndarray):
        return value.tolist()
    value = tf.convert_to_tensor(value)
    known = value.numpy() if tf.executing_eagerly() else tf.get_static_value(value)
    if known is None:
        raise InputError(
            argument,
            "known when a tf.function is traced",
            "a tensor or variable",
            "Give a number, or call the loss outside of the tf.function.",
        )
    return known.tolist()


def _finite(value: Any) -> float | None:
    """A finite number as a float, None for anything else; True and False are no numbers."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (numbers.Real, np.number)):
        return None
    try:
        x = float(value)  # type: ignore[arg-type]
    except OverflowError:  # an integer or a fraction beyond the largest float
        return None
    return x if math.isfinite(x) else None


def _infinite(value: Any) -> bool:
    return isinstance(value, (float, np.floating)) and math.isinf(value)


def last_axis(axis: Any, rank: int | None, argument: str = "axis", of: str = "y_pred") -> int:
    """`axis` of the argument `of`, counted from the end, as a negative number."""
    axis = whole_number(axis, argument)
    if rank is None:
        if axis >= 0:
            raise InputError(argument, f"negative where the rank of `{of}` is unknown", str(axis))
        return axis
    if not -rank <= axis < rank:
        raise InputError(argument, f"an axis of `{of}`, which has rank {rank}", str(axis))
    return axis if axis < 0 else axis - rank


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the line of the user that leads here, also by way of Keras, TensorFlow or a traced function."""
    frame, level = sys._getframe(), 1
    while frame.f_back is not None and _is_library(frame):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_library(frame: Any) -> bool:
    package = frame.f_globals.get("__name__", "").partition(".")[0]
    return package in ("lossbridge", "keras", "tf_keras", "tensorflow") or (
        "__autograph_generated_file" in frame.f_code.co_filename
    )


def last_axes(axis: Any, rank: int | None, argument: str = "axis") -> int | list[int]:
    """One axis, or several that differ, counted from the end."""
    if not isinstance(axis, list):
        return last_axis(axis, rank, argument)
    axes = [last_axis(each, rank, argument) for each in axis]
    if not axes or len(set(axes)) < len(axes):
        raise InputError(argument, "axes that differ", repr(axis))
    return axes


# -- tensors --------------------------------------------------------------------------------------

FACTORIZE = "In Python, pandas.factorize(..)[0] turns strings into labels."
"""A hint for labels that are strings."""

_HALF = frozenset((tf.float16, tf.bfloat16))
_FLOATS = _HALF | {tf.float32, tf.float64}
_INTEGERS = {tf.int8, tf.int16, tf.int32, tf.int64, tf.uint8, tf.uint16, tf.uint32, tf.uint64}
_NUMBERS = _FLOATS | _INTEGERS | {tf.bool}


def is_float(dtype: tf.DType) -> bool:
    """Whether a loss can be computed in `dtype`; TensorFlow has no arithmetic of 8 bits and fewer."""
    return dtype in _FLOATS


def is_number(dtype: tf.DType) -> bool:
    """Whether an array of `dtype` can be the input of a loss."""
    return dtype in _NUMBERS


def other_dtype(name: str) -> str:
    """A hint for a dtype of numbers that is refused, an empty string for one of no numbers."""
    if name in ("longdouble", "float128", "float96"):
        return "Convert it to float64: TensorFlow has no longer floats."
    if name.startswith("float"):
        return "Convert it to float32, with NumPy's astype() say: nothing is computed in 8 bits."
    if name.startswith(("int", "uint", "qint", "quint")):
        return "Convert it to int32, with NumPy's astype() say."
    return ""


def floatx() -> tf.DType:
    """Keras' default float dtype."""
    return tf.as_dtype(keras.config.floatx())


def compute_dtype(dtype: tf.DType) -> tf.DType:
    """What a loss of inputs of `dtype` is computed in.

    Half precisions are computed in float32 and rounded once: 1 - 1e-7, squares and sums over a few
    thousand elements do not fit into them.
    """
    return tf.float32 if dtype in _HALF else dtype


def no_float_dtype(dtype: Any) -> InputError:
    """The error for an argument `dtype` that no loss can be computed in."""
    name = getattr(dtype, "__name__", None) or getattr(dtype, "name", str(dtype))
    hint = "Losses are computed in float16, bfloat16, float32 or float64."
    is_other = "float" in name or "double" in name
    return InputError("dtype", "a float dtype", repr(dtype), hint if is_other else "")


def describe(x: Any) -> str:
    """A few words on what `x` is, for a message."""
    if isinstance(x, (tf.Tensor, tf.Variable, np.ndarray)):
        return f"{getattr(x.dtype, 'name', x.dtype)} of shape {shape(x)}"
    if x is None:
        return "None"
    return f"a {type(x).__name__}"


def shape(x: Any) -> str:
    """The shape of a tensor as Python writes a tuple, `?` where a dimension is unknown."""
    static = tf.TensorShape(x.shape)
    if static.rank is None:
        return "(...)"
    dims = ["?" if n is None else str(n) for n in static]
    return f"({dims[0]},)" if len(dims) == 1 else f"({', '.join(dims)})"


def tensor(x: Any, argument: str) -> tf.Tensor:
    """`x` as a dense tensor of numbers; a tensor is passed through as it is."""
    if not isinstance(x, tf.Tensor):
        if isinstance(x, (tf.RaggedTensor, tf.SparseTensor)):
            hint = "Convert it with tf.sparse.to_dense()."
            if isinstance(x, tf.RaggedTensor):
                hint = "Convert it with to_tensor()."
                if argument in ("y_true", "y_pred"):
                    hint += (
                        " What is padded with NaN, `y_true.to_tensor(float('nan'))`, is left out by "
                        "ignore_nan=True."
                    )
            raise InputError(argument, "a dense tensor", f"a {type(x).__name__}", hint)
        try:
            if isinstance(x, np.ndarray) and x.dtype == object:
                x = _of_objects(x)
            # The shorter way for an array: 9 us instead of 15 for a small one.
            x = tf.constant(x) if isinstance(x, np.ndarray) else tf.convert_to_tensor(x)
        except (ValueError, TypeError) as error:
            received = describe(x)
            hint = other_dtype(x.dtype.name) if isinstance(x, np.ndarray) else ""
            if isinstance(x, (list, tuple)):
                received += " of uneven rows, or of other things"
            elif isinstance(x, keras.KerasTensor):
                hint = "Call the loss in a layer, with add_loss(), or in compile()."
            raise InputError(argument, "an array of numbers", received, hint) from error
    if not is_number(x.dtype):
        of_strings = argument == "y_true" and x.dtype == tf.string
        hint = FACTORIZE if of_strings else other_dtype(x.dtype.name)
        raise InputError(argument, "an array of numbers", f"an array of {x.dtype.name}", hint)
    return x


def _of_objects(x: np.ndarray) -> np.ndarray:
    """An array of objects as one of numbers, if all of them are."""
    of_numbers = np.array(x.tolist())
    return of_numbers if of_numbers.dtype.kind in "biuf" else x


def float_tensor(x: Any, argument: str, dtype: tf.DType | None = None) -> tf.Tensor:
    """`x` as a float tensor: of `dtype`, or its own float dtype, or floatx for integers."""
    x = tensor(x, argument)
    return cast(x, dtype or (x.dtype if x.dtype.is_floating else floatx()))


def cast(x: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    """`x` as `dtype`; tf.cast takes 2 us where there is nothing to do, and a loss asks often."""
    return x if x.dtype == dtype else tf.cast(x, dtype)


def same_rank(y_true: tf.Tensor, y_pred: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Align (N,) with (N, 1), and [.., 1] with [..], as Keras' `Loss` objects do; never broadcast."""
    true_rank, pred_rank = y_true.shape.rank, y_pred.shape.rank
    if true_rank is None or pred_rank is None or abs(true_rank - pred_rank) != 1:
        return y_true, y_pred
    if true_rank > pred_rank:
        y_pred, y_true = same_rank(y_pred, y_true)
        return y_true, y_pred
    if y_pred.shape[-1] == 1:
        if true_rank == 1:
            return tf.expand_dims(y_true, -1), y_pred
        return y_true, tf.squeeze(y_pred, -1)
    return y_true, y_pred


def for_each_output(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """`y_true` of one column, or of one axis less, as the same true value for each output."""
    if y_true.shape.rank is None or y_pred.shape.rank is None:
        return y_true
    if y_true.shape.rank == y_pred.shape.rank - 1:
        y_true = tf.expand_dims(y_true, -1)
    if y_true.shape.rank != y_pred.shape.rank or y_true.shape[-1] != 1:
        return y_true
    message = "`y_true` must have the same shape as `y_pred`, but for its last axis"
    y_true = of_shape(y_true, tf.concat([tf.shape(y_pred)[:-1], [1]], 0), message)
    return tf.repeat(y_true, tf.shape(y_pred)[-1], -1)


def same_shape(y_true: tf.Tensor, y_pred: tf.Tensor) -> tf.Tensor:
    """`y_true`, if it has the shape of `y_pred`; never broadcast.

    What cannot be told while a graph is built is told when it runs.
    """
    if y_pred.shape.rank == 0:
        raise InputError("y_pred", "an array with at least one axis", "a single number")
    if not y_true.shape.is_compatible_with(y_pred.shape):
        hint = f"Shapes {shape(y_true)} and {shape(y_pred)} are incompatible."
        if {y_true.shape.rank, y_pred.shape.rank} == {1, 2} and 1 in (
            y_true.shape[-1] if y_true.shape.rank == 2 else y_pred.shape[-1],
        ):
            hint += " Reshape one of them: (N,) against (N, 1) could mean N samples or N x N pairs."
        elif _without_last(y_pred) == y_true.shape.as_list():
            hint += _LAST_AXIS.format("y_true", "y_pred")
        elif _without_last(y_true) == y_pred.shape.as_list():
            hint += _LAST_AXIS.format("y_pred", "y_true")
        elif y_pred.shape[:-1] in (y_true.shape, _without_last(y_true)):
            hint += " For class labels use to_categorical() or a sparse loss."
        raise InputError(
            "y_true",
            f"have the same shape as `y_pred`, {shape(y_pred)}",
            shape(y_true),
            hint,
        )
    if y_true.shape.is_fully_defined() and y_pred.shape.is_fully_defined():
        return y_true
    message = "`y_true` must have the same shape as `y_pred`"
    return of_shape(y_true, tf.shape(y_pred), message)


_LAST_AXIS = " Give `{}` a last axis of size 1 as well, or drop that of `{}`."


def _without_last(x: tf.Tensor) -> list[int | None] | None:
    """The shape of `x` without a last axis of size 1, None where it has no such axis."""
    return x.shape.as_list()[:-1] if x.shape[-1:] == [1] else None


def of_shape(x: tf.Tensor, wanted: Any, message: str) -> tf.Tensor:
    """`x`, if it has the wanted shape when the graph runs."""
    given = tf.shape(x)
    with tf.control_dependencies([tf.debugging.assert_equal(given, wanted, message)]):
        # XLA drops assertions, but refuses to reshape to a shape of more elements. The graph
        # optimiser drops reshapes that it takes for identities, and waits for the assertion at tf.identity.
        same = tf.reduce_all(tf.equal(given, wanted))
        return tf.reshape(tf.identity(x), tf.where(same, wanted, given + 1))


def label_shape(y_true: tf.Tensor, y_pred: tf.Tensor, axis: int) -> tf.Tensor:
    """Labels `y_true`, if they have the shape of `y_pred` without `axis`; a 1 there is dropped."""
    if y_pred.shape.rank is None or y_true.shape.rank is None:
        return y_true
    if y_pred.shape.rank == 0:
        raise InputError("y_pred", "an array with at least one axis", "a single number")
    dims = y_pred.shape.as_list()
    del dims[axis]
    labels = y_true
    if labels.shape.rank == len(dims) + 1 and labels.shape[axis] == 1:
        labels = tf.squeeze(labels, axis)
    if not labels.shape.is_compatible_with(dims):
        one_hot = y_true.shape.is_compatible_with(y_pred.shape) and y_pred.shape.rank > 0
        raise InputError(
            "y_true",
            f"class labels of shape {shape(tf.TensorSpec(dims))}, which is that of `y_pred`, "
            f"{shape(y_pred)}, without the classes on axis {axis}",
            f"of shape {shape(y_true)}",
            "For one-hot labels use the loss without `sparse` in its name." if one_hot else "",
        )
    if labels.shape.is_fully_defined() and None not in dims:
        return labels
    sizes = tf.shape(y_pred)
    wanted = tf.concat([sizes[:axis], sizes[axis:][1:]], 0)
    message = "`y_true` must have the shape of `y_pred` without the axis of the classes"
    labels = of_shape(labels, wanted, message)
    labels.set_shape(dims)
    return labels


def one_for_heads(
    y_true: tf.Tensor, y_pred: tf.Tensor, names: tuple[str, ...], several: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """`y_true` with a last axis of size 1, if it has one number for each row of parameters in `y_pred`.

    Args:
        y_true: The numbers.
        y_pred: The parameters, along the last axis.
        names: What they are.
        several: Whether there may be several of each.
    """
    if y_pred.shape.rank == 0:
        raise InputError("y_pred", "an array with at least one axis", "a single number")
    size, number = y_pred.shape[-1:].num_elements(), len(names)
    if size is not None and (size % number or not size if several else size != number):
        each = "as many of each, " if several and number > 1 else ""
        each = "one or more, " if several and number == 1 else each
        listed = f"{each}[{', '.join(names)}]"
        raise InputError(
            "y_pred",
            f"have {'parameters' if number > 1 else 'numbers'} along its last axis: {listed}",
            f"{size} of them, in shape {shape(y_pred)}",
            "A last layer of "
            + (f"{number} units" if number > 1 else "1 unit")
            + (" for each component" if several and number > 1 else "")
            + " gives them.",
        )
    if y_pred.shape.rank is None or y_true.shape.rank is None:
        return tf.reshape(y_true, tf.concat([tf.shape(y_pred)[:-1], [1]], 0)), y_pred
    if size is None and not several:
        y_pred = tf.ensure_shape(y_pred, [*y_pred.shape[:-1], number])
    dims = y_pred.shape.as_list()[:-1]
    column = y_true.shape.rank == len(dims) + 1 and y_true.shape[-1] in (1, None)
    one_each = y_true if column else tf.expand_dims(y_true, -1)
    if not one_each.shape.is_compatible_with([*dims, 1]):
        raise InputError(
            "y_true",
            f"of shape {shape(tf.TensorSpec(dims))} or {shape(tf.TensorSpec([*dims, 1]))}, one number for "
            f"each row of parameters in `y_pred`, {shape(y_pred)}",
            f"of shape {shape(y_true)}",
        )
    if one_each.shape.is_fully_defined() and None not in dims:
        return one_each, y_pred
    wanted = tf.concat([tf.shape(y_pred)[:-1], [1]], 0)
    message = "`y_true` must have one number for each row of parameters in `y_pred`"
    one_each = of_shape(one_each, wanted, message)
    one_each.set_shape([*dims, 1])
    return one_each, y_pred


# -- class labels ---------------------------------------------------------------------------------


def class_labels(
    y_true: tf.Tensor, num_classes: Any, ignore_class: int | None = None
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Integer labels and where they are valid.

    Args:
        y_true: Labels, of any dtype whose values are whole.
        num_classes: How many classes there are, an int or a scalar tensor.
        ignore_class: A label that counts as valid although it is no class.

    Returns:
        The labels as integers, with 0 where they are not valid classes (or ignored), and a bool tensor
        that is False where a label is neither a class nor ignored; None if all are known to be classes.

    Raises:
        InputError: In eager mode, for a label that is not a class. In a graph the same error comes
            from TensorFlow when it runs; XLA, which has no errors, makes the loss NaN there.
    """
    if tf.executing_eagerly() and y_true.dtype.is_integer and isinstance(num_classes, int):
        found = y_true.numpy()
        if not found.size or (found.min() >= 0 and found.max() < num_classes):
            return (y_true if y_true.dtype == tf.int32 else cast(y_true, tf.int64)), None
    labels, is_class, valid = found_labels(y_true, num_classes, ignore_class)
    if tf.executing_eagerly():
        if not np.all(valid.numpy()):
            wrong = y_true.numpy()[~valid.numpy()].ravel()[0]
            raise InputError(
                "y_true",
                f"whole class labels from 0 to {int(num_classes) - 1}",
                f"{wrong:g}" if isinstance(wrong, np.floating) else f"{wrong}",
                "Labels count from 0; leave out or weight with 0 what has no label."
                if wrong == int(num_classes) or not np.isfinite(wrong)
                else "",
            )
    else:
        message = "`y_true` must be whole class labels from 0 to the number of classes less 1"
        labels = holding(tf.reduce_all(valid), labels, message, y_true)
    return tf.where(is_class, labels, tf.zeros((), labels.dtype)), valid


def with_nan(y_true: tf.Tensor, ignore_nan: bool) -> tf.Tensor:
    """Labels with the missing integer of R, the lowest number of 32 bits, as NaN where NaN is ignored."""
    if not ignore_nan or y_true.dtype != tf.int32:
        return y_true
    nan = tf.constant(math.nan, tf.float64)
    return tf.where(tf.equal(y_true, tf.int32.min), nan, tf.cast(y_true, tf.float64))


def counted_labels(
    y_true: tf.Tensor, ignore_class: int | None, ignore_nan: bool
) -> tuple[tf.Tensor, tf.Tensor | None]:
    """Labels, with 0 for those that are NaN and may be, and which of them count; None for all."""
    counted = None
    if ignore_nan and y_true.dtype.is_floating:
        counted = tf.equal(y_true, y_true)
        y_true = tf.where(counted, y_true, tf.zeros((), y_true.dtype))
    if ignore_class is not None:
        others = tf.not_equal(tf.cast(y_true, tf.int64), ignore_class)
        counted = others if counted is None else counted & others
    return y_true, counted


def found_labels(
    y_true: tf.Tensor, num_classes: Any, ignore_class: int | None = None
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Labels as integers, where they are classes, and where they are classes or ignored."""
    short = y_true.dtype == tf.int32 and ignore_class is None
    labels = y_true if short else tf.cast(y_true, tf.int64)
    limit = tf.cast(num_classes, labels.dtype)
    is_class = (labels >= 0) & (labels < limit)
    if y_true.dtype.is_floating:
        is_class &= tf.equal(tf.cast(labels, y_true.dtype), y_true)
    valid = is_class if ignore_class is None else is_class | tf.equal(labels, ignore_class)
    return labels, is_class, valid


def not_negative(y_true: tf.Tensor) -> tf.Tensor:
    """`y_true`, if none of it is below 0.

    In a graph the error comes from TensorFlow when it runs; XLA, which has no errors, goes on.
    """
    return all_valid(~(y_true < 0.0), y_true, y_true, "y_true", "numbers of at least 0")


def all_valid(
    valid: tf.Tensor, x: tf.Tensor, given: tf.Tensor, argument: str, expected: str
) -> tf.Tensor:
    """`x`, if all of what was given, which it is of, is valid; else an error, in a graph when it runs."""
    if not tf.executing_eagerly():
        return holding(tf.reduce_all(valid), x, f"`{argument}` must be {expected}", given)
    if not tf.reduce_all(valid):
        raise InputError(argument, expected, f"{float(given[~valid][0]):g}")
    return x


def holding(condition: tf.Tensor, x: tf.Tensor, *data: Any) -> tf.Tensor:
    """`x`, if the condition holds when the graph runs; else an error that shows the data."""
    with tf.control_dependencies([tf.debugging.Assert(condition, list(data))]):
        return tf.identity(x)
