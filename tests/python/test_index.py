"""Indexing against NumPy, and where PyTorch differs from it."""

import numpy as np
import pytest

import tandem as torch

base = np.arange(60).reshape(3, 4, 5)

KEYS = [
    0, -1, (1, 2), (1, 2, 3), slice(1, None), (slice(None), 1), (slice(None, None, 2), slice(1, 3)),
    None, (None, 0), Ellipsis, (Ellipsis, 0), (0, Ellipsis, 1), (slice(5, 9),), (slice(-2, None),),
    [0, 2], ([0, 1], [1, 2]), ([0, 1], slice(None), [1, 2]), (slice(None), [0, 1], [1, 2]),
    ([[0], [1]], [1, 2]), np.array([2, 0]), base > 30, (base[:, :, 0] > 10), (0, base[0] > 3),
    (slice(None), [True, False, True, False]), True, False, np.int64(1),
]


@pytest.mark.parametrize("key", KEYS, ids=lambda k: "mask" if isinstance(k, np.ndarray) else str(k))
def test_as_numpy(key):
    x = torch.from_numpy(base.copy())
    expected = base[key]
    assert np.array_equal(x[key].numpy(), expected)

    written, other = torch.from_numpy(base.copy()), base.copy()
    written[key] = -7
    other[key] = -7
    assert np.array_equal(written.numpy(), other)
    written[key] = torch.from_numpy(np.asarray(expected))
    assert np.array_equal(written.numpy(), base)


def test_views_and_copies():
    x = torch.zeros(3, 4)
    x[1:, 2] = 5
    x[0][0] = 1
    assert x.tolist() == [[1, 0, 0, 0], [0, 0, 5, 0], [0, 0, 5, 0]]
    y = x[[0, 1]]
    y[0] = 9
    assert x[0, 0].item() == 1


def test_repeated_places_count_once():
    q = torch.zeros(2)
    q[[0, 0]] += 1
    assert q.tolist() == [1, 0]


def test_index_tensors():
    x = torch.arange(6).reshape(2, 3)
    assert x[torch.tensor(1)].tolist() == [3, 4, 5]
    assert x[torch.tensor([0, 1]), torch.tensor([2, 0])].tolist() == [2, 3]
    assert x[torch.tensor([1, 0], dtype=torch.uint8)].tolist() == [[0, 1, 2]]  # a mask
    assert x[:, torch.tensor([True, False, True])].tolist() == [[0, 2], [3, 5]]
    x[x > 3] = 0
    assert x.sum().item() == 6


def test_assignment_casts_numbers():
    x = torch.zeros(3, dtype=torch.int64)
    x[0] = 2.7
    x[1] = torch.tensor(3.9)
    assert x.tolist() == [2, 3, 0]
    with pytest.raises(RuntimeError):
        x[[0, 1]] = torch.tensor([1.0, 2.0])
    with pytest.raises(RuntimeError):
        x[:] = torch.ones(2)


@pytest.mark.parametrize("key, error", [
    (3, IndexError), ((0, 0, 0), IndexError), (1.5, IndexError), ("a", TypeError),
    (slice(None, None, -1), ValueError), ([0, 5], IndexError), (object(), IndexError),
    ([True], IndexError), (10**30, (IndexError, OverflowError)),
])
def test_errors(key, error):
    x = torch.zeros(2, 2)
    with pytest.raises(error):
        x[key]
    with pytest.raises(error):
        x[key] = 1


def test_gradient_through_indexing():
    x = torch.ones(3, requires_grad=True)
    x[[0, 0, 2]].sum().backward()
    assert x.grad.tolist() == [2, 0, 1]
    with pytest.raises(RuntimeError, match="a view of a leaf Variable|leaf Variable"):
        x[0] = 1


def test_iteration():
    x = torch.arange(4).reshape(2, 2)
    assert [r.tolist() for r in x] == [[0, 1], [2, 3]]
    a, b = x
    assert len(x) == 2 and b.tolist() == [2, 3]
