"""Write each loss's compiled value-and-gradient program as StableHLO, for a machine without TensorFlow.

    python benchmarks/export_hlo.py FOLDER            # all losses, at 20000x100 and the like
    python benchmarks/export_hlo.py FOLDER --losses mse hinge

The program is what TensorFlow hands to XLA for `jit_compile=True`. `run_hlo.py FOLDER` runs and times it
wherever JAX runs.
"""

from __future__ import annotations

import argparse
import json
import pathlib
from typing import Any

import programs
import tensorflow as tf

from lossbridge import registry


def export(case: programs.Case, library: str = "lossbridge") -> tuple[str, dict[str, Any]]:
    """The program of a case, and what has to be known to run it."""
    program = programs.of_tensorflow(programs.loss_object(library, case), "jit_compile", True)
    t, p = programs.arrays(case)
    inputs = tf.convert_to_tensor(t), tf.convert_to_tensor(p)
    module = program.experimental_get_compiler_ir(*inputs)(stage="stablehlo")
    spec = registry.LOSSES[case.loss]
    about = {
        "loss": case.loss,
        "arguments": dict(case.arguments),
        "truth": spec.truth,
        "pred": spec.pred,
        "shape": case.shape,
        "value": float(program(*inputs)[0]),  # to be met again where it runs
    }
    return module, about


def main() -> None:
    """Write the programs and `programs.json`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path)
    known = registry.names()
    parser.add_argument("--losses", nargs="+", choices=known, metavar="NAME", help="all without")
    arguments = parser.parse_args()
    names = [known[name].name for name in arguments.losses or registry.LOSSES]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    found = {}
    for case in programs.cases(names):
        if case.size != "32x10":
            file = f"{case.label.replace(' ', '-')}-{case.size}.mlir"
            module, found[file] = export(case)
            (arguments.folder / file).write_text(module)
            print(file, flush=True)
    (arguments.folder / "programs.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
