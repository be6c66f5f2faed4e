"""torch.amp: mixed precision. Inside autocast("cpu") products compute in bfloat16 and losses in float32 (ops/autocast.h of
the core has the list); there is no other device here, so its autocast and scaling of gradients are off, and say so."""

import functools
import warnings

from . import _C
from ._grad_mode import _Scope

_devices = ("cuda", "cpu", "xpu", "hpu", "mps", "mtia", "maia", "ipu", "xla", "meta", "privateuseone")


def _checked(device_type):
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if device_type not in _devices:
        raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
    return device_type


class autocast(_Scope):
    """A scope, and a decorator: inside, ops choose the dtype they compute in.

    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = criterion(model(x), y)
    """

    def __new__(cls, *args, **kwargs):
        return object.__new__(cls)

    def __init__(self, device_type="cpu", dtype=None, enabled=True, cache_enabled=None):
        super().__init__()
        self.device, self.cache_enabled = _checked(device_type), cache_enabled
        self.fast_dtype = get_autocast_dtype(device_type) if dtype is None else dtype
        self._enabled = bool(enabled)
        if self._enabled and device_type != "cpu":
            warnings.warn(f"User provided device_type of '{device_type}', but it is not available. Disabling",
                          stacklevel=2)
            self._enabled = False
        elif self._enabled and self.fast_dtype not in (_C.bfloat16, _C.float16):
            warnings.warn("In CPU autocast, but the target dtype is not supported. Disabling autocast.\n"
                          "CPU Autocast only supports dtype of torch.bfloat16, torch.float16 currently.", stacklevel=2)
            self._enabled = False

    def __enter__(self):
        enabled, dtype = _C._autocast()
        self._before.append((enabled, dtype))
        if self.device == "cpu":
            _C._set_autocast(self._enabled, self.fast_dtype if self._enabled else dtype)
        return self

    def _leave(self, before):
        _C._set_autocast(*before)

    def _again(self):
        return self


def is_autocast_available(device_type):
    """Can ops of this device choose their dtype?"""
    return _checked(device_type) == "cpu"


def is_autocast_enabled(device_type="cuda"):
    """Is this inside an autocast of the device? Without a device: of "cuda", as in PyTorch."""
    return _checked(device_type) == "cpu" and _C._autocast()[0]


def set_autocast_enabled(device_type, enabled):
    if is_autocast_available(device_type):
        _C._set_autocast(bool(enabled), _C._autocast()[1])
    elif enabled:
        raise RuntimeError(f"autocast: there is no device of type '{device_type}'")


def get_autocast_dtype(device_type):
    """The dtype that products are lowered to."""
    return _C._autocast()[1] if _checked(device_type) == "cpu" else _C.float16


def set_autocast_dtype(device_type, dtype):
    if is_autocast_available(device_type):
        _C._set_autocast(_C._autocast()[0], dtype)


def is_autocast_cpu_enabled():
    return is_autocast_enabled("cpu")


def get_autocast_cpu_dtype():
    return get_autocast_dtype("cpu")


def set_autocast_cpu_enabled(enabled):
    set_autocast_enabled("cpu", enabled)


def set_autocast_cpu_dtype(dtype):
    set_autocast_dtype("cpu", dtype)


def is_autocast_cache_enabled():
    """Casts of parameters are not kept: each use makes its own."""
    return False


def set_autocast_cache_enabled(enabled):
    """There is no cache."""


def clear_autocast_cache():
    """There is no cache."""


def _cast(value, dtype):
    """Floating tensors in ``value`` in another dtype; doubles stay."""
    if isinstance(value, _C.Tensor):
        fits = value.is_floating_point() and value.dtype is not _C.float64
        return value.to(dtype) if fits else value
    if isinstance(value, dict):
        return {_cast(k, dtype): _cast(v, dtype) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_cast(v, dtype) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    return value


def custom_fwd(fwd=None, *, device_type="cuda", cast_inputs=None):
    """Decorates the forward of an autograd.Function: with ``cast_inputs`` its inputs are cast, and autocast is off
    inside, where it was on outside."""
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    _checked(device_type)

    @functools.wraps(fwd)
    def forward(ctx, *args, **kwargs):
        enabled = is_autocast_enabled(device_type)
        ctx._dtype = get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if not enabled or cast_inputs is None:
            return fwd(ctx, *args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return forward


def custom_bwd(bwd=None, *, device_type="cuda"):
    """Decorates the backward of a Function whose forward has custom_fwd: it runs in the same autocast."""
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    _checked(device_type)

    @functools.wraps(bwd)
    def backward(ctx, *gradients):
        with autocast(device_type, dtype=ctx._dtype, enabled=ctx._fwd_used_autocast):
            return bwd(ctx, *gradients)

    return backward


class GradScaler:
    """Passes losses and steps through: bfloat16 has float32's range, and only float16 on a device needs scaling."""

    def __init__(self, device="cuda", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000,
                 enabled=True):
        if enabled and str(device).startswith("cuda"):
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)
        elif enabled:
            warnings.warn(f"GradScaler: gradients on '{device}' need no scaling.  Disabling.", stacklevel=2)

    def scale(self, outputs):
        return outputs

    def step(self, optimizer, *args, **kwargs):
        return optimizer.step(*args, **kwargs)

    def unscale_(self, optimizer):
        """Gradients are as they are."""

    def update(self, new_scale=None):
        """Nothing to update."""

    def is_enabled(self):
        return False

    def get_scale(self):
        return 1.0

    def get_growth_factor(self):
        return 1.0

    def get_backoff_factor(self):
        return 1.0

    def get_growth_interval(self):
        return 0

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        """There is no state."""
