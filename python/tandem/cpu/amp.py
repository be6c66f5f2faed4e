"""torch.cpu.amp: torch.amp with its device given."""

from ..amp import GradScaler, autocast as _autocast


class autocast(_autocast):
    """torch.autocast("cpu", …)."""

    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cpu", dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)


__all__ = ["GradScaler", "autocast"]
