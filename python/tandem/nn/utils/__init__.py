"""Helpers around modules: gradient clipping, flat vectors of parameters, packed sequences, reparametrizations."""

from .clip_grad import clip_grad_norm, clip_grad_norm_, clip_grad_value_, get_total_norm
from .convert_parameters import parameters_to_vector, vector_to_parameters

_modules = ("rnn", "parametrize", "parametrizations", "stateless", "clip_grad", "convert_parameters")
_elsewhere = {"weight_norm": "weight_norm", "remove_weight_norm": "weight_norm", "spectral_norm": "spectral_norm",
              "remove_spectral_norm": "spectral_norm", "skip_init": "init"}


def __getattr__(name):
    import importlib

    if name in _elsewhere:
        return getattr(importlib.import_module("._" + _elsewhere[name], __name__), name)
    if name in _modules:
        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'tandem.nn.utils' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_modules, *_elsewhere})
