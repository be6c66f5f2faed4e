#!/usr/bin/env bash
# Fails when a program that needs the runtime alone has autograd, modules, optimizers, tracing or
# passes in it.
#
#   check_lean.sh PROGRAM [SYMBOL]      SYMBOL must be there; else tandem_session_run
set -euo pipefail
symbols=$(nm -C --defined-only "$1")
if grep -E ' tandem::(nn|optim|autograd|passes|trace|Recorder|backward|gradcheck|checkpoint)\b' \
  <<<"$symbols"; then
  echo "$1: the symbols above have no place in it" >&2
  exit 1
fi
grep -q " ${2:-tandem_session_run}" <<<"$symbols"
