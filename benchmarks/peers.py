"""Inputs for each loss, and what PyTorch and JAX compute from them; imports neither TensorFlow nor them.

Where PyTorch, pytorch-metric-learning or optax has the loss, it is theirs; where not, the formula in their
arrays, as a user would write it. The probabilities of classes are made to sum to 1 first, as Keras and
lossbridge do.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

EPSILON = 1e-7


def inputs(name: str, truth: str, pred: str, shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Labels and predictions in the domain of a loss, float32 (labels int64), the same in each run.

    Args:
        name: The loss.
        truth: The domain of the labels, as `registry.LossSpec.truth` has it.
        pred: The domain of the predictions, as `registry.LossSpec.pred` has it.
        shape: The shape of the predictions.
    """
    rng = np.random.default_rng(0)
    # away from 0 and 1, where Keras clips probabilities: there peers that do not have other gradients
    p = 0.01 + 0.98 * rng.random(shape, dtype=np.float32)
    if truth == "sequence":
        labels = rng.integers(1, shape[-1], (shape[0], shape[1] // 4))
        labels[: shape[0] // 2, -1] = 0  # padding
        return labels, p
    if pred == "box":
        return _boxes(rng, shape), _boxes(rng, shape)
    if truth == "classes":
        return (rng.random((shape[0], 10)) > 0.7).astype("f4") + np.eye(1, 10, dtype="f4"), p
    if truth == "label" and pred != "probability":  # classes of 8 samples, or of two views of one
        classes = max(2, shape[0] // (2 if name == "ntxent" else 8))
        labels = rng.permutation(np.arange(shape[0]) % classes)
        if pred == "similarity":
            return labels, p
        if (
            pred == "real"
        ):  # negatives farther than positives: which is taken is no matter of rounding
            p += 2.0 * rng.random((classes, shape[-1]), dtype=np.float32)[labels]
        return labels, _unit(p - p.mean())
    if truth in ("label", "one_hot"):
        if pred == "probability":
            p /= p.sum(-1, keepdims=True)
        t = rng.integers(0, shape[-1], shape[:-1])
        one_hot = np.eye(shape[-1], dtype="f4")[t]
        if name == "weighted_kappa":  # of predictions by chance the value is 0, but for rounding
            p = 0.5 * (p + one_hot)
        return (t if truth == "label" else one_hot), p
    if truth in ("real", "positive"):
        return rng.random(shape, dtype=np.float32), p
    if name == "kl_divergence":
        t = rng.random(shape, dtype=np.float32)
        return t / t.sum(-1, keepdims=True), p / p.sum(-1, keepdims=True)
    return (rng.random(shape) > 0.5).astype("f4"), p


def _unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=-1, keepdims=True)


def _boxes(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    low, sides = rng.random((2, *shape[:-1], 2), dtype=np.float32)
    return np.concatenate([low, low + 0.1 + sides], -1)


def of_torch(name: str, arguments: dict[str, Any]) -> Callable[[Any, Any], Any] | None:
    """A function of tensors (t, p) that gives the mean loss in PyTorch; None of a loss of our own."""
    import torch
    from torch.nn import functional as f

    logits, tau = arguments.get("from_logits", False), arguments.get("tau", 0.5)

    def shares(p: Any) -> Any:
        return p / p.sum(-1, keepdim=True)

    def focal(t: Any, p: Any) -> Any:
        wrong = t * (1.0 - p) + (1.0 - t) * p
        return (wrong**2 * f.binary_cross_entropy(p, t, reduction="none")).mean()

    def ctc(t: Any, p: Any) -> Any:
        steps = torch.full((p.shape[0],), p.shape[1])
        log_p = f.log_softmax(p, -1).transpose(0, 1)
        return f.ctc_loss(log_p, t, steps, (t != 0).sum(-1), reduction="none").mean()

    def circle(t: Any, p: Any) -> Any:
        same = t[:, None] == t
        other = ~same
        same = same & ~torch.eye(len(t), dtype=torch.bool)
        d = f.relu(1.0 - p @ p.T)
        positive = torch.logsumexp((80.0 * (d - 0.4) * (d + 0.4)).masked_fill(~same, -1e9), 1)
        negative = 80.0 * f.relu(1.4 - d) * (0.6 - d)
        negative = torch.logsumexp(negative.masked_fill(~other, -1e9), 1)
        value = f.softplus(positive + negative)
        return value.sum() / (value > 0).sum()

    def sigmoid_focal(t: Any, p: Any) -> Any:
        wrong = t * (1.0 - p) + (1.0 - t) * p
        weight = (0.25 * t + 0.75 * (1.0 - t)) * wrong**2
        return (weight * f.binary_cross_entropy(p, t, reduction="none")).sum(-1).mean()

    def overlap(t: Any, p: Any) -> Any:
        return 1.0 - 2.0 * (t * p).sum() / (t.sum() + p.sum() + EPSILON)

    return {
        "mean_squared_error": lambda t, p: f.mse_loss(p, t),
        "mean_absolute_error": lambda t, p: f.l1_loss(p, t),
        "mean_absolute_percentage_error": lambda t, p: (
            100.0 * ((t - p).abs() / t.abs().clamp(min=EPSILON)).mean()
        ),
        "mean_squared_logarithmic_error": lambda t, p: f.mse_loss(p.log1p(), t.log1p()),
        "huber": lambda t, p: f.huber_loss(p, t),
        "pinball": lambda t, p: torch.maximum(tau * (t - p), (tau - 1.0) * (t - p)).mean(),
        "log_cosh": lambda t, p: (p - t + f.softplus(-2.0 * (p - t)) - np.log(2.0)).mean(),
        "cosine_similarity": lambda t, p: -f.cosine_similarity(p, t, dim=-1).mean(),
        "hinge": lambda t, p: f.relu(1.0 - (2.0 * t - 1.0) * p).mean(),
        "squared_hinge": lambda t, p: f.relu(1.0 - (2.0 * t - 1.0) * p).square().mean(),
        "categorical_hinge": lambda t, p: f.relu(
            ((1.0 - t) * p).amax(-1) - (t * p).sum(-1) + 1.0
        ).mean(),
        "binary_crossentropy": (
            (lambda t, p: f.binary_cross_entropy_with_logits(p, t))
            if logits
            else (lambda t, p: f.binary_cross_entropy(p, t))
        ),
        "categorical_crossentropy": (
            (lambda t, p: f.cross_entropy(p, t))
            if logits
            else (lambda t, p: -(t * shares(p).log()).sum(-1).mean())
        ),
        "sparse_categorical_crossentropy": (
            (lambda t, p: f.cross_entropy(p, t))
            if logits
            else (lambda t, p: (p.sum(-1) / p.gather(-1, t[:, None])[:, 0]).log().mean())
        ),
        "kl_divergence": lambda t, p: f.kl_div(p.log(), t, reduction="batchmean"),
        "poisson": lambda t, p: f.poisson_nll_loss(p, t, log_input=False, eps=EPSILON),
        "categorical_generalized_cross_entropy": lambda t, p: (
            2.0 * (1.0 - p.gather(-1, t[:, None]).sqrt()).mean()
        ),
        "binary_focal_crossentropy": focal,
        "categorical_focal_crossentropy": lambda t, p: (
            -0.25 * ((1.0 - shares(p)) ** 2 * t * shares(p).log()).sum(-1).mean()
        ),
        "dice": overlap,
        "tversky": overlap,
        "ctc": ctc,
        "circle": circle,
        "contrastive": lambda t, p: (
            f.hinge_embedding_loss(p, 2.0 * t - 1.0, reduction="none").square().mean()
        ),
        "sigmoid_focal_crossentropy": sigmoid_focal,
        "npairs": lambda t, p: f.cross_entropy(p, shares((t[:, None] == t[None, :]).to(p.dtype))),
        "npairs_multilabel": lambda t, p: f.cross_entropy(p, shares(t @ t.T)),
    }.get(name)


def of_metric_learning(name: str, arguments: dict[str, Any]) -> Callable[[Any, Any], Any] | None:
    """The same of pytorch-metric-learning; None of what is not a loss of it, all semi-hard triplets say."""
    from pytorch_metric_learning import distances, losses, miners, reducers

    distance = distances.LpDistance(normalize_embeddings=False)
    about = {"distance": distance, "reducer": reducers.MeanReducer()}

    def of_pairs(loss: Any, positives: int) -> Callable[[Any, Any], Any]:
        """A loss that makes an array of all positive by all negative pairs, and some more like it."""

        def run(t: Any, p: Any) -> Any:
            if 4 * positives * len(p) ** 3 > 2**29:
                raise MemoryError(f"an array of {positives} x {len(p)}^3 numbers")
            return loss(p, t)

        return run

    hardest = miners.BatchHardMiner(distance=distance)
    triplets = losses.TripletMarginLoss(margin=1.0, **about)
    lifted = losses.LiftedStructureLoss(neg_margin=1.0, pos_margin=0.0, **about)
    supervised = losses.SupConLoss(temperature=0.1, reducer=about["reducer"])
    contrast = losses.NTXentLoss(temperature=0.5, reducer=about["reducer"])
    return {
        "triplet_hard": lambda t, p: triplets(p, t, hardest(p, t)),
        "lifted_struct": of_pairs(lifted, 7),
        "supervised_contrastive": lambda t, p: supervised(p, t),
        "ntxent": of_pairs(contrast, 1),
    }.get(name)


def of_jax(name: str, arguments: dict[str, Any]) -> Callable[[Any, Any], Any] | None:
    """A function of arrays (t, p) that gives the mean loss in JAX, not yet jitted; None as above."""
    import jax
    import jax.numpy as jnp
    import optax

    logits, tau = arguments.get("from_logits", False), arguments.get("tau", 0.5)

    def cross_entropy(t: Any, p: Any) -> Any:
        p = jnp.clip(p, EPSILON, 1.0 - EPSILON)
        return -(t * jnp.log(p) + (1.0 - t) * jnp.log1p(-p))

    def focal(t: Any, p: Any) -> Any:
        return jnp.mean((t * (1.0 - p) + (1.0 - t) * p) ** 2 * cross_entropy(t, p))

    def sigmoid_focal(t: Any, p: Any) -> Any:
        weight = (0.25 * t + 0.75 * (1.0 - t)) * (t * (1.0 - p) + (1.0 - t) * p) ** 2
        return jnp.mean(jnp.sum(weight * cross_entropy(t, p), -1))

    def ctc(t: Any, p: Any) -> Any:
        padding = (t == 0).astype(p.dtype)
        return jnp.mean(optax.ctc_loss(p, jnp.zeros(p.shape[:2], p.dtype), t, padding))

    def circle(t: Any, p: Any) -> Any:
        same = t[:, None] == t
        other = ~same
        same = same & ~jnp.eye(len(t), dtype=bool)
        d = jax.nn.relu(1.0 - p @ p.T)
        positive = jax.nn.logsumexp(jnp.where(same, 80.0 * (d - 0.4) * (d + 0.4), -1e9), 1)
        negative = 80.0 * jax.nn.relu(1.4 - d) * (0.6 - d)
        negative = jax.nn.logsumexp(jnp.where(other, negative, -1e9), 1)
        value = jax.nn.softplus(positive + negative)
        return jnp.sum(value) / jnp.sum(value > 0)

    def overlap(t: Any, p: Any) -> Any:
        return 1.0 - 2.0 * jnp.sum(t * p) / (jnp.sum(t) + jnp.sum(p) + EPSILON)

    def shares(p: Any) -> Any:
        return p / jnp.sum(p, -1, keepdims=True)

    def picked(t: Any, p: Any) -> Any:
        return jnp.take_along_axis(p, t[:, None], -1)

    return {
        "mean_squared_error": lambda t, p: jnp.mean(optax.squared_error(p, t)),
        "mean_absolute_error": lambda t, p: jnp.mean(jnp.abs(p - t)),
        "mean_absolute_percentage_error": lambda t, p: (
            100.0 * jnp.mean(jnp.abs(t - p) / jnp.maximum(jnp.abs(t), EPSILON))
        ),
        "mean_squared_logarithmic_error": lambda t, p: jnp.mean(
            optax.squared_error(jnp.log1p(p), jnp.log1p(t))
        ),
        "huber": lambda t, p: jnp.mean(optax.huber_loss(p, t)),
        "pinball": lambda t, p: jnp.mean(jnp.maximum(tau * (t - p), (tau - 1.0) * (t - p))),
        "log_cosh": lambda t, p: jnp.mean(optax.log_cosh(p, t)),
        "cosine_similarity": lambda t, p: -jnp.mean(optax.cosine_similarity(p, t, epsilon=EPSILON)),
        "hinge": lambda t, p: jnp.mean(optax.hinge_loss(p, 2.0 * t - 1.0)),
        "squared_hinge": lambda t, p: jnp.mean(optax.hinge_loss(p, 2.0 * t - 1.0) ** 2),
        "categorical_hinge": lambda t, p: jnp.mean(
            jax.nn.relu(jnp.max((1.0 - t) * p, -1) - jnp.sum(t * p, -1) + 1.0)
        ),
        "binary_crossentropy": (
            (lambda t, p: jnp.mean(optax.sigmoid_binary_cross_entropy(p, t)))
            if logits
            else (lambda t, p: jnp.mean(cross_entropy(t, p)))
        ),
        "categorical_crossentropy": (
            (lambda t, p: jnp.mean(optax.softmax_cross_entropy(p, t)))
            if logits
            else (lambda t, p: -jnp.mean(jnp.sum(t * jnp.log(shares(p)), -1)))
        ),
        "sparse_categorical_crossentropy": (
            (lambda t, p: jnp.mean(optax.softmax_cross_entropy_with_integer_labels(p, t)))
            if logits
            else (lambda t, p: -jnp.mean(jnp.log(picked(t, p)[:, 0] / jnp.sum(p, -1))))
        ),
        "kl_divergence": lambda t, p: jnp.mean(optax.kl_divergence(jnp.log(p), t)),
        "poisson": lambda t, p: jnp.mean(p - t * jnp.log(p + EPSILON)),
        "categorical_generalized_cross_entropy": lambda t, p: (
            2.0 * jnp.mean(1.0 - jnp.sqrt(picked(t, p)))
        ),
        "binary_focal_crossentropy": focal,
        "categorical_focal_crossentropy": lambda t, p: (
            -0.25 * jnp.mean(jnp.sum((1.0 - shares(p)) ** 2 * t * jnp.log(shares(p)), -1))
        ),
        "dice": overlap,
        "tversky": overlap,
        "ctc": ctc,
        "circle": circle,
        "contrastive": lambda t, p: jnp.mean(t * p**2 + (1.0 - t) * jax.nn.relu(1.0 - p) ** 2),
        "sigmoid_focal_crossentropy": sigmoid_focal,
        "ntxent": lambda t, p: optax.ntxent(p, t, 0.5),
        "sparsemax": lambda t, p: jnp.mean(
            optax.losses.multiclass_sparsemax_loss(p, jnp.argmax(t, -1))
        ),
    }.get(name)


def torch_program(
    name: str,
    arguments: dict[str, Any],
    t: Any,
    p: Any,
    gradient: bool,
    device: str = "cpu",
    of: Callable[[str, dict[str, Any]], Callable[[Any, Any], Any] | None] = of_torch,
) -> Callable[[], Any] | None:
    """PyTorch's value, or value and gradient, of NumPy arrays; None of a loss of our own."""
    import torch

    loss = of(name, arguments)
    if loss is None:
        return None
    t, p = torch.from_numpy(t).to(device), torch.from_numpy(p).to(device)
    wait = torch.cuda.synchronize if device != "cpu" else (lambda: None)

    def value() -> Any:
        with torch.no_grad():
            return loss(t, p).item()

    def both() -> Any:
        x = p.detach().requires_grad_()
        result = loss(t, x)
        (slope,) = torch.autograd.grad(result, x)
        wait()
        return result.item(), slope

    return both if gradient else value


metric_learning_program = functools.partial(torch_program, of=of_metric_learning)
"""The same by pytorch-metric-learning."""


def jax_program(
    name: str, arguments: dict[str, Any], t: Any, p: Any, gradient: bool
) -> Callable[[], Any] | None:
    """The jitted value, or value and gradient, of NumPy arrays in JAX; None of a loss of our own."""
    import jax

    loss = of_jax(name, arguments)
    if loss is None:
        return None
    program = jax.jit(jax.value_and_grad(loss, argnums=1) if gradient else loss)
    t, p = jax.device_put(t), jax.device_put(p)
    return functools.partial(lambda *x: jax.block_until_ready(program(*x)), t, p)
