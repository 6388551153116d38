"""Losses as objectives and metrics of boosted trees: against xgboost's and LightGBM's own."""

import copy
import pickle

import numpy as np
import pytest
import tensorflow as tf
from loss_inputs import assert_close, installed

import lossbridge
from lossbridge import losses
from lossbridge.checks import InputError

needs_xgboost = pytest.mark.skipif(not installed("xgboost"), reason="xgboost is not installed")
needs_lightgbm = pytest.mark.skipif(not installed("lightgbm"), reason="lightgbm is not installed")

RNG = np.random.default_rng(3)
X = RNG.normal(size=(120, 4)).astype("f4")
SIGNAL = X[:, 0] + np.sin(2 * X[:, 1])
Y = (SIGNAL + 0.3 * RNG.normal(size=120)).astype("f4")
LABELS = {
    "real": Y,
    "binary": (Y > 0.2).astype("f4"),
    "classes": np.digitize(Y, [-0.5, 0.8]).astype("f4"),
    "counts": RNG.poisson(np.exp(0.5 * SIGNAL)).astype("f4"),
    "amounts": np.exp(Y),
}
WEIGHT = RNG.uniform(0.2, 3.0, 120).astype("f4")
ROUNDS = 8


def pseudo_huber(t, p):
    """xgboost's, with a slope of 1."""
    return tf.reduce_mean(tf.sqrt(1.0 + tf.square(p - t)) - 1.0, -1)


def short(x):
    """The id of a case, which is the same in every process: no address."""
    return getattr(x, "__name__", str(x))[:30]


# -- the engines' own objectives --------------------------------------------------------------------

XGBOOST = [
    ("mean_squared_error", "reg:squarederror", "real", {}),
    ("binary_crossentropy", "binary:logistic", "binary", {}),
    ("sparse_categorical_crossentropy", "multi:softprob", "classes", {"num_class": 3}),
    (losses.CategoricalCrossentropy(), "multi:softprob", "classes", {"num_class": 3}),
    (losses.Poisson(), "count:poisson", "counts", {}),
    (losses.PoissonDeviance(log_link=True), "count:poisson", "counts", {}),
    (losses.GammaDeviance(), "reg:gamma", "amounts", {}),
    (losses.TweedieDeviance(1.5), "reg:tweedie", "counts", {"tweedie_variance_power": 1.5}),
    (pseudo_huber, "reg:pseudohubererror", "real", {}),
]


@needs_xgboost
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(("loss", "own", "labels", "more"), XGBOOST, ids=short)
def test_trees_are_those_of_xgboost(loss, own, labels, more, weight):
    import xgboost

    data = xgboost.DMatrix(X, LABELS[labels], weight=weight)
    margin = np.zeros((120, more.get("num_class", 1)), "f4")
    data.set_base_margin(margin)
    params = {"max_depth": 3, "eta": 0.3, "min_child_weight": 2, "nthread": 1, **more}
    theirs = xgboost.train({**params, "objective": own}, data, ROUNDS)
    if own == "count:poisson":
        params["max_delta_step"] = 0.7
    named = not callable(loss) or isinstance(loss, losses.Loss)
    objective = lossbridge.objective(
        loss, hessian="engine" if named else "exact", min_hessian=1e-16
    )
    ours = xgboost.train(params, data, ROUNDS, obj=objective)
    expected = theirs.predict(data, output_margin=True)
    found = ours.predict(data, output_margin=True)
    assert np.std(expected) > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-5)
    if named:
        probabilities = objective.inverse_link(found)
        np.testing.assert_allclose(probabilities, theirs.predict(data), rtol=1e-4, atol=1e-5)


LIGHTGBM = [
    ("mean_squared_error", {"objective": "l2"}, "real"),
    ("binary_crossentropy", {"objective": "binary"}, "binary"),
    ("sparse_categorical_crossentropy", {"objective": "multiclass", "num_class": 3}, "classes"),
    ("poisson", {"objective": "poisson"}, "counts"),
    ("poisson_deviance", {"objective": "poisson"}, "counts"),
    ("gamma_deviance", {"objective": "gamma"}, "amounts"),
    (
        losses.TweedieDeviance(1.3, log_link=True),
        {"objective": "tweedie", "tweedie_variance_power": 1.3},
        "counts",
    ),
    (losses.Huber(delta=0.5), {"objective": "huber", "alpha": 0.5}, "real"),
]


