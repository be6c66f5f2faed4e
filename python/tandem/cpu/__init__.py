"""torch.cpu: the device that is always there."""

from . import amp  # noqa: F401


def is_available():
    return True


def device_count():
    return 1


def current_device():
    return "cpu"


def synchronize(device=None):
    """Every call is finished when it returns."""


__all__ = ["amp", "current_device", "device_count", "is_available", "synchronize"]
