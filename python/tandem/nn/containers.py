"""Modules made of modules, and lists and dicts of parameters."""

import operator
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from .. import Tensor
from .module import Module, _indented
from .parameter import Parameter


def _position(size, index, what):
    """``index`` counted from the front."""
    index = operator.index(index)
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of range" if what is None else f"index {index} is out of range for {what}")
    return index % size if size else 0


class _ListOfModules(Module):
    """What Sequential and ModuleList share: children under "0", "1", …"""

    def _set(self, modules):
        self.__dict__["_modules"] = {str(i): m for i, m in enumerate(modules)}

    def _name_at(self, index):
        return list(self._modules)[_position(len(self), index, None)]

    def __getitem__(self, index):
        if isinstance(index, slice):
            return self._of(list(self._modules.items())[index])
        return self._modules[self._name_at(index)]

    def __setitem__(self, index, module):
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index):
        kept = list(self._modules.values())
        del kept[index]
        self._set(kept)

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def append(self, module):
        """Adds a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def insert(self, index, module):
        if not isinstance(module, Module):
            raise TypeError(f"module should be of type: {Module}")
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"Index out of range: {index}")
        modules.insert(index, module)
        self._set(modules)
        return self if isinstance(self, Sequential) else None

    def extend(self, modules):
        if not isinstance(modules, Iterable):
            raise TypeError(f"{type(self).__name__}.extend should be called with an iterable, but got {type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def pop(self, key):
        module = self[key]
        del self[key]
        return module


class Sequential(_ListOfModules):
    """Runs its modules one after the other. ``Sequential(a, b)`` or ``Sequential(OrderedDict(a=…, b=…))``."""

    def __init__(self, *args):
        super().__init__()
        named = args[0].items() if len(args) == 1 and isinstance(args[0], OrderedDict) else enumerate(args)
        for name, module in named:
            self.add_module(str(name), module)

    def forward(self, input):
        for module in self._modules.values():
            input = module(input)
        return input

    def _of(self, items):
        return type(self)(OrderedDict(items))

    def __add__(self, other):
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")
        return Sequential(*self, *other)

    def __iadd__(self, other):
        return self.extend(other)

    def __mul__(self, times):
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return Sequential(*(module for _ in range(times) for module in self))

    __rmul__ = __mul__

    def __imul__(self, times):
        self._set(list(self * times))
        return self


class ModuleList(_ListOfModules):
    """Holds modules; how they are run is up to the module that owns the list."""

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def _of(self, items):
        return type(self)(module for _, module in items)

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __iadd__(self, modules):
        return self.extend(modules)

    def __repr__(self):
        """Folds equal neighbours: "(0-2): 3 x Linear(…)"."""
        if not len(self):
            return self._get_name() + "()"
        runs = []
        for i, module in enumerate(self):
            text = repr(module)
            if runs and runs[-1][2] == text:
                runs[-1][1] = i
            else:
                runs.append([i, i, text])
        lines = [f"({a}): {_indented(t)}" if a == b else f"({a}-{b}): {b - a + 1} x {_indented(t)}" for a, b, t in runs]
        return self._get_name() + "(\n  " + "\n  ".join(lines) + "\n)"


class _DictAccess:
    """What ModuleDict and ParameterDict share with a dict, from __getitem__, __setitem__, __delitem__ and keys()."""

    def __len__(self):
        return len(self.keys())

    def __iter__(self):
        return iter(self.keys())

    def __contains__(self, key):
        return key in self.keys()

    def items(self):
        return [(key, self[key]) for key in self.keys()]

    def values(self):
        return [self[key] for key in self.keys()]

    def clear(self):
        for key in list(self.keys()):
            del self[key]

    def pop(self, key):
        value = self[key]
        del self[key]
        return value

    def update(self, entries):
        if isinstance(entries, (Mapping, _DictAccess)):
            entries = entries.items()
        elif not isinstance(entries, Iterable):
            raise TypeError(f"{type(self).__name__}.update should be called with an iterable of key/value pairs, "
                            f"but got {type(entries).__name__}")
        for i, entry in enumerate(entries):
            if len(entry) != 2:
                raise ValueError(f"{type(self).__name__} update sequence element #{i} has length {len(entry)}; 2 is required")
            self[entry[0]] = entry[1]


class ModuleDict(_DictAccess, Module):
    """Holds modules by name, in order of insertion."""

    def __init__(self, modules=None):
        Module.__init__(self)
        if modules is not None:
            self.update(modules)

    def keys(self):
        return self._modules.keys()

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self.add_module(key, module)

    def __delitem__(self, key):
        del self._modules[key]


def _as_parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


class ParameterList(Module):
    """Holds parameters under "0", "1", …; plain tensors become parameters."""

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __len__(self):
        return self._size

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(getattr(self, str(i)) for i in range(*index.indices(len(self))))
        return getattr(self, str(_position(len(self), index, None)))

    def __setitem__(self, index, value):
        setattr(self, str(_position(len(self), index, None)), _as_parameter(value))

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def append(self, value):
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values):
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self):
        return "\n".join(f"({i}): {_described(value)}" for i, value in enumerate(self))

    def __repr__(self):
        return _listed(self)

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(_DictAccess, Module):
    """Holds parameters by name; plain tensors become parameters."""

    def __init__(self, parameters=None):
        Module.__init__(self)
        self._keys = {}
        if parameters is not None:
            self.update(parameters)

    def keys(self):
        return self._keys.keys()

    def __getitem__(self, key):
        if key not in self._keys:
            raise KeyError(key)
        return getattr(self, key)

    def __setitem__(self, key, value):
        self._keys[key] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key):
        del self._keys[key]
        delattr(self, key)

    def get(self, key, default=None):
        return self[key] if key in self else default

    def extra_repr(self):
        return "\n".join(f"({key}): {_described(value)}" for key, value in self.items())

    def __repr__(self):
        return _listed(self)

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")


def _described(value):
    if not isinstance(value, Tensor):
        return f"Object of type: {type(value).__name__}"
    word = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"{word} containing: [torch.{value.dtype.name if hasattr(value.dtype, 'name') else str(value.dtype).split('.')[-1]} of size {'x'.join(map(str, value.shape))}]"


def _listed(module):
    lines = ["  " + line for line in module.extra_repr().split("\n") if line]
    return module._get_name() + "(" + ("\n" + "\n".join(lines) + "\n" if lines else "") + ")"
