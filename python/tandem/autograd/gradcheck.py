"""Gradients against differences."""

from tandem import _C


def _run(func, inputs, eps, atol, rtol, raise_exception, second):
    inputs = (inputs,) if isinstance(inputs, _C.Tensor) else tuple(inputs)
    # What is no tensor is handed through.
    places = [i for i, a in enumerate(inputs) if isinstance(a, _C.Tensor)]

    def function(*tensors):
        arguments = list(inputs)
        for place, t in zip(places, tensors):
            arguments[place] = t
        result = func(*arguments)
        return [result] if isinstance(result, _C.Tensor) else [
            r for r in result if isinstance(r, _C.Tensor)]

    try:
        return _C._gradcheck(function, [inputs[i] for i in places], eps, atol, rtol, second)
    except _C.Error:
        if raise_exception:
            raise
        return False


def gradcheck(func, inputs, eps=1e-6, atol=1e-5, rtol=1e-3, raise_exception=True, **kwargs):
    """Compares the gradients of func, in float64, with central differences."""
    return _run(func, inputs, eps, atol, rtol, raise_exception, False)


def gradgradcheck(func, inputs, grad_outputs=None, eps=1e-6, atol=1e-5, rtol=1e-3,
                  raise_exception=True, **kwargs):
    """The same of func's gradients."""
    return _run(func, inputs, eps, atol, rtol, raise_exception, True)
