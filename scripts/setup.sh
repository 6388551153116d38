#!/usr/bin/env bash
# Everything lossbridge needs to run and to be tested: R with its packages, a Python environment
# in .venv/, an R library in .rlib/, and lossbridge in both. Run it again at any time: what is
# there is kept as it is, and only what is missing is installed.
#
#   scripts/setup.sh          what `make demo` and `make test` need
#   scripts/setup.sh --dev    also what `make check`, `make document` and the vignettes need
#   scripts/setup.sh --bench  also what `make bench` compares with: PyTorch, JAX and theirs
#
#   LOSSBRIDGE_PYTHON=/path/to/python   the Python to make .venv/ from
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"
cd "$ROOT" || exit 1

DEV=0
BENCH=0
[ "${1:-}" = --dev ] && DEV=1
[ "${1:-}" = --bench ] && BENCH=1

R_MIN=4.2
R_PACKAGES=(cli rlang 'reticulate>=1.28' 'testthat>=3.1.6' withr MASS ggplot2 knitr)
[ $DEV = 1 ] && R_PACKAGES+=(rmarkdown pkgload roxygen2 lintr)

LOGS=$ROOT/build/setup
mkdir -p "$LOGS" "$RLIB"

# --- saying what happens ---------------------------------------------------------------------

# read_lines NAME: the lines of standard input as an array (macOS's bash 3.2 has no mapfile)
read_lines() {
  local line
  eval "$1=()"
  while IFS= read -r line; do eval "$1+=(\"\$line\")"; done
}

say() { printf '%s\n' "$*"; }
ok() { printf '  \342\234\223 %s\n' "$*"; }
CHANGED=0

die() {
  printf '\nsetup stopped: %s\n' "$1" >&2
  shift
  for line in "$@"; do printf '  %s\n' "$line" >&2; done
  exit 1
}

# step "what" log-name command...: runs it quietly; on failure shows the end of its log and stops
step() {
  local what=$1 log=$LOGS/$2.log start=$SECONDS
  shift 2
  CHANGED=1
  printf '  \342\200\246 %s\n' "$what"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    printf '\n' >&2
    tail -n 25 "$log" | sed 's/^/    | /' >&2
    die "the step \"$what\" failed." "command: $*" "log:     $log" \
      "If it was a download: is the package index reachable? Then run this again."
  fi
  ok "$what ($((SECONDS - start)) s)"
}

# One set-up at a time in a folder: `make -j`, or two terminals.
if command -v flock >/dev/null 2>&1; then
  exec 9>"$RLIB/.setup-lock"
  if ! flock -n 9; then
    say "another set-up is running in this folder; waiting for it"
    flock 9
  fi
fi

say "Setting up lossbridge"

# --- apt -------------------------------------------------------------------------------------

have_apt() { command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1; }

SUDO=()
APT_READY=0
apt_install() { # apt_install "what" package...
  local what=$1
  shift
  if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
      SUDO=(sudo)
      sudo -v || die "sudo was refused." "As root, run: apt-get install --no-install-recommends $*"
    else
      die "$what: neither root nor sudo is at hand." \
        "As root, run:" "  apt-get update && apt-get install --no-install-recommends $*"
    fi
  fi
  local apt=("${SUDO[@]}" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
    apt-get -y -o DPkg::Lock::Timeout=600)
  if [ $APT_READY = 0 ]; then
    # a broken third-party source must not stop us if Debian's own lists are there
    printf '  \342\200\246 apt-get update\n'
    "${apt[@]}" update >"$LOGS/apt-update.log" 2>&1 </dev/null ||
      say "    apt-get update reported errors (log: $LOGS/apt-update.log); going on"
    APT_READY=1
  fi
  step "apt-get install $*" "apt-install-${1//[^a-zA-Z0-9]/_}" \
    "${apt[@]}" install --no-install-recommends --no-upgrade "$@"
}

# the packages among the arguments that dpkg does not have installed
dpkg_missing() {
  local p
  for p in "$@"; do
    case $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) in
      installed) ;;
      *) printf '%s\n' "$p" ;;
    esac
  done
}

# --- what to install by hand where there is no apt -------------------------------------------

