"""Overloads that are not one op, and functions made of several: what PyTorch's names mean beyond
the registry. An overload is tried where the arguments do not fit the op, so it is on no hot path.
"""

from tandem import _C
from tandem._C import Tensor
from tandem._composed import _asked_for

__all__ = []


def _public(function):
    __all__.append(function.__name__)
    return function


def _method(function):
    """A function that is a method of Tensor too."""
    setattr(Tensor, function.__name__, function)
    return _public(function)


def _only_method(function):
    setattr(Tensor, function.__name__, function)
    return function


def _overload(op):
    """Has the function tried where arguments do not fit the op of this name."""

    def register(function):
        _C._overload(_C._ops[op], function)
        return function

    return register


# --- reductions: over all elements, or of two tensors ---


def _extreme(whole, pair):
    def overload(input, dim=None, keepdim=False, *, other=None, out=None, axis=None):
        other = dim if isinstance(dim, Tensor) else other
        if other is not None:
            return pair(input, other, out=out)
        if dim is None and axis is None:
            return whole(input, out=out)
        return NotImplemented

    return overload


_overload("max")(_extreme(_C.amax, _C.maximum))
_overload("min")(_extreme(_C.amin, _C.minimum))


_median = _C.median


@_method
def median(input, dim=None, keepdim=False, *, axis=None, out=None):
    """The median of all elements, of an even number the lower one; of a dim, with its indices."""
    dim = axis if dim is None else dim
    if dim is None:
        return _median(input.reshape(-1), 0).values
    return _median(input, dim, keepdim, out=out)


def _spread(op):
    """var(x, unbiased=False) and var(x, dim, unbiased, keepdim), as they were before `correction`."""

    def overload(input, dim=None, unbiased=None, keepdim=False, *, correction=1, axis=None, out=None):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1
        if unbiased is not None:
            correction = 1 if unbiased else 0
        return op(input, axis if dim is None else dim, correction, keepdim)

    return overload


for _name in ("var", "std", "var_mean", "std_mean"):
    _C._overload(_C._ops[_name], _spread(_C._ops[_name]))


# --- arithmetic with further arguments ---


@_overload("add")
def _add(input, other, *, alpha=1, out=None):
    return _C.add(input, other if alpha == 1 else _C.mul(other, alpha), out=out)


@_overload("sub")
def _sub(input, other, *, alpha=1, out=None):
    return _C.sub(input, other if alpha == 1 else _C.mul(other, alpha), out=out)


@_overload("add_")
def _add_in_place(input, other, *, alpha=1):
    return _C.add_(input, other if alpha == 1 else _C.mul(other, alpha))


@_overload("sub_")
def _sub_in_place(input, other, *, alpha=1):
    return _C.sub_(input, other if alpha == 1 else _C.mul(other, alpha))


@_overload("div")
def _div(input, other, *, rounding_mode=None, out=None):
    result = _C.div(input, other) if rounding_mode is None else _C._div_rounded(
        input, other, rounding_mode)
    return result if out is None else out.copy_(result)


@_overload("div_")
def _div_in_place(input, other, *, rounding_mode=None):
    if rounding_mode is None:
        return _C.div_(input, other)
    return input.copy_(_C._div_rounded(input, other, rounding_mode))


@_overload("round")
def _round(input, *, decimals=0):
    scale = 10.0**decimals
    return _C.round(input * scale) / scale


@_only_method
def __round__(self, decimals=0):
    return _C.round(self) if not decimals else _round(self, decimals=decimals)


@_method
def rsub(input, other, *, alpha=1):
    return other - (input if alpha == 1 else input * alpha)


@_only_method
def __rsub__(self, other):
    return _C.sub(other, self)


@_only_method
def __rpow__(self, other):
    return _C.pow(other, self)


@_only_method
def __rdiv__(self, other):
    return _C.div(other, self)


# --- a dtype to compute in ---


