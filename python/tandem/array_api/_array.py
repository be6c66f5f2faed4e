"""Array: a Tensor whose operators follow the standard."""

import functools

from tandem import _C
from tandem._C import Tensor

from ._indexing import forward, places_in_result


def is_array(value):
    return isinstance(value, Tensor)


def meet(x1, x2):
    """Two operands in one dtype. A 0-d array counts as any other; a Python number takes the array's dtype where it is of
    no higher kind."""
    if is_array(x1) and is_array(x2) and x1.dtype is not x2.dtype:
        dtype = _C.promote_types(x1.dtype, x2.dtype)
        return x1.to(dtype), x2.to(dtype)
    return x1, x2


def as_arrays(result):
    """Tensors of a result, which may be a tuple, as Arrays."""
    if isinstance(result, Array):
        return result
    if isinstance(result, Tensor):
        return result.as_subclass(Array)
    if isinstance(result, (tuple, list)):
        parts = [as_arrays(part) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    return result


def floor_divide(x1, x2):
    """floor(x1 / x2); where one is infinite, x1 / x2, as the standard has it."""
    result = _C.floor_divide(x1, x2)
    if not result.is_floating_point():
        return result
    infinite = _C.isinf(_tensor(x1, result)) | _C.isinf(_tensor(x2, result))
    return _C.where(infinite, _C.div(x1, x2), result)


def remainder(x1, x2):
    """What floor_divide() leaves; a zero has the sign of x2."""
    result = _C.remainder(x1, x2)
    if not result.is_floating_point():
        return result
    return _C.where(result == 0, _C.where(_C.signbit(_tensor(x2, result)), -0.0, 0.0).to(result.dtype), result)


def _tensor(value, like):
    return value if is_array(value) else _C.full((), value, dtype=like.dtype)


def _kinds(values, found):
    for value in values:
        if isinstance(value, Tensor):
            found.add(isinstance(value, Array))
        elif isinstance(value, (tuple, list)):
            _kinds(value, found)
    return found


def function(f):
    """A function of the namespace: of plain Tensors it gives Tensors, else Arrays."""

    @functools.wraps(f)
    def public(*args, **kwargs):
        kinds = _kinds((*args, *kwargs.values()), set())
        result = f(*args, **kwargs)
        return result if kinds == {False} else as_arrays(result)

    return public


class _Count(int):
    """The number of elements. Called, it is PyTorch's size()."""

    def __new__(cls, shape):
        count = super().__new__(cls, shape.numel())
        count._shape = shape
        return count

    def __call__(self, dim=None):
        return self._shape if dim is None else self._shape[dim]


class Array(Tensor):
    """A tensor as the array API standard has it. Its elements, gradients and methods are a Tensor's; only
    its operators differ: a 0-d array promotes as any other, and they give Arrays again.

        xp = tandem.array_api
        xp.asarray([1, 2, 3]) * xp.asarray(0.5)
    """

    def __array_namespace__(self, /, *, api_version=None):
        return namespace(self, api_version=api_version)

    @property
    def size(self):
        """The number of elements."""
        return _Count(self.shape)

    @property
    def T(self):
        """A matrix's transpose."""
        if self.ndim != 2:
            raise _C.ShapeError(f"T: expected an array of 2 dims, got {list(self.shape)}; use mT or permute_dims()")
        return as_arrays(Tensor.t(self))

    @property
    def mT(self):
        """The last two dims exchanged."""
        return as_arrays(Tensor.transpose(self, -1, -2))

    def to_device(self, device, /, *, stream=None):
        """Itself: arrays are on the CPU."""
        if stream is not None:
            raise _C.ArgumentError("to_device: the CPU has no streams; stream must be None")
        return as_arrays(self.to(_C.device(device)))

    def __getitem__(self, key, /):
        x, key, _ = forward(self, key)
        return as_arrays(Tensor.__getitem__(x, key))

    def __iter__(self):
        return map(as_arrays, Tensor.__iter__(self))

    def __setitem__(self, key, value, /):
        if is_array(value) and value.dtype is not self.dtype:
            value = value.to(self.dtype)
        x, key, flipped = forward(self, key, view=True)
        if flipped and is_array(value) and value.ndim:
            shape = Tensor.__getitem__(x, key).shape
            value = _C.flip(value.broadcast_to(shape), places_in_result(key, x.ndim, flipped))
        Tensor.__setitem__(x, key, value)

    def __complex__(self):
        return complex(self.item())

    def __ifloordiv__(self, other, /):
        return self.copy_(self // other)

    def __imod__(self, other, /):
        return self.copy_(self % other)

    __hash__ = Tensor.__hash__


def _binary(name):
    slot = _corrected.get(name) or getattr(Tensor, name)

    def operator(self, other, /):
        result = slot(*meet(self, other))
        return result if result is NotImplemented else as_arrays(result)

    operator.__name__ = name
    return operator


_corrected = {
    "__floordiv__": floor_divide, "__rfloordiv__": lambda x1, x2: floor_divide(x2, x1),
    "__mod__": remainder, "__rmod__": lambda x1, x2: remainder(x2, x1)}


def _unary(name):
    slot = getattr(Tensor, name)

    def operator(self, /):
        return as_arrays(slot(self))

    operator.__name__ = name
    return operator


for _name in ("add sub mul truediv floordiv mod pow matmul and or xor lshift rshift").split():
    for _form in ("__{}__", "__r{}__"):
        setattr(Array, _form.format(_name), _binary(_form.format(_name)))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Array, f"__{_name}__", _binary(f"__{_name}__"))
for _name in ("neg", "pos", "abs", "invert"):
    setattr(Array, f"__{_name}__", _unary(f"__{_name}__"))


def namespace(tensor, /, *, api_version=None):
    """tandem.array_api, for any tensor."""
    from tandem import array_api

    if api_version is not None and api_version not in array_api.versions:
        raise _C.ArgumentError(f"__array_namespace__: there is no version {api_version!r}; expected one of "
                               f"{', '.join(array_api.versions)}")
    return array_api
