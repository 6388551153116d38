"""Keras losses: functions, their short names, and classes. Stands where `keras.losses` stood.

A function gives per-sample values, an object reduces them; see `Loss`. The functions and classes
are grouped by module: `_regression`, `_quantile`, `_hinge`, `_binary`, `_categorical`, `_counts`,
`_count_distributions`, `_deviance`, `_distribution`, `_scores`, `_segmentation`, `_sequence`,
`_embedding`, `_metric_learning`, `_npairs`, `_boxes`, `_kappa` and `_sparsemax`.
"""

from lossbridge._backend import forwarding as _forwarding
from lossbridge._backend import metrics_keras as _keras
from lossbridge.losses._base import Loss, LossFunctionWrapper
from lossbridge.losses._binary import (
    Asymmetric,
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    SigmoidFocalCrossEntropy,
    asymmetric,
    binary_crossentropy,
    binary_focal_crossentropy,
    sigmoid_focal_crossentropy,
)
from lossbridge.losses._boxes import GIoU, giou
from lossbridge.losses._categorical import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
    SparseCategoricalFocalCrossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_generalized_cross_entropy,
    kl_divergence,
    sparse_categorical_crossentropy,
    sparse_categorical_focal_crossentropy,
)
from lossbridge.losses._count_distributions import (
    NegativeBinomialNLL,
    ZeroInflatedNegativeBinomialNLL,
    ZeroInflatedPoissonNLL,
    negative_binomial_nll,
    zero_inflated_negative_binomial_nll,
    zero_inflated_poisson_nll,
)
from lossbridge.losses._counts import Poisson, poisson
from lossbridge.losses._deviance import (
    GammaDeviance,
    PoissonDeviance,
    TweedieDeviance,
    gamma_deviance,
    poisson_deviance,
    tweedie_deviance,
)
from lossbridge.losses._distribution import (
    GammaNLL,
    GaussianMixtureNLL,
    GaussianNLL,
    LaplaceNLL,
    LognormalNLL,
    StudentTNLL,
    gamma_nll,
    gaussian_mixture_nll,
    gaussian_nll,
    laplace_nll,
    lognormal_nll,
    student_t_nll,
)
from lossbridge.losses._embedding import Circle, circle
from lossbridge.losses._hinge import (
    CategoricalHinge,
    Hinge,
    SquaredHinge,
    categorical_hinge,
    hinge,
    squared_hinge,
)
from lossbridge.losses._kappa import WeightedKappa, weighted_kappa
from lossbridge.losses._lookup import Reduction, deserialize, get, serialize
from lossbridge.losses._lookup import teach_keras as _teach_keras
from lossbridge.losses._lookup import tell_directions as _tell_directions
from lossbridge.losses._metric_learning import (
    Contrastive,
    LiftedStruct,
    NTXent,
    SupervisedContrastive,
    TripletHard,
    TripletSemiHard,
    contrastive,
    lifted_struct,
    ntxent,
    supervised_contrastive,
    triplet_hard,
    triplet_semihard,
)
from lossbridge.losses._npairs import NPairs, NPairsMultilabel, npairs, npairs_multilabel
from lossbridge.losses._quantile import (
    Expectile,
    Pinball,
    QuantileHuber,
    expectile,
    pinball,
    quantile_huber,
)
from lossbridge.losses._regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Robust,
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    robust,
)
from lossbridge.losses._scores import EnsembleCRPS, GaussianCRPS, ensemble_crps, gaussian_crps
from lossbridge.losses._segmentation import Dice, Tversky, dice, tversky
from lossbridge.losses._sequence import CTC, ctc
from lossbridge.losses._sparsemax import (
    Sparsemax,
    sparsemax,
)

# Short names, and the names of Keras 2 and TensorFlow 1.
mse = MSE = mean_squared_error
mae = MAE = mean_absolute_error
mape = MAPE = mean_absolute_percentage_error
msle = MSLE = mean_squared_logarithmic_error
bce = BCE = binary_crossentropy
kld = KLD = kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
huber_loss = huber
cosine_proximity = cosine_similarity
pinball_loss = quantile = pinball
contrastive_loss = contrastive
triplet_semihard_loss = triplet_semihard
triplet_hard_loss = triplet_hard
lifted_struct_loss = lifted_struct
npairs_loss = npairs
npairs_multilabel_loss = npairs_multilabel
giou_loss = giou

_teach_keras()
_tell_directions()

__getattr__, __dir__ = _forwarding(_keras.losses, globals())

__all__ = [
    "BCE",
    "CTC",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "Asymmetric",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "Contrastive",
    "CosineSimilarity",
    "Dice",
    "Expectile",
    "GIoU",
    "GammaDeviance",
    "GaussianNLL",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LaplaceNLL",
    "LiftedStruct",
    "LogCosh",
    "LognormalNLL",
    "GaussianMixtureNLL",
    "EnsembleCRPS",
    "GaussianCRPS",
    "NegativeBinomialNLL",
    "ZeroInflatedNegativeBinomialNLL",
    "ZeroInflatedPoissonNLL",
    "GammaNLL",
    "StudentTNLL",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "NTXent",
    "NPairs",
    "NPairsMultilabel",
    "Pinball",
    "Poisson",
    "PoissonDeviance",
    "QuantileHuber",
    "Reduction",
    "Robust",
    "SigmoidFocalCrossEntropy",
    "SparseCategoricalCrossentropy",
    "SparseCategoricalFocalCrossentropy",
    "Sparsemax",
    "SquaredHinge",
    "SupervisedContrastive",
    "TripletHard",
    "TripletSemiHard",
    "Tversky",
    "TweedieDeviance",
    "WeightedKappa",
    "asymmetric",
    "bce",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "contrastive",
    "contrastive_loss",
    "cosine_proximity",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "expectile",
    "gamma_deviance",
    "gaussian_nll",
    "get",
    "giou",
    "giou_loss",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "laplace_nll",
    "lifted_struct",
    "lifted_struct_loss",
    "log_cosh",
    "logcosh",
    "lognormal_nll",
    "gaussian_mixture_nll",
    "ensemble_crps",
    "gaussian_crps",
    "negative_binomial_nll",
    "zero_inflated_negative_binomial_nll",
    "zero_inflated_poisson_nll",
    "gamma_nll",
    "student_t_nll",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "npairs",
    "npairs_loss",
    "npairs_multilabel",
    "npairs_multilabel_loss",
    "ntxent",
    "pinball",
    "pinball_loss",
    "poisson",
    "poisson_deviance",
    "quantile",
    "quantile_huber",
    "robust",
    "serialize",
    "sigmoid_focal_crossentropy",
    "sparse_categorical_crossentropy",
    "sparse_categorical_focal_crossentropy",
    "sparsemax",
    "squared_hinge",
    "supervised_contrastive",
    "triplet_hard",
    "triplet_hard_loss",
    "triplet_semihard",
    "triplet_semihard_loss",
    "tversky",
    "tweedie_deviance",
    "weighted_kappa",
]
