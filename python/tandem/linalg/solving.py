"""Solutions of linear equations by LU with row pivots, and what follows from them."""

from collections import namedtuple

import tandem
from tandem import _C

from ._checks import LinAlgError, matrices, square

slogdet_result = namedtuple("slogdet_result", ("sign", "logabsdet"))
inv_ex_result = namedtuple("inv_ex_result", ("inverse", "info"))
lstsq_result = namedtuple("lstsq_result", ("solution", "residuals", "rank", "singular_values"))


def _rows(A, order):
    return A.take_along_dim(order.unsqueeze(-1).broadcast_to((*order.shape, A.shape[-1])), -2)


def _lu(A):
    """Of A [..., m, n], m >= n: rows `order` of it are L @ U, L having ones on its diagonal; and the sign of the order.
    By halves, so that most of the work is in products. Pivots of 0 are left in U."""
    m, n = A.shape[-2:]
    if n == 1:
        size = A.detach().squeeze(-1).abs()
        at = tandem.where(size == size, size, float("inf")).argmax(-1, True)
        lines = tandem.arange(m)
        order = tandem.where(lines == 0, at, tandem.where(lines == at, 0, lines))
        rows = _rows(A, order)
        pivot = rows.narrow(-2, 0, 1)
        L = tandem.where((lines == 0).unsqueeze(-1), 1.0, rows / tandem.where(pivot == 0, 1.0, pivot))
        return L, pivot, order, tandem.where(at.squeeze(-1) == 0, 1.0, -1.0)
    h = n // 2
    L1, U1, order, sign1 = _lu(A.narrow(-1, 0, h))
    right = _rows(A.narrow(-1, h, n - h), order)
    U12 = _unit_lower(L1.narrow(-2, 0, h), right.narrow(-2, 0, h))
    below = L1.narrow(-2, h, m - h)
    L2, U2, order2, sign2 = _lu(right.narrow(-2, h, m - h) - below @ U12)
    batch = A.shape[:-2]
    L = tandem.cat([tandem.cat([L1.narrow(-2, 0, h), _rows(below, order2)], -2),
                    tandem.cat([tandem.zeros((*batch, h, n - h), dtype=A.dtype), L2], -2)], -1)
    U = tandem.cat([tandem.cat([U1, U12], -1),
                    tandem.cat([tandem.zeros((*batch, n - h, h), dtype=A.dtype), U2], -1)], -2)
    order = tandem.cat([order.narrow(-1, 0, h), order.narrow(-1, h, m - h).gather(-1, order2)], -1)
    return L, U, order, sign1 * sign2


def _unit_lower(L, B):
    """X with L @ X = B, L having ones on its diagonal."""
    n = L.shape[-1]
    if n <= 1:
        return B
    h = n // 2
    above = _unit_lower(L.narrow(-2, 0, h).narrow(-1, 0, h), B.narrow(-2, 0, h))
    bottom = L.narrow(-2, h, n - h)
    rest = B.narrow(-2, h, n - h) - bottom.narrow(-1, 0, h) @ above
    return tandem.cat([above, _unit_lower(bottom.narrow(-1, h, n - h), rest)], -2)


def _upper(U, B):
    """X with U @ X = B."""
    n = U.shape[-1]
    if n == 0:
        return B
    if n == 1:
        return B / U
    h = n // 2
    top = U.narrow(-2, 0, h)
    below = _upper(U.narrow(-2, h, n - h).narrow(-1, h, n - h), B.narrow(-2, h, n - h))
    rest = B.narrow(-2, 0, h) - top.narrow(-1, h, n - h) @ below
    return tandem.cat([_upper(top.narrow(-1, 0, h), rest), below], -2)


def _solution(name, A, B):
    """X, and where pivots are 0, so that it is none."""
    n = square(name, A).shape[-1]
    if n == 0:
        return B.clone(), tandem.zeros(tuple(A.shape[:-1]), dtype=tandem.bool)
    L, U, order, _ = _lu(A)
    return _upper(U, _unit_lower(L, _rows(B, order))), U.diagonal(0, -2, -1) == 0


