"""Functions with gradients of the user's own."""

from tandem import _C
from tandem.autograd.grad_mode import no_grad


class FunctionCtx:
    """What forward hands to backward."""

    def __init__(self):
        self._saved = ()
        self._constant = ()
        self._materialize = True
        self.needs_input_grad = ()

    def save_for_backward(self, *tensors):
        """Keeps tensors; writing to one in place before backward is then an error."""
        for t in tensors:
            if t is not None and not isinstance(t, _C.Tensor):
                raise TypeError(
                    f"save_for_backward can only save tensors and None, got {type(t).__name__}; "
                    "keep anything else as an attribute of ctx")
        self._saved = tensors

    @property
    def saved_tensors(self):
        return self._saved

    def mark_non_differentiable(self, *tensors):
        """These results require no gradient."""
        self._constant = tensors

    def mark_dirty(self, *tensors):
        raise _C.UnsupportedError("mark_dirty: a Function may not write over its inputs; compute a "
                                  "new tensor")

    def set_materialize_grads(self, value):
        """False: backward gets None, not zeros, where no gradient arrives."""
        self._materialize = value


class Function:
    """A step with a gradient of its own.

    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, dy):
            (y,) = ctx.saved_tensors
            return dy * y

    y = Exp.apply(x)
    """

    @staticmethod
    def forward(*args, **kwargs):
        raise NotImplementedError("a Function must define the static method forward")

    @staticmethod
    def backward(ctx, *grad_outputs):
        raise NotImplementedError("a Function must define the static method backward, or vjp, to be "
                                  "differentiated")

    @classmethod
    def apply(cls, *args, **kwargs):
        ctx = FunctionCtx()
        needs = tuple(isinstance(a, _C.Tensor) and _C._needs_grad(a) for a in args)
        ctx.needs_input_grad = needs
        split = "setup_context" in cls.__dict__ or any(
            "setup_context" in base.__dict__ for base in cls.__mro__[:-2] if base is not Function)
        with no_grad():
            if split:
                result = cls.forward(*args, **kwargs)
                cls.setup_context(ctx, args, result)
            else:
                result = cls.forward(ctx, *args, **kwargs)
        if not any(needs):
            return result
        single = isinstance(result, _C.Tensor)
        results = [result] if single else list(result)
        places = [i for i, r in enumerate(results) if isinstance(r, _C.Tensor)]
        outputs = [results[i] for i in places]
        inputs = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        constant = {id(t) for t in ctx._constant}

        def backward(saved, gradients):
            ctx._saved = tuple(saved)
            try:
                all_gradients = [None] * len(results)
                for place, gradient in zip(places, gradients):
                    all_gradients[place] = gradient
                given = cls.backward(ctx, *all_gradients)
            finally:
                ctx._saved = ()
            given = list(given) if isinstance(given, (tuple, list)) else [given]
            while len(given) > len(args) and given[-1] is None:
                given.pop()
            if len(given) != len(args):
                raise RuntimeError(
                    f"function {cls.__name__}Backward returned an incorrect number of gradients "
                    f"(expected {len(args)}, got {len(given)})")
            for i, g in enumerate(given):
                if g is not None and i not in inputs:
                    raise RuntimeError(f"function {cls.__name__}Backward returned a gradient "
                                       f"different from None at position {i + 1}, but the "
                                       "corresponding forward input was not a Variable")
            return [_checked(cls, i, given[i], args[i]) for i in inputs]

        saved, ctx._saved = ctx._saved, ()
        attached = _C._attach_function(
            cls.__name__, backward, [args[i] for i in inputs], outputs, list(saved),
            [id(t) not in constant for t in outputs], ctx._materialize)
        if single:
            return attached[0]
        for place, t in zip(places, attached):
            results[place] = t
        return type(result)(results) if isinstance(result, list) else tuple(results)


def _checked(cls, i, gradient, argument):
    """The gradient in the argument's shape and dtype."""
    if gradient is None:
        return None
    if gradient.shape != argument.shape:
        try:
            gradient = gradient.sum_to_size(argument.shape)
        except RuntimeError:
            raise RuntimeError(
                f"Function {cls.__name__}Backward returned an invalid gradient at index {i} - got "
                f"{list(gradient.shape)} but expected shape compatible with {list(argument.shape)}"
            ) from None
    return gradient if gradient.dtype == argument.dtype else gradient.to(argument.dtype)


def once_differentiable(function):
    """Marks a backward that is not to be differentiated itself."""
    import functools

    @functools.wraps(function)
    def inside(ctx, *gradients):
        with no_grad():
            return function(ctx, *gradients)

    return inside
