"""Losses as what boosted trees ask for: gradient and Hessian by the margins, metrics, inverse links."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np

from lossbridge import checks, derivatives, evaluate, losses, registry
from lossbridge._backend import keras, tf
from lossbridge.boundary import own_object
from lossbridge.compiled import Compiled
from lossbridge.engine._tensorflow import with_control_flow
from lossbridge.engine.gradient import diagonal, differentiated
from lossbridge.numerics import zero_elsewhere

Engine = Literal["xgboost", "lightgbm"]
Link = Literal["identity", "logit", "softmax", "log"]

ENGINES = ("xgboost", "lightgbm")
LINKS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "identity": tf.identity,
    "logit": tf.sigmoid,
    "softmax": tf.nn.softmax,
    "log": tf.exp,
}
"""Of each link the inverse: from margins to what a loss is of."""

_OF_NO_ROW = {
    "segmentation": "It is of a whole mask, not a sum over rows",
    "detection": "It is of boxes, not of one label for each row",
    "sequence": "It is of sequences of labels, not of one label for each row",
    "embedding": "It is of pairs of embeddings, not a sum over rows",
}

STEEP = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "gamma_deviance",
    "kl_divergence",
    "mean_squared_error",
    "poisson",
    "poisson_deviance",
    "sparse_categorical_crossentropy",
)
"""Losses of which a Newton step is safe: where they are flat, their slope is small as well."""


class _Taken(NamedTuple):
    """What an engine takes for its own objective, in place of the derivatives of the loss."""

    scale: float = 1.0
    """Of both derivatives."""
    factor: float = 1.0
    """Of the Hessian."""
    of_classes: bool = False
    """Whether the Hessian is multiplied by K / (K - 1) for K classes."""
    is_one: bool = False
    """Whether the Hessian is 1."""

    def hessian(self, hessian: tf.Tensor) -> tf.Tensor:
        if self.is_one:
            return tf.ones_like(hessian)
        classes = hessian.shape[1]
        return hessian * (classes / (classes - 1.0) if self.of_classes else self.factor)


_ONE = _Taken(is_one=True)
_BOTH = {
    "binary_crossentropy": _Taken(),
    "gamma_deviance": _Taken(scale=0.5),
    "mean_absolute_error": _ONE,
    "mean_squared_error": _Taken(scale=0.5),
    "pinball": _ONE,
    "poisson": _Taken(factor=math.exp(0.7)),  # exp(m + max_delta_step), by default 0.7 in both
    "poisson_deviance": _Taken(scale=0.5, factor=math.exp(0.7)),
    "tweedie_deviance": _Taken(scale=0.5),
}
_TWICE, _OF_CLASSES = _Taken(factor=2.0), _Taken(of_classes=True)
TAKEN: dict[str, dict[str, _Taken]] = {
    "xgboost": {
        **_BOTH,
        "categorical_crossentropy": _TWICE,
        "sparse_categorical_crossentropy": _TWICE,
    },
    "lightgbm": {
        **_BOTH,
        "categorical_crossentropy": _OF_CLASSES,
        "huber": _ONE,
        "sparse_categorical_crossentropy": _OF_CLASSES,
    },
}


def objective(
    loss: Any,
    engine: Engine = "xgboost",
    *,
    link: Link | None = None,
    hessian: Literal["exact", "engine"] = "exact",
    min_hessian: float | None = None,
) -> Objective:
    r"""A loss as the objective of boosted trees: its gradient and Hessian by the margins, summed over rows.

    `xgboost.train(params, data, obj=objective)`, `XGBRegressor(objective=objective)`,
    `lightgbm.train({"objective": objective}, data)` and `LGBMRegressor(objective=objective)` take it as it
    is. Weights of the data multiply both derivatives. It is compiled at the first call for a number of rows,
    see `compiled`. For several classes set `num_class`: there is a margin for each.

    Labels come as the engine keeps them: for a loss of classes, with or without `sparse` in its name,
    numbers from 0; for a binary one 0 and 1; for a hinge loss these, or -1 and 1.

    A quantile loss of several `tau` takes a margin for each of them, `num_class` of them, and is their
    mean; a loss of a distribution, such as `gaussian_nll`, one for each of its raw parameters, of which
    `distribution_parameters` makes a table. Bring its targets to a spread of about 1 first; components of
    a mixture and members of an ensemble stay alike that start alike, so start them apart. CatBoost, which
    asks for derivatives row by row in Python, is not served.

    For a custom objective LightGBM starts from the margin 0 and xgboost from `base_score`, by default 0.5:
    set it, in margins, or give the data a `base_margin` (LightGBM: `init_score`).

    Args:
        loss: A function or object of lossbridge or Keras, the name of one, or your own function of
            `(y_true, y_pred)`, both of shape (rows, 1) or (rows, classes). How an object reduces does not
            matter.
        engine: Whose objective it is: "xgboost" or "lightgbm".
        link: What makes margins of what the loss is of: "identity", "logit", "softmax" or "log"; None for
            that of the loss: the logit or softmax of probabilities, the logarithm of counts.
        hessian: "exact" for the second derivative of the loss; "engine" for what the engine takes in its own
            objective of this name: for softmax 2 p (1 - p) in xgboost and K / (K - 1) p (1 - p) in
            LightGBM; for Poisson exp(m + 0.7) in both; for the absolute error, the pinball loss, and Huber's
            in LightGBM, 1. A larger Hessian makes smaller steps. For the squared error and the deviances
            both derivatives are halved, which shows only where a penalty or a minimal child weight is not 0.
        min_hessian: What a Hessian is raised to, before weights. None for 1e-16 in cross-entropies, squared
            error, Poisson and gamma losses and KL divergence, as the engines have it; else 1, or 1/4 for
            other losses of probabilities. A leaf divides by the sum of Hessians: where a loss is flat or not
            convex, it is nearly 0 or less, and its step would be huge. With 1, which is the curvature of
            Huber's loss and of log cosh at 0, the step is the mean slope, as in gradient boosting; 1/4 is
            that of logits at 0. Set it to the curvature of your loss where that is another.

    Returns:
        A function of `(margins, data)`, and of `(y_true, margins, sample_weight=None)` as scikit-learn has
        it, that gives gradient and Hessian in the shape of the margins. Its `inverse_link(margins)` gives
        what the loss is of: probabilities, counts.

    Raises:
        InputError: If the loss is not a sum over rows, or an argument is none of its values; at a call for
            labels that are not those of the loss, and a number of margins that does not go with it.

    Example:
        >>> import lossbridge
        >>> logistic = lossbridge.objective("binary_crossentropy")
        >>> [x.tolist() for x in logistic([0.0, 1.0], [0.0, 0.0])]
        [[0.5, -0.5], [0.25, 0.25]]

    Reference:
        Friedman, J. H. (2001). Greedy Function Approximation: A Gradient Boosting Machine.

    Relation:
        The engines refit leaves of their absolute error and quantile loss; no objective of one's own can.
    """
    return Objective(loss, engine, link, hessian, min_hessian)


def eval_metric(
    loss: Any, engine: Engine = "xgboost", *, link: Link | None = None, name: str | None = None
) -> EvalMetric:
    """A loss as a metric of boosted trees: its weighted mean over rows; less is better.

    `xgboost.train(.., custom_metric=metric)`, `XGBRegressor(eval_metric=metric)`,
    `lightgbm.train(.., feval=metric)` and `fit(.., eval_metric=metric)` take it as it is. With an objective
    of one's own an engine hands margins to it, for which the default link is; with an objective of the
    engine it hands over predictions: say `link="identity"`.

    Args:
        loss: See `objective`.
        engine: See `objective`.
        link: See `objective`.
        name: The name in the logs; None for that of the loss.

    Returns:
        A function of `(margins, data)` that gives (name, value) for xgboost and (name, value, False) for
        LightGBM, of which False says that more is not better; and of
        `(y_true, margins, sample_weight=None)`, which gives the value for xgboost.

    Raises:
        InputError: As `objective`.

    Example:
        >>> import lossbridge
        >>> lossbridge.eval_metric("mse")([0.0, 1.0], [0.0, 3.0], [1.0, 3.0])
        3.0
    """
    return EvalMetric(loss, engine, link, name)


class _OfEngine:
    """What objectives and metrics share: the forms they are called in."""

    __name__: str
    _program: _OfMargins
    engine: str

    @property
    def kind(self) -> Literal["numeric", "parameters", "binary", "classes"]:
        """Whether the loss is of numbers, of the parameters of a distribution, of the probability of one
        class of two, or of those of all."""
        spec = self._program.spec
        if spec is not None and spec.heads is not None:
            return "parameters"
        if spec is None or spec.pred != "probability":
            return "numeric"
        return "classes" if self._program.of_classes else "binary"

    @property
    def quantiles(self) -> list[float] | None:
        """The levels of the quantiles that a row has, where there are several."""
        program = self._program
        if not program.one_label or program.name not in ("pinball", "quantile_huber"):
            return None
        return [float(tau) for tau in program._arguments["tau"]]

    def inverse_link(self, margins: Any) -> Any:
        """What the loss is of, for margins: probabilities of logits, say."""
        return self._program.inverse(checks.float_tensor(margins, "margins")).numpy()

    def _given(self, first: Any, second: Any, weight: Any) -> tuple[Any, ...]:
        """Labels, margins, weights or None, and whether they came with data of the engine."""
        if not hasattr(second, "get_label"):
            return first, second, weight, False
        weight = second.get_weight()
        return (
            second.get_label(),
            first,
            None if weight is None or not len(weight) else weight,
            True,
        )

    def _run(self, what: str, y_true: Any, margins: Any, weight: Any) -> tuple[Any, Any]:
        labels, rows = self._program.arranged(y_true, margins, self.engine)
        return self._program._run(what, labels, rows, weight)

    def __deepcopy__(self, memo: Any) -> Any:
        """Itself: nothing in it changes. scikit-learn copies the arguments of an estimator."""
        return self

    def __repr__(self) -> str:
        program = self._program
        return (
            f"<lossbridge {type(self).__name__.lower()} {self.__name__} for {self.engine}, "
            f"link {program.link}>"
        )


class Objective(_OfEngine):
    """See `objective`."""

    def __init__(
        self,
        loss: Any,
        engine: Engine = "xgboost",
        link: Link | None = None,
        hessian: Literal["exact", "engine"] = "exact",
        min_hessian: float | None = None,
    ) -> None:
        self.engine = checks.one_of(engine, "engine", ENGINES)
        self.hessian = checks.one_of(hessian, "hessian", ("exact", "engine"))
        self._program = program = _OfMargins(loss, link, "an objective")
        self.__name__ = program.name
        if min_hessian is None:
            min_hessian = 1e-16 if hessian == "engine" else program.usual_floor
        else:
            min_hessian = checks.number(min_hessian, "min_hessian", 0.0)
        self.min_hessian = program.floor = min_hessian
        if hessian == "engine":
            taken = TAKEN[engine]
            if program.name not in taken or program.spec is None:
                raise checks.InputError(
                    "hessian",
                    f'"exact" for {program.name}, which {engine} has no objective for',
                    '"engine"',
                    f"It has one for {', '.join(sorted(taken))}.",
                )
            program.taken = taken[program.name]

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gradient and Hessian, in the shape of the margins; of `(margins, data)` as well."""
        labels, margins, weight, _ = self._given(y_true, y_pred, sample_weight)
        shape, flat = np.shape(margins), "F" if self.engine == "lightgbm" else "C"
        found = self._run("derivatives", labels, margins, weight)
        order: Any = flat if len(shape) == 1 else "C"
        # What numpy() gives is a copy; the memory of the tensor lives as long as the array does.
        arrays = (np.asarray(memoryview(x)) for x in found)
        return tuple(x.reshape(shape, order=order) for x in arrays)  # type: ignore[return-value]


