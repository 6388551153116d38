# Sourced by the other scripts: where things are, and the environment R and Python run in.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
RLIB=$ROOT/.rlib
PY=$VENV/bin/python

# R finds this project's library first, and reticulate uses this project's Python.
export R_LIBS=$RLIB${R_LIBS:+:$R_LIBS}
export RETICULATE_PYTHON=$PY
export RETICULATE_AUTOCONFIGURE=FALSE

# TensorFlow's start-up messages hide what matters.
export TF_CPP_MIN_LOG_LEVEL=${TF_CPP_MIN_LOG_LEVEL:-3}

# cli's messages and their snapshots are UTF-8; a bare machine has no other UTF-8 locale.
if [ "$(uname -s)" = Linux ]; then
  case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
    *[Uu][Tt][Ff]*8*) ;;
    *) export LC_ALL=C.UTF-8 ;;
  esac
fi
