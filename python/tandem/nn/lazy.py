"""Lazy modules: the number of inputs is that of the first input seen."""

import inspect

from .._C import _nn as _registry
from .module import Module
from .parameter import UninitializedParameter
from .reflected import Reflected, module_class

# The option that is left out, and the dim of the input that it is.
_inferred = {"Linear": ("in_features", -1), "Conv1d": ("in_channels", 1), "Conv2d": ("in_channels", 1),
             "Conv3d": ("in_channels", 1), "ConvTranspose1d": ("in_channels", 1), "ConvTranspose2d": ("in_channels", 1),
             "BatchNorm1d": ("num_features", 1), "BatchNorm2d": ("num_features", 1), "BatchNorm3d": ("num_features", 1),
             "InstanceNorm1d": ("num_features", 1), "InstanceNorm2d": ("num_features", 1)}


class LazyModule(Reflected):
    """What lazy modules share. Until the first input their parameters have no shape; then they are of the ordinary
    class, whose first weights are drawn at that moment."""

    def __init__(self, *args, **kwargs):
        Module.__init__(self)
        given = dict(self._lazy_signature.bind(*args, **kwargs).arguments)
        device, dtype = given.pop("device", None), given.pop("dtype", None)
        # A core of the smallest size tells which parameters there will be.
        core = _registry.Core.make(self._core_name, {**given, self._missing: given.get("groups", 1)}, False)
        self._adopt(core, given, lambda tensor: UninitializedParameter(dtype=dtype))
        self.__dict__.update(_given=given, _to=(device, dtype))
        self.__dict__[self._missing] = 0

    def __setattr__(self, name, value):
        Module.__setattr__(self, name, value)

    def __call__(self, *args, **kwargs):
        if self.has_uninitialized_params():
            self.initialize_parameters(*args, **kwargs)
        return Module.__call__(self, *args, **kwargs)

    _call_impl = __call__

    def has_uninitialized_params(self):
        return any(isinstance(p, UninitializedParameter) for p in self._parameters.values())

    def initialize_parameters(self, input, *args, **kwargs):
        """Becomes a module of the ordinary class, for inputs such as this one."""
        dim = self._from_dim if input.dim() > 1 or self._from_dim < 0 else 0
        if self._from_dim == 1 and self._core_name.startswith("Conv") and input.dim() == int(self._core_name[-2]) + 1:
            dim = 0  # one image alone
        device, dtype = self._to
        whole = module_class(self._core_name)(**self._given, **{self._missing: input.shape[dim]}, device=device, dtype=dtype)
        self._take(whole)

    def _take(self, whole):
        for name, parameter in whole._parameters.items():
            own = self._parameters[name]
            if own is not None:
                own.materialize(parameter.shape, dtype=parameter.dtype)
                own.data = parameter.data
        for name, buffer in whole._buffers.items():
            self._buffers[name] = buffer
        for name in whole._options:
            if name in whole.__dict__:
                self.__dict__[name] = whole.__dict__[name]
        self.__dict__.update(_hidden=whole._hidden, _core=None)
        del self.__dict__["_given"], self.__dict__["_to"]
        self.__class__ = type(whole)

    def _load_from_state_dict(self, state_dict, prefix, *rest):
        weight = state_dict.get(prefix + "weight")
        if weight is not None and self.has_uninitialized_params():
            axis = 0 if self._core_name.startswith(("ConvTranspose", "BatchNorm", "InstanceNorm")) else 1
            groups = 1 if axis == 0 else self._given.get("groups", 1)
            from . import init  # noqa: F401

            self._take(module_class(self._core_name)(**self._given, **{self._missing: weight.shape[axis] * groups}))
        type(self)._load_from_state_dict(self, state_dict, prefix, *rest) if not isinstance(self, LazyModule) \
            else Reflected._load_from_state_dict(self, state_dict, prefix, *rest)


def lazy_class(name):
    """The class of a lazy module; None where there is none of this name."""
    whole = name.removeprefix("Lazy")
    base = module_class(whole) if whole in _inferred else None
    if base is None:
        return None
    missing, dim = _inferred[whole]
    parameters = [p for p in base._constructor.parameters.values() if p.name != missing]
    return type(name, (LazyModule, base), {
        "__module__": "tandem.nn",
        "__doc__": f"{whole} whose {missing} is that of the first input.",
        "_missing": missing,
        "_from_dim": dim,
        "_lazy_signature": inspect.Signature(parameters),
        "__signature__": inspect.Signature(parameters),
    })
