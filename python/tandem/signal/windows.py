"""torch.signal.windows: the ops signal_windows_* of the registry."""

from typing import Any as _Any

import tandem as _tandem
from tandem._namespace import members as _members

_ops = _members("signal_windows_")
globals().update(_ops)
__all__ = [*_ops, "general_cosine"]


def general_cosine(M, *, a, sym=True, dtype=None, layout=None, device=None, requires_grad=False):
    """The sum of (-1)^k a[k] cos(2 pi k n / N)."""
    dtype = dtype or _tandem.float32
    if M <= 1:
        return _tandem.ones(M, dtype=dtype, requires_grad=requires_grad)
    places = _tandem.arange(0, M, 1, dtype=_tandem.float64) * (2 * _tandem.pi / (M - 1 if sym else M))
    terms = [(-weight if k % 2 else weight) * _tandem.cos(places * k) for k, weight in enumerate(a)]
    return sum(terms).to(dtype).requires_grad_(requires_grad)


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"module 'tandem.signal.windows' has no attribute '{name}'")
