"""Print the requirements from the command line that this environment does not meet.

`@extra` stands for the requirements pyproject.toml lists: `@` its dependencies, `@test` the
extra of that name. Names left out with `-name` are not looked at, nor is what a marker has for other
platforms.
"""

import sys
from importlib import metadata
from pathlib import Path

from pip._vendor.packaging.requirements import Requirement

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    from pip._vendor import tomli as tomllib

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]

wanted, left_out = [], set()
for word in sys.argv[1:]:
    if word == "@":
        wanted += project["dependencies"]
    elif word.startswith("@"):
        wanted += project["optional-dependencies"][word[1:]]
    elif word.startswith("-"):
        left_out.add(word[1:])
    else:
        wanted.append(word)

for text in wanted:
    requirement = Requirement(text)
    elsewhere = requirement.marker is not None and not requirement.marker.evaluate()
    if elsewhere or requirement.name in left_out:
        continue
    try:
        met = requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        met = False
    if not met:
        print(text.partition(";")[0].rstrip())
