#!/usr/bin/env bash
# From a fresh clone to a GAN that has learned to draw faces: sets up, builds, trains on the avatars that the library
# draws itself, and says where the report, the pictures and the checkpoint are. Run again, it does only what is left.
#
#   scripts/quickstart.sh [--out DIR] [any option of the program quickstart]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

out=runs/quickstart
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --out)
      [ $# -ge 2 ] || fail "--out needs a folder"
      out=$2
      shift
      ;;
    --out=*) out=${1#--out=} ;;
    *) options+=("$1") ;;
  esac
  shift
done

step "setting up" scripts/setup.sh quickstart
use_cmake
step "configuring" configure release
step "building (the first time: a few minutes)" cmake --build --preset release --target quickstart sample
say "training"
build/release/bin/quickstart --out "$out" ${options[@]+"${options[@]}"} || exit $?

newest=$(ls "$out"/checkpoints/step-*.safetensors 2>/dev/null | sort | tail -n 1) || true
if [ -n "$newest" ]; then
  say "more faces: build/release/bin/sample --checkpoint $newest --out $out/more --grid 8x8"
fi