PYTHON_BY_HAND='Python 3.10 to 3.13 with a shared library (pyenv: PYTHON_CONFIGURE_OPTS=--enable-shared
    pyenv install 3.12), with venv and headers; not on PATH: LOSSBRIDGE_PYTHON=/path/to/python make setup'
BUILD_BY_HAND='to build rpy2: a C compiler, and the headers of pcre2, lzma (xz), bz2, zlib, tirpc, icu, readline'
quoted() { printf '"%s", ' "$@" | sed 's/, $//'; }

# --- R ---------------------------------------------------------------------------------------

if ! command -v Rscript >/dev/null 2>&1; then
  have_apt || die "R is not installed, and there is no apt here to install it with. Needed are:" \
    "- R >= $R_MIN (https://cran.r-project.org, or: brew install r, dnf install R)" \
    "- in R: install.packages(c($(quoted "${R_PACKAGES[@]%%>*}")))" \
    "- $PYTHON_BY_HAND" \
    "- $BUILD_BY_HAND" \
    "Install what is missing and run this again."
  apt_install "R" r-base-core
fi

# Version, and which of the packages are missing or too old: one start of R.
r_state() {
  Rscript --vanilla -e '
    wanted <- commandArgs(TRUE)
    cat(as.character(getRversion()), "\n", sep = "")
    for (w in wanted) {
      part <- strsplit(w, ">=", fixed = TRUE)[[1]]
      path <- find.package(part[1], quiet = TRUE)
      if (!length(path)) { cat("missing", part[1], "\n"); next }
      have <- read.dcf(file.path(path[1], "DESCRIPTION"), "Version")[[1]]
      old <- length(part) == 2 && package_version(have) < part[2]
      cat(if (old) "old" else "have", part[1], have, "\n")
    }' "${R_PACKAGES[@]}"
}
read_r_state() {
  R_STATE=$(r_state 2>"$LOGS/r.log") || die "R does not start." "log: $LOGS/r.log"
  R_VERSION=$(head -n 1 <<<"$R_STATE")
  R_MISSING=$(awk '$1 == "missing" || $1 == "old" {print $2}' <<<"$R_STATE")
  RETICULATE=$(awk '$2 == "reticulate" && $1 == "have" {print $3}' <<<"$R_STATE")
}
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

read_r_state
at_least "$R_VERSION" $R_MIN || die "R $R_VERSION is here, R >= $R_MIN is needed." \
  "See https://cran.r-project.org for a newer one; this script does not replace an R that is there."