class EvalMetric(_OfEngine):
    """See `eval_metric`."""

    def __init__(
        self,
        loss: Any,
        engine: Engine = "xgboost",
        link: Link | None = None,
        name: str | None = None,
    ) -> None:
        self.engine = checks.one_of(engine, "engine", ENGINES)
        if name is not None and not isinstance(name, str):
            raise checks.InputError("name", "a string, or None", repr(name))
        self._program = _OfMargins(loss, link, "a metric")
        self.__name__ = name or self._program.name

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The value in the form of the engine; of `(margins, data)` as well."""
        labels, margins, weight, of_data = self._given(y_true, y_pred, sample_weight)
        value = float(self._run("value", labels, margins, weight)[0])
        if self.engine == "lightgbm":
            return self.__name__, value, False
        return (self.__name__, value) if of_data else value


class _OfMargins(Compiled):
    """A loss as a function of margins, compiled."""

    taken = _Taken()
    floor = 0.0

    def __init__(self, loss: Any, link: Any, use: str) -> None:
        loss = losses.get(loss) if isinstance(loss, str) else loss
        loss = loss.loss if isinstance(loss, Compiled) else loss
        super().__init__(loss if loss is None else own_object(loss) or loss)
        loss = self.loss
        self._semantics = getattr(loss, "_semantics", self._semantics)
        if link is not None:
            checks.one_of(link, "link", tuple(LINKS))
        if self.spec is None:
            self.name = getattr(loss, "name", None) or getattr(loss, "__name__", "loss")
            reason = None
        else:
            self.name = self.spec.name
            reason = _OF_NO_ROW.get(self.spec.family)
            if self.spec.of_batch:
                reason = "It is of a whole batch, not a sum over rows"
            if self.name == "cosine_similarity":
                reason = "It is of the directions of vectors, and no matter how long they are"
        if reason:
            raise checks.InputError(
                "loss", f"a sum over rows, to be {use} of trees", self.name, f"{reason}."
            )
        if self.spec is None:
            self.link, self._arguments = link or "identity", {}
            return
        self._arguments = dict(getattr(loss, "_fn_kwargs", {}))
        self.link = link or self._own_link()
        if self.spec.heads is not None and self.link != "identity":
            raise checks.InputError(
                "link", f'"identity" for {self.name}, whose parameters are raw', repr(link)
            )
        if "from_logits" in self.spec.parameters and self.spec.pred == "probability":
            of_logits = self.link in ("logit", "softmax")
            if of_logits and self.link != self._own_link():
                raise checks.InputError(
                    "link", f'"{self._own_link()}" or "identity" for {self.name}', repr(link)
                )
            self._arguments["from_logits"] = of_logits
        if "log_link" in self.spec.parameters:
            self._arguments["log_link"] = self.link == "log"

    @property
    def spec(self) -> registry.LossSpec | None:
        """What is known of the loss."""
        return getattr(self.loss, "_spec", None) or registry.spec_of(self.loss)

    def _own_link(self) -> str:
        assert self.spec is not None
        if self.spec.pred == "probability":
            return "logit" if self.spec.activation == "Sigmoid" else "softmax"
        return "log" if self.spec.pred == "positive" else "identity"

    @property
    def usual_floor(self) -> float:
        """What a Hessian is raised to: the curvature where the loss is as curved as it gets."""
        if self.spec is not None and self.name in STEEP:
            return 1e-16
        return 0.25 if self.spec is not None and self.spec.pred == "probability" else 1.0

    @property
    def inverse(self) -> Callable[[tf.Tensor], tf.Tensor]:
        return LINKS[self.link]

    @property
    def of_classes(self) -> bool:
        """Whether a row is one thing, whose label is a class."""
        return self.spec is not None and (
            self.spec.truth in ("label", "one_hot") or self._own_link() == "softmax"
        )

    @property
    def one_label(self) -> bool:
        """Whether the margins of a row, of several quantiles or parameters, share its one label."""
        if self.spec is None:
            return False
        return self.spec.heads is not None or self.spec.outputs_of_one(self._arguments) > 1

    def arranged(self, y_true: Any, margins: Any, engine: str) -> tuple[Any, Any]:
        """Labels of shape (rows,) for classes, else that of the margins, which are (rows, columns)."""
        p = np.asarray(margins)
        t = np.asarray(y_true)
        if t.ndim == 0 or p.ndim not in (1, 2):
            expected = "of shape (rows,) or (rows, columns)"
            name, x = ("y_true", t) if t.ndim == 0 else ("y_pred", p)
            raise checks.InputError(name, expected, f"of shape {x.shape}")
        count, rows = p.size, t.shape[0]
        if p.ndim == 1:
            several = self.of_classes or self.one_label
            columns = count // rows if several and rows and count % rows == 0 else 1
            order: Any = "F" if engine == "lightgbm" else "C"
            p = p.reshape(-1, columns, order=order)
        if t.ndim == 1 and t.size == p.size and p.shape[1] > 1:
            t = t.reshape(p.shape)  # several targets, as xgboost keeps them
        if self.of_classes:
            if p.shape[1] < 2:
                raise checks.InputError(
                    "y_pred",
                    f"margins of at least 2 classes, which {self.name} is of",
                    "one margin for each row",
                    "Set `num_class`; for two classes with one margin use binary_crossentropy.",
                )
            if t.ndim == 2 and t.shape[1] == 1:
                t = t[:, 0]
            fits = t.shape == p.shape[:1] or (t.shape == p.shape and self.spec.truth != "label")  # type: ignore[union-attr]
        else:
            t = t.reshape(-1, 1) if t.ndim == 1 else t
            fits = t.shape == p.shape or (self.one_label and t.shape == (p.shape[0], 1))
        if not fits:
            wanted = p.shape[:1] if self.of_classes else p.shape
            raise checks.InputError(
                "y_true",
                f"labels of shape {wanted}, for margins of shape {np.shape(margins)}",
                f"of shape {np.shape(y_true)}",
                "A loss of classes takes several margins for a row."
                if t.shape[0] == p.shape[0] and p.shape[1] > 1
                else "",
            )
        return t, p

    def _computed(self, what: str, *tensors: tf.Tensor) -> tuple[Any, ...]:
        t, p, *weights = tensors
        weight = None
        if weights:
            weight = tf.cast(tf.reshape(weights[0], [-1, 1]), p.dtype)
            if weight.shape[0] != p.shape[0]:
                raise checks.InputError(
                    "sample_weight", f"{p.shape[0]} weights, one for each row", f"{weight.shape[0]}"
                )
        wrong = self._wrong(t, p, weight)
        if tf.executing_eagerly() and bool(tf.reduce_any(wrong)):
            raise self._error_about(t, p, wrong)
        if self.spec is not None and self.spec.truth != "label":
            if self.of_classes and t.shape.rank == 1:
                missing = tf.where(tf.equal(t, t), 0.0, tf.cast(t, tf.float32))
                t = tf.one_hot(tf.cast(tf.where(tf.equal(t, t), t, 0), tf.int32), p.shape[1])
                t += tf.expand_dims(missing, -1)
            t = tf.cast(t, p.dtype)
        find = self._derivatives_by_margins if what == "derivatives" else self._mean
        return *find(t, p, weight), tf.reduce_any(wrong)

    def _derivatives_by_margins(
        self, t: tf.Tensor, p: tf.Tensor, weight: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def gradient(p: tf.Tensor) -> tf.Tensor:
            return differentiated(lambda p: self._values(t, p), p)

        axes: tuple[int, ...] = (-1,) if p.shape[1] > 1 else ()
        softmax = self.link == "softmax" and not self._arguments.get("from_logits")
        if self.spec is not None and not softmax:
            loss = losses.LossFunctionWrapper(self.spec.function, **self._arguments)
            axes = registry.coupled_axes(loss, t, p)
        first = gradient(p) * self.taken.scale
        second = self.taken.hessian(diagonal(gradient, p, axes) * self.taken.scale)
        second = tf.maximum(second, tf.cast(self.floor, p.dtype))
        if self._arguments.get("ignore_nan"):
            observed = tf.reshape(tf.equal(t, t), [p.shape[0], -1])
            if self.of_classes:
                observed = tf.reduce_all(observed, -1, keepdims=True)
            second = zero_elsewhere(observed, second)
        if weight is not None:
            counts = tf.not_equal(weight, 0.0)
            first = zero_elsewhere(counts, first * weight)
            second = zero_elsewhere(counts, second * weight)
        return first, second

    def _mean(self, t: tf.Tensor, p: tf.Tensor, weight: Any) -> tuple[tf.Tensor, None]:
        values = self._values(t, p)
        rows = tf.ones_like(values) if weight is None else tf.squeeze(weight, -1)
        if self._arguments.get("ignore_nan"):
            observed = tf.reshape(tf.equal(t, t), [p.shape[0], -1])
            rows = zero_elsewhere(tf.reduce_any(observed, -1), rows)
        total = tf.reduce_sum(zero_elsewhere(tf.not_equal(rows, 0.0), values * rows))
        return tf.math.divide_no_nan(total, tf.reduce_sum(rows)), None

    def _values(self, t: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        """The values of rows."""
        if self.spec is not None:
            of_margins = self._arguments.get("from_logits") or self._arguments.get("log_link")
            p = p if of_margins else self.inverse(p)
            return self.spec.function(t, p, **self._arguments)
        p, loss = self.inverse(p), self.loss
        if isinstance(loss, keras.losses.Loss):
            values = evaluate.of_call(with_control_flow(loss.call), t, p, p.dtype)
        else:
            values = derivatives.giving_tensors(loss)(tf.cast(t, p.dtype), p)
        if values.shape != p.shape[:1]:
            values = tf.reduce_mean(tf.reshape(values, [p.shape[0], -1]), -1)
        return values

    def _wrong(self, t: tf.Tensor, p: tf.Tensor, weight: Any) -> tf.Tensor:
        """Which labels are not those of the loss."""
        missing = tf.not_equal(t, t) if t.dtype.is_floating else tf.zeros_like(t, tf.bool)
        truth = None if self.spec is None else self.spec.truth
        if self.of_classes and t.shape.rank == 1:
            ignored = self._arguments.get("ignore_class")
            outside = ~checks.found_labels(t, p.shape[1], ignored)[2]
        elif truth == "probability" or self.of_classes:
            outside = (t < 0) | (t > 1)
        elif truth == "positive":
            outside = t < 0
        elif truth == "sign":
            outside = tf.not_equal(t, 0) & tf.not_equal(tf.abs(t), 1)
        else:
            outside = tf.zeros_like(missing)
        if self._arguments.get("ignore_nan"):
            outside &= ~missing
        else:
            outside |= missing
        if weight is None:
            return outside
        counts = tf.not_equal(weight, 0.0)
        return outside & (tf.squeeze(counts, -1) if t.shape.rank == 1 else counts)

    def _error_about(self, t: tf.Tensor, p: tf.Tensor, wrong: tf.Tensor) -> checks.InputError:
        first = np.argwhere(wrong.numpy())[0]
        value = t.numpy()[tuple(first)]
        truth = None if self.spec is None else self.spec.truth
        if self.of_classes and t.shape.rank == 1:
            expected = f"whole class labels from 0 to {p.shape[1] - 1}"
        else:
            expected = {
                "probability": "labels between 0 and 1",
                "one_hot": "labels between 0 and 1",
                "positive": "numbers of at least 0",
                "sign": "labels -1 and 1, or 0 and 1",
            }.get(truth or "", "numbers")
        hint = f"It is the label of row {first[0]}, the first being 0."
        if np.isnan(value):
            hint += " `ignore_nan=True` in the loss leaves out rows that have none."
        return checks.InputError("y_true", expected, f"{value:g}", hint)

    def __getstate__(self) -> dict[str, Any]:
        """Without the programs, which belong to this process."""
        return {**self.__dict__, "_programs": type(self._programs)()}
