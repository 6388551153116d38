"""Bad input: the exact message, eagerly, in graphs and under XLA; nothing broadcasts or is written to."""

import fractions
import json
import math
import pickle
import re
import warnings
from copy import copy as copy_of

import keras
import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import (
    EMBEDDINGS,
    NAMES,
    NOT_NEGATIVE,
    OF_BATCH,
    function,
    inputs,
    loss_object,
    needs_tf_keras,
)

import lossbridge
from lossbridge import InputError, losses, metrics, registry, to_categorical
from lossbridge._backend import PUBLIC_ONLY

N, N1, NC = np.zeros(5, "float32"), np.zeros((5, 1), "float32"), np.zeros((5, 3), "float32")
THIRDS = np.full((3, 3), 1 / 3, "float32")
LABELS = "must be whole class labels from 0 to 2, not"
PAIRS = "Reshape one of them: (N,) against (N, 1) could mean N samples or N x N pairs."
LAST_AXIS = "Give `{}` a last axis of size 1 as well, or drop that of `{}`."
NOT_NUMBERS = "must be an array of numbers, not"
FACTORIZE = "In Python, pandas.factorize(..)[0] turns strings into labels."
REDUCTIONS = "'sum_over_batch_size', 'mean', 'sum', 'mean_with_sample_weight', 'none', None, 'auto'"
WEIGHT = (
    "must be one number, or of a shape that fits the per-sample values, (5,), not of shape {}. "
    "Dimensions must be equal, from the first on, or 1: weights belong to samples or time steps, "
    "not to the axis that the loss runs over."
)


def shapes(expected, received, hint=""):
    text = f"must have the same shape as `y_pred`, {expected}, not {received}. "
    text += f"Shapes {received} and {expected} are incompatible."
    return f"{text} {hint}" if hint else text


