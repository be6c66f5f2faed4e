"""What every function here asks of its matrices."""

from tandem import _C


class LinAlgError(_C.Error):
    """A matrix for which there is no result: singular, or not positive definite."""


def matrices(name, x):
    """x, of at least two dims and floating."""
    if x.ndim < 2:
        raise _C.ShapeError(f"linalg.{name}: expected a matrix or a batch of them, got shape {list(x.shape)}")
    if not x.is_floating_point():
        raise _C.DTypeError(f"linalg.{name}: expected a floating dtype, got {x.dtype}; call .float()")
    return x


def square(name, x):
    if matrices(name, x).shape[-1] != x.shape[-2]:
        raise _C.ShapeError(f"linalg.{name}: expected square matrices, got shape {list(x.shape)}")
    return x


def unsupported(name, why):
    def function(*args, **kwargs):
        raise _C.UnsupportedError(f"linalg.{name}: {why}")

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Not here: {why}."
    return function
