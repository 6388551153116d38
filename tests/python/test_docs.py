"""The Python in README.md and docs/ runs, and the reference has every public name."""

import pathlib
import re
import textwrap

import pytest

import lossbridge
from lossbridge import losses, metrics
from lossbridge._backend import PUBLIC_ONLY

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
# Examples that are compared with what is written below them, by the tests of that page.
GENERATED = {"keras-differences.md"}

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="docs/ is not in this source package")

FENCE = re.compile(r"^(?P<indent> *)```python\n(?P<code>.*?)^(?P=indent)```$", re.M | re.S)


def examples(page: pathlib.Path) -> list[tuple[int, str]]:
    """The line that each example of a page starts at, and its code."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start("code")) + 1, textwrap.dedent(found["code"]))
        for found in FENCE.finditer(text)
    ]


WITH_EXAMPLES = [page for page in PAGES if page.name not in GENERATED and examples(page)]


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=lambda page: page.name)
def test_examples_run(page, capsys):
    if PUBLIC_ONLY and page.name == "guide.md":
        pytest.skip(
            "in public Keras 3 takes no further names, which the page compiles a model with"
        )
    # One namespace for a page: an example goes on from the one before.
    names = {"__name__": "__main__"}
    for line, code in examples(page):
        # empty lines in front, so that an error names the line of the page
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)


@pytest.mark.parametrize("module", [lossbridge, losses, metrics], ids=lambda m: m.__name__)
def test_reference_is_complete(module):
    pages = "\n".join(page.read_text(encoding="utf-8") for page in DOCS.rglob("reference/*.md"))
    whole = re.findall(r"^::: (\S+)$", pages, re.M)  # of a module all is shown
    words = set(re.findall(r"\w+", pages))
    for name in module.__all__:
        thing = getattr(module, name)
        home = getattr(thing, "__module__", module.__name__)
        if name.startswith("__"):
            continue
        assert name in words or home in whole or module.__name__ in whole, name


def test_r_reference_is_complete():
    listed = (ROOT / "_pkgdown.yml").read_text(encoding="utf-8")
    topics = set(re.findall(r"^  - ([\w-]+)$", listed, re.M))
    concepts = set(re.findall(r'has_concept\("(.+?)"\)', listed))
    for page in sorted((ROOT / "man").glob("*.Rd")):
        text = page.read_text(encoding="utf-8")
        if r"\keyword{internal}" not in text:
            names = set(re.findall(r"\\(?:name|alias)\{(.+?)\}", text))
            of = set(re.findall(r"\\concept\{(.+?)\}", text))
            assert topics & names or concepts & of, f"{page.name} is in no section of _pkgdown.yml"


def test_every_module_is_on_the_map():
    page = ROOT / "CONTRIBUTING.md"
    if not page.is_file():
        pytest.skip("CONTRIBUTING.md is not here: the Python package alone is tested")
    the_map = page.read_text(encoding="utf-8").split("```")[3]
    package = ROOT / "python_pkg/lossbridge"
    modules = [path.name for path in (*package.glob("*.py"), *package.glob("engine/*.py"))]
    missing = {name for name in modules if name not in the_map} - {"__init__.py"}
    assert not missing, "the map of CONTRIBUTING.md lacks these"
    named = set(re.findall(r"\b\w+\.py\b", the_map)) - {"generate.py"}
    assert named <= set(modules), "the map of CONTRIBUTING.md has what is no more"
