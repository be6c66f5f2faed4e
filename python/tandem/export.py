"""torch.export's words, for tandem.trace().

    exported = torch.export.export(net, (x,), dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
    exported.module()(x)
"""

import inspect
import os

from tandem import _C
from tandem.programs import Dim, InputSpec, open as _open, save_program, trace

__all__ = ["Dim", "ExportedProgram", "export", "load", "save"]


class ExportedProgram:
    """A traced module: ``module()`` runs it, ``print`` shows it."""

    def __init__(self, program):
        self.program = program

    def module(self):
        return self.program

    @property
    def state_dict(self):
        return self.program.state()

    def __str__(self):
        return str(self.program)

    def __repr__(self):
        return f"ExportedProgram({self.program.signature})"


def export(mod, args=(), kwargs=None, *, dynamic_shapes=None, strict=False, **options):
    """The program that ``mod``, a module or a function, is for inputs like ``args`` and ``kwargs``, which are tensors.
    ``dynamic_shapes`` says which dims are open: a dict by the argument's name, or a tuple in their order, of
    ``{0: Dim("batch")}``, ``(Dim("batch"), None)`` or None. Error: as of trace()."""
    named = dict(zip(_argument_names(mod, len(args)), args), **(kwargs or {}))
    for name, value in named.items():
        if not isinstance(value, _C.Tensor):
            raise TypeError(f"export(): argument '{name}' must be a tensor, got {type(value).__name__}")
    if dynamic_shapes is None:
        dynamic_shapes = {}
    elif not isinstance(dynamic_shapes, dict):
        dynamic_shapes = dict(zip(named, dynamic_shapes))
    unknown = set(dynamic_shapes) - set(named)
    if unknown:
        raise ValueError(f"export(): dynamic_shapes names {sorted(unknown)}, the arguments are {list(named)}")
    return ExportedProgram(trace(mod, {name: _spec(name, value, dynamic_shapes.get(name))
                                       for name, value in named.items()}, name="forward"))


def _argument_names(mod, count):
    function = getattr(mod, "forward", mod)
    try:
        names = [p.name for p in inspect.signature(function).parameters.values()
                 if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        names = []
    return names[:count] if len(names) >= count else [f"input{i}" for i in range(count)]


def _spec(name, value, dims):
    shape = list(value.shape)
    items = dims.items() if isinstance(dims, dict) else enumerate(dims or ())
    for at, d in items:
        if d is None or isinstance(d, int):
            continue
        if not isinstance(d, Dim):
            raise TypeError(f"export(): dynamic_shapes['{name}'][{at}] must be a Dim or None, got {d!r}")
        shape[at] = d
    return InputSpec(shape, value.dtype)


def save(ep, f):
    """Writes a .tandem file."""
    save_program(ep.program, os.fspath(f))


def load(f):
    """Reads what save() wrote."""
    model = _open(f)
    return ExportedProgram(model[model.programs[0]])
