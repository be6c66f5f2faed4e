#!/usr/bin/env bash
# Builds the program that `tandem verify` runs under qemu for aarch64, and puts it where the
# `tandem` of the release build looks for it.
#
#   scripts/build_verify_runner.sh [FOLDER]      FOLDER of the program, else build/release/bin
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-build/release/bin}

scripts/configure_aarch64.sh
cmake --build build/aarch64 --target verify_runner
mkdir -p "$folder"
cp build/aarch64/verify_runner "$folder/verify_runner-aarch64"
echo "$folder/verify_runner-aarch64"