# What is called, the argument that the message names, and the rest of the message.
CALLS = {
    # shapes
    "(N,1) (N,C)": (
        lambda: losses.mse(N1, NC),
        "y_true",
        shapes("(5, 3)", "(5, 1)", "For class labels use to_categorical() or a sparse loss."),
    ),
    "(N,C) (N,1)": (lambda: losses.mse(NC, N1), "y_true", shapes("(5, 1)", "(5, 3)")),
    "(N,) (N,C)": (
        lambda: losses.mse(N, NC),
        "y_true",
        shapes("(5, 3)", "(5,)", "For class labels use to_categorical() or a sparse loss."),
    ),
    "(N,C) (N,C,1)": (
        lambda: losses.bce(NC, NC[..., None]),
        "y_true",
        shapes("(5, 3, 1)", "(5, 3)", LAST_AXIS.format("y_true", "y_pred")),
    ),
    "(N,C,1) (N,C)": (
        lambda: losses.bce(NC[..., None], NC),
        "y_true",
        shapes("(5, 3)", "(5, 3, 1)", LAST_AXIS.format("y_pred", "y_true")),
    ),
    "other batch": (lambda: losses.mse(NC, NC[:4]), "y_true", shapes("(4, 3)", "(5, 3)")),
    "a number": (
        lambda: losses.mse(1.0, 2.0),
        "y_pred",
        "must be an array with at least one axis, not a single number.",
    ),
    "one-hot for labels": (
        lambda: losses.sparse_categorical_crossentropy(NC, NC),
        "y_true",
        "must be class labels of shape (5,), which is that of `y_pred`, (5, 3), without the classes "
        "on axis -1, not of shape (5, 3). For one-hot labels use the loss without `sparse` in its "
        "name.",
    ),
    "too few labels": (
        lambda: losses.sparse_categorical_crossentropy([0, 1], THIRDS),
        "y_true",
        "must be class labels of shape (3,), which is that of `y_pred`, (3, 3), without the classes "
        "on axis -1, not of shape (2,).",
    ),
    "ctc labels": (
        lambda: losses.ctc([1], np.zeros((1, 4, 3), "float32")),
        "y_true",
        "must be labels of shape (batch, length), not of shape (1,).",
    ),
    "ctc logits": (
        lambda: losses.ctc([[1]], np.zeros((4, 3), "float32")),
        "y_pred",
        "must be logits of shape (batch, time, classes), not of shape (4, 3).",
    ),
    "ctc batch": (
        lambda: losses.ctc([[1], [1]], np.zeros((1, 4, 3), "float32")),
        "y_true",
        "must be of the batch size of `y_pred`, 1, not of batch size 2.",
    ),
    "circle rank": (
        lambda: losses.circle([1], np.zeros((1, 4, 3), "float32")),
        "y_pred",
        "must be embeddings of shape (batch, size), not of shape (1, 4, 3).",
    ),
    "embeddings before labels": (
        lambda: losses.triplet_hard(np.zeros((3, 4), "float32"), [0.0, 0.0, 1.0]),
        "y_pred",
        "must be embeddings of shape (batch, size), not of shape (3,). Labels come first, embeddings "
        "second.",
    ),
    "one-hot labels of embeddings": (
        lambda: losses.npairs(np.eye(3), np.eye(3)),
        "y_true",
        "must be one label for each of 3 embeddings, not of shape (3, 3). The label of a one-hot row is "
        "the place of its 1.",
    ),
    "labels of several classes": (
        lambda: losses.NPairsMultilabel()([[0], [1], [1]], np.eye(3)),
        "y_true",
        "must be 1 for each class of a sample and else 0, of shape (3, classes), not of shape (3, 1). One "
        "label for each sample is for the npairs loss.",
    ),
    "no similarities": (
        lambda: losses.npairs([0, 1, 1], np.zeros((3, 2), "float32")),
        "y_pred",
        "must be similarities of shape (batch, batch), not of shape (3, 2). Of embeddings x they are x "
        "times its transpose.",
    ),
    "an argument by place, as in R packages": (
        lambda: lossbridge.loss_giou("iou"),
        "y_pred",
        "must be given with `y_true`, or neither of them for an object, not None. Name the arguments of "
        "an object.",
    ),
    "circle labels": (
        lambda: losses.circle([1, 2], np.zeros((3, 4), "float32")),
        "y_true",
        "must be one label for each of 3 embeddings, not of shape (2,).",
    ),
    "views of another size": (
        lambda: losses.ntxent(NC[:2, :2], NC[:2]),
        "y_true",
        "must be a number for each of 2 embeddings, or floats of shape (2, 3), their other views, not "
        "float32 of shape (2, 2).",
    ),
    "views that may be one-hot labels": (
        lambda: losses.NTXent()(np.eye(3, dtype="int32"), NC[:3]),
        "y_true",
        "must be a number for each of 3 embeddings, or floats of shape (3, 3), their other views, not "
        "int32 of shape (3, 3). Make embeddings floats; of one-hot labels take the classes.",
    ),
    "infinite df": (
        lambda: losses.StudentTNLL(df=math.inf),
        "df",
        "must be a finite number above 0, not inf.",
    ),
    "distance metric": (
        lambda: losses.TripletHard(distance_metric="foo"),
        "distance_metric",
        "must be one of 'L2', 'squared-L2', 'angular', or a function, not 'foo'.",
    ),
    "name": (lambda: losses.Hinge(name=1), "name", "must be a string or None, not 1."),
    "name of a metric": (
        lambda: metrics.Hinge(name=1),
        "name",
        "must be a string or None, not 1.",
    ),
    "dtype of kappa": (
        lambda: metrics.CohenKappa(2, dtype="int32"),
        "dtype",
        "must be a float dtype, not 'int32'.",
    ),
    "sparsemax of probabilities": (
        lambda: losses.Sparsemax(from_logits=False),
        "from_logits",
        "must be True for this loss, not False. Hand over what goes into the activation sparsemax, not "
        "what it gives.",
    ),
    "circle references": (
        lambda: losses.circle([1, 0], NC[:2], ref_labels=[1], ref_embeddings=NC[:1, :2]),
        "ref_embeddings",
        "must be of shape (references, 3), not of shape (1, 2).",
    ),
    "one parameter": (
        lambda: losses.gaussian_nll(N, N1),
        "y_pred",
        "must have parameters along its last axis: [mean, raw scale], not 1 of them, in shape (5, 1). A "
        "last layer of 2 units gives them.",
    ),
    "two numbers for a row of parameters": (
        lambda: losses.GaussianNLL()(NC[:, :2], NC[:, :2]),
        "y_true",
        "must be of shape (5,) or (5, 1), one number for each row of parameters in `y_pred`, (5, 2), not of "
        "shape (5, 2).",
    ),
    "scale": (
        lambda: losses.gaussian_nll(N, NC[:, :2], scale="exp"),
        "scale",
        "must be one of 'log', 'softplus', 'identity', not 'exp'.",
    ),
    "fair of one member": (
        lambda: losses.ensemble_crps(N, N1, fair=True),
        "y_pred",
        "must have at least 2 members along its last axis if `fair` is True, not 1 in shape (5, 1).",
    ),
    "no multiple of 3": (
        lambda: losses.gaussian_mixture_nll(N, NC[:, :2]),
        "y_pred",
        "must have parameters along its last axis: as many of each, [logit, mean, raw scale], not 2 of "
        "them, in shape (5, 2). A last layer of 3 units for each component gives them.",
    ),
    # what is no array of numbers
    "string": (
        lambda: losses.mse(["a"], [1.0]),
        "y_true",
        f"{NOT_NUMBERS} an array of string. {FACTORIZE}",
    ),
    "string prediction": (
        lambda: losses.mse([1.0], np.array(["a"])),
        "y_pred",
        f"{NOT_NUMBERS} an array of string.",
    ),
    "None": (lambda: losses.mse(None, [1.0]), "y_true", f"{NOT_NUMBERS} None."),
    "None prediction": (lambda: losses.mse([1.0], None), "y_pred", f"{NOT_NUMBERS} None."),
    "one missing": (
        lambda: lossbridge.loss_hinge(y_pred=[[1.0]]),
        "y_true",
        "must be given with `y_pred`, or neither of them for an object, not None. Name the arguments of "
        "an object.",
    ),
    "None inside": (
        lambda: losses.mse([None, 1.0], [1.0, 2.0]),
        "y_true",
        f"{NOT_NUMBERS} a list of uneven rows, or of other things.",
    ),
    "ragged list": (
        lambda: losses.mse([[1.0], [1.0, 2.0]], NC[:2, :2]),
        "y_true",
        f"{NOT_NUMBERS} a list of uneven rows, or of other things.",
    ),
    "KerasTensor": (
        lambda: metrics.MeanSquaredError().update_state(keras.Input((1,)), keras.Input((1,))),
        "y_pred",
        f"{NOT_NUMBERS} a KerasTensor. Call the loss in a layer, with add_loss(), or in compile().",
    ),
    "dtype of data": (
        lambda: lossbridge.loss_hinge(NC, NC, dtype="int32"),
        "dtype",
        "must be a float dtype, not 'int32'.",
    ),
    "SparseTensor": (
        lambda: losses.mse(tf.sparse.from_dense([[1.0]]), [[1.0]]),
        "y_true",
        "must be a dense tensor, not a SparseTensor. Convert it with tf.sparse.to_dense().",
    ),
    "objects": (
        lambda: losses.mse(np.array([[object()]]), [[1.0]]),
        "y_true",
        f"{NOT_NUMBERS} object of shape (1, 1).",
    ),
    "complex": (
        lambda: losses.mse(np.array([[1j]]), [[1.0]]),
        "y_true",
        f"{NOT_NUMBERS} an array of complex128.",
    ),
    "dates": (
        lambda: losses.mse(np.array(["2020-01-01"], "datetime64[D]"), [1.0]),
        "y_true",
        f"{NOT_NUMBERS} datetime64[D] of shape (1,).",
    ),
    "longdouble": (
        lambda: losses.mse(np.ones((1, 1), "longdouble"), [[1.0]]),
        "y_true",
        f"{NOT_NUMBERS} {np.dtype('longdouble').name} of shape (1, 1). Convert it to float64: "
        "TensorFlow has no longer floats.",
    ),
    "strings for labels": (
        lambda: losses.sparse_categorical_crossentropy(["a", "b", "a"], THIRDS),
        "y_true",
        f"{NOT_NUMBERS} an array of string. {FACTORIZE}",
    ),
    "dict": (lambda: losses.mse({"a": 1}, [[1.0]]), "y_true", f"{NOT_NUMBERS} a dict."),
    # class labels
    "negative label": (
        lambda: losses.sparse_categorical_crossentropy([0, -1, 1], THIRDS),
        "y_true",
        f"{LABELS} -1.",
    ),
    "label too large": (
        lambda: losses.sparse_categorical_crossentropy([0, 3, 1], THIRDS),
        "y_true",
        f"{LABELS} 3. Labels count from 0; leave out or weight with 0 what has no label.",
    ),
    "fractional label": (
        lambda: losses.sparse_categorical_crossentropy([0, 0.5, 1], THIRDS),
        "y_true",
        f"{LABELS} 0.5.",
    ),
    "NaN label": (
        lambda: losses.sparse_categorical_crossentropy([0, np.nan, 1], THIRDS),
        "y_true",
        f"{LABELS} nan. Labels count from 0; leave out or weight with 0 what has no label.",
    ),
    "label of an object": (
        lambda: losses.SparseCategoricalCrossentropy()([0, -1, 1], THIRDS),
        "y_true",
        f"{LABELS} -1.",
    ),
    "label of a metric": (
        lambda: metrics.SparseCategoricalCrossentropy()([0, -1, 1], THIRDS),
        "y_true",
        f"{LABELS} -1.",
    ),
    "label, generalized": (
        lambda: losses.categorical_generalized_cross_entropy([0, -1, 1], THIRDS),
        "y_true",
        f"{LABELS} -1.",
    ),
    "label, ctc": (
        lambda: losses.ctc([[1, 5]], np.zeros((1, 4, 3), "float32")),
        "y_true",
        f"{LABELS} 5.",
    ),
    "label, circle": (
        lambda: losses.circle([1, 0.5, 0], THIRDS),
        "y_true",
        "must be whole labels, not numbers with fractions.",
    ),
    # weights
    "too few weights": (
        lambda: losses.MeanSquaredError()(NC, NC, [1.0, 2.0]),
        "sample_weight",
        WEIGHT.format("(2,)"),
    ),
    "one weight in a list": (
        lambda: losses.MeanSquaredError()(NC, NC, [1.0]),
        "sample_weight",
        WEIGHT.format("(1,)"),
    ),
    "weights of elements": (
        lambda: losses.MeanSquaredError()(NC, NC, NC),
        "sample_weight",
        WEIGHT.format("(5, 3)"),
    ),
    "weights in a row": (
        lambda: losses.MeanSquaredError()(NC, NC, [[1.0] * 5]),
        "sample_weight",
        WEIGHT.format("(1, 5)"),
    ),
    "weights of a metric": (
        lambda: metrics.MeanSquaredError()(NC, NC, [1.0, 2.0]),
        "sample_weight",
        WEIGHT.format("(2,)"),
    ),
    # arguments
    "delta": (
        lambda: losses.huber(NC, NC, delta=-1),
        "delta",
        "must be a number of at least 0, not -1.",
    ),
    "delta of an object": (
        lambda: losses.Huber(delta="a"),
        "delta",
        "must be a number of at least 0, not 'a'.",
    ),
    "delta NaN": (
        lambda: losses.Huber(delta=float("nan")),
        "delta",
        "must be a number of at least 0, not nan.",
    ),
    "label_smoothing": (
        lambda: losses.bce(NC, NC, label_smoothing=1.5),
        "label_smoothing",
        "must be a number between 0 and 1, not 1.5.",
    ),
    "from_logits": (
        lambda: losses.BinaryCrossentropy(from_logits="yes"),
        "from_logits",
        "must be True or False, not 'yes'.",
    ),
    "axis": (
        lambda: losses.cosine_similarity(NC, NC, axis=2),
        "axis",
        "must be an axis of `y_pred`, which has rank 2, not 2.",
    ),
    "negative axis": (
        lambda: losses.cosine_similarity(NC, NC, axis=-3),
        "axis",
        "must be an axis of `y_pred`, which has rank 2, not -3.",
    ),
    "axis as bool": (
        lambda: losses.categorical_crossentropy(NC, NC, axis=True),
        "axis",
        "must be a whole number, not True.",
    ),
    "axis of an object": (
        lambda: losses.CategoricalCrossentropy(axis=0.5),
        "axis",
        "must be a whole number, not 0.5.",
    ),
    "axis of dice": (
        lambda: losses.dice(NC, NC, axis=3),
        "axis",
        "must be an axis of `y_pred`, which has rank 2, not 3.",
    ),
    "axis twice": (
        lambda: losses.tversky(NC, NC, axis=[1, -1]),
        "axis",
        "must be axes that differ, not [1, -1].",
    ),
    "ignore_class": (
        lambda: losses.SparseCategoricalCrossentropy(ignore_class=0.5),
        "ignore_class",
        "must be a whole number, not 0.5.",
    ),
    "q": (
        lambda: losses.CategoricalGeneralizedCrossEntropy(q=1),
        "q",
        "must be a number strictly between 0 and 1, not 1.",
    ),
    "gamma": (
        lambda: losses.BinaryFocalCrossentropy(gamma=-1),
        "gamma",
        "must be a number of at least 0, not -1.",
    ),
    "alpha": (
        lambda: losses.BinaryFocalCrossentropy(alpha=2),
        "alpha",
        "must be a number between 0 and 1, not 2.",
    ),
    "alphas": (
        lambda: losses.categorical_focal_crossentropy(NC, NC, alpha=[0.1, 0.2]),
        "alpha",
        "must be one weight, or one for each of 3 classes, not 2 weights.",
    ),
    "margin": (
        lambda: losses.Circle(margin=-1),
        "margin",
        "must be a number between 0 and 1, not -1.",
    ),
    "references without data": (
        lambda: lossbridge.loss_circle(ref_labels=[1]),
        "ref_labels",
        "must be left out where there is no data, not given.",
    ),
    # names and configs
    "reduction": (
        lambda: losses.Hinge(reduction="avg"),
        "reduction",
        f"must be one of {REDUCTIONS}, not 'avg'.",
    ),
    "reduction with data": (
        lambda: lossbridge.loss_hinge(NC, NC, reduction=1),
        "reduction",
        f"must be one of {REDUCTIONS}, not 1.",
    ),
    "semantics": (
        lambda: lossbridge.set_semantics("keras4"),
        "name",
        "must be one of 'keras2', 'keras3', 'keras3_live', not 'keras4'.",
    ),
    "semantics in a block": (
        lambda: lossbridge.semantics("keras").__enter__(),
        "name",
        "must be one of 'keras2', 'keras3', 'keras3_live', not 'keras'.",
    ),
    "config without class": (
        lambda: losses.deserialize({"a": 1}),
        "name",
        "must be a name or a dict with `class_name` and `config`, not {'a': 1}.",
    ),
    "config with a bad value": (
        lambda: losses.deserialize({"class_name": "Huber", "config": {"delta": -1}}),
        "delta",
        "must be a number of at least 0, not -1.",
    ),
    "config with an unknown argument": (
        lambda: losses.deserialize({"class_name": "Huber", "config": {"threshold": 1}}),
        "config",
        "must be a config of Huber, not {'threshold': 1}. Huber.__init__() got an unexpected keyword "
        "argument 'threshold': __init__() and get_config() must have the same arguments.",
    ),
    "config missing": (
        lambda: losses.deserialize({"class_name": "Huber", "config": None}),
        "config",
        "must be a dict from get_config(), not None.",
    ),
    "metric of another function": (
        lambda: metrics.LossMetric(len),
        "fn",
        "must be a function or an object of lossbridge.losses, not a builtin_function_or_method.",
    ),
    # to_categorical
    "to_categorical negative": (
        lambda: to_categorical([-1]),
        "y",
        "must be class labels from 0 on, not -1. Labels count from 0.",
    ),
    "to_categorical fraction": (
        lambda: to_categorical([0.5]),
        "y",
        "must be whole numbers, not 0.5.",
    ),
    "to_categorical NaN": (
        lambda: to_categorical(x=[np.nan]),
        "x",
        "must be whole numbers, not an array with missing values (NaN).",
    ),
    "to_categorical too large": (
        lambda: to_categorical([1, 3], 3),
        "y",
        "must be class labels from 0 to 2, not 3. Labels count from 0: subtract 1 from labels that "
        "count from 1.",
    ),
    "to_categorical too large, with a 0": (
        lambda: to_categorical([0, 3], 3),
        "y",
        "must be class labels from 0 to 2, not 3. Raise num_classes.",
    ),
    "to_categorical ragged": (
        lambda: to_categorical([[0], [1, 2]]),
        "y",
        "must be an array of whole numbers, not rows of unequal length.",
    ),
    "to_categorical of nothing": (
        lambda: to_categorical([]),
        "num_classes",
        "must be given where there are no labels, not None.",
    ),
    "to_categorical num_classes": (
        lambda: to_categorical([0], 0),
        "num_classes",
        "must be a whole number of at least 1, not 0.",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_message(case):
    call, argument, message = CALLS[case]
    with pytest.raises(InputError) as info:
        call()
    assert str(info.value) == f"Invalid value for argument `{argument}`: {message}"
    assert info.value.argument == argument
    assert isinstance(info.value, ValueError)


def caught(call, *args):
    """The InputError of a call."""
    with pytest.raises(InputError) as info:
        call(*args)
    return info.value


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy_of])
def test_error_can_be_sent_and_copied(again):
    """As a pool of processes does."""
    with lossbridge.semantics("keras2"):  # which adds to the message
        of_keras2 = caught(losses.Hinge, "avg")
    for error in (of_keras2, caught(losses.mse, NC, N1)):
        copied = again(error)
        assert type(copied) is InputError
        assert (str(copied), vars(copied)) == (str(error), vars(error))


