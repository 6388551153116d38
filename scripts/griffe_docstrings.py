"""Docstrings as mkdocstrings is to show them."""

import re
import textwrap
from pathlib import Path

import griffe

ROOT = Path(__file__).resolve().parents[1]
# What lossbridge.reduction.DEFAULT is; read, so that TensorFlow need not start.
REDUCTION = re.search(
    r'^DEFAULT = _Default\((".+?")\)$',
    (ROOT / "python_pkg/lossbridge/reduction.py").read_text(encoding="utf-8"),
    re.MULTILINE,
)[1]

# The last sections of a docstring, which are plain text.
PROSE = re.compile(r"^(Reference|Relation):\n((?:[ ]{4}.*\n|\n)+)", re.MULTILINE)


def paragraph(found: re.Match) -> str:
    return f"**{found[1]}.** {textwrap.dedent(found[2]).strip()}\n\n"


class Sections(griffe.Extension):
    """`Example:` holds doctests, which griffe looks for in `Examples:`."""

    def on_object(self, *, obj: griffe.Object, **_) -> None:
        if obj.docstring:
            text = re.sub(r"^Example:$", "Examples:", obj.docstring.value, flags=re.MULTILINE)
            obj.docstring.value = PROSE.sub(paragraph, text + "\n").rstrip()

    def on_function(self, *, func: griffe.Function, **_) -> None:
        for parameter in func.parameters:
            if str(parameter.annotation) == "Any":  # says nothing to a reader
                parameter.annotation = None
            if str(parameter.default) == "DEFAULT":
                parameter.default = REDUCTION
