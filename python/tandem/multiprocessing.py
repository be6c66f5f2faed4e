"""Python's own multiprocessing, under PyTorch's name. Tensors are copied to other processes; a
DataLoader's workers are threads, which share them."""

from multiprocessing import *  # noqa: F401,F403
from multiprocessing import get_context


def get_all_sharing_strategies():
    return {"file_system"}


def get_sharing_strategy():
    return "file_system"


def set_sharing_strategy(new_strategy):
    if new_strategy not in ("file_system", "file_descriptor"):
        raise ValueError(f"set_sharing_strategy: no strategy {new_strategy!r}")


def spawn(fn, args=(), nprocs=1, join=True, daemon=False, start_method="spawn"):
    """Runs fn(i, *args) in a process for each i of nprocs, and raises if one of them fails."""
    context = get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for p in processes:
        p.start()
    if not join:
        return processes
    for p in processes:
        p.join()
    failed = [i for i, p in enumerate(processes) if p.exitcode]
    if failed:
        raise RuntimeError(f"process {failed[0]} terminated with exit code "
                           f"{processes[failed[0]].exitcode}")
    return None
