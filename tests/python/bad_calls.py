"""Bad calls of every loss, and what each must give: made from the registry, run in a process apart.

    python bad_calls.py FIRST [long]      makes the calls from number FIRST on

Each call writes a line with its number before it and one with its outcome after it, so that a call
which ends the process, or never ends, is known to whoever reads.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import tensorflow as tf
from loss_inputs import (
    BATCH_LOSSES,
    EMBEDDINGS,
    NAMES,
    NOT_NEGATIVE,
    OF_BATCH,
    first,
    function,
    inputs,
    loss_object,
    values_shape,
)

import lossbridge
from lossbridge import losses, metrics, registry

SHAPE = {"ctc": (3, 6, 4), **dict.fromkeys(EMBEDDINGS, (6, 4))}
"""Shapes of `y_pred` where (5, 4) does not fit."""


@dataclasses.dataclass(frozen=True)
class BadCall:
    """A call and what it must give."""

    id: str
    call: Callable[[], Any]
    arguments: tuple[str, ...] = ()
    """The arguments one of which an InputError must name; empty where a value is expected."""
    value: Callable[[Any], bool] | None = None
    """Whether a result is the documented one; None where the call must be refused."""
    other: tuple[type[Exception], ...] = ()
    """Errors of Python or TensorFlow that will do as well, if they name one of `arguments`."""
    arrays: tuple[np.ndarray, ...] = ()
    """What goes in, and may not be changed."""


def outcome(bad: BadCall) -> str:
    """Make a call; the empty string, or what is wrong with what it gave."""
    before = [a.tobytes() for a in bad.arrays]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = bad.call()
    except lossbridge.InputError as error:
        problem = "" if error.argument in bad.arguments else f"refused {error.argument}: {error}"
    except bad.other as error:
        named = any(name in str(error) for name in bad.arguments)
        problem = "" if named else f"{type(error).__name__} names no argument: {error}"
    except Exception as error:  # any other error is what the test is about
        problem = f"{type(error).__name__}: {error}"
    else:
        if bad.value is None:
            problem = f"accepted, with {result!r}"
        else:
            problem = "" if bad.value(result) else f"gave {result!r}"
    if before != [a.tobytes() for a in bad.arrays]:
        problem += " changed its input"
    return problem[:400].replace("\n", " ")


def good(name: str, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    """Data of a loss that nothing is wrong with."""
    return inputs(name, SHAPE.get(name, (5, 4)), dtype=dtype)


def forms(name: str) -> dict[str, Callable[..., Any]]:
    """The ways to call a loss with data."""

    def metric(y_true: Any, y_pred: Any) -> Any:
        m = metrics.LossMetric(function(name))
        m.update_state(y_true, y_pred)
        return m.result()

    found = {"function": function(name), "object": loss_object(name)}
    return found if name in OF_BATCH else {**found, "metric": metric}


def of_data(name: str) -> Iterator[BadCall]:
    """Arrays of wrong shapes, ranks and kinds."""
    y_true, y_pred = good(name)
    k = y_pred.shape[-1]
    sparse = not registry.LOSSES[name].same_shape
    both = ("y_true", "y_pred")

    shapes: dict[str, tuple[Any, Any]] = {
        "y_pred with a row more": (y_true, np.concatenate([y_pred, y_pred[:1]])),
        "y_pred without its last row": (y_true, y_pred[:-1]),
        "y_true without its last row": (y_true[:-1], y_pred),
        "y_true of one row": (y_true[:1], y_pred),
        "y_pred of one row": (y_true, y_pred[:1]),
        "y_pred of no rows": (y_true, y_pred[:0]),
        "y_pred is one number": (y_true, np.float32(0.5)),
        "y_true is one number": (np.float32(1.0), y_pred),
        "two axes more": (y_true[None, None], y_pred),
        "y_pred with two axes more": (y_true, y_pred[None, None]),
    }
    if not sparse:
        shapes |= {
            "y_true of one column": (y_true[:, :1], y_pred),
            "y_pred of one column": (y_true, y_pred[:, :1]),
            "y_true without its last column": (y_true[:, :-1], y_pred),
            "y_true turned": (y_true.T, y_pred),
            "y_true is one row": (y_true[0], y_pred),
            "y_true is one column as a vector": (y_true[:, 0], y_pred),
            "no classes in y_pred": (y_true, y_pred[:, :0]),
        }
    elif registry.LOSSES[name].heads is not None:
        shapes |= {
            "two numbers a row": (np.stack([y_true, y_true], -1), y_pred),
            "no parameters in y_pred": (y_true, y_pred[:, :0]),
        }
        if not registry.LOSSES[name].heads.several:
            shapes |= {
                "one parameter too few": (y_true, y_pred[:, 1:]),
                "one parameter too many": (y_true, np.concatenate([y_pred, y_pred[:, :1]], 1)),
            }
    elif registry.LOSSES[name].truth == "classes":
        shapes["one label a row"] = (y_true[:, 0], y_pred)
    elif name != "ctc":
        shapes |= {
            "two labels a row": (np.stack([y_true, y_true], -1), y_pred),
            "one-hot labels": (np.eye(k, dtype="int32")[y_true % k], y_pred),
        }
    for (what, data), (form, call) in itertools.product(shapes.items(), forms(name).items()):
        arrays = tuple(a for a in data if isinstance(a, np.ndarray))
        # of one number it is the axis that is missing
        arguments = (*both, "axis") if "one number" in what else both
        yield BadCall(
            f"{name}-{form}-{what}", lambda c=call, d=data: c(*d), arguments, arrays=arrays
        )

    kinds: dict[str, Any] = {
        "None": None,
        "text": np.full(y_pred.shape, "0.5"),
        "objects": np.full(y_pred.shape, None),
        "complex": y_pred.astype("complex64"),
        "dates": np.full(y_pred.shape, np.datetime64("2020-01-01")),
        "a date": datetime.date(2020, 1, 1),
        "a dict": {"a": 1},
        "a set": {1, 2},
        "uneven rows": [[0.1, 0.2], [0.3]],
        "ragged": tf.RaggedTensor.from_row_lengths([0.1, 0.2, 0.3], [2, 1]),
        "sparse": tf.sparse.from_dense(np.eye(5, 4, dtype="float32")),
        "a function": len,
    }
    for (what, x), (form, call) in itertools.product(kinds.items(), forms(name).items()):
        # rows that are not as long as those of the other are an error of either
        of = ("y_true", "y_pred") if what == "ragged" else None
        yield BadCall(
            f"{name}-{form}-y_pred {what}", lambda c=call, x=x: c(y_true, x), of or ("y_pred",)
        )
        yield BadCall(
            f"{name}-{form}-y_true {what}", lambda c=call, x=x: c(x, y_pred), of or ("y_true",)
        )


def of_no_size(name: str) -> Iterator[BadCall]:
    """Arrays without elements: an empty batch gives the empty values, or 0."""
    y_true, y_pred = good(name)
    empty = first(name, y_true, y_pred, 0)

    def nothing(x: Any) -> bool:
        overlap = 1 if name in ("dice", "tversky") else 0  # of two masks without pixels none
        return np.size(x) == 0 or bool(np.all(np.asarray(x) == overlap))

    for form, call in forms(name).items():
        yield BadCall(f"{name}-{form}-no rows", lambda c=call: c(*empty), value=nothing)
    no_classes = y_pred[..., :0]
    matching = y_true if not registry.LOSSES[name].same_shape else y_true[..., :0]
    for form, call in forms(name).items():
        yield BadCall(
            f"{name}-{form}-no classes",
            lambda c=call: c(matching, no_classes),
            ("y_true", "y_pred"),
            # a mean over nothing has no value; a sum over nothing is 0
            value=lambda x: np.shape(x) in ((), y_true.shape[:1]),
        )


def of_numbers(name: str) -> Iterator[BadCall]:
    """NaN and infinity: they stay in the sample they stand in, and a weight of 0 leaves them out."""
    y_true, y_pred = good(name)
    clean = np.asarray(function(name)(y_true, y_pred))
    spec = registry.LOSSES[name]
    for number, where in itertools.product((np.nan, np.inf, -np.inf), ("y_true", "y_pred")):
        if where == "y_true" and spec.truth in ("label", "sequence"):
            continue
        data = {"y_true": y_true.copy(), "y_pred": y_pred.copy()}
        data[where][1] = number
        refused = where == "y_true" and (
            spec.truth == "classes" or (number == -np.inf and name in NOT_NEGATIVE)
        )

        def stays(x: Any, number: float = number) -> bool:
            x = np.asarray(x)
            if name in BATCH_LOSSES:
                return x.shape == clean.shape
            spoilt = not np.isnan(number) or np.isnan(x[1])
            return bool(spoilt) and np.allclose(np.delete(x, 1), np.delete(clean, 1))

        yield BadCall(
            f"{name}-function-{number} in {where}",
            lambda d=data: function(name)(**d),
            ("y_true",) if refused else (),
            value=None if refused else stays,
            arrays=tuple(data.values()),
        )
        if name not in BATCH_LOSSES:
            weight = np.ones(len(clean), "float32")
            weight[1] = 0
            rest = np.delete(clean, 1).sum() / len(clean)
            yield BadCall(
                f"{name}-object-{number} in {where} with weight 0",
                lambda d=data, w=weight: loss_object(name)(**d, sample_weight=w),
                value=lambda x, rest=rest: np.allclose(x, rest, rtol=1e-5),
                arrays=tuple(data.values()),
            )


def of_labels(name: str) -> Iterator[BadCall]:
    """Labels that are no classes."""
    truth = registry.LOSSES[name].truth
    if truth not in ("label", "sequence"):
        return
    y_true, y_pred = good(name)
    k = y_pred.shape[-1]
    limits = np.iinfo("int64")
    wrong: dict[str, Any] = {"0.5": 0.5, "NaN": np.nan, "Inf": np.inf, "-Inf": -np.inf}
    if name not in EMBEDDINGS:  # whose labels are only compared
        wrong |= {
            "-1": -1,
            "as many as classes": k,
            "1e30": 1e30,
            "the smallest int32": np.iinfo("int32").min,
            "the smallest int64": limits.min,
            "the largest int64": limits.max,
            "2^32": 2**32,
            "2^32 and 1": 2**32 + 1,
        }
    for (what, label), (form, call) in itertools.product(wrong.items(), forms(name).items()):
        labels = y_true.astype("float64" if isinstance(label, float) else "int64")
        labels[(1,) + (0,) * (labels.ndim - 1)] = label
        yield BadCall(
            f"{name}-{form}-label {what}",
            lambda c=call, t=labels: c(t, y_pred),
            ("y_true",),
            arrays=(labels,),
        )
    if name == "ctc":
        yield BadCall(
            "ctc-function-more labels than steps",
            lambda: losses.ctc(np.full((3, 9), 1), y_pred),
            value=lambda x: bool(np.isposinf(x).all()),
        )
        yield BadCall(
            "ctc-function-no steps", lambda: losses.ctc(y_true, y_pred[:, :0]), ("y_pred",)
        )
    if name not in EMBEDDINGS:
        labels = np.full(y_true.shape, 255, "uint8")
        yield BadCall(
            f"{name}-function-label 255 of uint8",
            lambda: function(name)(labels, y_pred),
            ("y_true",),
        )


def of_weights(name: str) -> Iterator[BadCall]:
    """Weights that fit no sample, and those that are no numbers."""
    y_true, y_pred = good(name)
    shape = values_shape(name, y_pred.shape)
    call = loss_object(name)
    weights: dict[str, Any] = {
        "text": np.full(5, "1"),
        "a word": "balanced",
        "objects": np.full(5, None),
        "complex": np.ones(5, "complex64"),
        "ragged": tf.RaggedTensor.from_row_lengths([0.1, 0.2, 0.3], [2, 1]),
        "sparse": tf.sparse.from_dense(np.eye(5, 4, dtype="float32")),
        "a dict": {0: 1.0},
    }
    if shape:
        weights |= {
            "one too many": np.ones(shape[0] + 1, "float32"),
            "one too few": np.ones(shape[0] - 1, "float32"),
            "for no sample": np.ones(0, "float32"),
            "for each element": np.ones(y_pred.shape, "float32"),
            "turned": np.ones((1, shape[0]), "float32"),
            "in a list of two": [1.0, 2.0],
        }
    for what, weight in weights.items():
        arrays = (weight,) if isinstance(weight, np.ndarray) else ()
        yield BadCall(
            f"{name}-object-weights {what}",
            lambda w=weight: call(y_true, y_pred, w),
            ("sample_weight",),
            arrays=arrays,
        )
        if name in OF_BATCH:
            continue
        yield BadCall(
            f"{name}-metric-weights {what}",
            lambda w=weight: metrics.LossMetric(function(name)).update_state(y_true, y_pred, w),
            ("sample_weight",),
            arrays=arrays,
        )
    clean = float(call(y_true, y_pred))
    for what, weight, expected in (
        ("negative", -1.0, clean if name in OF_BATCH else -clean),
        ("NaN", np.nan, np.nan),
        ("Inf", np.inf, np.inf),
        ("zero", 0.0, 0.0),
    ):

        def weighted(x: Any, expected: float = expected) -> bool:
            # values of both signs times infinity add up to NaN
            if not np.isfinite(expected):
                return not np.isfinite(x)
            return bool(np.isclose(x, expected, rtol=1e-5))

        yield BadCall(
            f"{name}-object-weight {what}",
            lambda w=weight: call(y_true, y_pred, np.float32(w)),
            value=weighted,
        )
    if shape:
        for what, mask in {
            "one too many": np.ones(shape[0] + 1, bool),
            "for each element": np.ones((*y_pred.shape, 2), bool),
        }.items():

            def masked(mask: Any = mask) -> Any:
                p = tf.constant(y_pred)
                p._keras_mask = tf.constant(mask)
                return call(y_true, p)

            yield BadCall(f"{name}-object-mask {what}", masked, ("mask",))


NOT_NUMBERS = ("a", None, True, np.nan, np.inf, -np.inf, [1.0, 2.0], 1j, {}, 10**400)
NOT_FLAGS = ("yes", None, 2, -1.0, np.nan, [True])
NOT_AXES = (7, -7, 2**31, -(2**63), 0.5, np.nan, np.inf, "last", True, {})
WRONG: dict[str, tuple[Any, ...]] = {
    "delta": (*NOT_NUMBERS, -1.0),
    "q": (*NOT_NUMBERS, -0.5, 0.0, 1.0, 2.0),
    "gamma": (*NOT_NUMBERS, -1.0),
    "gamma_pos": (*NOT_NUMBERS, -1.0),
    "gamma_neg": (*NOT_NUMBERS, -1.0),
    "clip": (*NOT_NUMBERS, -0.1, 1.1),
    "margin": (*NOT_NUMBERS, -0.1),
    "distance_metric": ("l2", None, True, 1.0, ["L2"], {}),
    "mode": ("ciou", "GIoU", None, True, 1.0, ["iou"], {}),
    "num_classes": ("a", True, np.nan, np.inf, 0.5, 1, -4, [4], {}),
    "weightage": ("cubic", None, True, 2.0, ["linear"], {}),
    "epsilon": (*NOT_NUMBERS, -1e-6, 0.0),
    "soft": NOT_FLAGS,
    "temperature": (*NOT_NUMBERS, -0.1, 0.0),
    "alpha": ("a", None, True, np.nan, np.inf, -1.0, 1j, {}),
    "beta": (*NOT_NUMBERS, -1.0),
    "class_weight": ("a", True, 2.0, [], {}, [1.0, -1.0], ["a"], {"a": 1.0}, {-1: 1.0}, {0: "a"}),
    "pos_weight": ("a", True, -1.0, [], {}, [1.0, np.nan], [1.0, 2.0]),
    "label_smoothing": (*NOT_NUMBERS, -0.1, 1.1),
    "tau": ("a", None, True, np.nan, np.inf, -0.1, 1.1, [], {}, [0.5, np.nan], [0.1, 0.5, 0.9]),
    "df": (*(value for value in NOT_NUMBERS if value is not None), 0.0, -1.0),
    "fair": NOT_FLAGS,
    "scale": ("a", "LOG", None, True, 1.0, ["log"], {}),
    "full": NOT_FLAGS,
    "power": (*NOT_NUMBERS, -1.0, 0.5),
    "log_link": NOT_FLAGS,
    "from_logits": NOT_FLAGS,
    "apply_class_balancing": NOT_FLAGS,
    "remove_diagonal": NOT_FLAGS,
    "ignore_nan": NOT_FLAGS,
    "ignore_class": ("a", True, np.nan, np.inf, 0.5, [1, 2], {}),
    "axis": (*NOT_AXES, None, [0, 1]),
}
NOT_SEVERAL = (*NOT_AXES, [], [0, 7], [0, 0], [0, -2], ["last"], [None])
NOT_AXES_OF = {
    **dict.fromkeys(("dice", "tversky"), NOT_SEVERAL),
    **dict.fromkeys(
        ("binary_crossentropy", "binary_focal_crossentropy", "cosine_similarity"),
        (*NOT_SEVERAL, None),
    ),
}
"""For losses that take several axes, or None for all."""


def of_arguments(name: str) -> Iterator[BadCall]:
    """Arguments outside their range or of another kind, to the function and to the object."""
    y_true, y_pred = good(name)
    cls = registry.CLASSES[name]
    parameters = registry.LOSSES[name].parameters
    for parameter in parameters:
        if parameter in ("ref_labels", "ref_embeddings"):
            continue
        wrong = NOT_AXES_OF.get(name, WRONG[parameter]) if parameter == "axis" else WRONG[parameter]
        if name == "robust" and parameter != "ignore_nan":
            wrong = tuple(value for value in NOT_NUMBERS if value != -np.inf)
        if name == "sigmoid_focal_crossentropy" and parameter == "alpha":
            wrong = tuple(value for value in wrong if value is not None)
        if name == "sparsemax" and parameter == "from_logits":
            wrong = (*wrong, False)
        if name == "circle" and parameter == "margin":
            wrong = (*wrong, 1.5)
        if name.endswith("categorical_focal_crossentropy") and parameter == "alpha":
            wrong = (*wrong, [1.0, 2.0], [1.0, -1.0, 1.0, 1.0], [1.0, np.nan, 1.0, 1.0], [], "abcd")
        for value in wrong:
            yield BadCall(
                f"{name}-function-{parameter}={value!r}",
                lambda p=parameter, v=value: function(name)(y_true, y_pred, **{p: v}),
                (parameter,),
            )
            yield BadCall(
                f"{name}-object-{parameter}={value!r}",
                # whether an axis exists can only be told from data
                lambda p=parameter, v=value: cls(**{p: v})(y_true, y_pred),
                (parameter,),
            )
    for reduction in ("average", "SUM", "", 1, True, ["sum"], {}, np.nan):
        yield BadCall(
            f"{name}-object-reduction={reduction!r}",
            lambda r=reduction: cls(reduction=r),
            ("reduction",),
        )
    r_name = getattr(lossbridge, f"loss_{name}")
    yield BadCall(
        f"{name}-loss-reduction='average'",
        lambda: r_name(y_true, y_pred, reduction="average"),
        ("reduction",),
    )
    for dtype in ("float99", "int32", "string", 3, "complex64", object()):
        shown = dtype if isinstance(dtype, (str, int)) else "an object"
        yield BadCall(
            f"{name}-object-dtype={shown!r}",
            lambda d=dtype: cls(dtype=d)(y_true, y_pred),
            ("dtype",),
        )
    for form, call in {"function": function(name), "loss": r_name}.items():
        yield BadCall(
            f"{name}-{form}-unknown argument",
            lambda c=call: c(y_true, y_pred, no_such=1),
            ("no_such",),
            other=(TypeError,),
        )
        yield BadCall(
            f"{name}-{form}-y_pred missing",
            lambda c=call: c(y_true),
            ("y_pred",),
            other=(TypeError,),
        )
    yield BadCall(
        f"{name}-object-unknown argument", lambda: cls(no_such=1), ("no_such",), other=(TypeError,)
    )
    yield BadCall(
        f"{name}-object-y_pred missing", lambda: cls()(y_true), ("y_pred",), other=(TypeError,)
    )
    if name == "circle":
        labels = y_true
        for what, arguments in {
            "labels without embeddings": {"ref_labels": labels[:-1]},
            "embeddings without labels": {"ref_embeddings": y_pred[:-1]},
            "embeddings of another size": {"ref_embeddings": y_pred[:, :-1], "ref_labels": labels},
            "labels of text": {"ref_labels": np.full(6, "a")},
            "embeddings of text": {"ref_embeddings": np.full((6, 4), "a")},
            "labels with fractions": {"ref_labels": labels + 0.5},
            "embeddings of another rank": {"ref_embeddings": y_pred[None], "ref_labels": labels},
        }.items():
            yield BadCall(
                f"circle-function-{what}",
                lambda a=arguments: losses.circle(y_true, y_pred, **a),
                ("ref_labels", "ref_embeddings"),
            )


def of_graphs(name: str, long: bool = False) -> Iterator[BadCall]:
    """Shapes and labels that only the running graph knows to be wrong, with and without XLA."""
    y_true, y_pred = good(name)
    tf_error = (tf.errors.InvalidArgumentError, ValueError)
    sparse = not registry.LOSSES[name].same_shape
    data = {
        "a row more": (y_true, np.concatenate([y_pred, y_pred[:1]])),
        "one row": (y_true, y_pred[:1]),
        "one row of y_true": (y_true[:1], y_pred),
        "rows against none": (y_true, y_pred[:0]),
    }
    if not sparse:
        data["one column"] = (y_true[:, :1], y_pred)
        data["turned"] = (y_true.T, y_pred)
    names = ("y_true", "y_pred", "shape", "imension", "rows")  # XLA has its own words for shapes

    def graph(
        loss: Any, t: np.ndarray, p: np.ndarray, rank_known: bool, xla: bool, gradient: bool = False
    ) -> Any:
        spec = [
            tf.TensorSpec([None] * a.ndim if rank_known else None, tf.as_dtype(a.dtype))
            for a in (t, p)
        ]

        @tf.function(input_signature=spec, jit_compile=xla)
        def run(t: Any, p: Any) -> Any:
            with tf.GradientTape() as tape:
                tape.watch(p)
                value = loss(t, p)
            return (value, tape.gradient(value, p)) if gradient else value

        return run(tf.constant(t), tf.constant(p))

    call = loss_object(name)
    if name == "ctc":
        yield BadCall(
            "ctc-graph-no steps",
            lambda: graph(call, y_true, y_pred[:, :0], True, False, True),
            ("at least one time step",),
            other=tf_error,
        )
    for what, (t, p) in data.items():
        for rank_known, xla in ((True, False), (False, False), (True, True)):
            if xla and not long and what not in ("one row", "turned"):
                continue  # each is compiled on its own
            how = ("xla" if xla else "graph") + ("" if rank_known else " of unknown rank")
            yield BadCall(
                f"{name}-{how}-{what}",
                lambda t=t, p=p, r=rank_known, x=xla: graph(call, t, p, r, x, True),
                names,
                other=tf_error,
            )
    if not sparse or name in EMBEDDINGS or registry.LOSSES[name].heads is not None:
        return
    limits = np.iinfo("int64")
    for label in (-1, 4, 2**32 + 1, limits.min, limits.max):
        labels = y_true.astype("int64")
        labels[(1,) + (0,) * (labels.ndim - 1)] = label
        yield BadCall(
            f"{name}-graph-label {label}",
            lambda t=labels: graph(function(name), t, y_pred, True, False),
            ("y_true",),
            other=tf_error,
        )
        yield BadCall(
            f"{name}-xla-label {label}",
            lambda t=labels: graph(function(name), t, y_pred, True, True),
            value=lambda x: bool(np.isnan(x[1]) and np.isfinite(np.delete(x, 1)).all()),
        )


def of_the_rest() -> Iterator[BadCall]:
    """`to_categorical`, names, configs and semantics."""
    labels: dict[str, Any] = {
        "text": ["a", "b"],
        "objects": np.array([None, 1], object),
        "a fraction": [0, 1.5],
        "NaN": [0, np.nan],
        "Inf": [0, np.inf],
        "-1": [0, -1],
        "1e30": [0, 1e30],
        "the largest int64": [0, np.iinfo("int64").max],
        "the largest uint64": np.array([0, np.iinfo("uint64").max], "uint64"),
        "complex": [1j],
        "uneven": [[0, 1], [1]],
        "None": None,
        "a dict": {"a": 1},
        "a set": {1},
        "a date": datetime.date(2020, 1, 1),
        "ragged": tf.RaggedTensor.from_row_lengths([0, 1, 2], [2, 1]),
        "sparse": tf.sparse.from_dense([0, 1, 2]),
        "a tensor of text": tf.constant(["a"]),
        "a tensor with -1": tf.constant([0, -1]),
        "a tensor with NaN": tf.constant([0, np.nan]),
    }
    for what, y in labels.items():
        for k in (None, 3):
            yield BadCall(
                f"to_categorical-{what}-{k}",
                lambda y=y, k=k: lossbridge.to_categorical(y, k),
                ("y", "num_classes"),
            )
    for k in (0, -1, 2, 1.5, "3", np.nan, np.inf, True, 2**31, 2**62, 10**30, [3], {}):
        yield BadCall(
            f"to_categorical-num_classes={k!r}",
            lambda k=k: lossbridge.to_categorical([0, 1, 2], k),
            ("y", "num_classes"),
        )
    for dtype in ("float99", "string", 3, {}):
        yield BadCall(
            f"to_categorical-dtype={dtype!r}",
            lambda d=dtype: lossbridge.to_categorical([0, 1, 2], 3, dtype=d),
            ("dtype",),
        )
    for x in ("no_such_loss", "", 3, 1.5, [], {}, {"class_name": "Hinge"}, b"mse", np.zeros(2)):
        yield BadCall(f"get-{x!r}", lambda x=x: losses.get(x), ("identifier", "name", "config"))
    for x in ("keras4", "", None, 3, True, [], {}):
        yield BadCall(f"semantics-{x!r}", lambda x=x: lossbridge.set_semantics(x), ("name",))
    for x in (None, 3, "hinge", len, losses.Loss()):
        shown = x if not callable(x) else "something else"
        yield BadCall(f"metric-fn-{shown!r}", lambda x=x: metrics.LossMetric(x), ("fn",))


def bad_calls(long: bool = False) -> list[BadCall]:
    """All of them, always in the same order; if `long` with more that are compiled by XLA."""
    kinds = (of_data, of_no_size, of_numbers, of_labels, of_weights, of_arguments)
    calls = [bad for kind in kinds for name in NAMES for bad in kind(name)]
    return [*calls, *of_the_rest(), *(bad for name in NAMES for bad in of_graphs(name, long))]


def main(first: int, long: bool) -> None:
    """Make the calls from number `first` on."""
    for number, bad in enumerate(bad_calls(long)):
        if number >= first:
            print(json.dumps({"started": number, "id": bad.id}), flush=True)
            print(json.dumps({"ended": number, "problem": outcome(bad)}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), "long" in sys.argv[2:])
