"""Optimizers and learning-rate schedules. Tandem's own are reflected from C++; users may write others as
subclasses of Optimizer and lr_scheduler.LRScheduler."""

from .._C import _optim as _registry
from .optimizer import Optimizer

_names = frozenset(_registry.optimizers())


def __getattr__(name):
    if name in _names:
        from .reflected import optimizer_class

        return optimizer_class(name)
    if name == "LBFGS":
        from .lbfgs import LBFGS

        return LBFGS
    if name in ("lr_scheduler", "optimizer", "reflected", "lbfgs"):
        import importlib

        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'tandem.optim' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_names, "LBFGS", "lr_scheduler"})


__all__ = ["LBFGS", "Optimizer", *sorted(_names)]
