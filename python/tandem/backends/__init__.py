"""torch.backends: switches that PyTorch programs set. They keep what is written and change nothing."""

import sys
import types


class _Switches(types.ModuleType):
    """Attributes of any value, and the questions a program asks first."""

    def __init__(self, name, available=False, **values):
        super().__init__(f"{__name__}.{name}")
        self.__dict__.update(values)
        self._available = available
        sys.modules[self.__name__] = self

    def is_available(self):
        return self._available

    def is_built(self):
        return self._available

    def version(self):
        return None

    def flags(self, *args, **kwargs):
        import contextlib

        return contextlib.nullcontext()


cudnn = _Switches("cudnn", enabled=True, benchmark=False, deterministic=False, allow_tf32=False, benchmark_limit=10)
mps = _Switches("mps")
mkldnn = _Switches("mkldnn", enabled=False)
mkl = _Switches("mkl")
openmp = _Switches("openmp")
opt_einsum = _Switches("opt_einsum", enabled=False, strategy=None)
cpu = _Switches("cpu", available=True)
cuda = _Switches("cuda", matmul=types.SimpleNamespace(allow_tf32=False, allow_fp16_reduced_precision_reduction=True,
                                                      allow_bf16_reduced_precision_reduction=True))


def _sdp(*names):
    for name in names:
        setattr(cuda, f"{name}_enabled", lambda: False)
        setattr(cuda, f"enable_{name}", lambda enabled: None)


_sdp("flash_sdp", "mem_efficient_sdp", "math_sdp", "cudnn_sdp")
