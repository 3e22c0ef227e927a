#!/usr/bin/env bash
# Formats the C++ and C files by .clang-format; with --check changes nothing and fails where one would change.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v clang-format >/dev/null || fail "needs clang-format (scripts/setup.sh develop)"
case ${1-} in
  '') action=(-i) ;;
  --check) action=(--dry-run --Werror) ;;
  *) fail "usage: scripts/format.sh [--check]" ;;
esac
folders=()
for folder in include src examples tests bench; do
  if [ -d "$folder" ]; then folders+=("$folder"); fi
done
find "${folders[@]}" \( -name '*.hpp' -o -name '*.cpp' -o -name '*.c' \) -print0 | xargs -0 clang-format "${action[@]}"