@needs_lightgbm
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["plain", "weighted"])
@pytest.mark.parametrize(("loss", "own", "labels"), LIGHTGBM, ids=short)
def test_trees_are_those_of_lightgbm(loss, own, labels, weight):
    import lightgbm

    params = {
        **own,
        "verbosity": -1,
        "num_threads": 1,
        "num_leaves": 5,
        "min_sum_hessian_in_leaf": 2.0,
        "lambda_l2": 0.5,
        "boost_from_average": False,
        "deterministic": True,
    }

    def trained(params):
        data = lightgbm.Dataset(X, LABELS[labels], weight=weight)
        return lightgbm.train(params, data, ROUNDS).predict(X, raw_score=True)

    expected = trained(params)
    objective = lossbridge.objective(loss, "lightgbm", hessian="engine")
    found = trained({**params, "objective": objective})
    assert np.std(expected) > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-5)


@needs_xgboost
def test_with_exact_hessians_trees_without_penalty_differ_by_nothing_for_half_the_loss():
    """Both derivatives of the squared error are twice those of xgboost: a penalty of twice the size."""
    import xgboost

    data = xgboost.DMatrix(X, Y, base_margin=np.zeros(120))
    params = {"max_depth": 3, "nthread": 1, "lambda": 1.0}
    half = xgboost.train(params, data, 3).predict(data)
    exact = lossbridge.objective("mse")
    whole = xgboost.train({**params, "lambda": 2.0, "min_child_weight": 2}, data, 3, obj=exact)
    np.testing.assert_allclose(whole.predict(data), half, atol=1e-5)


# -- scikit-learn -----------------------------------------------------------------------------------


@needs_xgboost
@needs_lightgbm
@pytest.mark.skipif(not installed("sklearn"), reason="scikit-learn is not installed")
def test_forms_of_scikit_learn():
    import lightgbm
    import xgboost
    from sklearn.base import clone

    of_xgboost = xgboost.XGBRegressor(
        n_estimators=ROUNDS,
        objective=lossbridge.objective("mse", hessian="engine"),
        eval_metric=lossbridge.eval_metric("mse"),
        base_score=0.0,
        n_jobs=1,
        disable_default_eval_metric=1,
    )
    fitted = clone(of_xgboost).fit(X, Y, sample_weight=WEIGHT, eval_set=[(X, Y)], verbose=False)
    plain = xgboost.XGBRegressor(n_estimators=ROUNDS, base_score=0.0, n_jobs=1).fit(
        X, Y, sample_weight=WEIGHT
    )
    np.testing.assert_allclose(fitted.predict(X), plain.predict(X), atol=1e-5)
    history = fitted.evals_result()["validation_0"]["mean_squared_error"]
    np.testing.assert_allclose(history[-1], np.mean((fitted.predict(X) - Y) ** 2), rtol=1e-5)

    loss = "sparse_categorical_crossentropy"
    labels = LABELS["classes"]
    of_lightgbm = lightgbm.LGBMClassifier(
        n_estimators=ROUNDS,
        objective=lossbridge.objective(loss, "lightgbm", hessian="engine"),
        n_jobs=1,
        verbosity=-1,
    )
    fitted = clone(of_lightgbm).fit(
        X, labels, eval_set=[(X, labels)], eval_metric=lossbridge.eval_metric(loss, "lightgbm")
    )
    data = lightgbm.Dataset(X, labels)
    params = {"objective": "multiclass", "num_class": 3, "verbosity": -1, "num_threads": 1}
    params["boost_from_average"] = False
    plain = lightgbm.train(params, data, ROUNDS).predict(X, raw_score=True)
    np.testing.assert_allclose(fitted.predict(X, raw_score=True), plain, atol=1e-5)
    history = fitted.evals_result_["training"][loss]
    expected = losses.SparseCategoricalCrossentropy(from_logits=True)(labels, plain)
    np.testing.assert_allclose(history[-1], expected, rtol=1e-4)


