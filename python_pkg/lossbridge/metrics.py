"""Losses as metrics: their mean over all the data seen so far. Stands where `keras.metrics` stood.

A metric divides by the sum of the weights, where the default reduction of a loss divides by the number
of values. The functions are those of `lossbridge.losses`, and take tensors of shape (N,) against (N, 1), as
Keras hands them to a metric. What is no loss, such as `AUC`, is that of Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lossbridge import checks, evaluate, generations, ragged, reduction, registry
from lossbridge._backend import forwarding, keras, metrics_keras, tf
from lossbridge.agreement import (
    CohenKappa,
    MatthewsCorrelationCoefficient,
    hamming_distance,
)
from lossbridge.keras_protocol import marked_like, mask_of, teach_names
from lossbridge.losses import (  # noqa: F401 (some are here for the users of this module only)
    LossFunctionWrapper,
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)

for _name, _fn in list(globals().items()):
    if _spec := registry.spec_of(_fn):
        globals()[_name] = _spec.metric
del _name, _fn

# Short names, and the names of Keras 2.
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh


def cosine_proximity(
    y_true: Any, y_pred: Any, axis: int | Sequence[int] = -1, *, ignore_nan: bool = False
) -> tf.Tensor:
    """The metric of Keras 2 by this name: 1 for the same direction, the opposite of the loss.

    Args:
        y_true: Vectors, see `lossbridge.losses.cosine_similarity`.
        y_pred: Vectors of the same shape.
        axis: The axis, or axes, of the vectors.
        ignore_nan: Whether a NaN in `y_true` says that its vector was not observed.

    Returns:
        Per-sample values of shape [batch, d0, .. dN-1].

    Raises:
        InputError: If the shapes do not match.
    """
    values = cosine_similarity(y_true, y_pred, axis=axis, ignore_nan=ignore_nan)
    return marked_like(-values, values)


cosine_proximity = registry.public_function(cosine_proximity, package="lossbridge.metrics")


class LossMetric(metrics_keras.metrics.Mean):
    """The weighted mean of a loss over all samples since the last `reset_state()`.

    A metric of Keras 3, or of tf_keras where the environment variable TF_USE_LEGACY_KERAS is 1: each
    compile() takes only metrics of its own. The functions of this module work in both.

    Args:
        fn: A function of `lossbridge.losses`, or an object, whose arguments and semantics are taken; not how
            it reduces.
        name: The name, for logs; None for that of the function, or of the class of a subclass.
        dtype: The dtype of the running sums; None for Keras' floatx.
        **kwargs: Further arguments of `fn`.

    Attributes:
        semantics: The name of the numbers this metric computes, fixed when it is made; see
            `lossbridge.semantics`.
    """

    _sign = 1.0

    def __init__(
        self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any
    ) -> None:
        own = {}
        if isinstance(fn, LossFunctionWrapper) and fn._spec is not None:
            fn, own, its = fn._spec.function, fn._fn_kwargs, fn._semantics
        else:
            its = generations.current()
        spec = registry.spec_of(fn)
        if spec is None:
            raise checks.InputError(
                "fn", "a function or an object of lossbridge.losses", checks.describe(fn)
            )
        if spec.of_batch:
            raise checks.InputError(
                "fn",
                "a loss whose values have a mean",
                f"{spec.name}, which is of a whole batch",
                "CohenKappa, in R metric_cohen_kappa(), is a metric of all samples.",
            )
        if name is None and type(self) is LossMetric:  # Keras names the others after their class
            name = spec.name
        checks.name(name)
        try:
            super().__init__(name=name, dtype=dtype)
            is_float = checks.is_float(tf.as_dtype(self.dtype))
        except (TypeError, ValueError):
            if dtype is None:  # then it is about the name
                raise
            is_float = False
        if not is_float:
            raise checks.no_float_dtype(dtype)
        self._spec, self._semantics = spec, its
        self._fn_kwargs = spec.checked({**own, **kwargs})
        self._direction = "down" if self._sign > 0 else "up"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if cls.__module__ == "lossbridge.metrics":
            registry.serializable(cls, cls.__name__, package="lossbridge.metrics")

    @property
    def semantics(self) -> str:
        """The name of the numbers this metric computes, see `lossbridge.semantics`."""
        return self._semantics.name

    @tf.autograph.experimental.do_not_convert
    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Add a batch.

        Args:
            y_true: True values, as the loss takes them.
            y_pred: Predictions, as the loss takes them; the Keras mask of a tensor is honoured.
            sample_weight: Weights, of shape (), [batch], [batch, 1] or that of the per-sample values.

        Raises:
            InputError: If the inputs do not fit each other or the loss.
        """
        mask = mask_of(y_pred)
        with generations.use(self._semantics):
            batch = self._batch(y_true, y_pred, sample_weight, mask)
            values = evaluate.of_batch(self._spec, batch)
        sample_weight, mask = batch.sample_weight, batch.mask
        for m in (mask, mask_of(values)):
            sample_weight = reduction.masked_weight(sample_weight, m, values)
        classes = evaluate.class_weights(self._spec, batch)
        if classes is not None:  # which are in the values, and not yet in what they are divided by
            if sample_weight is None:
                sample_weight = tf.ones((), values.dtype)
            self.total.assign_add(self._sum(reduction.weighted(values, sample_weight)))
            self.count.assign_add(self._sum(reduction.weighted(classes, sample_weight)))
            return None
        if sample_weight is not None:
            values = reduction.known(values, sample_weight)
        return super().update_state(self._sign * values, sample_weight=sample_weight)

    def _sum(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(checks.cast(x, tf.as_dtype(self.dtype)))

    def _batch(self, y_true: Any, y_pred: Any, sample_weight: Any, mask: Any) -> ragged.Batch:
        """What the values are of that are weighed and averaged."""
        return ragged.flattened(self._spec, y_true, y_pred, self._fn_kwargs, sample_weight, mask)

    def merge_state(self, metrics: Iterable[LossMetric]) -> None:
        """Add what other metrics of the same kind have seen, on other workers say."""
        for metric in metrics:
            if type(metric) is not type(self):
                raise checks.InputError(
                    "metrics", f"{type(self).__name__} metrics", checks.describe(metric)
                )
            self.total.assign_add(metric.total)
            self.count.assign_add(metric.count)

    def get_config(self) -> dict[str, Any]:
        """Every argument of the metric, and its semantics where they are not the default."""
        arguments = self._spec.written(self._fn_kwargs)
        config = {**super().get_config(), **arguments, **self._semantics.config()}
        if type(self) is LossMetric:
            config["fn"] = self._spec.name
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LossMetric:
        """A metric from what `get_config` gave; one of Keras' own configs will do as well."""
        if cls is LossMetric and isinstance(config, dict):
            config = {
                **config,
                "fn": getattr(registry.LOSSES.get(str(config.get("fn"))), "function", None),
            }
        return registry.from_config(cls, config)


registry.serializable(LossMetric, "LossMetric", package="lossbridge.metrics")


class _OfLoss(LossMetric):
    """A metric of a loss without arguments: the class statement says `of` which."""

    def __init__(
        self, name: str | None = None, dtype: Any = None, *, ignore_nan: bool = False
    ) -> None:
        raise NotImplementedError  # each class has its own, with its default name

    def __init_subclass__(
        cls, of: Callable[..., Any] | None = None, name: str | None = None
    ) -> None:
        super().__init_subclass__()
        if of is None:  # a user's subclass of such a class
            return
        name = name or of.__name__

        def __init__(
            self: LossMetric,
            name: str | None = name,
            dtype: Any = None,
            *,
            ignore_nan: bool = False,
        ) -> None:
            LossMetric.__init__(self, of, name=name, dtype=dtype, ignore_nan=ignore_nan)

        cls.__init__ = __init__  # type: ignore[method-assign]


class MeanSquaredError(_OfLoss, of=mean_squared_error):
    """The mean of `lossbridge.losses.mean_squared_error`; see `LossMetric`."""


class MeanAbsoluteError(_OfLoss, of=mean_absolute_error):
    """The mean of `lossbridge.losses.mean_absolute_error`; see `LossMetric`."""


class MeanAbsolutePercentageError(_OfLoss, of=mean_absolute_percentage_error):
    """See `lossbridge.losses.mean_absolute_percentage_error`, and `LossMetric`."""


class MeanSquaredLogarithmicError(_OfLoss, of=mean_squared_logarithmic_error):
    """The mean of `lossbridge.losses.mean_squared_logarithmic_error`; see `LossMetric`."""


class LogCoshError(_OfLoss, of=log_cosh, name="logcosh"):
    """The mean of `lossbridge.losses.log_cosh`; see `LossMetric`."""


class Hinge(_OfLoss, of=hinge):
    """Hinge loss as a metric; see `lossbridge.losses.hinge` and `LossMetric`."""


class SquaredHinge(_OfLoss, of=squared_hinge):
    """Squared hinge loss as a metric; see `lossbridge.losses.squared_hinge` and `LossMetric`."""


class CategoricalHinge(_OfLoss, of=categorical_hinge):
    """Categorical hinge loss as a metric; see `lossbridge.losses.categorical_hinge` and `LossMetric`."""


# The default name of the metric in the Keras that is in use.
_KL_DIVERGENCE = "kl_divergence" if metrics_keras is keras else "kullback_leibler_divergence"


class KLDivergence(_OfLoss, of=kl_divergence, name=_KL_DIVERGENCE):
    """The mean of `lossbridge.losses.kl_divergence`; see `LossMetric`."""


class Poisson(_OfLoss, of=poisson):
    """Poisson loss as a metric; see `lossbridge.losses.poisson` and `LossMetric`."""


class RootMeanSquaredError(_OfLoss, of=mean_squared_error, name="root_mean_squared_error"):
    r"""Square root of the mean squared error, \( \sqrt{\mathrm{mean}((t - p)^2)} \), over all entries.

    Unlike that of other metrics `sample_weight` may have the shape of `y_pred`: a weight for each entry.
    """

    def _batch(self, y_true: Any, y_pred: Any, sample_weight: Any, mask: Any) -> ragged.Batch:
        if not ragged.is_ragged(y_true, y_pred):
            y_pred = checks.float_tensor(y_pred, "y_pred")
            y_true = checks.cast(checks.tensor(y_true, "y_true"), y_pred.dtype)
            y_true, y_pred = checks.same_rank(y_true, y_pred)
            y_true = checks.same_shape(y_true, y_pred)
        # The mean over a last axis of one entry leaves a value for each entry.
        y_true, y_pred = (
            ragged.mapped(lambda x: tf.expand_dims(x, -1), x) for x in (y_true, y_pred)
        )
        return super()._batch(y_true, y_pred, sample_weight, mask)

    def result(self) -> tf.Tensor:
        """The root of the mean so far."""
        return tf.sqrt(super().result())


class CosineSimilarity(LossMetric):
    """Cosine similarity: 1 for the same direction, the opposite sign of the loss of this name."""

    _sign = -1.0

    def __init__(
        self,
        name: str | None = "cosine_similarity",
        dtype: Any = None,
        axis: int | Sequence[int] = -1,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            cosine_similarity, name=name, dtype=dtype, axis=axis, ignore_nan=ignore_nan
        )


class BinaryCrossentropy(LossMetric):
    """Binary cross-entropy as a metric; see `lossbridge.losses.binary_crossentropy`, and `LossMetric`."""

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int | Sequence[int] = -1,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            ignore_nan=ignore_nan,
        )


