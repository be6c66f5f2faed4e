"""Cholesky's, QR, eigenvalues of symmetric matrices and singular values of any."""

from collections import namedtuple

import tandem
from tandem import _C

from ._checks import LinAlgError, matrices, square

qr_result = namedtuple("qr_result", ("Q", "R"))
eigh_result = namedtuple("eigh_result", ("eigenvalues", "eigenvectors"))
svd_result = namedtuple("svd_result", ("U", "S", "Vh"))
cholesky_ex_result = namedtuple("cholesky_ex_result", ("L", "info"))


def _cholesky(A):
    """L, and the 1-based place of the first pivot that is not positive, or 0."""
    n = A.shape[-1]
    columns, info = [], tandem.zeros(tuple(A.shape[:-2]), dtype=tandem.int32)
    rows = tandem.arange(n).reshape(n, 1)
    for j in range(n):
        rest = A.narrow(-1, j, 1)
        if columns:
            left = tandem.cat(columns, -1)
            rest = rest - left @ left.narrow(-2, j, 1).mT
        pivot = rest.narrow(-2, j, 1)
        bad = ~(pivot > 0).reshape(info.shape)
        info = tandem.where((info == 0) & bad, j + 1, info)
        columns.append(tandem.where(rows >= j, rest / pivot.sqrt(), 0.0))
    return (tandem.cat(columns, -1) if columns else A.clone()), info


def cholesky(A, *, upper=False, out=None):
    """Lower triangular L with L @ L.mT = A, for positive definite A, of which the lower triangle is read. In a program,
    a matrix that is not gives NaN."""
    L, info = _cholesky(square("cholesky", A))
    if not _C._is_tracing() and bool((info != 0).any()):
        raise LinAlgError("linalg.cholesky: the input is not positive definite (the leading minor of order "
                          f"{int(info.max())} is not positive)")
    return L.mT if upper else L


def cholesky_ex(A, *, upper=False, check_errors=False, out=None):
    """The same; info is 0, or the order of the first leading minor that is not positive."""
    if check_errors:
        cholesky(A)
    L, info = _cholesky(square("cholesky_ex", A))
    return cholesky_ex_result(L.mT if upper else L, info)


def qr(A, mode="reduced", *, out=None):
    """Q with orthonormal columns and R upper triangular, Q @ R = A, by Householder's reflections. mode: "reduced",
    "complete", or "r" (Q is empty)."""
    if mode not in ("reduced", "complete", "r"):
        raise _C.ArgumentError(f"linalg.qr: mode must be 'reduced', 'complete' or 'r', got {mode!r}")
    m, n = matrices("qr", A).shape[-2:]
    R, mirrors = A, []
    rows = tandem.arange(m).reshape(m, 1)
    for k in range(min(m - 1, n)):
        x = tandem.where(rows >= k, R.narrow(-1, k, 1), 0.0)
        head = x.narrow(-2, k, 1)
        square_sum = (x * x).sum(-2, True)
        safe = tandem.where(square_sum == 0, 1.0, square_sum)
        length = tandem.where(head < 0, -safe.sqrt(), safe.sqrt())
        v = tandem.where(rows == k, x + length, x)
        v = tandem.where(square_sum == 0, 0.0, v / (v * v).sum(-2, True).sqrt())
        R = R - 2 * v @ (v.mT @ R)
        mirrors.append(v)
    k = m if mode == "complete" else min(m, n)
    R = R.triu().narrow(-2, 0, k)
    if mode == "r":
        return qr_result(tandem.empty(0, dtype=A.dtype), R)
    Q = tandem.eye(m, k, dtype=A.dtype).broadcast_to((*A.shape[:-2], m, k))
    for v in reversed(mirrors):
        Q = Q - 2 * v @ (v.mT @ Q)
    return qr_result(Q.clone() if not mirrors else Q, R)


def _in_double(function, A):
    """The core computes in float64, on memory in order."""
    return [t.to(A.dtype) for t in function(A.detach().double().contiguous())]


class _Eigh(tandem.autograd.Function):
    @staticmethod
    def forward(ctx, A):
        values, rows = _in_double(_C._eigh, A)
        V = rows.mT
        ctx.save_for_backward(values, V)
        return values, V

    @staticmethod
    def backward(ctx, d_values, dV):
        values, V = ctx.saved_tensors
        gap = values.unsqueeze(-2) - values.unsqueeze(-1)
        inverse = tandem.where(gap == 0, 0.0, 1 / tandem.where(gap == 0, 1.0, gap))
        inner = inverse * (V.mT @ dV) + tandem.diag_embed(d_values)
        return V @ inner @ V.mT