@needs_xgboost
@needs_lightgbm
def test_early_stopping_on_the_same_loss():
    import lightgbm
    import xgboost

    train, valid = slice(0, 60), slice(60, 120)
    huber = losses.Huber(delta=0.5)
    params = {"eta": 1.0, "nthread": 1, "base_score": 0.0, "disable_default_eval_metric": 1}
    history = {}
    booster = xgboost.train(
        params,
        xgboost.DMatrix(X[train], Y[train]),
        60,
        obj=lossbridge.objective(huber),
        custom_metric=lossbridge.eval_metric(huber, name="robust"),
        evals=[(xgboost.DMatrix(X[valid], Y[valid]), "valid")],
        early_stopping_rounds=5,
        evals_result=history,
        verbose_eval=False,
    )
    values = history["valid"]["robust"]
    assert len(values) < 60
    assert booster.best_iteration == np.argmin(values)

    data = lightgbm.Dataset(X[train], Y[train])
    params = {"learning_rate": 1.0, "verbosity": -1, "num_threads": 1, "metric": "None"}
    params["objective"] = lossbridge.objective(huber, "lightgbm")
    booster = lightgbm.train(
        params,
        data,
        60,
        valid_sets=[lightgbm.Dataset(X[valid], Y[valid], reference=data)],
        feval=lossbridge.eval_metric(huber, "lightgbm"),
        callbacks=[lightgbm.early_stopping(5, verbose=False)],
    )
    assert booster.best_iteration < 60


@pytest.mark.skipif(not installed("sklearn"), reason="scikit-learn is not installed")
def test_scorer():
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.metrics import log_loss, mean_absolute_error
    from sklearn.model_selection import cross_val_score

    from lossbridge.sklearn import scorer

    found = cross_val_score(LinearRegression(), X, Y, scoring=scorer("mae"), cv=3)
    expected = cross_val_score(LinearRegression(), X, Y, scoring="neg_mean_absolute_error", cv=3)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    line = LinearRegression().fit(X, Y)
    expected = mean_absolute_error(Y, line.predict(X), sample_weight=WEIGHT)
    np.testing.assert_allclose(scorer("mae")(line, X, Y, WEIGHT), -expected, rtol=1e-5)
    for labels, loss in (
        (np.array(["a", "b", "c"])[LABELS["classes"].astype(int)], "categorical_crossentropy"),
        (
            np.array(["a", "b", "c"])[LABELS["classes"].astype(int)],
            "sparse_categorical_crossentropy",
        ),
        (np.array(["no", "yes"])[LABELS["binary"].astype(int)], "binary_crossentropy"),
    ):
        logistic = LogisticRegression().fit(X, labels)
        expected = log_loss(labels, logistic.predict_proba(X))
        np.testing.assert_allclose(scorer(loss)(logistic, X, labels), -expected, rtol=1e-4)
    with pytest.raises(InputError, match="`estimator`: must be one with predict_proba()"):
        scorer("binary_crossentropy")(line, X, LABELS["binary"])
    assert repr(scorer("mae")) == "<lossbridge scorer of mean_absolute_error>"


# -- derivatives ------------------------------------------------------------------------------------


