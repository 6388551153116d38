"""How long each loss takes, beside Keras 3, tf_keras, PyTorch and JAX/optax.

    python benchmarks/bench.py                     # everything, into benchmarks/results
    python benchmarks/bench.py --quick             # fewer repetitions, no XLA; prints only
    python benchmarks/bench.py --losses hinge,mse  # these losses; prints only

Each round runs every library once in turn, so that what else the machine does hits all alike; figures
are medians over rounds, and ratios are those of medians. PyTorch and JAX take part where installed.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import gc
import importlib.util
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

import lossbridge
from lossbridge import registry
from lossbridge._backend import tf_keras

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
MODES = ("eager", "tf.function", "jit_compile")
SIZES = ((32, 10), (1024, 1000), (20000, 100))
IMAGES = (4, 256, 256, 2)
VOCABULARY = (1024, 32000)
SPARSE = "sparse_categorical_crossentropy"
LIBRARIES = {"lossbridge": lossbridge, "keras3": keras, "tf_keras": tf_keras}


@dataclasses.dataclass(frozen=True)
class Row:
    """One measurement."""

    loss: str
    mode: str
    size: str
    what: str
    library: str
    milliseconds: float


# -- inputs ---------------------------------------------------------------------------------------


def inputs(name: str, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions in the domain of a loss, float32 (labels int64), the same in each run."""
    rng = np.random.default_rng(0)
    spec = registry.LOSSES[name]
    p = rng.random(shape, dtype=np.float32)
    if spec.truth == "label" or "categorical" in name:
        if spec.pred == "probability":
            p /= p.sum(-1, keepdims=True)
        t = rng.integers(0, shape[-1], shape[:-1])
        return (t if spec.truth == "label" else np.eye(shape[-1], dtype="f4")[t]), p
    if spec.truth == "real" or spec.truth == "positive":
        return rng.random(shape, dtype=np.float32), p
    if name == "kl_divergence":
        t = rng.random(shape, dtype=np.float32)
        return t / t.sum(-1, keepdims=True), p / p.sum(-1, keepdims=True)
    return (rng.random(shape) > 0.5).astype("f4"), p


def cases(names: list[str]) -> Iterator[tuple[str, tuple[int, ...], dict[str, Any]]]:
    """Each loss with its sizes and arguments."""
    for name in names:
        for size in SIZES:
            yield name, size, {}
        if registry.LOSSES[name].family == "segmentation":
            yield name, IMAGES, {}
        if name == SPARSE:
            yield name, VOCABULARY, {}
            yield name, VOCABULARY, {"from_logits": True}


# -- programs -------------------------------------------------------------------------------------


def of_tensorflow(loss: Any, mode: str, gradient: bool) -> Callable[..., Any]:
    """A loss object as a program of (t, p)."""

    def value(t: tf.Tensor, p: tf.Tensor) -> Any:
        return loss(t, p)

    def both(t: tf.Tensor, p: tf.Tensor) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(p)
            result = loss(t, p)
        return result, tape.gradient(result, p)

    program = both if gradient else value
    if mode != "eager":
        program = tf.function(program, jit_compile=mode == "jit_compile")

    def run(t: tf.Tensor, p: tf.Tensor) -> None:
        result = program(t, p)
        (result[0] if gradient else result).numpy()

    return run


def of_torch(name: str, arguments: dict[str, Any]) -> Callable[..., Any] | None:
    """PyTorch's loss of the same mathematics, where there is one."""
    import torch
    from torch.nn import functional as f

    table = {
        "mean_squared_error": f.mse_loss,
        "mean_absolute_error": f.l1_loss,
        "huber": f.huber_loss,
        "binary_crossentropy": f.binary_cross_entropy,
        "poisson": lambda p, t: f.poisson_nll_loss(p, t, log_input=False, eps=1e-7),
        "kl_divergence": lambda p, t: f.kl_div(p.log(), t, reduction="batchmean"),
        "cosine_similarity": lambda p, t: -f.cosine_similarity(p, t, dim=-1).mean(),
        "categorical_crossentropy": lambda p, t: -(t * p.log()).sum(-1).mean(),
        SPARSE: (lambda p, t: f.cross_entropy(p, t))
        if arguments.get("from_logits")
        else (lambda p, t: f.nll_loss(p.log(), t)),
    }
    loss = table.get(name)
    if loss is None:
        return None

    def run(t: Any, p: Any, gradient: bool) -> None:
        if not gradient:
            with torch.no_grad():
                loss(p, t).item()
            return
        p.grad = None
        result = loss(p, t)
        result.backward()

    return run


