"""Sums, extremes, moments; any and all; differences."""

import builtins

from tandem import _C

from ._array import function
from ._dtypes import isdtype
from ._manipulation import axes_of, concat



def _reduced(name, x, axis, keepdims, op):
    """op(x, axes, keepdims), where no axes at all leave the elements as they are."""
    axes = axes_of(axis, x.ndim, name)
    if not axes and x.ndim:
        return op(x.unsqueeze(0), (0,), False)
    return op(x, axes, keepdims)


def _accumulator(x, dtype):
    """Sums of small integers are int64."""
    if dtype is not None:
        return x.to(dtype)
    return x.to(_C.int64) if isdtype(x.dtype, ("integral", "bool")) else x


@function
def sum(x, /, *, axis=None, dtype=None, keepdims=False):
    """Integers are added in int64."""
    return _reduced("sum", _accumulator(x, dtype), axis, keepdims, lambda x, d, k: _C.sum(x, d, k, dtype=x.dtype))


@function
def prod(x, /, *, axis=None, dtype=None, keepdims=False):
    """Integers are multiplied in int64."""
    return _reduced("prod", _accumulator(x, dtype), axis, keepdims, lambda x, d, k: _C.prod(x, d, k, dtype=x.dtype))


@function
def max(x, /, *, axis=None, keepdims=False):
    return _reduced("max", x, axis, keepdims, _C.amax)


@function
def min(x, /, *, axis=None, keepdims=False):
    return _reduced("min", x, axis, keepdims, _C.amin)


@function
def mean(x, /, *, axis=None, keepdims=False):
    return _reduced("mean", x, axis, keepdims, _C.mean)


def _spread(name, op):
    def f(x, /, *, axis=None, correction=0.0, keepdims=False):
        return _reduced(name, x, axis, keepdims, lambda x, d, k: op(x, d, correction=correction, keepdim=k))

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"Of n elements the divisor is n - correction: as torch.{name}, but that the correction is 0."
    return function(f)


var, std = _spread("var", _C.var), _spread("std", _C.std)


@function
def all(x, /, *, axis=None, keepdims=False):
    return _reduced("all", x, axis, keepdims, _C.all)


@function
def any(x, /, *, axis=None, keepdims=False):
    return _reduced("any", x, axis, keepdims, _C.any)


@function
def count_nonzero(x, /, *, axis=None, keepdims=False):
    return _reduced("count_nonzero", x != 0, axis, keepdims, lambda x, d, k: _C.sum(x, d, k))


def _cumulative(name, op, initial):
    def f(x, /, *, axis=None, dtype=None, include_initial=False):
        if axis is None:
            if x.ndim > 1:
                raise _C.ArgumentError(f"{name}: x of shape {list(x.shape)} needs an axis")
            axis = 0
        x = _accumulator(x, dtype)
        x = x if x.ndim else x.reshape(1)
        axis = axes_of(axis, x.ndim, name)[0]
        result = op(x, axis).to(x.dtype)
        if not include_initial:
            return result
        first = list(x.shape)
        first[axis] = 1
        return concat([_C.full(first, initial, dtype=result.dtype), result], axis=axis)

    f.__name__ = f.__qualname__ = name
    f.__doc__ = f"Of the elements up to each place; include_initial puts the {initial} of none before them."
    return function(f)


cumulative_sum = _cumulative("cumulative_sum", _C.cumsum, 0)
cumulative_prod = _cumulative("cumulative_prod", _C.cumprod, 1)


@function
def diff(x, /, *, axis=-1, n=1, prepend=None, append=None):
    """The differences of neighbours along an axis, n times."""
    axis = axes_of(axis, x.ndim, "diff")[0]
    parts = [p for p in (prepend, x, append) if p is not None]
    x = concat(parts, axis=axis) if len(parts) > 1 else x
    for _ in range(n):
        size = builtins.max(x.shape[axis] - 1, 0)
        after, before = x.narrow(axis, x.shape[axis] - size, size), x.narrow(axis, 0, size)
        x = after != before if x.dtype is _C.bool else after - before
    return x


__all__ = ["all", "any", "count_nonzero", "cumulative_prod", "cumulative_sum", "diff", "max", "mean", "min", "prod",
           "std", "sum", "var"]
