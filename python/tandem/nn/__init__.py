"""Modules and what they are made with. Tandem's own are reflected from C++ when first asked for."""

from .containers import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from .module import Module
from .parameter import Buffer, Parameter, UninitializedParameter

_folders = ("functional", "init", "utils", "modules", "parameter", "parallel")
_elsewhere = {"DataParallel": "parallel", "Transformer": "transformer", "TransformerEncoder": "transformer",
              "TransformerDecoder": "transformer", "TripletMarginWithDistanceLoss": "triplet"}


def __getattr__(name):
    import importlib

    if name in _folders:
        return importlib.import_module("." + name, __name__)
    if name in _elsewhere:
        return getattr(importlib.import_module("." + _elsewhere[name], __name__), name)
    if name.startswith("Lazy"):
        from .lazy import lazy_class

        cls = lazy_class(name)
    else:
        from .reflected import module_class

        cls = module_class(name)
    if cls is None:
        raise AttributeError(f"module 'tandem.nn' has no attribute '{name}'")
    globals()[name] = cls
    return cls


def __dir__():
    from .._C import _nn as registry

    return sorted({*globals(), *registry.names(), *_folders, *_elsewhere})
