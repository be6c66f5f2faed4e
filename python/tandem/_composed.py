"""Functions of PyTorch's namespace that are a line or two of others. As methods too, where PyTorch
has them so."""

import math as _math

from tandem import _C
from tandem._C import Tensor

__all__ = []


def _function(function):
    __all__.append(function.__name__)
    return function


def _method(function):
    setattr(Tensor, function.__name__, function)
    return _function(function)


# --- elementwise ---


@_method
def sgn(input):
    return _C.sign(input)


@_method
def deg2rad(input):
    return input * (_math.pi / 180)


@_method
def rad2deg(input):
    return input * (180 / _math.pi)


@_method
def copysign(input, other):
    """The magnitude of input with the sign of other, also of zeros."""
    other = other if isinstance(other, Tensor) else _C.tensor(float(other))
    size = _C.abs(input if input.is_floating_point() else input.float())
    result = _C.where(_C.signbit(other), -size, size)
    if not other.requires_grad:
        return result
    # Its gradient is zero, not absent: it goes through a choice that is never made.
    return _C.where(_C.zeros_like(result, dtype=_C.bool), other, result)


@_method
def heaviside(input, values):
    """0 below zero, 1 above it, `values` at it."""
    if input.dtype != values.dtype:
        raise _C.DTypeError("heaviside: input and values must have the same dtype, got "
                            f"{input.dtype} and {values.dtype}")
    step = _C.where(input == 0, values, (input > 0).to(input.dtype))
    return _C.where(input != input, input, step)


@_method
def sinc(input):
    """sin(pi x) / (pi x), 1 at 0."""
    x = (input if input.is_floating_point() else input.float()) * _math.pi
    zero = x == 0
    return _C.where(zero, 1.0, _C.sin(x) / _C.where(zero, 1.0, x))


@_method
def fmax(input, other):
    """The larger one; a number where only one of the two is NaN."""
    return _C.where(other != other, input, _C.where(input != input, other, _C.maximum(input, other)))


@_method
def fmin(input, other):
    return _C.where(other != other, input, _C.where(input != input, other, _C.minimum(input, other)))


@_method
def ldexp(input, other):
    return input * _C.pow(2.0, other)


@_method
def logaddexp2(input, other):
    """log2(2**input + 2**other)"""
    scale = _math.log(2)
    return _C.logaddexp(input * scale, other * scale) / scale


@_method
def gcd(input, other):
    """The greatest common divisor, by Euclid's steps on all elements at once."""
    a, b = _C.broadcast_tensors(_C.abs(input), _C.abs(other))
    while bool((b != 0).any()):
        rest = _C.where(b == 0, 0, a % _C.where(b == 0, 1, b))
        a, b = _C.where(b == 0, a, b), rest
    return a


# --- reductions ---


@_method
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    return _C.sum(_C.where(input != input, 0, input), dim, keepdim, dtype)


@_method
def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    here = input == input
    return nansum(input, dim, keepdim, dtype=dtype) / here.sum(dim, keepdim)


@_method
def aminmax(input, *, dim=None, keepdim=False):
    import collections

    kind = collections.namedtuple("aminmax", ("min", "max"))
    return kind(_C.amin(input, dim, keepdim), _C.amax(input, dim, keepdim))


def _quantile(input, q, dim, keepdim, interpolation, skip_nan):
    q = q if isinstance(q, Tensor) else _C.tensor(float(q), dtype=input.dtype)
    if q.dim() > 1 or bool(((q < 0) | (q > 1)).any()):
        raise _C.ArgumentError("quantile: q must be a number or a list of them in 0..1")
    rank = input.dim()
    if dim is None:
        values, at, shape = input.reshape(-1), 0, [1] * rank
    else:
        at = dim % max(rank, 1)
        values = input if rank else input.reshape(1)
        shape = [1 if i == at else n for i, n in enumerate(input.shape)]
    ordered = values.sort(at).values.movedim(at, -1)  # NaN comes last
    missing = (ordered != ordered).sum(-1, keepdim=True)
    count = ordered.shape[-1] - (missing if skip_nan else 0 * missing)
    results = []
    for one in q.reshape(-1):
        place = one.to(ordered.dtype) * (count - 1).to(ordered.dtype)
        low, high = place.floor(), place.ceil()
        if interpolation == "lower":
            high = low
        elif interpolation == "higher":
            low = high
        elif interpolation == "nearest":
            low = high = place.round()
        take = lambda where: ordered.gather(-1, where.clamp(min=0).long())  # noqa: E731
        below, above = take(low), take(high)
        if interpolation == "midpoint":
            value = (below + above) / 2
        else:
            value = _C.lerp(below, above, place - low)
        bad = (count == 0) if skip_nan else (missing > 0)
        results.append(_C.where(bad, float("nan"), value).squeeze(-1))
    result = _C.stack(results)
    if keepdim:
        result = result.reshape([len(results)] + shape)
    return result if q.dim() else result[0]


