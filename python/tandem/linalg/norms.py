"""Norms, products of vectors, and a diagonal."""

from tandem import _C

from ._checks import matrices

inf = float("inf")


def _floating(x, dtype):
    if dtype is not None:
        return x.to(dtype)
    return x if x.is_floating_point() else x.float()


def _all(dim, ndim):
    return tuple(range(ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)


def vector_norm(x, ord=2, dim=None, keepdim=False, *, dtype=None, out=None):
    """The p-norm along dims, as of one vector. ord: any number, inf and -inf are the extremes, 0 counts."""
    x = _floating(x, dtype)
    dims = _all(dim, x.ndim)
    if not dims:  # each element is a vector of its own
        return vector_norm(x.unsqueeze(-1), ord, -1) if x.ndim else vector_norm(x.reshape(1), ord, 0)
    size = _C.abs(x)
    if ord == inf:
        result = _C.amax(size, dims, keepdim)
    elif ord == -inf:
        result = _C.amin(size, dims, keepdim)
    elif ord == 0:
        result = _C.sum((x != 0).to(x.dtype), dims, keepdim)
    elif ord == 1:
        result = _C.sum(size, dims, keepdim)
    elif ord == 2:
        result = _C.norm(x, 2.0, dims, keepdim)
    else:
        result = _C.sum(size**ord, dims, keepdim) ** (1.0 / ord)
    return result if out is None else out.copy_(result)


def matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None, out=None):
    """ord: "fro", "nuc", or 1, -1 (columns), inf, -inf (rows), 2, -2 (singular values)."""
    from .decompositions import svdvals

    A = _floating(A, dtype)
    matrices("matrix_norm", A)
    row, column = (d % A.ndim for d in dim)
    if ord == "fro" or ord is None:
        return vector_norm(A, 2, (row, column), keepdim)
    if ord in ("nuc", 2, -2):
        values = svdvals(A.movedim((row, column), (-2, -1)))
        result = values.sum(-1) if ord == "nuc" else _C.amax(values, -1) if ord == 2 else _C.amin(values, -1)
    elif ord in (1, -1, inf, -inf):
        along, over = (row, column) if abs(ord) == 1 else (column, row)
        sums = _C.sum(_C.abs(A), along, True)
        result = (_C.amax if ord > 0 else _C.amin)(sums, over, True)
        return result if keepdim else result.squeeze((row, column))
    else:
        raise _C.ArgumentError(f"linalg.matrix_norm: ord must be 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2, got {ord!r}")
    if keepdim:
        for d in sorted((row, column)):
            result = result.unsqueeze(d)
    return result


def norm(A, ord=None, dim=None, keepdim=False, *, dtype=None, out=None):
    """vector_norm() of all elements or of one dim, matrix_norm() of two."""
    if ord is None:
        return vector_norm(A, 2, dim, keepdim, dtype=dtype)
    if dim is not None and (isinstance(dim, int) or len(dim) == 1) or dim is None and A.ndim == 1:
        return vector_norm(A, ord, dim, keepdim, dtype=dtype)
    if dim is None and A.ndim != 2:
        raise _C.ShapeError(f"linalg.norm: with ord, expected 1 or 2 dims or dim=, got shape {list(A.shape)}")
    return matrix_norm(A, ord, dim or (-2, -1), keepdim, dtype=dtype)


def cond(A, p=None):
    """How much a solution magnifies errors: norm(A) * norm(inv(A))."""
    from .decompositions import svdvals
    from .solving import inv

    if p is None or p == 2 or p == -2:
        values = svdvals(A)
        big, small = _C.amax(values, -1), _C.amin(values, -1)
        return small / big if p == -2 else big / small
    return matrix_norm(A, p) * matrix_norm(inv(A), p)


def vecdot(x, y, *, dim=-1, out=None):
    """Products summed along a dim."""
    return _C.sum(x * y, dim)


def cross(input, other, *, dim=-1, out=None):
    """The cross product of vectors of three elements along a dim."""
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise _C.ShapeError(f"linalg.cross: expected 3 elements along dim {dim}, got {list(input.shape)} and "
                            f"{list(other.shape)}")
    a, b = _C.broadcast_tensors(input, other)
    a, b = a.unbind(dim), b.unbind(dim)
    return _C.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]], dim)


def diagonal(A, *, offset=0, dim1=-2, dim2=-1):
    return _C.diagonal(A, offset, dim1, dim2)
