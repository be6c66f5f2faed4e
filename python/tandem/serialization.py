"""save() and load(): PyTorch's files both ways, and safetensors by suffix.

Loading runs nothing that a file says: a machine in C++ builds tensors, containers and plain values, and refuses the
rest by name. Modules saved whole are loaded only with ``trusted=True``.
"""

import os
import threading
from collections import Counter, OrderedDict
from contextlib import contextmanager

from . import _C

_safe = threading.local()


def save(obj, f, pickle_module=None, pickle_protocol=2, _use_new_zipfile_serialization=True, **kwargs):
    """Writes tensors, containers of them, and whatever can be pickled, as torch.save does; PyTorch reads the file.
    A path that ends in .safetensors takes a dict of tensors. A file is replaced as a whole.

    f: a path, or an object with write()."""
    if _is_path(f) and os.fspath(f).endswith(".safetensors"):
        _save_safetensors(obj, os.fspath(f))
        return
    from ._pickler import pickled

    data, storages = pickled(obj)
    if _is_path(f):
        _C._io.write_torch(os.fspath(f), data, storages)
    else:
        f.write(_C._io.torch_bytes(data, storages))


def load(f, map_location=None, pickle_module=None, *, weights_only=None, mmap=None, trusted=False, **kwargs):
    """Reads a file of save(), torch.save() or safetensors.

    f: a path, or an object with read(). map_location: "cpu", a device, a dict or a function, as PyTorch takes it; it
    says where tensors saved on another device go. Nothing in the file is run, whatever weights_only says: what is no
    tensor, container or plain value is an error that names it. ``trusted=True`` loads modules saved whole, by Python's pickle, which can run
    anything: only for files of your own."""
    if trusted:
        from ._pickler import load_trusted

        return load_trusted(f, lambda location: _placed(location, map_location))
    if _is_path(f):
        path = os.fspath(f)
        if path.endswith(".safetensors"):
            return _C._io.load_safetensors(path)[0]
        file = _C._io.TorchFile(path)
    else:
        file = _C._io.TorchFile(f.read(), getattr(f, "name", "") or "a file object")
    return file.load(lambda location: _placed(location, map_location), _made)


def _is_path(f):
    return isinstance(f, (str, os.PathLike))


def _save_safetensors(obj, path):
    if not isinstance(obj, dict) or not all(isinstance(k, str) and isinstance(v, _C.Tensor) for k, v in obj.items()):
        raise TypeError("save: a .safetensors file holds a dict of tensors by name: pass module.state_dict()")
    _C._io.save_safetensors(path, {name: tensor.detach() for name, tensor in obj.items()}, [("format", "pt")])


def _placed(location, map_location):
    """Where a storage that was at ``location`` goes: the CPU, or an error."""
    if map_location is None:
        target = location
    elif isinstance(map_location, dict):
        target = map_location.get(location, location)
    elif callable(map_location) and not isinstance(map_location, _C.device):
        target = location if map_location(None, location) is None else "cpu"
    else:
        target = map_location
    if str(target).split(":")[0] not in ("cpu", "meta"):
        raise RuntimeError(
            f"Attempting to deserialize object on a {str(target).split(':')[0].upper()} device but there is none: tensors of "
            "this file were saved there. If you are running on a CPU-only machine, please use torch.load with "
            "map_location=torch.device('cpu') to map your storages to the CPU.")


@contextmanager
def safe_globals(globals):
    """Inside, load() also accepts these classes and functions by name."""
    before = getattr(_safe, "globals", {})
    _safe.globals = {**before, **_named(globals)}
    try:
        yield
    finally:
        _safe.globals = before


def add_safe_globals(globals):
    """From now on load() also accepts these classes and functions by name."""
    _safe.globals = {**getattr(_safe, "globals", {}), **_named(globals)}


def get_safe_globals():
    return list(getattr(_safe, "globals", {}).values())


def clear_safe_globals():
    _safe.globals = {}


def _named(globals):
    from ._pickler import names_of

    named = {}
    for entry in globals:
        value, name = entry if isinstance(entry, tuple) else (entry, None)
        for known in [name] if name else names_of(value):
            named[known] = value
    return named


def _ordered(arguments, state):
    made = OrderedDict(*arguments)
    if isinstance(state, dict):
        made.__dict__.update(state)
    return made


def _parameter(data, requires_grad=True, *rest):
    from .nn import Parameter

    return Parameter(data, requires_grad)


# What a file may call, by the names that PyTorch's files use.
_calls = {
    "collections OrderedDict": _ordered,
    "collections Counter": lambda arguments, state: Counter(*arguments),
    "torch._utils _rebuild_parameter": lambda arguments, state: _parameter(*arguments),
    "torch._utils _rebuild_parameter_with_state": lambda arguments, state: _parameter(*arguments),
    "torch Size": lambda arguments, state: _C.Size(*arguments),
    "torch device": lambda arguments, state: _C.device(*arguments),
    "__builtin__ set": lambda arguments, state: set(*arguments),
    "builtins set": lambda arguments, state: set(*arguments),
    "__builtin__ complex": lambda arguments, state: complex(*arguments),
    "builtins complex": lambda arguments, state: complex(*arguments),
    "__builtin__ bytearray": lambda arguments, state: bytearray(*arguments),
    "builtins bytearray": lambda arguments, state: bytearray(*arguments),
    "_codecs encode": lambda arguments, state: _encoded(*arguments),
}


def _encoded(text, encoding="latin1"):
    if encoding not in ("latin1", "latin-1"):
        raise _C.FormatError(f"load: bytes are encoded as {encoding}; expected latin1")
    return text.encode("latin1")


def _made(name, arguments, state):
    """What a global, or a call of one, stands for."""
    module, _, word = name.partition(" ")
    if arguments is None:
        if module == "torch" and isinstance(dtype := getattr(_C, word, None), _C.dtype):
            return dtype
    elif name in _calls:
        return _calls[name](arguments, state)
    if name in getattr(_safe, "globals", {}):
        return _of_safe(_safe.globals[name], arguments, state)
    raise _C.UnsupportedError(
        f"load: the file holds {module}.{word}, which is no tensor, container or plain value, and loading it would run "
        "code. Save the module's state_dict() instead; add the class by safe_globals([...]); or, for a file of your own, "
        "pass trusted=True")


def _of_safe(value, arguments, state):
    if arguments is None:
        return value
    if not isinstance(value, type):
        return value(*arguments)
    made = value.__new__(value, *arguments)
    if state is not None:
        made.__setstate__(state) if hasattr(made, "__setstate__") else made.__dict__.update(state)
    return made
