#!/usr/bin/env bash
# The runtime for small devices: built without exceptions and RTTI for one SIMD target, linked
# static and stripped, it is small, computes the same bits, and refuses what is wrong by a status.
#
#   test_lean.sh BUILD        BUILD is the release build, whose `tandem` makes the program file
set -euo pipefail
cd "$(dirname "$0")/.."
limit=4300000 # bytes, with the kernels of every op; what grows beyond it is a fault
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TANDEM_OFFLINE=1 TANDEM_DATA= TANDEM_CACHE="$folder"
fail() { echo "test_lean: $*" >&2; exit 1; }

cmake --preset lean >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
cmake --build --preset lean

program=build/lean/bin/run_program
size=$(stat -c %s "$program")
echo "run_program, static and stripped: $size bytes"
[ "$size" -le "$limit" ] || fail "$program has $size bytes, more than $limit"
! readelf -d "$program" | grep -q NEEDED || fail "$program needs shared libraries"
for room in base tensor ops cpu graph io runtime; do
  if nm -C "build/lean/libtandem_$room.a" 2>/dev/null |
    grep -E '__cxa_throw|__cxa_begin_catch|__gxx_personality|typeinfo for tandem'; then
    fail "room $room has exceptions or RTTI: see the symbols above"
  fi
done

"$1/bin/tandem" train digits --epochs 1 --limit 64 -o "$folder/digits.safetensors" >/dev/null
head -c 784 "$folder/digits.safetensors" >"$folder/image" # 28 * 28 bytes, whatever they show
expected=$("$1/bin/run_program" "$folder/digits.tandem" predict "$folder/image")
got=$("$program" "$folder/digits.tandem" predict "$folder/image")
[ "$expected" = "$got" ] || fail "predict gives"$'\n'"$got, expected"$'\n'"$expected"

head -c 100000 "$folder/digits.tandem" >"$folder/cut.tandem"
! message=$("$program" "$folder/cut.tandem" 2>&1) || fail "a file that is cut was opened"
grep -q cut.tandem <<<"$message" || fail "the message for a file that is cut: $message"
