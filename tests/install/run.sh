#!/usr/bin/env bash
# Installs a build into a temporary folder and builds two small outside projects against it,
# one of C++ and one of C.
#   tests/install/run.sh BUILD
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >/dev/null
compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[^=]*=//p' "$build/CMakeCache.txt")
build_outside() { # build_outside SOURCE OPTIONS...
  local source=$1
  shift
  cmake -G Ninja -S "$source" -B "$work/$(basename "$source")" -DCMAKE_PREFIX_PATH="$work/prefix" \
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  cmake --build "$work/$(basename "$source")" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
build_outside "$here" -DCMAKE_CXX_COMPILER="$compiler"
"$work/install/outside"
"$work/prefix/bin/tandem" --version

TANDEM_OFFLINE=1 TANDEM_DATA='' TANDEM_CACHE="$work" \
  "$work/prefix/bin/tandem" train digits --epochs 1 --limit 64 -o "$work/digits.safetensors" >/dev/null
build_outside "$here/c"
"$work/c/outside_c" "$work/digits.tandem"
