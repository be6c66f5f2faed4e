#!/usr/bin/env python3
"""Writes what editors and help() read, derived from the built module: tandem/_C.pyi,
tandem/__init__.pyi, tandem/_docs.py and tandem/py.typed.

    write_stubs.py OUT docs/ops.md       with the folder of the built package on sys.path
"""

import keyword
import pathlib
import re
import sys

sys.path.pop(0)  # beside this script lies the package without its module
import tandem  # noqa: E402
from tandem import _C  # noqa: E402

HEAD = '''# DERIVED from the built module by python/write_stubs.py.
import builtins as _b
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

Number = _b.int | _b.float | _b.bool
'''

# What CPython's own descriptors do not say.
ATTRIBUTES = {
    "shape": "Size", "dtype": "_dtype", "device": "_device", "ndim": "_b.int",
    "itemsize": "_b.int", "nbytes": "_b.int", "_version": "_b.int", "_base": "Tensor | None", "output_nr": "_b.int",
    "requires_grad": "_b.bool", "grad": "Tensor | None", "is_leaf": "_b.bool",
    "retains_grad": "_b.bool", "grad_fn": "Node | None",
}
METHODS = {
    "size": ["(self, dim: None = ...) -> Size", "(self, dim: _b.int) -> _b.int"],
    "item": ["(self) -> Any"], "tolist": ["(self) -> Any"],
    "__getitem__": ["(self, key: Any) -> Tensor"],
    "__setitem__": ["(self, key: Any, value: Any) -> None"],
    "__iter__": ["(self) -> Iterator[Tensor]"], "__len__": ["(self) -> _b.int"],
    "__bool__": ["(self) -> _b.bool"], "__int__": ["(self) -> _b.int"],
    "__float__": ["(self) -> _b.float"], "__index__": ["(self) -> _b.int"],
    "__contains__": ["(self, element: Any) -> _b.bool"], "__hash__": ["(self) -> _b.int"],
    "__format__": ["(self, spec: _b.str) -> _b.str"],
}
INTEGERS = {"dim", "ndimension", "numel", "nelement", "element_size", "data_ptr", "storage_offset",
            "get_device"}
FLAGS = {"is_floating_point", "is_complex", "is_signed", "is_inference", "is_pinned", "is_shared"}
ITSELF = {"to", "cpu", "cuda", "type_as"}
OPERATORS = ("add sub mul truediv floordiv mod pow matmul and or xor lshift rshift").split()

FACTORY = ("device: _device | _b.str | None = ..., requires_grad: _b.bool = ..., "
           "layout: Any = ..., pin_memory: _b.bool = ...")


def spelled(annotation):
    """Types by names that no function, dtype or attribute of the same scope hides."""
    annotation = re.sub(r"\btandem\.(_C\.)?", "", annotation)
    annotation = re.sub(r"\bcollections\.abc\.", "", annotation)
    annotation = re.sub(r"\b(bool|int|float|str|bytes|tuple|list|dict|object|type)\b(?![.(])",
                        r"_b.\1", annotation)
    return re.sub(r"\b(dtype|device)\b", r"_\1", annotation)


def result_type(results):
    return "Tensor" if results == 1 else f"_b.tuple[{', '.join(['Tensor'] * results)}]"


def op_stubs(name, op, indent, method):
    """One definition an op, two where it takes the rest of its arguments; more, loosely, where it
    has overloads that are not one op."""
    parameters, spread, factory, results, has_overloads = op._description
    back = result_type(results)

    def line(rest_is):
        parts, keywords = [], False
        required = [i for i, p in enumerate(parameters) if not p[2]]
        for i, (parameter, annotation, has_default) in enumerate(parameters):
            annotation = spelled(annotation)
            if has_default and "Sequence" in annotation:
                annotation += " | None"
            has_default = has_default and (not required or i > required[-1])
            if i == 0 and method:
                parts.append("self")
            elif i == rest_is:
                one = "Tensor" if "Tensor" in annotation else "_b.int"
                parts.append(f"*{parameter}: {one}")
                keywords = True
            else:
                parts.append(f"{parameter}: {annotation}" + (" = ..." if has_default else ""))
        extra = "out: Any = ..." + (", " + FACTORY if factory else "")
        if not keywords:
            parts.append("*")
        return f"{indent}def {name}({', '.join(parts)}, {extra}) -> {back}: ..."

    lines = [line(-1)]
    if spread > 0 or (spread == 0 and not method):
        lines.append(line(spread))
    if has_overloads:
        first = "self, " if method else ""
        lines.append(f"{indent}def {name}({first}*args: Any, **kwargs: Any) -> Any: ...")
    if len(lines) > 1:
        lines = [f"{indent}@overload\n{text}" for text in lines]
    return lines


