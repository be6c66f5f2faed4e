"""What a traced function does to Python while it runs: attributes, list entries and variables that it sets. A program
repeats none of it, so it is undone after the trace, and told to whoever runs the program."""

from tandem import _C
from tandem._captured import _missing
from tandem._structure import key_of

_active = []  # the innermost last


class Impure(Exception):
    """A function that a program cannot stand for; the message says what it does."""


class Effects:
    """Around one run of a traced function::

        effects = Effects(captured, state)
        with effects:
            result = f()
        tensors = effects.settle(tensors)

    settle() makes a state tensor whose name was given to another of its type (``self.mean = 0.9 * self.mean + ...``)
    take that one's values. ``kept`` are other tensors that were left somewhere, as (place, key, tensor); ``problem``
    says what else was changed; ``deferred`` are calls to make after each run, where ``defers`` says that somebody will."""

    def __init__(self, captured, state, defers=True):
        self.defers = defers
        self._state = {id(t) for t in state.values()}
        self._before = [(place, place.read()) for place in captured.places()]
        self.kept, self._rebound, self.deferred, self.problem = [], [], [], None

    def __enter__(self):
        _active.append(self)
        return self

    def __exit__(self, *error):
        _active.pop()
        for place, before in self._before:
            after = place.read()
            keys = [k for k in {**before, **after} if before.get(k, _missing) is not after.get(k, _missing)]
            if not keys:
                continue
            place.restore(before)
            for key in keys:
                self._changed(place, key, before.get(key, _missing), after.get(key, _missing))

    def _changed(self, place, key, old, new):
        if isinstance(new, _C.Tensor) and (isinstance(old, _C.Tensor) or not isinstance(place.container, list)):
            if id(old) in self._state and old.shape == new.shape and old.dtype == new.dtype:
                self._rebound.append((old, new))
            else:
                self.kept.append((place, key, new))
        elif old is _missing or new is _missing or key_of(old) != key_of(new):
            what = place.described(key)
            self.problem = (f"adds to {place.name or what}" if old is _missing else f"removes {what}" if new is _missing
                            else f"changes {what} from {_shown(old)} to {_shown(new)}")

    def settle(self, results):
        """The results, apart from state that takes other values now. Under the trace."""
        replaced = {id(old) for old, _ in self._rebound}

        def apart(t):
            base = t._base
            return t.clone() if id(t) in replaced or base is not None and id(base) in replaced else t

        results = [apart(t) for t in results]
        values = [new.detach().clone() if id(new) in self._state else new.detach() for _, new in self._rebound]
        enabled = _C._set_grad_enabled(False)
        try:
            for (old, _), value in zip(self._rebound, values):
                old.copy_(value)
        finally:
            _C._set_grad_enabled(enabled)
        return results


def _shown(value):
    text = repr(value)
    return text if len(text) <= 40 else type(value).__name__


def defer(what, optimizer, call):
    """Under a trace: makes the program's caller ``call`` after each run."""
    if not _active or not _active[-1].defers:
        raise _C.UnsupportedError(f"{what} in a traced function: a schedule is Python, and a program keeps tensors alone. "
                                  "Call it after each run of the program: the rate that it sets is among the state, as "
                                  "'optimizer.lr'")
    _active[-1].deferred.append((optimizer, call))


def check_order(optimizer):
    """Under a trace, before a step of the optimizer: rates that are set after the run would come too late for it."""
    if _active and any(o is optimizer for o, _ in _active[-1].deferred):
        raise _C.UnsupportedError("optimizer.step() follows scheduler.step() in a traced function, which sets the rate "
                                  "when the program has run: call optimizer.step() first")
