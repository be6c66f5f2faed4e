"""Streams of batches, and threads that fetch them ahead; they are delivered in order."""

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
    """A generator, and a scope in which the calling thread draws from it."""
    from ... import Generator
    from ..._C import _UseGenerator

    generator = Generator()
    generator.manual_seed(seed)
    return generator, lambda: _UseGenerator(generator)


class Stream:
    """What one worker is to the dataset: a number, a generator of its own, seeded base_seed + number, and who fetches.
    Any thread may run it, one at a time, so results do not depend on how many there are."""

    def __init__(self, number, count, dataset, make_fetch, base_seed, init, generator=None):
        self.info = WorkerInfo(number, count, base_seed + number, dataset)
        self._make_fetch, self._init, self._resumed = make_fetch, init, generator
        self._fetch = None
        self._generator, self._scope = _generator_seeded(self.info.seed)

    def run(self, job):
        """The batch, or a Failure; and the generator's state behind it."""
        before = getattr(_worker, "info", None)
        _worker.info = self.info
        try:
            with self._scope():
                if self._fetch is None:
                    if self._init is not None:
                        self._init(self.info.id)
                    self._fetch = self._make_fetch()
                    if self._resumed is not None:
                        self._generator.set_state(self._resumed)
                    self._first_state = self._generator.get_state()
                return self._fetch(job), self._generator.get_state()
        except Exception as error:
            return Failure(error), None
        finally:
            _worker.info = before

    def has_drawn(self, state):
        """Has a job drawn numbers, if this is the state behind it?"""
        from ... import equal

        return not equal(self._first_state, state)


class Workers:
    """Threads that run streams: stream s, of n, fetches the jobs s, s + n, …; they are delivered in order."""

    def __init__(self, streams, threads, ahead):
        self._streams = streams
        threads = min(threads, len(streams))
        self._ahead = max(1, ahead)
        self._jobs = [queue.Queue() for _ in range(threads)]
        self._done = [queue.Queue() for _ in streams]
        self._threads = [
            threading.Thread(target=self._run, daemon=True, name=f"DataLoader worker {i}", args=(self._jobs[i],))
            for i in range(threads)
        ]
        self._ended = False
        _running.add(self)
        for thread in self._threads:
            thread.start()

    @property
    def capacity(self):
        return self._ahead * len(self._streams)

    def _run(self, jobs):
        while (item := jobs.get()) is not _stop and not self._ended:
            stream, job = item
            try:
                result = self._streams[stream].run(job)
            except BaseException as error:  # every job gets an answer, or the reader would wait for ever
                result = Failure(error), None
            self._done[stream].put(result)

    def give(self, number, job):
        stream = number % len(self._streams)
        self._jobs[stream % len(self._jobs)].put((stream, job))

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
