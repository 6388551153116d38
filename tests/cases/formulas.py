"""Every loss by its formula: the exact numbers that the cases and `make accuracy` compare with.

Written from the definitions with mpmath, without TensorFlow and without a look at lossbridge's code.
Derivatives are carried along with the values.

`python tests/cases/formulas.py` fills in `expected`, in 50 digits, of the cases with source "formula" where
it is null.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import pathlib
import struct
from collections.abc import Callable, Iterator
from typing import Any

import duals
from duals import Dual, absolute, clip, dual, exp, log, maximum, mean, minimum, sqrt, total
from mpmath import mp, mpf

CASES = pathlib.Path(__file__).parent / "losses.json"

# -- the losses -----------------------------------------------------------------------------------
# Each takes a row of y_true, a row of y_pred (`Dual`s), the constants and the arguments of the loss.
# Of dice and tversky a row is all that is summed over, of embeddings and similarities the whole batch.


@dataclasses.dataclass(frozen=True)
class Constants:
    """Keras' constants."""

    semantics: str
    number: Callable[[float], Any]
    """Makes a number of mpmath of one of Python: exact, or rounded to the dtype that is computed in."""

    @property
    def eps(self) -> Any:
        return self.number(1e-7)

    @property
    def top(self) -> Any:
        return self.number(1 - 1e-7)

    @property
    def bce_offset(self) -> Any:
        return self.eps if self.semantics == "keras2" else mpf(0)

    @property
    def norm_floor(self) -> Any:
        return self.number(1e-6 if self.semantics == "keras2" else 1e-7)


def pairs(*rows: Any) -> Iterator[Any]:
    return zip(*rows, strict=True)


def mean_squared_error(t, p, c):
    return mean([(a - b) ** 2 for a, b in pairs(t, p)])


def mean_absolute_error(t, p, c):
    return mean([absolute(a - b) for a, b in pairs(t, p)])


def mean_absolute_percentage_error(t, p, c):
    return 100 * mean([absolute(a - b) / max(abs(a), c.eps) for a, b in pairs(t, p)])


def mean_squared_logarithmic_error(t, p, c):
    return mean(
        [(log(dual(1 + max(a, c.eps))) - log(1 + maximum(b, c.eps))) ** 2 for a, b in pairs(t, p)]
    )


def huber(t, p, c, delta=1):
    def one(e):
        return e * e / 2 if e.v <= delta else delta * e - delta * delta / mpf(2)

    return mean([one(absolute(a - b)) for a, b in pairs(t, p)])


