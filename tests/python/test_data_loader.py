"""utils.data: PyTorch's orders for a seed, its collating, workers."""

import collections

import pytest

import tandem as torch
from tandem.utils import data
from tandem.utils.data import DataLoader, TensorDataset


class Squares(data.Dataset):
    def __len__(self):
        return 10

    def __getitem__(self, i):
        if not 0 <= i < 10:
            raise IndexError(i)
        return i * i


def epoch(loader):
    return [batch.tolist() for batch in loader]


def test_orders_are_pytorchs():
    # Recorded from PyTorch 2.15: torch.manual_seed(0), then a loader of range(10) by 4.
    torch.manual_seed(0)
    loader = DataLoader(TensorDataset(torch.arange(10)), 4, shuffle=True)
    assert [b[0].tolist() for b in loader] == [[6, 7, 1, 4], [2, 0, 9, 8], [3, 5]]
    assert data.random_split(range(10), [5, 5], torch.Generator().manual_seed(0))[0].indices == [4, 1, 7, 5, 3]
    torch.manual_seed(0)
    plain = DataLoader(Squares(), 4)
    epoch(plain)
    after = torch.rand(1).item()
    torch.manual_seed(0)
    torch.empty((), dtype=torch.int64).random_()
    assert torch.rand(1).item() == after  # an iterator draws one seed, whether it is used or not


def test_lengths():
    assert len(DataLoader(Squares(), 4)) == 3 and len(DataLoader(Squares(), 4, drop_last=True)) == 2
    assert epoch(DataLoader(Squares(), 4, drop_last=True)) == [[0, 1, 4, 9], [16, 25, 36, 49]]
    with pytest.raises(TypeError):
        DataLoader(object(), shuffle=True)
    with pytest.raises(ValueError, match="mutually exclusive"):
        DataLoader(Squares(), shuffle=True, sampler=data.SequentialSampler(Squares()))


def test_workers_keep_the_order_and_have_generators_of_their_own():
    for workers in (1, 3):
        assert epoch(DataLoader(Squares(), 3, num_workers=workers)) == epoch(DataLoader(Squares(), 3))

    class Draws(Squares):
        def __getitem__(self, i):
            info = data.get_worker_info()
            return torch.rand(1) if info is not None else torch.zeros(1)

    torch.manual_seed(3)
    first = epoch(DataLoader(Draws(), 2, num_workers=2))
    torch.manual_seed(3)
    assert epoch(DataLoader(Draws(), 2, num_workers=2)) == first and first[0] != first[1]


@pytest.mark.parametrize("workers", [0, 2])
def test_errors_come_where_the_batch_would_have(workers):
    class Broken(Squares):
        def __getitem__(self, i):
            if i == 5:
                raise ValueError("sample 5 is broken")
            return i

    batches = iter(DataLoader(Broken(), 2, num_workers=workers))
    assert next(batches).tolist() == [0, 1] and next(batches).tolist() == [2, 3]
    with pytest.raises(ValueError, match="sample 5 is broken"):
        next(batches)

    def bad_init(worker):
        raise RuntimeError("no worker")

    with pytest.raises(RuntimeError, match="no worker"):
        epoch(DataLoader(Squares(), 2, num_workers=2, worker_init_fn=bad_init))


@pytest.mark.parametrize("workers", [0, 1])
def test_iterable_datasets(workers):
    class Count(data.IterableDataset):
        def __iter__(self):
            return iter(range(5))

    assert epoch(DataLoader(Count(), 2, num_workers=workers)) == [[0, 1], [2, 3], [4]]
    assert epoch(DataLoader(Count(), 2, drop_last=True, num_workers=workers)) == [[0, 1], [2, 3]]


def test_an_iterable_dataset_shared_among_workers():
    class Share(data.IterableDataset):
        def __iter__(self):
            info = data.get_worker_info()
            return iter(range(info.id, 7, info.num_workers))

    batches = epoch(DataLoader(Share(), 2, num_workers=2))
    assert sorted(sum(batches, [])) == list(range(7))


def test_collating():
    np = pytest.importorskip("numpy")
    Pair = collections.namedtuple("Pair", "a b")
    batch = data.default_collate([Pair(1, {"x": 2.0, "s": "p"}), Pair(3, {"x": 4.0, "s": "q"})])
    assert isinstance(batch, Pair) and batch.a.dtype == torch.int64
    assert batch.b["x"].dtype == torch.float64 and batch.b["s"] == ["p", "q"]
    assert data.default_collate([np.zeros(2), np.ones(2)]).dtype == torch.float64
    assert isinstance(data.default_collate([(1, 2), (3, 4)]), list)
    with pytest.raises(RuntimeError, match=r"equal size, but got \[2\] at entry 0 and \[3\] at entry 1"):
        data.default_collate([torch.zeros(2), torch.zeros(3)])
    with pytest.raises(TypeError, match="NoneType"):
        data.default_collate([None])


def test_arrays_that_lie_in_a_file(tmp_path):
    np = pytest.importorskip("numpy")
    np.arange(6, dtype=np.uint16).tofile(tmp_path / "ids.bin")
    ids = np.memmap(tmp_path / "ids.bin", dtype=np.uint16, mode="r")
    assert torch.from_numpy(ids[1:4].astype(np.int64)).tolist() == [1, 2, 3]


def test_datasets():
    both = Squares() + Squares()
    assert len(both) == 20 and both[11] == 1 and both[-1] == 81
    assert data.Subset(Squares(), [3, 1])[0] == 9
    parts = data.random_split(Squares(), [0.55, 0.45])
    assert [len(p) for p in parts] == [6, 4]
    with pytest.raises(ValueError, match="Sum of input lengths"):
        data.random_split(Squares(), [1, 2])
    assert data.StackDataset(Squares(), Squares())[2] == (4, 4)


def test_samplers():
    assert sorted(data.SubsetRandomSampler([5, 6, 7])) == [5, 6, 7]
    assert set(data.WeightedRandomSampler([0.0, 1.0], 5)) == {1}
    assert len(list(data.RandomSampler(range(3), replacement=True, num_samples=40))) == 40
    assert list(data.BatchSampler(range(5), 2, False)) == [[0, 1], [2, 3], [4]]
    shares = [list(data.DistributedSampler(range(5), 2, r, shuffle=False)) for r in (0, 1)]
    assert shares == [[0, 2, 4], [1, 3, 0]]


def test_seeds_set_in_a_worker_are_its_own():
    class Seeded(Squares):
        def __getitem__(self, i):
            torch.manual_seed(i)
            return torch.rand(1)

    here = epoch(DataLoader(Seeded(), 5))
    batches = DataLoader(Seeded(), 5, num_workers=2)
    assert epoch(batches) == here
    torch.manual_seed(5)
    torch.empty((), dtype=torch.int64).random_()
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    epoch(batches)
    assert torch.rand(1).item() == expected  # the process's generator is untouched
