"""torch.utils: data, checkpointing, TensorBoard."""

_modules = ("data", "checkpoint", "tensorboard")


def __getattr__(name):
    if name in _modules:
        import importlib

        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'tandem.utils' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_modules})
