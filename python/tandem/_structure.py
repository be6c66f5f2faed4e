"""What functions take and give: tensors inside tuples, lists, dicts and objects, taken apart and put together again."""

import collections
import dataclasses

from tandem import _C

Tensor = _C.Tensor

_deepest = 8  # of containers within containers; what is below is a value like others


class _Leaf:
    def __repr__(self):
        return "tensor"

    def __eq__(self, other):
        return isinstance(other, _Leaf)

    def __hash__(self):
        return 0


leaf = _Leaf()


class _Identity:
    """Equal to itself alone: stands for what cannot be hashed."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, _Identity) and self.value is other.value

    def __hash__(self):
        return id(self.value)


def key_of(value):
    """Equal for values that a function cannot tell apart: 1, 1.0 and True are three, 0.0 and -0.0 two, nan is itself."""
    kind = type(value)
    if isinstance(value, float):
        return kind, float(value).hex()
    if isinstance(value, complex):
        return kind, value.real.hex(), value.imag.hex()
    if isinstance(value, (set, frozenset)):
        return kind, frozenset(map(key_of, value))
    try:
        hash(value)
    except TypeError:
        return kind, _Identity(value)
    return kind, value


class Static:
    """A value that is no tensor, compared by key_of()."""

    __slots__ = ("value", "key")

    def __init__(self, value):
        self.value, self.key = value, key_of(value)

    def __eq__(self, other):
        return isinstance(other, Static) and self.key == other.key

    def __hash__(self):
        return hash(self.key)

    def __repr__(self):
        return repr(self.value)


class _Object:
    """An object with tensors among its attributes; two of one class with equal attributes are equal."""

    __slots__ = ("original", "names", "parts")

    def __init__(self, original, names, parts):
        self.original, self.names, self.parts = original, names, parts

    def _key(self):
        return type(self.original), self.names, self.parts

    def __eq__(self, other):
        return isinstance(other, _Object) and self._key() == other._key()

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        return f"{type(self.original).__name__}({', '.join(self.names)})"


def has_attributes(value):
    """Is it an object of a Python class that keeps nothing but attributes? Functions, modules, classes are not."""
    kind = type(value)
    if not hasattr(value, "__dict__") or isinstance(value, (type, _C.Generator)) or callable(value):
        return False
    return all(base is object or base.__flags__ & 1 << 9 for base in kind.__mro__)  # made by a class statement


def flatten(value, leaves, deepest=_deepest):
    """Appends the tensors of ``value`` to ``leaves``; gives what is left, which can be compared and hashed."""
    if isinstance(value, Tensor):
        leaves.append(value)
        return leaf
    kind = type(value)
    if deepest > 0:
        if isinstance(value, (list, tuple)):
            return kind, tuple([flatten(v, leaves, deepest - 1) for v in value])
        if isinstance(value, dict):
            return _dict_kind(value), tuple([(k, flatten(v, leaves, deepest - 1)) for k, v in value.items()])
        if kind is slice:
            return slice, tuple([flatten(v, leaves, 0) for v in (value.start, value.stop, value.step)])
        if dataclasses.is_dataclass(value) or has_attributes(value):
            return _flatten_object(value, leaves, deepest - 1)
    if kind.__module__ == "numpy" and hasattr(value, "__array_interface__") and value.ndim:
        leaves.append(_C.from_numpy(value))
        return leaf
    return Static(value)


def _flatten_object(value, leaves, deepest):
    if not hasattr(value, "__dict__"):
        return Static(value)
    own = vars(value)
    found = []
    parts = tuple([flatten(v, found, deepest) for v in own.values()])
    if not found and not dataclasses.is_dataclass(value):
        return Static(value)
    leaves.extend(found)
    return _Object(value, tuple(own), parts)


def _dict_kind(value):
    kind = type(value)
    return dict if isinstance(value, collections.defaultdict) else kind


def unflatten(structure, leaves):
    """The inverse; ``leaves`` is an iterator."""
    if structure is leaf:
        return next(leaves)
    if isinstance(structure, Static):
        return structure.value
    if isinstance(structure, _Object):
        made = object.__new__(type(structure.original))
        made.__dict__.update(zip(structure.names, [unflatten(p, leaves) for p in structure.parts]))
        return made
    kind, parts = structure
    if issubclass(kind, dict):
        entries = {k: unflatten(v, leaves) for k, v in parts}
        return entries if kind is dict else kind(entries)
    values = [unflatten(v, leaves) for v in parts]
    if kind is slice or hasattr(kind, "_fields"):  # a named tuple
        return kind(*values)
    return kind(values)


def statics(structure):
    """The values of a structure that are no tensors."""
    if isinstance(structure, Static):
        yield structure.value
    elif isinstance(structure, _Object):
        for part in structure.parts:
            yield from statics(part)
    elif structure is not leaf:
        for part in structure[1]:
            yield from statics(part[1] if issubclass(structure[0], dict) else part)


def names_of(structure, prefix="result"):
    """A name for each tensor: "result", "result0", or a dict's keys, as identifiers, each once."""
    names, taken = [], set()

    def add(name):
        name = "".join(c if c.isascii() and (c.isalnum() or c in "_.") else "_" for c in name)
        unique, n = name, 1
        while unique in taken:
            n += 1
            unique = f"{name}_{n}"
        taken.add(unique)
        names.append(unique)

    def visit_named(entries, name):
        for k, v in entries:
            visit(v, k if name == prefix and isinstance(k, str) and k.isidentifier() else f"{name}_{k}")

    def visit(s, name):
        if s is leaf:
            add(name)
        elif isinstance(s, _Object):
            visit_named(zip(s.names, s.parts), name)
        elif not isinstance(s, Static):
            kind, parts = s
            if issubclass(kind, dict):
                visit_named(parts, name)
            else:
                for i, v in enumerate(parts):
                    visit(v, f"{name}{i}" if name == prefix else f"{name}_{i}")

    visit(structure, prefix)
    return names