def in_functions(x):
    return tf.function(lambda x: tf.function(losses.mse)(NC, x))(x)


def in_branch(x):
    def run(x):
        if tf.reduce_sum(x) > -1:
            y = losses.MeanSquaredError()(NC, x)
        else:
            y = tf.constant(0.0)
        return y

    return tf.function(run)(x)


def in_dataset(x):
    data = tf.data.Dataset.from_tensors(x)
    return list(data.map(lambda x: losses.mse(NC, x)))


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("autograph", [False, True])
@pytest.mark.parametrize("loss", [losses.mse, losses.MeanSquaredError()])
def test_error_survives_a_function(loss, autograph, jit_compile):
    graph = tf.function(lambda x: loss(NC, x) + 1.0, autograph=autograph, jit_compile=jit_compile)
    assert caught(graph, N1).argument == "y_true"


@pytest.mark.parametrize("run", [in_functions, in_branch, in_dataset])
def test_error_survives_autograph(run):
    assert caught(run, tf.constant(N1)).argument == "y_true"


@pytest.mark.parametrize("library", ["keras", pytest.param("tf_keras", marks=needs_tf_keras)])
def test_error_survives_a_layer(library):
    layers = pytest.importorskip(library).layers

    class Compare(layers.Layer):
        def call(self, x):
            return losses.mse(NC, x)

    assert "Invalid value for argument `y_true`" in str(caught(Compare(), tf.constant(N1)))