def by_output(t, p, taus):
    """Truth, prediction and tau of each output; of one truth that is the same for all."""
    return pairs(t * (len(p) // len(t)), p, taus if isinstance(taus, list) else [taus] * len(p))


def pinball(t, p, c, tau=mpf("0.5")):
    return mean([maximum(q * (a - b), (q - 1) * (a - b)) for a, b, q in by_output(t, p, tau)])


def expectile(t, p, c, tau=mpf("0.5")):
    return mean([(q if a > b.v else 1 - q) * (a - b) ** 2 for a, b, q in by_output(t, p, tau)])


def quantile_huber(t, p, c, tau=mpf("0.5"), delta=mpf(1)):
    def one(e, q):
        side = q if e.v > 0 else 1 - q
        size = absolute(e)
        return side * (size * size / (2 * delta) if size.v <= delta else size - delta / 2)

    return mean([one(a - b, q) for a, b, q in by_output(t, p, tau)])


def robust(t, p, c, alpha=mpf(1), scale=mpf(1)):
    def one(e):
        half = e * e / (2 * scale * scale)
        if alpha == 2:
            return half
        if alpha == 0:
            return log(half + 1)
        if alpha == -mp.inf:
            return 1 - exp(-half)
        b = abs(alpha - 2)
        return (b / alpha) * ((2 * half / b + 1) ** (alpha / 2) - 1)

    return mean([one(b - a) for a, b in pairs(t, p)])


def tweedie_deviance(t, p, c, power=mpf("1.5"), log_link=False):
    k = power

    def one(a, b):
        b = exp(b) if log_link else (b if k == 0 else clip(b, c.eps, mp.inf))
        a = max(a, c.eps) if k >= 2 else (a if k == 0 else max(a, mpf(0)))
        if k == 1:
            return 2 * (b - a - (a * (log(b) - mp.log(a)) if a else 0))
        if k == 2:
            return 2 * (a / b - 1 - mp.log(a) + log(b))
        first = (a**2 if k == 0 else a ** (2 - k)) / ((1 - k) * (2 - k))
        return 2 * (first - a * b ** (1 - k) / (1 - k) + b ** (2 - k) / (2 - k))

    return mean([one(a, dual(b)) for a, b in pairs(t, p)])


def poisson_deviance(t, p, c, log_link=False):
    return tweedie_deviance(t, p, c, mpf(1), log_link)


def gamma_deviance(t, p, c, log_link=False):
    return tweedie_deviance(t, p, c, mpf(2), log_link)


def log_cosh(t, p, c):
    def one(e):
        q = mp.exp(-2 * abs(e.v))
        return e.chain(abs(e.v) + mp.log((1 + q) / 2), mp.sign(e.v) * (1 - q) / (1 + q))

    return mean([one(b - a) for a, b in pairs(t, p)])


def cosine_similarity(t, p, c):
    def norm(v):
        square = total(x * x for x in map(dual, v))
        return sqrt(square) if square.v > c.norm_floor**2 else dual(c.norm_floor)

    return -total(a * b for a, b in pairs(t, p)) / (norm(t) * norm(p))


def hinge(t, p, c):
    return mean([maximum(1 - a * b, 0) for a, b in pairs(t, p)])


def squared_hinge(t, p, c):
    return mean([maximum(1 - a * b, 0) ** 2 for a, b in pairs(t, p)])


def weights(class_weight, k):
    """The weight of each of k classes."""
    if isinstance(class_weight, list):
        return class_weight
    return [mpf((class_weight or {}).get(str(i), 1)) for i in range(k)]


def categorical_hinge(t, p, c, class_weight=None):
    wrong = [(1 - a) * b for a, b in pairs(t, p)]
    best = wrong[0]
    for x in wrong[1:]:
        best = maximum(best, x)
    weight = 1 + sum((w - 1) * a for w, a in pairs(weights(class_weight, len(t)), t))
    return weight * maximum(best - total(a * b for a, b in pairs(t, p)) + 1, 0)


def softplus(x):
    return log(1 + exp(x))


def smooth(t, s, k):
    return [a * (1 - s) + mpf(s) / k for a in t]


def binary_term(a, b, c, from_logits, weight=1):
    if from_logits:
        return weight * a * softplus(-b) + (1 - a) * softplus(b)
    p = clip(b, c.eps, c.top)
    return -(weight * a * log(p + c.bce_offset) + (1 - a) * log(1 - p + c.bce_offset))


def of_outputs(pos_weight, k):
    """The weight of label 1 of each of k outputs."""
    return pos_weight if isinstance(pos_weight, list) else [pos_weight or 1] * k


def binary_crossentropy(t, p, c, from_logits=False, label_smoothing=0, pos_weight=None):
    w = of_outputs(pos_weight, len(t))
    return mean(
        [
            binary_term(a, b, c, from_logits, weight)
            for a, b, weight in pairs(smooth(t, label_smoothing, 2), p, w)
        ]
    )


def binary_focal_crossentropy(
    t,
    p,
    c,
    apply_class_balancing=False,
    alpha=0.25,
    gamma=2,
    from_logits=False,
    label_smoothing=0,
    pos_weight=None,
):
    terms = []
    w = of_outputs(pos_weight, len(t))
    for a, b, weight in pairs(smooth(t, label_smoothing, 2), p, w):
        q, rest = (1 / (1 + exp(-b)), 1 / (1 + exp(b))) if from_logits else (b, 1 - b)
        wrong = a * rest + (1 - a) * q
        if gamma != int(gamma):  # no power of a number below 0, of what is no probability
            wrong = maximum(wrong, 0)
        term = wrong**gamma * binary_term(a, b, c, from_logits, weight)
        terms.append(term * (a * alpha + (1 - a) * (1 - alpha)) if apply_class_balancing else term)
    return mean(terms)


def asymmetric(t, p, c, gamma_pos=1, gamma_neg=4, clip=0.05, from_logits=False):
    terms = []
    for a, b in pairs(t, p):
        if from_logits:
            q, rest, log_q = 1 / (1 + exp(-b)), 1 / (1 + exp(b)), -softplus(-b)
        else:
            q = duals.clip(b, c.eps, c.top)
            rest, log_q = 1 - q, log(q)
        lowered = maximum(q - clip, 0)
        unlikely = log(rest + clip) if lowered.v else dual(0)
        terms.append(a * rest**gamma_pos * log_q + (1 - a) * lowered**gamma_neg * unlikely)
    return -mean(terms)


def softmax(x):
    return [1 / total(exp(b - a) for b in x) for a in x]


def normalised(p, c):
    s = total(p)
    return [clip(v / s if s.v else 0, c.eps, c.top) for v in p]


def categorical_crossentropy(t, p, c, from_logits=False, label_smoothing=0, class_weight=None):
    w = weights(class_weight, len(t))
    t = [a * b for a, b in pairs(w, smooth(t, label_smoothing, len(t)))]
    if from_logits:
        return total(a * log(total(exp(x - b) for x in p)) for a, b in pairs(t, p) if a)
    return -total(a * log(b) for a, b in pairs(t, normalised(p, c)) if a)


def sigmoid_focal_crossentropy(t, p, c, alpha=0.25, gamma=2, from_logits=False):
    balanced = alpha is not None
    mean_ = binary_focal_crossentropy(t, p, c, balanced, alpha, gamma, from_logits)
    return len(t) * mean_


def sparsemax(t, p, c, from_logits=True):
    """By the definition of the paper: the support is found by trying all sizes."""
    z = sorted(p, key=by_value, reverse=True)
    kept = max(k for k in range(1, len(z) + 1) if 1 + k * z[k - 1].v > sum(x.v for x in z[:k]))
    tau = (total(z[:kept]) - 1) / kept
    shares = [x - tau for x in z[:kept]]
    of_logits = total(q * (x - q / 2) for q, x in pairs(shares, z[:kept]))
    return of_logits + total(a * (a / 2 - b) for a, b in pairs(t, p))


def categorical_focal_crossentropy(
    t, p, c, alpha=0.25, gamma=2, from_logits=False, label_smoothing=0, class_weight=None
):
    alphas = alpha if isinstance(alpha, list) else [alpha] * len(t)
    w = weights(class_weight, len(t))
    t = [a * b * x for a, b, x in pairs(w, smooth(t, label_smoothing, len(t)), alphas)]
    if from_logits:  # clipped too, in both versions of Keras
        p = [clip(v, c.eps, c.top) for v in softmax(p)]
    else:
        p = normalised(p, c)
    return -total(a * (1 - b) ** gamma * log(b) for a, b in pairs(t, p) if a)


def sparse_categorical_crossentropy(
    t, p, c, from_logits=False, ignore_class=None, label_smoothing=0, class_weight=None
):
    if t == ignore_class:
        return dual(0)
    t = smooth([int(i == t) for i in range(len(p))], label_smoothing, len(p))
    t = [a * b for a, b in pairs(weights(class_weight, len(p)), t)]
    if from_logits:
        return total(a * log(total(exp(x - b) for x in p)) for a, b in pairs(t, p) if a)
    p = [clip(v, c.eps, c.top) for v in p]  # first, and then made to sum to 1
    return total(a * log(total(p) / b) for a, b in pairs(t, p) if a)


def sparse_categorical_focal_crossentropy(
    t, p, c, alpha=0.25, gamma=2, from_logits=False, ignore_class=None, class_weight=None
):
    if t == ignore_class:
        return dual(0)
    q = (softmax(p) if from_logits else normalised(p, c))[int(t)]
    weight = alpha[int(t)] if isinstance(alpha, list) else alpha
    weight *= weights(class_weight, len(p))[int(t)]
    q = clip(q, c.eps, c.top)
    return -weight * (1 - q) ** gamma * log(q)


def categorical_generalized_cross_entropy(t, p, c, q=0.5):
    return (1 - maximum(p[int(t)], 0) ** q) / q


def kl_divergence(t, p, c):
    t, p = [clip(v, c.eps, 1) for v in t], [clip(v, c.eps, 1) for v in p]
    return total(a * log(a / b) for a, b in pairs(t, p))


def poisson(t, p, c):
    return mean([b - a * log(b + c.eps) for a, b in pairs(t, p)])


# -- predicted distributions


def one(t):
    """The true number of a row of parameters, which may have an axis of its own."""
    return t[0] if isinstance(t, list) else t


def held(x, low, high):
    """`x` in an interval; outside it keeps its derivative."""
    return x.chain(min(max(x.v, low), high), 1)


def positive(raw, scale):
    """A positive parameter of what was predicted for it."""
    low, high = mpf("1e-10"), mpf("1e20")
    if scale == "log":
        return exp(held(raw, mp.log(low), mp.log(high)))
    if scale == "softplus":
        return log1p(exp(held(raw, mp.log(mp.expm1(low)), mpf(10) ** 20)))
    return held(raw, low, high)


def log1p(x):
    return x.chain(mp.log1p(x.v), 1 / (1 + x.v))


def distance(t, location, s):
    return held((t - location) / s, -(mpf(10) ** 9), mpf(10) ** 9)


def gaussian_nll(t, p, c, scale="log", full=False):
    mean, s = p[0], positive(p[1], scale)
    constant = mp.log(2 * mp.pi) / 2 if full else 0
    return log(s) + distance(one(t), mean, s) ** 2 / 2 + constant


def laplace_nll(t, p, c, scale="log", full=False):
    s = positive(p[1], scale)
    return log(s) + absolute(distance(one(t), p[0], s)) + (mp.log(2) if full else 0)


def lognormal_nll(t, p, c, scale="log", full=False):
    t = mp.log(max(one(t), mpf("1e-30")))
    return gaussian_nll(t, p, c, scale, full) + (t if full else 0)


def lgamma(x):
    # in at most 100 digits, more than the differences of numbers up to 1e22 lose: it takes long in 400
    with mp.workdps(min(mp.dps, 100)):
        return x.chain(mp.loggamma(x.v), mp.digamma(x.v))


def clamped(x, low="1e-10", high="1e20"):
    return min(max(x, mpf(low)), mpf(high))


def student_t_nll(t, p, c, df=None, scale="log", full=False):
    s = positive(p[1], scale)
    nu = positive(p[2], scale) if df is None else dual(clamped(df))
    z = distance(one(t), p[0], s)
    # as the density has it, less the logarithm of 2 pi that a normal one has
    constant = lgamma(nu / 2) - lgamma((nu + 1) / 2) + log(nu * mp.pi) / 2
    constant = constant - (0 if full else mp.log(2 * mp.pi) / 2)
    return log(s) + (nu + 1) / 2 * log1p(z * z / nu) + constant


def gamma_nll(t, p, c, scale="log", full=False):
    a, log_t = positive(p[1], scale), mp.log(max(one(t), mpf("1e-30")))
    most = mp.log(mpf(10) ** 18)
    ratio = held(log_t - p[0], -most, most)  # log of t / mean
    density = a * log(a) + a * ratio - log_t - a * exp(ratio) - lgamma(a)
    return -density - (0 if full else log_t + mp.log(2 * mp.pi) / 2)


def count(t):
    return mpf(0) if t < mpf("1e-10") else min(t, mpf(10) ** 20)


def best_of_poisson(t, full):
    """Minus the logarithm of the probability of a count by a Poisson distribution of this mean."""
    return 0 if full or not t else lgamma(dual(t + 1)).v - t * mp.log(t) + t


def negative_binomial(t, mean, r):
    """Minus the logarithm of a probability."""
    gammas = lgamma(r + t) - lgamma(r) - lgamma(dual(t + 1)).v
    return -(gammas + r * log(r / (r + mean)) + t * log(mean / (r + mean)))


def inflated(t, logit, value, constant):
    pi, rest = 1 / (1 + exp(-logit)), 1 / (1 + exp(logit))
    return -log(rest) + value - constant if t else -log(pi + rest * exp(-value))


def negative_binomial_nll(t, p, c, scale="log", full=False):
    t = count(one(t))
    value = negative_binomial(t, positive(p[0], "log"), positive(p[1], scale))
    return value - best_of_poisson(t, full)


def zero_inflated_poisson_nll(t, p, c, full=False):
    t, mean = count(one(t)), positive(p[0], "log")
    value = mean - t * log(mean) + lgamma(dual(t + 1)).v
    return inflated(t, p[1], value, best_of_poisson(t, full))


def zero_inflated_negative_binomial_nll(t, p, c, scale="log", full=False):
    t = count(one(t))
    value = negative_binomial(t, positive(p[0], "log"), positive(p[1], scale))
    return inflated(t, p[2], value, best_of_poisson(t, full))


def gaussian_crps(t, p, c, scale="log"):
    s = positive(p[1], scale)
    z = (one(t) - p[0]) / s
    density = exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
    # 2 Phi(z) - 1
    inner = z.chain(mp.erf(z.v / mp.sqrt(2)), 2 * density.v)
    return s * (z * inner + 2 * density - 1 / mp.sqrt(mp.pi))


def ensemble_crps(t, p, c, fair=False):
    apart = total(absolute(a - b) for i, a in enumerate(p) for b in p[:i])
    pairs = len(p) * (len(p) - 1 if fair else len(p))
    return mean([absolute(x - one(t)) for x in p]) - apart / pairs


def gaussian_mixture_nll(t, p, c, scale="log", full=False):
    k = len(p) // 3
    densities = []
    for share, m, raw in pairs(softmax(p[:k]), p[k : 2 * k], p[2 * k :]):
        s = positive(raw, scale)
        densities.append(share * exp(-(distance(one(t), m, s) ** 2) / 2) / s)
    return -log(total(densities)) + (mp.log(2 * mp.pi) / 2 if full else 0)


def dice(t, p, c):
    return 1 - 2 * total(a * b for a, b in pairs(t, p)) / (total(t) + total(p) + c.eps)


def tversky(t, p, c, alpha=0.5, beta=0.5):
    # alpha weighs false positives, as in the paper; Keras up to 3.15.1 swaps the two
    both = total(a * b for a, b in pairs(t, p))
    false_positive = total((1 - a) * b for a, b in pairs(t, p))
    false_negative = total(a * (1 - b) for a, b in pairs(t, p))
    return 1 - both / (both + alpha * false_positive + beta * false_negative + c.eps)


def ctc(t, p, c):
    """Minus the logarithm of the probability of all paths that collapse to the labels."""
    labels = [a for a in t if a]
    rows = [softmax(row) for row in p]
    paths = [
        path
        for path in itertools.product(range(len(p[0])), repeat=len(p))
        if [k for k, _ in itertools.groupby(path) if k] == labels
    ]
    products = []
    for path in paths:
        product = dual(1)
        for row, k in pairs(rows, path):
            product = product * row[k]
        products.append(product)
    return -log(total(products))


def circle(t, p, c, gamma=80, margin=0.4, remove_diagonal=True):
    values = []
    for i, u in enumerate(p):
        positive, negative = [], []
        for j, v in enumerate(p):
            product = total(a * b for a, b in pairs(u, v))
            # max(1 - product, 0), whose kink is where they are equal
            d = maximum(product, 1) - product
            if t[i] == t[j] and not (remove_diagonal and i == j):
                positive.append(exp(gamma * (margin + d) * (d - margin)))
            elif t[i] != t[j]:
                negative.append(exp(gamma * maximum(1 + margin - d, 0) * (1 - margin - d)))
        values.append(log(1 + total(positive) * total(negative)))
    return values


def contrastive(t, p, c, margin=1):
    return mean([a * b**2 + (1 - a) * maximum(margin - b, 0) ** 2 for a, b in pairs(t, p)])


def norm(u):
    return sqrt(total(a * a for a in u))


DISTANCES = {
    "L2": lambda u, v: norm([a - b for a, b in pairs(u, v)]),
    "squared-L2": lambda u, v: total((a - b) ** 2 for a, b in pairs(u, v)),
    "angular": lambda u, v: 1 - total(a * b for a, b in pairs(u, v)) / (norm(u) * norm(v)),
}


def from_anchors(t, p, distance):
    """Of each sample: its distances from the others of its class, and from those of another."""
    for i, u in enumerate(p):
        others = [(t[i] == t[j], distance(u, v)) for j, v in enumerate(p) if i != j]
        yield [d for same, d in others if same], [d for same, d in others if not same]


def by_value(x):
    return x.v


def triplet_semihard(t, p, c, margin=1, distance_metric="L2"):
    values, number = [], 0
    for positives, negatives in from_anchors(t, p, DISTANCES[distance_metric]):
        costs = []
        for d in positives if negatives else []:
            farther = [x for x in negatives if x.v > d.v]
            negative = min(farther, key=by_value) if farther else max(negatives, key=by_value)
            costs.append(maximum(d - negative + margin, 0))
        values.append(total(costs))
        number += len(costs)
    return [value * len(p) / max(number, 1) for value in values]


def triplet_hard(t, p, c, margin=1, soft=False, distance_metric="L2"):
    values = []
    for positives, negatives in from_anchors(t, p, DISTANCES[distance_metric]):
        if not (positives and negatives):
            values.append(dual(0))
            continue
        x = max(positives, key=by_value) - min(negatives, key=by_value)
        values.append(log(1 + exp(x)) if soft else maximum(x + margin, 0))
    return values


def lifted_struct(t, p, c, margin=1):
    distance = DISTANCES["L2"]
    negatives = [
        total(exp(margin - distance(u, v)) for j, v in enumerate(p) if t[i] != t[j])
        for i, u in enumerate(p)
    ]
    values, number = [dual(0) for _ in p], 0
    for i, j in itertools.permutations(range(len(p)), 2):
        if t[i] == t[j] and negatives[i].v:
            cost = distance(p[i], p[j]) + log(negatives[i] + negatives[j])
            values[i] = values[i] + maximum(cost, 0) ** 2 / 2
            number += 1
    return [value * len(p) / max(number, 1) for value in values]


def supervised_contrastive(t, p, c, temperature=0.1):
    values = []
    for i, u in enumerate(p):
        others = [j for j in range(len(p)) if j != i]
        s = {j: (1 - DISTANCES["angular"](u, p[j])) / temperature for j in others}
        positives = [j for j in others if t[i] == t[j]]
        costs = [log(total(exp(s[a] - s[j]) for a in others)) for j in positives]
        values.append(mean(costs) if costs else dual(0))
    return values


def ntxent(t, p, c, temperature=0.5):
    return supervised_contrastive(t, p, c, temperature)


def of_agreement(agreement, s):
    """Cross-entropy of the softmax of each row of similarities."""
    shares = [[mpf(a) / sum(row) for a in row] if sum(row) else row for row in agreement]
    return [categorical_crossentropy(q, row, None, from_logits=True) for q, row in pairs(shares, s)]


def npairs(t, p, c):
    return of_agreement([[a == b for b in t] for a in t], p)


def npairs_multilabel(t, p, c):
    return of_agreement([[sum(x * y for x, y in pairs(a, b)) for b in t] for a in t], p)


def giou(t, p, c, mode="giou"):
    def sides(box):
        return [(minimum(box[i], box[i + 2]), maximum(box[i], box[i + 2])) for i in (0, 1)]

    def area(lengths):
        return lengths[0] * lengths[1]

    a, b = sides(t), sides(p)
    both = area([maximum(minimum(x[1], y[1]) - maximum(x[0], y[0]), 0) for x, y in pairs(a, b)])
    around = area([maximum(x[1], y[1]) - minimum(x[0], y[0]) for x, y in pairs(a, b)])
    either = area([x[1] - x[0] for x in a]) + area([x[1] - x[0] for x in b]) - both
    missed = 1 - both / either
    return missed + (around - either) / around if mode == "giou" else missed


def weighted_kappa(t, p, c, num_classes=None, weightage="quadratic", epsilon=1e-6):
    power = 2 if weightage == "quadratic" else 1

    def apart(a, b):
        return total(
            x * y * abs(i - j) ** power for i, x in enumerate(a) for j, y in enumerate(b) if i != j
        )

    found = total(apart(a, b) for a, b in pairs(t, p))
    by_chance = total(apart(a, b) for a, b in itertools.product(t, p))
    return log(len(t) * found / by_chance + epsilon)


FORMULAS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        mean_squared_error,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_squared_logarithmic_error,
        huber,
        pinball,
        expectile,
        quantile_huber,
        robust,
        log_cosh,
        cosine_similarity,
        hinge,
        squared_hinge,
        categorical_hinge,
        binary_crossentropy,
        categorical_crossentropy,
        sparse_categorical_crossentropy,
        categorical_generalized_cross_entropy,
        kl_divergence,
        poisson,
        poisson_deviance,
        gamma_deviance,
        tweedie_deviance,
        gaussian_nll,
        laplace_nll,
        lognormal_nll,
        student_t_nll,
        gamma_nll,
        negative_binomial_nll,
        zero_inflated_poisson_nll,
        zero_inflated_negative_binomial_nll,
        gaussian_crps,
        ensemble_crps,
        gaussian_mixture_nll,
        binary_focal_crossentropy,
        asymmetric,
        categorical_focal_crossentropy,
        sparse_categorical_focal_crossentropy,
        dice,
        tversky,
        ctc,
        circle,
        contrastive,
        triplet_semihard,
        triplet_hard,
        lifted_struct,
        supervised_contrastive,
        ntxent,
        sigmoid_focal_crossentropy,
        sparsemax,
        npairs,
        npairs_multilabel,
        giou,
        weighted_kappa,
    )
}
OF_BATCHES = {
    "circle",
    "triplet_semihard",
    "triplet_hard",
    "lifted_struct",
    "supervised_contrastive",
    "ntxent",
    "npairs",
    "npairs_multilabel",
    "weighted_kappa",
}
"""Losses for which a batch is one thing."""
TWO_SEMANTICS = {
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "cosine_similarity",
    "sigmoid_focal_crossentropy",
}
"""Losses whose numbers the semantics change."""

