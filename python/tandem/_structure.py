"""What functions take and give: tensors inside tuples, lists and dicts, taken apart and put together again."""

from tandem import _C

Tensor = _C.Tensor


class _Leaf:
    def __repr__(self):
        return "tensor"

    def __eq__(self, other):
        return isinstance(other, _Leaf)

    def __hash__(self):
        return 0


leaf = _Leaf()


def flatten(value, leaves):
    """Appends the tensors of ``value`` to ``leaves``; gives what is left, which can be compared and hashed."""
    if isinstance(value, Tensor):
        leaves.append(value)
        return leaf
    if isinstance(value, (list, tuple)):
        return (type(value), tuple(flatten(v, leaves) for v in value))
    if isinstance(value, dict):
        return (dict, tuple((k, flatten(v, leaves)) for k, v in value.items()))
    if type(value).__module__ == "numpy" and hasattr(value, "__array_interface__") and value.ndim:
        leaves.append(_C.from_numpy(value))
        return leaf
    return value


def unflatten(structure, leaves):
    """The inverse; ``leaves`` is an iterator."""
    if structure is leaf:
        return next(leaves)
    if isinstance(structure, tuple) and len(structure) == 2 and isinstance(structure[0], type):
        kind, parts = structure
        if kind is dict:
            return {k: unflatten(v, leaves) for k, v in parts}
        values = [unflatten(v, leaves) for v in parts]
        if hasattr(kind, "_fields"):  # a named tuple
            return kind(*values)
        return kind(values)
    return structure


def names_of(structure, prefix="result"):
    """A name for each tensor: "result", "result0", or a dict's keys."""
    names = []

    def visit(s, name):
        if s is leaf:
            names.append(name)
        elif isinstance(s, tuple) and len(s) == 2 and isinstance(s[0], type):
            kind, parts = s
            if kind is dict:
                for k, v in parts:
                    visit(v, k if name == prefix and isinstance(k, str) and k.isidentifier() else f"{name}_{k}")
            else:
                for i, v in enumerate(parts):
                    visit(v, f"{name}{i}" if name == prefix else f"{name}_{i}")

    visit(structure, prefix)
    return names
