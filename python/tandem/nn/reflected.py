"""Tandem's own modules as Python classes, made from the module registry of C++ when first asked for.

The options are ordinary attributes. A class's core, the module of C++, is made from them when it is first needed and
again when one was changed; before each call it takes its tensors from the dicts of the Python module.
"""

import inspect

from .. import no_grad
from .._arguments import bind
from .._C import _nn as _registry
from .additions import additions
from .changes import changes
from .legacy import reduction_of
from .module import Module
from .parameter import Parameter

_names = frozenset(_registry.names())
_legacy = ("size_average", "reduce")


class Reflected(Module):
    """What the reflected classes share. ``_options`` names the options; the class's registry name is _core_name."""

    _core_name = None
    _options = frozenset()

    def __init__(self, *args, **kwargs):
        super().__init__()
        given = bind(self._core_name, self._constructor, args, kwargs).arguments
        device, dtype = given.pop("device", None), given.pop("dtype", None)
        words = {name: given.pop(name) for name in _legacy if name in given}
        if any(value is not None for value in words.values()):
            given["reduction"] = reduction_of(words.get("size_average"), words.get("reduce"))
        buffers = {name: given.pop(name) for name in list(given) if name not in self._options}
        core = _registry.Core.make(self._core_name, given, True)
        self._adopt(core, given)
        for name, tensor in buffers.items():
            self._buffers[name] = tensor
        if device is not None or dtype is not None:
            self.to(device=device, dtype=dtype)

    def _adopt(self, core, given=(), parameter=Parameter):
        """Takes a core's options, tensors and children as its own."""
        for name, tensor in core.parameters():
            self._parameters[name] = None if tensor is None else parameter(tensor)
        for name, tensor, persistent in core.buffers():
            self.register_buffer(name, tensor, persistent)
        for name, child in core.children():
            self._modules[name] = _wrapped(child)
        given, own = dict(given), self.__dict__
        own["_hidden"] = {}  # options that have a tensor's name: bias
        for name, value in core.options().items():
            # Words and single numbers stay as they were given: padding="same", p=0.
            passed = given.get(name)
            hidden = name in self._parameters or name in self._buffers
            (own["_hidden"] if hidden else own)[name] = passed if isinstance(passed, str) or passed == value else value
        own["_core"] = core

    def forward(self, *args, **kwargs):
        return self._current_core()(self, *args, **kwargs)

    def _current_core(self):
        core = self.__dict__["_core"]
        if core is None:
            core = self._new_core(draw=False)
            self.__dict__["_core"] = core
        return core

    def _new_core(self, draw):
        own = self.__dict__
        options = {**own["_hidden"], **{name: own[name] for name in self._options if name in own}}
        return _registry.Core.make(self._core_name, options, draw)

    def _runs_as_core(self):
        """Does calling it do just what its core does?"""
        return (type(self).forward is Reflected.forward and "forward" not in self.__dict__
                and not (self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks))

    def __setattr__(self, name, value):
        if name in self._options and name not in self.__dict__.get("_hidden", self._options):
            changes[0] += 1
            self.__dict__[name] = value
            self.__dict__["_core"] = None
        else:
            super().__setattr__(name, value)

    def __getstate__(self):
        return {**self.__dict__, "_core": None}

    def extra_repr(self):
        core = self._current_core()
        return core.extra_repr()

    def reset_parameters(self):
        """Draws the first values of parameters and buffers again."""
        fresh = self._new_core(draw=True)
        with no_grad():
            for name, tensor in fresh.parameters():
                if tensor is not None and self._parameters.get(name) is not None:
                    self._parameters[name].copy_(tensor)
        self._reset_buffers(fresh)
        for child in self.children():
            if hasattr(child, "reset_parameters"):
                child.reset_parameters()

    def reset_running_stats(self):
        self._reset_buffers(self._new_core(draw=False))

    def _reset_buffers(self, core):
        with no_grad():
            for name, tensor, _ in core.buffers():
                if tensor is not None and self._buffers.get(name) is not None:
                    self._buffers[name].copy_(tensor)

    def _load_from_state_dict(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs):
        version = local_metadata.get("version")
        if version is None or version < self._version:
            core = self._current_core()
            for name, tensor in self._own_state():
                if prefix + name not in state_dict and core.may_be_missing(name):
                    state_dict[prefix + name] = tensor.detach().clone()
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)


def _wrapped(core):
    """The Python module of a child that its parent's core has made."""
    cls = module_class(core.name)
    module = cls.__new__(cls)
    Module.__init__(module)
    module._adopt(core)
    return module


def _signature(parameters):
    return inspect.Signature([
        inspect.Parameter(entry[0], inspect.Parameter.POSITIONAL_OR_KEYWORD,
                          default=entry[1] if len(entry) > 1 else inspect.Parameter.empty)
        for entry in parameters
    ])


def module_class(name):
    """The class of a module of the registry; None where there is none of this name."""
    cls = _classes.get(name)
    if cls is None and name in _names:
        constructor = _signature([*_registry.constructor(name), ("device", None), ("dtype", None)])
        called = _signature(_registry.forward(name))
        base = _registry.base(name)
        cls = type(name, (*additions.get(name, ()), module_class(base) if base else Reflected), {
            "__module__": "tandem.nn",
            "__doc__": f"{name}{constructor}: called as module{called}.",
            "__signature__": constructor,
            "_core_name": name,
            "_version": _registry.version(name),
            "_constructor": constructor,
            "_options": frozenset(_registry.options(name)),
        })
        _classes[name] = cls
    return cls


_classes = {}
