"""torch.testing and torch.special."""

import math

import pytest

import tandem as torch
from tandem.testing import assert_close, make_tensor


def test_close():
    assert_close(torch.ones(2), torch.ones(2) + 1e-6)
    assert_close({"a": [1.0, torch.tensor(2)]}, {"a": (1.0, torch.tensor(2))})
    assert_close(torch.tensor([math.nan, math.inf]), torch.tensor([math.nan, math.inf]), equal_nan=True)
    assert_close(torch.ones(2), torch.ones(2).double(), check_dtype=False)
    assert_close(3, 3)


@pytest.mark.parametrize("a, b, words", [
    (torch.tensor([1.0, 2.0]), torch.tensor([1.0, 3.0]), r"1 / 2 \(50.0%\)\n.*1.0 at index \(1,\)"),
    (torch.ones(2), torch.ones(3), "'shape' do not match"),
    (torch.ones(2), torch.ones(2).double(), "'dtype' do not match"),
    (torch.tensor([math.nan]), torch.tensor([math.nan]), "1 / 1"),
    (torch.tensor([1, 2]), torch.tensor([1, 3]), "not equal"),
    (1.0, 1.1, "Scalars are not close"),
    ([1, 2], [1], "length of the sequences"),
    ({"a": 1}, {"b": 1}, "keys of the mappings"),
    ({"a": [torch.ones(1)]}, {"a": [torch.zeros(1)]}, r"occurred for item \['a'\]\[0\]"),
])
def test_what_differs(a, b, words):
    with pytest.raises(AssertionError, match=words):
        assert_close(a, b)


def test_tolerances_and_messages():
    with pytest.raises(ValueError, match="both"):
        assert_close(torch.ones(1), torch.ones(1), rtol=1e-3)
    with pytest.raises(AssertionError, match="^mine$"):
        assert_close(torch.ones(1), torch.zeros(1), msg="mine")
    with pytest.raises(TypeError, match="str"):
        assert_close("a", torch.ones(1))


def test_make_tensor():
    t = make_tensor(3, 4, dtype=torch.int8, low=1, high=3)
    assert t.shape == (3, 4) and t.dtype is torch.int8 and 1 <= t.min() and t.max() <= 2
    assert not make_tensor((2, 3), dtype=torch.float32, noncontiguous=True).is_contiguous()


def test_special():
    special = torch.special
    x = torch.tensor([0.0, 0.5, 2.0, -1.0])
    assert_close(special.entr(x), torch.tensor([0.0, 0.5 * math.log(2), -2 * math.log(2), -math.inf]))
    assert_close(special.expit(x), torch.sigmoid(x))
    assert special.xlog1py(torch.tensor([0.0]), torch.tensor([-1.0])).item() == 0
    assert_close(special.ndtr(torch.tensor([0.0])), torch.tensor([0.5]))
    with pytest.raises(AttributeError, match="has no"):
        special.zetas


def test_linear_algebra_by_its_older_names():
    A = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    assert_close(A.inverse() @ A, torch.eye(2))
    assert_close(torch.det(A), torch.tensor(5.0))
    assert_close(A.logdet().exp(), torch.tensor(5.0))
    assert_close(torch.cholesky(A) @ A.cholesky().mT, A)
