"""torch.testing: comparisons that say what differs."""

import tandem
from tandem import _C

_tolerances = {_C.float16: (1e-3, 1e-5), _C.bfloat16: (1.6e-2, 1e-5), _C.float32: (1.3e-6, 1e-5),
               _C.float64: (1e-7, 1e-7)}


def _numbers(dtypes, rtol, atol):
    if (rtol is None) != (atol is None):
        raise ValueError("assert_close: rtol and atol are given both or neither")
    if rtol is not None:
        return rtol, atol
    found = [_tolerances.get(d, (0.0, 0.0)) for d in dtypes]
    return max(r for r, _ in found), max(a for _, a in found)


def assert_close(actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False, check_device=True,
                 check_dtype=True, check_layout=True, check_stride=False, msg=None):
    """Raises AssertionError unless |actual - expected| <= atol + rtol * |expected|, shapes and dtypes being equal. Takes
    tensors, numbers, arrays, and tuples, lists and dicts of them. Tolerances, where none are given, are the dtype's."""
    options = (rtol, atol, equal_nan, check_dtype, check_stride)
    _compare(actual, expected, "", options, allow_subclasses, msg)


def _fail(text, where, msg):
    text += f"\n\nThe failure occurred for {where}" if where else ""
    raise AssertionError(msg(text) if callable(msg) else text if msg is None else msg)


def _compare(a, b, where, options, allow_subclasses, msg):
    if not allow_subclasses and type(a) is not type(b):
        _fail(f"The types are not equal: {type(a).__name__} != {type(b).__name__}", where, msg)
    if isinstance(a, dict) and isinstance(b, dict):
        if a.keys() != b.keys():
            _fail(f"The keys of the mappings do not match: missing in the actual mapping: {sorted(b.keys() - a.keys())}, "
                  f"missing in the expected mapping: {sorted(a.keys() - b.keys())}", where, msg)
        for key in a:
            _compare(a[key], b[key], f"{where}[{key!r}]" if where else f"item [{key!r}]", options, allow_subclasses, msg)
    elif isinstance(a, (tuple, list)) and isinstance(b, (tuple, list)):
        if len(a) != len(b):
            _fail(f"The length of the sequences mismatch: {len(a)} != {len(b)}", where, msg)
        for i, (x, y) in enumerate(zip(a, b)):
            _compare(x, y, f"{where}[{i}]" if where else f"item [{i}]", options, allow_subclasses, msg)
    elif a is None and b is None:
        return
    else:
        x, y = _tensor(a), _tensor(b)
        if x is None or y is None:
            if x is y is None and a == b:
                return
            raise TypeError(f"assert_close: cannot compare {type(a).__name__} with {type(b).__name__}")
        _compare_tensors(x, y, where, options, msg, isinstance(a, tandem.Tensor) or isinstance(b, tandem.Tensor))


def _tensor(value):
    if isinstance(value, tandem.Tensor):
        return value.detach()
    if isinstance(value, (bool, int)):
        return tandem.tensor(value)
    if isinstance(value, float):
        return tandem.tensor(value, dtype=tandem.float64)
    return tandem.as_tensor(value) if hasattr(value, "__array_interface__") else None


def _compare_tensors(a, b, where, options, msg, named):
    rtol, atol, equal_nan, check_dtype, check_stride = options
    what = "Tensor-likes" if a.dim() else "Scalars"
    if a.shape != b.shape:
        _fail(f"The values for attribute 'shape' do not match: {a.shape} != {b.shape}.", where, msg)
    if named and check_dtype and a.dtype is not b.dtype:
        _fail(f"The values for attribute 'dtype' do not match: {a.dtype} != {b.dtype}.", where, msg)
    if check_stride and a.stride() != b.stride():
        _fail(f"The values for attribute 'stride()' do not match: {a.stride()} != {b.stride()}.", where, msg)
    rtol, atol = _numbers((a.dtype, b.dtype), rtol, atol)
    common = _C.promote_types(a.dtype, b.dtype)
    a, b = a.to(common), b.to(common)
    same = a == b
    if common.is_floating_point:
        x, y = a.double(), b.double()
        same |= (x - y).abs() <= atol + rtol * y.abs()
        if equal_nan:
            same |= (x != x) & (y != y)
    elif common is not _C.bool:
        x, y = a, b
        if rtol or atol:
            same |= (x - y).abs().double() <= atol + rtol * y.abs().double()
    else:
        x, y = a.long(), b.long()
    if bool(same.all()):
        return
    difference = (x - y).abs()
    if a.dim() == 0:
        relative = (difference / y.abs()).item() if y.item() else float("inf")
        _fail(f"{what} are not {'close' if rtol or atol else 'equal'}!\n\nExpected {b.item()} but got {a.item()}.\n"
              f"Absolute difference: {difference.item()} (up to {atol} allowed)\n"
              f"Relative difference: {relative} (up to {rtol} allowed)", where, msg)
    wrong = int((~same).sum())
    share = 100 * wrong / same.numel()
    at_most = lambda d: tuple(int(i) for i in tandem.nonzero(d == d.max())[0])  # noqa: E731
    absolute = tandem.where(same, 0, difference).double()
    absolute = tandem.where(absolute == absolute, absolute, float("inf"))
    relative = absolute / y.abs().double()
    relative = tandem.where(relative == relative, relative, 0.0)
    _fail(f"{what} are not {'close' if rtol or atol else 'equal'}!\n\n"
          f"Mismatched elements: {wrong} / {same.numel()} ({share:.1f}%)\n"
          f"Greatest absolute difference: {absolute.max().item()} at index {at_most(absolute)} (up to {atol} allowed)\n"
          f"Greatest relative difference: {relative.max().item()} at index {at_most(relative)} (up to {rtol} allowed)",
          where, msg)


def make_tensor(*shape, dtype, device="cpu", low=None, high=None, requires_grad=False, noncontiguous=False,
                exclude_zero=False):
    """Random numbers of a dtype in [low, high)."""
    shape = tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape
    if dtype is _C.bool:
        result = tandem.randint(0, 2, shape).bool()
    elif dtype.is_floating_point:
        low, high = -9 if low is None else low, 9 if high is None else high
        result = (tandem.rand(shape, dtype=tandem.float64) * (high - low) + low).to(dtype)
    else:
        low = (0 if dtype is _C.uint8 else -9) if low is None else low
        result = tandem.randint(int(low), int(10 if high is None else high), shape).to(dtype)
    if exclude_zero:
        result = tandem.where(result == 0, tandem.ones_like(result), result)
    if noncontiguous and result.numel() > 1:
        result = tandem.repeat_interleave(result, 2, -1)[..., ::2]
    return result.requires_grad_() if requires_grad else result
