"""Tandem: deep learning written like PyTorch, on one C++ core.

    import tandem as torch
    x = torch.randn(3, 4, requires_grad=True)
    (x * 2).sum().backward()
"""

import importlib as _importlib
import os as _os
import sys as _sys

from tandem import _C
from tandem._C import *  # noqa: F401,F403  functions, types and dtypes

_C._set_package_folder(_os.path.dirname(_os.path.abspath(__file__)) + _os.sep)

# Every op that is a function of the user's; those that only backward passes and optimizers call, and
# those of linalg, special and signal, stay in tandem._C.
for _name, _op in _C._ops.items():
    if _name.endswith(("_backward", "_step", "_grad")) or _name.startswith(("linalg_", "special_", "signal_")):
        globals().pop(_name, None)
    else:
        globals()[_name] = _op
del _name, _op

from tandem._version import __version__  # noqa: E402
from tandem._composed import *  # noqa: E402,F401,F403
from tandem._state import *  # noqa: E402,F401,F403
from tandem._sugar import *  # noqa: E402,F401,F403
from tandem._grad_mode import (  # noqa: E402,F401
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
)

# NumPy's and PyTorch's constants.
from math import e, inf, nan, pi  # noqa: E402,F401

newaxis = None

# What a module of this name is loaded for, when it is first asked for.
_lazy = (
    "amp array_api autograd backends compiler programs cuda distributed distributions export fft func jit "
    "keras linalg mps multiprocessing nn onnx optim random signal special testing types utils version vision accelerator cpu"
).split()


def __getattr__(name):
    if name in _lazy:
        try:
            return _importlib.import_module("tandem." + name)
        except ModuleNotFoundError as error:
            if error.name != "tandem." + name:
                raise
            raise AttributeError(f"tandem has no module '{name}' yet") from None
    for provider, names in _provided.items():
        if name in names:
            value = getattr(_importlib.import_module(provider), name)
            globals()[name] = value
            return value
    from tandem._absent import advice, modules

    if name in modules:
        raise AttributeError(f"tandem has no module '{name}'" + advice(name))
    raise AttributeError(f"module 'tandem' has no attribute '{name}'" + _hint(name))


# Top-level names that live in a module which is loaded only for them.
_provided = {
    "tandem.serialization": ("save", "load"),
    "tandem._progress": ("progress",),
    "tandem.train_state": ("TrainState",),
    "tandem.func": ("vmap",),
    "tandem.amp": (
        "autocast is_autocast_available is_autocast_enabled set_autocast_enabled get_autocast_dtype set_autocast_dtype "
        "is_autocast_cpu_enabled get_autocast_cpu_dtype set_autocast_cpu_enabled set_autocast_cpu_dtype "
        "is_autocast_cache_enabled set_autocast_cache_enabled clear_autocast_cache"
    ).split(),
    "tandem.compiler": ("compile",),
    "tandem.control_flow": ("cond", "scan", "while_loop"),
    "tandem.programs": (
        "Dim InputSpec Model Program Recorder dim forecast open record replay save_program trace verify"
    ).split(),
    "tandem.types": (
        "FloatTensor DoubleTensor HalfTensor BFloat16Tensor LongTensor IntTensor ShortTensor "
        "CharTensor ByteTensor BoolTensor"
    ).split(),
}


def _hint(name):
    import difflib

    near = difflib.get_close_matches(name, __dir__(), 1, 0.75)
    return f"; did you mean '{near[0]}'?" if near else ""


def __dir__():
    names = set(globals())
    names.update(_lazy)
    for provided in _provided.values():
        names.update(provided)
    return sorted(n for n in names if not n.startswith("_") or n.startswith("__"))


# Module-level state that PyTorch programs set.


def get_default_dtype():
    """The dtype of floating numbers that say none: float32."""
    return _C.float32


def set_default_dtype(d):
    """Only float32 is possible: pass dtype= where another one is wanted."""
    if d is not _C.float32:
        raise _C.UnsupportedError(f"set_default_dtype: the default dtype is torch.float32, got {d}; "
                                  "pass dtype= to the functions that make tensors")


def is_floating_point(input):
    return input.is_floating_point()


def is_complex(input):
    return False


def numel(input):
    return input.numel()


def typename(o):
    """The name of an object's type, with its module."""
    if isinstance(o, Tensor):
        return o.type()
    return f"{type(o).__module__}.{type(o).__qualname__}"
