"""Shapes, and elements by their places."""

import tandem
from tandem import _C

from ._array import function, is_array
from ._dtypes import result_type

_concat = tandem.cat


def axes_of(axis, ndim, name):
    """Axes as a tuple of 0..ndim-1; None is all."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in axes:
        if not -ndim <= a < ndim:
            raise _C.OutOfRangeError(f"{name}: axis {a} is out of range for {ndim} dims")
    found = tuple(a % ndim for a in axes)
    if len(set(found)) != len(found):
        raise _C.ArgumentError(f"{name}: the same axis twice in {axes}")
    return found


@function
def broadcast_arrays(*arrays):
    shape = broadcast_shapes(*(a.shape for a in arrays))
    return tuple(a.broadcast_to(shape) for a in arrays)


def broadcast_shapes(*shapes):
    """The shape that these broadcast to."""
    result = []
    for shape in shapes:
        sizes = list(shape)
        result = [1] * (len(sizes) - len(result)) + result
        sizes = [1] * (len(result) - len(sizes)) + sizes
        for i, (a, b) in enumerate(zip(result, sizes)):
            if a != b and 1 not in (a, b):
                raise _C.ArgumentError(f"broadcast_shapes: {', '.join(str(tuple(s)) for s in shapes)} do not broadcast")
            result[i] = b if a == 1 else a
    return tuple(result)


@function
def broadcast_to(x, /, shape):
    return x.broadcast_to(tuple(shape))


@function
def concat(arrays, /, *, axis=0):
    """Arrays one after the other along an axis; None makes each 1-d first."""
    dtype = result_type(*arrays)
    parts = [a if a.dtype is dtype else a.to(dtype) for a in arrays]
    if axis is None:
        parts, axis = [p.reshape(-1) for p in parts], 0
    return _concat(parts, axis)


@function
def expand_dims(x, /, axis):
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    for a in sorted(axes_of(axes, x.ndim + len(axes), "expand_dims")):
        x = x.unsqueeze(a)
    return x


@function
def flip(x, /, *, axis=None):
    return _C.flip(x, axes_of(axis, x.ndim, "flip")) if x.ndim else x


@function
def moveaxis(x, source, destination, /):
    return _C.movedim(x, source, destination)


@function
def permute_dims(x, /, axes):
    return _C.permute(x, tuple(axes))


@function
def repeat(x, repeats, /, *, axis=None):
    """Each element, or slice along the axis, as often as `repeats` says."""
    if axis is None:
        x, axis = x.reshape(-1), 0
    n = x.shape[axis]
    if is_array(repeats):
        repeats = repeats.to(_C.int64)
        if repeats.numel() == 1:
            repeats = repeats.reshape(1).broadcast_to((n,)).contiguous()
    else:
        repeats = _C.full((n,), repeats, dtype=_C.int64)
    return _C.repeat_interleave(x, repeats, axis)


@function
def reshape(x, /, shape, *, copy=None):
    """``copy=False`` raises where the elements do not lie so that a view is possible."""
    if copy is False:
        try:
            return x.view(tuple(shape))
        except _C.Error as error:
            raise _C.ArgumentError(f"reshape: copy is False, and {error}") from None
    return x.clone().reshape(tuple(shape)) if copy else x.reshape(tuple(shape))


@function
def roll(x, /, shift, *, axis=None):
    if axis is None:
        return _C.roll(x.reshape(-1), shift, 0).reshape(x.shape) if x.ndim else x
    if isinstance(shift, tuple) or isinstance(axis, tuple):
        axis = axis if isinstance(axis, tuple) else (axis,) * len(shift)
        shift = shift if isinstance(shift, tuple) else (shift,) * len(axis)
    return _C.roll(x, shift, axis)


@function
def squeeze(x, /, axis):
    """Without axes of size 1."""
    axes = axes_of(axis, x.ndim, "squeeze")
    for a in axes:
        if x.shape[a] != 1:
            raise _C.ArgumentError(f"squeeze: axis {a} of shape {list(x.shape)} is not 1")
    return x.reshape([n for i, n in enumerate(x.shape) if i not in axes])


@function
def stack(arrays, /, *, axis=0):
    dtype = result_type(*arrays)
    return _C.stack([a if a.dtype is dtype else a.to(dtype) for a in arrays], axis)


@function
def tile(x, repetitions, /):
    return _C.tile(x, tuple(repetitions))


@function
def unstack(x, /, *, axis=0):
    return tuple(x.select(axis, i) for i in range(x.shape[axis]))


@function
def take(x, indices, /, *, axis=None):
    """Slices at these places of an axis."""
    if axis is None:
        if x.ndim != 1:
            raise _C.ArgumentError(f"take: x of shape {list(x.shape)} needs an axis")
        axis = 0
    axis = axes_of(axis, x.ndim, "take")[0]
    flat = _C.index_select(x, axis, _wrapped(indices.reshape(-1), x.shape[axis]))
    return flat.reshape((*x.shape[:axis], *indices.shape, *x.shape[axis + 1:]))


@function
def take_along_axis(x, indices, /, *, axis=-1):
    """``x[i, indices[i, j]]`` and so on: a place along the axis for each line of x."""
    axis = axes_of(axis, x.ndim, "take_along_axis")[0]
    return _C.take_along_dim(x, _wrapped(indices, x.shape[axis]), axis)


def _wrapped(indices, size):
    indices = indices.to(_C.int64)
    return _C.where(indices < 0, indices + size, indices)


__all__ = ["broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis",
           "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "take", "take_along_axis", "tile", "unstack"]