def test_layouts_of_several_classes():
    """(rows, classes) in both; flat by rows in xgboost, by classes in LightGBM before 4 and in its R."""
    margins = RNG.normal(size=(5, 3)).astype("f4")
    labels = np.array([0, 2, 1, 1, 0])
    share = np.exp(margins) / np.exp(margins).sum(1, keepdims=True)
    slopes, curvature = share - np.eye(3)[labels], share * (1.0 - share)
    for engine, order in (("xgboost", "C"), ("lightgbm", "F")):
        for loss in ("sparse_categorical_crossentropy", "categorical_crossentropy"):
            objective = lossbridge.objective(loss, engine)
            found = objective(labels, margins)
            for x, expected in zip(found, (slopes, curvature), strict=True):
                assert_close(x, expected)
            flat = objective(labels, margins.ravel(order=order))
            for x, expected in zip(flat, (slopes, curvature), strict=True):
                assert_close(x, expected.ravel(order=order))
            value = lossbridge.eval_metric(loss, engine)(labels, margins)
            value = value if engine == "xgboost" else value[1]
            expected = -np.log(share[np.arange(5), labels]).mean()
            np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        ("kl_divergence", [0, 2]),
        ("categorical_generalized_cross_entropy", [0, 2]),
        (losses.CategoricalFocalCrossentropy(), [0, 2]),
        (losses.Poisson(), [3.0, 0.0]),
        (losses.Asymmetric(), [1.0, 0.0]),
        (losses.QuantileHuber(tau=[0.1, 0.5, 0.9]), [1, 0]),
        ("squared_hinge", [1.0, 0.0]),
        ("mean_squared_logarithmic_error", [1.0, 5.0]),
    ],
    ids=str,
)
def test_chain_rule_of_links(loss, labels):
    margins = np.array([[0.3, -0.2, 0.9], [1.2, 0.1, -0.4]])
    margins = margins if isinstance(labels[0], int) else margins[:, 0]
    objective = lossbridge.objective(loss, min_hessian=0.0)
    metric = lossbridge.eval_metric(loss)
    gradient, hessian = objective(labels, margins)
    for i in np.ndindex(margins.shape):

        def moved(by, i=i):
            m = margins.copy()
            m[i] += by
            return m

        value = [metric(labels, moved(by)) * 2 for by in (-1e-4, 1e-4)]
        np.testing.assert_allclose(gradient[i], (value[1] - value[0]) / 2e-4, rtol=1e-5, atol=1e-7)
        slopes = [objective(labels, moved(by))[0][i] for by in (-1e-4, 1e-4)]
        curvature = max((slopes[1] - slopes[0]) / 2e-4, 0.0)
        np.testing.assert_allclose(hessian[i], curvature, rtol=1e-5, atol=1e-7)


def test_floor_is_before_weights():
    gradient, hessian = lossbridge.objective("mae")([0.0, 0.0], [1.0, -2.0], [3.0, 0.5])
    assert_close(gradient, [3.0, -0.5])
    assert_close(hessian, [3.0, 0.5])
    hessian = lossbridge.objective(losses.Huber(), min_hessian=0.25)([0.0, 0.0], [0.5, 2.0])[1]
    assert_close(hessian, [1.0, 0.25])
    assert lossbridge.objective("binary_crossentropy").min_hessian == 1e-16
    assert lossbridge.objective("log_cosh").min_hessian == 1.0
    assert lossbridge.objective("asymmetric").min_hessian == 0.25
    assert lossbridge.objective(pseudo_huber).min_hessian == 1.0


def test_labels_that_were_not_observed_and_weights_of_zero():
    loss = losses.MeanSquaredError(ignore_nan=True)
    found = lossbridge.objective(loss)([np.nan, 1.0], [5.0, 3.0])
    for x, expected in zip(found, ([0.0, 4.0], [0.0, 2.0]), strict=True):
        assert_close(x, expected)
    assert lossbridge.eval_metric(loss)([np.nan, 1.0], [5.0, 3.0]) == 4.0
    classes = losses.CategoricalCrossentropy(ignore_nan=True)
    gradient, hessian = lossbridge.objective(classes)([np.nan, 1.0], np.zeros((2, 3)))
    assert_close(gradient, [[0.0] * 3, [1 / 3, -2 / 3, 1 / 3]], "float64")
    assert_close(hessian, [[0.0] * 3, [2 / 9] * 3], "float64")
    found = lossbridge.objective("mse")([np.nan, 1.0], [5.0, 3.0], [0.0, 2.0])
    for x, expected in zip(found, ([0.0, 8.0], [0.0, 4.0]), strict=True):
        assert_close(x, expected)


