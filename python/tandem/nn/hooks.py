"""Hooks of modules and optimizers: callables kept by number, and handles that take them off again."""

import itertools
import weakref

from .. import autograd
from .changes import changes

_numbers = itertools.count()


class RemovableHandle:
    """Takes a hook off again; may outlive what it hangs on. Usable in ``with``."""

    def __init__(self, hooks, *, extra_dict=()):
        self.id = next(_numbers)
        self._hooks = weakref.ref(hooks)
        self._others = [weakref.ref(d) for d in (extra_dict if isinstance(extra_dict, (list, tuple)) else [extra_dict])]

    def remove(self):
        changes[0] += 1
        for reference in (self._hooks, *self._others):
            hooks = reference()
            if hooks is not None:
                hooks.pop(self.id, None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


class Hooks(dict):
    """Hooks by number, in the order in which they run. A handle holds it weakly, which a dict forbids."""

    __slots__ = ("__weakref__",)

    def add(self, hook, prepend=False):
        handle = RemovableHandle(self)
        if prepend:
            others = list(self.items())
            self.clear()
            self[handle.id] = hook
            self.update(others)
        else:
            self[handle.id] = hook
        return handle

    def run_list(self):
        """The hooks as they are now: one may remove itself, or add others, while it runs."""
        return list(self.values())


class BackwardHooks:
    """Runs a module's backward hooks around the gradients of one call.

    The tensors that go in and come out pass through a function that does nothing but see their gradients.
    """

    def __init__(self, module, before, after):
        self.module, self.before, self.after = module, before, after
        self.grad_output = None
        self.inputs, self.taken = 0, ()

    def _through(self, values, see):
        """``values`` with those tensors that carry gradients passed through a function whose backward calls
        ``see(gradients, positions)``; and their positions."""
        from .. import Tensor, is_grad_enabled

        at = [i for i, v in enumerate(values) if isinstance(v, Tensor) and v.requires_grad]
        if not at or not is_grad_enabled():
            return values, ()

        class Watch(autograd.Function):
            @staticmethod
            def forward(ctx, *tensors):
                ctx.set_materialize_grads(False)
                return tuple(t.view_as(t) for t in tensors)

            @staticmethod
            def backward(ctx, *gradients):
                return see(gradients, at)

        passed = Watch.apply(*(values[i] for i in at))
        values = list(values)
        for i, tensor in zip(at, passed if isinstance(passed, tuple) else (passed,)):
            values[i] = tensor
        return tuple(values), tuple(at)

    @staticmethod
    def _spread(gradients, at, count):
        full = [None] * count
        for i, gradient in zip(at, gradients):
            full[i] = gradient
        return tuple(full)

    def watch_inputs(self, args):
        self.inputs = len(args)

        def see(gradients, at):
            grad_input = self._spread(gradients, at, self.inputs)
            for hook in self.after.run_list():
                replaced = hook(self.module, grad_input, self.grad_output)
                if replaced is not None:
                    grad_input = replaced if isinstance(replaced, tuple) else (replaced,)
            return tuple(grad_input[i] for i in at)

        args, self.taken = self._through(tuple(args), see)
        return args

    def watch_outputs(self, result):
        single = not isinstance(result, (tuple, list))
        values = (result,) if single else tuple(result)

        def see(gradients, at):
            self.grad_output = self._spread(gradients, at, len(values))
            for hook in self.before.run_list():
                replaced = hook(self.module, self.grad_output)
                if replaced is not None:
                    self.grad_output = replaced if isinstance(replaced, tuple) else (replaced,)
            if not self.taken:  # nothing that went in carries a gradient: there is no later moment
                for hook in self.after.run_list():
                    hook(self.module, (None,) * self.inputs, self.grad_output)
            return tuple(self.grad_output[i] for i in at)

        values, _ = self._through(values, see)
        return values[0] if single else type(result)(values)