@pytest.mark.parametrize("get", [losses.get, metrics.get])
def test_unknown_name_lists_the_names(get):
    meant = r"not 'mse2'\. Did you mean 'mse' or .*'msle'\? "
    with pytest.raises(InputError, match=meant + "Names: .*kullback_leibler_divergence, .*mse"):
        get("mse2")
    with pytest.raises(InputError, match=r"not 'zzz'\. Names: "):
        get("zzz")
    with pytest.raises(InputError, match="`identifier`: must be a name, a config, a function or"):
        get(1)


ONE_VALUE = {
    "array": np.array,
    "NumPy number": np.float64,
    "float16": np.float16,
    "tensor": tf.constant,
    "variable": tf.Variable,
    "variable of Keras": keras.Variable,
}


@pytest.mark.parametrize("kind", ONE_VALUE)
@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [
        ("huber", "delta", 0.25),
        ("tversky", "alpha", 0.25),
        ("binary_focal_crossentropy", "gamma", 1.5),
        ("categorical_focal_crossentropy", "alpha", 0.5),
        ("categorical_focal_crossentropy", "alpha", [0.25, 0.5, 1.0, 2.0]),
        ("categorical_crossentropy", "label_smoothing", 0.25),
        ("sparse_categorical_crossentropy", "ignore_class", 1),
        ("cosine_similarity", "axis", 0),
        ("binary_crossentropy", "from_logits", 1),
    ],
)
def test_arguments_may_be_arrays_tensors_and_variables(name, argument, value, kind):
    if isinstance(value, list) and kind in ("NumPy number", "float16"):
        pytest.skip("these hold one number")
    if kind == "variable of Keras" and isinstance(value, int):
        given = keras.Variable(value, dtype="int32")
    else:
        given = ONE_VALUE[kind](value)
    y_true, y_pred = inputs(name, (3, 4))
    expected = function(name)(y_true, y_pred, **{argument: value})
    for _ in range(3):
        np.testing.assert_array_equal(function(name)(y_true, y_pred, **{argument: given}), expected)
    loss = loss_object(name, reduction="none", **{argument: given})
    np.testing.assert_array_equal(loss(y_true, y_pred), expected)
    np.testing.assert_array_equal(tf.function(loss)(y_true, y_pred).shape, expected.shape)
    assert json.loads(json.dumps(loss.get_config()))[argument] == value


