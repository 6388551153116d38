#!/usr/bin/env bash
# The documentation, in site/: the pages of mkdocs.yml, with Python's reference, and below r/ those of
# the R package. A warning of either is an error. What builds them is installed first where it is
# missing: see `docs` in pyproject.toml, and pkgdown.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT" || exit 1
mkdir -p build

die() {
  printf '\ndocs stopped: %s\n' "$*" >&2
  exit 1
}

# --- what is missing -------------------------------------------------------------------------

missing=()
while IFS= read -r line; do missing+=("$line"); done < <("$PY" scripts/pip-missing.py @docs)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  "$PY" -m pip install --quiet --disable-pip-version-check --no-input \
    -c "$VENV/constraints.txt" "${missing[@]}" || die "pip could not install ${missing[*]}"
fi

has_pkgdown() { Rscript --vanilla -e 'quit(status = !requireNamespace("pkgdown", quietly = TRUE))'; }
if ! has_pkgdown; then
  echo "installing pkgdown"
  if command -v apt-get >/dev/null 2>&1; then
    apt=(apt-get -y -o DPkg::Lock::Timeout=600 install --no-install-recommends r-cran-pkgdown)
    [ "$(id -u)" = 0 ] || apt=(sudo "${apt[@]}")
    DEBIAN_FRONTEND=noninteractive "${apt[@]}" >build/docs-pkgdown.log 2>&1 </dev/null
  fi
  has_pkgdown || die 'the R package pkgdown is needed: install.packages("pkgdown")'
fi

# --- build -----------------------------------------------------------------------------------

NO_MKDOCS_2_WARNING=1 "$PY" -m mkdocs build --strict --quiet || die "mkdocs was not content"

# From a copy of the package: pkgdown leaves figures beside the vignettes it builds.
rm -rf build/pkgdown
mkdir -p build/pkgdown site/r
bash scripts/list-files.sh | tar --null --no-recursion -T - -cf - | tar -C build/pkgdown -xf -
Rscript --vanilla scripts/pkgdown.R build/pkgdown "$ROOT/site/r" >build/docs-pkgdown.log 2>&1 || {
  tail -n 25 build/docs-pkgdown.log >&2
  die "pkgdown was not content (log: build/docs-pkgdown.log)"
}
"$PY" scripts/mkdocs_hooks.py site/r # its formulas, too
echo "site/index.html, site/r/index.html"
