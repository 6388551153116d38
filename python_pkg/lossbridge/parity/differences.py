"""The page "How Keras' losses differ between versions", from the tables that lossbridge computes by."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import textwrap

from lossbridge import generations, registry
from lossbridge.parity import deviations, references
from lossbridge.parity.references import Reference

# Of each field of the semantics a heading, and Python that shows it, of `losses`, `utils` and `tf`.
EXAMPLES = {
    "bce_log_offset": (
        "Binary cross-entropy of certain predictions",
        "losses.binary_crossentropy(tf.constant([[1.0]]), tf.constant([[0.0]]))",
    ),
    "cosine_norm_floor": (
        "Cosine similarity of short vectors",
        "losses.cosine_similarity(tf.constant([[1.0]]), tf.constant([[5e-7]]))",
    ),
    "object_dtype": (
        "The dtype of an object",
        'losses.MeanSquaredError()(tf.zeros([1, 1], "float64"), tf.zeros([1, 1], "float64"))'
        ".dtype.name",
    ),
    "default_reduction": (
        "The name of the default reduction",
        "losses.MeanSquaredError().reduction",
    ),
    "empty_batch": (
        "The mean of an empty batch",
        "losses.MeanSquaredError()(tf.zeros([0, 3]), tf.zeros([0, 3])).shape",
    ),
    "to_categorical_dtype": (
        "The dtype of to_categorical()",
        "utils.to_categorical([0, 1]).dtype.name",
    ),
}

_TITLE = """# How Keras' losses differ between versions

Keras 2 (`tf_keras`, and `tf.keras` up to TensorFlow 2.15) and Keras 3 do not compute the same numbers.
This page was written by `python -m lossbridge.parity --differences`, which ran every example on {titles}.
`lossbridge.semantics("keras2")` or `("keras3")` chooses between them.
"""


def page() -> str:
    """The page, as Markdown."""
    sides = [make() for make in references.installed().values()]
    parts = [
        _TITLE.format(titles=" and ".join(side.title for side in sides)),
        *_numbers(sides),
        *_names(sides),
        *_bugs(sides),
    ]
    return "\n".join(parts)


def field_docs() -> dict[str, str]:
    """The docstring of each field of `Semantics`."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(generations.Semantics)))
    body = tree.body[0].body  # type: ignore[attr-defined]
    docs = {}
    for field, text in zip(body, body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr):
            docs[field.target.id] = " ".join(ast.literal_eval(text.value).split())  # type: ignore[union-attr]
    return docs


def fields() -> list[str]:
    """The fields of `Semantics` in which the generations differ."""
    two, three = generations.TABLE["keras2"], generations.TABLE["keras3"]
    names = [field.name for field in dataclasses.fields(two) if field.name != "name"]
    return [name for name in names if getattr(two, name) != getattr(three, name)]


def _numbers(sides: list[Reference]) -> list[str]:
    docs = field_docs()
    parts = ["## Numbers that changed", ""]
    for field in fields():
        title, example = EXAMPLES.get(field, (field.replace("_", " "), None))
        parts += [f"### {title}", "", docs[field], ""]
        values = [getattr(generations.TABLE[name], field) for name in ("keras2", "keras3")]
        rows = [[_code(field), *(_code(repr(value)) for value in values)]]
        if example:
            found = {side.semantics: _run(example, side) for side in sides}
            gives = [found.get(name, "not installed") for name in ("keras2", "keras3")]
            rows.append(["gives", *map(_code, gives)])
            parts += ["```python", example, "```", ""]
        parts += [_table(["", "Keras 2", "Keras 3"], rows), ""]
    return parts


def _names(sides: list[Reference]) -> list[str]:
    parts = [
        "## Names and arguments",
        "",
        "The arguments after `y_true, y_pred` of each function. All have an object of the class too, "
        "with `reduction` and `name`, and in Keras 3 `dtype`.",
        "",
    ]
    rows = []
    for name, spec in sorted(registry.LOSSES.items()):
        cells = [_code(name), _code(registry.CLASSES[name].__name__)]
        for generation in ("keras2", "keras3"):
            side = next((s for s in sides if s.semantics == generation), None)
            cells.append(_signature(side, (name, *spec.aliases)) if side else "not installed")
        rows.append(cells)
    return [*parts, _table(["function", "class", "Keras 2", "Keras 3"], rows), "", *_strings(sides)]


def _strings(sides: list[Reference]) -> list[str]:
    """Which strings name a loss: those that all know are left out."""
    rows = []
    for name, spec in sorted(registry.LOSSES.items()):
        for word in (name, *spec.aliases):
            known = {side.semantics: _knows(side, word) for side in sides}
            cells = [known.get(generation, "not installed") for generation in ("keras2", "keras3")]
            if cells != ["yes", "yes"]:
                rows.append([_code(f'"{word}"'), *cells])
    return [
        "### Names as strings",
        "",
        "What `compile(loss=...)` and `losses.get()` take; lossbridge takes all. Those that both "
        "versions know are left out.",
        "",
        _table(["", "Keras 2", "Keras 3"], rows),
        "",
    ]


def _knows(side: Reference, word: str) -> str:
    try:
        found = side.losses.get(word)
    except ValueError:
        return "an error"
    # importing lossbridge has taught the others to Keras: they give a function of lossbridge
    return "an error" if registry.spec_of(found) else "yes"


def _signature(side: Reference, names: tuple[str, ...]) -> str:
    for name in names:
        function = getattr(side.losses, name, None)
        if inspect.isfunction(function):
            parameters = list(inspect.signature(function).parameters.values())[2:]
            words = [
                p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters
            ]
            return ", ".join(map(_code, words)) or "no arguments"
    return "does not have it"


def _bugs(sides: list[Reference]) -> list[str]:
    parts = [
        "## Bugs that lossbridge does not have",
        "",
        "Under either semantics lossbridge gives the right result. Each example was run.",
        "",
    ]
    shown = {(s.deviation.name, side.semantics): s for side in sides for s in deviations.show(side)}
    for d in deviations.DEVIATIONS:
        seen = [
            (generation, shown.get((d.name, generation)))
            for generation in ("keras2", "keras3")
            if generation in d.generations
        ]
        where = ", ".join(_code(name) for name in d.losses) or "all losses"
        rows = []
        for generation, found in seen:
            label = f"Keras {generation[-1]}"
            text = "not installed" if found is None else found.theirs
            if found is not None and found.status == "mended":
                label += ", mended in this version"
            rows.append([label, _code(text)])
        right = "an error" if isinstance(d.right, str) else str(d.right)
        rows.append(["lossbridge", _code(right)])
        parts += [f"### {d.title}", "", f"In {where}.", ""]
        parts += [f"- {d.where}: {d.keras}", f"- lossbridge: {d.lossbridge}", ""]
        parts += ["```python", d.example, "```", "", _table(["", "gives"], rows), ""]
    return parts


def _run(example: str, side: Reference) -> str:
    outcome = deviations.evaluate(example, side)
    if isinstance(outcome, Exception):
        return "an error"
    return str(outcome) if isinstance(outcome, (str, tuple)) else deviations.text(outcome)


def _code(text: str) -> str:
    return text if text in ("not installed", "an error") else f"`{text}`"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )
