"""torch.fft: what needs no complex numbers."""

from tandem import _C
from tandem._C import arange as _arange


def _shift(sign):
    def function(input, dim=None):
        dims = range(input.dim()) if dim is None else (dim,) if isinstance(dim, int) else dim
        dims = tuple(dims)
        by = [n // 2 if sign > 0 else -(n // 2) for n in (input.shape[d] for d in dims)]
        return _C.roll(input, by, dims) if dims else input.clone()

    return function


fftshift, ifftshift = _shift(1), _shift(-1)
fftshift.__name__, ifftshift.__name__ = "fftshift", "ifftshift"
fftshift.__doc__ = "The half of each dim that holds negative frequencies, moved to the front."
ifftshift.__doc__ = "The reverse of fftshift()."


def fftfreq(n, d=1.0, *, dtype=None):
    """The frequencies of n places d apart: 0 and up, then the negative ones."""
    half = (n + 1) // 2
    return _C.cat([_arange(0, half, 1, dtype=dtype or _C.float32), _arange(-(n // 2), 0, 1, dtype=dtype or _C.float32)
                   ]) / (n * d)


def rfftfreq(n, d=1.0, *, dtype=None):
    """The frequencies of n real values d apart."""
    return _arange(0, n // 2 + 1, 1, dtype=dtype or _C.float32) / (n * d)


_transforms = {prefix + kind + dims for prefix in ("", "i") for kind in ("fft", "rfft", "hfft") for dims in ("", "2", "n")}


def __getattr__(name: str):
    why = ": Fourier transforms give complex numbers, which Tandem does not have" if name in _transforms else ""
    raise AttributeError(f"module 'tandem.fft' has no attribute '{name}'{why}")