def of_jax(name: str, arguments: dict[str, Any], gradient: bool) -> Callable[..., Any] | None:
    """The loss of optax, or of jax.numpy where optax has none, jitted."""
    import jax
    import jax.numpy as jnp
    import optax

    logits = arguments.get("from_logits")
    table = {
        "mean_squared_error": lambda t, p: jnp.mean(optax.squared_error(p, t)),
        "mean_absolute_error": lambda t, p: jnp.mean(jnp.abs(p - t)),
        "huber": lambda t, p: jnp.mean(optax.huber_loss(p, t)),
        "log_cosh": lambda t, p: jnp.mean(optax.log_cosh(p, t)),
        "hinge": lambda t, p: jnp.mean(optax.hinge_loss(p, 2.0 * t - 1.0)),
        "binary_crossentropy": lambda t, p: (
            -jnp.mean(
                t * jnp.log(jnp.clip(p, 1e-7, 1.0))
                + (1.0 - t) * jnp.log1p(-jnp.clip(p, 0.0, 1 - 1e-7))
            )
        ),
        "poisson": lambda t, p: jnp.mean(p - t * jnp.log(p + 1e-7)),
        "kl_divergence": lambda t, p: jnp.mean(optax.kl_divergence(jnp.log(p), t)),
        "cosine_similarity": lambda t, p: -jnp.mean(optax.cosine_similarity(p, t, epsilon=1e-7)),
        "categorical_crossentropy": lambda t, p: -jnp.mean(jnp.sum(t * jnp.log(p), -1)),
        SPARSE: (
            lambda t, p: (
                jnp.mean(optax.softmax_cross_entropy_with_integer_labels(p, t))
                if logits
                else -jnp.mean(jnp.log(jnp.take_along_axis(p, t[:, None], -1)))
            )
        ),
    }
    loss = table.get(name)
    if loss is None:
        return None
    program = jax.jit(jax.value_and_grad(loss, argnums=1) if gradient else loss)
    return lambda t, p: jax.block_until_ready(program(t, p))


def programs(
    name: str, size: tuple[int, ...], arguments: dict[str, Any], mode: str, gradient: bool
) -> dict[str, Callable[[], Any]]:
    """What each library runs, ready to be called."""
    t, p = inputs(name, size)
    tensors = tf.constant(t), tf.constant(p)
    found: dict[str, Callable[[], Any]] = {}
    for library, module in LIBRARIES.items():
        cls = getattr(getattr(module, "losses", None), registry.CLASSES[name].__name__, None)
        if cls is not None:
            run = of_tensorflow(cls(**arguments), mode, gradient)
            found[library] = lambda run=run: run(*tensors)
    if mode == "eager" and importlib.util.find_spec("torch"):
        import torch

        run = of_torch(name, arguments)
        if run is not None:
            torch_t, torch_p = torch.from_numpy(t), torch.from_numpy(p.copy())
            torch_p.requires_grad_(gradient)
            found["torch"] = lambda: run(torch_t, torch_p, gradient)
    if mode == "jit_compile" and importlib.util.find_spec("optax"):
        import jax

        run = of_jax(name, arguments, gradient)
        if run is not None:
            jax_t, jax_p = jax.numpy.asarray(t), jax.numpy.asarray(p)
            found["jax"] = lambda: run(jax_t, jax_p)
    return found


# -- clocks ---------------------------------------------------------------------------------------


def medians(run: dict[str, Callable[[], Any]], seconds: float) -> dict[str, float]:
    """Milliseconds of each program: medians over rounds that run all of them in turn."""
    for library, program in list(run.items()):
        try:
            program(), program()
        except Exception as error:  # a peer that cannot run this case is left out
            print(f"  {library} cannot: {type(error).__name__}", file=sys.stderr)
            del run[library]
    start = time.perf_counter()
    for program in run.values():
        program()
    once = (time.perf_counter() - start) / max(len(run), 1)
    inner = max(1, min(50, int(1e-3 / once)))
    rounds = max(5, min(101, int(seconds / (once * inner * max(len(run), 1)))))
    times: dict[str, list[float]] = {library: [] for library in run}
    gc.disable()
    for _ in range(rounds):
        for library, program in run.items():
            start = time.perf_counter()
            for _ in range(inner):
                program()
            times[library].append((time.perf_counter() - start) / inner * 1e3)
    gc.enable()
    return {library: statistics.median(each) for library, each in times.items()}


