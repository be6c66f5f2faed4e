"""The documentation's Python: tutorials run whole, blocks of a page one after the other."""

import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TUTORIALS = sorted((ROOT / "docs" / "python").glob("*.py"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path):
    """(line, code) of every Python block that is no fragment."""
    text = path.read_text()
    for match in re.finditer(r"^```python *(.*)\n((?:.*\n)*?)```$", text, re.M):
        if "fragment" not in match[1]:
            yield text[:match.start()].count("\n") + 1, match[2]


def run(path, folder):
    return subprocess.run([sys.executable, str(path)], cwd=folder, capture_output=True, text=True, timeout=120,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda p: p.stem)
def test_tutorial(path, tmp_path):
    r = run(path, tmp_path)
    assert r.returncode == 0, r.stdout + r.stderr
    assert r.stdout


def test_there_are_five():
    assert len(TUTORIALS) == 5


@pytest.mark.parametrize("path", [p for p in PAGES if list(blocks(p))], ids=lambda p: p.stem)
def test_page(path, tmp_path):
    program = tmp_path / "page.py"
    # Blank lines in place of prose, so that errors name the page's own lines.
    lines = []
    for line, code in blocks(path):
        lines += [""] * (line - len(lines)) + code.split("\n")
    program.write_text("\n".join(lines))
    r = run(program, tmp_path)
    assert r.returncode == 0, r.stdout + r.stderr


def test_the_site(tmp_path):
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "NO_MKDOCS_2_WARNING": "1"}
    for command in ([str(ROOT / "scripts" / "write_site.py"), str(tmp_path)],
                    ["-m", "mkdocs", "build", "--quiet", "--strict", "--config-file", str(tmp_path / "mkdocs.yml")]):
        r = subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=300, env=environment)
        assert r.returncode == 0, r.stdout + r.stderr
    functions = (tmp_path / "html" / "reference" / "functions" / "index.html").read_text()
    assert 'id="softmax"' in functions and 'id="conv2d"' in functions
    assert "base64" in (tmp_path / "html" / "tutorials" / "3_digits" / "index.html").read_text()