class CategoricalCrossentropy(LossMetric):
    """Categorical cross-entropy as a metric; see `lossbridge.losses.categorical_crossentropy`."""

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
            ignore_nan=ignore_nan,
        )


class SparseCategoricalCrossentropy(LossMetric):
    """The mean of `lossbridge.losses.sparse_categorical_crossentropy`; see `LossMetric`."""

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
        *,
        ignore_nan: bool = False,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            name=name,
            dtype=dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
            ignore_nan=ignore_nan,
        )


_FUNCTIONS = {
    name: value
    for name, value in globals().items()
    if registry.spec_of(value) is not None and name != "cosine_similarity"
}
_CLASSES = {
    name: value
    for name, value in globals().items()
    if isinstance(value, type)
    and issubclass(value, LossMetric)
    and value not in (LossMetric, _OfLoss)
}
# Names of whole metrics, as Keras resolves them in compile(metrics = ).
_NAMES = {
    "cosine_similarity": CosineSimilarity,
    "cosine_proximity": CosineSimilarity,
    "root_mean_squared_error": RootMeanSquaredError,
    "rmse": RootMeanSquaredError,
    "RMSE": RootMeanSquaredError,
    "log_cosh_error": LogCoshError,
    "logcosh_error": LogCoshError,
    **_CLASSES,
}

