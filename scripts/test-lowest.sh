#!/usr/bin/env bash
# The tests of tests/python with the lowest versions that pyproject.toml declares, of Python too, in a
# virtual environment of its own below build/. With arguments, those go to pytest.
#
#   LOWEST_PYTHON=/path/to/python   where uv cannot find that Python by itself, or download it
set -e
cd "$(dirname "${BASH_SOURCE[0]}")/.."
LOWEST=$PWD/build/lowest
mkdir -p "$LOWEST"

uv=$(command -v uv) || {
  uv=$LOWEST/uv/bin/uv
  [ -x "$uv" ] || { python3 -m venv "$LOWEST/uv" && "$LOWEST/uv/bin/pip" install --quiet uv; }
}
python=$(sed -n 's/^requires-python = ">=\(.*\)"/\1/p' pyproject.toml)
"$uv" venv --quiet --clear --python "${LOWEST_PYTHON:-$python}" "$LOWEST/venv"
export VIRTUAL_ENV=$LOWEST/venv

# rpy2 is for tests/bridge; tf_keras asks for `tensorflow`, which is `tensorflow-cpu` on most platforms
printf "%s; sys_platform == 'none'\n" rpy2 tf_keras >"$LOWEST/without.txt"
grep -o 'tf_keras>=[0-9.]*' pyproject.toml | head -n 1 >"$LOWEST/tf_keras.txt"
"$uv" pip install --quiet --resolution lowest-direct --override "$LOWEST/without.txt" -e '.[cpu,test]'
"$uv" pip install --quiet --resolution lowest-direct --no-deps -r "$LOWEST/tf_keras.txt"
"$uv" pip list | grep -E '^(hypothesis|keras|mpmath|numpy|pytest|rich|tensorflow(-cpu)?|tf-keras) '

[ $# -gt 0 ] || set -- tests/python
TF_CPP_MIN_LOG_LEVEL=3 exec "$LOWEST/venv/bin/python" -m pytest "$@"
