"""What mkdocs.yml adds to MkDocs: formulas as MathML, and the tables that the benchmarks write.

MathML is rendered by browsers themselves, so the pages need no script and no network.
`python scripts/mkdocs_hooks.py FOLDER` does the same to the formulas in the pages of pkgdown.
"""

import html
import re
import sys
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.structure.files import File

RESULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "results"

# What pymdownx.arithmatex leaves, in its generic form.
INLINE = re.compile(r'<span class="arithmatex">\\\((.+?)\\\)</span>', re.DOTALL)
BLOCK = re.compile(r'<div class="arithmatex">\\\[(.+?)\\\]</div>', re.DOTALL)


def to_mathml(text: str, display: str) -> str:
    mathml = convert(html.unescape(text).strip(), display=display)
    # the bars of |t - p| stand close to what they enclose
    return mathml.replace('<mo stretchy="false">', '<mo stretchy="false" lspace="0" rspace="0">')


# Pages of wide tables, which get the room of the table of contents as well.
WIDE = ("accuracy.md", "speed.md")


def on_files(files, *, config, **_):
    """Add the plots of benchmarks/results/ to the pictures of the site."""
    for path in RESULTS.glob("*.png"):
        files.append(File.generated(config, path.name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, *, page, **_) -> str:
    """Put the tables of benchmarks/results/ where a page says `<!-- benchmark results -->`."""
    if page.file.src_path in WIDE:
        page.meta["hide"] = ["toc"]
    if "<!-- benchmark results -->" not in markdown:
        return markdown
    parts = []
    for path in sorted(RESULTS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        plot = path.with_suffix(".png")
        if plot.exists() and f"({plot.name})" not in text:
            parts.append(f"![The table of {path.stem} as a plot]({plot.name})")
        parts.append(re.sub(r"^#", "##", text, flags=re.MULTILINE))
    text = "\n\n".join(parts)
    return markdown.replace("<!-- benchmark results -->", text or "None have been run.")


def on_page_content(content: str, **_) -> str:
    content = BLOCK.sub(lambda found: to_mathml(found[1], "block"), content)
    return INLINE.sub(lambda found: to_mathml(found[1], "inline"), content)


# What pkgdown leaves to MathJax, and how it loads it.
PKGDOWN_INLINE = re.compile(r"\\\((.+?)\\\)", re.DOTALL)
PKGDOWN_BLOCK = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
MATHJAX = re.compile(r"<!-- mathjax -->.*?(?=<!--|</head>)", re.DOTALL)


def convert_pkgdown(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        page = MATHJAX.sub("", path.read_text(encoding="utf-8"))
        # README.md links to files of the repository
        page = re.sub(r'href="docs/([\w-]+)\.(?:md|html)"', r'href="../\1.html"', page)
        page = re.sub(r'href="vignettes/([\w-]+)\.Rmd"', r'href="articles/\1.html"', page)
        page = page.replace('href="man/"', 'href="reference/index.html"')
        page = page.replace('href="NEWS.html"', 'href="news/index.html"')
        page = re.sub(r'<a href="examples/">(.*?)</a>', r"\1", page)
        # code may hold the same signs
        parts = re.split(
            r"(<pre.*?</pre>|<code.*?</code>|<script.*?</script>)", page, flags=re.DOTALL
        )
        for i in range(0, len(parts), 2):
            text = PKGDOWN_BLOCK.sub(lambda found: to_mathml(found[1], "block"), parts[i])
            parts[i] = PKGDOWN_INLINE.sub(lambda found: to_mathml(found[1], "inline"), text)
        path.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    convert_pkgdown(Path(sys.argv[1]))
