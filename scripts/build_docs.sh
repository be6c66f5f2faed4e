#!/usr/bin/env bash
# Builds the site from the tutorials, the guides and the package's docstrings: build/site/html/index.html.
#
#   scripts/build_docs.sh [PYTHON]    a Python with mkdocs-material; the package is that of build/release
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-build/pyenv/bin/python}
export PYTHONPATH=$PWD/build/release/python NO_MKDOCS_2_WARNING=1
"$python" scripts/write_site.py build/site
"$python" -m mkdocs build --quiet --strict --config-file build/site/mkdocs.yml
echo "build/site/html/index.html"
