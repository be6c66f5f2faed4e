#!/usr/bin/env bash
# Installs what Tandem needs to build and test itself, from Debian's packages. Runs as root or with
# sudo; does nothing when everything is there.
set -euo pipefail

packages=(
  clang-19 lld-19 clang-format-19 llvm-19 libclang-rt-19-dev g++ cmake ninja-build ccache pkg-config git ca-certificates
  libhwy-dev libfmt-dev libcli11-dev nlohmann-json3-dev libgtest-dev libgmock-dev libbenchmark-dev
  zlib1g-dev libssl-dev libcurl4-openssl-dev
  python3 python3-dev python3-venv
  g++-aarch64-linux-gnu qemu-user-static googletest
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: run as root: apt-get install ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
