"""The linear algebra extension. Functions are tandem.linalg's, by the standard's names."""

from collections import namedtuple

from tandem import _C
from tandem import linalg as _linalg

from ._array import function, meet
from ._dtypes import isdtype
from ._manipulation import axes_of

eigh_result = namedtuple("eigh_result", ("eigenvalues", "eigenvectors"))
qr_result = namedtuple("qr_result", ("Q", "R"))
slogdet_result = namedtuple("slogdet_result", ("sign", "logabsdet"))
svd_result = namedtuple("svd_result", ("U", "S", "Vh"))


@function
def matmul(x1, x2, /):
    return _C.matmul(*meet(x1, x2))


@function
def matrix_transpose(x, /):
    if x.ndim < 2:
        raise _C.ShapeError(f"matrix_transpose: expected at least 2 dims, got shape {list(x.shape)}")
    return x.mT


@function
def tensordot(x1, x2, /, *, axes=2):
    return _C.tensordot(*meet(x1, x2), axes)


@function
def vecdot(x1, x2, /, *, axis=-1):
    x1, x2 = meet(x1, x2)
    if x1.shape[axis] != x2.shape[axis]:
        raise _C.ShapeError(f"vecdot: sizes {x1.shape[axis]} and {x2.shape[axis]} along axis {axis} differ")
    return (x1.movedim(axis, -1).unsqueeze(-2) @ x2.movedim(axis, -1).unsqueeze(-1)).squeeze((-2, -1))


@function
def outer(x1, x2, /):
    return _C.outer(*meet(x1, x2))


@function
def cross(x1, x2, /, *, axis=-1):
    return _linalg.cross(*meet(x1, x2), dim=axis)


@function
def diagonal(x, /, *, offset=0):
    return _C.diagonal(x, offset, -2, -1)


@function
def trace(x, /, *, offset=0, dtype=None):
    """Integers are added in int64."""
    if dtype is None and isdtype(x.dtype, ("integral", "bool")):
        dtype = _C.int64
    d = _C.diagonal(x, offset, -2, -1)
    return _C.sum(d if dtype is None else d.to(dtype), -1, dtype=dtype)


@function
def cholesky(x, /, *, upper=False):
    return _linalg.cholesky(x, upper=upper)


@function
def det(x, /):
    return _linalg.det(x)


@function
def eig(x, /):
    """Not here: eigenvalues of matrices that are not symmetric are complex."""
    return _linalg.eig(x)


@function
def eigvals(x, /):
    """Not here: eigenvalues of matrices that are not symmetric are complex."""
    return _linalg.eigvals(x)


@function
def eigh(x, /):
    return eigh_result(*_linalg.eigh(x))


@function
def eigvalsh(x, /):
    return _linalg.eigvalsh(x)


@function
def inv(x, /):
    return _linalg.inv(x)


@function
def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    return _linalg.matrix_norm(x, ord, keepdim=keepdims)


@function
def matrix_power(x, n, /):
    return _linalg.matrix_power(x, n)


@function
def matrix_rank(x, /, *, rtol=None):
    return _linalg.matrix_rank(x, rtol=rtol)


@function
def pinv(x, /, *, rtol=None):
    return _linalg.pinv(x, rtol=rtol)


@function
def qr(x, /, *, mode="reduced"):
    return qr_result(*_linalg.qr(x, mode))


@function
def slogdet(x, /):
    return slogdet_result(*_linalg.slogdet(x))


@function
def solve(x1, x2, /):
    x1, x2 = meet(x1, x2)
    if x2.ndim == 1:
        return _linalg.solve(x1, x2.unsqueeze(-1)).squeeze(-1)
    batch = _C.broadcast_shapes(tuple(x1.shape[:-2]), tuple(x2.shape[:-2]))
    return _linalg.solve(x1.broadcast_to((*batch, *x1.shape[-2:])), x2.broadcast_to((*batch, *x2.shape[-2:])))


@function
def svd(x, /, *, full_matrices=True):
    return svd_result(*_linalg.svd(x, full_matrices))


@function
def svdvals(x, /):
    return _linalg.svdvals(x)


@function
def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    axes = axes_of(axis, x.ndim, "vector_norm")
    if axis is None or axes:
        return _linalg.vector_norm(x, ord, axes, keepdims)
    return _linalg.vector_norm(x.unsqueeze(-1), ord, -1)


__all__ = ["cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matmul", "matrix_norm",
           "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd",
           "svdvals", "tensordot", "trace", "vecdot", "vector_norm"]
