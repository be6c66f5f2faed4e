#!/usr/bin/env bash
# Builds the CPU kernels with their tests for aarch64 and runs them under qemu: NEON must give what
# the tests recorded on other machines with FMA, to the bit where they say so.
#
#   scripts/test_aarch64.sh [gtest options]
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/configure_aarch64.sh
cmake --build build/aarch64 --target test_cpu
qemu-aarch64-static -L /usr/aarch64-linux-gnu build/aarch64/test_cpu "$@"