def _cast_first(op):
    def overload(input, dim=None, dtype=None, *, axis=None, _stacklevel=3):
        dim = axis if dim is None else dim
        if dim is None:
            return NotImplemented
        return op(input if dtype is None else input.to(dtype), dim)

    return overload


for _name in ("softmax", "log_softmax", "softmin"):
    _C._overload(_C._ops[_name], _cast_first(_C._ops[_name]))


# --- selection ---


@_overload("where")
def _where(condition, input=None, other=None):
    if input is None and other is None:
        return _nonzero(condition, as_tuple=True)
    return NotImplemented


setattr(Tensor, "where", lambda self, condition, other: _C.where(condition, self, other))


@_overload("nonzero")
def _nonzero(input, *, as_tuple=False):
    if not as_tuple:
        return _C.nonzero(input)
    return _C._where_indices((input if input.dim() else input.reshape(1)) != 0)


@_method
def argwhere(input):
    return _C.nonzero(input)


@_method
def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """The distinct elements, or slices along a dim, in ascending order."""
    return _asked_for(_C._unique(input) if dim is None else _C.unique_dim(input, dim), return_inverse, return_counts)


@_overload("sort")
def _sort(input, dim=-1, descending=False, stable=False, *, out=None):
    return _C.sort(input, dim, bool(descending), bool(stable), out=out)


@_overload("argsort")
def _argsort(input, dim=-1, descending=False, stable=False):
    return _C.argsort(input, dim, bool(descending), bool(stable))


@_overload("scatter")
def _scatter(input, dim, index, src=None, *, value=None, reduce=None):
    src = value if src is None else src
    if src is None:
        return NotImplemented
    if reduce is None:
        return _C.scatter(input, dim, index, src)
    if not isinstance(src, Tensor):
        src = _C.full_like(index, src, dtype=input.dtype)
    name = {"add": "sum", "multiply": "prod"}.get(reduce)
    if name is None:
        return NotImplemented
    return _C.scatter_reduce(input, dim, index, src, name)


@_overload("scatter_")
def _scatter_in_place(input, dim, index, src=None, *, value=None, reduce=None):
    result = _scatter(input, dim, index, src, value=value, reduce=reduce)
    return result if result is NotImplemented else input.copy_(result)


@_overload("bucketize")
def _bucketize(input, boundaries, *, out_int32=False, right=False):
    result = _C.bucketize(input, boundaries, right)
    return result.int() if out_int32 else result


@_overload("searchsorted")
def _searchsorted(sorted_sequence, values, *, out_int32=False, right=False, side=None):
    result = _C.searchsorted(sorted_sequence, values, side == "right" if side else right)
    return result.int() if out_int32 else result


@_overload("adaptive_max_pool1d")
def _adaptive_max_pool1d(input, output_size, return_indices=False):
    if not return_indices:
        return _C.adaptive_max_pool1d(input, output_size)
    size = output_size if isinstance(output_size, int) else output_size[0]
    values, indices = _C.adaptive_max_pool2d_with_indices(input.unsqueeze(-2), (1, size))
    return values.squeeze(-2), indices.squeeze(-2)


# --- shapes ---


@_overload("view")
def _view(input, *shape, dtype=None):
    if len(shape) == 1 and isinstance(shape[0], _C.dtype):
        dtype = shape[0]
    if dtype is None:
        return NotImplemented
    return _C._view_dtype(input, dtype)


@_overload("unflatten")
def _unflatten(input, dim, sizes):
    return _C.unflatten(input, dim, tuple(sizes))


@_overload("transpose")
def _transpose(input, dim0=None, dim1=None, *, axis0=None, axis1=None):
    if axis0 is None or axis1 is None:
        return NotImplemented
    return _C.transpose(input, axis0, axis1)