# As written into .h5 files.
_SAVED = {
    **{f"lossbridge>{fn.__name__}": fn for fn in _FUNCTIONS.values()},
    **{f"lossbridge.metrics>{fn.__name__}": fn for fn in (*_FUNCTIONS.values(), cosine_proximity)},
    **{f"lossbridge.metrics>{name}": cls for name, cls in _CLASSES.items()},
}
teach_names(metrics_keras, "metrics", {**_FUNCTIONS, **_NAMES, **_SAVED})


def get(identifier: Any) -> Any:
    """A metric from its name, config, class or itself.

    Args:
        identifier: Any name of a metric ("mse", "kullback_leibler_divergence", "Hinge", "AUC", ..), a
            config from `serialize`, a metric class, a function or an object, or None.

    Returns:
        The function for a function's name, an object for a class or its name, None for None.

    Raises:
        InputError: If there is no such metric; the message lists the names.
    """
    if identifier is None:
        return None
    if isinstance(identifier, dict):
        return deserialize(identifier)
    if isinstance(identifier, str):
        if identifier in _FUNCTIONS:
            return _FUNCTIONS[identifier]
        if identifier in _NAMES:
            return _NAMES[identifier]()
        try:
            theirs = metrics_keras.metrics.get(identifier)
        except ValueError:
            theirs = identifier
        if not isinstance(theirs, str):  # which is what tf_keras gives for a name that it lacks
            return theirs
        if identifier in registry.names():  # a loss that Keras has no metric of
            spec = registry.names()[identifier]
            return LossMetric(spec.function) if identifier[0].isupper() else spec.metric
        hint = f"{checks.names_like(identifier, {*_NAMES, *_FUNCTIONS})}, and those of Keras."
        raise checks.InputError("identifier", "the name of a metric", repr(identifier), hint)
    if isinstance(identifier, type):
        return identifier()
    if callable(identifier):
        return identifier
    raise checks.InputError(
        "identifier", "a name, a config, a function or a metric", checks.describe(identifier)
    )


