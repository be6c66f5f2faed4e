"""Elementwise functions: the ops by the standard's names, without 0-d weakness."""

from tandem import _C

from ._array import floor_divide, function, is_array, meet, remainder

__all__ = []


def _public(name, f, doc):
    f.__name__ = f.__qualname__ = name
    f.__doc__ = doc
    __all__.append(name)
    globals()[name] = function(f)


def _one(name, op):
    def f(x, /):
        return op(x)

    _public(name, f, op.__doc__)


def _two(name, op):
    def f(x1, x2, /):
        if not (is_array(x1) or is_array(x2)):
            raise _C.DTypeError(f"{name}: expected at least one array, got {type(x1).__name__} and "
                                f"{type(x2).__name__}")
        return op(*meet(x1, x2))

    _public(name, f, op.__doc__)


for _name in ("abs acos acosh asin asinh atan atanh ceil cos cosh exp expm1 floor isfinite isinf isnan log log10 log1p "
              "log2 logical_not reciprocal round signbit sin sinh sqrt square tan tanh trunc").split():
    _one(_name, getattr(_C, _name))
_one("negative", _C.neg)
_one("positive", _C.positive)
_one("bitwise_invert", _C.bitwise_not)

for _name in ("add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_xor hypot "
              "logaddexp logical_and logical_or logical_xor maximum minimum bitwise_right_shift pow").split():
    _two(_name, getattr(_C, _name))
_two("floor_divide", floor_divide)
_two("remainder", remainder)
_two("subtract", _C.sub)
_two("multiply", _C.mul)
_two("divide", _C.div)
_two("equal", _C.eq)
_two("not_equal", _C.ne)
_two("less", _C.lt)
_two("less_equal", _C.le)
_two("greater", _C.gt)
_two("greater_equal", _C.ge)


def _of_one_dtype(x1, x2):
    x1, x2 = meet(x1, x2)
    if not is_array(x1):
        x1 = _C.full((), x1, dtype=x2.dtype)
    if not is_array(x2):
        x2 = _C.full((), x2, dtype=x1.dtype)
    return x1, x2


@function
def clip(x, /, min=None, max=None):
    """x held between min and max, in x's dtype; NaN where a bound is NaN."""
    for bound, op in ((min, _C.maximum), (max, _C.minimum)):
        if bound is None:
            continue
        if not is_array(bound):
            if not x.is_floating_point() and isinstance(bound, float):
                raise _C.DTypeError(f"clip: x is {x.dtype}, and the bound {bound} is a float")
            bound = _C.full((), _held(bound, x.dtype), dtype=x.dtype)
        x = op(x, bound.to(x.dtype))
    return x


def _held(number, dtype):
    if dtype.is_floating_point:
        return number
    limits = _C.iinfo(dtype)
    return limits.min if number < limits.min else limits.max if number > limits.max else number


@function
def sign(x, /):
    """-1, 0 or 1; NaN of NaN."""
    return _C.where(_C.isnan(x), x, _C.sign(x)) if x.is_floating_point() else _C.sign(x)


@function
def copysign(x1, x2, /):
    """The magnitude of x1 with the sign of x2, also of zeros."""
    x1, x2 = _of_one_dtype(x1, x2)
    size = _C.abs(x1)
    return _C.where(_C.signbit(x2), -size, size)


@function
def nextafter(x1, x2, /):
    """The next number that the dtype has after x1 towards x2."""
    x1, x2 = _of_one_dtype(x1, x2)
    bits = {2: _C.int16, 4: _C.int32, 8: _C.int64}[x1.dtype.itemsize]
    x1, x2 = (x.contiguous() for x in _C.broadcast_tensors(x1, x2))
    away = (x1 < x2) == (x1 > 0)  # the order of the bits is that of magnitudes
    stepped = _C._view_dtype(_C._view_dtype(x1, bits) + _C.where(away, 1, -1).to(bits), x1.dtype)
    least = _C._view_dtype(_C.ones((), dtype=bits), x1.dtype)
    stepped = _C.where(x1 == 0, _C.where(x2 > 0, least, -least), stepped)
    stepped = _C.where(x1 == x2, x2, stepped)
    return _C.where(_C.isnan(x1) | _C.isnan(x2), float("nan"), stepped)


@function
def real(x, /):
    """x itself: there are no complex dtypes."""
    return x


@function
def imag(x, /):
    """Zeros: there are no complex dtypes."""
    return _C.zeros_like(x)


@function
def conj(x, /):
    """x itself: there are no complex dtypes."""
    return x


__all__ += ["clip", "conj", "copysign", "imag", "nextafter", "real", "sign"]
