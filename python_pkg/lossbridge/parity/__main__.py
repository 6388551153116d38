"""The command `lossbridge-parity`, or `python -m lossbridge.parity`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from lossbridge import checks, parity
from lossbridge.parity import differences, references, report
from lossbridge.parity.run import DTYPES, TOLERANCES


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    limits = ", ".join(f"{dtype} {limit:g}" for dtype, limit in TOLERANCES.items())
    p = argparse.ArgumentParser(
        prog="lossbridge-parity",
        description="Compare the losses of lossbridge, values and gradients, with those of Keras: "
        "over losses, dtypes, reductions and weights, on random inputs or on your data.",
        epilog="Exit status: 0 if all is within tolerance or a deliberate deviation, 1 if anything "
        "is out of tolerance, 2 for arguments that are no good.",
    )
    p.add_argument(
        "--losses", help='names divided by commas, with arguments: "mse, huber(delta=2)" (all)'
    )
    p.add_argument(
        "--references",
        help=f"names divided by commas, of those installed: {','.join(references.installed())}",
    )
    p.add_argument(
        "--tolerance",
        help=f"largest difference allowed: 1e-6, or by dtype float32=1e-6,float64=1e-9 ({limits})",
    )
    p.add_argument("--seed", type=int, default=0, help="of random inputs and weights (0)")
    p.add_argument(
        "--sizes",
        default=",".join(parity.SIZES),
        help="of random inputs: batch x .. x values or classes (%(default)s)",
    )
    p.add_argument("--dtypes", default=",".join(DTYPES), help="%(default)s")
    p.add_argument("--data", metavar="FILE", help="compare on this .npz, .csv or .parquet file")
    for name in ("y-true", "y-pred"):
        default = name.replace("-", "_")
        p.add_argument(
            f"--{name}",
            metavar="COLUMNS",
            help=f"its columns or arrays, divided by commas; patterns such as 'p_*' ({default})",
        )
    p.add_argument("--json", metavar="FILE", help="write the report as JSON")
    p.add_argument("--html", metavar="FILE", help="write the report as one HTML page")
    p.add_argument(
        "--differences",
        metavar="FILE",
        help="write the page on how the losses of Keras 2 and Keras 3 differ, and compare nothing",
    )
    return p


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    p = parser()
    options = p.parse_args(arguments)
    try:
        if options.differences:
            report.write(options.differences, differences.page(), "differences")
            return 0
        if not options.data and (options.y_true or options.y_pred):
            raise checks.InputError("data", "given with --y-true and --y-pred", "missing")
        return _compare(options)
    except checks.InputError as error:
        p.error(str(error).replace("argument `", "argument `--").replace("`--y_", "`--y-"))


def _compare(options: Any) -> int:
    try:
        from lossbridge.parity import report_terminal
    except ImportError as error:
        raise checks.InputError(
            "report", "drawn by rich", "possible without it", "Type: pip install rich"
        ) from error
    result = parity.parity_report(
        losses=options.losses,
        references=options.references and _words(options.references),
        tolerance=_tolerance(options.tolerance),
        seed=options.seed,
        sizes=_words(options.sizes),
        dtypes=_words(options.dtypes),
        data_file=options.data,
        y_true=_words(options.y_true or "y_true"),
        y_pred=_words(options.y_pred or "y_pred"),
        json=options.json,
        html=options.html,
        track=report_terminal.track,
    )
    report_terminal.show(result)
    return 0 if result.ok else 1


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _tolerance(text: str | None) -> Any:
    if text is None:
        return None
    try:
        if "=" not in text:
            return float(text)
        pairs = (word.split("=") for word in _words(text))
        return {dtype.strip(): float(limit) for dtype, limit in pairs}
    except ValueError as error:
        raise checks.InputError("tolerance", "numbers of at least 0", repr(text)) from error


if __name__ == "__main__":
    sys.exit(main())
