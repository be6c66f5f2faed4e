"""Dtypes, their kinds and limits, and how they meet."""

from tandem import _C
from tandem._C import Tensor

from ._array import function, is_array

of_name = {n: getattr(_C, n) for n in "bool int8 int16 int32 int64 uint8 float32 float64".split()}
_signed = {_C.int8, _C.int16, _C.int32, _C.int64}
_floating = {_C.float16, _C.bfloat16, _C.float32, _C.float64}
kinds = {
    "bool": {_C.bool},
    "signed integer": _signed,
    "unsigned integer": {_C.uint8},
    "integral": _signed | {_C.uint8},
    "real floating": _floating,
    "complex floating": set(),
    "numeric": _signed | {_C.uint8} | _floating,
}


def isdtype(dtype, kind):
    """Is the dtype of this kind, or one of these? ``isdtype(x.dtype, ("real floating", "bool"))``"""
    if isinstance(kind, tuple):
        return any(isdtype(dtype, k) for k in kind)
    if isinstance(kind, str):
        if kind not in kinds:
            raise _C.ArgumentError(f"isdtype: there is no kind {kind!r}; expected one of {', '.join(kinds)}")
        return dtype in kinds[kind]
    return dtype is kind


def _dtype_of(value):
    return value.dtype if isinstance(value, Tensor) else value


def _is_number(value):
    return isinstance(value, (bool, int, float, complex))


def result_type(*arrays_and_dtypes):
    """The dtype in which these meet. Python numbers count only where they are of a higher kind."""
    strong = [_dtype_of(v) for v in arrays_and_dtypes if not _is_number(v)]
    if not strong:
        raise _C.ArgumentError("result_type: expected at least one array or dtype")
    result = strong[0]
    for dtype in strong[1:]:
        result = _C.promote_types(result, dtype)
    for number in arrays_and_dtypes:
        if isinstance(number, complex):
            raise _C.UnsupportedError("result_type: there are no complex dtypes")
        if isinstance(number, float) and not isdtype(result, "real floating"):
            result = _C.float32
        elif isinstance(number, int) and not isinstance(number, bool) and result is _C.bool:
            result = _C.int64
    return result


def can_cast(from_, to, /):
    """Does every value of one dtype exist in the other?"""
    from_ = _dtype_of(from_)
    if isdtype(from_, "integral") and isdtype(to, "real floating"):
        return False  # the standard leaves kinds apart
    return _C.promote_types(from_, to) is to


class finfo_object:
    """The limits of a floating dtype."""

    def __init__(self, dtype):
        limits = _C.finfo(dtype)
        self.dtype, self.bits = dtype, limits.bits
        self.eps, self.max, self.min, self.smallest_normal = limits.eps, limits.max, limits.min, limits.tiny

    def __repr__(self):
        return (f"finfo(bits={self.bits}, eps={self.eps}, max={self.max}, min={self.min}, "
                f"smallest_normal={self.smallest_normal}, dtype={self.dtype})")


class iinfo_object:
    """The limits of an integer dtype."""

    def __init__(self, dtype):
        limits = _C.iinfo(dtype)
        self.dtype, self.bits, self.max, self.min = dtype, limits.bits, limits.max, limits.min

    def __repr__(self):
        return f"iinfo(bits={self.bits}, max={self.max}, min={self.min}, dtype={self.dtype})"


def finfo(type, /):
    """The limits of a floating dtype, or of an array's."""
    return finfo_object(_dtype_of(type))


def iinfo(type, /):
    """The limits of an integer dtype, or of an array's."""
    return iinfo_object(_dtype_of(type))


@function
def astype(x, dtype, /, *, copy=True, device=None):
    """The values in another dtype. Without a need for it, ``copy=False`` gives x itself."""
    if dtype is x.dtype and not copy:
        return x
    return x.to(dtype) if dtype is not x.dtype else x.clone()


def of_number(value):
    """The dtype of an array that is made of a Python number."""
    if is_array(value):
        return value.dtype
    if isinstance(value, complex):
        raise _C.UnsupportedError("there are no complex dtypes")
    return _C.bool if isinstance(value, bool) else _C.int64 if isinstance(value, int) else _C.float32