if [ -n "$R_MISSING" ]; then
  r_is_debian=0
  have_apt && dpkg-query -S "$(readlink -f "$(command -v R)")" >/dev/null 2>&1 && r_is_debian=1
  if [ $r_is_debian = 1 ]; then
    wanted=()
    for p in $R_MISSING; do
      # a package that is there but too old is left alone; a newer one goes to .rlib/ below
      grep -q "^missing $p " <<<"$R_STATE" && wanted+=("r-cran-${p,,}")
    done
    [ ${#wanted[@]} -gt 0 ] && apt_install "R packages" "${wanted[@]}"
    read_r_state
  fi
  if [ -n "$R_MISSING" ]; then
    names=$(quoted $R_MISSING)
    have_apt || die "R packages are missing: $(echo $R_MISSING)." \
      "In R, run: install.packages(c($names))" "and run this again."
    # an R that does not come from Debian: into this project's own library
    step "R packages into .rlib/: $(echo $R_MISSING)" r-packages \
      Rscript --vanilla -e "
        repos <- getOption('repos'); if ('@CRAN@' %in% repos) repos <- 'https://cloud.r-project.org'
        install.packages(c($names), lib = '$RLIB', repos = repos)
        stopifnot(all(c($names) %in% rownames(installed.packages(lib.loc = '$RLIB'))))"
    read_r_state
    [ -z "$R_MISSING" ] || die "R packages are still missing or too old: $(echo $R_MISSING)." \
      "log: $LOGS/r-packages.log"
  fi
fi
ok "R $R_VERSION, reticulate $RETICULATE and $((${#R_PACKAGES[@]} - 1)) other packages"

# --- Python ----------------------------------------------------------------------------------

fits() { "$1" "$ROOT/scripts/python-fits.py" 2>/dev/null; }

choose_python() {
  local p
  BASE_PYTHON=
  for p in ${LOSSBRIDGE_PYTHON:-python3 python3.12 python3.13 python3.11 python3.10 /usr/bin/python3}; do
    if command -v "$p" >/dev/null 2>&1 && fits "$p"; then
      BASE_PYTHON=$p
      return 0
    fi
  done
  return 1
}

if [ -x "$PY" ] && "$PY" -c '' 2>/dev/null; then
  reason=$("$PY" "$ROOT/scripts/python-fits.py" 2>&1) ||
    die ".venv/ is there, but its Python does not fit: $reason" \
      "Remove .venv/ (rm -r .venv) and run this again."
else
  if ! choose_python; then
    if [ -n "${LOSSBRIDGE_PYTHON:-}" ]; then
      reason=$("$LOSSBRIDGE_PYTHON" "$ROOT/scripts/python-fits.py" 2>&1)
      die "LOSSBRIDGE_PYTHON=$LOSSBRIDGE_PYTHON does not fit: ${reason:-it does not run as Python}"
    fi
    have_apt || die "no Python that fits was found, and there is no apt here. Needed is:" \
      "- $PYTHON_BY_HAND" "Install it and run this again."
    apt_install "Python" python3 python3-venv python3-dev
    choose_python || die "no Python that fits was found, not even the system's:" \
      "/usr/bin/python3: $(/usr/bin/python3 "$ROOT/scripts/python-fits.py" 2>&1)" \
      "Install Python 3.10 to 3.13 and name it: LOSSBRIDGE_PYTHON=/path/to/python make setup"
  fi
  rm -rf "$VENV"
  step "Python environment .venv/ from $("$BASE_PYTHON" -c 'import sys; print(sys.version.split()[0], sys.base_prefix)')" \
    venv "$BASE_PYTHON" -m venv "$VENV"
fi
"$PY" -m pip --version >/dev/null 2>&1 || step "pip" pip "$PY" -m ensurepip

# What fits this R: numpy 2 needs a newer reticulate, rpy2 3.6.6 and later a newer R.
CONSTRAINTS=()
at_least "$RETICULATE" 1.41 || CONSTRAINTS+=('numpy<2')
if at_least "$R_VERSION" 4.5; then
  RPY2='rpy2>=3.6.9'
else
  RPY2='rpy2==3.5.17'
fi
CONSTRAINTS+=("$RPY2")
printf '%s\n' "${CONSTRAINTS[@]}" >"$VENV/constraints.txt"

pip_install=("$PY" -m pip install --disable-pip-version-check --no-input -c "$VENV/constraints.txt")
missing() { "$PY" "$ROOT/scripts/pip-missing.py" "$@"; }

# tensorflow and tensorflow-cpu are the same module: whichever is there stays.
tensorflow=()
if ! "$PY" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("tensorflow") is None)'; then
  read_lines tensorflow < <(missing @cpu)
fi

extras=(@ @test)
[ $DEV = 1 ] && extras+=(@check)
read_lines wanted < <(missing "${extras[@]}" "${CONSTRAINTS[@]}" -rpy2 -tf_keras)
wanted+=("${tensorflow[@]}")
[ ${#wanted[@]} -gt 0 ] &&
  step "Python packages: ${wanted[*]}" pip "${pip_install[@]}" "${wanted[@]}"

# tf_keras goes with TensorFlow's version; its dependency on `tensorflow` is already met.
TF_VERSION=$("$PY" - <<'EOF'
from importlib import metadata
for name in ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos"):
    try:
        print(".".join(metadata.version(name).split(".")[:2]))
        break
    except metadata.PackageNotFoundError:
        pass
EOF
)
[ -n "$TF_VERSION" ] || TF_VERSION=$("$PY" -c 'import tensorflow as t; print(".".join(t.__version__.split(".")[:2]))')
read_lines wanted < <(missing "tf_keras==$TF_VERSION.*")
[ ${#wanted[@]} -gt 0 ] &&
  step "tf_keras for TensorFlow $TF_VERSION" tf-keras "${pip_install[@]}" --no-deps "${wanted[@]}"

if [ $BENCH = 1 ]; then
  # PyPI's wheel for Linux brings gigabytes of CUDA along; PyTorch's own index has one without.
  read_lines wanted < <(missing @bench -jax -matplotlib -optax -pytorch-metric-learning -tf_keras)
  [ ${#wanted[@]} -gt 0 ] &&
    step "PyTorch for the CPU: ${wanted[*]}" torch "${pip_install[@]}" --retries 1 \
      --index-url https://download.pytorch.org/whl/cpu "${wanted[@]}"
  # after PyTorch, which pytorch-metric-learning would bring along
  read_lines wanted < <(missing @bench "${CONSTRAINTS[@]}" -rpy2 -tf_keras)
  [ ${#wanted[@]} -gt 0 ] &&
    step "what is compared with: ${wanted[*]}" bench "${pip_install[@]}" "${wanted[@]}"
fi

# rpy2 is compiled against the R that is here: a wheel from pip's cache may be of another R.
read_lines wanted < <(missing "$RPY2")
if [ ${#wanted[@]} -gt 0 ]; then
  if have_apt; then
    read_lines libs < <(dpkg_missing gcc libc6-dev libpcre2-dev liblzma-dev libbz2-dev zlib1g-dev \
      libtirpc-dev libicu-dev libreadline-dev libblas-dev libffi-dev)
    [ ${#libs[@]} -gt 0 ] && apt_install "libraries that rpy2 is built with" "${libs[@]}"
  fi
  if ! have_apt && ! command -v cc >/dev/null 2>&1; then
    die "no C compiler was found, and there is no apt here. Needed is:" "- $BUILD_BY_HAND"
  fi
  step "rpy2 for R $R_VERSION: $RPY2" rpy2 "${pip_install[@]}" --no-cache-dir "$RPY2"
  step "rpy2 starts R" rpy2-check "$PY" -c '
import atexit, rpy2.rinterface as r
r.initr()
from rpy2.rinterface_lib import embedded
atexit.unregister(embedded.endr)
print(r.baseenv["R.version.string"][0])'
fi

ok "Python $("$PY" - <<'EOF'
import sys
from importlib import metadata
print(sys.version.split()[0], end="")
for name in ("numpy", "tensorflow", "tensorflow-cpu", "keras", "tf_keras", "rpy2"):
    try:
        print(",", name, metadata.version(name), end="")
    except metadata.PackageNotFoundError:
        pass
EOF
)"

# --- lossbridge ------------------------------------------------------------------------------

# Python: an editable install, done again when the version or pyproject.toml changed.
stamp=$({ echo "$ROOT"; cat pyproject.toml; grep -h '^__version__' python_pkg/lossbridge/__init__.py; } | cksum)
if [ "$(cat "$VENV/lossbridge-stamp" 2>/dev/null)" != "$stamp" ] || [ -n "$(missing lossbridge)" ]; then
  step "lossbridge for Python (editable) in .venv/" lossbridge-python \
    "${pip_install[@]}" --no-deps --editable "$ROOT"
  printf '%s\n' "$stamp" >"$VENV/lossbridge-stamp"
fi

# R: installed again when a file that goes into the package changed.
stamp=$({
  echo "$R_VERSION"
  find DESCRIPTION NAMESPACE LICENSE .Rinstignore r_wrappers man inst python_pkg/lossbridge \
    \( -name __pycache__ -prune \) -o -type f ! -name '*.pyc' -print0 2>/dev/null |
    LC_ALL=C sort -z | xargs -0 cksum
} | cksum)
if [ "$(cat "$RLIB/lossbridge-stamp" 2>/dev/null)" != "$stamp" ] || [ ! -d "$RLIB/lossbridge" ]; then
  step "lossbridge for R in .rlib/" lossbridge-r R CMD INSTALL --library="$RLIB" "$ROOT"
  printf '%s\n' "$stamp" >"$RLIB/lossbridge-stamp"
fi
ok "lossbridge $(sed -n 's/^Version: //p' DESCRIPTION) in .venv/ and .rlib/"

if [ $CHANGED = 1 ]; then
  say "Set-up is complete ($SECONDS s)"
else
  say "Set-up is complete, nothing was missing"
fi
