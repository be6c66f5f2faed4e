"""What a pickle of a tensor, a dtype or a generator calls when it is loaded."""

from tandem import _C


def rebuild_tensor(type, data, dtype, shape, requires_grad):
    return _C._rebuild_tensor(type, data, _C._dtype_named(dtype), shape, requires_grad)


def dtype_named(name):
    return _C._dtype_named(name)


def generator_with_state(state):
    generator = _C.Generator()
    generator.set_state(state)
    return generator