def test_a_variable_is_read_at_each_call():
    delta, zeros, ones = (
        keras.Variable(0.5),
        np.zeros((40, 3), "float32"),
        np.ones((40, 3), "float32"),
    )
    for _ in range(70):  # a loss called so often is compiled
        losses.huber(zeros, ones, delta=delta)
    delta.assign(0.25)
    np.testing.assert_array_equal(losses.huber(zeros, ones, delta=delta), np.full(40, 0.21875))


@pytest.mark.parametrize("given", [tf.constant, tf.Variable])
def test_a_number_that_a_graph_does_not_know_is_refused(given):
    variable = given(0.5)
    graph = tf.function(
        lambda d: losses.huber(NC, NC, delta=d if given is tf.constant else variable)
    )
    with pytest.raises(InputError, match="`delta`: must be known when a tf.function is traced"):
        graph(tf.constant(0.5))


def test_numbers_beyond_floats_are_refused():
    for value in (10**400, fractions.Fraction(10**400)):
        with pytest.raises(InputError, match="`delta`: must be a number of at least 0, not"):
            losses.huber(NC, NC, delta=value)


def test_objects_that_are_numbers_are_numbers():
    objects = np.array([[1, 2.5]], dtype=object)
    np.testing.assert_array_equal(losses.mse(objects, objects + 2), [4.0])
    np.testing.assert_array_equal(losses.MeanSquaredError()(objects, [[1.0, 2.5]]), 0.0)
    assert caught(losses.mse, np.array([["1"]], dtype=object), [[1.0]]).argument == "y_true"