def serialize(metric: Any) -> Any:
    """The config of a metric, as Keras writes it into a saved model."""
    return metrics_keras.saving.serialize_keras_object(metric)


def deserialize(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """A metric from its config (of lossbridge or of Keras) or name."""
    if isinstance(config, str):
        if custom_objects and config in custom_objects:
            return custom_objects[config]
        return get(config)
    if not isinstance(config, dict) or "class_name" not in config or "config" not in config:
        raise checks.InputError(
            "config", "a name or a dict with `class_name` and `config`", f"{config!r}"
        )
    name = config["class_name"]
    if name in _CLASSES and not (custom_objects and name in custom_objects):
        return _CLASSES[name].from_config(config["config"])
    if name == "function" and config["config"] in _FUNCTIONS:
        return _FUNCTIONS[config["config"]]
    return metrics_keras.metrics.deserialize(config, custom_objects=custom_objects)


__getattr__, __dir__ = forwarding(metrics_keras.metrics, globals())

__all__ = [
    "BCE",
    "BinaryCrossentropy",
    "CohenKappa",
    "MatthewsCorrelationCoefficient",
    "hamming_distance",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLD",
    "KLDivergence",
    "LogCoshError",
    "LossMetric",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "bce",
    "binary_crossentropy",
    "categorical_crossentropy",
    "categorical_hinge",
    "cosine_proximity",
    "deserialize",
    "get",
    "hinge",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]
