"""skip_init: a module whose parameters hold no values yet."""


def skip_init(module_cls, *args, **kwargs):
    """``module_cls(*args, **kwargs)``; what it draws is drawn from a generator that nobody else uses."""
    from ... import Generator
    from ..._C import _UseGenerator

    with _UseGenerator(Generator()):
        return module_cls(*args, **kwargs)