def floor(size: tuple[int, ...], seconds: float) -> float:
    """Milliseconds of copying both inputs once: no program that reads them can be faster."""
    a, b = np.ones(size, "f4"), np.ones(size, "f4")
    to = np.empty_like(a)
    run = {"copy": lambda: (np.copyto(to, a), np.copyto(to, b))}
    return medians(run, seconds)["copy"]


def peak_memory(name: str, library: str, mode: str, size: tuple[int, ...]) -> float:
    """MiB that value and gradient take beyond the inputs, at most, in a process of its own."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import bench, resource\n"
        "name, library, mode, size = sys.argv[2], sys.argv[3], sys.argv[4], eval(sys.argv[5])\n"
        "small = bench.programs(name, (64, size[-1]), {}, mode, True)[library]; small(); small()\n"
        "run = bench.programs(name, size, {}, mode, True)[library]\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        "before = peak(); run(); run(); print(peak() - before)"
    )
    command = [sys.executable, "-c", code, str(pathlib.Path(__file__).parent)]
    environment = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "0"}
    done = subprocess.run(
        [*command, name, library, mode, repr(size)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return float(done.stdout.split()[-1]) if done.returncode == 0 else math.nan


def fit_step(name: str, seconds: float) -> dict[str, float]:
    """Milliseconds of a training step of a small model in Keras 3 with each library's loss."""
    t, p = inputs(name, (256, 100))
    x = np.random.default_rng(1).normal(size=(256, 32)).astype("f4")
    activation = "softmax" if "categorical" in name else "sigmoid"
    run = {}
    for library in ("lossbridge", "keras3"):
        cls = getattr(LIBRARIES[library].losses, registry.CLASSES[name].__name__)
        model = keras.Sequential([keras.Input((32,)), keras.layers.Dense(100, activation)])
        model.compile("sgd", cls())
        run[library] = lambda model=model: model.train_on_batch(x, t)
    return medians(run, seconds)


# -- reports --------------------------------------------------------------------------------------


