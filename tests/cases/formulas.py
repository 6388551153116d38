"""Every loss by its formula in 50 digits: where the cases with source "formula" come from.

Written from the definitions, without TensorFlow and without a look at lossbridge's code.
`python tests/cases/formulas.py` fills in `expected` of such a case where it is null.
"""

import itertools
import json
import pathlib
import struct

from mpmath import mp, mpf

mp.dps = 50
EPS = mpf("1e-7")
CASES = pathlib.Path(__file__).parent / "losses.json"


def pairs(*rows):
    return zip(*rows, strict=True)


def mean(x):
    return sum(x) / len(x)


def clip(x, low, high):
    return min(max(x, low), high)


# -- of one row: the last axis --------------------------------------------------------------------


def mean_squared_error(t, p):
    return mean([(a - b) ** 2 for a, b in pairs(t, p)])


def mean_absolute_error(t, p):
    return mean([abs(a - b) for a, b in pairs(t, p)])


def mean_absolute_percentage_error(t, p):
    return 100 * mean([abs(a - b) / max(abs(a), EPS) for a, b in pairs(t, p)])


def mean_squared_logarithmic_error(t, p):
    return mean([(mp.log(1 + max(a, EPS)) - mp.log(1 + max(b, EPS))) ** 2 for a, b in pairs(t, p)])


def huber(t, p, delta=1):
    def one(e):
        return e * e / 2 if e <= delta else delta * e - delta * delta / 2

    return mean([one(abs(a - b)) for a, b in pairs(t, p)])


def log_cosh(t, p):
    return mean([mp.log(mp.cosh(a - b)) for a, b in pairs(t, p)])


def cosine_similarity(t, p):
    norms = [max(mp.sqrt(sum(x * x for x in v)), EPS) for v in (t, p)]
    return -sum(a * b for a, b in pairs(t, p)) / (norms[0] * norms[1])


def _margins(t, p):
    """1 - t p for labels -1 and 1."""
    return [max(1 - a * b, 0) for a, b in pairs(t, p)]


def hinge(t, p):
    return mean(_margins(t, p))


def squared_hinge(t, p):
    return mean([m * m for m in _margins(t, p)])


def categorical_hinge(t, p):
    negative = max((1 - a) * b for a, b in pairs(t, p))
    return max(negative - sum(a * b for a, b in pairs(t, p)) + 1, 0)


def _probability(x, from_logits):
    return 1 / (1 + mp.exp(-x)) if from_logits else x


def _binary(t, x, from_logits, semantics):
    p = _probability(x, from_logits)
    if not from_logits:
        p = clip(p, EPS, 1 - EPS)
    inside = EPS if semantics == "keras2" and not from_logits else 0
    return -(t * mp.log(p + inside) + (1 - t) * mp.log(1 - p + inside))


def binary_crossentropy(t, p, from_logits=False, label_smoothing=0, semantics="keras3"):
    s = label_smoothing
    t = [a * (1 - s) + s / 2 for a in t]
    return mean([_binary(a, b, from_logits, semantics) for a, b in pairs(t, p)])


def binary_focal_crossentropy(
    t,
    p,
    apply_class_balancing=False,
    alpha=mpf("0.25"),
    gamma=2,
    from_logits=False,
    label_smoothing=0,
):
    s, total = label_smoothing, []
    for a, b in pairs([a * (1 - s) + s / 2 for a in t], p):
        q = _probability(b, from_logits)
        value = (1 - (a * q + (1 - a) * (1 - q))) ** gamma * _binary(a, b, from_logits, "keras3")
        if apply_class_balancing:
            value *= a * alpha + (1 - a) * (1 - alpha)
        total.append(value)
    return mean(total)


def _softmax(x):
    e = [mp.exp(v) for v in x]
    return [v / sum(e) for v in e]


def _distribution(p, from_logits):
    """Probabilities that sum to 1, clipped where they were not made from logits."""
    if from_logits:
        return _softmax(p)
    return [clip(v / sum(p), EPS, 1 - EPS) for v in p]


def categorical_crossentropy(t, p, from_logits=False, label_smoothing=0):
    s, k = label_smoothing, len(t)
    t, p = [a * (1 - s) + s / k for a in t], _distribution(p, from_logits)
    return -sum(a * mp.log(b) for a, b in pairs(t, p))


def categorical_focal_crossentropy(
    t, p, alpha=mpf("0.25"), gamma=2, from_logits=False, label_smoothing=0
):
    s, k = label_smoothing, len(t)
    alpha = alpha if isinstance(alpha, list) else [alpha] * k
    t = [a * (1 - s) + s / k for a in t]
    p = _distribution(p, from_logits)
    return -sum(w * (1 - b) ** gamma * a * mp.log(b) for w, a, b in pairs(alpha, t, p))


