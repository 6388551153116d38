"""Every loss as data: what it is called, what it takes, and how its function is entered.

`@loss(...)` above the mathematics of a loss makes it a public function: inputs become tensors of the
compute dtype with matching shapes before, and the result gets the dtype of `y_pred` after.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, Literal, ParamSpec

import numpy as np

from lossbridge import checks, domains, generations, ragged
from lossbridge._backend import keras, tf, tf_keras
from lossbridge.engine import layout, options
from lossbridge.engine.formula import Elementwise, Rowwise, Values
from lossbridge.keras_protocol import logits_of, mask_of, with_mask
from lossbridge.symbolic import layers_of_symbolic

P = ParamSpec("P")

Family = Literal[
    "regression",
    "hinge",
    "probabilistic",
    "distribution",
    "focal",
    "segmentation",
    "detection",
    "sequence",
    "embedding",
]
Truth = Literal[
    "real", "positive", "sign", "probability", "one_hot", "label", "classes", "sequence", "box"
]
Pred = Literal["real", "positive", "probability", "unit", "similarity", "box"]

_OF_OTHER_SHAPE = ("label", "classes", "sequence")
"""Domains of `y_true` that do not have the shape of `y_pred`."""


@dataclasses.dataclass(frozen=True)
class Heads:
    """The parameters of a distribution that `y_pred` holds along its last axis."""

    names: tuple[str, ...]
    """What they are, in their order."""
    several: bool = False
    """Whether there may be several of each: first all of the first kind, and so on."""
    last: str | None = None
    """The argument of the loss that, where it is given, stands in place of the last of them."""

    def given(self, arguments: dict[str, Any]) -> tuple[str, ...]:
        """Those that are to be predicted with these arguments."""
        return self.names if arguments.get(self.last or "") is None else self.names[:-1]


@dataclasses.dataclass(frozen=True)
class LossSpec:
    """What is known of a loss besides its mathematics."""

    name: str
    """The Python name of the function; the R name is `loss_` and this."""
    aliases: tuple[str, ...]
    """Other names: short ones, the names of Keras 2 and of TensorFlow 1, the class names."""
    family: Family
    truth: Truth
    """The domain of `y_true`. Of "label" and "sequence" it holds integers, which are never cast; of "classes"
    1 for each class of a sample."""
    pred: Pred
    """The domain of `y_pred`: any number, a positive one, a probability, a unit vector, the similarities of
    the samples with each other, or a box."""
    function: Callable[..., tf.Tensor]
    """The public function, per-sample values in the dtype of `y_pred`."""
    metric: Callable[..., tf.Tensor]
    """The function for compile(metrics = ): Keras aligns (N,) with (N, 1) for a loss, not for a metric."""
    values: Callable[..., tf.Tensor]
    """The same values not yet rounded to a half precision, for a reduction to add up."""
    formula: Callable[..., Values]
    """The formula and the tensors that the function computes."""
    parameters: dict[str, Any]
    """The arguments after `y_true, y_pred`, with their defaults."""
    ours: frozenset[str]
    """Those of them that are given by name only, which Keras lacks."""
    activation: Literal["Sigmoid", "Softmax"] | None
    """The activation whose logits are used in place of its output."""
    domains: dict[str, domains.Check]
    """The checks of the arguments that have one."""
    heads: Heads | None = None
    """What `y_pred` holds along its last axis, where these are parameters of a distribution."""
    by_output: str | None = None
    """The argument of which several numbers are one for each output; a real true value may stand for all."""
    of_batch: bool = False
    """Whether there is one value for the batch, in which rows of `y_true` times a number weigh so much."""

    @property
    def one_true(self) -> bool:
        """Whether `y_true` has one number, a label say, where `y_pred` has a row."""
        return self.truth == "label" or self.heads is not None

    @property
    def same_shape(self) -> bool:
        """Whether `y_true` has the shape of `y_pred`."""
        return self.truth not in _OF_OTHER_SHAPE and self.heads is None

    @property
    def takes_missing(self) -> bool:
        """Whether labels may be missing, where `ignore_nan` is True."""
        try:
            self.checked({"ignore_nan": True})
        except checks.InputError:
            return False
        return True

    def aligned(
        self, y_true: tf.Tensor, y_pred: tf.Tensor, arguments: dict[str, Any]
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """(N,) against (N, 1), and one true value as that of each output or row of heads where it is."""
        if self.heads is not None:
            names = self.heads.given(arguments)
            return checks.one_for_heads(y_true, y_pred, names, self.heads.several)
        y_true, y_pred = checks.same_rank(y_true, y_pred)
        if self.outputs_of_one(arguments) > 1:
            y_true = checks.for_each_output(y_true, y_pred)
        return y_true, y_pred

    def checked(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """`arguments`, each in its domain."""
        return {
            name: self.domains[name](value, name) if name in self.domains else value
            for name, value in arguments.items()
        }

    def written(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """`arguments` as in a config: those that Keras lacks only where they are not the default."""
        return {
            name: value
            for name, value in arguments.items()
            if name not in self.ours or value != self.parameters[name]
        }

    def reduced_axes(self, arguments: dict[str, Any], rank: int) -> tuple[int, ...] | None:
        """The axes of `y_pred` that become one number, counted from the end; None for all."""
        if self.truth == "sequence":
            return (-2, -1)
        if self.family == "embedding":
            return (-1,)
        axis = {"axis": None if self.of_batch else -1, **self.parameters, **arguments}["axis"]
        if axis is None:
            return None
        axes = axis if isinstance(axis, (list, tuple)) else (axis,)
        return tuple(sorted(checks.last_axis(a, rank) for a in axes))

    def has_outputs_apart(self, arguments: dict[str, Any]) -> bool:
        """Whether outputs differ by one of the arguments."""
        return np.ndim(arguments.get(self.by_output or "", 0.0)) > 0

    def outputs_of_one(self, arguments: dict[str, Any]) -> int:
        """How many outputs one true value may stand for: of a real number, as many as have an argument."""
        return np.size(arguments.get(self.by_output or "", 0.0)) if self.truth == "real" else 1

    def averages_entries(self, arguments: dict[str, Any]) -> bool:
        """Whether a value is the mean of a function of each entry."""
        if self.truth in ("one_hot", "box") or self.one_true or self.has_outputs_apart(arguments):
            return False
        entry = tf.ones([1, 1])
        formula = self.formula(entry, entry, **arguments).formula
        return isinstance(formula, Elementwise) and formula.over == "mean"


LOSSES: dict[str, LossSpec] = {}
"""Every loss by the name of its function."""

CLASSES: dict[str, type] = {}
"""The class of each loss, by the name of its function."""


def loss(
    *aliases: str,
    family: Family,
    truth: Truth,
    pred: Pred = "real",
    align: bool = False,
    activation: Literal["Sigmoid", "Softmax"] | None = None,
    heads: Heads | None = None,
    by_output: str | None = None,
    of_batch: bool = False,
) -> Callable[[Callable[P, Values]], Callable[P, tf.Tensor]]:
    """Register the mathematics of a loss under its name and `aliases`.

    Args:
        *aliases: Other names of the same function.
        family: The group it is documented in.
        truth: The domain of `y_true`.
        pred: The domain of `y_pred`.
        align: Whether (N,) is taken against (N, 1), as the regression functions of Keras do. The
            others refuse it, where Keras broadcasts to N x N.
        activation: The layer activation whose logits are used in place of its output, where they are
            known: exact where the probabilities have been rounded to 0 or 1.
        heads: What `y_pred` holds along its last axis, if it predicts a distribution. The mathematics then
            gets `y_true` with a last axis of size 1.
        by_output: The argument that may have a number for each output, on the last axis. Of several numbers
            one true value, in one column, is the truth for all, if it is a real number.
        of_batch: Whether there is one value for the batch, and no sample has one of its own.
    """

    def register(mathematics: Callable[P, Values]) -> Callable[P, tf.Tensor]:
        signature = inspect.signature(mathematics)
        name = mathematics.__name__
        # Losses of one sample by itself, which may run over the first axis of the transposes as well.
        by_sample = (
            truth not in (*_OF_OTHER_SHAPE, "box")
            and family != "segmentation"
            and heads is None
            and not of_batch
        )

        def formula(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Values:
            if args:  # by name, for the checks, and so that from_logits is found wherever it stands
                bound = signature.bind(y_true, y_pred, *args, **kwargs).arguments
                kwargs = dict(list(bound.items())[2:])
            if activation is not None:
                y_pred, kwargs = take_logits(activation, name, y_pred, kwargs)
            y_pred = checks.float_tensor(y_pred, "y_pred")
            y_pred = checks.cast(y_pred, checks.compute_dtype(y_pred.dtype))
            arguments = LOSSES[name].checked(kwargs)
            y_true = checks.tensor(y_true, "y_true")
            y_true = checks.with_nan(y_true, arguments.get("ignore_nan", False))
            if truth not in _OF_OTHER_SHAPE:
                y_true = checks.cast(y_true, y_pred.dtype)
                if align or heads is not None:
                    y_true, y_pred = LOSSES[name].aligned(y_true, y_pred, arguments)
                if heads is None:
                    y_true = checks.same_shape(y_true, y_pred)
            return mathematics(y_true, y_pred, **arguments)  # type: ignore[call-arg]

        def values(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
            unknown = isinstance(y_pred, tf.Tensor) and y_pred.shape.rank is None
            if unknown and (truth == "label" or heads) and family != "embedding":
                return _of_rows(values, y_true, y_pred, *args, **kwargs)
            return formula(y_true, y_pred, *args, **kwargs).computed()

        def of_ragged(y_true: Any, y_pred: Any, **kwargs: Any) -> Any:
            y_pred = ragged.mapped(lambda p: checks.tensor(p, "y_pred"), y_pred)
            spec, dtype = LOSSES[name], y_pred.dtype
            batch = ragged.flattened(spec, y_true, y_pred, kwargs, align=align)
            result = ragged.values_of(spec, batch, lambda t, p, *_: values(t, p, **batch.arguments))
            if dtype.is_floating:
                result = with_mask(checks.cast(result, dtype), mask_of(result))
            return batch.restored(result)

        @functools.wraps(mathematics)
        def function(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
            if ragged.is_ragged(y_true, y_pred):
                arguments = signature.bind(y_true, y_pred, *args, **kwargs).arguments
                return of_ragged(**arguments)
            # Numbers for each output follow the last axis, wherever the mean is taken.
            if by_sample and not args and not LOSSES[name].has_outputs_apart(kwargs):
                matrices = layout.transposes(y_true, y_pred)
                if matrices is not None and "axis" not in signature.parameters:
                    of_rows = formula(*matrices, **kwargs)
                    return dataclasses.replace(of_rows, axis=-2).computed()
                axis = kwargs.get("axis", -1)
                if matrices is not None and type(axis) is int and axis in (-1, 1):
                    return formula(*matrices, **{**kwargs, "axis": 0}).computed()
            y_pred = checks.tensor(y_pred, "y_pred")
            result = values(y_true, y_pred, *args, **kwargs)
            dtype = y_pred.dtype
            if dtype.is_floating and dtype != result.dtype:
                result = with_mask(tf.cast(result, dtype), mask_of(result))
            return result

        # A tf.function that is given the loss as an argument would call what `__wrapped__` names instead.
        del function.__wrapped__
        function.__signature__ = signature  # type: ignore[attr-defined]
        public = public_function(layers_of_symbolic(function))
        aligned = align or truth in _OF_OTHER_SHAPE or heads is not None
        metric = public if aligned else _aligning(public)
        LOSSES[name] = LossSpec(
            name=name,
            aliases=aliases,
            family=family,
            truth=truth,
            pred=pred,
            function=public,
            metric=metric,
            values=values,
            formula=formula,
            parameters={p.name: p.default for p in list(signature.parameters.values())[2:]},
            ours=frozenset(
                p.name for p in signature.parameters.values() if p.kind is p.KEYWORD_ONLY
            ),
            activation=activation,
            domains=domains.of(mathematics),
            heads=heads,
            by_output=by_output,
            of_batch=of_batch,
        )
        return public

    return register


def public_function(function: Callable[..., Any], package: str = "lossbridge") -> Any:
    """`function` as one that is called, handed to compile() and saved."""
    # Into an .h5 file tf_keras writes the name of what is inside; by another it reads its own loss.
    inside = serializable(function, function.__name__, package)
    public = tf.autograph.experimental.do_not_convert(inside)
    del public.__wrapped__
    public.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    return serializable(public, public.__name__, package)


def _aligning(public: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a loss that takes (N,) against (N, 1)."""

    @functools.wraps(public)
    def metric(y_true: Any, y_pred: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(y_true, tf.Tensor) and isinstance(y_pred, tf.Tensor):
            y_true, y_pred = checks.same_rank(y_true, y_pred)
        return public(y_true, y_pred, *args, **kwargs)

    return public_function(metric, package="lossbridge.metrics")


def _of_rows(
    values: Callable[..., tf.Tensor], labels: Any, p: tf.Tensor, *args: Any, **kwargs: Any
) -> tf.Tensor:
    """`values` of rows in an arrangement that only the running graph knows."""
    rows = tf.reshape(p, [-1, tf.shape(p)[-1]])
    rows.set_shape([None, p.shape[-1] if p.shape.rank is not None else None])
    of_rows = values(tf.reshape(labels, [-1]), rows, *args, **kwargs)
    shape = tf.shape(p)[:-1]
    result = tf.reshape(of_rows, shape)
    mask = mask_of(of_rows)
    return result if mask is None else with_mask(result, tf.reshape(mask, shape))


def serializable(target: Any, name: str, package: str = "lossbridge") -> Any:
    """Make a function or class known to the saving of Keras 3 and of tf_keras."""
    for library in (keras, tf_keras):
        if library is not None:
            library.saving.register_keras_serializable(package, name)(target)
    return target


def keep_serializable() -> None:
    """Keep all that is ours known where a user clears the custom objects of a Keras.

    A scope that is never left: `get_custom_objects().clear()` does not touch it. In another thread, or after
    Keras' `clear_session()`, what was cleared is an error of Keras.
    """
    for library in (keras, tf_keras):
        if library is not None:
            known = library.saving.get_custom_objects().items()
            ours = {
                name: target for name, target in known if name.startswith(("lossbridge", "Addons>"))
            }
            library.saving.custom_object_scope(ours).__enter__()


def from_config(cls: type, config: Any) -> Any:
    """An object of `cls` from its config, with the semantics that the config names."""
    if not isinstance(config, dict):
        raise checks.InputError("config", "a dict from get_config()", checks.describe(config))
    config = dict(config)
    with generations.semantics(config.pop("semantics", generations.DEFAULT)):
        try:
            return cls(**config)
        except TypeError as error:
            raise checks.InputError(
                "config",
                f"a config of {cls.__name__}",
                f"{config!r}",
                f"{error}: __init__() and get_config() must have the same arguments.",
            ) from error


def spec_of(function: Any) -> LossSpec | None:
    """The spec of one of our functions, or None for a foreign one."""
    spec = LOSSES.get(getattr(function, "__name__", ""))
    return spec if spec is not None and function in (spec.function, spec.metric) else None


def coupled_axes(loss: Any, y_true: tf.Tensor, y_pred: tf.Tensor) -> tuple[int, ...]:
    """The axes along which the gradient by one prediction depends on others, counted from the end.

    None of them where the entries stand apart, or the loss has its second derivative in closed form. Of a
    loss that is not known they are all but the first.
    """
    rank = y_pred.shape.rank
    spec = getattr(loss, "_spec", None) or spec_of(loss)
    if spec is None:
        return tuple(range(1 - rank, 0))
    arguments = getattr(loss, "_fn_kwargs", {})
    if spec.family == "embedding" and spec.pred != "similarity":
        return tuple(range(-rank, 0))
    if spec.truth != "sequence":
        if spec.same_shape:
            y_true, y_pred = spec.aligned(y_true, y_pred, arguments)
        formula = spec.formula(y_true, y_pred, **arguments).formula
        written = isinstance(formula, Rowwise) and formula.curvature is not None
        if isinstance(formula, Elementwise) or (written and options.current().closed_form):
            return ()
    axes = spec.reduced_axes(arguments, rank)
    return tuple(range(-rank, 0)) if axes is None else axes


@functools.cache
def names() -> dict[str, LossSpec]:
    """Every spelling of every loss: function names, aliases and class names."""
    table = {}
    for name, spec in LOSSES.items():
        table.update(dict.fromkeys((name, *spec.aliases), spec))
        table[CLASSES[name].__name__] = spec
    return table


def take_logits(
    activation: str | None, name: str, y_pred: Any, arguments: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The logits that the activation of a loss made `y_pred` from, where it did; else `y_pred`."""
    if activation is None or not isinstance(y_pred, tf.Tensor):
        return y_pred, arguments
    logits = _logits_of(y_pred, activation)
    if logits is None:
        return y_pred, arguments
    axis = arguments.get("axis", -1)
    if activation == "Softmax" and checks.last_axis(axis, y_pred.shape.rank) != -1:
        return y_pred, arguments  # shares along another axis than that of the loss
    if arguments.get("from_logits"):
        checks.warn(
            f"`from_logits` is True, but `y_pred` of {name}() was produced by a {activation} "
            "activation and thus does not represent logits. The logits of the activation are used.",
        )
    # The copy is not known to come from an activation, even if the logits do.
    return tf.identity(logits), {**arguments, "from_logits": True}


def _logits_of(p: tf.Tensor, activation: str) -> tf.Tensor | None:
    """What an activation along the last axis made `p` from, or None if it did not.

    A graph knows by its op. In eager mode Keras leaves logits on the output of every activation, and those
    are meant of which this one gives `p`.
    """
    if tf.is_symbolic_tensor(p):
        return p.op.inputs[0] if p.op.type == activation else None
    logits = logits_of(p)
    if logits is None:
        return None
    logits = tf.convert_to_tensor(logits)
    if logits.dtype != p.dtype or logits.shape != p.shape:
        return None
    with tf.init_scope():  # `p` has its value also where a graph is being built
        again = _ACTIVATIONS[activation](logits)
        rounding = 16.0 * np.finfo(p.dtype.as_numpy_dtype).eps
        differs = tf.reduce_any(tf.abs(again - p) > rounding * p)  # no NaN does
    return None if differs else logits


_ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "Sigmoid": tf.sigmoid,
    "Softmax": tf.nn.softmax,
}
