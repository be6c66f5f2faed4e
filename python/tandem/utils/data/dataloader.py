"""DataLoader: batches of a dataset, in PyTorch's order, fetched ahead by threads.

    for images, labels in DataLoader(dataset, batch_size=64, shuffle=True, num_workers=2):
        ...
"""

from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, random_seed
from .workers import Failure, Workers


class _Endless:
    """What stands for a sampler of an iterable dataset."""

    def __iter__(self):
        while True:
            yield None


class DataLoader:
    """Batches of a dataset. Workers are threads: a dataset of pure Python is no faster with them, one that waits for
    files or decodes in C++ is."""

    def __init__(self, dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0,
                 collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None,
                 multiprocessing_context=None, generator=None, *, prefetch_factor=None, persistent_workers=False,
                 pin_memory_device="", in_order=True):
        if num_workers < 0:
            raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
        if timeout < 0:
            raise ValueError("timeout option should be non-negative")
        if num_workers == 0 and prefetch_factor is not None:
            raise ValueError("prefetch_factor option could only be specified in multiprocessing."
                             "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None.")
        if persistent_workers and num_workers == 0:
            raise ValueError("persistent_workers option needs num_workers > 0")
        if prefetch_factor is not None and prefetch_factor < 0:
            raise ValueError("prefetch_factor option should be non-negative")
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            if shuffle not in (False, None):
                raise ValueError(f"DataLoader with IterableDataset: expected unspecified shuffle option, but got shuffle={shuffle}")
            if sampler is not None or batch_sampler is not None:
                raise ValueError("DataLoader with IterableDataset: expected unspecified sampler and batch_sampler options")
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
            batch_size, drop_last = None, False
        elif batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")
        if sampler is None:
            if self._iterable:
                sampler = _Endless()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_size is not None and batch_sampler is None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset, self.num_workers, self.pin_memory, self.drop_last = dataset, num_workers, pin_memory, drop_last
        self.batch_size, self.sampler, self.batch_sampler, self.generator = batch_size, sampler, batch_sampler, generator
        self.timeout, self.worker_init_fn, self.persistent_workers = timeout, worker_init_fn, persistent_workers
        self.multiprocessing_context, self.pin_memory_device, self.in_order = multiprocessing_context, pin_memory_device, in_order
        self.prefetch_factor = 2 if prefetch_factor is None and num_workers > 0 else prefetch_factor
        self.collate_fn = collate_fn or (default_collate if self._auto_collation else default_convert)

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self):
        # Drawn in every epoch, whether anybody uses it or not: what is drawn after it depends on it.
        base_seed = random_seed(self.generator)
        if self.num_workers == 0:
            return self._here()
        return self._ahead(base_seed)

    def _here(self):
        fetch = self._make_fetch()
        for index in self._index_sampler:
            try:
                yield fetch(index)
            except StopIteration:
                return

    def _ahead(self, base_seed):
        """Starts the workers at once; their batches come from a generator."""
        workers = Workers(self.num_workers, self.dataset, self._make_fetch, base_seed, self.worker_init_fn,
                          self.prefetch_factor)
        indices = iter(self._index_sampler)
        given = 0
        for job in _first(indices, workers.capacity):
            workers.give(given, job)
            given += 1
        return self._delivered(workers, indices, given)

    def _delivered(self, workers, indices, given):
        taken, ended = 0, 0
        try:
            while taken < given:
                result = workers.take(taken)
                taken += 1
                for job in _first(indices, 1):
                    workers.give(given, job)
                    given += 1
                if isinstance(result, Failure):
                    if isinstance(result.error, StopIteration):  # a worker's share of an iterable dataset is over
                        ended += 1
                        if ended >= workers.capacity:
                            return
                        continue
                    raise result.error
                ended = 0
                yield result
        finally:
            workers.stop()

    def _make_fetch(self):
        """A function from an index, or a batch of them, to what is delivered; each worker makes its own."""
        dataset, collate = self.dataset, self.collate_fn
        if self._iterable:
            return _fetch_next(iter(dataset), collate, self._auto_collation, self.drop_last)
        if not self._auto_collation:
            return lambda index: collate(dataset[index])
        fetch_all = getattr(dataset, "__getitems__", None)
        if callable(fetch_all):
            return lambda batch: collate(fetch_all(batch))
        return lambda batch: collate([dataset[i] for i in batch])

    def __len__(self):
        if not self._iterable:
            return len(self._index_sampler)
        n = len(self.dataset)
        if self.batch_size is None:
            return n
        return n // self.batch_size if self.drop_last else -(-n // self.batch_size)


def _first(items, count):
    from itertools import islice

    return islice(items, count)


def _fetch_next(samples, collate, batched, drop_last):
    """The next samples of an iterator, whatever the indices; StopIteration at its end."""

    def fetch(indices):
        if not batched:
            return collate(next(samples))
        batch = list(_first(samples, len(indices)))
        if not batch or (drop_last and len(batch) < len(indices)):
            raise StopIteration
        return collate(batch)

    return fetch