@_method
def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    """The value below which the share q of the elements lies; NaN where one of them is NaN."""
    return _quantile(input, q, dim, keepdim, interpolation, False)


@_method
def nanquantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    return _quantile(input, q, dim, keepdim, interpolation, True)


@_method
def nanmedian(input, dim=None, keepdim=False):
    """The lower median of what is not NaN."""
    whole = dim is None
    x = input.reshape(-1) if whole else input
    at = 0 if whole else dim
    values, indices = x.sort(at)
    count = (x == x).sum(at, keepdim=True)
    place = ((count - 1) // 2).clamp(min=0)
    values, indices = values.gather(at, place), indices.gather(at, place)
    if whole:
        return values.reshape(())
    import collections

    kind = collections.namedtuple("nanmedian", ("values", "indices"))
    return kind(*(t if keepdim else t.squeeze(at) for t in (values, indices)))


@_method
def mode(input, dim=-1, keepdim=False):
    """The most frequent value of each line, the least of several, and where it last stands."""
    import collections

    x = input.movedim(dim, -1) if input.dim() else input.reshape(1)
    counts = (x.unsqueeze(-1) == x.unsqueeze(-2)).sum(-1)
    best = counts == counts.amax(-1, keepdim=True)
    order = x.sort(-1)
    ranks = order.indices.argsort(-1)
    first = _C.where(best, ranks, x.shape[-1]).argmin(-1, keepdim=True)
    values = x.gather(-1, first)
    places = _C.arange(0, x.shape[-1], 1)
    indices = _C.where(x == values, places, -1).amax(-1, keepdim=True)
    kind = collections.namedtuple("mode", ("values", "indices"))
    shaped = lambda t: t.movedim(-1, dim) if keepdim and input.dim() else t.squeeze(-1)  # noqa: E731
    return kind(shaped(values), shaped(indices))


@_method
def bincount(input, weights=None, minlength=0):
    """How often each of 0, 1, … occurs, or the sum of its weights."""
    if input.dim() != 1 or input.is_floating_point():
        raise _C.DTypeError("bincount: expected 1-d non-negative integers, got "
                            f"{input.dtype} of shape {list(input.shape)}")
    if input.numel() and int(input.min()) < 0:
        raise _C.ArgumentError("bincount: expected non-negative integers")
    n = max(minlength, int(input.max()) + 1 if input.numel() else 0)
    if weights is None:
        weights = _C.ones_like(input, dtype=_C.int64)
    elif not weights.is_floating_point():
        weights = weights.double()
    return _C.zeros(n, dtype=weights.dtype).scatter_add(0, input.long(), weights)


@_method
def histc(input, bins=100, min=0, max=0):
    """The elements counted in bins of equal width; min = max = 0: between the extremes."""
    if min == 0 and max == 0 and input.numel():
        min, max = input.min().item(), input.max().item()
    if min == max:
        min, max = min - 1, max + 1
    x = input.reshape(-1)
    x = x[(x >= min) & (x <= max)]
    place = ((x - min) * bins / (max - min)).floor().clamp(max=bins - 1)
    return bincount(place.long(), minlength=bins).to(input.dtype)


@_method
def dist(input, other, p=2):
    return _C.norm((input - other).reshape(-1), p)


@_method
def cov(input, *, correction=1, fweights=None, aweights=None):
    """The covariance of the rows' variables."""
    if fweights is not None or aweights is not None:
        raise _C.UnsupportedError("cov: weights are not supported")
    x = input.reshape(1, -1) if input.dim() < 2 else input
    x = x - x.mean(1, keepdim=True)
    return (x @ x.T / (x.shape[1] - correction)).squeeze()


@_method
def corrcoef(input):
    c = cov(input)
    if c.dim() == 0:
        return c / c
    d = c.diagonal().sqrt()
    return (c / d.unsqueeze(0) / d.unsqueeze(1)).clamp(-1, 1)


@_function
def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The integral by trapezoids along a dim."""
    y = y.movedim(dim, -1)
    step = dx if x is None else _steps(x, y, dim)
    return ((y[..., 1:] + y[..., :-1]) * step).sum(-1) / 2


@_function
def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    y = y.movedim(dim, -1)
    step = dx if x is None else _steps(x, y, dim)
    return (((y[..., 1:] + y[..., :-1]) * step).cumsum(-1) / 2).movedim(-1, dim)


def _steps(x, y, dim):
    x = x.movedim(dim, -1) if x.dim() == y.dim() and x.dim() > 1 else x
    return x[..., 1:] - x[..., :-1]


trapz = trapezoid
__all__.append("trapz")


@_method
def logcumsumexp(input, dim):
    """log(cumsum(exp(input))), from the largest element on, so that nothing overflows. In float64:
    the gradient is a difference of sums."""
    x = input.double()
    largest = _C.amax(x.detach(), dim, True)
    largest = _C.where(_C.isfinite(largest), largest, 0.0)
    result = _C.log(_C.cumsum(_C.exp(x - largest), dim)) + largest
    return result.to(input.dtype if input.is_floating_point() else _C.float32)


# --- shapes and joins ---


@_method
def diff(input, n=1, dim=-1, prepend=None, append=None):
    """The n-th differences of neighbours."""
    parts = [t for t in (prepend, input, append) if t is not None]
    x = _C.cat(parts, dim) if len(parts) > 1 else input
    for _ in range(n):
        size = x.shape[dim]
        first, second = x.narrow(dim, 0, max(size - 1, 0)), x.narrow(dim, min(1, size), max(size - 1, 0))
        x = second ^ first if x.dtype == _C.bool else second - first
    return x


@_function
def column_stack(tensors):
    return _C.hstack([t.reshape(-1, 1) if t.dim() < 2 else t for t in tensors])


@_function
def block_diag(*tensors):
    """The matrices along a diagonal, zeros elsewhere."""
    blocks = [t.reshape(1, -1) if t.dim() < 2 else t for t in tensors]
    dtype = blocks[0].dtype
    for b in blocks[1:]:
        dtype = _C.promote_types(dtype, b.dtype)
    width, rows, left = sum(b.shape[1] for b in blocks), [], 0
    for b in blocks:
        right = width - left - b.shape[1]
        rows.append(_C.constant_pad_nd(b.to(dtype), (left, right)))
        left += b.shape[1]
    return _C.cat(rows, 0)


@_function
def cartesian_prod(*tensors):
    if len(tensors) == 1:
        return tensors[0]
    return _C.stack([g.reshape(-1) for g in _C.meshgrid(*tensors)], 1)


@_function
def combinations(input, r=2, with_replacement=False):
    import itertools

    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = list(choose(range(input.numel()), r))
    return input[_C.tensor(places, dtype=_C.int64).reshape(-1, r)]


@_method
def hsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 0 if input.dim() == 1 else 1)


@_method
def vsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 0)


@_method
def dsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 2)


@_method
def msort(input):
    return _C.sort(input, 0).values


@_method
def select_scatter(input, src, dim, index):
    """input with `src` in the place that select(dim, index) reads."""
    index = index % input.shape[dim]
    return _C.slice_scatter(input, src.unsqueeze(dim), dim, index, index + 1)


@_method
def diagflat(input, offset=0):
    return _C.diag(input.reshape(-1), offset)


@_method
def fill(input, value):
    return _C.masked_fill(input, _C.ones_like(input, dtype=_C.bool), value)


@_method
def narrow_copy(input, dim, start, length):
    return input.narrow(dim, start, length).clone()


@_method
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The elements without repetitions of neighbours."""
    if dim is not None:
        raise _C.UnsupportedError("unique_consecutive: dim= is not supported; flatten the input")
    x = input.reshape(-1)
    starts = _C.cat([_C.ones(min(1, x.numel()), dtype=_C.bool), x[1:] != x[:-1]])
    result = [x[starts]]
    if return_inverse:
        result.append((starts.cumsum(0) - 1).reshape(input.shape))
    if return_counts:
        places = _C.nonzero(starts).reshape(-1)
        result.append(diff(places, append=_C.tensor([x.numel()])))
    return result[0] if len(result) == 1 else tuple(result)


@_function
def conj_physical(input):
    return input.clone()


@_function
def real(input):
    return input


@_function
def resolve_conj(input):
    return input


# --- products ---


@_method
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    product = _C.outer(vec1, vec2) * alpha
    return product if beta == 0 else input * beta + product


@_method
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    product = _C.bmm(batch1, batch2).sum(0) * alpha
    return product if beta == 0 else input * beta + product


@_method
def cross(input, other, dim=None):
    """The cross product along a dim of size 3."""
    a, b = _C.broadcast_tensors(input, other)
    if dim is None:
        dim = next((i for i, n in enumerate(a.shape) if n == 3), None)
    if dim is None or a.shape[dim] != 3:
        raise _C.ShapeError(f"cross: expected a dim of size 3, got shape {list(a.shape)}")
    turn = lambda t, by: _C.roll(t, by, dim)  # noqa: E731
    return turn(a, -1) * turn(b, -2) - turn(a, -2) * turn(b, -1)


@_function
def cdist(x1, x2, p=2.0, compute_mode=None):
    """The distance of every row of x1 from every row of x2."""
    return _C.norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, -1)


