"""compile(): a function becomes a program when it is first called, with the bits of the eager call.

    @tandem.compile
    def step(x, y):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss
"""

import functools

from tandem import _C
from tandem._captured import Captured, _kind
from tandem._structure import flatten, names_of, unflatten

__all__ = ["compile", "is_compiling", "disable", "reset", "allow_in_graph"]


def compile(model=None, *, fullgraph=True, dynamic=None, backend=None, mode=None, options=None, disable=False,
            state=None):
    """Makes ``model``, a function or a module, run as one planned program.

    A call traces it the first time: with forward, ``backward()`` and ``optimizer.step()`` where it has them. Modules,
    optimizers and tensors that the function reads are found in its closure, its globals and its object; ``state``
    names them where that is not enough. Other sizes are served by the same program, once it has seen two. A
    function whose results are to be differentiated outside of it runs eagerly: compile the whole training step, or
    call it under ``no_grad()``. Numbers and strings among the arguments are constants of a
    program, and each module's ``training`` flag is one too.

    ``fullgraph``, ``dynamic``, ``backend``, ``mode`` and ``options`` are PyTorch's and change nothing here: there is
    one back end, and always one graph. ``disable`` gives the function back.

        fast = tandem.compile(net)
        fast(x)
    """
    if model is None:
        return lambda f: compile(f, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
                                 disable=disable, state=state)
    if not callable(model):
        raise TypeError(f"compile(): expected a function or a module, got {type(model).__name__}")
    if disable:
        return model
    if _kind(model) == "module":
        return _compiled_module(model, state)
    return CompiledFunction(model, state)


_recording = 1  # the bit of _C._modes() that says that gradients are recorded


class CompiledFunction:
    """A function that runs as a program; ``explain()`` says which programs there are and why, ``print(f.program(...))``
    shows one."""

    def __init__(self, f, state=None):
        if _kind(f) is None:
            functools.update_wrapper(self, f)
        self._f, self._given = f, state
        self._captured = None
        self._cores = {}  # by arguments' structure and modes
        self._structures = {}
        self._plain = None  # of calls with nothing but tensors, and those modes

    def __call__(self, *args, **kwargs):
        if _C._is_tracing():  # inside another program it is part of that
            return self._f(*args, **kwargs)
        captured = self._captured
        if captured is None:
            captured = self._captured = Captured(self._f, self._given)
        if captured.optimizers:
            captured.refresh()
        plain = self._plain
        if plain is not None and not kwargs and plain[1] == (len(args), captured.training(), _C._modes()):
            try:
                return plain[0](*args)
            except _NotPlain:
                pass
        leaves = []
        structure = flatten((args, kwargs), leaves)
        key = (structure, captured.training(), _C._modes())
        core = self._cores.get(key)
        if core is None:
            if key[2] & _recording and any(t.requires_grad for t in (*leaves, *captured.state().values())):
                return self._probe(key, args, kwargs)
            core = self._cores[key] = self._core(key)
        elif core is _eager:
            return self._f(*args, **kwargs)
        results = core(*leaves)
        out = self._structures[key]
        only_tensors = not kwargs and len(leaves) == len(args)
        if only_tensors and _is_plain(out):
            self._plain = (_guarded(core), (len(args),) + key[1:])
        return unflatten(out, iter(results if isinstance(results, tuple) else (results,)))

    def _probe(self, key, args, kwargs):
        """The first call where gradients are recorded is eager, and shows what kind of function it is: one that
        differentiates by itself is a program from the next call on; the results of another one need their history."""
        before = _C._backward_passes()
        result = self._f(*args, **kwargs)
        found = []
        flatten(result, found)
        history = _C._backward_passes() == before and any(t.requires_grad for t in found)
        self._cores[key] = _eager if history else self._core(key)
        return result

    def _core(self, key):
        def traced(*leaves):
            args, kwargs = unflatten(key[0], iter(leaves))
            found = []
            structure = flatten(self._f(*args, **kwargs), found)
            self._structures[key] = structure
            return list(zip(names_of(structure), found))

        return _C._Compiled(traced, getattr(self._f, "__name__", "main").strip("<>"), self._captured.state())

    def explain(self):
        """A line a trace: for which inputs, and why it was made."""
        return "".join(
            "results carry gradients, so calls run eagerly: compile the step that calls backward(), or call it under "
            "no_grad()\n" if core is _eager else core.explain() for core in self._cores.values())

    def text(self, *args, **kwargs):
        """The text of the program that serves these arguments; "" before such a call."""
        leaves = []
        structure = flatten((args, kwargs), leaves)
        core = self._cores.get((structure, self._captured.training(), _C._modes())) if self._captured else None
        return core.text(*leaves) if core is not None and core is not _eager else ""

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        bound = instance.__dict__.get("_compiled_methods")
        if bound is None:
            bound = instance.__dict__["_compiled_methods"] = {}
        name = self.__name__
        if name not in bound:
            bound[name] = CompiledFunction(self._f.__get__(instance, owner), self._given)
        return bound[name]


class _NotPlain(Exception):
    pass


_eager = object()


def _guarded(core):
    Tensor = _C.Tensor

    def call(*args):
        for a in args:
            if not isinstance(a, Tensor):
                raise _NotPlain
        return core(*args)

    return call


def _is_plain(structure):
    """One tensor, or a flat tuple of several: what the core itself gives."""
    from tandem._structure import leaf

    if structure is leaf:
        return True
    return (isinstance(structure, tuple) and len(structure) == 2 and structure[0] is tuple and len(structure[1]) > 1
            and all(s is leaf for s in structure[1]))


def _compiled_module(module, state):
    """A module with the same parameters, keys and children, whose call is a program."""
    fast = CompiledFunction(module, state)
    compiled = object.__new__(type(module))
    compiled.__dict__ = module.__dict__  # the module itself, seen through another call
    compiled.__class__ = _subclass(type(module))
    object.__setattr__(compiled, "_compiled_call", fast)
    return compiled


@functools.lru_cache(maxsize=None)
def _subclass(cls):
    def __call__(self, *args, **kwargs):
        return self._compiled_call(*args, **kwargs)

    return type(cls.__name__, (cls,), {"__call__": __call__, "__module__": cls.__module__,
                                       "__qualname__": cls.__qualname__})


def is_compiling():
    """Is a function being traced right now?"""
    return _C._is_tracing()


def disable(fn=None, recursive=True):
    """Gives the function back: what cannot be in a program is an error that names its line."""
    return fn if fn is not None else (lambda f: f)


def allow_in_graph(fn):
    return fn


def reset():
    """Programs belong to the functions that compile() gave; nothing is kept elsewhere."""
