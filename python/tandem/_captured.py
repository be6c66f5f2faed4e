"""What a Python function reads besides its arguments: modules, optimizers and tensors of its closure, its globals
and its object. A traced program keeps them as state, by name."""

import functools
import sys
import types

from tandem import _C


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


class Captured:
    """``modules``, ``optimizers``, ``tensors``: dicts by the names that the function has for them."""

    def __init__(self, f, extra=None):
        self.modules, self.optimizers, self.tensors = {}, {}, {}
        self._seen = set()
        if extra is not None:
            self._add_extra(extra)
        else:
            self._visit("", f, 3)

    def _add_extra(self, extra):
        items = extra.items() if isinstance(extra, dict) else (
            ("", v) for v in (extra if isinstance(extra, (list, tuple)) else [extra]))
        for name, value in items:
            if not self._take(name, value):
                raise TypeError("state must be a module, an optimizer, a tensor, or a list or dict of them; got "
                                f"{type(value).__name__}")

    def _take(self, name, value):
        kind = _kind(value)
        if kind is None:
            return False
        if id(value) not in self._seen:
            self._seen.add(id(value))
            into = getattr(self, kind + "s")
            unique, n = name, 1
            while unique in into:
                n += 1
                unique = f"{name}{n}"
            into[unique] = value
        return True

    def _visit(self, name, value, depth):
        if self._take(name, value) or depth == 0:
            return
        if isinstance(value, functools.partial):
            for part in (value.func, *value.args, *value.keywords.values()):
                self._visit(name, part, depth - 1)
        elif isinstance(value, types.MethodType):
            self._visit(name, value.__self__, depth - 1)
            self._visit(name, value.__func__, depth - 1)
        elif isinstance(value, types.FunctionType):
            if id(value) in self._seen or value.__module__.split(".")[0] == "tandem":
                return
            self._seen.add(id(value))
            code = value.__code__
            for variable, cell in zip(code.co_freevars, value.__closure__ or ()):
                try:
                    self._visit(variable, cell.cell_contents, depth - 1)
                except ValueError:  # not assigned yet
                    pass
            for variable in _names(code):
                if variable in value.__globals__:
                    self._visit(variable, value.__globals__[variable], depth - 1)
            for default in value.__defaults__ or ():
                self._visit(name, default, depth - 1)
        elif isinstance(value, (list, tuple)) and len(value) <= 1000:
            for i, part in enumerate(value):
                self._visit(f"{name}.{i}" if name else str(i), part, depth - 1)
        elif isinstance(value, dict) and len(value) <= 1000:
            for key, part in value.items():
                if isinstance(key, str):
                    self._visit(f"{name}.{key}" if name else key, part, depth - 1)
        elif hasattr(value, "__dict__") and not isinstance(value, (type, types.ModuleType)):
            for key, part in list(vars(value).items()):
                self._visit(key, part, depth - 1)

    def training(self):
        """What may change between calls without a new program: nothing here."""
        return tuple(m.training for m in self.modules.values())

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
                found[id(tensor)] = name
                names[name] = tensor

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


def _names(code):
    """Global names that the code, and functions inside it, may read."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)