@_method
def matrix_power(input, n):
    if n < 0:
        raise _C.UnsupportedError("matrix_power: negative powers are not supported")
    result = _C.eye(input.shape[-1], dtype=input.dtype).expand(input.shape).clone()
    while n:
        if n & 1:
            result = result @ input
        input, n = input @ input, n >> 1
    return result


@_function
def vander(x, N=None, increasing=False):
    n = x.numel() if N is None else N
    powers = _C.arange(0, n, 1)
    return _C.pow(x.unsqueeze(1), powers if increasing else powers.flip(0))


# --- methods in place that have no op of their own ---


def _through_a_copy(op):
    def in_place(self, *args, **kwargs):
        return self.copy_(op(self, *args, **kwargs))

    in_place.__name__ = op.__name__ + "_"
    in_place.__doc__ = f"{op.__name__}() in place."
    return in_place


for _op in ("triu", "tril", "cumsum", "cumprod", "addmm", "addmv", "baddbmm", "nan_to_num"):
    if not hasattr(Tensor, _op + "_"):
        setattr(Tensor, _op + "_", _through_a_copy(_C._ops[_op]))
del _op


def _index_put_(self, indices, values, accumulate=False):
    """Writes at index tensors; accumulate=True adds, repeated places each time."""
    values = values if isinstance(values, Tensor) else _C.tensor(values, dtype=self.dtype)
    return self.copy_(_C.index_put(self, list(indices), values, accumulate))


