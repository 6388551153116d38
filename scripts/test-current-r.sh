#!/usr/bin/env bash
# `make test` on a current stack: a Debian 13 root (R 4.5, reticulate 1.41, Python 3.13, numpy 2)
# made by debootstrap in .current-r/, kept there and used again the next time.
#
#   scripts/test-current-r.sh            make the root if need be, and run `make test` in it
#   scripts/test-current-r.sh --remove   remove it
#
#   LOSSBRIDGE_SKIP_CURRENT_R=1   do nothing
#   LOSSBRIDGE_DEBIAN_MIRROR=URL  default: the one that apt uses here, or https://deb.debian.org/debian
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ROOTFS=$HERE/.current-r
SUITE=trixie
TARGET="make ${CURRENT_R_TARGET:-test}"
cd "$HERE" || exit 1

skip() {
  echo "test-current-r was skipped: $*"
  exit 0
}
fail() {
  echo "test-current-r failed: $*" >&2
  exit 1
}

[ "${LOSSBRIDGE_SKIP_CURRENT_R:-}" = 1 ] && skip "LOSSBRIDGE_SKIP_CURRENT_R=1"
[ "$(uname -s)" = Linux ] || skip "it needs Linux"

AS_ROOT=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; } && sudo -v ||
    skip "it needs root (chroot), and there is no sudo"
  AS_ROOT=(sudo)
fi
as_root() { "${AS_ROOT[@]}" env "$@"; }

# Mounts are made in a mount namespace of their own: they are gone when the command ends, however
# it ends, and nothing outside ever sees them.
as_root unshare --mount true 2>/dev/null || skip "mounting is not allowed here (a container?)"

if [ "${1:-}" = --remove ]; then
  [ -d "$ROOTFS" ] && as_root rm -rf --one-file-system "$ROOTFS"
  exit
fi

# --- the root --------------------------------------------------------------------------------

if ! as_root sh -c 'command -v debootstrap' >/dev/null; then
  command -v apt-get >/dev/null 2>&1 || skip "debootstrap is not installed, and there is no apt"
  echo "installing debootstrap"
  as_root DEBIAN_FRONTEND=noninteractive sh -c \
    'apt-get update; apt-get install -y --no-install-recommends debootstrap debian-archive-keyring' \
    >/dev/null 2>&1
  as_root sh -c 'command -v debootstrap' >/dev/null || skip "debootstrap cannot be installed"
fi

if [ ! -e "$ROOTFS/.ready" ]; then
  mirror=${LOSSBRIDGE_DEBIAN_MIRROR:-}
  [ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' \
    'Created-By: Packages' 2>/dev/null | sed -n 's/^Debian|Debian|//p' | head -n 1)
  mirror=${mirror:-https://deb.debian.org/debian}
  echo "making a Debian 13 root in .current-r/ from $mirror"
  mkdir -p build
  as_root rm -rf --one-file-system "$ROOTFS"
  as_root debootstrap --variant=minbase --include=ca-certificates,make "$SUITE" "$ROOTFS" \
    "$mirror" >build/debootstrap.log 2>&1 || {
    tail -n 5 build/debootstrap.log >&2
    fail "debootstrap (log: build/debootstrap.log)"
  }
  as_root touch "$ROOTFS/.ready"
fi

# --- what this machine needs to reach its mirrors ---------------------------------------------

install_text() { # install_text FILE: standard input to a file in the root
  as_root mkdir -p "$(dirname "$ROOTFS$1")"
  as_root tee "$ROOTFS$1" >/dev/null
}
[ -e /etc/resolv.conf ] && install_text /etc/resolv.conf </etc/resolv.conf
[ -e /etc/hosts ] && install_text /etc/hosts </etc/hosts
[ -e /etc/ssl/certs/ca-certificates.crt ] &&
  install_text /etc/ssl/certs/ca-certificates.crt </etc/ssl/certs/ca-certificates.crt
apt-config dump 2>/dev/null |
  grep -E '^Acquire::(http|https|Retries|Check-Valid-Until|Check-Date)\b.*"[^"]+"' |
  install_text /etc/apt/apt.conf.d/99host
# pip: the indexes and certificates, but no local folders, which the root does not have
for file in /etc/pip.conf "$HOME/.pip/pip.conf" "${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf"; do
  [ -e "$file" ] || continue
  case $file in
    /etc/*) to=/etc/pip.conf ;;
    */.pip/*) to=/root/.pip/pip.conf ;;
    *) to=/root/.config/pip/pip.conf ;;
  esac
  sed -e '/^ *find-links/d' -e 's#file://[^ ]*##g' -e '/^ *extra-index-url *= *$/d' "$file" |
    install_text "$to"
done

pass=()
while IFS= read -r name; do
  case $name in
    PIP_FIND_LINKS | PIP_CONFIG_FILE | PIP_TARGET | PIP_PREFIX | PIP_USER | PIP_CACHE_DIR) ;;
    *) pass+=("$name=${!name}") ;;
  esac
done < <(compgen -e | grep -E '^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|PIP_.*|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|LOSSBRIDGE_.*)$')

# --- this tree, without what git ignores -------------------------------------------------------

SOURCE=$ROOTFS/lossbridge
as_root mkdir -p "$SOURCE"
# the environments of the last time stay, so that only what changed is installed again
as_root find "$SOURCE" -mindepth 1 -maxdepth 1 ! -name .venv ! -name .rlib -exec rm -rf {} +
scripts/list-files.sh | tar --null --no-recursion -T - -cf - |
  as_root tar --no-same-owner -C "$SOURCE" -xf - || fail "copying the tree"

# --- the tests ---------------------------------------------------------------------------------

echo "running '$TARGET' in .current-r/"
as_root unshare --mount --propagation private sh -c '
  mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 125
  root=$1 target=$2
  shift 2
  exec chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@" \
    sh -c "cd /lossbridge && $target"
' sh "$ROOTFS" "$TARGET" "${pass[@]}"
code=$?
[ $code = 125 ] && skip "mounting is not allowed here (a container?)"
exit $code
