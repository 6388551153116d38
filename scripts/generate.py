"""Write what follows from the functions and classes of the losses: the names of R in Python, the tables.

`make document` runs it; tests/python/test_completeness.py fails where a file is not what it gives.
"""

from __future__ import annotations

import inspect
import json
import pathlib
import re
import typing

from lossbridge import losses, registry

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Names of R keras 2 for the same losses.
OLD_NAMES_OF_R = ("logcosh", "kullback_leibler_divergence", "cosine_proximity")
# The pages of docs/reference/, and the families on each.
PAGES = {
    "regression": ["regression"],
    "hinge": ["hinge"],
    "probabilistic": ["probabilistic"],
    "distribution": ["distribution"],
    "focal": ["focal"],
    "segmentation": ["segmentation", "detection"],
    "sequences-embeddings": ["sequence", "embedding"],
}


def files():
    """The text of each generated file, by its path."""
    return {
        "python_pkg/lossbridge/api.py": api(),
        "README.md": with_table("README.md", "| R | Python", readme_row),
        "docs/reference/index.md": with_table(
            "docs/reference/index.md", "| function | class", index_row
        ),
        **{f"docs/reference/{page}.md": reference(page) for page in PAGES},
    }


def specs():
    """All losses, family by family."""
    families = typing.get_args(registry.Family)
    return sorted(registry.LOSSES.values(), key=lambda spec: families.index(spec.family))


def class_name(spec):
    return registry.CLASSES[spec.name].__name__


def old_names(spec):
    return [alias for alias in spec.aliases if alias in OLD_NAMES_OF_R]


# -- the names of R in Python -----------------------------------------------------------------------

API = '''"""The names of the R documentation: `loss_hinge(y_true, y_pred)`, `loss_hinge()`, `loss=loss_hinge`.

With data a function here gives per-sample values, as the function of `lossbridge.losses` it is named
after, where its arguments are described; with `reduction` as well, the reduced value. Without data it
gives the `Loss` object of its arguments. Unquoted it can be handed to compile().
"""

# Written by scripts/generate.py, and not by hand: `make document`.

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossbridge import registry
from lossbridge.boundary import values_or_object
from lossbridge.reduction import DEFAULT

__all__ = [
{names}
]

{functions}

# Names of R keras 2 for the same losses.
{old}

FUNCTIONS = {{name: globals()[name] for name in __all__}}
for _function in FUNCTIONS.values():
    registry.serializable(_function, _function.__name__)
'''

FUNCTION = '''
def loss_{name}(
    y_true: Any = None,
    y_pred: Any = None,
{parameters}    *,
{ours}    reduction: str | None = DEFAULT,
    name: str | None = "{object_name}",
    dtype: Any = None,
) -> Any:
    """See `losses.{name}`; without data its `Loss` object."""
    return values_or_object(
        "{name}",
        y_true,
        y_pred,
        reduction=reduction,
        name=name,
        dtype=dtype,
{handed}    )
'''


def api():
    """The source of lossbridge/api.py."""
    old = [(f"loss_{alias}", f"loss_{spec.name}") for spec in specs() for alias in old_names(spec)]
    names = [f"loss_{spec.name}" for spec in specs()] + [name for name, _ in old]
    return API.format(
        names="\n".join(f'    "{name}",' for name in sorted(names)),
        functions="\n".join(api_function(spec) for spec in specs()),
        old="\n".join(f"{name} = {function}" for name, function in old),
    )


def written_as(default):
    """A default as ruff writes it."""
    return json.dumps(default) if isinstance(default, str) else repr(default)


def api_function(spec):
    of_function = inspect.signature(spec.function).parameters
    of_class = inspect.signature(registry.CLASSES[spec.name].__init__).parameters
    written = {
        # the class has the plain type, where the function has its domain
        name: f"    {name}: {of_class.get(name, of_function[name]).annotation} = {written_as(default)},\n"
        for name, default in spec.parameters.items()
    }
    return FUNCTION.format(
        name=spec.name,
        parameters="".join(text for name, text in written.items() if name not in spec.ours),
        ours="".join(text for name, text in written.items() if name in spec.ours),
        object_name=of_class["name"].default,
        handed="".join(f"        {name}={name},\n" for name in spec.parameters),
    )


# -- tables and pages -------------------------------------------------------------------------------


def quoted(names):
    return ", ".join(f"`{name}`" for name in names)


def readme_row(spec):
    r = [f"loss_{name}" for name in (spec.name, *old_names(spec))]
    python = [alias for alias in spec.aliases if hasattr(losses, alias) and alias.islower()]
    return f"| {quoted(r)} | {quoted([spec.name, *python])} | `{class_name(spec)}` |"


def index_row(spec):
    aliases = [alias for alias in spec.aliases if hasattr(losses, alias)]
    function, cls = (
        f"[`{name}`][lossbridge.losses.{name}]" for name in (spec.name, class_name(spec))
    )
    return f"| {function} | {cls} | {quoted(aliases)} |"


def with_table(path, head, row):
    """The file with a row for each loss in the table that begins so."""
    text = (ROOT / path).read_text()
    rows = "\n".join(map(row, specs()))
    table = rf"(?<=^)({re.escape(head)}.*\n\|[-|]+\n)(?:\|.*\n)*"
    result, count = re.subn(
        table, lambda found: f"{found[1]}{rows}\n", text, count=1, flags=re.MULTILINE
    )
    assert count == 1, f"{path} has no table `{head} ..`"
    return result


def reference(page):
    """A page with its own heading and introduction, and the function and class of each loss."""
    introduction = (ROOT / f"docs/reference/{page}.md").read_text().split(":::")[0].rstrip()
    blocks = [
        f"\n::: lossbridge.losses.{name}\n"
        for spec in specs()
        if spec.family in PAGES[page]
        for name in (spec.name, class_name(spec))
    ]
    return introduction + "\n" + "".join(blocks)


if __name__ == "__main__":
    for path, text in files().items():
        if (ROOT / path).read_text() != text:
            (ROOT / path).write_text(text)
            print("wrote", path)
