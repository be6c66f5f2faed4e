"""torch.jit's words: trace() gives a program, script() gives its argument back, for every function can be traced as it
is."""

import os
import warnings

from tandem import _C
from tandem._structure import flatten
from tandem.autograd.grad_mode import no_grad
from tandem.programs import Dim, InputSpec, _same, open as _open, save_program, trace as _trace_program

__all__ = ["Final", "annotate", "export", "ignore", "is_scripting", "is_tracing", "load", "save", "script", "trace",
           "unused", "ScriptModule"]


class ScriptModule:
    """What trace() gives: a function of tensors that runs as a program."""

    def __init__(self, program):
        self.program = program

    def __call__(self, *args, **kwargs):
        return self.program(*args, **kwargs)

    def forward(self, *args, **kwargs):
        return self.program(*args, **kwargs)

    def save(self, path):
        """Writes a .tandem file; load() and tandem.open() read it."""
        save(self, path)

    def state_dict(self):
        return self.program.state()

    def eval(self):
        return self

    @property
    def code(self):
        """The program's text."""
        return self.program.text(locations=False)

    graph = code

    def __repr__(self):
        return f"ScriptModule({self.program.signature})"


TracedModule = TopLevelTracedModule = ScriptFunction = ScriptModule


def trace(func, example_inputs=None, *, check_trace=True, example_kwarg_inputs=None, **options):
    """The program that ``func`` is for inputs like ``example_inputs``, a tensor or a tuple of them. Their first dim may
    be of any size where the function allows that. With ``check_trace`` the program is run once and must give the
    function's bits.

        traced = torch.jit.trace(net, torch.rand(1, 3, 224, 224))
    """
    named = dict(example_kwarg_inputs or {})
    examples = example_inputs if isinstance(example_inputs, (list, tuple)) else () if example_inputs is None else (
        example_inputs,)
    for i, value in enumerate(examples):
        if not isinstance(value, _C.Tensor):
            raise TypeError(f"jit.trace(): example_inputs must be tensors, got {type(value).__name__}")
        named[f"input{i}" if len(examples) > 1 else "input"] = value
    with no_grad():
        program = _any_first_size(func, named)
        if check_trace:
            _check(func, program, list(named.values()))
    return ScriptModule(program)


def _any_first_size(func, examples):
    name = getattr(func, "__name__", "forward")
    sizes = {value.shape[0] for value in examples.values() if value.dim()}
    if len(sizes) == 1:
        try:
            return _trace_program(func, {k: InputSpec((Dim("b"), *v.shape[1:]) if v.dim() else (), v.dtype)
                                         for k, v in examples.items()}, name=name)
        except _C.Error:
            pass  # it asks for this size
    return _trace_program(func, examples, name=name)


def _check(func, program, inputs):
    state = _C.default_generator.get_state()
    expected, actual = [], []
    flatten(func(*inputs), expected)
    _C.default_generator.set_state(state)
    flatten(program(*inputs), actual)
    for a, b in zip(expected, actual):
        if not _same(a, b):
            warnings.warn("jit.trace(): the program gave other values than the function, which may change something that "
                          "it reads in each call", stacklevel=3)


def script(obj, *args, **kwargs):
    """Gives ``obj`` back: nothing has to be translated beforehand. trace() or compile() makes a program of it."""
    warnings.warn("jit.script() gives its argument back: tandem.trace(f, inputs) or tandem.compile(f) makes a program",
                  stacklevel=2)
    return obj


def save(m, f):
    """Writes what trace() gave as a .tandem file."""
    if not isinstance(m, ScriptModule):
        raise TypeError(f"jit.save(): expected what jit.trace() gives, got {type(m).__name__}; torch.save() keeps a "
                        "module's state_dict")
    save_program(m.program, os.fspath(f))


def load(f, map_location=None, **options):
    """Reads a .tandem file with one program, or with one named forward."""
    model = _open(f)
    name = "forward" if "forward" in model.programs or len(model.programs) > 1 else model.programs[0]
    return ScriptModule(model[name])


def is_scripting():
    """False: there is no second language."""
    return False


def is_tracing():
    """Is a function being traced right now?"""
    return _C._is_tracing()


def ignore(fn=None, drop=False, **kwargs):
    return fn if callable(fn) else (lambda f: f)


unused = export = script_method = interface = ignore


def annotate(the_type, the_value):
    return the_value


class Final:
    """An annotation; it changes nothing."""

    def __class_getitem__(cls, item):
        return item
