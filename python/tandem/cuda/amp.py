"""torch.cuda.amp on a machine without a device: it warns and is off."""

from ..amp import GradScaler, autocast as _autocast, custom_bwd, custom_fwd


class autocast(_autocast):
    """Off: there is no device."""

    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cuda", dtype=dtype, enabled=enabled)


__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
