#!/usr/bin/env bash
# Feeds damaged files to every reader of untrusted bytes, each for some seconds (default 20), with
# sanitizers on. What breaks a reader is kept in build/fuzz/crashes, and the run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}

cmake --preset fuzz > /dev/null
cmake --build build/fuzz --target fuzz
mkdir -p build/fuzz/crashes
for program in build/fuzz/tests/*_fuzz; do
  name=$(basename "$program")
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  build/fuzz/tests/write_seeds "$name" "$corpus"
  log=build/fuzz/$name.log
  if "$program" "$corpus" -max_total_time="$seconds" -max_len=4096 -rss_limit_mb=2048 -print_funcs=0 \
    -artifact_prefix=build/fuzz/crashes/ > "$log" 2>&1; then
    echo "$name: $(grep -o 'Done .*' "$log")"
  else
    tail -n 40 "$log"
    echo "$name: failed; the input is in build/fuzz/crashes" >&2
    exit 1
  fi
done
