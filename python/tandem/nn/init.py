"""Initial values of parameters: each fills a tensor in place, outside the tape, and gives it back."""

from .._C._init import *  # noqa: F401,F403
from .._C._init import _calculate_fan_in_and_fan_out, calculate_gain, constant_  # noqa: F401
from .._C import _init as _core

_old_names = ("uniform", "normal", "constant", "eye", "xavier_uniform", "xavier_normal",
              "kaiming_uniform", "kaiming_normal", "orthogonal")


def __getattr__(name):
    """The names of long ago, without the underscore at the end."""
    if name not in _old_names:
        raise AttributeError(f"module 'tandem.nn.init' has no attribute '{name}'")
    import warnings

    warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.", FutureWarning, stacklevel=2)
    return getattr(_core, name + "_")


def _calculate_correct_fan(tensor, mode):
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return fan_in if mode.lower() == "fan_in" else fan_out
