"""Arrays from nothing, from Python's data and from other libraries."""

import tandem
from tandem import _C

from ._array import as_arrays, function, is_array
from ._dtypes import of_number

_asarray, _arange = tandem.asarray, tandem.arange
_float = _C.float32


def _on(device):
    if device is not None and _C.device(device).type != "cpu":
        raise _C.ArgumentError(f"device: expected 'cpu', got {device}")


def _size(shape):
    return (shape,) if isinstance(shape, int) else tuple(shape)


def asarray(obj, /, *, dtype=None, device=None, copy=None):
    """An array of a number, nested lists, or an array, which is shared where that is possible. ``copy=False`` raises
    where it is not."""
    _on(device)
    if is_array(obj):
        new = dtype is not None and obj.dtype is not dtype
        if new and copy is False:
            raise _C.ArgumentError(f"asarray: {obj.dtype} to {dtype} needs a copy, and copy is False")
        result = obj.to(dtype) if new else obj.clone() if copy else obj
    else:
        if copy is False and not hasattr(obj, "__array_interface__") and not hasattr(obj, "__dlpack__"):
            raise _C.ArgumentError(f"asarray: {type(obj).__name__} needs a copy, and copy is False")
        if isinstance(obj, (list, tuple)) and _holds_arrays(obj):
            result = _stacked(obj)
            result = result if dtype is None else result.to(dtype)
        else:
            result = _asarray(obj, dtype=dtype, copy=copy)
    return as_arrays(result)


def _holds_arrays(data):
    return any(is_array(d) or isinstance(d, (list, tuple)) and _holds_arrays(d) for d in data)


def _stacked(data):
    from ._dtypes import result_type

    parts = [_stacked(d) if isinstance(d, (list, tuple)) else d if is_array(d) else _asarray(d) for d in data]
    dtype = result_type(*parts)
    return _C.stack([p.to(dtype) for p in parts])


def from_dlpack(x, /, *, device=None, copy=None):
    """The elements of another library's array, shared unless a copy is asked for."""
    _on(device)
    return as_arrays(_C.from_dlpack(x, copy=copy))


def arange(start, /, stop=None, step=1, *, dtype=None, device=None):
    """start, start + step, … before stop."""
    _on(device)
    if stop is None:
        start, stop = 0, start
    if dtype is None:
        dtype = _float if any(isinstance(v, float) for v in (start, stop, step)) else _C.int64
    if step == 0:
        raise _C.ArgumentError("arange: step must not be 0")
    if (stop - start) / step <= 0:
        return empty((0,), dtype=dtype)
    if any(isinstance(v, float) for v in (start, stop, step)):
        return as_arrays(_arange(start, stop, step, dtype=_C.float64).to(dtype))
    return as_arrays(_arange(start, stop, step, dtype=_C.int64).to(dtype))


def empty(shape, *, dtype=None, device=None):
    """An array whose elements have no value yet."""
    _on(device)
    return as_arrays(_C.empty(_size(shape), dtype=dtype or _float))


def zeros(shape, *, dtype=None, device=None):
    _on(device)
    return as_arrays(_C.zeros(_size(shape), dtype=dtype or _float))


def ones(shape, *, dtype=None, device=None):
    _on(device)
    return as_arrays(_C.ones(_size(shape), dtype=dtype or _float))


def full(shape, fill_value, *, dtype=None, device=None):
    """Every element is fill_value, whose kind gives the dtype where none is named."""
    _on(device)
    return as_arrays(_C.full(_size(shape), fill_value, dtype=dtype or of_number(fill_value)))


@function
def empty_like(x, /, *, dtype=None, device=None):
    _on(device)
    return _C.empty(tuple(x.shape), dtype=dtype or x.dtype)


@function
def zeros_like(x, /, *, dtype=None, device=None):
    _on(device)
    return _C.zeros(tuple(x.shape), dtype=dtype or x.dtype)


@function
def ones_like(x, /, *, dtype=None, device=None):
    _on(device)
    return _C.ones(tuple(x.shape), dtype=dtype or x.dtype)


@function
def full_like(x, /, fill_value, *, dtype=None, device=None):
    _on(device)
    return _C.full(tuple(x.shape), fill_value, dtype=dtype or x.dtype)


def eye(n_rows, n_cols=None, /, *, k=0, dtype=None, device=None):
    """1 on the k-th diagonal, 0 elsewhere."""
    _on(device)
    n_cols = n_rows if n_cols is None else n_cols
    k = max(-n_rows, min(k, n_cols))
    rows = _arange(n_rows).reshape(n_rows, 1)
    return as_arrays((rows + k == _arange(n_cols)).to(dtype or _float))


def linspace(start, stop, /, num, *, dtype=None, device=None, endpoint=True):
    """num values at equal distances, from start to stop, which is left out with endpoint=False."""
    _on(device)
    dtype = dtype or _float
    if endpoint:
        result = _C.linspace(start, stop, num, dtype=_C.float64)
    else:
        result = _C.linspace(start, stop, num + 1, dtype=_C.float64)[:num]
    return as_arrays(result.to(dtype))


@function
def meshgrid(*arrays, indexing="xy"):
    """Coordinate arrays of 1-d ones; "xy" exchanges the first two dims."""
    if indexing not in ("xy", "ij"):
        raise _C.ArgumentError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}")
    n = len(arrays)
    order = list(range(n))
    if indexing == "xy" and n > 1:
        order[:2] = 1, 0
    shape = [arrays[i].shape[0] for i in order]
    made = []
    for i, a in enumerate(arrays):
        place = [1] * n
        place[order.index(i)] = a.shape[0]
        made.append(a.reshape(place).broadcast_to(shape).clone())
    return tuple(made)


@function
def tril(x, /, *, k=0):
    return _C.tril(x, k)


@function
def triu(x, /, *, k=0):
    return _C.triu(x, k)
