"""Metrics of the agreement of classes: Cohen's kappa, Matthews' correlation, the Hamming distance."""

from __future__ import annotations

from typing import Any

from lossbridge import checks
from lossbridge._backend import metrics_keras, tf
from lossbridge.losses import Loss
from lossbridge.reduction import masked_weight
from lossbridge.registry import serializable


class _Agreement(metrics_keras.metrics.Metric):
    """A metric of the table of true and predicted classes of all samples since the last reset."""

    def __init__(self, num_classes: int, name: str | None, dtype: Any) -> None:
        Loss(name, dtype=dtype)  # which refuses what is no name and no float dtype
        super().__init__(name=name, dtype=dtype)
        self.num_classes = checks.whole_number(num_classes, "num_classes", 2)
        self.table = self.add_weight(
            name="table", shape=(self.num_classes, self.num_classes), initializer="zeros"
        )
        self._direction = "up"  # for callbacks of Keras 3 in mode "auto"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch.

        Args:
            y_true: Labels, of shape [batch] or [batch, 1], or one-hot rows.
            y_pred: Probabilities of the classes, of shape [batch, num_classes]; or, one for each sample,
                labels or, of 2 classes, probabilities of class 1.
            sample_weight: Weights of the samples.

        Raises:
            InputError: If they are not classes, or not as many.
        """
        t = self._classes(checks.tensor(y_true, "y_true"), "y_true")
        p = self._classes(checks.tensor(y_pred, "y_pred"), "y_pred")
        if not p.shape.is_compatible_with(t.shape):
            raise checks.InputError(
                "y_pred", f"of {t.shape[0]} samples, as `y_true` is", f"of {p.shape[0]}"
            )
        dtype = tf.as_dtype(self.table.dtype)
        weight = masked_weight(sample_weight, None, tf.cast(p, dtype))
        if weight is not None:
            weight = weight * tf.ones_like(p, dtype)
        table = tf.math.confusion_matrix(t, p, self.num_classes, weight, dtype)
        self.table.assign_add(table)

    def _classes(self, y: tf.Tensor, argument: str) -> tf.Tensor:
        if y.shape.rank == 2 and y.shape[-1] == self.num_classes:
            known = tf.equal(y, y)
            return checks.all_valid(known, tf.argmax(y, -1), y, argument, "numbers without a NaN")
        rows = f", or rows of shape (batch, {self.num_classes})"
        y = _one_each(y, argument, rows)
        if argument == "y_pred" and y.dtype.is_floating and self.num_classes == 2:
            expected = "labels 0 and 1, or probabilities of class 1"
            is_share = (y >= 0.0) & (y <= 1.0)
            return checks.all_valid(is_share, tf.cast(y > 0.5, tf.int64), y, argument, expected)
        labels, _, valid = checks.found_labels(y, self.num_classes)
        expected = f"whole class labels from 0 to {self.num_classes - 1}{rows}"
        return tf.cast(checks.all_valid(valid, labels, y, argument, expected), tf.int64)

    def _sums(self) -> tuple[tf.Tensor, ...]:
        """The table, and how often each class is true and predicted."""
        table = tf.convert_to_tensor(self.table)
        return table, tf.reduce_sum(table, 1), tf.reduce_sum(table, 0)

    def get_config(self) -> dict[str, Any]:
        """Every argument of the metric."""
        return {"num_classes": self.num_classes, **super().get_config()}


def _one_each(y: tf.Tensor, argument: str, otherwise: str) -> tf.Tensor:
    """`y` in one dimension, if it has one number for each sample."""
    if y.shape.rank not in (1, None) and not y.shape.is_compatible_with([None, 1]):
        raise checks.InputError(
            argument,
            f"of shape (batch) or (batch, 1){otherwise}",
            f"of shape {checks.shape(y)}",
        )
    return tf.reshape(y, [-1])


class CohenKappa(_Agreement):
    """Cohen's kappa: agreement beyond that by chance; 1 for the same classes, 0 for none beyond chance.

    Args:
        num_classes: How many classes there are.
        name: The name, for logs.
        weightage: What a wrong class weighs: None for 1, "linear" for its distance from the true one,
            "quadratic" for the square of that.
        sparse_labels: Taken, and of no effect: labels are known from one-hot rows by their shape.
        regression: Whether predictions are numbers on the scale of the classes, to be rounded.
        dtype: The dtype of the table; None for Keras' floatx.

    Reference:
        Cohen, J. (1968). Weighted Kappa: Nominal Scale Agreement with Provision for Scaled Disagreement or
        Partial Credit.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = "cohen_kappa",
        weightage: str | None = None,
        sparse_labels: bool = False,
        regression: bool = False,
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes, name, dtype)
        self.weightage = checks.one_of(weightage, "weightage", (None, "linear", "quadratic"))
        self.sparse_labels = checks.flag(sparse_labels, "sparse_labels")
        self.regression = checks.flag(regression, "regression")

    def _classes(self, y: tf.Tensor, argument: str) -> tf.Tensor:
        if argument == "y_pred" and self.regression:
            y = _one_each(y, argument, ", for regression")
            labels = tf.clip_by_value(tf.round(y), 0, self.num_classes - 1)
            known = tf.equal(y, y)
            return checks.all_valid(
                known, tf.cast(labels, tf.int64), y, argument, "numbers without a NaN"
            )
        return super()._classes(y, argument)

    def result(self) -> tf.Tensor:
        """Kappa; 0 of no samples, and of one class only."""
        table, true, predicted = self._sums()
        label = tf.range(self.num_classes, dtype=table.dtype)
        distance = tf.abs(label[:, None] - label[None, :])
        if self.weightage is None:
            distance = tf.minimum(distance, 1.0)
        elif self.weightage == "quadratic":
            distance = tf.square(distance)
        total = tf.reduce_sum(table)
        by_chance = tf.reduce_sum(distance * true[:, None] * predicted[None, :])
        found = tf.reduce_sum(distance * table) * total
        return tf.math.divide_no_nan(by_chance - found, by_chance)

    def get_config(self) -> dict[str, Any]:
        """Every argument of the metric."""
        own = ("weightage", "sparse_labels", "regression")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


