"""Parameter: a tensor that a module trains. Buffer: one that it keeps. UninitializedParameter: one of no shape yet."""

from .. import Tensor
from .._C import _make_subclass


def rebuild_parameter(data, requires_grad, cls):
    """What the pickle of a parameter calls."""
    return cls(data, requires_grad)


class Parameter(Tensor):
    """``Parameter(data, requires_grad=True)`` shares the elements of ``data``. Assigned to an attribute of a module
    it is registered there, and parameters() lists it."""

    def __new__(cls, data=None, requires_grad=True):
        if data is None:
            from .. import empty

            data = empty(0)
        if not isinstance(data, Tensor):
            raise TypeError(f"expected a Tensor as the data of a Parameter, got {type(data).__name__}")
        return _make_subclass(cls, data.detach(), requires_grad)

    def __init__(self, data=None, requires_grad=True):
        pass

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __reduce_ex__(self, protocol):
        return rebuild_parameter, (self.data, self.requires_grad, type(self))


class Buffer(Tensor):
    """A tensor that becomes a buffer when assigned to an attribute of a module."""

    def __new__(cls, data=None, *, persistent=True):
        if data is None:
            from .. import empty

            data = empty(0)
        buffer = _make_subclass(cls, data.detach(), data.requires_grad)
        buffer.persistent = persistent
        return buffer

    def __init__(self, data=None, *, persistent=True):
        pass


class UninitializedParameter(Parameter):
    """A parameter whose shape is known only when its module has seen an input."""

    def __new__(cls, requires_grad=True, device=None, dtype=None):
        from .. import empty

        return _make_subclass(cls, empty(0, dtype=dtype), requires_grad)

    def __init__(self, requires_grad=True, device=None, dtype=None):
        pass

    def materialize(self, shape, device=None, dtype=None):
        """Takes a shape, with elements of no value yet, and is an ordinary Parameter from now on."""
        from .. import empty

        self.data = empty(tuple(shape), dtype=dtype or self.dtype)
        self.__class__ = Parameter

    def __repr__(self):
        return "<UninitializedParameter>"

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, dtype=self.dtype)
        return memo[id(self)]


def is_lazy(value):
    return isinstance(value, UninitializedParameter)
