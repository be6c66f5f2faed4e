"""no_grad, enable_grad, inference_mode, set_grad_enabled: scopes and decorators."""

from tandem import _C


class _Scope:
    """A scope that is also a decorator, with or without its parentheses."""

    def __new__(cls, function=None):
        scope = super().__new__(cls)
        if callable(function):
            scope.__init__()
            return scope(function)
        return scope

    def __init__(self, function=None):
        self._before = []

    def __exit__(self, *exception):
        self._leave(self._before.pop())

    def __call__(self, function):
        import functools
        import inspect

        if inspect.isclass(function):
            raise TypeError("a grad mode decorates functions; decorate the methods of a class")
        if inspect.isgeneratorfunction(function):
            return self._of_generator(function)

        @functools.wraps(function)
        def inside(*args, **kwargs):
            with self._again():
                return function(*args, **kwargs)

        return inside

    def _again(self):
        return type(self)()

    def _of_generator(self, function):
        """The mode holds while the generator runs, not while its caller does."""
        import functools

        @functools.wraps(function)
        def inside(*args, **kwargs):
            generator = function(*args, **kwargs)
            sent = None
            while True:
                try:
                    with self._again():
                        item = generator.send(sent)
                except StopIteration as stop:
                    return stop.value
                sent = yield item

        return inside


class no_grad(_Scope):
    """Inside, nothing is recorded for gradients.

    with torch.no_grad():
        y = model(x)
    """

    def __enter__(self):
        self._before.append(_C._set_grad_enabled(False))

    def _leave(self, before):
        _C._set_grad_enabled(before)


class enable_grad(no_grad):
    """Inside a no_grad(), recording again."""

    def __enter__(self):
        self._before.append(_C._set_grad_enabled(True))


class set_grad_enabled(no_grad):
    """Switches recording on or off, at once; as a scope, until its end."""

    def __new__(cls, mode):
        return object.__new__(cls)

    def __init__(self, mode):
        super().__init__()
        self.mode = bool(mode)
        self._first = _C._set_grad_enabled(self.mode)

    def __enter__(self):
        self._before.append(self._first)
        _C._set_grad_enabled(self.mode)

    def __call__(self, function):
        _C._set_grad_enabled(self._first)  # a decorator changes nothing outside
        return super().__call__(function)

    def _again(self):
        return type(self)(self.mode)


class inference_mode(_Scope):
    """no_grad(), and what is made inside may never take part in recorded computation."""

    def __new__(cls, mode=True):
        return super().__new__(cls, mode if callable(mode) else None)

    def __init__(self, mode=True):
        super().__init__()
        self.mode = mode if isinstance(mode, bool) else True

    def __enter__(self):
        before = _C._set_inference(self.mode), _C._set_grad_enabled(not self.mode)
        self._before.append(before)

    def _leave(self, before):
        _C._set_inference(before[0])
        _C._set_grad_enabled(before[1])

    def _again(self):
        return type(self)(self.mode)
