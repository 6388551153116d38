#!/usr/bin/env bash
# The files of this tree that are not build output, each ended by NUL: what git tracks, and what
# it does not track and does not ignore. For `tar --null --no-recursion -T -`.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
  git ls-files -z --cached --others --exclude-standard | LC_ALL=C sort -zu |
    while IFS= read -r -d '' file; do
      # a tracked file may have been removed
      if [ -e "$file" ] || [ -L "$file" ]; then printf '%s\0' "$file"; fi
    done
else
  find . \( -path ./.venv -o -path ./.rlib -o -path ./.current-r -o -path ./build -o -path ./dist \
    -o -name __pycache__ \) -prune -o \( -type f -o -type l \) -print0
fi
