#!/usr/bin/env bash
# Brings what cspgan is built from to a fresh Debian or Ubuntu; does nothing, in under a second, where all is there.
#
#   scripts/setup.sh [quickstart | test | develop]
#
#   quickstart   compiler, CMake, Ninja, thirteen library packages, LibTorch
#   test         (default) also Catch2, ccache and what the comparisons with PyTorch need
#   develop      also clang-format, clang-tidy and Doxygen
#
# LibTorch comes from the `torch` wheel, into build/venv, from the index that pip is set up for, or from the one that
# CSPGAN_TORCH_INDEX names (a CPU-only or a CUDA one). Where Torch_DIR or CMAKE_PREFIX_PATH hold a LibTorch, or the
# python3 on the PATH has a fitting wheel, that one is used and none is downloaded.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

readonly torch_version=2.13.0
readonly torch_minimum="2.11"
readonly level=${1:-test}
case $level in
  quickstart | test | develop) ;;
  *)
    say "usage: scripts/setup.sh [quickstart | test | develop]" >&2
    exit 2
    ;;
esac

# ---- Debian packages: each is asked for by what it brings, so one that came another way is as good.
has_command() { command -v "$1" >/dev/null; }
has_header() {
  local prefix
  for prefix in /usr /usr/local ${CMAKE_PREFIX_PATH:+${CMAKE_PREFIX_PATH//[:;]/ }}; do
    [ -e "$prefix/include/$1" ] && return 0
  done
  return 1
}
# The first Python that can make a virtual environment with pip in it.
python_for_venv() {
  local python
  for python in python3 /usr/bin/python3; do
    if has_command "$python" && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
      echo "$python"
      return 0
    fi
  done
  return 1
}

missing=()
need() {
  local package=$1
  shift
  "$@" || missing+=("$package")
}
need g++ has_command "${CXX:-c++}"
need cmake has_command cmake
need ninja-build has_command ninja
need libfmt-dev has_header fmt/core.h
need nlohmann-json3-dev has_header nlohmann/json.hpp
need libcli11-dev has_header CLI/CLI.hpp
need libstb-dev has_header stb/stb_image.h
need libtomlplusplus-dev has_header toml++/toml.h
need libxxhash-dev has_header xxhash.h
need libhwy-dev has_header hwy/highway.h
need libjpeg-dev has_header jpeglib.h
need libpng-dev has_header png.h
need libzip-dev has_header zip.h
need libgif-dev has_header gif_lib.h
need libwebp-dev has_header webp/mux.h
need libcairo2-dev has_header cairo/cairo-svg.h
if [ "$level" != quickstart ]; then
  has_header catch2/catch_test_macros.hpp || need catch2 has_header catch2/catch.hpp
  need ccache has_command ccache
  need libcpp-httplib-dev has_header httplib.h
fi
if [ "$level" = develop ]; then
  need clang-format has_command clang-format
  need clang-tidy has_command clang-tidy
  need doxygen has_command doxygen
fi

# ---- LibTorch
# Whether Torch_DIR or CMAKE_PREFIX_PATH, as CMake will read them, hold a LibTorch.
libtorch_is_given() {
  local folder
  for folder in ${Torch_DIR:+"$Torch_DIR"} ${CMAKE_PREFIX_PATH:+${CMAKE_PREFIX_PATH//[:;]/ }}; do
    [ -e "$folder/TorchConfig.cmake" ] || [ -e "$folder/Torch/TorchConfig.cmake" ] ||
      [ -e "$folder/share/cmake/Torch/TorchConfig.cmake" ] && return 0
  done
  return 1
}
# has_packages PYTHON NAME...: whether that Python has them all, torch at least of our version; imports nothing.
has_packages() {
  [ -x "$(command -v "$1")" ] && "$1" - "$torch_minimum" "${@:2}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
minimum, names = sys.argv[1], sys.argv[2:]
numbers = lambda version: [int(part) for part in version.split("+")[0].split(".")[:2]]
for name in names:
    version = importlib.metadata.version(name)
    if name == "torch" and numbers(version) < numbers(minimum):
        sys.exit(f"torch is {version}")
PYTHON
}

python_packages=()
if ! libtorch_is_given; then
  # The comparisons with PyTorch run in the Python whose LibTorch we link.
  [ "$level" = quickstart ] || python_packages=(numpy safetensors pillow tensorboard)
  if ! has_packages "$venv/bin/python3" torch "${python_packages[@]}"; then
    if [ "$level" = quickstart ] && has_packages python3 torch; then
      :
    else
      python_packages=(torch "${python_packages[@]}")
      python_for_venv >/dev/null || missing+=(python3-venv)
    fi
  else
    python_packages=()
  fi
fi

# ---- Installing
if [ ${#missing[@]} -gt 0 ]; then
  install=(apt-get install --yes --no-install-recommends "${missing[@]}")
  if ! has_command apt-get; then
    fail "missing: ${missing[*]} (Debian's names), and there is no apt-get here: please install them"
  elif [ "$(id -u)" = 0 ]; then
    as_root=()
  elif has_command sudo && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=(sudo)
  else
    fail "please have an administrator run this, then start again:
  apt-get update && ${install[*]}"
  fi
  say "installing Debian packages: ${missing[*]}"
  # An interrupted or old package list is the usual cause of a failure, so it is fetched first.
  "${as_root[@]}" apt-get update -qq || say "apt-get update failed; trying with the list that is there"
  LC_ALL=C "${as_root[@]}" apt-get install --assume-no --no-install-recommends "${missing[@]}" 2>/dev/null |
    sed -n 's/^\(Need to get\|After this operation\)/  &/p' || true
  mkdir -p build
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" >build/apt.log 2>&1; then
    tail -n 15 build/apt.log >&2
    fail "apt-get could not install ${missing[*]} (the whole of what it said: build/apt.log)"
  fi
fi

make_venv() {
  if [ -e "$venv" ] && ! "$venv/bin/python3" -c 'import pip' 2>/dev/null; then
    say "build/venv belongs to a Python that is gone: making it anew"
    rm -rf "$venv"
  fi
  if [ ! -e "$venv" ]; then
    local python
    python=$(python_for_venv) || fail "no python3 here can make a virtual environment (it needs venv and ensurepip)"
    # A fitting wheel outside is used rather than downloaded again.
    if has_packages "$python" torch; then
      "$python" -m venv --system-site-packages "$venv"
    else
      "$python" -m venv "$venv"
    fi
  fi
}
pip_install() {
  "$venv/bin/python3" -m pip install --disable-pip-version-check --no-input "$@" ||
    fail "pip could not install ${*: -1}; for LibTorch, CSPGAN_TORCH_INDEX names another wheel index, and Torch_DIR or CMAKE_PREFIX_PATH a LibTorch that is there"
}

if [ ${#python_packages[@]} -gt 0 ]; then
  make_venv
  if ! has_packages "$venv/bin/python3" torch; then
    say "installing LibTorch, as the wheel torch $torch_version, into build/venv: a CPU-only build is a download of about"
    say "  200 MB and takes 1 GB of disk, a CUDA build 3 GB and 7 GB (CSPGAN_TORCH_INDEX names the index to take it from)"
    pip_install ${CSPGAN_TORCH_INDEX:+--index-url "$CSPGAN_TORCH_INDEX"} "torch==$torch_version"
  fi
  if ! has_packages "$venv/bin/python3" "${python_packages[@]}"; then
    say "installing ${python_packages[*]:1} (150 MB) into build/venv, for the tests that compare with PyTorch and read our files"
    pip_install "${python_packages[@]:1}"
  fi
  say "build/venv now holds $(du -sh "$venv" | cut -f 1)"
fi

# What tests/parity/metrics.py and detection.py compare with. Those that ask for torchvision come without it: their
# formulas need none of it. Without them the tests leave those comparisons out.
metric_programs=(torch-fidelity==0.4.0 pytorch-fid==0.3.0 clean-fid==0.1.35 prdc==0.2)
if [ "$level" != quickstart ] && has_packages "$venv/bin/python3" torch pip &&
  ! has_packages "$venv/bin/python3" "${metric_programs[@]%%==*}" scikit-learn scipy tqdm; then
  say "installing ${metric_programs[*]}, scikit-learn and scipy (200 MB) into build/venv, for the test that compares metrics"
  install=("$venv/bin/python3" -m pip install --disable-pip-version-check --no-input)
  "${install[@]}" scikit-learn "scipy<1.18" tqdm && "${install[@]}" --no-deps "${metric_programs[@]}" ||
    say "pip could not install them: the metrics will be compared with those programs that are there"
fi

# What tests/parity/export.py runs exported generators in.
if [ "$level" != quickstart ] && has_packages "$venv/bin/python3" torch pip &&
  ! has_packages "$venv/bin/python3" onnx onnxruntime; then
  say "installing onnx and onnxruntime (100 MB) into build/venv, for the test that runs exported generators"
  "$venv/bin/python3" -m pip install --disable-pip-version-check --no-input onnx onnxruntime ||
    say "pip could not install them: exported generators will not be run"
fi

if ! cmake_is_new_enough && ! [ -x "$venv/bin/cmake" ]; then
  say "installing CMake (100 MB) into build/venv: the one on the PATH is older than 3.24"
  make_venv
  pip_install "cmake>=3.24,<4"
fi
say "all is there for '$level'"