def bound_stubs(name, function, indent, method):
    """Of a function of nanobind, which says its signature."""
    lines = []
    for signature, _doc, *_ in function.__nb_signature__:
        text = re.sub(r"= \\\d+", "= ...", signature)
        text = re.sub(r"^def \w*", f"def {name}", text)
        head, arrow, back = text.rpartition(" -> ")
        opening = head.index("(") + 1
        parts = []
        for part in split_parameters(head[opening:-1]):
            parameter, colon, annotation = part.partition(": ")
            annotation, equal, initial = annotation.partition(" = ")
            parameter += "_" if keyword.iskeyword(parameter) else ""
            parts.append(parameter + colon + spelled(annotation) + equal + initial)
        if method and parts and not parts[0].startswith("self"):
            parts[0] = "self"
        elif parts and parts[0] == "self":
            pass
        back = spelled(back)
        if back == "_b.object":  # what gives the tensor itself back is an object to nanobind
            back = "Tensor" if method and name in ITSELF or name.endswith("_") else "Any"
        lines.append(f"{indent}def {name}({', '.join(parts)}) -> {back}: ...")
    if len(lines) > 1:
        lines = [f"{indent}@overload\n{text}" for text in lines]
    return lines


def split_parameters(text):
    parts, depth, part = [], 0, ""
    for letter in text:
        depth += letter in "[(" 
        depth -= letter in "])"
        if letter == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return parts + [part.strip()] if part.strip() else parts


def tensor_stub():
    lines = ["class Tensor:", "    __array_priority__: _b.int",
             "    def __init__(self, *args: Any) -> None: ..."]
    for name in OPERATORS:
        for form in ("__{}__", "__r{}__", "__i{}__"):
            lines.append(f"    def {form.format(name)}(self, other: Any) -> Tensor: ...")
    for name in ("neg", "pos", "abs", "invert"):
        lines.append(f"    def __{name}__(self) -> Tensor: ...")
    for name in ("eq", "ne", "lt", "le", "gt", "ge"):
        ignore = "  # type: ignore[override]" if name in ("eq", "ne") else ""
        lines.append(f"    def __{name}__(self, other: Any) -> Tensor: ...{ignore}")
    for name, forms in METHODS.items():
        mark = "    @overload\n" if len(forms) > 1 else ""
        lines += [f"{mark}    def {name}{form}: ..." for form in forms]
    for name, value in sorted(vars(tandem.Tensor).items()):
        kind = type(value).__name__
        if name in METHODS or name == "__reduce_ex__" or (
                name.startswith("__") and kind != "nb_method"):
            continue
        if isinstance(value, _C.Op):
            lines += op_stubs(name, value, "    ", True)
        elif name in ATTRIBUTES or kind == "getset_descriptor":
            annotation = ATTRIBUTES.get(name)
            if annotation is None:
                annotation = "_b.bool" if name.startswith("is_") else "Tensor"
            lines += [f"    @property\n    def {name}(self) -> {annotation}: ..."]
            if name in ("grad", "requires_grad", "data"):
                lines += [f"    @{name}.setter\n    def {name}(self, value: {annotation}) -> None: ..."]
        elif kind == "nb_method":
            lines += bound_stubs(name, value, "    ", True)
        elif kind == "instancemethod":
            lines += bound_stubs(name, value.__func__, "    ", True)
        elif kind == "method_descriptor":
            back = "_b.int" if name in INTEGERS else "_b.bool" if name in FLAGS else "Tensor"
            lines.append(f"    def {name}(self) -> {back}: ...")
        elif name == "layout":
            lines.append("    layout: Any")
        elif kind == "function":
            lines.append(f"    def {name}(self, *args: Any, **kwargs: Any) -> Any: ...")
    return lines


