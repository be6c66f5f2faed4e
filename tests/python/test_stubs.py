"""The stubs derived from the registry: complete, and right for a type checker."""

import ast
import pathlib
import subprocess
import sys

import pytest

import tandem

PACKAGE = pathlib.Path(tandem.__file__).parent
if not (PACKAGE / "_C.pyi").exists():  # a link of the developer's build: the stubs lie beside it
    PACKAGE = pathlib.Path(tandem._C.__file__).parent
EXAMPLE = pathlib.Path(__file__).parent / "typed" / "example.py"


def test_every_op_has_a_stub():
    tree = ast.parse((PACKAGE / "_C.pyi").read_text())
    functions = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    assert set(tandem._C._ops) <= functions
    (tensor,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Tensor")
    members = {n.name for n in tensor.body if isinstance(n, ast.FunctionDef)}
    missing = {n for n in vars(tandem.Tensor) if not n.startswith("__")} - members - {"layout"}
    assert not missing


def test_docs_are_those_of_the_registry():
    from tandem._docs import docs

    assert len(docs) > 250 and "along `dim`" in tandem.softmax.__doc__


def test_mypy():
    pytest.importorskip("mypy")
    environment = {"PATH": ""}
    if "site-packages" not in PACKAGE.parts:  # there mypy looks by itself
        environment["MYPYPATH"] = str(PACKAGE.parent)
    r = subprocess.run(
        [sys.executable, "-m", "mypy", "--warn-unused-ignores", "--follow-imports", "silent",
         "--cache-dir", "/dev/null",
         str(EXAMPLE)],
        capture_output=True, text=True, env=environment)
    assert r.returncode == 0, r.stdout + r.stderr


def test_the_example_runs():
    exec(compile(EXAMPLE.read_text(), str(EXAMPLE), "exec"), {"__name__": "example"})
