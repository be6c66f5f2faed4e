"""TrainState: all that training needs to go on as if it had never stopped, in one file.

    state = tandem.TrainState(model=net, optimizer=optimizer, scheduler=scheduler, loader=loader, epoch=0, step=0)
    state.expect(batch_size=64, lr=1e-3)
    state.resume("run.tandem")                  # if there is one
    for state.epoch in range(state.epoch, 10):
        for x, y in loader:                     # goes on within the epoch
            ...
            state.step += 1
            if state.step % 100 == 0:
                state.save("run.tandem")
"""

import json
import os
import random
import sys

from tandem import _C

__all__ = ["TrainState"]

_kind = {"kind": "train state", "of": "Python"}
_plain = (bool, int, float, str, type(None))


class TrainState:
    """Parts by name: whatever has ``state_dict()`` and ``load_state_dict()`` (modules, optimizers, schedules, scalers, a
    DataLoader), tensors, generators, and plain values, which are attributes to count with: ``state.step += 1``.

    The default generator, Python's ``random`` and NumPy's, where that is loaded, are always part of it. A program that
    saves after a step and is killed goes on from there to the same bits, with any number of the loader's workers."""

    def __init__(self, **parts):
        set_own = super().__setattr__
        set_own("_parts", {})
        set_own("_expected", {})
        for name, part in parts.items():
            if name.startswith("_") or hasattr(type(self), name):
                raise ValueError(f"TrainState: a part cannot be named {name!r}")
            if not (isinstance(part, (*_plain, _C.Tensor, _C.Generator)) or _has_state(part)):
                raise TypeError(f"TrainState: {name} must be a tensor, a generator, a plain value, or have state_dict() "
                                f"and load_state_dict(); got {type(part).__name__}")
            self._parts[name] = part

    def __getattr__(self, name):
        parts = self.__dict__.get("_parts", {})
        if name in parts:
            return parts[name]
        raise AttributeError(f"TrainState has no part {name!r}; it has {', '.join(parts) or 'none'}")

    def __setattr__(self, name, value):
        if name not in self._parts:
            raise AttributeError(f"TrainState has no part {name!r}: name it where the TrainState is made")
        if not isinstance(self._parts[name], _plain) or not isinstance(value, _plain):
            raise TypeError(f"TrainState: {name} is not a plain value that could be set to another")
        self._parts[name] = value

    def __repr__(self):
        shown = (f"{n}={p!r}" if isinstance(p, _plain) else f"{n}=<{type(p).__name__}>" for n, p in self._parts.items())
        return f"TrainState({', '.join(shown)})"

    def expect(self, **values):
        """Plain values that must be the same when training goes on: a batch size, a seed."""
        for name, value in values.items():
            if not isinstance(value, _plain):
                raise TypeError(f"TrainState.expect: {name} must be a plain value, got {type(value).__name__}")
            self._expected[name] = value

    def save(self, path):
        """Writes everything into a program file, which is replaced as a whole: a reader finds the old one or this."""
        tensors = {}
        structure = {name: _encode(_state_of(part), name, tensors) for name, part in self._parts.items()}
        tensors["generator"] = _C.default_generator.get_state()
        outside = {"python": _encode(random.getstate(), "python", tensors)}
        if "numpy" in sys.modules:
            outside["numpy"] = _encode(_numpy_state(), "numpy", tensors)
        described = {"parts": structure, "expected": self._expected, "outside": outside}
        file = _C._Programs.parse("", {name: t.detach() for name, t in tensors.items()})
        file.save(os.fspath(path), {"train_state": json.dumps(described).encode()}, _kind)

    def resume(self, path):
        """load() where there is such a file; whether there was."""
        if not os.path.exists(path):
            return False
        self.load(path)
        return True

    def load(self, path):
        """Puts everything back. Parts that are missing or too many, values that were expected otherwise, and tensors of
        another type are errors before anything changes; what a part's load_state_dict checks itself comes after."""
        file = _C._Programs.load(os.fspath(path), True, False)
        if file.metadata().get("kind") != _kind["kind"] or "train_state" not in file.assets():
            raise _C.FormatError(f"TrainState: {str(path)!r} holds no state of training in Python; TrainState.save "
                                 "writes one")
        described, tensors = json.loads(file.assets()["train_state"]), file.state()
        parts = {name: _decode(value, tensors) for name, value in described["parts"].items()}
        for name in self._parts:
            if name not in parts:
                raise ValueError(f"TrainState: {str(path)!r} has no part {name!r}; it has {', '.join(parts)}")
        for name in parts:
            if name not in self._parts:
                raise ValueError(f"TrainState: {str(path)!r} has a part {name!r}, which this training does not have")
        for name in {**described["expected"], **self._expected}:
            saved, now = (of.get(name, "nothing") for of in (described["expected"], self._expected))
            if saved != now:
                raise ValueError(f"TrainState: training began with {name} = {saved} and goes on only with that, not with "
                                 f"{now}")
        for name, part in self._parts.items():
            if isinstance(part, _C.Tensor):
                saved = parts[name]
                if (saved.shape, saved.dtype) != (part.shape, part.dtype):
                    raise ValueError(f"TrainState: {name} is {part.dtype} of shape {tuple(part.shape)}, in {str(path)!r} "
                                     f"it is {saved.dtype} of shape {tuple(saved.shape)}")
        for name, part in self._parts.items():
            if isinstance(part, _plain):
                self._parts[name] = parts[name]
            elif isinstance(part, _C.Tensor):
                part.detach().copy_(parts[name])
            elif isinstance(part, _C.Generator):
                part.set_state(parts[name])
            else:
                part.load_state_dict(parts[name])
        _C.default_generator.set_state(tensors["generator"])
        random.setstate(_decode(described["outside"]["python"], tensors))
        if "numpy" in described["outside"]:
            import numpy.random

            numpy.random.set_state(_decode(described["outside"]["numpy"], tensors))


def _has_state(part):
    return callable(getattr(part, "state_dict", None)) and callable(getattr(part, "load_state_dict", None))


def _state_of(part):
    if isinstance(part, _C.Generator):
        return part.get_state()
    return part.state_dict() if _has_state(part) else part


def _numpy_state():
    import numpy.random

    name, keys, *rest = numpy.random.get_state()
    return (name, keys.tolist(), *rest)


def _encode(value, where, tensors):
    """As JSON, in which a tensor is {"tensor": its name among `tensors`}."""
    if isinstance(value, _C.Tensor):
        name = where
        while name in tensors or name == "generator":
            name += "~"
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, _plain):
        return value
    if isinstance(value, (list, tuple)):
        items = [_encode(v, f"{where}.{i}", tensors) for i, v in enumerate(value)]
        return items if isinstance(value, list) else {"tuple": items}
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, _plain):
                raise TypeError(f"TrainState: {where} has a key {key!r}; expected a string or a number")
        return {"dict": [[k, _encode(v, f"{where}.{k}", tensors)] for k, v in value.items()]}
    raise TypeError(f"TrainState: {where} is a {type(value).__name__}; expected tensors, numbers, strings, and lists, "
                    "tuples and dicts of them")


def _decode(value, tensors):
    if isinstance(value, list):
        return [_decode(v, tensors) for v in value]
    if not isinstance(value, dict):
        return value
    (kind, held), = value.items()
    if kind == "tensor":
        return tensors[held].clone()
    if kind == "tuple":
        return tuple(_decode(v, tensors) for v in held)
    return {k: _decode(v, tensors) for k, v in held}
