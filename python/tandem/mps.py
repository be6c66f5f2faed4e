"""torch.mps: there is no such device here."""


def is_available():
    return False


def device_count():
    return 0


def _nothing(*args, **kwargs):
    """Nothing to do without a device."""


manual_seed = seed = empty_cache = _nothing


def _needs_device(*args, **kwargs):
    raise RuntimeError("there is no MPS device here: Tandem for Python computes on the CPU")


synchronize = get_rng_state = set_rng_state = _needs_device
