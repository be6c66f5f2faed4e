"""torch.distributed: Tandem for Python computes in one process, so there are no process groups. Programs that ask
first go on without."""

_none = "torch.distributed: Tandem for Python has no process groups: run the program in one process"


def is_available():
    return False


def is_initialized():
    return False


def is_torchelastic_launched():
    return False


is_nccl_available = is_gloo_available = is_mpi_available = is_ucc_available = is_available


def _needs_group(*args, **kwargs):
    raise RuntimeError(_none)


init_process_group = destroy_process_group = get_rank = get_world_size = barrier = new_group = _needs_group
all_reduce = all_gather = reduce = broadcast = gather = scatter = reduce_scatter = send = recv = _needs_group
all_gather_object = broadcast_object_list = all_gather_into_tensor = get_backend = _needs_group


class ReduceOp:
    """Names of reductions."""

    SUM, PRODUCT, MIN, MAX, AVG = "sum", "product", "min", "max", "avg"
