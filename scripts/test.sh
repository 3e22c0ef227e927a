#!/usr/bin/env bash
# Sets up, builds and runs every test; the last lines are ctest's summary. Arguments go to ctest:
#
#   scripts/test.sh                   all
#   scripts/test.sh -R losses         those whose name matches
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

step "setting up" scripts/setup.sh test
use_cmake
step "configuring" configure release -DCSPGAN_BUILD_TESTS=ON
step "building" cmake --build --preset release
say "testing"
exec ctest --preset release --parallel "$(nproc)" "$@"