# -- the cases ------------------------------------------------------------------------------------


def _exact(x, dtype="float64"):
    """The numbers that arrive in a tensor of `dtype`, which 0.1 is not one of."""
    if isinstance(x, list):
        return [_exact(v, dtype) for v in x]
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        return x
    return mpf(struct.unpack("f", struct.pack("f", x))[0] if dtype == "float32" else x)


def _depth(x):
    return 1 + _depth(x[0]) if isinstance(x, list) else 0


def _moved_last(x, axis):
    """`x` with an axis moved to the end."""
    if _depth(x) == 1:
        return x
    if axis > 0:
        return [_moved_last(v, axis - 1) for v in x]
    return [_moved_last([v[i] for v in x], 0) for i in range(len(x[0]))]


def _rows(f, t, p, row):
    """`f` of each innermost row of `p`, which has `row` axes."""
    if _depth(p) == row:
        return f(t, p)
    return [_rows(f, a, b, row) for a, b in zip(t, p, strict=True)]


def _duals(x):
    return [_duals(v) for v in x] if isinstance(x, list) else Dual(x)


def _floats(x):
    return [_floats(v) for v in x] if isinstance(x, list) else float(x.v)


def _flat(x):
    return [v for row in x for v in _flat(row)] if isinstance(x, list) else [x]


