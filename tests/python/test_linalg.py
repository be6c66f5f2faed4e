"""torch.linalg: against NumPy, on batches, on matrices without full rank; gradients by differences."""

import numpy as np
import pytest

import tandem as torch
from tandem import linalg
from tandem.autograd import gradcheck, gradgradcheck

SHAPES = [(1, 1), (4, 4), (7, 3), (3, 7), (2, 5, 5), (2, 3, 6, 4), (0, 3), (3, 0)]


def matrix(*shape, seed=0):
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def near(a, b, tolerance=1e-10):
    a, b = np.asarray(a.detach()), np.asarray(b)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def deficient(*shape):
    A = matrix(*shape)
    if shape[-1] > 2:
        A[..., 1] = A[..., 0]
        A[..., 2] = 0
    return A


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("make", [matrix, deficient])
def test_svd_and_qr(shape, make):
    A = make(*shape)
    for full in (False, True):
        U, S, Vh = linalg.svd(A, full)
        k = min(shape[-2:])
        near(U[..., :k] * S.unsqueeze(-2) @ Vh[..., :k, :], A)
        near(S, np.linalg.svd(A.numpy())[1])
        near(U.mT @ U, np.broadcast_to(np.eye(U.shape[-1]), (*shape[:-2], U.shape[-1], U.shape[-1])))
        near(Vh @ Vh.mT, np.broadcast_to(np.eye(Vh.shape[-2]), (*shape[:-2], Vh.shape[-2], Vh.shape[-2])))
    for mode in ("reduced", "complete"):
        Q, R = linalg.qr(A, mode)
        assert Q.shape == np.linalg.qr(A.numpy(), mode)[0].shape
        near(Q @ R, A)
        near(Q.mT @ Q, np.broadcast_to(np.eye(Q.shape[-1]), (*shape[:-2], Q.shape[-1], Q.shape[-1])))
    near(linalg.pinv(A), np.linalg.pinv(A.numpy()), 1e-8)
    # NumPy 2.2, the last for Python 3.10, takes no empty matrices.
    near(linalg.matrix_rank(A), np.linalg.matrix_rank(A.numpy()) if A.numel() else 0)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 33])
def test_square(n):
    A, B = matrix(2, n, n), matrix(2, n, 3, seed=1)
    near(linalg.solve(A, B), np.linalg.solve(A.numpy(), B.numpy()), 1e-8)
    near(linalg.solve(A, B[..., 0]), np.linalg.solve(A.numpy(), B.numpy()[..., :1])[..., 0], 1e-8)
    near(linalg.inv(A), np.linalg.inv(A.numpy()), 1e-8)
    near(linalg.det(A), np.linalg.det(A.numpy()), 1e-9)
    for ours, theirs in zip(linalg.slogdet(A), np.linalg.slogdet(A.numpy())):
        near(ours, theirs)
    S = A @ A.mT + torch.eye(n, dtype=A.dtype)
    near(linalg.cholesky(S), np.linalg.cholesky(S.numpy()), 1e-9)
    values, V = linalg.eigh(S)
    near(values, np.linalg.eigvalsh(S.numpy()), 1e-9)
    near(V * values.unsqueeze(-2) @ V.mT, S.numpy(), 1e-9)
    for upper in (False, True):
        T = (A.triu() if upper else A.tril()) + 3 * torch.eye(n, dtype=A.dtype)
        near(T @ linalg.solve_triangular(T, B, upper=upper), B, 1e-8)
    near(linalg.matrix_power(A, -3), np.linalg.matrix_power(A.numpy(), -3), 1e-5)


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")])
def test_norms_of_matrices(ord):
    A = matrix(4, 3)
    near(linalg.matrix_norm(A, ord), np.linalg.norm(A.numpy(), ord))
    near(linalg.norm(A, ord, (0, 1), True), np.linalg.norm(A.numpy(), ord, (0, 1), True))


@pytest.mark.parametrize("ord", [0, 1, 2, 3, 0.5, -1, float("inf"), -float("inf")])
def test_norms_of_vectors(ord):
    x = matrix(4, 3)
    near(linalg.vector_norm(x, ord, 1), np.linalg.norm(x.numpy(), ord, 1))
    near(linalg.vector_norm(x, ord), np.linalg.norm(x.numpy().ravel(), ord))


@pytest.mark.parametrize("scale", [1e-200, 1e200, 1e-3])
def test_sizes_of_numbers(scale):
    A = matrix(5, 4) * scale
    near(linalg.svdvals(A) / scale, np.linalg.svd(A.numpy() / scale)[1])
    S = A.mT / scale @ A
    near(linalg.eigvalsh(S) / scale, np.linalg.eigvalsh(S.numpy() / scale), 1e-8)


