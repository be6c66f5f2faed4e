"""Parametrizations: a parameter as a function of others, computed whenever it is read.

    parametrize.register_parametrization(layer, "weight", Symmetric())
"""

from contextlib import contextmanager

from ..containers import ModuleDict, ModuleList
from ..module import Module
from ..parameter import Parameter

_cache_depth, _cache = 0, {}


@contextmanager
def cached():
    """Inside, each parametrized tensor is computed once."""
    global _cache_depth
    _cache_depth += 1
    try:
        yield
    finally:
        _cache_depth -= 1
        if not _cache_depth:
            _cache.clear()


class ParametrizationList(ModuleList):
    """The functions of one tensor, applied in order, and the original that they start from."""

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        value = original
        for module in reversed(list(self)):
            if hasattr(module, "right_inverse"):
                value = module.right_inverse(value)
        self.is_tensor = not isinstance(value, (tuple, list))
        for name, tensor in (("original", value),) if self.is_tensor else ((f"original{i}", v) for i, v in enumerate(value)):
            if isinstance(original, Parameter):
                keeps = self.is_tensor and value is original
                setattr(self, name, original if keeps else Parameter(tensor, requires_grad=original.requires_grad))
            else:
                self.register_buffer(name, tensor)
        self.ntensors = 1 if self.is_tensor else len(value)

    def originals(self):
        return (self.original,) if self.is_tensor else tuple(getattr(self, f"original{i}") for i in range(self.ntensors))

    def right_inverse(self, value):
        """Sets the original so that this gives ``value``."""
        from ... import no_grad

        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(f"parametrization {type(module).__name__} does not implement right_inverse.")
                value = module.right_inverse(value)
            for own, new in zip(self.originals(), (value,) if self.is_tensor else value):
                own.data = new

    def forward(self):
        first, *rest = self
        value = first(*self.originals())
        for module in rest:
            value = module(value)
        return value


def _property(name):
    def get(self):
        parametrization = self.parametrizations[name]
        if not _cache_depth:
            return parametrization()
        key = (id(self), name)
        if key not in _cache:
            _cache[key] = parametrization()
        return _cache[key]

    def set(self, value):
        self.parametrizations[name].right_inverse(value)

    return property(get, set)


def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """From now on ``module.tensor_name`` is ``parametrization(original)``. A method right_inverse, where there is one,
    gives the original for the value it has."""
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        parametrizations = module.parametrizations[tensor_name]
        if hasattr(parametrization, "right_inverse"):
            from ... import no_grad

            with no_grad():
                value = getattr(module, tensor_name)
                parametrizations.append(parametrization)
                parametrizations.right_inverse(parametrization(parametrization.right_inverse(value)))
        else:
            parametrizations.append(parametrization)
        return module
    original = module._parameters.get(tensor_name, module._buffers.get(tensor_name))
    if original is None:
        raise ValueError(f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
                         f"'{tensor_name}'")
    parametrizations = ParametrizationList([parametrization], original, unsafe)
    if not unsafe:
        value = parametrizations()
        if value.shape != original.shape or value.dtype != original.dtype:
            raise ValueError(f"Registering a parametrization may not change the shape or dtype of the tensor, unless the "
                             f"`unsafe` flag is enabled.\nmodule.{tensor_name}: {original.dtype} {tuple(original.shape)}, "
                             f"parametrized: {value.dtype} {tuple(value.shape)}")
    if "parametrizations" not in module._modules:
        cls = type(module)
        module.__class__ = type("Parametrized" + cls.__name__, (cls,), {"__module__": cls.__module__,
                                                                        "_parametrized_class": cls})
        module.parametrizations = ModuleDict()
    delattr(module, tensor_name)
    setattr(type(module), tensor_name, _property(tensor_name))
    module.parametrizations[tensor_name] = parametrizations
    return module


def is_parametrized(module, tensor_name=None):
    parametrizations = module._modules.get("parametrizations")
    if parametrizations is None:
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """Makes the tensor an ordinary one again, with the value that it has, or its original's."""
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    parametrizations = module.parametrizations[tensor_name]
    value = getattr(module, tensor_name).detach() if leave_parametrized else parametrizations.originals()[0]
    trained = any(isinstance(t, Parameter) for t in parametrizations.originals())
    del module.parametrizations[tensor_name]
    delattr(type(module), tensor_name)
    if not module.parametrizations:
        del module.parametrizations
        module.__class__ = type(module)._parametrized_class
    if trained:
        module.register_parameter(tensor_name, value if isinstance(value, Parameter) else Parameter(value))
    else:
        module.register_buffer(tensor_name, value)
    return module


class _Function(Module):
    """A parametrization made of two functions."""

    def __init__(self, forward, right_inverse):
        super().__init__()
        self._forward, self.right_inverse = forward, right_inverse

    def forward(self, *tensors):
        return self._forward(*tensors)
