"""torch.linalg: norms, solutions, decompositions, of matrices and batches of them: the ops linalg_* of the registry.

All are differentiable, and go into programs.
"""

from typing import Any as _Any

from tandem import _C
from tandem._C import LinAlgError  # noqa: F401
from tandem._namespace import members as _members

_ops = _members("linalg_")
globals().update(_ops)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"module 'tandem.linalg' has no attribute '{name}'")


def _unsupported(name, why):
    def function(*args, **kwargs):
        raise _C.UnsupportedError(f"linalg.{name}: {why}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Not here: {why}."
    return function


eig = _unsupported("eig", "eigenvalues of matrices that are not symmetric are complex; use eigh() for symmetric ones")
eigvals = _unsupported("eigvals", "eigenvalues of matrices that are not symmetric are complex; use eigvalsh()")

__all__ = ["LinAlgError", "eig", "eigvals", *_ops]


# Orders of norms are words in the ops: numbers are spelled.


def _word(order):
    return order if isinstance(order, str) or order is None else f"{float(order):g}"


def _matrix_norm(A, ord="fro", dim=(-2, -1), keepdim=False, *, dtype=None, out=None):
    result = _ops["matrix_norm"](A, _word(ord) or "fro", dim, keepdim, dtype)
    return result if out is None else out.copy_(result)


def _norm(A, ord=None, dim=None, keepdim=False, *, dtype=None, out=None):
    if not isinstance(ord, str):
        return NotImplemented
    if dim is None and A.dim() != 2:
        raise _C.ShapeError(f"linalg.norm: ord='{ord}' is of matrices, got shape {list(A.shape)}; pass dim=")
    return _matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype, out=out)


def _cond(A, p=None, *, out=None):
    return _ops["cond"](A, _word(2 if p is None else p))


_C._overload(_ops["matrix_norm"], _matrix_norm)
_C._overload(_ops["norm"], _norm)
_C._overload(_ops["cond"], _cond)