FEW_BITS = ["float8_e5m2", "float8_e4m3fn", "float4_e2m1fn", "int4", "uint4", "int2"]


def takes_dtype():
    """Everything with an argument `dtype`."""
    data = (NC, NC)
    for name in NAMES:
        yield lambda dtype, name=name: loss_object(name, dtype=dtype)
        if name not in OF_BATCH:
            yield lambda dtype, name=name: metrics.LossMetric(function(name), dtype=dtype)
    yield lambda dtype: metrics.CosineSimilarity(dtype=dtype)
    yield lambda dtype: lossbridge.loss_hinge(*data, dtype=dtype)
    yield lambda dtype: lossbridge.loss_hinge(dtype=dtype)


@pytest.mark.parametrize("dtype", [*FEW_BITS, "int32", "complex64", "bool", np.longdouble])
def test_what_is_no_float_dtype_to_compute_in_is_refused(dtype):
    for call in takes_dtype():
        with pytest.raises(InputError, match="`dtype`: must be a float dtype, not") as info:
            call(dtype)
        is_other_float = dtype is np.longdouble or dtype.startswith("float")
        assert is_other_float == ("float32 or float64" in info.value.hint)
    if dtype in FEW_BITS or dtype is np.longdouble:
        assert caught(to_categorical, [0, 1], 2, dtype).argument == "dtype"


@pytest.mark.parametrize("dtype", FEW_BITS)
def test_arrays_of_few_bits_are_refused_and_the_hint_works(dtype):
    for name in NAMES:
        y_true, y_pred = inputs(name)
        few = tf.as_dtype(dtype).as_numpy_dtype
        weight = np.ones(len(y_pred), "float32")
        metric = [] if name in OF_BATCH else [metrics.LossMetric(function(name))]
        for form in (function(name), loss_object(name), *metric):
            for x in (y_true.astype(few), tf.constant(y_true.astype(few))):
                error = caught(form, x, y_pred)
                assert error.argument == "y_true"
                assert "NumPy's astype()" in error.hint
            assert caught(form, y_true, y_pred.astype(few)).argument == "y_pred"
        for form in (loss_object(name), *metric):
            error = caught(form, y_true, y_pred, weight.astype(few))
            assert error.argument == "sample_weight"
            form(y_true, y_pred, weight.astype(few).astype(re.search("to (\\w+),", error.hint)[1]))
    labels = np.array([0, 1, 1]).astype(few)
    for x in (labels, tf.constant(labels)):
        error = caught(to_categorical, x)
        assert error.argument == "y"
        assert "NumPy's astype()" in error.hint
    assert to_categorical(labels.astype("int32")).shape == (3, 2)


