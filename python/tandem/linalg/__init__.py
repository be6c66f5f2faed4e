"""torch.linalg: norms, solutions, decompositions, of matrices and batches of them.

All are differentiable to any order. What is no eigenvalue or singular value is written in ops, and goes into programs.
"""

from .decompositions import cholesky, cholesky_ex, eigh, eigvalsh, qr, svd, svdvals
from .norms import cond, cross, diagonal, matrix_norm, norm, vecdot, vector_norm
from .solving import (
    det, inv, inv_ex, lstsq, matmul, matrix_power, matrix_rank, multi_dot, pinv, slogdet, solve, solve_triangular)
from ._checks import LinAlgError, unsupported as _unsupported

eig = _unsupported("eig", "eigenvalues of matrices that are not symmetric are complex; use eigh() for symmetric ones")
eigvals = _unsupported("eigvals", "eigenvalues of matrices that are not symmetric are complex; use eigvalsh()")

__all__ = [
    "LinAlgError", "cholesky", "cholesky_ex", "cond", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh",
    "inv", "inv_ex", "lstsq", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr",
    "slogdet", "solve", "solve_triangular", "svd", "svdvals", "vecdot", "vector_norm"]
