#!/usr/bin/env bash
# What is released, in dist/: the R source package, the Python wheel and sdist. Each is then installed
# into an empty folder, and has to compute a loss from there.
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT" || exit 1
set -e
TRIAL=$ROOT/build/dist-trial
rm -rf dist build/source "$TRIAL"
mkdir -p dist build/source/lossbridge "$TRIAL"

echo "building"
if [ -n "$("$PY" scripts/pip-missing.py 'build>=1')" ]; then
  "$PY" -m pip install --quiet --disable-pip-version-check --no-input 'build>=1'
fi
# from a copy without .venv/ and the like, which R CMD build would copy before it leaves them out
bash scripts/list-files.sh | tar --null --no-recursion -T - -cf - | tar -C build/source/lossbridge -xf -
"$PY" -m build --outdir dist build/source/lossbridge >build/dist-python.log 2>&1 ||
  { tail -n 25 build/dist-python.log >&2; exit 1; }
(cd dist && R CMD build ../build/source/lossbridge >../build/dist-r.log 2>&1) ||
  { tail -n 25 build/dist-r.log >&2; exit 1; }

# TensorFlow is that of .venv/; lossbridge has to come out of the trial's folder all the same.
for file in dist/lossbridge-*.whl dist/lossbridge-*.tar.gz; do
  echo "trying $file"
  folder=$TRIAL/${file##*.}
  "$PY" -m pip install --quiet --disable-pip-version-check --no-input --no-deps --target "$folder" "$file"
  (cd "$TRIAL" && PYTHONPATH=$folder "$PY" -c '
import pathlib, sys
import lossbridge
assert pathlib.Path(sys.argv[1]) in pathlib.Path(lossbridge.__file__).parents, lossbridge.__file__
assert abs(float(lossbridge.losses.Hinge()([[0, 1]], [[0.6, 0.4]])) - 1.1) < 1e-6' "$folder")
done

echo "trying $(echo dist/lossbridge_*.tar.gz)"
mkdir "$TRIAL/r"
R CMD INSTALL --library="$TRIAL/r" dist/lossbridge_*.tar.gz >build/dist-r-install.log 2>&1 ||
  { tail -n 25 build/dist-r-install.log >&2; exit 1; }
(cd "$TRIAL" && R_LIBS=$TRIAL/r Rscript --vanilla -e '
  library(lossbridge, lib.loc = commandArgs(TRUE))
  stopifnot(all.equal(as.numeric(loss_hinge()(rbind(c(0, 1)), rbind(c(0.6, 0.4)))), 1.1, tolerance = 1e-6))
  core <- normalizePath(reticulate::import("lossbridge")$`__file__`)
  stopifnot(startsWith(core, normalizePath(commandArgs(TRUE))))' "$TRIAL/r")
ls -l dist
