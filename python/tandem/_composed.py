"""What Python adds to the ops: results whose number follows from the arguments, lists, methods in place."""

from tandem import _C
from tandem._C import Tensor

__all__ = []


def _function(function):
    __all__.append(function.__name__)
    return function


def _method(function):
    setattr(Tensor, function.__name__, function)
    return _function(function)


# --- of all elements, or along a dim ---


@_method
def nanmedian(input, dim=None, keepdim=False, *, axis=None, out=None):
    """The lower median of what is not NaN; along a dim with its indices."""
    dim = axis if dim is None else dim
    if dim is None:
        return _C.nanmedian(input.reshape(-1), 0).values
    return _C.nanmedian(input, dim, keepdim, out=out)


@_method
def histogram(input, bins, *, range=None, weight=None, density=False):
    """How many elements, or what sum of their weights, stand in each bin, and the bins' edges. bins: the edges, or how
    many between the two of range, or the extremes."""
    if not isinstance(bins, Tensor):
        low, high = range if range is not None else (input.min().item(), input.max().item()) if input.numel() else (0, 1)
        if low == high:
            low, high = (low - 0.5, high + 0.5) if range is None else (low - 1, high + 1)
        bins = _C.linspace(low, high, bins + 1, dtype=input.dtype)
    return _C.histogram(input, bins, weight, density)


# --- results that were asked for ---


@_method
def unique_consecutive(input, return_inverse=False, return_counts=False, dim=None):
    """The elements, or slices along a dim, without repetitions of neighbours."""
    return _asked_for(_C.unique_consecutive(input, dim), return_inverse, return_counts)


def _asked_for(results, return_inverse, return_counts):
    values, inverse, counts = results
    chosen = [values] + [inverse] * return_inverse + [counts] * return_counts
    return chosen[0] if len(chosen) == 1 else tuple(chosen)


@_method
def lu(input, pivot=True, get_infos=False):
    """The packed LU and its pivots; with get_infos where a pivot is zero."""
    results = tuple(_C.linalg_lu_factor_ex(input, pivot))
    return results if get_infos else results[:2]


# --- lists ---


@_method
def hsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 0 if input.dim() == 1 else 1)


@_method
def vsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 0)


@_method
def dsplit(input, indices_or_sections):
    return _C.tensor_split(input, indices_or_sections, 2)


# --- of complex numbers, which there are none ---


@_function
def conj_physical(input):
    return input.clone()


@_function
def real(input):
    return input


@_function
def resolve_conj(input):
    return input


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


def _apply_(self, function):
    """Calls a Python function on every element: slow, but sometimes short."""
    return self.copy_(_C.tensor([function(v) for v in self.reshape(-1).tolist()],
                                dtype=self.dtype).reshape(self.shape))


_methods = {
    "unfold": _C.unfold_copy,
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
