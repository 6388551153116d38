"""lossbridge: one set of Keras losses for R and Python, computed on TensorFlow.

- `lossbridge.losses`, `lossbridge.metrics`: stand where `keras.losses` and `keras.metrics` stood.
- `lossbridge.addons`: stands where `tensorflow_addons.losses` stood.
- `lossbridge.loss_*`: the names of the R documentation.
- `lossbridge.compiled`: a loss as a program of XLA, for many calls with large arrays.
- `lossbridge.gradient`, `lossbridge.hessian`: the derivatives of a loss by its predictions.
- `lossbridge.objective`, `lossbridge.eval_metric`: a loss for xgboost and LightGBM.
- `lossbridge.distribution_parameters`: what a model predicts of a distribution, as a table.
- `lossbridge.compare`: several losses of one's own data, as a table.
- `lossbridge.to_categorical`: class labels as one-hot rows.
- `lossbridge.class_weights`: weights of the classes of labels.
- `lossbridge.semantics`: the numbers of Keras 2 or of Keras 3.
"""

__version__ = "0.1.0"

from lossbridge import addons, boundary, losses, metrics
from lossbridge import api as _api
from lossbridge.boosting import eval_metric, objective
from lossbridge.checks import InputError
from lossbridge.compiled import compiled
from lossbridge.derivatives import gradient, hessian
from lossbridge.distributions import distribution_parameters
from lossbridge.generations import get_semantics, semantics, set_semantics
from lossbridge.labels import class_weights, to_categorical
from lossbridge.parity.compare import compare
from lossbridge.registry import keep_serializable as _keep_serializable

from .api import *  # noqa: F403 (the names of its __all__)

__all__ = [
    "InputError",
    "__version__",
    "addons",
    "boundary",
    "class_weights",
    "compare",
    "compiled",
    "distribution_parameters",
    "eval_metric",
    "get_semantics",
    "gradient",
    "hessian",
    "losses",
    "metrics",
    "objective",
    "semantics",
    "set_semantics",
    "to_categorical",
]
__all__ += _api.__all__

_keep_serializable()
