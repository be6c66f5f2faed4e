"""``tandem run``: torch and torchvision are Tandem's, as long as the process lives."""

import importlib
import importlib.abc
import importlib.machinery
import sys

_names = {"torch": "tandem", "torchvision": "tandem.vision"}


def own_name(name):
    """"tandem.nn" for "torch.nn"; None for what is neither torch nor torchvision."""
    first, _, rest = name.partition(".")
    if first not in _names:
        return None
    return _names[first] + ("." + rest if rest else "")


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives Tandem's own module objects, so that torch.nn is tandem.nn."""

    def find_spec(self, name, path=None, target=None):
        own = own_name(name)
        if own is None:
            return None
        return importlib.machinery.ModuleSpec(name, self)

    def create_module(self, spec):
        own = own_name(spec.name)
        try:
            module = importlib.import_module(own)
        except ModuleNotFoundError as error:
            if error.name != own:
                raise
            from tandem._absent import advice

            words = spec.name.split(".")
            raise ModuleNotFoundError(f"No module named '{spec.name}' in Tandem" + advice(words[1] if words[1:] else ""),
                                      name=spec.name) from None
        # The import machinery writes its spec and name into what it is given; they stay the module's own.
        self._kept = (module, module.__spec__, module.__loader__, module.__name__, module.__package__)
        return module

    def exec_module(self, module):
        kept = getattr(self, "_kept", None)
        if kept and kept[0] is module:
            _, module.__spec__, module.__loader__, module.__name__, module.__package__ = kept


def install():
    """From now on ``import torch`` gives Tandem. Error: PyTorch itself is loaded already."""
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    loaded = sys.modules.get("torch")
    if loaded is not None and loaded.__name__.partition(".")[0] != "tandem":
        raise RuntimeError("tandem run: PyTorch itself is already loaded in this process; start it without")
    sys.meta_path.insert(0, _Finder())


def run(script, arguments):
    """Runs a program as ``python script arguments`` would."""
    import os
    import runpy

    install()
    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(script))
    runpy.run_path(script, run_name="__main__")