class MatthewsCorrelationCoefficient(_Agreement):
    """Matthews' correlation of true and predicted classes, for two classes or more.

    Args:
        num_classes: How many classes there are.
        name: The name, for logs.
        dtype: The dtype of the table; None for Keras' floatx.

    Reference:
        Gorodkin, J. (2004). Comparing Two K-Category Assignments by a K-Category Correlation Coefficient.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = "MatthewsCorrelationCoefficient",
        dtype: Any = None,
    ) -> None:
        super().__init__(num_classes, name, dtype)

    def result(self) -> tf.Tensor:
        """The correlation; 0 where one class only is true, or predicted."""
        table, true, predicted = self._sums()
        total = tf.reduce_sum(table)

        def covariance(a: tf.Tensor, b: tf.Tensor, of_same: tf.Tensor) -> tf.Tensor:
            return of_same * total - tf.reduce_sum(a * b)

        both = covariance(true, predicted, tf.linalg.trace(table))
        spread = tf.sqrt(covariance(true, true, total)) * tf.sqrt(
            covariance(predicted, predicted, total)
        )
        return tf.math.divide_no_nan(both, spread)


def hamming_distance(actuals: Any, predictions: Any) -> tf.Tensor:
    """The share of the entries in which two arrays differ.

    Args:
        actuals: Classes, or 0 and 1.
        predictions: The same, of the same shape.

    Returns:
        A number from 0 to 1; NaN if there is a NaN.

    Raises:
        InputError: If the shapes do not match.

    Example:
        >>> float(hamming_distance([1, 0, 0, 1], [1, 1, 0, 1]))
        0.25
    """
    a, b = checks.tensor(actuals, "actuals"), checks.tensor(predictions, "predictions")
    if not a.shape.is_compatible_with(b.shape):
        raise checks.InputError(
            "predictions",
            f"of the shape of actuals, {checks.shape(a)}",
            f"of shape {checks.shape(b)}",
        )
    if a.dtype != b.dtype:
        a, b = tf.cast(a, tf.float64), tf.cast(b, tf.float64)
    different = tf.cast(tf.not_equal(a, b), checks.floatx())
    if a.dtype.is_floating:
        known = tf.equal(a, a) & tf.equal(b, b)
        different = tf.where(known, different, float("nan"))
    return tf.reduce_mean(different)


for _cls in (CohenKappa, MatthewsCorrelationCoefficient):
    serializable(_cls, _cls.__name__, "Addons")
