#!/usr/bin/env bash
# From a fresh clone to a trained model: installs what is missing, builds, trains a convnet on
# handwritten digits, shows what it has learned, and verifies the file it can be shipped as.
#
#   ./quickstart.sh            the second time it shows the model that is there
#   ./quickstart.sh --retrain  trains again
#
# Data: $TANDEM_DATA (a folder with mnist/), else the cache, else a download, else drawn digits.
set -euo pipefail
cd "$(dirname "$0")"

retrain=
case "${1:-}" in
  "") ;;
  --retrain) retrain=1 ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

scripts/install-deps.sh

tandem=build/release/bin/tandem weights=digits.safetensors program=digits.tandem
[ -x "$tandem" ] || echo "Building Tandem; the first time takes some minutes."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset release > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
if [ -t 1 ]; then
  cmake --build --preset release --target tandem_program
else
  cmake --build --preset release --target tandem_program > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
fi

# Weights of drawn digits are not what somebody with real ones wants to see.
usable() {
  [ -f "$weights" ] && [ -f "$program" ] && { [ -z "${TANDEM_DATA:-}" ] || head -c 4096 "$weights" | grep -aq '"MNIST"'; }
}
if [ -n "$retrain" ] || ! usable; then
  "$tandem" train digits --output "$weights"
else
  echo "$weights is there from before; train again with ./quickstart.sh --retrain"
fi
"$tandem" predict "$weights"
echo
echo "The same net as a program file: it classifies, is verified, and can be trained further, alone."
"$tandem" predict "$program" --count 3
echo
"$tandem" verify "$program"
echo
echo "Next: $tandem info $program; $tandem train $program; $tandem --help"