def test_reduction_does_not_matter():
    for reduction in ("sum", "none", "sum_over_batch_size"):
        gradient, _ = lossbridge.objective(losses.Huber(reduction=reduction))(
            [0.0, 0.0], [0.5, 2.0]
        )
        assert_close(gradient, [0.5, 1.0])


def test_losses_of_others():
    import keras

    class Cubic(losses.Loss):
        def call(self, y_true, y_pred):
            return tf.reduce_mean(tf.abs(y_pred - y_true) ** 3, -1)

    class Foreign(keras.losses.Loss):
        def call(self, y_true, y_pred):
            return tf.reduce_mean(tf.abs(y_pred - y_true) ** 3, -1)

    for loss in (Cubic(), Foreign(), lossbridge.compiled(Cubic())):
        gradient, hessian = lossbridge.objective(loss)([0.0, 0.0], [1.0, -2.0])
        assert_close(gradient, [3.0, -12.0])
        assert_close(hessian, [6.0, 12.0])
    gradient, _ = lossbridge.objective(keras.losses.Huber(delta=0.5))([0.0], [2.0])
    assert_close(gradient, [0.5])


def test_copies_and_pickles_leave_the_program_behind():
    objective = lossbridge.objective("huber", hessian="exact")
    expected = objective([0.0], [0.5])
    for other in (copy.deepcopy(objective), pickle.loads(pickle.dumps(objective))):
        assert other([0.0], [0.5]) == expected
    assert repr(objective) == "<lossbridge objective huber for xgboost, link identity>"


def test_one_program_serves_all_rounds():
    objective = lossbridge.objective("huber")
    for i in range(5):
        objective(Y, X[:, 0] * i, WEIGHT)
    assert len(objective._program) == 1


DISTRIBUTIONS = ["gaussian_nll", "negative_binomial_nll", "gaussian_crps"]


@pytest.mark.parametrize("engine", ["xgboost", "lightgbm"])
@pytest.mark.parametrize("loss", DISTRIBUTIONS)
def test_margins_are_the_parameters_of_a_distribution(loss, engine):
    t, weight = np.array([0.0, 2.0, 5.0]), np.array([1.0, 0.0, 3.0])
    margins = np.array([[0.5, -0.3], [1.0, 0.2], [-1.0, 0.7]])
    objective = lossbridge.objective(loss, engine, min_hessian=0.5)
    order = "F" if engine == "lightgbm" else "C"
    for given in (margins, margins.ravel(order)):
        gradient, hessian = (
            x if x.ndim == 2 else x.reshape(3, 2, order=order) for x in objective(t, given, weight)
        )
        assert_close(gradient, lossbridge.gradient(loss, t, margins).numpy() * weight[:, None])
        second = np.maximum(lossbridge.hessian(loss, t, margins), 0.5) * weight[:, None]
        assert_close(hessian, second)
    mean = np.average(lossbridge.losses.get(loss)(t, margins), weights=weight)
    assert_close(lossbridge.eval_metric(loss, "xgboost")(t, margins, weight), mean)


@needs_xgboost
@needs_lightgbm
def test_trees_find_mean_and_standard_deviation():
    import lightgbm
    import xgboost

    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, size=(4000, 1)).astype(float)
    y = 2.0 * x[:, 0] + np.exp(x[:, 0] - 1.0) * rng.normal(size=4000)
    for_both = {"max_depth": 1, "num_class": 2, "base_score": 0.0, "nthread": 1}
    data, groups = xgboost.DMatrix(x, y), np.array([[0.0], [1.0]])
    booster = xgboost.train(for_both, data, 60, obj=lossbridge.objective("gaussian_nll"))
    margins = booster.predict(xgboost.DMatrix(groups), output_margin=True)
    other = {"objective": lossbridge.objective("gaussian_nll", "lightgbm"), "num_class": 2}
    quiet = {"verbosity": -1, "num_threads": 1}
    machine = lightgbm.train({**other, **quiet}, lightgbm.Dataset(x, y), 60)
    for found in (margins, machine.predict(groups, raw_score=True)):
        table = lossbridge.distribution_parameters(found, "gaussian_nll")
        np.testing.assert_allclose(table["mean"], [0.0, 2.0], atol=0.06)
        np.testing.assert_allclose(table["sd"], np.exp([-1.0, 0.0]), rtol=0.06)


