"""DataLoader: batches of a dataset, in PyTorch's order, fetched ahead by threads.

    for images, labels in DataLoader(dataset, batch_size=64, shuffle=True, num_workers=2):
        ...
"""

import collections
import itertools

from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, random_seed
from .workers import Failure, Stream, Workers


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
        self._epoch = self._restored = self._streams = None
        self._draws = False  # the dataset was seen to draw random numbers
        self.collate_fn = collate_fn or (default_collate if self._auto_collation else default_convert)

    @property
    def _auto_collation(self):
        return self.batch_sampler is not None

    @property
    def _index_sampler(self):
        return self.batch_sampler if self._auto_collation else self.sampler

    def __iter__(self):
        epoch = self._restored
        self._restored = None
        if epoch is None:
            # The seed is drawn in every epoch, whether anybody uses it or not: what is drawn after it depends on it.
            epoch = _Epoch(random_seed(self.generator), self._stream_count())
            epoch.indices = iter(self._index_sampler)
        self._epoch = epoch
        if self.num_workers == 0:
            return self._here(epoch)
        return self._ahead(epoch)

    def _stream_count(self):
        return self.num_workers if self._streams is None else self._streams

    def _make_streams(self, epoch, count):
        pairs = itertools.zip_longest(range(count), epoch.generators[:count])
        return [Stream(i, count, self.dataset, self._make_fetch, epoch.base_seed, self.worker_init_fn, generator)
                for i, generator in pairs]

    def _here(self, epoch):
        if epoch.streams == 0:
            fetch = self._make_fetch()
        else:
            streams = self._make_streams(epoch, epoch.streams)
        for job in epoch.rest():
            if epoch.streams == 0:
                try:
                    batch = fetch(job)
                except StopIteration:
                    return
                epoch.deliver()
            else:
                batch, state = streams[epoch.delivered % epoch.streams].run(job)
                if isinstance(batch, Failure):
                    raise batch.error
                epoch.deliver(state)
            yield batch
        epoch.is_over = True

    def _ahead(self, epoch):
        """Starts the workers at once; their batches come from a generator."""
        # A run that began without workers drew its random samples where the training draws: if the dataset draws
        # any, they are drawn there again, and nothing can be fetched ahead.
        probing = epoch.streams == 0
        if probing and self._draws:
            return self._here(epoch)
        streams = self._make_streams(epoch, self.num_workers if probing else epoch.streams)
        workers = Workers(streams, self.num_workers, self.prefetch_factor)
        for job in _first(epoch.indices, workers.capacity):
            epoch.give(workers, job)
        return self._delivered(workers, streams, epoch, probing)

    def _delivered(self, workers, streams, epoch, probing):
        ended = 0
        try:
            while epoch.pending:
                number = epoch.delivered
                batch, state = workers.take(number)
                if probing and (state is None or streams[number % len(streams)].has_drawn(state)):
                    workers.stop()
                    self._draws = state is not None
                    yield from self._here(epoch)
                    return
                is_over = isinstance(batch, Failure)  # a worker's share of an iterable dataset
                if is_over and not isinstance(batch.error, StopIteration):
                    raise batch.error
                epoch.deliver(None if probing else state)
                for job in _first(epoch.indices, 1):
                    epoch.give(workers, job)
                if is_over:
                    ended += 1
                    if ended >= workers.capacity:
                        return
                    continue
                ended = 0
                yield batch
            epoch.is_over = True
        finally:
            workers.stop()

    def state_dict(self):
        """How far the epoch begun last is: the order that is left of it, and the generators of the workers; nothing of
        one that was gone through. With the
        state of the default generator (TrainState keeps both) a run goes on to the bits of one that was not stopped,
        with any number of workers: random samples are drawn as by as many as the run began with.

        A dataset that is iterated (IterableDataset) keeps its own place; a sampler needs a length."""
        from ... import empty, int64, stack, tensor, uint8

        if self._iterable:
            raise TypeError("DataLoader.state_dict: an IterableDataset keeps its own place: save what it has read")
        epoch = self._restored or self._epoch
        if epoch is None or epoch.is_over:
            epoch = _Epoch(0, self._stream_count())
        jobs = epoch.left(self._index_sampler)
        indices = [i for job in jobs for i in (job if self._auto_collation else (job,))]
        for i in indices:
            if not isinstance(i, int):
                raise TypeError(f"DataLoader.state_dict: a sampler of integers can be saved, this one gave {i!r}")
        sizes = [0] * epoch.delivered + [len(job) if self._auto_collation else 1 for job in jobs]
        known = epoch.generators and all(g is not None for g in epoch.generators)
        state = {
            "indices": tensor(indices, dtype=int64),
            "batch_sizes": tensor(sizes, dtype=int64),
            "base_seed": tensor(epoch.base_seed, dtype=int64),
            "delivered": tensor(epoch.delivered, dtype=int64),
            "streams": tensor(epoch.streams, dtype=int64),
            "generators": stack(epoch.generators) if known else empty((0, 0), dtype=uint8),
        }
        for name, generator in self._generators():
            state[name] = generator.get_state()
        return state

    def load_state_dict(self, state):
        """The next iteration goes on behind the batches that were delivered: with none, where the state was taken at an
        epoch's last batch; with a new epoch, where it was taken after that. ValueError unless it is a state of state_dict(), of an equal dataset."""
        if self._iterable:
            raise TypeError("DataLoader.load_state_dict: an IterableDataset keeps its own place")
        own = dict(self._generators())
        expected = {"indices", "batch_sizes", "base_seed", "delivered", "streams", "generators", *own}
        if set(state) != expected:
            raise ValueError(f"DataLoader.load_state_dict: expected {', '.join(sorted(expected))}, as state_dict() "
                             f"gives; got {', '.join(sorted(state))}")
        streams, delivered = int(state["streams"]), int(state["delivered"])
        indices, sizes = state["indices"].tolist(), state["batch_sizes"].tolist()
        if sum(sizes) != len(indices) or not 0 <= delivered <= len(sizes) or min(sizes, default=0) < 0 or streams < 0:
            raise ValueError(f"DataLoader.load_state_dict: batch_sizes that add up to {sum(sizes)} for {len(indices)} "
                             f"indices, {delivered} delivered: the state is damaged")
        if hasattr(self.dataset, "__len__"):
            for i in indices:
                if not -len(self.dataset) <= i < len(self.dataset):
                    raise ValueError(f"DataLoader.load_state_dict: sample {i} is out of range for a dataset of "
                                     f"{len(self.dataset)}: is it another dataset's state?")
        epoch = _Epoch(int(state["base_seed"]), streams)
        epoch.generators = list(state["generators"].clone())
        epoch.delivered = delivered
        at, jobs = sum(sizes[:delivered]), []
        for size in sizes[delivered:]:
            jobs.append(indices[at:at + size] if self._auto_collation else indices[at])
            at += size
        epoch.indices = iter(jobs)
        for name, generator in own.items():
            generator.set_state(state[name])
        self._streams, self._epoch = streams, None
        self._restored = epoch if sizes else None

    def _generators(self):
        """Those of its own that orders are drawn from, by their names in the state."""
        of_sampler = getattr(self.sampler, "generator", None)
        if self.generator is not None:
            yield "generator", self.generator
        if of_sampler is not None and of_sampler is not self.generator:
            yield "sampler_generator", of_sampler

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
    return itertools.islice(items, count)