@mp.workdps(50)
def evaluate(case):
    """The expected value of a case of a function."""
    name = case["loss"]
    constants = Constants(case["semantics"], lambda x: mpf(repr(x)))
    arguments = {key: _exact(value) for key, value in case["args"].items()}
    t, p = _exact(case["y_true"], case["dtype"]), _duals(_exact(case["y_pred"], case["dtype"]))
    if name in ("hinge", "squared_hinge") and set(_flat(t)) <= {0, 1}:
        t = [[2 * v - 1 for v in row] for row in t]
    axis = arguments.pop("axis", None)
    if axis is not None:
        depth = _depth(p)
        t = t if name.startswith("sparse") else _moved_last(t, int(axis % depth))
        p = _moved_last(p, int(axis % depth))
    elif name in ("dice", "tversky"):
        t, p = _flat(t), _flat(p)
    row = 2 if name == "ctc" or name in OF_BATCHES else 1
    return _floats(_rows(lambda a, b: FORMULAS[name](a, b, constants, **arguments), t, p, row))


def write(document):
    """One line for each field of a case, so that a change of a number reads well."""
    fields = [key for key in document if key != "cases"]
    head = ",\n".join(f'  "{key}": {json.dumps(document[key])}' for key in fields)
    cases = ",\n".join(
        "    {\n"
        + ",\n".join(f'      "{key}": {json.dumps(value)}' for key, value in case.items())
        + "\n    }"
        for case in document["cases"]
    )
    CASES.write_text(f'{{\n{head},\n  "cases": [\n{cases}\n  ]\n}}\n')


if __name__ == "__main__":
    document = json.loads(CASES.read_text())
    for case in document["cases"]:
        if case["expected"] is None and case["source"].startswith("formula"):
            case["expected"] = evaluate(case)
    write(document)
