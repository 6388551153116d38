"""lossbridge: one set of Keras losses for R and Python, computed on TensorFlow.

- `lossbridge.losses`, `lossbridge.metrics`: stand where `keras.losses` and `keras.metrics` stood.
- `lossbridge.loss_*`: the names of the R documentation.
- `lossbridge.compare`: several losses of one's own data, as a table.
- `lossbridge.to_categorical`: class labels as one-hot rows.
- `lossbridge.semantics`: the numbers of Keras 2 or of Keras 3.
"""

__version__ = "0.1.0"

from lossbridge import boundary, losses, metrics
from lossbridge.api import (
    loss_binary_crossentropy,
    loss_binary_focal_crossentropy,
    loss_categorical_crossentropy,
    loss_categorical_focal_crossentropy,
    loss_categorical_generalized_cross_entropy,
    loss_categorical_hinge,
    loss_circle,
    loss_cosine_proximity,
    loss_cosine_similarity,
    loss_ctc,
    loss_dice,
    loss_hinge,
    loss_huber,
    loss_kl_divergence,
    loss_kullback_leibler_divergence,
    loss_log_cosh,
    loss_logcosh,
    loss_mean_absolute_error,
    loss_mean_absolute_percentage_error,
    loss_mean_squared_error,
    loss_mean_squared_logarithmic_error,
    loss_poisson,
    loss_sparse_categorical_crossentropy,
    loss_squared_hinge,
    loss_tversky,
)
from lossbridge.checks import InputError
from lossbridge.generations import get_semantics, semantics, set_semantics
from lossbridge.labels import to_categorical
from lossbridge.parity.compare import compare

__all__ = [
    "InputError",
    "__version__",
    "boundary",
    "compare",
    "get_semantics",
    "loss_binary_crossentropy",
    "loss_binary_focal_crossentropy",
    "loss_categorical_crossentropy",
    "loss_categorical_focal_crossentropy",
    "loss_categorical_generalized_cross_entropy",
    "loss_categorical_hinge",
    "loss_circle",
    "loss_cosine_proximity",
    "loss_cosine_similarity",
    "loss_ctc",
    "loss_dice",
    "loss_hinge",
    "loss_huber",
    "loss_kl_divergence",
    "loss_kullback_leibler_divergence",
    "loss_log_cosh",
    "loss_logcosh",
    "loss_mean_absolute_error",
    "loss_mean_absolute_percentage_error",
    "loss_mean_squared_error",
    "loss_mean_squared_logarithmic_error",
    "loss_poisson",
    "loss_sparse_categorical_crossentropy",
    "loss_squared_hinge",
    "loss_tversky",
    "losses",
    "metrics",
    "semantics",
    "set_semantics",
    "to_categorical",
]
