"""Words for the whole process that PyTorch programs say: most have nothing to switch here."""

from tandem import _C

__all__ = [
    "strided", "contiguous_format", "channels_last", "channels_last_3d", "preserve_format",
    "layout", "memory_format", "set_float32_matmul_precision", "get_float32_matmul_precision",
    "use_deterministic_algorithms", "are_deterministic_algorithms_enabled", "set_num_interop_threads",
    "get_num_interop_threads", "set_flush_denormal", "set_default_device", "get_default_device",
    "set_default_tensor_type", "result_type", "is_storage", "is_deterministic_algorithms_warn_only_enabled",
]


class _Word:
    """A named constant, equal only to itself."""

    def __init__(self, name):
        self._name = name

    def __repr__(self):
        return "torch." + self._name

    def __reduce__(self):
        return self._name


class layout(_Word):
    """How elements are stored: torch.strided."""


class memory_format(_Word):
    """The order of a tensor's dims in memory. Kernels choose it; channels_last is taken as a wish."""


strided = layout("strided")
contiguous_format = memory_format("contiguous_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
preserve_format = memory_format("preserve_format")

setattr(_C.Tensor, "layout", strided)

_precision = "highest"


def set_float32_matmul_precision(precision):
    """Products of float32 are computed in float32, whatever is asked for."""
    global _precision
    if precision not in ("highest", "high", "medium"):
        raise _C.ArgumentError("set_float32_matmul_precision: expected 'highest', 'high' or 'medium', "
                               f"got {precision!r}")
    _precision = precision


def get_float32_matmul_precision():
    return _precision


_deterministic = False


def use_deterministic_algorithms(mode, *, warn_only=False):
    """All algorithms are deterministic; this only remembers what was asked for."""
    global _deterministic
    _deterministic = bool(mode)


def are_deterministic_algorithms_enabled():
    return _deterministic


def is_deterministic_algorithms_warn_only_enabled():
    return False


def set_num_interop_threads(n):
    """Ops of one program run one after the other, each on get_num_threads() threads."""


def get_num_interop_threads():
    return 1


def set_flush_denormal(mode):
    """Denormal numbers are kept: returns False, as where the machine cannot flush them."""
    return False


def set_default_device(device):
    if device is not None and _C.device(device).type != "cpu":
        raise RuntimeError(f"set_default_device: {device} is not available: this build runs on the CPU")


def get_default_device():
    return _C.device("cpu")


def set_default_tensor_type(t):
    name = getattr(t, "__name__", str(t))
    if not name.endswith("FloatTensor") or "Half" in name or "BFloat" in name:
        raise _C.UnsupportedError(f"set_default_tensor_type: the default dtype is float32, got {name}")


def result_type(tensor1, tensor2):
    """The dtype that arithmetic of these gives; numbers and 0-d tensors count less."""
    zero = lambda t: _C.zeros(  # noqa: E731
        [0] * min(t.dim(), 1), dtype=t.dtype) if isinstance(t, _C.Tensor) and t.dim() else t
    first, second = zero(tensor1), zero(tensor2)
    return _C.where(_C.tensor(True), first, second).dtype


def is_storage(o):
    return isinstance(o, _C.UntypedStorage)