def class_stub(name, cls):
    bases = [b.__name__ for b in cls.__bases__ if b is not object]
    lines = [f"class {name}" + (f"({', '.join(bases)})" if bases else "") + ":"]
    for member, value in vars(cls).items():
        kind = type(value).__name__
        if kind == "nb_method":
            if member in ("__eq__", "__hash__", "__reduce__"):
                continue
            lines += bound_stubs(member, value, "    ", True)
        elif isinstance(value, property):
            signature = value.fget.__nb_signature__[0][0]
            back = spelled(signature.rpartition(" -> ")[2])
            lines.append(f"    @property\n    def {member}(self) -> {back}: ...")
    return lines + (["    pass"] if len(lines) == 1 else [])


def module_stub():
    lines, later = [HEAD], ["_ops: _b.dict[_b.str, Op]"]
    for name, value in vars(_C).items():
        kind = type(value).__name__
        if name.startswith("__"):
            continue
        if isinstance(value, _C.Op):
            lines += op_stubs(name, value, "", False)
        elif kind == "nb_func":
            lines += bound_stubs(name, value, "", False)
        elif kind == "builtin_function_or_method":  # a quick way into one of nanobind's functions
            lines += bound_stubs(name, getattr(_C, "_" + name), "", False)
        elif name == "Tensor":
            later += tensor_stub()
        elif name == "Size":
            later += ["class Size(_b.tuple[_b.int, ...]):", "    def numel(self) -> _b.int: ..."]
        elif name == "Op":
            later += ["class Op:", "    __name__: _b.str", "    __signature__: Any",
                      "    def __call__(self, *args: Any, **kwargs: Any) -> Any: ..."]
        elif isinstance(value, type):
            later += class_stub(name, value)
            if name in ("dtype", "device"):
                later.append(f"_{name} = {name}")
        elif isinstance(value, _C.dtype):
            later.append(f"{name}: _dtype")
        elif isinstance(value, _C.Generator):
            later.append(f"{name}: Generator")
        elif isinstance(value, str):
            later.append(f"{name}: _b.str")
    return "\n".join(lines + later) + "\n"


def package_stub():
    lines = ["# DERIVED from the built module by python/write_stubs.py.",
             "import builtins as _b", "from typing import Any", "from tandem._C import *",
             "from tandem._composed import *",
             "from tandem._sugar import *", "from tandem._state import *",
             "from tandem._grad_mode import enable_grad as enable_grad, "
             "inference_mode as inference_mode, no_grad as no_grad, "
             "set_grad_enabled as set_grad_enabled"]
    folder = pathlib.Path(tandem.__file__).parent
    lines += [f"from tandem import {m} as {m}" for m in sorted(tandem._lazy)
              if (folder / m).is_dir() or (folder / f"{m}.py").exists()]
    for provider, names in tandem._provided.items():
        path = folder.joinpath(*provider.split(".")[1:])
        if path.is_dir() or path.with_suffix(".py").exists():
            lines += [f"from {provider} import {n} as {n}" for n in names if not hasattr(_C, n)]
    lines += ["e: _b.float", "inf: _b.float", "nan: _b.float", "pi: _b.float",
              "newaxis: None", "__version__: _b.str"]
    for name in ("get_default_dtype", "set_default_dtype", "is_floating_point", "is_complex",
                 "numel", "typename"):
        lines.append(f"def {name}(*args: Any) -> Any: ...")
    return "\n".join(lines) + "\n"


def docs(reference):
    """Each op's text, from the reference that is derived from its comment."""
    found = {}
    for name, text in re.findall(r"^\*\*`(\w+)\(.*\n(.*)$", reference, re.M):
        found[name] = text
    body = "".join(f"    {name!r}: {text!r},\n" for name, text in found.items())
    return f'"""DERIVED from docs/ops.md by python/write_stubs.py: the ops\' texts."""\n\ndocs = {{\n{body}}}\n'


def main():
    out, reference = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for name, text in {"_C.pyi": module_stub(), "__init__.pyi": package_stub(),
                       "_docs.py": docs(reference.read_text()), "py.typed": ""}.items():
        path = out / name
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


if __name__ == "__main__":
    main()