def test_small_singular_values_are_exact():
    A = torch.diag(torch.tensor([1.0, 1e-9, 1e-17], dtype=torch.float64)) @ linalg.qr(matrix(3, 3))[0]
    near(linalg.svdvals(A) / torch.tensor([1.0, 1e-9, 1e-17], dtype=torch.float64), np.ones(3), 1e-6)


@pytest.mark.parametrize("tiny", [1e-130, 1e-145, 1e-160, 1e-200, 1e-300, 5e-324])
def test_what_vanishes_beside_the_rest(tiny):
    for A in ([[1.0, tiny], [tiny, tiny]], [[1.0, tiny], [1.0, 2 * tiny]], [[0.0, 1.0], [tiny, 0.0]],
              [[tiny, 3 * tiny, 1.0], [2 * tiny, tiny, -1.0], [tiny, -tiny, 1.0]]):
        A = torch.tensor(A, dtype=torch.float64)
        U, S, Vh = linalg.svd(A)
        near(U * S @ Vh, A)
        near(S, np.linalg.svd(A.numpy())[1])
        near(U.mT @ U, np.eye(len(A)))
        values, V = linalg.eigh(A + A.mT)
        near(V * values @ V.mT, (A + A.mT).numpy())


def test_larger():
    A = matrix(150, 150)
    U, S, Vh = linalg.svd(A)
    near(U * S @ Vh, A, 1e-11)
    values, V = linalg.eigh(A + A.mT)
    near(V * values @ V.mT, (A + A.mT).numpy(), 1e-11)
    near(A @ linalg.solve(A, A), A, 1e-9)
    x = torch.randn(40, 30)
    U, S, Vh = linalg.svd(x, False)
    torch.testing.assert_close(U * S @ Vh, x)


def test_others():
    a, b, c = matrix(3, 4), matrix(4, 5), matrix(5)
    near(linalg.multi_dot([a, b, c]), a.numpy() @ b.numpy() @ c.numpy())
    near(linalg.cross(matrix(2, 3), matrix(2, 3, seed=1)), np.cross(matrix(2, 3).numpy(), matrix(2, 3, seed=1).numpy()))
    near(linalg.lstsq(matrix(6, 3), matrix(6, seed=1))[0], np.linalg.lstsq(matrix(6, 3).numpy(), matrix(6, seed=1).numpy())[0])


def test_gradients():
    A = matrix(4, 4).requires_grad_()
    S = lambda A: A @ A.mT + torch.eye(4, dtype=A.dtype)  # noqa: E731
    assert gradcheck(linalg.inv, A) and gradcheck(linalg.det, A)
    assert gradcheck(lambda A, B: linalg.solve(A, B), (A, matrix(4, 2, seed=1).requires_grad_()))
    assert gradcheck(lambda A: linalg.cholesky(S(A)), A)
    assert gradcheck(lambda A: linalg.eigh(S(A))[0], A)
    assert gradcheck(lambda A: linalg.eigh(S(A))[1] ** 2, A)
    tall = matrix(5, 3).requires_grad_()
    assert gradcheck(linalg.qr, tall) and gradcheck(linalg.svdvals, tall)
    assert gradcheck(lambda A: [m.abs() for m in linalg.svd(A, False)], tall)
    assert gradcheck(linalg.pinv, tall)
    assert gradgradcheck(linalg.inv, A) and gradgradcheck(linalg.svdvals, tall)
    assert gradgradcheck(lambda A: linalg.eigh(S(A))[1] ** 2, A)


def test_errors_say_what_is_wrong():
    with pytest.raises(RuntimeError, match="singular"):
        linalg.inv(torch.ones(2, 2))
    with pytest.raises(RuntimeError, match="not positive definite.*order 2"):
        linalg.cholesky(torch.tensor([[1.0, 2.0], [2.0, 1.0]]))
    with pytest.raises(RuntimeError, match=r"square matrices, got shape \[2, 3\]"):
        linalg.det(torch.ones(2, 3))
    with pytest.raises(TypeError, match="float"):
        linalg.inv(torch.eye(2, dtype=torch.int64))
    with pytest.raises(ValueError, match="NaN or an infinity"):
        linalg.svd(torch.full((2, 2), float("nan")))
    with pytest.raises(NotImplementedError, match="eigh"):
        linalg.eig(torch.ones(2, 2))


def test_in_programs():
    A = torch.randn(5, 3, 3)
    S = A @ A.mT + torch.eye(3)
    for f in (linalg.det, linalg.inv, linalg.cholesky, lambda A: linalg.solve(A, A[..., 0]), linalg.eigvalsh,
              linalg.svdvals, linalg.pinv, linalg.matrix_exp):
        program = torch.trace(f, {"A": (torch.dim("b"), 3, 3)})
        assert torch.equal(program(S), f(S))
    assert not torch.compile(linalg.inv)(torch.ones(2, 2)).isfinite().any()
