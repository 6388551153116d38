"""Losses where scikit-learn scores estimators."""

from __future__ import annotations

from typing import Any

import numpy as np

from lossbridge import checks
from lossbridge.boosting import EvalMetric


def scorer(loss: Any) -> Scorer:
    """A loss as `scoring` of `cross_val_score`, `GridSearchCV` and the like: its mean, with a minus.

    Args:
        loss: A loss that is a sum over rows, see `lossbridge.objective`. One of probabilities is of what
            `predict_proba` gives, in the order of the estimator's classes, the others of `predict`.

    Returns:
        A function of `(estimator, X, y, sample_weight=None)`; greater is better.

    Raises:
        InputError: If the loss is not a sum over rows; at a call, if there are no probabilities for it.

    Example:
        >>> from lossbridge.sklearn import scorer
        >>> class Always1:
        ...     def predict(self, X):
        ...         return [1.0 for _ in X]
        >>> scorer("mse")(Always1(), [[0], [0]], [1.0, 3.0])
        -2.0
    """
    return Scorer(loss)


class Scorer:
    """See `scorer`."""

    def __init__(self, loss: Any) -> None:
        self.metric = EvalMetric(loss, link="identity")

    def __call__(self, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Minus the weighted mean of the loss."""
        if self.metric.kind == "numeric":
            return -self.metric(y, estimator.predict(X), sample_weight)
        if not hasattr(estimator, "predict_proba"):
            raise checks.InputError(
                "estimator",
                f"one with predict_proba(), which {self.metric.__name__} is of",
                f"a {type(estimator).__name__}",
            )
        p = np.asarray(estimator.predict_proba(X))
        labels = np.searchsorted(estimator.classes_, y)
        if self.metric.kind == "binary" and p.shape[1] == 2:
            p = p[:, 1]
        return -self.metric(labels, p, sample_weight)

    def __repr__(self) -> str:
        return f"<lossbridge scorer of {self.metric.__name__}>"
