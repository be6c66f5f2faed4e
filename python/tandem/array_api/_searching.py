"""Places, orders and sets."""

from collections import namedtuple

from tandem import _C

from ._array import function, is_array, meet
from ._dtypes import result_type
from ._manipulation import axes_of

unique_all_result = namedtuple("unique_all_result", ("values", "indices", "inverse_indices", "counts"))
unique_counts_result = namedtuple("unique_counts_result", ("values", "counts"))
unique_inverse_result = namedtuple("unique_inverse_result", ("values", "inverse_indices"))


def _place(name, op):
    def f(x, /, *, axis=None, keepdims=False):
        if axis is not None:
            return op(x, axes_of(axis, x.ndim, name)[0], keepdims)
        place = op(x.reshape(-1), 0, False)
        return place.reshape((1,) * x.ndim) if keepdims else place

    f.__name__ = f.__qualname__ = name
    f.__doc__ = op.__doc__
    return function(f)


argmax, argmin = _place("argmax", _C.argmax), _place("argmin", _C.argmin)


@function
def nonzero(x, /):
    """The places of elements that are not zero: an array of indices for each axis."""
    if x.ndim == 0:
        raise _C.ArgumentError("nonzero: expected at least one dim, got a 0-d array")
    return tuple(_C.nonzero(x).unbind(1))


@function
def searchsorted(x1, x2, /, *, side="left", sorter=None):
    """Where in x1, which is sorted (or x1[sorter] is), each of x2 belongs."""
    if side not in ("left", "right"):
        raise _C.ArgumentError(f"searchsorted: side must be 'left' or 'right', got {side!r}")
    if not is_array(x2):
        x2 = _C.full((), x2, dtype=x1.dtype)
    x1, x2 = meet(x1 if sorter is None else x1[sorter.to(_C.int64)], x2)
    found = _C.searchsorted(x1.contiguous(), x2.reshape(-1).contiguous(), side == "right")
    return found.reshape(x2.shape)


@function
def where(condition, x1, x2, /):
    """x1 where the condition holds, else x2."""
    if is_array(x1) and is_array(x2):
        x1, x2 = meet(x1, x2)
    elif not (is_array(x1) or is_array(x2)):
        raise _C.DTypeError("where: expected an array as x1 or x2, got two numbers")
    else:
        dtype = result_type(x1, x2)
        x1, x2 = (x.to(dtype) if is_array(x) else _C.full((), x, dtype=dtype) for x in (x1, x2))
    return _C.where(condition, x1, x2)


@function
def isin(x1, x2, /, *, invert=False):
    """Is each element of x1 one of x2?"""
    dtype = result_type(x1, x2)
    x1, x2 = (x.to(dtype) if is_array(x) else _C.full((), x, dtype=dtype) for x in (x1, x2))
    found = (x1.unsqueeze(-1) == x2.reshape(-1)).any(-1)
    return _C.logical_not(found) if invert else found


def _unique(x):
    """Values, first places, inverse, counts. A NaN equals no other."""
    flat = x.reshape(-1)
    order = _C.argsort(flat, 0, False, True)
    ordered = flat[order]
    new = _C.ones(tuple(flat.shape), dtype=_C.bool)
    new[1:] = ordered[1:] != ordered[:-1]
    group = _C.cumsum(new.to(_C.int64), 0) - 1
    starts = _C.nonzero(new).reshape(-1)
    ends = _C.zeros_like(starts)
    if starts.numel():
        ends[:-1] = starts[1:]
        ends[-1] = flat.numel()
    inverse = _C.zeros(tuple(flat.shape), dtype=_C.int64)
    inverse[order] = group
    return ordered[starts], order[starts], inverse.reshape(x.shape), ends - starts


@function
def unique_all(x, /):
    """The distinct elements in ascending order, where each first stands, which each element is, and how often each is."""
    return unique_all_result(*_unique(x))


@function
def unique_counts(x, /):
    values, _, _, counts = _unique(x)
    return unique_counts_result(values, counts)


@function
def unique_inverse(x, /):
    values, _, inverse, _ = _unique(x)
    return unique_inverse_result(values, inverse)


@function
def unique_values(x, /):
    return _unique(x)[0]


@function
def argsort(x, /, *, axis=-1, descending=False, stable=True):
    return _C.argsort(x, axis, descending, stable)


@function
def sort(x, /, *, axis=-1, descending=False, stable=True):
    return _C.sort(x, axis, descending, stable)[0]


__all__ = ["argmax", "argmin", "argsort", "isin", "nonzero", "searchsorted", "sort", "unique_all", "unique_counts",
           "unique_inverse", "unique_values", "where"]
