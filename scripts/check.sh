#!/usr/bin/env bash
# Formatting, lints and types; every tool runs, and the exit code says whether all were content.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT" || exit 1
status=0

check() {
  printf '\n=== %s ===\n' "$1"
  shift
  "$@" || status=1
}

check "ruff format" "$PY" -m ruff format --check .
check "ruff check" "$PY" -m ruff check .
check "pyright" "$PY" -m pyright
check "lintr" Rscript --vanilla -e '
  folders <- Filter(dir.exists, c("r_wrappers", "tests", "examples", "benchmarks", "scripts"))
  found <- do.call(c, lapply(folders, function(d) lintr::lint_dir(d, relative_path = FALSE)))
  for (l in found) print(l)
  cat(length(found), "lints\n")
  quit(status = length(found) > 0)'

exit $status
