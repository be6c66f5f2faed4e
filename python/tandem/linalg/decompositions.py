"""Cholesky's, QR, and by Jacobi's rotations the eigenvalues of symmetric matrices and singular values of any."""

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
    """Lower triangular L with L @ L.mT = A, for positive definite A, of which the lower triangle is read."""
    L, info = _cholesky(square("cholesky", A))
    if bool((info != 0).any()):
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


def _rounds(n):
    """All pairs of 0..n-1 (n even) in n - 1 rounds of disjoint ones."""
    ring = list(range(n))
    for _ in range(n - 1):
        yield [(min(a, b), max(a, b)) for a, b in zip(ring[:n // 2], reversed(ring[n // 2:]))]
        ring.insert(1, ring.pop())


def _rotations(n, first, second, c, s):
    """Orthogonal matrices [..., n, n] that turn the planes of the pairs by (c, s)."""
    J = tandem.eye(n, dtype=c.dtype).broadcast_to((*c.shape[:-1], n, n)).clone()
    J[..., first, first] = c
    J[..., second, second] = c
    J[..., first, second] = s
    J[..., second, first] = -s
    return J


def _angle(difference, double):
    """cos and sin of the turn that takes `double` (twice what is beside the diagonal) to zero."""
    zero = double == 0
    theta = difference / tandem.where(zero, 1.0, double)
    t = tandem.where(theta < 0, -1.0, 1.0) / (theta.abs() + tandem.hypot(theta, tandem.ones_like(theta)))
    t = tandem.where(zero, 0.0, t)
    c = 1 / tandem.hypot(t, tandem.ones_like(t))
    return c, c * t


_sweeps = 30  # six to ten are enough for any matrix that is not made to resist


def _jacobi_eigh(A):
    n = A.shape[-1]
    even = n + n % 2
    if even != n:
        A = _padded(A, even, even)
    V = tandem.eye(even, dtype=A.dtype).broadcast_to(A.shape)
    limit = tandem.finfo(A.dtype).eps * vector_size(A)
    off = 1 - tandem.eye(even, dtype=A.dtype)
    rounds = [tuple(map(list, zip(*pairs))) for pairs in _rounds(even)]
    for _ in range(_sweeps):
        if bool((vector_size(A * off) <= limit).all()):
            break
        for first, second in rounds:
            a, b = A[..., first, first], A[..., second, second]
            J = _rotations(even, first, second, *_angle(b - a, 2 * A[..., first, second]))
            A = J.mT @ A @ J
            A = (A + A.mT) / 2
            V = V @ J
    values = A.diagonal(0, -2, -1)[..., :n] if even == n else _without_padding(A, V, n)[0]
    V = V if even == n else _without_padding(A, V, n)[1]
    values, order = values.sort(-1)
    return values, V.take_along_dim(order.unsqueeze(-2).broadcast_to(V.shape), -1)


def vector_size(A):
    return A.square().sum((-2, -1)).sqrt()


def _padded(A, rows, columns):
    result = tandem.zeros((*A.shape[:-2], rows, columns), dtype=A.dtype)
    result[..., :A.shape[-2], :A.shape[-1]] = A
    return result


def _without_padding(A, V, n):
    """A zero row and column is an eigenvector of its own, which no rotation touches."""
    return A.diagonal(0, -2, -1)[..., :n], V[..., :n, :n]


class _Eigh(tandem.autograd.Function):
    @staticmethod
    def forward(ctx, A):
        values, V = _jacobi_eigh(A)
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


def _jacobi_svd(A):
    """One-sided: turns columns of A [..., m, n], m >= n, until they are orthogonal."""
    m, n = A.shape[-2:]
    even = n + n % 2
    G = _padded(A, m, even) if even != n else A
    V = tandem.eye(even, dtype=A.dtype).broadcast_to((*A.shape[:-2], even, even))
    eps = tandem.finfo(A.dtype).eps
    rounds = [tuple(map(list, zip(*pairs))) for pairs in _rounds(even)]
    for _ in range(_sweeps):
        turned = False
        for first, second in rounds:
            x, y = G[..., first], G[..., second]
            a, b, between = (x * x).sum(-2), (y * y).sum(-2), (x * y).sum(-2)
            small = between.abs() <= eps * (a * b).sqrt()
            if bool(small.all()):
                continue
            turned = True
            c, s = _angle(b - a, tandem.where(small, 0.0, 2 * between))
            G = _columns_turned(G, first, second, x, y, c, s)
            V = _columns_turned(V, first, second, V[..., first], V[..., second], c, s)
        if not turned:
            break
    G, V = G[..., :n], V[..., :n, :n]
    S = G.square().sum(-2).sqrt()
    S, order = S.sort(-1, True)
    G = G.take_along_dim(order.unsqueeze(-2).broadcast_to(G.shape), -1)
    V = V.take_along_dim(order.unsqueeze(-2).broadcast_to(V.shape), -1)
    return _orthonormal(G, S, eps), S, V


def _columns_turned(M, first, second, x, y, c, s):
    M = M.clone()
    c, s = c.unsqueeze(-2), s.unsqueeze(-2)
    M[..., first] = c * x - s * y
    M[..., second] = s * x + c * y
    return M


def _orthonormal(G, S, eps):
    """U: the columns of G by their lengths; those of no length are chosen at right angles to the others."""
    tiny = S <= eps * S.amax(-1, True) * max(G.shape[-2:])
    U = tandem.where(tiny.unsqueeze(-2), 0.0, G / tandem.where(tiny, 1.0, S).unsqueeze(-2))
    if not bool(tiny.any()):
        return U
    Q, R = qr(tandem.cat([U, tandem.eye(G.shape[-2], dtype=G.dtype).broadcast_to((*G.shape[:-2], G.shape[-2], G.shape[-2]))], -1))
    # The order of lengths is descending, so the first columns of Q are those of U, up to their signs.
    return tandem.where(tiny.unsqueeze(-2), Q[..., :G.shape[-1]], U)


class _Svd(tandem.autograd.Function):
    @staticmethod
    def forward(ctx, A):
        U, S, V = _jacobi_svd(A)
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
