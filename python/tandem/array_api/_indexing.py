"""Slices of a negative step, which Tensor refuses: the elements in their order, then reversed."""

from tandem import _C
from tandem._C import Tensor


def _dims_of(part):
    """How many dims of the array a part of a key takes."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.ndim if isinstance(part, Tensor) and part.dtype is _C.bool else 1


def forward(x, key, view=False):
    """(x, key, dims) that mean the same without negative steps. With ``view``, x is not reversed: ``dims`` of it are
    what is left to reverse."""
    parts = list(key) if isinstance(key, tuple) else [key]
    if isinstance(key, Tensor) and key.dtype is _C.bool and 0 in key.shape and key.ndim <= x.ndim and all(
            k in (0, n) for k, n in zip(key.shape, x.shape)):
        return x, _C.zeros(tuple(x.shape[:key.ndim]), dtype=_C.bool), []  # a mask without elements takes none
    if not any(isinstance(p, slice) and p.step is not None and p.step < 0 for p in parts):
        return x, key, []
    x = x.as_subclass(Tensor)
    rest = x.ndim - sum(map(_dims_of, parts))
    dim, left = 0, []
    for i, part in enumerate(parts):
        if part is Ellipsis:
            dim += rest
        elif isinstance(part, slice) and part.step is not None and part.step < 0:
            places = range(*part.indices(x.shape[dim]))
            chosen = slice(places[-1], places[0] + 1, -part.step) if places else slice(0, 0)
            x = x[(slice(None),) * dim + (chosen,)]
            if view:
                left.append(dim)
            else:
                x = _C.flip(x, (dim,))
            parts[i] = slice(None)
        dim += _dims_of(part) if part is not Ellipsis else 0
    return x, tuple(parts), left


def places_in_result(key, ndim, dims):
    """Where dims of the array stand in what the key gives."""
    if not all(p is None or p is Ellipsis or isinstance(p, slice) or isinstance(p, int) and not isinstance(p, bool)
               for p in key):
        raise _C.OutOfRangeError("index: a slice of negative step beside index arrays cannot be assigned to; reverse "
                                 "the value with flip() instead")
    rest = ndim - sum(map(_dims_of, key))
    at, place, found = 0, 0, []
    for part in (*key, *(() if Ellipsis in key else (Ellipsis,))):
        count = rest if part is Ellipsis else 1
        if part is None or part is Ellipsis or isinstance(part, slice):
            if part is not None and any(d in dims for d in range(at, at + count)):
                found += [place + d - at for d in dims if at <= d < at + count]
            place += count
        at += 0 if part is None else count
    return tuple(found)
