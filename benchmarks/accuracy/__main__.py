"""How right each loss and its gradient is, in units in the last place, beside Keras 3 and tf_keras.

    make accuracy                       # print the tables, and write them to docs/accuracy.md
    make accuracy ARGS="--worst bce"    # print the worst inputs of the losses named so

The reference is each loss by its formula, computed with mpmath from the very numbers that arrive in
the tensor; derivatives are carried along with the values. See docs/accuracy.md for what is counted.
"""

from __future__ import annotations

import argparse
import pathlib

from formulas import FORMULAS

from accuracy.compare import measure
from accuracy.formats import DTYPES
from accuracy.report import order, table
from lossbridge import registry

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
MARK = "<!-- written by `make accuracy` from here on -->"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--worst", nargs="*", metavar="LOSS", help="print worst inputs, no file")
    parser.add_argument("--dtype", nargs="*", choices=DTYPES, default=DTYPES)
    parser.add_argument("--modes", nargs="*", default=("eager", "graph"), help="also xla")
    options = parser.parse_args()
    if options.worst is not None:
        known = registry.names()
        losses = [known[x].name for x in options.worst] or tuple(FORMULAS)
        results = measure(options.dtype, losses, ["lossbridge"], options.modes, by_arguments=True)
        for key in sorted(results, key=order):
            print(*key, f"{results[key].ulps:.3g} of {results[key].count}", results[key].where)
        return
    results = measure(options.dtype, modes=options.modes)
    text = f"## Errors\n\n{table(results)}\n\n## Beyond the last digit of the inputs\n\n"
    text += table(results, "*")
    print(text)
    if tuple(options.dtype) == DTYPES:
        head = PAGE.read_text().split(MARK)[0] if PAGE.exists() else ""
        PAGE.write_text(f"{head}{MARK}\n\n{text}\n")


if __name__ == "__main__":
    main()
