"""torch.special: functions of mathematics by the names that PyTorch has for them there: the ops special_* of the
registry, and its words for others."""

from typing import Any as _Any

from tandem._C import special_ndtr as ndtr  # noqa: F401
from tandem._namespace import members as _members

_ops = _members("special_")
globals().update(_ops)
__all__ = [*_ops]


def __getattr__(name: str) -> _Any:
    raise AttributeError(f"module 'tandem.special' has no attribute '{name}'")