def _no_singular(name, singular):
    """Raises; but in a program, which has no values while it is traced, the result is infinite or NaN instead."""
    if not _C._is_tracing() and bool(singular.any()):
        place = "" if singular.ndim == 1 else f" (matrix {_C.nonzero(singular.any(-1))[0].tolist()} of the batch)"
        raise LinAlgError(f"linalg.{name}: the matrix is singular{place}; pinv() or lstsq() give the best there is")


def solve(A, B, *, left=True, out=None):
    """X with A @ X = B. B: [..., n] or [..., n, k]; left=False: X @ A = B."""
    square("solve", A)
    if not left:
        return solve(A.mT, B.mT).mT
    vector = B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))
    B = B.unsqueeze(-1) if vector else B
    if B.shape[-2] != A.shape[-1]:
        raise _C.ShapeError(f"linalg.solve: A is {list(A.shape)}, and B of shape {list(B.shape)} has {B.shape[-2]} rows")
    batch = _C.broadcast_shapes(tuple(A.shape[:-2]), tuple(B.shape[:-2]))
    X, singular = _solution("solve", A.broadcast_to((*batch, *A.shape[-2:])), B.broadcast_to((*batch, *B.shape[-2:])))
    _no_singular("solve", singular)
    return X.squeeze(-1) if vector else X


def inv(A, *, out=None):
    """The inverse: [..., n, n]."""
    n = square("inv", A).shape[-1]
    X, singular = _solution("inv", A, tandem.eye(n, dtype=A.dtype).broadcast_to(A.shape))
    _no_singular("inv", singular)
    return X


def inv_ex(A, *, check_errors=False, out=None):
    """The inverse, and where there is none the 1-based place of the first zero pivot."""
    n = square("inv_ex", A).shape[-1]
    X, singular = _solution("inv_ex", A, tandem.eye(n, dtype=A.dtype).broadcast_to(A.shape))
    if check_errors:
        _no_singular("inv_ex", singular)
    first = tandem.where(singular.any(-1), singular.to(tandem.int64).argmax(-1) + 1, 0)
    return inv_ex_result(X, first.to(tandem.int32))


def _pivots(name, A):
    """The diagonal of U, and the sign of the order of rows."""
    if square(name, A).shape[-1] == 0:
        return tandem.ones(tuple(A.shape[:-1]), dtype=A.dtype), tandem.ones(tuple(A.shape[:-2]), dtype=A.dtype)
    _, U, _, sign = _lu(A)
    return U.diagonal(0, -2, -1), sign.to(A.dtype)


def det(A, *, out=None):
    """The determinant: [...]."""
    pivots, sign = _pivots("det", A)
    return sign * pivots.prod(-1)


def slogdet(A, *, out=None):
    """The determinant's sign and the logarithm of its magnitude."""
    pivots, sign = _pivots("slogdet", A)
    return slogdet_result(sign * pivots.sign().prod(-1), pivots.abs().log().sum(-1))


def logdet(A):
    """The logarithm of the determinant; NaN where that is negative."""
    sign, value = slogdet(A)
    return tandem.where(sign < 0, float("nan"), value)


def inverse(A, *, out=None):
    """linalg.inv()"""
    return inv(A)


def pinverse(A, rcond=None):
    """linalg.pinv()"""
    return pinv(A, rcond)


def solve_triangular(A, B, *, upper, left=True, unitriangular=False, out=None):
    """X with A @ X = B, of which only the upper or the lower triangle of A is read."""
    square("solve_triangular", A)
    if not left:
        return solve_triangular(A.mT, B.mT, upper=not upper, unitriangular=unitriangular).mT
    batch = _C.broadcast_shapes(tuple(A.shape[:-2]), tuple(B.shape[:-2]))
    A, B = A.broadcast_to((*batch, *A.shape[-2:])), B.broadcast_to((*batch, *B.shape[-2:]))
    if not upper:  # in reverse order of rows and columns it is upper
        return solve_triangular(A.flip(-2, -1), B.flip(-2), upper=True, unitriangular=unitriangular).flip(-2)
    if unitriangular:
        A = A.triu(1) + tandem.eye(A.shape[-1], dtype=A.dtype)
    return _upper(A, B)


