#!/usr/bin/env bash
# The test suites, one after the other, and one summary. With names, only those suites:
#   scripts/test.sh [python] [bridge] [testthat]
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT" || exit 1
exec "$PY" scripts/run_tests.py "$@"
