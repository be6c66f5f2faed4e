#!/usr/bin/env bash
# The runtime for small devices: built without exceptions and RTTI for one SIMD target, linked
# static and stripped, it is small, computes the same bits, and refuses what is wrong by a status;
# built for a program file, it is smaller, and says which op it lacks.
#
#   test_lean.sh BUILD        BUILD is the release build, whose `tandem` makes the program files
set -euo pipefail
cd "$(dirname "$0")/.."
limit=4050000          # bytes, with the kernels of every op; what grows beyond it is a fault
selected_limit=1500000 # with those of predict.tandem
release=$(realpath "$1")
program=build/lean/bin/run_program
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export TANDEM_OFFLINE=1 TANDEM_DATA= TANDEM_CACHE="$folder"
fail() { echo "test_lean: $*" >&2; exit 1; }

build() { # build PROGRAMS LIMIT
  cmake --preset lean -DTANDEM_OPS= -DTANDEM_PROGRAMS="$1" \
    -DTANDEM_COMMAND="$release/bin/tandem" \
    >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
  cmake --build --preset lean
  local size
  size=$(stat -c %s "$program")
  echo "run_program, static and stripped: $size bytes"
  [ "$size" -le "$2" ] || fail "$program has $size bytes, more than $2"
  ! readelf -d "$program" | grep -q NEEDED || fail "$program needs shared libraries"
}
predicts_the_same() { # predicts_the_same FILE
  local expected got
  expected=$("$release/bin/run_program" "$1" predict "$folder/image")
  got=$("$program" "$1" predict "$folder/image")
  [ "$expected" = "$got" ] || fail "predict gives"$'\n'"$got, expected"$'\n'"$expected"
}
refuses() { # refuses FILE TEXT
  local message
  ! message=$("$program" "$1" 2>&1) || fail "$1 was opened"
  grep -q "$2" <<<"$message" || fail "the message for $1: $message"
}

"$release/bin/tandem" train digits --epochs 1 --limit 64 -o "$folder/digits.safetensors" >/dev/null
head -c 784 "$folder/digits.safetensors" >"$folder/image" # 28 * 28 bytes, whatever they show
head -c 100000 "$folder/digits.tandem" >"$folder/cut.tandem"

build "" "$limit"
for room in base tensor ops cpu graph io runtime; do
  if nm -C "build/lean/libtandem_$room.a" 2>/dev/null |
    grep -E '__cxa_throw|__cxa_begin_catch|__gxx_personality|typeinfo for tandem'; then
    fail "room $room has exceptions or RTTI: see the symbols above"
  fi
done
predicts_the_same "$folder/digits.tandem"
refuses "$folder/cut.tandem" cut.tandem

shipped=build/lean/predict.tandem
"$release/bin/tandem" extract "$folder/digits.tandem" --program predict -o "$shipped" >/dev/null
build "$shipped" "$selected_limit"
predicts_the_same "$shipped"
refuses "$folder/digits.tandem" "TANDEM_PROGRAMS" # it trains too
refuses "$folder/cut.tandem" cut.tandem
