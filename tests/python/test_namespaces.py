"""Modules that are a prefix of the registry: linalg, special, signal; and what fft has."""

import math

import pytest

import tandem as torch


def test_ops_of_a_namespace_are_found_there_alone():
    assert torch.linalg.solve is torch._C.linalg_solve
    assert torch.special.zeta is torch._C.special_zeta
    for name in ("linalg_solve", "special_zeta", "signal_windows_hann"):
        assert not hasattr(torch, name) and not hasattr(torch.Tensor, name)
    assert torch.det is torch.linalg.det is torch.Tensor.det
    assert torch.special.psi is torch.digamma
    assert "solve" in dir(torch.linalg) and "solve" in torch.linalg.__all__


def test_results_have_names():
    A = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    assert torch.linalg.eigh(A).eigenvalues.tolist() == [2.0, 3.0]
    assert torch.linalg.slogdet(A).logabsdet.item() == pytest.approx(math.log(6))


def test_orders_are_numbers_or_words():
    A = torch.tensor([[1.0, -2.0], [3.0, 4.0]])
    assert torch.linalg.matrix_norm(A, 1).item() == 6
    assert torch.linalg.matrix_norm(A, -math.inf).item() == 3
    assert torch.linalg.norm(A, "fro").item() == pytest.approx(math.sqrt(30))
    assert torch.linalg.norm(A, math.inf).item() == 7
    assert torch.linalg.cond(A).item() == pytest.approx(torch.linalg.cond(A, 2).item())
    with pytest.raises(ValueError, match="ord must be"):
        torch.linalg.matrix_norm(A, 3)


def test_windows():
    assert torch.signal.windows.hann(5).tolist() == torch.hann_window(5, False).tolist()
    cosine = torch.signal.windows.general_cosine(6, a=[0.54, 0.46], sym=False)
    torch.testing.assert_close(cosine, torch.signal.windows.hamming(6, sym=False))
    assert torch.hann_window(4, dtype=torch.float64, device="cpu").dtype == torch.float64


def test_fft_says_what_it_lacks():
    x = torch.arange(5)
    assert torch.fft.fftshift(x).tolist() == [3, 4, 0, 1, 2]
    assert torch.fft.ifftshift(torch.fft.fftshift(x)).tolist() == x.tolist()
    assert torch.fft.fftfreq(4).tolist() == [0, 0.25, -0.5, -0.25]
    with pytest.raises(AttributeError, match="complex numbers"):
        torch.fft.rfft


def test_results_that_were_asked_for():
    x = torch.tensor([1, 1, 2, 2, 2, 1])
    values, inverse, counts = torch.unique_consecutive(x, return_inverse=True, return_counts=True)
    assert values.tolist() == [1, 2, 1] and inverse.tolist() == [0, 0, 1, 1, 1, 2] and counts.tolist() == [2, 3, 1]
    rows = torch.tensor([[1, 2], [0, 5], [1, 2]])
    assert torch.unique(rows, dim=0).tolist() == [[0, 5], [1, 2]]
    assert torch.nanmedian(torch.tensor([1.0, math.nan, 3.0])).item() == 1
    hist, edges = torch.histogram(torch.tensor([1.0, 2.0, 1.0]), bins=4, range=(0.0, 3.0))
    assert hist.tolist() == [0, 2, 1, 0] and edges.tolist() == [0, 0.75, 1.5, 2.25, 3]
    LU, pivots, info = torch.lu(torch.eye(2), get_infos=True)
    assert pivots.dtype == torch.int32 and info.item() == 0
    assert torch.mode(torch.tensor([3, 1, 1, 3])).values.item() == 1


def test_sizes_that_programs_do_not_know():
    with pytest.raises(NotImplementedError, match="depends on the elements"):
        torch.trace(torch.bincount, {"x": torch.tensor([1, 2])})
