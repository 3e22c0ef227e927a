#!/usr/bin/env bash
# Builds the API reference, build/docs/html/index.html, from the comments in include/cspgan; a warning is an error.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v doxygen >/dev/null || fail "needs Doxygen (scripts/setup.sh develop)"
mkdir -p build/docs
doxygen docs/Doxyfile
say "build/docs/html/index.html"