def machine() -> str:
    """The processor, its cores, the device TensorFlow uses, and the versions."""
    processor = platform.processor()
    with open("/proc/cpuinfo") if os.path.exists("/proc/cpuinfo") else open(os.devnull) as lines:
        models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    devices = [d.device_type for d in tf.config.list_physical_devices()]
    versions = [f"TensorFlow {tf.__version__}", f"Keras {keras.__version__}"]
    for module in ("tf_keras", "torch", "jax", "optax"):
        if importlib.util.find_spec(module):
            versions.append(f"{module} {__import__(module).__version__}")
    return (
        f"{models[0] if models else processor}, {os.cpu_count()} cores, {'+'.join(devices)}; "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def geomean(numbers: list[float]) -> float:
    """The geometric mean; NaN of none."""
    return math.exp(statistics.fmean(map(math.log, numbers))) if numbers else math.nan


def ratios(rows: list[Row], to: tuple[str, ...]) -> dict[tuple[str, str, str, str], float]:
    """lossbridge over the fastest of `to`, by loss, mode, size and what was measured."""
    table: dict[tuple[str, str, str, str], dict[str, float]] = {}
    for r in rows:
        table.setdefault((r.loss, r.mode, r.size, r.what), {})[r.library] = r.milliseconds
    return {
        key: found["lossbridge"] / min(found[x] for x in to if x in found)
        for key, found in table.items()
        if "lossbridge" in found and any(x in found for x in to)
    }


def report(rows: list[Row], notes: list[str]) -> str:
    """The tables, as Markdown."""
    lines = ["# Speed", "", machine(), ""]
    lines += ["Ratios are lossbridge / the faster of Keras 3 and tf_keras; below 1 is faster.", ""]
    lines += ["| mode | measured | geometric mean | worst | above 1.05 |", "|---|---|--:|--:|--:|"]
    against = ratios(rows, ("keras3", "tf_keras"))
    for mode in MODES:
        for what in ("value", "value+gradient"):
            each = [r for key, r in against.items() if key[1] == mode and key[3] == what]
            if each:
                above = sum(r > 1.05 for r in each)
                lines.append(
                    f"| {mode} | {what} | {geomean(each):.2f} | {max(each):.2f} | {above} of {len(each)} |"
                )
    for peer in ("torch", "jax"):
        each = [r for key, r in ratios(rows, (peer,)).items() if key[2] != "32x10"]
        if each:
            lines += ["", f"Against {peer} in the same mode, large sizes: {geomean(each):.2f}."]
    lines += ["", *notes, "", "## All figures, ms", ""]
    libraries = list(dict.fromkeys(r.library for r in rows))
    lines.append("| loss | mode | size | measured | " + " | ".join(libraries) + " | ratio |")
    lines.append("|---|---|---|---|" + "--:|" * (len(libraries) + 1))
    for key, ratio in against.items():
        found = {r.library: r.milliseconds for r in rows if (r.loss, r.mode, r.size, r.what) == key}
        cells = [f"{found[x]:.3f}" if x in found else "" for x in libraries]
        lines.append(f"| {' | '.join(key)} | {' | '.join(cells)} | {ratio:.2f} |")
    return "\n".join(lines) + "\n"


def plot(rows: list[Row], path: pathlib.Path) -> None:
    """The ratio of each loss and mode at the largest size, as bars; without matplotlib, nothing."""
    if not importlib.util.find_spec("matplotlib"):
        return
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    against = ratios(rows, ("keras3", "tf_keras"))
    names = list(dict.fromkeys(r.loss for r in rows))
    figure, axes = pyplot.subplots(figsize=(8, 0.32 * len(names) + 1.5), layout="constrained")
    for i, mode in enumerate(MODES):
        each = [against.get((n, mode, "20000x100", "value+gradient"), math.nan) for n in names]
        axes.barh([k + (i - 1) * 0.27 for k in range(len(names))], each, 0.25, label=mode)
    axes.axvline(1.0, color="black", linewidth=0.8)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set_xlabel("time / the faster Keras, value and gradient of 20000 x 100")
    axes.legend()
    figure.savefig(path, dpi=120)


def write(rows: list[Row], notes: list[str]) -> None:
    """The results as Markdown, CSV and a plot."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.md").write_text(report(rows, notes))
    with open(RESULTS / "speed.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f.name for f in dataclasses.fields(Row)])
        writer.writerows(dataclasses.astuple(r) for r in rows)
    plot(rows, RESULTS / "speed.png")


def main() -> None:
    """Measure, print, and write benchmarks/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, no XLA")
    parser.add_argument("--losses", help="names, separated by commas; all without")
    parser.add_argument("--modes", help=f"of {', '.join(MODES)}, separated by commas")
    parser.add_argument(
        "--write", action="store_true", help="keep the results of a partial run too"
    )
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    known = registry.names()
    if arguments.losses:
        names = [known[name].name for name in arguments.losses.split(",")]
    else:
        names = [n for n, s in registry.LOSSES.items() if s.family not in ("embedding", "sequence")]
    modes = arguments.modes.split(",") if arguments.modes else MODES[: 2 if arguments.quick else 3]
    seconds = 0.1 if arguments.quick else 0.6
    keep = arguments.write or not (arguments.quick or arguments.losses or arguments.modes)
    rows: list[Row] = []
    for name, size, extra in cases(names):
        if keep and rows and rows[-1].loss.split()[0] != name:
            write(rows, ["Not a full run."])  # so that one that is stopped has not been in vain
        label = name + (" from_logits" if extra else "")
        shape = "x".join(map(str, size))
        for mode in modes:
            for what in ("value", "value+gradient"):
                run = programs(name, size, extra, mode, what != "value")
                found = medians(run, seconds)
                rows += [Row(label, mode, shape, what, k, v) for k, v in found.items()]
                figures = "  ".join(f"{k} {v:.3f}" for k, v in found.items())
                print(f"{label:38s} {mode:12s} {shape:12s} {what:15s} {figures}", flush=True)
    notes = ["Copying both inputs once, ms: "]
    notes[0] += ", ".join(f"{s[0]}x{s[1]} {floor(s, seconds):.3f}" for s in SIZES) + "."
    if not arguments.quick:
        notes += [
            "",
            "## A step of model.fit, 256 x 100, ms",
            "",
            "| loss | lossbridge | Keras 3 |",
        ]
        notes += ["|---|--:|--:|"]
        for name in names:
            if registry.LOSSES[name].truth != "sign":
                step = fit_step(name, seconds)
                notes.append(f"| {name} | {step['lossbridge']:.2f} | {step['keras3']:.2f} |")
        notes += ["", "## Peak memory of value and gradient in tf.function, 20000 x 100, MiB", ""]
        notes += ["| loss | lossbridge | Keras 3 |", "|---|--:|--:|"]
        for name in names:
            ours, theirs = (
                peak_memory(name, x, "tf.function", (20000, 100)) for x in ("lossbridge", "keras3")
            )
            notes.append(f"| {name} | {ours:.0f} | {theirs:.0f} |")
    text = report(rows, notes)
    print(text[: text.index("## All figures")])
    if keep:
        write(rows, notes)


if __name__ == "__main__":
    main()
