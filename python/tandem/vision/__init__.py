"""torchvision's names: datasets, transforms, models, image files."""

_modules = ("datasets", "transforms", "models", "utils", "io", "ops")

__version__ = "0.30.0+tandem"


def __getattr__(name):
    if name in _modules:
        import importlib

        return importlib.import_module("." + name, __name__)
    raise AttributeError(f"module 'tandem.vision' has no attribute '{name}'")


def __dir__():
    return sorted({*globals(), *_modules})


def set_image_backend(backend):
    if backend != "PIL":
        raise ValueError(f"Invalid backend '{backend}'. Options are 'PIL'")


def get_image_backend():
    return "PIL"
