"""Where lossbridge differs from Keras on purpose, because Keras is wrong: one table, with reasons.

A report runs the example of each on the installed Keras, and a difference that a comparison finds is
called a deviation only where one of these explains it, for the version of Keras that is there. What that
version has mended is reported so.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable, Collection
from typing import Any, Literal

import numpy as np

from lossbridge import generations
from lossbridge._backend import keras, tf
from lossbridge.keras_protocol import with_mask
from lossbridge.parity.references import Lossbridge, Reference


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """A comparison out of tolerance: what a deviation has to explain."""

    generation: str
    loss: str
    arguments: dict[str, Any]
    dtype: str
    version: str | None = None
    """The version of Keras that was compared with; None if that is not known."""
    quantity: str = "value"
    ours: Any = None
    """As NumPy arrays of float64; None if the reference raised an error."""
    theirs: Any = None
    difference: float = np.inf
    terms: int = 1
    """How many values were added up, by the reduction "sum"."""
    agrees: Callable[..., bool] = lambda **other: False
    """Whether the reference agrees when it is called with another `dtype` or other `arguments`."""

    def apart_by(self, each: float) -> bool:
        """Whether the values are apart by no more than `each` for every value added up."""
        if self.theirs is None or self.quantity != "value" or self.ours.shape != self.theirs.shape:
            return False
        # Weights are at most 2.
        return float(np.abs(self.ours - self.theirs).max(initial=0.0)) <= 2 * each * self.terms


@dataclasses.dataclass(frozen=True, eq=False)
class Deviation:
    """One thing that lossbridge does otherwise."""

    name: str
    title: str
    """A heading for it."""
    generations: tuple[generations.Name, ...]
    """Whose bug it is."""
    losses: tuple[str, ...]
    """The losses it is seen in; empty for all."""
    keras: str
    """What Keras does."""
    lossbridge: str
    """What lossbridge does instead, and why."""
    example: str
    """Python that shows it: of `losses`, `metrics`, `utils`, `activations`, `tf`, `masked(array, mask)`,
    and `gradient(function, array)`, the derivative of the sum of what the function gives."""
    right: float | list[Any] | Literal["InputError"]
    """What the example should give, as lossbridge does; "InputError" for an error that says why."""
    explains: Callable[[Mismatch], bool] = lambda mismatch: False
    """Whether a comparison out of tolerance is out of it for this reason alone."""
    since: str | None = None
    """The first Keras 3 that does so; None for all from the first that lossbridge takes."""
    until: str | None = None
    """The first Keras 3 that does so no more; None while there is none."""

    @property
    def where(self) -> str:
        """The versions of Keras that do so, in words: "Keras 3 before 3.16"."""
        names = [f"Keras {generation[-1]}" for generation in self.generations]
        names[-1] += f" from {self.since}" if self.since else ""
        names[-1] += f" before {self.until}" if self.until else ""
        return " and ".join(names)

    def is_in(self, generation: str, version: str | None) -> bool:
        """Whether a version of a Keras does so, as far as is known of it."""
        if generation not in self.generations:
            return False
        if generation == "keras2" or version is None:
            return True
        early = self.since is not None and generations.is_before(version, self.since)
        return not early and (self.until is None or generations.is_before(version, self.until))


BOTH: tuple[generations.Name, ...] = ("keras2", "keras3")
_HALF = ("float16", "bfloat16")


def _not_finite(m: Mismatch) -> bool:
    return m.theirs is not None and bool(np.isfinite(m.ours).all() > np.isfinite(m.theirs).all())


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        name="half-precision",
        title="Half precisions",
        generations=BOTH,
        losses=(),
        keras="Every step is computed in the dtype of the inputs. In float16 and bfloat16 sums "
        "round, 1e-7 and 1 - 1e-7 become 0 and 1, and logarithms infinite or NaN.",
        lossbridge="Computes half precisions in float32 and rounds the result once.",
        example='losses.kl_divergence(tf.constant([[1, 0]], "float16"), '
        'tf.constant([[0, 1]], "float16"))',
        right=[16.125],
        explains=lambda m: m.dtype in _HALF and m.agrees(dtype="float32"),
    ),
    Deviation(
        name="bce-half",
        title="Binary cross-entropy in half precision",
        generations=("keras3",),
        losses=("binary_crossentropy", "binary_focal_crossentropy"),
        keras="NaN for a certain and right prediction in float16 and bfloat16: 1 - 1e-7 is 1 there.",
        lossbridge="Clips in float32.",
        example='losses.binary_crossentropy(tf.ones([1, 1], "float16"), tf.ones([1, 1], "float16"))',
        right=[1.1920929e-07],
    ),
    Deviation(
        name="cosine-half",
        title="A vector of zeros in float16",
        generations=BOTH,
        losses=("cosine_similarity",),
        keras="NaN for a vector of zeros in float16.",
        lossbridge="0, as in float32.",
        example='losses.cosine_similarity(tf.zeros([1, 2], "float16"), tf.ones([1, 2], "float16"))',
        right=[0.0],
    ),
    Deviation(
        name="labels-half",
        title="Labels beyond 256 in bfloat16",
        generations=("keras3",),
        losses=("sparse_categorical_crossentropy",),
        keras="An object casts integer labels to its dtype: in bfloat16, 257 becomes 256.",
        lossbridge="Never casts labels.",
        example='losses.SparseCategoricalCrossentropy(dtype="bfloat16")'
        "(tf.constant([257]), tf.one_hot([257], 300))",
        right=2.99e-05,
    ),
    Deviation(
        name="integers",
        title="Integers",
        generations=("keras2",),
        losses=(),
        keras="Computes with integers where both inputs are: a mean of them loses its fraction.",
        lossbridge="Casts predictions to a float dtype first.",
        example="losses.MeanSquaredError()(tf.constant([[1, 2]]), tf.constant([[0, 0]]))",
        right=2.5,
    ),
    Deviation(
        name="log-2",
        title="log 2 in log_cosh",
        generations=BOTH,
        losses=("log_cosh",),
        keras="log 2 is rounded to float32, in float64 too: every value is 1.9e-9 off.",
        lossbridge="Right to the last digits.",
        example='losses.log_cosh(tf.zeros([1, 1], "float64"), tf.zeros([1, 1], "float64"))',
        right=[0.0],
        explains=lambda m: m.dtype == "float64" and m.apart_by(2e-9),
    ),
    Deviation(
        name="log-cosh-small",
        title="log_cosh of small errors",
        generations=BOTH,
        losses=("log_cosh",),
        keras="Small errors cancel: 0 at an error of 1e-4 in float32.",
        lossbridge="Computes with log1p, which keeps the digits.",
        example="losses.log_cosh(tf.constant([[0.0]]), tf.constant([[1e-4]]))",
        right=[5e-09],
        explains=lambda m: m.dtype == "float32" and m.apart_by(2e-7),
    ),
    Deviation(
        name="log-cosh-large",
        title="log_cosh of large errors",
        generations=BOTH,
        losses=("log_cosh",),
        keras="Infinite for large negative errors, whose double overflows.",
        lossbridge="Finite up to the largest float.",
        example="losses.log_cosh(tf.constant([[2e38]]), tf.constant([[0.0]]))",
        right=[2e38],
        explains=_not_finite,
    ),
    Deviation(
        name="alpha-digits",
        title="Digits of alpha in categorical focal cross-entropy",
        generations=("keras3",),
        losses=("categorical_focal_crossentropy",),
        keras="A list of `alpha` is rounded to float32, in float64 too.",
        lossbridge="Keeps the digits.",
        example='losses.categorical_focal_crossentropy(tf.constant([[1.0, 0.0]], "float64"), '
        'tf.constant([[0.5, 0.5]], "float64"), alpha=[0.1, 0.9], gamma=0.0) '
        '+ 0.1 * tf.math.log(tf.constant([0.5], "float64"))',
        right=[0.0],
        explains=lambda m: (
            m.dtype == "float64"
            and np.ndim(m.arguments.get("alpha", 0)) > 0
            and m.difference < 1e-7
        ),
    ),
    Deviation(
        name="huber-floatx",
        title="Huber in float64",
        generations=("keras2",),
        losses=("huber",),
        keras="Casts the inputs to floatx, so that float64 is computed in float32.",
        lossbridge="Computes in the dtype of `y_pred`.",
        example='losses.huber(tf.constant([[1e8]], "float64"), tf.constant([[1e8 + 1]], "float64"))',
        right=[0.5],
        explains=lambda m: m.dtype == "float64" and m.difference < 1e-6,
    ),
    Deviation(
        name="ctc-digits",
        title="Digits of CTC",
        generations=("keras3",),
        losses=("ctc",),
        keras="Computes in float32, also for float64, and loses the digits of a probable sequence.",
        lossbridge="Computes in float64.",
        example='losses.ctc(tf.constant([[1]]), tf.constant([[[0, 16, 0]]], "float64"))',
        right=[2.25070329e-07],
        explains=lambda m: m.dtype == "float64" and m.difference < 1e-5,
    ),
    Deviation(
        name="ctc-impossible",
        title="Labels for which CTC has too few steps",
        generations=("keras3",),
        losses=("ctc",),
        keras="A value of about 708, and a gradient that leads nowhere.",
        lossbridge="Infinite, with gradient 0: no alignment has these labels.",
        example="losses.ctc(tf.constant([[1, 1]]), tf.zeros([1, 2, 2]))",
        right=[float("inf")],
        explains=lambda m: m.quantity == "value" and bool(np.isposinf(m.ours).any()),
    ),
    Deviation(
        name="logits-of-another-activation",
        title="Predictions of another activation",
        generations=BOTH,
        losses=(
            "binary_crossentropy",
            "binary_focal_crossentropy",
            "categorical_crossentropy",
            "sparse_categorical_crossentropy",
        ),
        keras="A cross-entropy takes the logits that sigmoid and softmax leave on their output, whichever "
        "of them made it: the binary one of a softmax, or the categorical one of a sigmoid, is not "
        "that of the same numbers in an array.",
        lossbridge="Takes logits only of its own activation along the last axis, and else the predictions.",
        example="losses.binary_crossentropy(tf.constant([[0.0, 1.0, 0.0]]), "
        "activations.softmax(tf.constant([[1.0, 2.0, 3.0]])))",
        right=[0.86544854],
    ),
    Deviation(
        name="zero-row",
        title="Probabilities that are all 0",
        generations=BOTH,
        losses=("categorical_crossentropy", "categorical_focal_crossentropy"),
        keras="NaN where all probabilities of a row are 0, which are divided by their sum.",
        lossbridge="Finite: the classes count as equally improbable.",
        example="losses.categorical_crossentropy(tf.constant([[0.0, 1.0]]), tf.zeros([1, 2]))",
        right=[16.118095],
        explains=_not_finite,
    ),
    Deviation(
        name="logits-gradient",
        title="The gradient by logits where labels do not add up to 1",
        generations=BOTH,
        losses=("categorical_crossentropy",),
        keras="The gradient by logits is softmax(z) - t, which is that of the loss only where the labels "
        "t of a row add up to 1.",
        lossbridge="The derivative of the value: sum(t) softmax(z) - t.",
        example="gradient(lambda z: losses.categorical_crossentropy(tf.constant([[1.0, 1.0]]), z, "
        "from_logits=True), [[0.0, 0.0]])",
        right=[[0.0, 0.0]],
    ),
    Deviation(
        name="ignored-metric",
        title="The mean of the metric with ignored labels",
        generations=("keras3",),
        losses=("sparse_categorical_crossentropy",),
        keras="`metrics.SparseCategoricalCrossentropy(ignore_class=...)` counts ignored labels as "
        "values of 0.",
        lossbridge="Leaves them out of the mean, as the loss object does.",
        example="metrics.SparseCategoricalCrossentropy(ignore_class=0)"
        "(tf.constant([0, 1]), tf.fill([2, 2], 0.5))",
        right=0.6931472,
    ),
    Deviation(
        name="tversky-swapped",
        title="Tversky's alpha and beta",
        generations=("keras3",),
        losses=("tversky",),
        keras="`alpha` weighs the false negatives and `beta` the false positives: the reverse of "
        "its documentation and of the paper.",
        lossbridge="`alpha` weighs the false positives. `losses.deserialize` swaps the two in a config "
        "that this Keras saved: the one given as `keras_version`, or else the one that is installed, "
        "with a warning. What `from_config` takes does not say who wrote it, and is read as written.",
        example="losses.tversky(tf.constant([[1.0, 0.0]]), tf.constant([[0.9, 0.6]]), "
        "alpha=0.2, beta=0.8)",
        right=0.18181819,
        explains=lambda m: m.agrees(
            arguments={
                **m.arguments,
                "alpha": m.arguments.get("beta", 0.5),
                "beta": m.arguments.get("alpha", 0.5),
            }
        ),
        until=generations.TVERSKY_MENDED,
    ),
    Deviation(
        name="smoothing-axis",
        title="Smooth labels along another axis",
        generations=("keras3",),
        losses=("categorical_crossentropy", "categorical_focal_crossentropy"),
        keras="`label_smoothing` divides by the size of the last axis, whatever `axis` the classes are on.",
        lossbridge="Divides by the number of classes.",
        example="losses.categorical_crossentropy(tf.constant([[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]]), "
        "tf.fill([1, 2, 3], 0.5), label_smoothing=0.5, axis=1)",
        right=[[0.6931472, 0.6931472, 0.6931472]],
        explains=lambda m: (
            m.arguments.get("label_smoothing", 0) != 0 and m.arguments.get("axis", -1) != -1
        ),
        until="3.16",
    ),
    Deviation(
        name="sparse-axis",
        title="The axis of sparse cross-entropy",
        generations=("keras3",),
        losses=("sparse_categorical_crossentropy",),
        keras="On TensorFlow, an error for any axis but the last.",
        lossbridge="Takes any axis.",
        example="losses.sparse_categorical_crossentropy(tf.constant([[0, 1, 0]]), "
        "tf.constant([[[0.5, 0.2, 0.3], [0.5, 0.8, 0.7]]]), axis=1)",
        right=[[0.6931472, 0.22314355, 1.2039728]],
        explains=lambda m: m.arguments.get("axis", -1) != -1,
    ),
    Deviation(
        name="generalized-q",
        title="The default of q",
        generations=("keras3",),
        losses=("categorical_generalized_cross_entropy",),
        keras="The function has no default of `q`, so that its name cannot be used in compile().",
        lossbridge="`q` is 0.5, as in the class.",
        example="losses.categorical_generalized_cross_entropy(tf.constant([0]), "
        "tf.constant([[0.5, 0.5]]))",
        right=[0.5857864],
        since="3.10",
    ),
    Deviation(
        name="generalized-negative",
        title="Generalized cross-entropy of a negative prediction",
        generations=("keras3",),
        losses=("categorical_generalized_cross_entropy",),
        keras="NaN where the prediction of the true class is negative.",
        lossbridge="The value of a prediction of 0.",
        example="losses.categorical_generalized_cross_entropy(tf.constant([0]), "
        "tf.constant([[-0.5, 1.5]]), q=0.5)",
        right=[2.0],
        explains=_not_finite,
        since="3.10",
    ),
    Deviation(
        name="weighted-number",
        title="The weighted mean of a single number",
        generations=("keras3",),
        losses=("dice", "tversky"),
        keras='Under reduction "mean_with_sample_weight" a loss of one number for the batch is multiplied '
        "by its weight, and not divided by it.",
        lossbridge="Divides by the sum of the weights, as for any number of values.",
        example='losses.Dice(reduction="mean_with_sample_weight")'
        "(tf.constant([[1.0, 0.0]]), tf.constant([[0.5, 0.5]]), tf.constant(2.0))",
        right=0.5,
    ),
    Deviation(
        name="masked-rmse",
        title="The mask in the metric RootMeanSquaredError",
        generations=BOTH,
        losses=("mean_squared_error",),
        keras="`metrics.RootMeanSquaredError` does not look at the mask of the predictions, as the other "
        "metrics do.",
        lossbridge="Leaves masked entries out.",
        example="metrics.RootMeanSquaredError()(tf.ones([2, 1]), "
        "masked([[2.0], [5.0]], [True, False]))",
        right=1.0,
    ),
    Deviation(
        name="pairs",
        title="A vector against a column",
        generations=BOTH,
        losses=("hinge", "squared_hinge", "kl_divergence", "poisson"),
        keras="N labels against N predictions in a column are broadcast to N x N pairs.",
        lossbridge="An error: the functions compare like with like.",
        example="losses.hinge(tf.constant([1.0, -1.0]), tf.constant([[0.1], [0.2]]))",
        right="InputError",
    ),
    Deviation(
        name="broadcast",
        title="One column against several",
        generations=BOTH,
        losses=("mean_squared_error", "mean_absolute_error", "huber", "log_cosh"),
        keras="One column of labels is broadcast against several of predictions.",
        lossbridge="An error, since forgotten one-hot labels look like this.",
        example="losses.mean_squared_error(tf.constant([[1.0], [2.0]]), tf.ones([2, 3]))",
        right="InputError",
    ),
    Deviation(
        name="all-masked",
        title="A batch that is masked as a whole",
        generations=("keras2",),
        losses=(),
        keras="NaN for a batch of which everything is masked.",
        lossbridge="0, with gradient 0.",
        example="losses.MeanSquaredError()(tf.ones([2, 1]), "
        "masked([[5.0], [6.0]], [False, False]))",
        right=0.0,
    ),
    Deviation(
        name="all-ignored",
        title="A batch of ignored labels",
        generations=("keras2",),
        losses=("sparse_categorical_crossentropy",),
        keras="NaN where every label is `ignore_class`.",
        lossbridge="0, with gradient 0.",
        example="losses.SparseCategoricalCrossentropy(ignore_class=0)"
        "(tf.constant([0, 0]), tf.fill([2, 2], 0.5))",
        right=0.0,
        explains=lambda m: "ignore_class" in m.arguments and _not_finite(m),
    ),
    Deviation(
        name="masked-nan",
        title="NaN behind a mask",
        generations=BOTH,
        losses=(),
        keras="A NaN in a masked entry makes the loss NaN.",
        lossbridge="A loss object does not look at masked entries. A function in compile() cannot know "
        "of the mask, which Keras applies to its values.",
        example="losses.MeanSquaredError()(tf.ones([2, 1]), "
        'masked([[float("nan")], [4.0]], [False, True]))',
        right=9.0,
    ),
    Deviation(
        name="weighted-nan",
        title="NaN of weight 0",
        generations=BOTH,
        losses=(),
        keras="A NaN in an entry of weight 0 makes the loss NaN.",
        lossbridge="A loss object does not look at entries of weight 0. A function in compile() cannot "
        "know of the weights, which Keras applies to its values.",
        example="losses.MeanSquaredError()(tf.ones([2, 1]), "
        'tf.constant([[float("nan")], [4.0]]), tf.constant([0.0, 1.0]))',
        right=4.5,
    ),
    Deviation(
        name="huber-saved",
        title="A saved Huber",
        generations=("keras3",),
        losses=("huber",),
        keras="The config of an object lacks `delta`: a saved model computes another loss.",
        lossbridge="Configs hold every argument.",
        example="losses.Huber.from_config(losses.Huber(delta=2.0).get_config())"
        "(tf.constant([[0.0]]), tf.constant([[4.0]]))",
        right=6.0,
        until="3.16",
    ),
    Deviation(
        name="cosine-saved",
        title="A saved CosineSimilarity",
        generations=("keras3",),
        losses=("cosine_similarity",),
        keras="The config of an object lacks `axis`: a saved model computes another loss.",
        lossbridge="Configs hold every argument.",
        example="losses.CosineSimilarity.from_config(losses.CosineSimilarity(axis=0).get_config())"
        "(tf.constant([[1.0, 2.0], [1.0, 3.0]]), tf.constant([[1.0, 2.0], [5.0, 1.0]]))",
        right=-0.85014677,
        until="3.16",
    ),
    Deviation(
        name="sparse-saved",
        title="A saved SparseCategoricalCrossentropy",
        generations=("keras3",),
        losses=("sparse_categorical_crossentropy",),
        keras="The config of an object lacks `axis`: a saved model computes another loss.",
        lossbridge="Configs hold every argument.",
        example='losses.SparseCategoricalCrossentropy(axis=1).get_config()["axis"]',
        right=1.0,
        since="3.10",
        until="3.16",
    ),
    Deviation(
        name="negative-labels",
        title="Negative labels",
        generations=BOTH,
        losses=("to_categorical",),
        keras="`to_categorical()` counts a label of -1 from the end: it becomes the last class.",
        lossbridge="An error.",
        example="utils.to_categorical([0, 1, -1], num_classes=3)",
        right="InputError",
    ),
    Deviation(
        name="fractional-labels",
        title="Labels with a fraction",
        generations=BOTH,
        losses=("to_categorical",),
        keras="`to_categorical()` cuts 0.9 down to class 0.",
        lossbridge="An error.",
        example="utils.to_categorical([0.9, 1.0])",
        right="InputError",
    ),
)


def explain(mismatch: Mismatch) -> Deviation | None:
    """The deviation that a comparison out of tolerance is, or None for one that nothing explains."""
    for deviation in DEVIATIONS:
        concerned = not deviation.losses or mismatch.loss in deviation.losses
        there = deviation.is_in(mismatch.generation, mismatch.version)
        if concerned and there and deviation.explains(mismatch):
            return deviation
    return None


@dataclasses.dataclass(frozen=True)
class Shown:
    """A deviation as it is seen on an installed reference."""

    deviation: Deviation
    reference: str
    ours: str
    """What the example gives in lossbridge, as text."""
    theirs: str
    status: Literal["deviation", "mended", "fail"]
    """Whether the reference still deviates; "fail" if lossbridge itself gives something wrong."""

    def as_dict(self) -> dict[str, Any]:
        """As one line of a report."""
        d = self.deviation
        return {
            "name": d.name,
            "reference": self.reference,
            "losses": list(d.losses),
            "where": d.where,
            "since": d.since,
            "until": d.until,
            "keras": d.keras,
            "lossbridge": d.lossbridge,
            "example": d.example,
            "right": d.right,
            "lossbridge_gives": self.ours,
            "reference_gives": self.theirs,
            "status": self.status,
        }


def show(reference: Reference, losses: Collection[str] | None = None) -> list[Shown]:
    """The deviations from a reference, each example run on it and on lossbridge.

    Args:
        reference: The reference; one without a module of losses has no examples to run.
        losses: The names of the losses that deviations are wanted of; None for all.
    """
    if reference.losses is None:
        return []
    ours = Lossbridge(reference.semantics)
    shown = []
    for deviation in DEVIATIONS:
        concerned = not deviation.losses or losses is None or set(deviation.losses) & set(losses)
        if not concerned or reference.semantics not in deviation.generations:
            continue
        mine, theirs = (evaluate(deviation.example, side) for side in (ours, reference))
        if not _is_right(mine, deviation.right):
            status = "fail"
        else:
            status = "mended" if _is_right(theirs, deviation.right) else "deviation"
        shown.append(Shown(deviation, reference.name, text(mine), text(theirs), status))
    return shown


def evaluate(example: str, side: Reference) -> Any:
    """What an example gives on a side: numbers as an array of float64, or the exception."""
    names = {
        "losses": side.losses,
        "metrics": side.metrics,
        "utils": side.utils,
        "activations": keras.activations,
        "tf": tf,
        "masked": _masked,
        "gradient": _gradient,
    }
    with generations.semantics(side.semantics), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = eval(example, names)
            if isinstance(value, (str, tf.TensorShape)):
                return value if isinstance(value, str) else tuple(value)
            return np.asarray(tf.cast(value, "float64")) + 0.0  # of a negative zero, 0
        except Exception as error:  # the outcome of this example
            return error


def _masked(values: Any, mask: Any) -> tf.Tensor:
    return with_mask(tf.constant(values), tf.constant(mask))


def _gradient(function: Callable[[tf.Tensor], Any], values: Any) -> tf.Tensor:
    tensor = tf.constant(values)
    with tf.GradientTape() as tape:
        tape.watch(tensor)
        total = tf.reduce_sum(function(tensor))
    return tape.gradient(total, tensor)


def _is_right(outcome: Any, right: Any) -> bool:
    if isinstance(right, str):
        return isinstance(outcome, ValueError)
    if isinstance(outcome, Exception):
        return False
    # To 1%, which some examples are rounded to by their half precision: Keras is further off.
    return outcome.shape == np.shape(right) and np.allclose(outcome, right, rtol=1e-2, atol=1e-11)


def text(outcome: Any) -> str:
    """The outcome of an example as a few words."""
    if isinstance(outcome, Exception):
        return "an error"
    return str(np.array2string(outcome, precision=8, separator=", ")).replace("\n", "")
