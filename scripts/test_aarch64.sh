#!/usr/bin/env bash
# Builds the CPU kernels with their tests for aarch64 and runs them under qemu: NEON must give what
# the tests recorded on other machines with FMA, to the bit where they say so.
#
#   scripts/test_aarch64.sh [gtest options]
set -euo pipefail
cd "$(dirname "$0")/.."

for tool in aarch64-linux-gnu-g++ qemu-aarch64-static; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: scripts/install-deps.sh installs it"; exit 1; }
done
cmake -G Ninja -S tests/aarch64 -B build/aarch64 -DCMAKE_SYSTEM_NAME=Linux \
  -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
  ${CMAKE_CXX_COMPILER_LAUNCHER:+-DCMAKE_CXX_COMPILER_LAUNCHER="$CMAKE_CXX_COMPILER_LAUNCHER"} >/dev/null
cmake --build build/aarch64
qemu-aarch64-static -L /usr/aarch64-linux-gnu build/aarch64/test_cpu "$@"