def eigh(A, UPLO="L", *, out=None):
    """Ascending eigenvalues and, as columns, eigenvectors of symmetric matrices, of which the lower ("L") or upper ("U")
    triangle is read. The gradient of vectors is finite for distinct eigenvalues only."""
    square("eigh", A)
    if UPLO not in ("L", "U"):
        raise _C.ArgumentError(f"linalg.eigh: UPLO must be 'L' or 'U', got {UPLO!r}")
    half = A.tril(-1) if UPLO == "L" else A.triu(1)
    A = half + half.mT + tandem.diag_embed(A.diagonal(0, -2, -1))
    if A.numel() == 0 or A.shape[-1] == 1:
        return eigh_result(A.diagonal(0, -2, -1).clone(), tandem.ones_like(A))
    return eigh_result(*_Eigh.apply(A))


def eigvalsh(A, UPLO="L", *, out=None):
    return eigh(A, UPLO)[0]


def _orthonormal(G, S):
    """U: the columns of G by their lengths; those of no length are chosen at right angles to the others."""
    tiny = S <= tandem.finfo(S.dtype).eps * S.amax(-1, True) * max(G.shape[-2:])
    U = tandem.where(tiny.unsqueeze(-2), 0.0, G / tandem.where(tiny, 1.0, S).unsqueeze(-2))
    if not bool(tiny.any()):
        return U
    m, n = G.shape[-2:]
    # Lengths descend, so the first columns of Q are those of U, up to their signs.
    Q = qr(tandem.cat([U, tandem.eye(m, dtype=G.dtype).broadcast_to((*G.shape[:-2], m, m))], -1))[0]
    return tandem.where(tiny.unsqueeze(-2), Q[..., :n], U)


def _singular(columns):
    left, S, right = _C._svd(columns)
    return _orthonormal(left.mT, S), S, right.mT


class _Svd(tandem.autograd.Function):
    @staticmethod
    def forward(ctx, A):
        U, S, V = _in_double(_singular, A.mT)
        ctx.save_for_backward(U, S, V)
        return U, S, V

    @staticmethod
    def backward(ctx, dU, dS, dV):
        U, S, V = ctx.saved_tensors
        gap = S.square().unsqueeze(-2) - S.square().unsqueeze(-1)
        F = tandem.where(gap == 0, 0.0, 1 / tandem.where(gap == 0, 1.0, gap))
        inverse = tandem.where(S == 0, 0.0, 1 / tandem.where(S == 0, 1.0, S))
        left, right = U.mT @ dU, V.mT @ dV
        inner = (F * (left - left.mT)) * S.unsqueeze(-2) + S.unsqueeze(-1) * (F * (right - right.mT))
        d = U @ (inner + tandem.diag_embed(dS)) @ V.mT
        d = d + (dU - U @ left) * inverse.unsqueeze(-2) @ V.mT
        return d + U @ (inverse.unsqueeze(-1) * (dV - V @ right).mT)


def svd(A, full_matrices=True, *, driver=None, out=None):
    """U, descending S, Vh with U * S @ Vh = A. The gradient is finite for distinct singular values only, and that of
    the columns which full_matrices=True adds is left out."""
    m, n = matrices("svd", A).shape[-2:]
    if m < n:
        U, S, Vh = svd(A.mT, full_matrices)
        return svd_result(Vh.mT, S, U.mT)
    if n == 0:
        U = tandem.eye(m, m if full_matrices else 0, dtype=A.dtype).broadcast_to((*A.shape[:-2], m, m if full_matrices else 0))
        return svd_result(U.clone(), A.new_zeros((*A.shape[:-2], 0)), A.new_zeros((*A.shape[:-2], 0, 0)))
    U, S, V = _Svd.apply(A)
    if full_matrices and m > n:
        rest = qr(U.detach(), "complete")[0][..., n:]
        U = tandem.cat([U, rest], -1)
    return svd_result(U, S, V.mT)


def svdvals(A, *, driver=None, out=None):
    return svd(A, full_matrices=False)[1]
