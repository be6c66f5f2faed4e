#!/usr/bin/env bash
# Fails when clang-format would change a file; with --fix, changes them.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files '*.cc' '*.h' | grep -v -E '^tandem/ops/(in_place_)?functions.h$')
if [ "${1:-}" = --fix ]; then
  clang-format-19 -i "${files[@]}"
else
  clang-format-19 --dry-run --Werror "${files[@]}" && echo "${#files[@]} files are formatted"
fi