@pytest.mark.parametrize("dtype", [*FEW_BITS, "string"])
def test_other_dtypes_are_refused_in_a_graph(dtype):
    array = tf.TensorSpec((3, 4), dtype)
    for call in (
        lambda x: to_categorical(x, 3),
        lambda x: losses.mse(x, tf.zeros((3, 4))),
        lambda x: losses.MeanSquaredError()(tf.zeros((3, 4)), x),
    ):
        error = caught(tf.function(call).get_concrete_function, array)
        assert error.argument in ("y", "y_true", "y_pred")
        assert error.received.endswith(dtype)


def test_labels_of_half_precision_are_labels():
    for dtype in ("float16", "bfloat16"):
        one_hot = to_categorical(tf.constant([0, 2], dtype))
        np.testing.assert_array_equal(one_hot, [[1, 0, 0], [0, 0, 1]])


def warned_here(call):
    """Whether a call warns, and only of lines of this file; a graph that is traced twice warns twice."""
    with warnings.catch_warnings(record=True) as caught_:
        warnings.simplefilter("always")
        call()
    places = {w.filename for w in caught_ if issubclass(w.category, (SyntaxWarning, UserWarning))}
    return places == {__file__}


@pytest.mark.parametrize("name", ["categorical_crossentropy", "categorical_focal_crossentropy"])
def test_a_warning_points_at_the_line_of_the_user(name):
    def compiled():
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        model.compile(loss=loss_object(name))
        model.fit(N1, N1, verbose=0)

    def activated():
        output = keras.activations.softmax(tf.constant(NC))
        function(name)(NC, output, from_logits=True)

    own = losses.LossFunctionWrapper(lambda t, p: function(name)(t, p))
    for call in (
        lambda: function(name)(N1, N1),
        lambda: function(name)(N1, N1, axis=-1),
        lambda: loss_object(name)(N1, N1),
        lambda: getattr(lossbridge, f"loss_{name}")(N1, N1),
        lambda: metrics.LossMetric(function(name))(N1, N1),
        lambda: own(N1, N1),
        lambda: tf.function(function(name))(tf.constant(N1), tf.constant(N1)),
        lambda: tf.function(lambda t, p: loss_object(name)(t, p))(tf.constant(N1), tf.constant(N1)),
        compiled,
    ):
        assert warned_here(call)
    # in public Keras does not tell the logits of an eager tensor
    if name == "categorical_crossentropy" and not PUBLIC_ONLY:
        assert warned_here(activated)


class NoArguments(losses.Loss):
    def __init__(self):
        super().__init__(name="no_arguments")

    def call(self, y_true, y_pred):
        return y_pred


class NoMetricArguments(metrics.LossMetric):
    def __init__(self):
        super().__init__(losses.mse)


@pytest.mark.parametrize("cls", [NoArguments, NoMetricArguments])
def test_the_unexpected_keyword_of_a_subclass_is_told(cls):
    config = cls().get_config()
    error = caught(cls.from_config, config)
    assert error.argument == "config"
    assert f"__init__() got an unexpected keyword argument '{next(iter(config))}'" in str(error)


def test_unknown_arguments_are_refused():
    for call in (losses.Huber, lossbridge.loss_huber, metrics.Hinge):
        with pytest.raises(TypeError, match="unexpected keyword argument 'dalta'"):
            call(dalta=1)


# -- (N,) against (N, 1) ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in NAMES if registry.LOSSES[n].family == "regression"])
def test_regression_functions_align_ranks(name):
    y_true, y_pred = inputs(name, (5, 1))
    aligned = function(name)(y_true, y_pred)
    assert aligned.shape == (5,)
    np.testing.assert_array_equal(function(name)(y_true[:, 0], y_pred), aligned)
    np.testing.assert_array_equal(function(name)(y_true, y_pred[:, 0]), aligned)


@pytest.mark.parametrize("name", ["hinge", "kl_divergence", "poisson", "binary_crossentropy"])
def test_other_functions_refuse_to_broadcast(name):
    for t, p, received, expected in ((N, N1, "(5,)", "(5, 1)"), (N1, N, "(5, 1)", "(5,)")):
        with pytest.raises(InputError) as info:
            function(name)(t, p)
        assert str(info.value).endswith(shapes(expected, received, PAIRS))


DENSE = [n for n in NAMES if registry.LOSSES[n].same_shape]


@pytest.mark.parametrize("name", DENSE)
def test_objects_align_ranks_and_nothing_broadcasts(name):
    y_true, y_pred = inputs(name, (5, 1))
    loss = loss_object(name)
    if y_true.shape[-1] == 1:
        np.testing.assert_array_equal(loss(y_true[:, 0], y_pred), loss(y_true, y_pred))
    for call in (function(name), loss):
        wrong = inputs(name, (5, 3))[1]
        message = f"{wrong.shape}, not (5, 1)"
        with pytest.raises(InputError, match=re.escape(message)):
            call(N1, wrong)


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("rank", ["known", "unknown"])
def test_shapes_that_only_the_running_graph_knows(name, rank):
    spec = tf.TensorSpec([None, None] if rank == "known" else None)

    @tf.function(input_signature=[spec, spec])
    def graph(y_true, y_pred):
        return function(name)(y_true, y_pred)

    wide = inputs(name, (5, 3))[1]
    for t, p in ((N1, wide), (wide, wide[:4])):
        with pytest.raises(
            tf.errors.InvalidArgumentError, match="`y_true` must have the same shape"
        ):
            graph(t, p)


