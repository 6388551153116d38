"""Run and time in JAX's runtime what export_hlo.py wrote; needs JAX, and no TensorFlow.

    python benchmarks/run_hlo.py FOLDER

Beside the same loss of optax (jitted) and of PyTorch, where they are installed, and the floor: reading
both inputs and writing the gradient at the speed at which the device copies the predictions.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import pathlib
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import peers
import stopwatch
from jax import export
from jax.extend.mlir import ir
from jax.extend.mlir.dialects import stablehlo

jax.config.update("jax_enable_x64", True)  # class labels are int64


def load(module: str, t: Any, p: Any) -> Callable[[Any, Any], Any]:
    """A StableHLO program of (t, p) that gives a value and a gradient, as a jitted function."""
    with ir.Context() as context:
        stablehlo.register_dialect(context)
        context.allow_unregistered_dialects = True  # of the attributes that XLA left on the module
        version = stablehlo.get_minimum_version()
        artifact = stablehlo.serialize_portable_artifact_str(module, version)
    arrays = [jax.core.ShapedArray(x.shape, x.dtype) for x in (t, p)]
    results = [jax.core.ShapedArray((), p.dtype), arrays[1]]
    program = export.Exported(
        fun_name="loss",
        in_tree=jax.tree.structure(((t, p), {})),
        in_avals=tuple(arrays),
        out_tree=jax.tree.structure((0, 0)),
        out_avals=tuple(results),
        in_shardings_hlo=(None, None),
        out_shardings_hlo=(None, None),
        nr_devices=1,
        platforms=(jax.default_backend().replace("gpu", "cuda"),),
        ordered_effects=(),
        unordered_effects=(),
        disabled_safety_checks=(),
        mlir_module_serialized=artifact,
        calling_convention_version=export.maximum_supported_calling_convention_version,
        module_kept_var_idx=(0, 1),
        uses_global_constants=False,
        _get_vjp=None,
    )
    return jax.jit(program.call)


def programs(module: str, about: dict[str, Any]) -> dict[stopwatch.Key, stopwatch.Program]:
    """The exported program, checked, and its peers."""
    name, arguments = about["loss"], about["arguments"]
    t, p = peers.inputs(name, about["truth"], about["pred"], tuple(about["shape"]))
    inputs = jax.device_put(t), jax.device_put(p)
    program = load(module, *inputs)
    value = float(program(*inputs)[0])
    if not np.isclose(value, about["value"], rtol=1e-4):
        raise ValueError(f"{name} gives {value} here, and gave {about['value']} in TensorFlow")
    found: dict[stopwatch.Key, stopwatch.Program | None] = {
        ("lossbridge", "StableHLO"): lambda: jax.block_until_ready(program(*inputs)),
    }
    if importlib.util.find_spec("optax"):
        found["jax", "jit"] = peers.jax_program(name, arguments, t, p, True)
    if importlib.util.find_spec("torch"):
        import torch

        device = "cuda" if torch.cuda.is_available() else "cpu"
        found["torch", "eager"] = peers.torch_program(name, arguments, t, p, True, device)
    return {key: program for key, program in found.items() if program is not None}


def time(module: str, about: dict[str, Any], seconds: float) -> dict[str, float]:
    """Milliseconds of each library, and of the floor."""
    run = stopwatch.able(programs(module, about))
    t, p = peers.inputs(about["loss"], about["truth"], about["pred"], tuple(about["shape"]))
    copy, x = jax.jit(lambda x: x + 0.0), jax.device_put(p)
    run["device", "copy"] = lambda: jax.block_until_ready(copy(x))
    found = stopwatch.medians(run, seconds)
    moved = t.nbytes + 2 * p.nbytes
    floor = found.pop(("device", "copy")) * moved / (2 * p.nbytes)
    return {**{library: each for (library, _), each in found.items()}, "floor": floor}


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="few repetitions")
    arguments = parser.parse_args()
    device = jax.devices()[0]
    print(f"{device.device_kind} ({device.platform}), jax {jax.__version__}; ms\n")
    print("| loss | size | lossbridge | optax | PyTorch | floor |")
    print("|---|---|--:|--:|--:|--:|")
    listed = json.loads((arguments.folder / "programs.json").read_text())
    for file, about in listed.items():
        module = (arguments.folder / file).read_text()
        found = time(module, about, 0.2 if arguments.quick else 2.0)
        columns = ("lossbridge", "jax", "torch", "floor")
        figures = [f"{found[x]:.3g}" if x in found else "" for x in columns]
        label = " ".join([about["loss"], *about["arguments"]])
        size = "x".join(map(str, about["shape"]))
        print(f"| {label} | {size} | {' | '.join(figures)} |", flush=True)


if __name__ == "__main__":
    main()
