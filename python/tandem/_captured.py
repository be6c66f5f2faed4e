"""What a Python function reads besides its arguments: modules, optimizers and tensors of its closure, its globals
and its object. A traced program keeps them as state, by name; the numbers among them are the program's own, so whoever
keeps a program asks is_current() before running it."""

import functools
import sys
import types
from operator import attrgetter

from tandem import _C
from tandem._structure import has_attributes, key_of

_missing = object()
_requires_grad = attrgetter("requires_grad")
_tables = ("_parameters", "_buffers", "_modules")
_hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_rates = {"params", "lr"}  # of a group of Tandem's own optimizers: programs read the rate from their state


def _kind(value):
    """"module", "optimizer", "tensor", or None."""
    if isinstance(value, _C.Tensor):
        return "tensor"
    for module, name, kind in (("tandem.nn.module", "Module", "module"),
                               ("tandem.optim.optimizer", "Optimizer", "optimizer")):
        loaded = sys.modules.get(module)  # where it was not imported, nothing can be one
        if loaded is not None and isinstance(value, getattr(loaded, name)):
            return kind
    return None


def _is_fixed(value):
    """Modules, and what is Tandem's own: nobody puts another in their place."""
    return isinstance(value, types.ModuleType) or (
        isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type))
        and (value.__module__ or "").split(".")[0] in ("tandem", "builtins"))


def _changes():
    module = sys.modules.get("tandem.nn.changes")
    return module.changes[0] if module is not None else 0


def _unique(name, taken):
    unique, n = name, 1
    while unique in taken:
        n += 1
        unique = f"{name}{n}"
    return unique


class Place:
    """Somewhere that values are read from: names of a mapping (all that it has but those ``without``, unless some are
    given), the entries of a list, or a closure's cell."""

    def __init__(self, name, container, keys=None, without=()):
        self.name, self.container, self.keys, self.without = name, container, keys, without

    def read(self):
        """By key."""
        container = self.container
        if isinstance(container, types.CellType):
            try:
                return {"": container.cell_contents}
            except ValueError:  # not assigned yet
                return {}
        if isinstance(container, list):
            return dict(enumerate(container))
        if self.keys is None:
            return {k: v for k, v in container.items() if k not in self.without}
        return {k: container[k] for k in self.keys if k in container}

    def write(self, key, value):
        container = self.container
        if isinstance(container, types.CellType):
            if value is _missing:
                del container.cell_contents
            else:
                container.cell_contents = value
        elif isinstance(container, type):
            delattr(container, key) if value is _missing else setattr(container, key, value)
        elif value is not _missing:
            container[key] = value
        else:
            del container[key]

    def restore(self, values):
        """Makes it what read() gave."""
        if isinstance(self.container, list):
            self.container[:] = values.values()
            return
        now = self.read()
        for key in now.keys() - values.keys():
            self.write(key, _missing)
        for key, value in values.items():
            if now.get(key, _missing) is not value:
                self.write(key, value)

    def look(self):
        """A function that gives the values alone, quickly."""
        container = self.container
        if isinstance(container, types.CellType):
            return lambda: self.read().values()
        if isinstance(container, list):
            return container.__iter__
        if self.keys is None:
            return container.values
        return functools.partial(map, container.get, self.keys)

    def described(self, key):
        if isinstance(key, int):
            return f"{self.name}[{key}]"
        return f"{self.name}.{key}" if self.name and key else self.name or str(key)


