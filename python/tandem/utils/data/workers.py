"""Threads that fetch whole batches ahead; they are delivered in order."""

import atexit
import queue
import threading
import weakref

_worker = threading.local()


class WorkerInfo:
    """Which worker the calling thread is."""

    def __init__(self, id, num_workers, seed, dataset):
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self):
        return f"WorkerInfo(id={self.id}, num_workers={self.num_workers}, seed={self.seed})"


def get_worker_info():
    """Of the worker that calls it; None in the main thread."""
    return getattr(_worker, "info", None)


class Failure:
    """An error of a worker, raised where its batch would have come."""

    def __init__(self, error):
        self.error = error


_stop = object()


def _generator_seeded(seed):
    """A scope in which the calling thread draws from a generator of its own."""
    from ... import Generator
    from ..._C import _UseGenerator

    generator = Generator()
    generator.manual_seed(seed)
    return _UseGenerator(generator)


def _attempt(fetch, job):
    try:
        return fetch(job)
    except Exception as error:
        return Failure(error)


class Workers:
    """Worker w fetches the jobs w, w + n, …, with a generator of its own, seeded base_seed + w."""

    def __init__(self, count, dataset, make_fetch, base_seed, init, ahead):
        self._ahead = max(1, ahead)
        self._jobs = [queue.Queue() for _ in range(count)]
        self._done = [queue.Queue() for _ in range(count)]
        self._threads = [
            threading.Thread(target=self._run, daemon=True, name=f"DataLoader worker {i}",
                             args=(i, WorkerInfo(i, count, base_seed + i, dataset), make_fetch, init))
            for i in range(count)
        ]
        self._ended = False
        _running.add(self)
        for thread in self._threads:
            thread.start()

    @property
    def capacity(self):
        return self._ahead * len(self._threads)

    def _run(self, number, info, make_fetch, init):
        _worker.info = info
        try:
            with _generator_seeded(info.seed):
                if init is not None:
                    init(number)
                fetch = make_fetch()
                while (job := self._jobs[number].get()) is not _stop and not self._ended:
                    self._done[number].put(_attempt(fetch, job))
        except BaseException as error:  # every job gets an answer, or the reader would wait for ever
            failure = Failure(error)
            while self._jobs[number].get() is not _stop:
                self._done[number].put(failure)

    def give(self, number, job):
        self._jobs[number % len(self._jobs)].put(job)

    def take(self, number):
        return self._done[number % len(self._done)].get()

    def stop(self):
        """What is not yet begun is left."""
        self._ended = True
        for jobs in self._jobs:
            jobs.put(_stop)


_running = weakref.WeakSet()


@atexit.register
def _stop_all():
    """A thread that the interpreter ends for itself would be ended within C++."""
    for workers in list(_running):
        workers.stop()
        for thread in workers._threads:
            thread.join()
