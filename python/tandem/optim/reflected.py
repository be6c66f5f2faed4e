"""Tandem's own optimizers as Python classes, made from the optimizer registry of C++ when first asked for.

param_groups and state are ordinary dicts and the truth: each step of the core takes what it needs from there.
"""

import inspect

from .. import no_grad
from .._arguments import bind
from .._C import _optim as _registry
from .optimizer import Optimizer, loss_of

# How PyTorch runs a step, of no effect here: the defaults of the words that the registry calls hints.
_hints = {"foreach": None, "capturable": False, "differentiable": False, "fused": None}


class Reflected(Optimizer):
    """What the reflected classes share."""

    reads_rates_from_state = True  # a traced step does, so that schedules need no new program

    def __init__(self, params, *args, **kwargs):
        given = bind(self._core_name, self._constructor, (params, *args), kwargs)
        given.apply_defaults()
        defaults = dict(given.arguments)
        super().__init__(defaults.pop("params"), defaults)
        self._make_core()

    def _make_core(self):
        self._core = _registry.Optimizer(type(self)._core_name, self.param_groups)
        for i, group in enumerate(self.param_groups):
            for name, value in self._core.options(i):  # AdamW fixes an option of Adam's
                group.setdefault(name, value)
        if self.__dict__.get("_moves_momentum"):
            self._core.move_momentum()
        return self._core

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        if "_core" in self.__dict__:
            self._make_core()

    def _fitting_core(self):
        core = self._core
        return self._make_core() if core is None or not core.fits(self.param_groups) else core

    def step(self, closure=None):
        loss = loss_of(closure)
        with no_grad():
            self._fitting_core().step(self.param_groups, self.state)
        return loss

    def _traced_state(self, parameters):
        return self._fitting_core().traced_state(self.param_groups, self.state, parameters)

    def _refresh_rates(self):
        self._fitting_core().refresh_rates(self.param_groups)

    def _move_momentum(self):
        """A schedule moves momentum, or beta1: programs find it beside the rate from now on."""
        if not self.__dict__.get("_moves_momentum"):
            self._fitting_core().move_momentum()
            self._moves_momentum = True

    def __setstate__(self, state):
        super().__setstate__(state)
        self._core = None
        for group in self.param_groups:
            for name, default in self._defaults.items():
                group.setdefault(name, default)


def _as_pytorch_writes(default):
    return 0 if type(default) is float and default == 0 else default  # weight_decay=0


def optimizer_class(name):
    """The class of an optimizer of the registry."""
    if name not in _classes:
        options = {n: _as_pytorch_writes(v) for n, v in _registry.options(name)}
        hints = {word: _hints[word] for word in _registry.hints(name).split(", ")}
        defaults = {**options, **hints}
        kinds = inspect.Parameter
        parameters = [kinds("params", kinds.POSITIONAL_OR_KEYWORD)]
        parameters += [kinds(n, kinds.POSITIONAL_OR_KEYWORD, default=v) for n, v in options.items()]
        parameters += [kinds(n, kinds.KEYWORD_ONLY, default=v) for n, v in hints.items()]
        signature = inspect.Signature(parameters)
        _classes[name] = type(name, (Reflected,), {
            "__module__": "tandem.optim",
            "__doc__": f"{name}{signature}",
            "__signature__": signature,
            "_constructor": signature,
            "_core_name": name,
            "_defaults": defaults,
        })
    return _classes[name]


_classes = {}