def _fill_diagonal_(self, fill_value, wrap=False):
    if wrap:
        raise _C.UnsupportedError("fill_diagonal_: wrap=True is not supported")
    self.diagonal().fill_(fill_value)
    return self


def _reshaped(op):
    """t_(), squeeze_() …: the tensor itself looks at its elements in another shape."""

    def in_place(self, *args):
        if self.requires_grad:
            raise _C.UnsupportedError(f"{op}_: a tensor that requires grad keeps its shape; use {op}()")
        return self.set_(getattr(self, op)(*args))

    in_place.__name__ = op + "_"
    return in_place


def _unfold(self, dimension, size, step):
    """Every window of `size` entries along a dim, `step` apart, as a new last dim. A copy."""
    n = self.shape[dimension] if self.dim() else 1
    if size < 0 or size > n or step <= 0:
        raise _C.ArgumentError(f"unfold: windows of size {size} every {step} entries do not fit a dim "
                               f"of size {n}")
    starts = _C.arange(0, n - size + 1, step)
    places = (starts.unsqueeze(1) + _C.arange(0, size, 1)).reshape(-1)
    dim = dimension % max(self.dim(), 1)
    x = self.reshape(1) if self.dim() == 0 else self
    return x.index_select(dim, places).unflatten(dim, (-1, size) if size else (starts.numel(), 0)).movedim(
        dim + 1, -1)



def _apply_(self, function):
    """Calls a Python function on every element: slow, but sometimes short."""
    return self.copy_(_C.tensor([function(v) for v in self.reshape(-1).tolist()],
                                dtype=self.dtype).reshape(self.shape))


_methods = {
    "unfold": _unfold,
    "index_put_": _index_put_,
    "fill_diagonal_": _fill_diagonal_,
    "apply_": _apply_,
    "conj": lambda self: self,
    "is_same_size": lambda self, other: self.shape == other.shape,
    "unsafe_chunk": lambda self, chunks, dim=0: _C.chunk(self, chunks, dim),
}
for _name in ("t", "transpose", "squeeze", "unsqueeze", "swapaxes"):
    _methods[_name + "_"] = _reshaped(_name)
for _name, _member in _methods.items():
    setattr(Tensor, _name, _member)
del _name, _member
