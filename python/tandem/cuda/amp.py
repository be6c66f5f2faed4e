"""torch.cuda.amp on a machine without a device: it warns and is off."""

from ..amp import GradScaler, autocast as _autocast


class autocast(_autocast):
    """Off: there is no device."""

    def __init__(self, enabled=True, dtype=None, cache_enabled=True):
        super().__init__("cuda", dtype=dtype, enabled=enabled)


def custom_fwd(fwd=None, **kwargs):
    return fwd if fwd is not None else lambda function: function


custom_bwd = custom_fwd
__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]
