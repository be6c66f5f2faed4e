#!/usr/bin/env bash
# Builds what is missing and runs every test and lint.
#
#   ./test.sh          the suite, with clang; and that g++ builds library and program without warnings
#   ./test.sh --fast   the suite alone
#   ./test.sh --all    adds the kernels on aarch64 under qemu, ASan and UBSan over the suite, TSan
#                      over pool and loader, short fuzz runs
set -euo pipefail
cd "$(dirname "$0")"

mode=${1:-}
case "$mode" in "" | --fast | --all) ;; *) sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2 ;; esac

passed=0 failed=0 skipped=0
say() { printf '\n== %s\n' "$*"; }
count() { # count RESULT NAME
  if [ "$1" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $2"; fi
}
check() { # check NAME COMMAND...
  local name=$1 result=0
  shift
  say "$name"
  "$@" || result=$?
  count "$result" "$name"
}

build() { # build PRESET [TARGET...]
  local preset=$1
  shift
  cmake --preset "$preset" >"build-$preset.log" 2>&1 || { cat "build-$preset.log"; return 1; }
  rm -f "build-$preset.log"
  cmake --build --preset "$preset" -- "$@"
}

suite() { # suite PRESET [ctest options...]: counts its tests
  local log result=0
  local preset=$1
  shift
  log=$(mktemp)
  ctest --test-dir "build/$preset" --output-on-failure -j "$(nproc)" "$@" >"$log" 2>&1 || result=$?
  grep -E '^ *[0-9]+ - |\(Failed\)|\*\*\*Failed|\*\*\*Exception|Timeout' "$log" || true
  [ "$result" = 0 ] || grep -vE '^ *[0-9]+/[0-9]+ Test .*Passed|^ *Start ' "$log" | tail -n 200
  local total bad skip
  total=$(sed -n 's/.*tests passed, .* out of \([0-9]*\).*/\1/p' "$log")
  bad=$(sed -n 's/.*tests passed, \([0-9]*\) tests failed.*/\1/p' "$log")
  skip=$(grep -c '\*\*\*Skipped' "$log" || true)
  rm -f "$log"
  if [ -z "$total" ]; then count 1 "the tests of build/$preset did not run"; return; fi
  echo "build/$preset: $total tests, ${bad:-0} failed, $skip skipped"
  passed=$((passed + total - bad - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

python=build/pyenv/bin/python
environment() { # what Python's part is built and tested with
  [ -x "$python" ] || python3 -m venv build/pyenv || return 1
  "$python" -m pip install -q --disable-pip-version-check \
    nanobind scikit-build-core numpy pytest hypothesis mypy mkdocs-material
}
python_suite() { # python_suite BUILD: counts its tests
  local log result=0 total bad skip
  log=$(mktemp)
  [ "$mode" = --fast ] || export TANDEM_FUZZ_EXAMPLES=${TANDEM_FUZZ_EXAMPLES:-1600} # a minute
  PYTHONPATH="$1/python" "$python" -X faulthandler -m pytest -q -p no:cacheprovider tests/python \
    --junit-xml="$log.xml" >"$log" 2>&1 || result=$?
  [ "$result" = 0 ] || tail -n 200 "$log"
  read -r total bad skip < <("$python" - "$log.xml" <<'END'
import sys, xml.etree.ElementTree as tree
try:
    suite = tree.parse(sys.argv[1]).getroot()[0].attrib
    print(suite["tests"], int(suite["failures"]) + int(suite["errors"]), suite["skipped"])
except (OSError, tree.ParseError):
    print("0 0 0")
END
  )
  rm -f "$log" "$log.xml"
  if [ "$total" = 0 ]; then count 1 "the tests of Python did not run"; return; fi
  echo "tests/python: $total tests, $bad failed, $skip skipped"
  passed=$((passed + total - bad - skip)) failed=$((failed + bad)) skipped=$((skipped + skip))
}

check "Lint: no folder includes upwards" python3 scripts/lint_includes.py
check "Lint: formatting" scripts/lint_format.sh

say "Build: release"
build release || { count 1 "the release build"; echo "$passed passed, $failed failed, $skipped skipped"; exit 1; }
say "Tests: release"
suite release

say "Build and tests: Python"
environment && cmake build/release -DTANDEM_BUILD_PYTHON=ON \
  -DPython_EXECUTABLE="$PWD/$python" >/dev/null &&
  cmake --build --preset release -- tandem_python tandem_python_stubs || count 1 "the Python build"
python_suite build/release

if [ "$mode" != --fast ]; then
  check "Install: an outside project finds the package" tests/install/run.sh build/release
  check "Lean: a small static program without exceptions gives the same" \
    scripts/test_lean.sh build/release
  check "Build: g++ takes the library without warnings, and links a program" \
    env CXXFLAGS=-Werror bash -c "$(declare -f build); build gcc tandem digits"
fi

if [ "$mode" = --all ]; then
  check "Kernels: aarch64 under qemu gives the same" scripts/test_aarch64.sh --gtest_brief=1
  check "Programs: aarch64 under qemu gives the same" bash -c \
    "scripts/build_verify_runner.sh && build/release/tests/test_cli --gtest_filter='Verify.Aarch64*' |
     tee >(cat >&2) | grep -q 'PASSED.*1 test'"
  say "Build: ASan and UBSan"
  build asan && suite asan || count 1 "the ASan build"
  say "Build: TSan"
  build tsan test_base test_data && suite tsan -R 'Pool|Loader|Thread' || count 1 "the TSan build"
  check "Fuzz: safetensors, npy, IDX" scripts/fuzz.sh 20
fi

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
