"""torch.utils.checkpoint: what a stretch of a model computed is computed again in backward, not kept."""

from .. import _C, Tensor, autograd, enable_grad, get_rng_state, no_grad, set_rng_state


class _Checkpoint(autograd.Function):
    @staticmethod
    def forward(ctx, function, preserve_rng_state, count, *args):
        ctx.function, ctx.args = function, args
        ctx.state = get_rng_state() if preserve_rng_state else None
        ctx.autocast = _C._autocast()
        with no_grad():
            return function(*args)

    @staticmethod
    def backward(ctx, *gradients):
        inputs = [a.detach().requires_grad_(a.requires_grad) if isinstance(a, Tensor) else a for a in ctx.args]
        now = get_rng_state() if ctx.state is not None else None
        if ctx.state is not None:
            set_rng_state(ctx.state)
        autocast = _C._set_autocast(*ctx.autocast)
        try:
            with enable_grad():
                outputs = ctx.function(*inputs)
        finally:
            _C._set_autocast(*autocast)
        if now is not None:
            set_rng_state(now)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        pairs = [(o, g) for o, g in zip(outputs, gradients) if isinstance(o, Tensor) and o.requires_grad]
        autograd.backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, None, *(i.grad if isinstance(i, Tensor) else None for i in inputs))


def checkpoint(function, *args, use_reentrant=None, context_fn=None, determinism_check="default", debug=False,
               preserve_rng_state=True, **kwargs):
    """``function(*args, **kwargs)`` whose intermediate results are not kept for backward."""
    if kwargs:
        inner = function

        def function(*values):
            return inner(*values, **kwargs)

    if not any(isinstance(a, Tensor) and a.requires_grad for a in args):
        return function(*args)  # parameters inside would get no gradient through a function without inputs to follow
    return _Checkpoint.apply(function, preserve_rng_state, len(args), *args)


def checkpoint_sequential(functions, segments, input, use_reentrant=None, **kwargs):
    """A Sequential in ``segments`` stretches, each but the last checkpointed."""
    functions = list(functions.children()) if hasattr(functions, "children") else list(functions)
    size = len(functions) // segments

    def stretch(start, end):
        def run(x):
            for function in functions[start:end]:
                x = function(x)
            return x

        return run

    end = 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        input = checkpoint(stretch(start, end), input, **kwargs)
    return stretch(end, len(functions))(input)