def sparse_categorical_crossentropy(t, p, from_logits=False, ignore_class=None, label_smoothing=0):
    if t == ignore_class:
        return mpf(0)
    if not from_logits:  # Keras clips first, and makes the sum 1 after
        p = [clip(v, EPS, 1 - EPS) for v in p]
        p = [v / sum(p) for v in p]
    else:
        p = _softmax(p)
    k, s = len(p), label_smoothing
    one_hot = [1 - s + s / k if i == t else s / mpf(k) for i in range(k)]
    return -sum(a * mp.log(b) for a, b in pairs(one_hot, p) if a)


def categorical_generalized_cross_entropy(t, p, q=mpf("0.5")):
    return (1 - p[int(t)] ** q) / q


def kl_divergence(t, p):
    t, p = [clip(v, EPS, 1) for v in t], [clip(v, EPS, 1) for v in p]
    return sum(a * mp.log(a / b) for a, b in pairs(t, p))


def poisson(t, p):
    return mean([b - a * mp.log(b + EPS) for a, b in pairs(t, p)])


def ctc(t, p):
    """Minus the log of the probability of all paths that collapse to the labels."""
    labels = [int(v) for v in t if v != 0]
    rows = [_softmax(row) for row in p]
    total = mpf(0)
    for path in itertools.product(range(len(p[0])), repeat=len(p)):
        if [c for c, _ in itertools.groupby(path) if c != 0] == labels:
            total += mp.fprod(row[c] for row, c in pairs(rows, path))
    return -mp.log(total)


# -- of the whole batch ---------------------------------------------------------------------------


def _flat(x):
    return [v for row in x for v in _flat(row)] if isinstance(x, list) else [x]


def dice(t, p):
    t, p = _flat(t), _flat(p)
    return 1 - 2 * sum(a * b for a, b in pairs(t, p)) / (sum(t) + sum(p) + EPS)


def tversky(t, p, alpha=mpf("0.5"), beta=mpf("0.5")):
    """alpha weighs false positives, as in the paper; Keras up to 3.15.1 swaps the two."""
    t, p = _flat(t), _flat(p)
    both = sum(a * b for a, b in pairs(t, p))
    false_positive = sum((1 - a) * b for a, b in pairs(t, p))
    false_negative = sum(a * (1 - b) for a, b in pairs(t, p))
    return 1 - both / (both + alpha * false_positive + beta * false_negative + EPS)


def circle(t, p, gamma=80, margin=mpf("0.4"), remove_diagonal=True):
    values = []
    for i, u in enumerate(p):
        positive, negative = mpf(0), mpf(0)
        for j, v in enumerate(p):
            d = max(1 - sum(a * b for a, b in pairs(u, v)), 0)
            if t[i] == t[j] and not (remove_diagonal and i == j):
                positive += mp.exp(gamma * max(margin + d, 0) * (d - margin))
            elif t[i] != t[j]:
                negative += mp.exp(gamma * max(1 + margin - d, 0) * (1 - margin - d))
        values.append(mp.log(1 + positive * negative))
    return values


WHOLE = {"dice": dice, "tversky": tversky, "circle": circle}
ROWS = {
    f.__name__: f
    for f in (
        mean_squared_error,
        mean_absolute_error,
        mean_absolute_percentage_error,
        mean_squared_logarithmic_error,
        huber,
        log_cosh,
        cosine_similarity,
        hinge,
        squared_hinge,
        categorical_hinge,
        binary_crossentropy,
        binary_focal_crossentropy,
        categorical_crossentropy,
        categorical_focal_crossentropy,
        sparse_categorical_crossentropy,
        categorical_generalized_cross_entropy,
        kl_divergence,
        poisson,
        ctc,
    )
}


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


def _floats(x):
    return [_floats(v) for v in x] if isinstance(x, list) else float(x)


def evaluate(case):
    """The expected value of a case of a function."""
    name = case["loss"]
    arguments = {key: _exact(value) for key, value in case["args"].items()}
    if case["semantics"] == "keras2" and name == "binary_crossentropy":
        arguments["semantics"] = "keras2"
    t, p = _exact(case["y_true"], case["dtype"]), _exact(case["y_pred"], case["dtype"])
    if name in ("hinge", "squared_hinge") and set(_flat(t)) <= {0, 1}:
        t = [[2 * v - 1 for v in row] for row in t]
    axis = arguments.pop("axis", None)
    if name in WHOLE and axis is None:
        return _floats(WHOLE[name](t, p, **arguments))
    if axis is not None:
        depth = _depth(p)
        t = t if name.startswith("sparse") else _moved_last(t, axis % depth)
        p = _moved_last(p, int(axis % depth))
    f, row = (WHOLE | ROWS)[name], 2 if name == "ctc" else 1
    return _floats(_rows(lambda a, b: f(a, b, **arguments), t, p, row))


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
