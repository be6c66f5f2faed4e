"""torch.amp. Tandem computes in the dtypes that tensors have: autocast and scaling are off on the CPU, and say so."""

import functools
import warnings


class autocast:
    """A context and a decorator. On the CPU it would change which dtype each op computes in, which Tandem does not do:
    enabled there, it warns once and the ops compute in their tensors' own dtypes, more exactly."""

    _warned = set()

    def __init__(self, device_type="cpu", dtype=None, enabled=True, cache_enabled=None):
        self.device, self.fast_dtype, self._enabled = device_type, dtype, False
        if enabled and device_type not in self._warned:
            self._warned.add(device_type)
            if device_type == "cpu":
                warnings.warn("autocast: ops compute in the dtypes of their tensors; cast the model and its inputs with "
                              ".to(torch.bfloat16) to compute in bfloat16", stacklevel=2)
            else:
                warnings.warn(f"User provided device_type of '{device_type}', but it is not available. Disabling",
                              stacklevel=2)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

    def __call__(self, function):
        @functools.wraps(function)
        def wrapped(*args, **kwargs):
            with self:
                return function(*args, **kwargs)

        return wrapped


class GradScaler:
    """Passes losses and steps through: only half-precision training on a device needs scaling."""

    def __init__(self, device="cuda", init_scale=2.0**16, growth_factor=2.0, backoff_factor=0.5, growth_interval=2000,
                 enabled=True):
        if enabled:
            warnings.warn("torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.", stacklevel=2)

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

    def state_dict(self):
        return {}

    def load_state_dict(self, state_dict):
        """There is no state."""


def is_autocast_available(device_type):
    return False
