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
import types
import warnings

from tandem import _C
from tandem._captured import Captured, _kind
from tandem._effects import Effects, Impure
from tandem._structure import flatten, leaf, names_of, statics, unflatten

__all__ = ["compile", "is_compiling", "disable", "reset", "allow_in_graph"]


def compile(model=None, *, fullgraph=True, dynamic=None, backend=None, mode=None, options=None, disable=False,
            state=None):
    """Makes ``model``, a function or a module, run as one planned program.

    A call traces it the first time: with forward, ``backward()`` and ``optimizer.step()`` where it has them. Modules,
    optimizers and tensors that the function reads are found in its closure, its globals and its object; ``state``
    names them where that is not enough. Other sizes are served by the same program, once it has seen two. A
    function whose results are to be differentiated outside of it runs eagerly: compile the whole training step, or
    call it under ``no_grad()``.

    Numbers and strings, among the arguments or read elsewhere, are constants of a program: with others, or with other
    tensors, modules or optimizers in the places of those that were there, the function is traced again. Writes into
    arguments, new values of buffers and attributes, and ``scheduler.step()`` behind ``optimizer.step()`` come out as in
    eager calls. A function that changes numbers or lists of Python as it runs is called eagerly, each time;
    ``explain()`` says so.

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
_functions = (types.FunctionType, types.MethodType, functools.partial)
_most_programs = 16  # for different numbers and structures; each serves sizes of its own


class CompiledFunction:
    """A function that runs as a program; ``explain()`` says which programs there are and why, ``print(f.text(...))``
    shows one."""

    is_compiled = True

    def __init__(self, f, state=None):
        if _kind(f) is None:
            functools.update_wrapper(self, f)
        self.function, self._given = f, state
        self._captured = {}  # and its number, by the modules and optimizers among the arguments
        self._signatures = {}  # numbers of them
        self._cores = {}  # by arguments' structure, what the function reads, and modes
        self._plain = None  # the last core that takes nothing but tensors
        self._refused = None  # why no more programs are made

    def __call__(self, *args, **kwargs):
        if _C._is_tracing():  # inside another program it is part of that
            return self.function(*args, **kwargs)
        plain = self._plain
        if plain is not None and not kwargs and plain.takes(args):
            return plain.run(args)
        leaves = []
        structure = flatten((args, kwargs), leaves)
        key, captured, state = self._key(structure, leaves)
        core = self._cores.get(key)
        if core is None:
            if len(self._cores) >= _most_programs:
                return self._refuse(key, args, kwargs)
            if key[2] & _recording and any(t.requires_grad for t in (*leaves, *state.values())):
                return self._probe(key, captured, state, args, kwargs)
            core = self._cores[key] = _Core(self.function, structure, captured, state, key[2])
        if isinstance(core, _Eager):
            return self.function(*args, **kwargs)
        try:
            result = core.run(leaves)
        except Impure as effect:
            why = f"the function {effect}, which a program would not: keep it in a tensor, or do it outside"
            warnings.warn(f"compile: calls run eagerly: {why}", stacklevel=2)
            self._cores[key] = _Eager(why)
            return self.function(*args, **kwargs)
        if core.depends_on_sizes:
            self._cores[key] = _Eager(f"the function {_depends_on_sizes}")
        elif core.is_plain and not kwargs and len(leaves) == len(args):
            self._plain = core
        return result

    def _key(self, structure, leaves):
        given = tuple(v for v in statics(structure) if _kind(v) is not None or isinstance(v, _functions))
        captured, number, state = self._captured.get(given, (None, 0, None))
        if captured is None or not captured.is_current():
            self._plain = None
            captured = Captured(self.function, self._given, given)
            state = captured.settle()
            number = self._signatures.setdefault(captured.signature, len(self._signatures))
            self._captured[given] = captured, number, state
        modes = _C._modes()
        return (structure, number, modes, bool(modes & _recording) and any(t.requires_grad for t in leaves)), captured, state

    def _probe(self, key, captured, state, args, kwargs):
        """The first call where gradients are recorded is eager, and shows what kind of function it is: one that
        differentiates by itself is a program from the next call on; the results of another one need their history."""
        before = _C._backward_passes()
        result = self.function(*args, **kwargs)
        found = []
        flatten(result, found)
        if _C._backward_passes() == before and any(t.requires_grad for t in found):
            self._cores[key] = _Eager("results carry gradients: compile the step that calls backward(), or call it under "
                                      "no_grad()")
        elif captured.is_current():
            self._cores[key] = _Core(self.function, key[0], captured, state, key[2])
        else:  # it has set something: what is called next reads that
            after, captured, state = self._key(key[0], found[:0])
            self._cores[after[:3] + key[3:]] = _Core(self.function, key[0], captured, state, key[2])
        return result

    def _refuse(self, key, args, kwargs):
        if self._refused is None:
            last = next(reversed(self._cores))
            what = ("the numbers and strings among the arguments, or their structure, differ in each"
                    if last[0] != key[0] else "numbers or objects that the function reads differ in each")
            self._refused = (f"{_most_programs} programs were made, and {what}: other calls run eagerly. Pass what changes "
                             "as a tensor")
            warnings.warn(f"compile: {getattr(self.function, '__name__', 'the function')}: {self._refused}", stacklevel=3)
        return self.function(*args, **kwargs)

    def explain(self):
        """A line a trace: for which inputs, and why it was made; and why calls are eager, where they are."""
        lines = [f"calls run eagerly: {core.why}\n" if isinstance(core, _Eager) else core.compiled.explain()
                 for core in self._cores.values()]
        return "".join(lines + ([self._refused + "\n"] if self._refused else []))

    def text(self, *args, **kwargs):
        """The text of the program that serves these arguments; "" before such a call."""
        leaves = []
        structure = flatten((args, kwargs), leaves)
        core = self._cores.get(self._key(structure, leaves)[0])
        return core.compiled.text(*leaves) if isinstance(core, _Core) else ""

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        bound = instance.__dict__.get("_compiled_methods")
        if bound is None:
            bound = instance.__dict__["_compiled_methods"] = {}
        name = self.__name__
        if name not in bound:
            bound[name] = CompiledFunction(self.function.__get__(instance, owner), self._given)
        return bound[name]


_depends_on_sizes = "gives back numbers, or a structure, that depend on sizes"


class _Eager:
    """Stands for a program where there can be none."""

    def __init__(self, why):
        self.why = why


class _Outcome:
    """What a traced run gave beside tensors: how results are put together, where tensors are left, calls to make."""

    def __init__(self, structure, places, deferred):
        self.structure, self.places, self.deferred = structure, places, deferred
        parts = structure[1] if isinstance(structure, tuple) else ()
        # One tensor, or a flat tuple of several: what the core itself gives.
        self.is_plain = not places and (structure is leaf or (
            isinstance(structure, tuple) and structure[0] is tuple and len(parts) > 1 and all(p is leaf for p in parts)))

    def __eq__(self, other):
        return self.structure == other.structure and [k for _, k in self.places] == [k for _, k in other.places]


class _Core:
    """The programs of a function for one structure of arguments, one by one set of sizes."""

    def __init__(self, function, structure, captured, state, modes):
        self._function, self._structure, self._modes = function, structure, modes
        self._captured, self._state = captured, state
        self._attempt = self._last = None
        self._outcomes = {}  # by the number of the program
        self._inputs = len(structure[1][0][1])
        self.is_plain = self.depends_on_sizes = False
        name = getattr(function, "__name__", type(function).__name__).strip("<>")
        self.compiled = _C._Compiled(self._traced, name if name.isidentifier() and name.isascii() else "main", state)

    def takes(self, args):
        """Are these tensors for a program like the last one?"""
        if len(args) != self._inputs or self._modes != _C._modes():
            return False
        recording = self._modes & _recording
        for a in args:
            if not isinstance(a, _C.Tensor) or (recording and a.requires_grad):
                return False
        return self._captured.is_current()

    def run(self, leaves):
        self._captured.refresh()
        attempts = self.compiled.attempts
        results = self.compiled(*leaves)
        number = self.compiled.last
        if number >= 0 and attempts == self.compiled.attempts:
            outcome = self._outcomes[number]
        else:  # traced in this call, with its sizes last
            outcome = self._last
            self.depends_on_sizes = number >= 0 and self._outcomes.setdefault(number, outcome) != outcome
        self.is_plain = outcome.is_plain
        if self.is_plain and not outcome.deferred:
            return results
        results = iter(results if isinstance(results, tuple) else (results,))
        result = unflatten(outcome.structure, results)
        for (place, key), tensor in zip(outcome.places, results):
            place.write(key, tensor)
        if outcome.places:
            self._captured.forget()
        for call in outcome.deferred:
            call()
        return result

    def _traced(self, *leaves):
        args, kwargs = unflatten(self._structure, iter(leaves))
        if not _C._is_tracing():  # arguments that share memory: there is no program for them
            found = []
            self._last = _Outcome(flatten(self._function(*args, **kwargs), found), [], [])
            return list(zip(names_of(self._last.structure), found))
        with Effects(self._captured, self._state) as effects:
            result = self._function(*args, **kwargs)
        found, seen = [], []
        structure = flatten(result, found)
        if effects.problem:
            raise Impure(effects.problem)
        if flatten((args, kwargs), seen) != self._structure or list(map(id, seen)) != list(map(id, leaves)):
            raise Impure("changes a list, dict or object among its arguments")
        if self._captured.optimizers and any(isinstance(v, (int, float)) for v in statics(structure)):
            raise Impure("gives back a number that is not a tensor, perhaps a rate that a schedule changes")
        outcome = _Outcome(structure, [(place, key) for place, key, _ in effects.kept],
                           [call for _, call in effects.deferred])
        if self._attempt == self.compiled.attempts and outcome != self._last:
            raise Impure(_depends_on_sizes)
        self._attempt, self._last = self.compiled.attempts, outcome
        names = names_of(structure) + [f"kept{i}" for i in range(len(effects.kept))]
        return list(zip(names, effects.settle(found + [t for _, _, t in effects.kept])))


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