class _Epoch:
    """One epoch's order and how far it is."""

    def __init__(self, base_seed, streams):
        self.base_seed = base_seed
        self.streams = streams  # how many workers random samples are drawn as by; 0: by the default generator
        self.generators = []  # of each stream that has delivered a batch: its state behind the last one
        self.indices = iter(())  # what nobody fetches yet
        self.pending = collections.deque()  # what workers fetch
        self.delivered = 0
        self.is_over = False  # somebody has asked for more than there was

    def rest(self):
        """What was not delivered, one after the other; each is taken out by deliver()."""
        while self.pending or self._fill():
            yield self.pending[0]

    def _fill(self):
        self.pending.extend(_first(self.indices, 1))
        return bool(self.pending)

    def give(self, workers, job):
        workers.give(self.delivered + len(self.pending), job)
        self.pending.append(job)

    def deliver(self, generator=None):
        self.pending.popleft()
        if generator is not None:
            stream = self.delivered % self.streams
            self.generators.extend([None] * (stream + 1 - len(self.generators)))
            self.generators[stream] = generator
        self.delivered += 1

    def left(self, sampler):
        """All that was not delivered; it stays to be."""
        try:
            most = len(sampler)
        except TypeError:
            raise TypeError("DataLoader.state_dict: the sampler has no length, so its order may have no end: give it "
                            "a __len__") from None
        self.indices = list(_first(self.indices, most + 1))
        left = [*self.pending, *self.indices]
        self.indices = iter(self.indices)
        return left


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