# -- what does not fit ------------------------------------------------------------------------------

BAD = [
    (
        "dice",
        "must be a sum over rows, to be an objective of trees, not dice. It is of a whole mask",
    ),
    ("ctc", "It is of sequences of labels, not of one label for each row"),
    ("circle", "It is of pairs of embeddings, not a sum over rows"),
    ("cosine_similarity", "It is of the directions of vectors"),
    (None, "`loss`: must be a loss, or the name of one, not None"),
]


@pytest.mark.parametrize(("loss", "message"), BAD, ids=str)
def test_losses_that_cannot_serve(loss, message):
    with pytest.raises(InputError, match=message):
        lossbridge.objective(loss)


CALLS = [
    ("binary_crossentropy", [2.0, 0.0], [0.0, 0.0], "must be labels between 0 and 1, not 2. It is the l"),
    ("hinge", [2.0, 0.0], [0.0, 0.0], "must be labels -1 and 1, or 0 and 1, not 2"),
    ("poisson", [-1.0, 0.0], [0.0, 0.0], "must be numbers of at least 0, not -1"),
    ("mse", [0.0, np.nan], [0.0, 0.0], "must be numbers, not nan. It is the label of row 1, .* `ignore_nan"),
    ("sparse_categorical_crossentropy", [0, 3], np.zeros((2, 3)), "whole class labels from 0 to 2, not 3"),
    ("categorical_crossentropy", [0, 0.5], np.zeros((2, 3)), "whole class labels from 0 to 2, not 0.5"),
    ("categorical_crossentropy", [0, 1], np.zeros(2), "margins of at least 2 classes, .* Set `num_class`"),
    ("mse", [0, 1, 1], np.zeros(2), r"labels of shape \(2, 1\), for margins of shape \(2,\)"),
    ("mse", [0, 1], np.zeros((2, 3)), "A loss of classes takes several margins for a row"),
    ("gaussian_nll", [0, 1], np.zeros((2, 3)), r"\[mean, raw scale\], not 3 of them"),
    ("gaussian_nll", [[0, 1]] * 2, np.zeros((2, 3)), r"labels of shape \(2, 3\)"),
    ("mse", 0.0, np.zeros(2), r"`y_true`: must be of shape \(rows,\) or \(rows, columns\)"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "labels", "margins", "message"), CALLS, ids=str)
def test_data_that_does_not_fit(loss, labels, margins, message):
    for use in (lossbridge.objective, lossbridge.eval_metric):
        with pytest.raises(InputError, match=message):
            use(loss)(labels, margins)


def test_arguments_that_do_not_fit():
    with pytest.raises(
        InputError, match='`hessian`: must be "exact" for log_cosh, which xgboost has no'
    ):
        lossbridge.objective("log_cosh", hessian="engine")
    with pytest.raises(InputError, match="`min_hessian`: must be a number of at least 0, not -1"):
        lossbridge.objective("mse", min_hessian=-1)
    with pytest.raises(
        InputError, match='`link`: must be "logit" or "identity" for binary_crossentropy'
    ):
        lossbridge.objective("binary_crossentropy", link="softmax")
    with pytest.raises(
        InputError, match='`link`: must be "identity" for gamma_nll, whose parameters'
    ):
        lossbridge.objective("gamma_nll", link="log")
    with pytest.raises(InputError, match="engine"):
        lossbridge.objective("mse", "catboost")
    with pytest.raises(
        InputError, match="`sample_weight`: must be 2 weights, one for each row, not 3"
    ):
        lossbridge.objective("mse")([0.0, 1.0], [0.0, 0.0], [1.0, 1.0, 1.0])