@pytest.mark.parametrize("rank", ["known", "unknown"])
def test_boxes_that_only_the_running_graph_knows(rank):
    spec = tf.TensorSpec([None, None] if rank == "known" else None)
    graph = tf.function(losses.giou, input_signature=[spec, spec])
    with pytest.raises(tf.errors.InvalidArgumentError, match="`y_pred` must be boxes of 4 numbers"):
        graph(NC, NC)


HEADS = [n for n in NAMES if registry.LOSSES[n].heads is not None]


@pytest.mark.parametrize("name", HEADS)
def test_numbers_of_predicted_distributions_may_be_a_column(name):
    y_true, y_pred = inputs(name)
    column = np.expand_dims(y_true, -1)
    for call in (function(name), loss_object(name), metrics.LossMetric(function(name))):
        np.testing.assert_array_equal(call(column, y_pred), call(y_true, y_pred))


@pytest.mark.parametrize("name", HEADS)
def test_sizes_of_distributions_that_only_the_running_graph_knows(name):
    y_true, y_pred = inputs(name, (5, 4))
    for shape in ([None, None], None):
        graph = tf.function(
            function(name), input_signature=[tf.TensorSpec([None]), tf.TensorSpec(shape)]
        )
        np.testing.assert_allclose(
            graph(y_true, y_pred), function(name)(y_true, y_pred), rtol=1e-5, atol=1e-6
        )
        with pytest.raises((tf.errors.InvalidArgumentError, InputError)):
            graph(y_true[:3], y_pred)
        if not registry.LOSSES[name].heads.several:
            with pytest.raises((tf.errors.InvalidArgumentError, InputError)):
                graph(y_true, np.concatenate([y_pred, y_pred], -1))


# -- labels in graphs -------------------------------------------------------------------------------

BAD_LABELS = [[0, -1, 1], [0, 3, 1], [0.0, 0.5, 1.0], [0.0, np.nan, 1.0]]
SPARSE = [n for n in NAMES if registry.LOSSES[n].truth == "label" and n not in EMBEDDINGS]


@pytest.mark.parametrize("name", SPARSE)
@pytest.mark.parametrize("labels", BAD_LABELS, ids=str)
def test_bad_labels_in_a_graph(name, labels):
    graph = tf.function(function(name))
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be whole class labels from 0"):
        graph(tf.constant(labels), tf.constant(THIRDS))


@pytest.mark.parametrize("name", SPARSE)
def test_bad_labels_under_xla_are_nan(name):
    graph = tf.function(function(name), jit_compile=True)
    for labels in BAD_LABELS:
        values = graph(tf.constant(labels), tf.constant(THIRDS)).numpy()
        assert np.isnan(values).tolist() == [False, True, False]


@pytest.mark.parametrize("name", SPARSE)
@pytest.mark.parametrize("label", [np.iinfo("int64").max, np.iinfo("int64").min])
def test_labels_at_the_ends_of_int64(name, label):
    with pytest.raises(InputError, match="whole class labels from 0 to 2"):
        function(name)(np.array([0, label, 1]), THIRDS)


# -- inputs are never written to ----------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_never_written_to(name):
    arrays = inputs(name)
    weight = np.array([0.5, 0.0] + [1.0] * (len(arrays[0]) - 2), "float32")
    weight = weight if name not in ("dice", "tversky") else np.array(2.0, "float32")
    copies = [array.copy() for array in (*arrays, weight)]
    for array in (*arrays, weight):
        array.setflags(write=False)
    function(name)(*arrays)
    loss_object(name)(*arrays, weight)
    if name not in OF_BATCH:  # of which a metric has no mean
        metrics.LossMetric(function(name)).update_state(*arrays, weight)
    for array, copy in zip((*arrays, weight), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_to_categorical_does_not_write():
    labels = np.array([[0], [2]])
    labels.setflags(write=False)
    to_categorical(labels)
    assert labels.tolist() == [[0], [2]]


@pytest.mark.parametrize("name", NOT_NEGATIVE)
def test_numbers_below_0_are_refused_but_where_they_are_left_out(name):
    y_true, y_pred = inputs(name, (5, 4))
    y_true[1] = -2.0
    with pytest.raises(InputError, match="`y_true`: must be numbers of at least 0, not -2"):
        function(name)(y_true, y_pred)
    graph = tf.function(function(name))
    with pytest.raises(tf.errors.InvalidArgumentError, match="y_true"):
        graph(tf.constant(y_true), tf.constant(y_pred))
    weight = np.array([1, 0, 1, 1, 1], "float32")
    loss = loss_object(name, reduction="sum")
    rest = loss(np.delete(y_true, 1, 0), np.delete(y_pred, 1, 0))
    np.testing.assert_allclose(loss(y_true, y_pred, weight), rest, rtol=1e-5)


def test_the_squared_error_as_a_deviance_is_of_any_number():
    assert losses.tweedie_deviance([[-1.0]], [[1.0]], power=0.0) == 4.0
