"""torch.cuda, answered honestly: Python's Tandem computes on the CPU, so there is no device. What asks gets "none",
what seeds or empties does nothing, and what would need a device is an error."""

_none = "there is no CUDA device here: Tandem for Python computes on the CPU"


def is_available():
    return False


def is_initialized():
    return False


def device_count():
    return 0


def is_bf16_supported(including_emulation=True):
    return False


def get_arch_list():
    return []


def init():
    raise RuntimeError(_none)


def _nothing(*args, **kwargs):
    """Nothing to do without a device."""


manual_seed = manual_seed_all = seed = seed_all = empty_cache = ipc_collect = set_per_process_memory_fraction = _nothing
reset_accumulated_memory_stats = _nothing


def _zero(device=None):
    return 0


memory_allocated = max_memory_allocated = memory_reserved = max_memory_reserved = memory_cached = max_memory_cached = _zero


def _needs_device(*args, **kwargs):
    raise RuntimeError(_none)


synchronize = current_device = set_device = get_device_name = get_device_properties = get_device_capability = _needs_device
reset_peak_memory_stats = reset_max_memory_allocated = mem_get_info = utilization = current_stream = default_stream = _needs_device
get_rng_state = set_rng_state = memory_summary = memory_stats = _needs_device


class device:
    """``with torch.cuda.device(i)``: nothing for None and negative numbers, as in PyTorch."""

    def __init__(self, device):
        self.index = device if isinstance(device, int) else getattr(device, "index", None)

    def __enter__(self):
        if self.index is not None and self.index >= 0:
            raise RuntimeError(_none)

    def __exit__(self, *error):
        pass


class Event:
    """Can be made, and not recorded."""

    def __init__(self, enable_timing=False, blocking=False, interprocess=False):
        pass

    record = wait = elapsed_time = synchronize = _needs_device

    def query(self):
        return True


class Stream:
    def __init__(self, *args, **kwargs):
        raise RuntimeError(_none)


stream = _needs_device
_tensors = ("FloatTensor", "DoubleTensor", "HalfTensor", "BFloat16Tensor", "LongTensor", "IntTensor", "ShortTensor",
            "CharTensor", "ByteTensor", "BoolTensor")


def __getattr__(name):
    if name in _tensors:
        return type(name, (), {"__new__": lambda cls, *a, **k: _needs_device(), "__module__": "tandem.cuda"})
    if name == "amp":
        import importlib

        return importlib.import_module(".amp", __name__)
    if name == "OutOfMemoryError":
        from .._C import OutOfMemoryError

        return OutOfMemoryError
    raise AttributeError(f"module 'tandem.cuda' has no attribute '{name}'")
