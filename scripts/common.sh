# What the scripts share; sourced, after `set -euo pipefail`. Leaves the shell in cspgan's folder.
cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly root=$PWD
readonly venv=$root/build/venv
script=$(basename "$0")

say() { printf '%s: %s\n' "$script" "$*"; }
fail() {
  printf '%s: error: %s\n' "$script" "$*" >&2
  exit 1
}

# step NAME COMMAND...: says what begins, runs it, says how long it took. A failure ends the script, naming the step.
step() {
  local name=$1 begin=$SECONDS
  shift
  say "$name"
  "$@" || fail "$name: failed (exit status $?)"
  say "$name: done in $((SECONDS - begin)) s"
}

# configure PRESET [OPTION...]: what CMake says is shown only if it fails.
configure() {
  mkdir -p build
  cmake --preset "$@" >"build/configure-$1.log" 2>&1 || {
    cat "build/configure-$1.log" >&2
    return 1
  }
}

# Whether the CMake of the PATH is new enough; Ubuntu 22.04's is not, and then setup.sh puts one beside LibTorch.
cmake_is_new_enough() {
  local version
  version=$(cmake --version 2>/dev/null | sed -n '1s/[^0-9]*\([0-9.]*\).*/\1/p')
  [ -n "$version" ] && [ "$(printf '3.24\n%s\n' "$version" | sort -V | head -n 1)" = 3.24 ]
}
use_cmake() {
  if ! cmake_is_new_enough && [ -x "$venv/bin/cmake" ]; then PATH=$venv/bin:$PATH; fi
}