class Captured:
    """``modules``, ``optimizers``, ``tensors``: dicts by the names that the function has for them. ``extra`` names the
    state where the function does not tell it, ``arguments`` are modules, optimizers and functions that are passed."""

    def __init__(self, f, extra=None, arguments=(), watch=True):
        """Without ``watch`` it is only looked once, and is_current() cannot be asked."""
        self._watch, self._takes = watch, extra is None
        self._names = set()  # that the code of the function, and of what it calls, has for attributes and globals
        known = -1
        while known < len(self._names):  # more code was found, which may read more
            known = len(self._names) if watch else sys.maxsize
            self.modules, self.optimizers, self.tensors = {}, {}, {}
            self._places, self._objects, self._seen, self._signature = [], [], set(), []
            if extra is not None:
                self._add_extra(extra)
            for value in arguments:
                self._visit("", value, 3)
            self._visit("", f, 3)
        self.signature = None  # is known when the state is

    def _add_extra(self, extra):
        items = extra.items() if isinstance(extra, dict) else (
            ("", v) for v in (extra if isinstance(extra, (list, tuple)) else [extra]))
        for name, value in items:
            if not self._take(name, value):
                raise TypeError("state must be a module, an optimizer, a tensor, or a list or dict of them; got "
                                f"{type(value).__name__}")

    def _take(self, name, value, takes=True):
        kind = _kind(value)
        if kind is None:
            return False
        if id(value) not in self._seen:
            self._seen.add(id(value))
            self._signature.append(key_of(value))
            if takes:
                into = getattr(self, kind + "s")
                into[_unique(name, into)] = value
            if kind == "module":
                self._visit_module(name, value)
        return True

    def _add_place(self, name, container, keys=None):
        place = Place(name, container, keys)
        self._places.append(place)
        return place

    def _visit(self, name, value, depth):
        if self._take(name, value, self._takes):
            return
        if isinstance(value, (int, float, complex, str, bytes, type(None), _C.dtype)):
            self._signature.append((name, key_of(value)))
            return
        is_container = isinstance(value, (list, tuple, dict))
        self._signature.append((name, type(value), len(value) if is_container else id(value)))
        if depth == 0 or id(value) in self._seen:
            return
        if getattr(type(value), "is_compiled", False):
            self._visit(name, value.function, depth)
            return
        if isinstance(value, functools.partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self._visit(name, part, depth - 1)
        elif isinstance(value, types.MethodType):
            self._visit(name, value.__self__, depth - 1)
            self._visit(name, value.__func__, depth - 1)
        elif isinstance(value, types.FunctionType):
            self._visit_function(name, value, depth)
        elif isinstance(value, tuple) and len(value) <= 1000:
            for i, part in enumerate(value):
                self._visit(f"{name}.{i}" if name else str(i), part, depth - 1)
        elif isinstance(value, (list, dict)) and len(value) <= 1000:
            self._seen.add(id(value))
            for key, part in self._add_place(name, value).read().items():
                self._visit(f"{name}.{key}" if name else str(key), part, depth - 1)
        elif isinstance(value, type):
            self._visit_class(name, value)
        elif has_attributes(value) or (hasattr(value, "__dict__") and not isinstance(value, types.ModuleType)):
            self._seen.add(id(value))
            self._read_methods(type(value))
            own = vars(value)
            self._objects.append((name or type(value).__name__, own))
            for key, part in self._add_place(name, own, self._read_of(own)).read().items():
                self._visit(key, part, depth - 1)

    def _read_of(self, own):
        return tuple(k for k in own if k in self._names) if self._watch else tuple(own)

    def _read_methods(self, cls):
        """The names that those of its methods read that may be called."""
        if not self._watch:
            return
        for base in cls.__mro__:
            if (base.__module__ or "").split(".")[0] in ("tandem", "builtins"):
                continue
            for name, method in vars(base).items():
                if isinstance(method, property):
                    method = method.fget
                if name in self._names and isinstance(method, types.FunctionType):
                    self._names.update(_names(method.__code__))

    def _visit_function(self, name, value, depth):
        if (value.__module__ or "").split(".")[0] == "tandem":
            return
        self._seen.add(id(value))
        code = value.__code__
        for variable, cell in zip(code.co_freevars, value.__closure__ or ()):
            for part in self._add_place(variable, cell).read().values():
                self._visit(variable, part, depth - 1)
        names = tuple(dict.fromkeys(_names(code)))
        self._names.update(names)
        own = value.__globals__
        names = tuple(n for n in names if n in own and not _is_fixed(own[n]))
        if names:
            for variable, part in self._add_place("", own, names).read().items():
                self._visit(variable, part, depth - 1)
        for default in value.__defaults__ or ():
            self._visit(name, default, depth - 1)

    def _visit_class(self, name, value):
        """Its numbers: a class may be a list of settings."""
        if (value.__module__ or "").split(".")[0] in ("tandem", "builtins"):
            return
        self._seen.add(id(value))
        keys = tuple(k for k, v in vars(value).items() if isinstance(v, (int, float, complex, str, _C.Tensor))
                     and not k.startswith("__"))
        if keys:
            for key, part in self._add_place(name, vars(value), keys).read().items():
                self._visit(key, part, 1)

    def _visit_module(self, name, module):
        if not self._watch:
            return
        self._names.update(("forward", "training"))
        for path, m in module.named_modules():
            self._seen.add(id(m))
            self._read_methods(type(m))
            options = getattr(m, "_options", ())
            prefix = f"{name}.{path}" if name and path else name or path
            for key, value in vars(m).items():
                if key in _tables:
                    self._signature.append(tuple((k, id(v)) for k, v in value.items()))
                elif key in _hooks:
                    for hook in value.values():
                        self._visit(key, hook, 2)
                elif key in self._names or key in options:
                    self._visit(f"{prefix}.{key}" if prefix else key, value, 2)

    def refresh(self):
        """Rates that a schedule wrote into param_groups reach the tensors that programs read."""
        for optimizer in self.optimizers.values():
            optimizer._refresh_rates()

    def state(self):
        """Every tensor once, by name: parameters and buffers under their module's variable where there are several
        modules, an optimizer's entries as "optimizer.conv1.weight.exp_avg"."""
        names, found = {}, {}

        def add(name, tensor):
            if id(tensor) not in found:
                unique = _unique(name, names)
                found[id(tensor)] = unique
                names[unique] = tensor

        several = len(self.modules) > 1
        for variable, module in self.modules.items():
            prefix = variable + "." if several and variable else ""
            for name, p in module.named_parameters():
                add(prefix + name, p)
            for name, b in module.named_buffers():
                add(prefix + name, b)
        for variable, tensor in self.tensors.items():
            add(variable or "tensor", tensor)
        many = len(self.optimizers) > 1
        for variable, optimizer in self.optimizers.items():
            by_parameter = {}
            for group in optimizer.param_groups:
                for p in group["params"]:
                    if id(p) not in found:
                        add(f"parameter{len(names)}", p)
                    by_parameter[found[id(p)]] = p
            for name, tensor in optimizer._traced_state(by_parameter).items():
                add(variable + name[len("optimizer"):] if many and variable else name, tensor)
        return names

    def settle(self):
        """The state; from here on is_current() says whether the function would find the same again."""
        state = self.state()
        signature = self._signature
        for optimizer in self.optimizers.values():
            signature.append(tuple(map(key_of, self._options(optimizer))))
            signature.append(tuple(key_of(p) for group in optimizer.param_groups for p in group["params"]))
        self.signature = (*signature, *map(id, state.values()), *map(_requires_grad, state.values()))
        self._tensors = list(state.values())
        looks = [place.look() for place in self._places]
        self._kept = [list(look()) for look in looks]  # so that no other object gets the id of one of them
        self._entries = [list(optimizer.state.values()) for optimizer in self.optimizers.values()]
        self._found = [(look, list(map(id, values))) for look, values in zip(looks, self._kept)]
        self._flags = list(map(_requires_grad, self._tensors))
        self._options_found = [self._look(optimizer) for optimizer in self.optimizers.values()]
        self._changes = _changes()
        return state

    @staticmethod
    def _options(optimizer):
        """What a program of its step depends on. Of a user's own optimizer that is the rate too."""
        skip = _rates if optimizer.reads_rates_from_state else {"params"}
        return [v for group in optimizer.param_groups for k, v in group.items()
                if k not in skip and not (k in ("momentum", "betas") and vars(optimizer).get("_moves_momentum"))]

    @classmethod
    def _look(cls, optimizer):
        return (cls._options(optimizer), list(map(id, optimizer.state.values())), id(optimizer.param_groups),
                [len(group["params"]) for group in optimizer.param_groups])

    def is_current(self):
        """Does the function still find what it found? What a program itself writes does not count."""
        if self._changes != _changes():
            return False
        for look, ids in self._found:
            if list(map(id, look())) != ids:
                return False
        for optimizer, found in zip(self.optimizers.values(), self._options_found):
            if self._look(optimizer) != found:
                return False
        return list(map(_requires_grad, self._tensors)) == self._flags

    def forget(self):
        """Makes is_current() look at modules again."""
        self._changes = -1

    def places(self):
        """All that a run of the function may have changed, what is_current() learns otherwise included."""
        yield from self._places
        for name, own in self._objects:
            yield Place(name, own, without=("_compiled_methods",))
        for name, module in self.modules.items():
            for path, m in module.named_modules():
                full = f"{name}.{path}" if name and path else name or path or type(m).__name__
                own = vars(m)
                yield Place(full, own, without=(*_tables, *_hooks, "_core"))
                for table in ("_parameters", "_buffers"):
                    yield Place(full, own[table])
        for name, optimizer in self.optimizers.items():
            for group in optimizer.param_groups:
                yield Place(f"{name}.param_groups", group, tuple(k for k in group if k != "params"))
            for entries in optimizer.state.values():
                yield Place(f"{name}.state", entries)


def _names(code):
    """Global names that the code, and functions inside it, may read."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
