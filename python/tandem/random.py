"""The default generator, as a module of functions."""

from tandem import _C
from tandem._C import (  # noqa: F401
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)


class fork_rng:
    """Inside, random numbers are drawn as they would be; afterwards as if none had been."""

    def __init__(self, devices=None, enabled=True, **kwargs):
        self._enabled = enabled

    def __enter__(self):
        if self._enabled:
            self._state = _C.get_rng_state()

    def __exit__(self, *exception):
        if self._enabled:
            _C.set_rng_state(self._state)