@_overload("tensordot")
def _tensordot(a, b, dims=2):
    if isinstance(dims, int):
        first, second = range(a.dim() - dims, a.dim()), range(dims)
    else:
        first, second = dims.tolist() if isinstance(dims, Tensor) else dims
        first = [first] if isinstance(first, int) else first
        second = [second] if isinstance(second, int) else second
    for i, j in zip(first, second):  # a dim of size 1 broadcasts against what is summed
        if a.shape[i] == 1 != b.shape[j]:
            b = b.sum(j, keepdim=True)
        elif b.shape[j] == 1 != a.shape[i]:
            a = a.sum(i, keepdim=True)
    return _C.tensordot(a, b, tuple(first), tuple(second))


@_overload("einsum")
def _einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        return _C.einsum(equation, *operands[0])
    return NotImplemented


@_method
def sum_to_size(input, *size):
    """Sums what broadcasting to the input's shape would have repeated."""
    size = tuple(size[0]) if len(size) == 1 and not isinstance(size[0], int) else size
    lead = input.dim() - len(size)
    if lead < 0:
        raise _C.ShapeError(f"sum_to_size: size {list(size)} has more dims than {list(input.shape)}")
    dims = list(range(lead))
    for i, n in enumerate(size):
        if n != input.shape[lead + i]:
            if n != 1:
                raise _C.ShapeError(f"sum_to_size: size {list(size)} does not broadcast to "
                                    f"{list(input.shape)}")
            dims.append(lead + i)
    return input.sum(dims, keepdim=True).reshape(size) if dims else input


@_overload("repeat_interleave")
def _repeat_interleave(input, repeats=None, dim=None, *, output_size=None):
    if repeats is None:
        return _C.repeat_interleave(_C.arange(0, input.numel(), 1), input)
    return _C.repeat_interleave(input, repeats, dim)


def _atleast(op):
    def overload(*tensors):
        if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
            tensors = tensors[0]
        return tuple(op(t) for t in tensors)

    return overload


for _name in ("atleast_1d", "atleast_2d", "atleast_3d"):
    _C._overload(_C._ops[_name], _atleast(_C._ops[_name]))


# --- creation ---


@_overload("arange")
def _arange(*args, **kwargs):
    if len(args) == 1 and "start" not in kwargs:
        end = args[0]
    elif not args and "end" in kwargs and "start" not in kwargs:
        end = kwargs.pop("end")
    else:
        return NotImplemented
    if isinstance(end, Tensor):
        end = end.item()
    return _C.arange(0.0 if isinstance(end, float) else 0, end, kwargs.pop("step", 1), **kwargs)


def _indices(op):
    def overload(row, col, offset=0, *, dtype=None, device=None, layout=None):
        result = op(row, col, offset)
        return result if dtype is None else result.to(dtype)

    return overload


for _name in ("tril_indices", "triu_indices"):
    _C._overload(_C._ops[_name], _indices(_C._ops[_name]))


@_overload("norm")
def _norm(input, p="fro", dim=None, keepdim=False, dtype=None, *, axis=None, out=None):
    if p is None or p == "fro":
        p = 2
    if not isinstance(p, (int, float)):
        return NotImplemented
    x = input if dtype is None else input.to(dtype)
    dim = axis if dim is None else dim
    return _C.norm(x, p) if dim is None else _C.norm(x, p, dim, keepdim)


@_public
def scalar_tensor(s, *, dtype=None, device=None, requires_grad=False, layout=None,
                  pin_memory=False):
    return _C.tensor(s, dtype=dtype or _C.float32, requires_grad=requires_grad)


@_only_method
def _repr_html_(self):
    """What notebooks show."""
    from tandem._html import of_tensor

    return of_tensor(self)


@_only_method
def __array_namespace__(self, /, *, api_version=None):
    """tandem.array_api: the array API standard's functions."""
    from tandem.array_api._array import namespace

    return namespace(self, api_version=api_version)


# --- trace: of a matrix, or of a function ---


@_overload("trace")
def _trace_function(f, inputs, *, name=None, state=None):
    from tandem.programs import trace

    return trace(f, inputs, name=name, state=state)