def matrix_power(A, n, *, out=None):
    """A multiplied n times by itself; of the inverse for a negative n."""
    square("matrix_power", A)
    if n < 0:
        A, n = inv(A), -n
    result = tandem.eye(A.shape[-1], dtype=A.dtype).broadcast_to(A.shape).clone()
    while n:
        if n & 1:
            result = result @ A
        n >>= 1
        A = A @ A if n else A
    return result


def _cutoff(values, shape, atol, rtol):
    """Below this, a singular value counts as zero."""
    if rtol is None:
        rtol = 0.0 if atol is not None else max(shape[-2:]) * tandem.finfo(values.dtype).eps
    largest = values.amax(-1, True)
    bound = (rtol.unsqueeze(-1) if isinstance(rtol, tandem.Tensor) else rtol) * largest
    if atol is None:
        return bound
    return tandem.maximum(bound, tandem.zeros_like(bound) + (atol.unsqueeze(-1) if isinstance(atol, tandem.Tensor) else atol))


def matrix_rank(A, tol=None, hermitian=False, *, atol=None, rtol=None, out=None):
    """How many singular values are more than rounding."""
    from .decompositions import svdvals

    if 0 in A.shape[-2:]:
        return tandem.zeros(tuple(A.shape[:-2]), dtype=tandem.int64)
    values = svdvals(A)
    return (values > _cutoff(values, A.shape, atol if tol is None else tol, rtol)).sum(-1)


def pinv(A, rcond=None, hermitian=False, *, atol=None, rtol=None, out=None):
    """The pseudo-inverse: the inverse where there is one, else the best by least squares."""
    from .decompositions import svd

    matrices("pinv", A)
    if 0 in A.shape[-2:]:
        return tandem.zeros((*A.shape[:-2], A.shape[-1], A.shape[-2]), dtype=A.dtype)
    U, S, Vh = svd(A, full_matrices=False)
    kept = S > _cutoff(S, A.shape, atol, rcond if rtol is None else rtol)
    inverse = tandem.where(kept, 1 / tandem.where(kept, S, 1.0), 0.0)
    return (Vh.mT * inverse.unsqueeze(-2)) @ U.mT


def lstsq(A, B, rcond=None, *, driver=None):
    """X with the least |A @ X - B|."""
    from .decompositions import svdvals

    vector = B.ndim == A.ndim - 1
    right = B.unsqueeze(-1) if vector else B
    X = pinv(A, rtol=rcond) @ right
    residuals = tandem.empty(0, dtype=A.dtype)
    rank = matrix_rank(A, rtol=rcond)
    if A.shape[-2] > A.shape[-1] and bool((rank == A.shape[-1]).all()):
        residuals = ((A @ X - right) ** 2).sum(-2)
    return lstsq_result(X.squeeze(-1) if vector else X, residuals, rank, svdvals(A))


def multi_dot(tensors, *, out=None):
    """The product of matrices, in the cheapest order."""
    tensors = list(tensors)
    first, last = tensors[0].ndim == 1, tensors[-1].ndim == 1
    if first:
        tensors[0] = tensors[0].unsqueeze(0)
    if last:
        tensors[-1] = tensors[-1].unsqueeze(1)
    sizes = [t.shape[0] for t in tensors] + [tensors[-1].shape[1]]
    n = len(tensors)
    cost, cut = {(i, i): 0 for i in range(n)}, {}
    for span in range(1, n):
        for i in range(n - span):
            j = i + span
            cost[i, j], cut[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j))

    def product(i, j):
        return tensors[i] if i == j else product(i, cut[i, j]) @ product(cut[i, j] + 1, j)

    result = product(0, n - 1)
    if first:
        result = result.squeeze(0)
    return result.squeeze(-1) if last else result


def matmul(input, other, *, out=None):
    return _C.matmul(input, other)
