"""Module: what a model is made of. A module owns named parameters, buffers and child modules.

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(784, 10)

        def forward(self, x):
            return self.fc(x.flatten(1))
"""

from .. import Tensor, device as Device, dtype as DType
from .changes import changes
from .hooks import BackwardHooks, Hooks
from .parameter import Buffer, Parameter
from .state import State
from .tree import Tree

_tables = ("_parameters", "_buffers", "_modules")
_hook_tables = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def _missing_init(what):
    return AttributeError(f"cannot assign {what} before Module.__init__() call")


class Module(Tree, State):
    """Base class of all modules: registration, hooks, calling. Walks are in Tree, state_dict in State."""

    training: bool
    call_super_init = False
    dump_patches = False

    def __init__(self, *args, **kwargs):
        if not self.call_super_init and (args or kwargs):
            word = next(iter(kwargs), None)
            raise TypeError(
                f"{type(self).__name__}.__init__() got an unexpected keyword argument '{word}'"
                if word is not None
                else f"{type(self).__name__}.__init__() takes 1 positional argument but {len(args) + 1} were given"
            )
        own = self.__dict__
        own["training"] = True
        own["_parameters"], own["_buffers"], own["_modules"] = {}, {}, {}
        own["_non_persistent_buffers_set"] = set()
        for table in _hook_tables:
            own[table] = Hooks()
        own["_with_kwargs"] = set()
        own["_always"] = set()
        own["_state_dict_hooks"], own["_state_dict_pre_hooks"] = Hooks(), Hooks()
        own["_load_state_dict_pre_hooks"], own["_load_state_dict_post_hooks"] = Hooks(), Hooks()
        if self.call_super_init:
            super().__init__(*args, **kwargs)

    # Calling.

    def forward(self, *args, **kwargs):
        """What the module computes; every subclass defines it."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        own = self.__dict__
        try:
            if own["_forward_hooks"] or own["_forward_pre_hooks"] or own["_backward_hooks"] or own["_backward_pre_hooks"]:
                return self._call_with_hooks(args, kwargs)
            return self.forward(*args, **kwargs)
        except Exception as error:
            _name_module(error, self)
            raise

    _call_impl = __call__

    def _call_with_hooks(self, args, kwargs):
        with_kwargs, always = self._with_kwargs, dict(self._forward_hooks) if self._always else {}
        result = None
        try:
            for number, hook in list(self._forward_pre_hooks.items()):
                if number in with_kwargs:
                    replaced = hook(self, args, kwargs)
                    if replaced is not None:
                        if not (isinstance(replaced, tuple) and len(replaced) == 2):
                            raise RuntimeError(
                                "forward pre-hook must return None or a tuple of (new_args, new_kwargs), "
                                f"but got {replaced}."
                            )
                        args, kwargs = replaced
                else:
                    replaced = hook(self, args)
                    if replaced is not None:
                        args = replaced if isinstance(replaced, tuple) else (replaced,)
            backward = None
            if self._backward_hooks or self._backward_pre_hooks:
                backward = BackwardHooks(self, self._backward_pre_hooks, self._backward_hooks)
                args = backward.watch_inputs(args)
            result = self.forward(*args, **kwargs)
            for number, hook in list(self._forward_hooks.items()):
                always.pop(number, None)
                replaced = hook(self, args, kwargs, result) if number in with_kwargs else hook(self, args, result)
                if replaced is not None:
                    result = replaced
            return backward.watch_outputs(result) if backward else result
        except Exception:
            for number, hook in always.items():
                if number in self._always:
                    hook(self, args, kwargs, result) if number in with_kwargs else hook(self, args, result)
            raise

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """``hook(module, args)`` runs before forward and may give other args: a tuple, or one value."""
        return self._add_hook(self._forward_pre_hooks, hook, prepend, with_kwargs)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """``hook(module, args, output)`` runs after forward and may give another output."""
        handle = self._add_hook(self._forward_hooks, hook, prepend, with_kwargs)
        if always_call:
            self._always.add(handle.id)
        return handle

    def register_full_backward_pre_hook(self, hook, prepend=False):
        """``hook(module, grad_output)`` runs before the module's gradients and may replace grad_output."""
        return self._backward_pre_hooks.add(hook, prepend)

    def register_full_backward_hook(self, hook, prepend=False):
        """``hook(module, grad_input, grad_output)`` runs after them and may replace grad_input."""
        return self._backward_hooks.add(hook, prepend)

    register_backward_hook = register_full_backward_hook

    def _add_hook(self, hooks, hook, prepend, with_kwargs):
        changes[0] += 1
        handle = hooks.add(hook, prepend)
        if with_kwargs:
            self._with_kwargs.add(handle.id)
        return handle

    # Registration.

    def _check_name(self, what, name, table):
        if "_parameters" not in self.__dict__:
            raise _missing_init(what)
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{what} name can\'t be empty string ""')
        if name not in table and hasattr(self, name):
            raise KeyError(f"attribute '{name}' already exists")

    def register_buffer(self, name, tensor, persistent=True):
        """State that is not trained. Without ``persistent`` it is left out of state_dict()."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        changes[0] += 1
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{type(tensor).__name__}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def register_parameter(self, name, param):
        """Adds a parameter under a name; None registers a name that holds nothing."""
        changes[0] += 1
        if "_parameters" not in self.__dict__:
            raise AttributeError("cannot assign parameter before Module.__init__() call")
        self._check_name("parameter", name, self._parameters)
        if param is not None:
            if not isinstance(param, Parameter):
                raise TypeError(
                    f"cannot assign '{type(param).__name__}' object to parameter '{name}' "
                    "(torch.nn.Parameter or None required)"
                )
            if not param.is_leaf:
                raise ValueError(
                    f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                    f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                    "forward() method."
                )
        self._parameters[name] = param

    def add_module(self, name, module):
        """Adds a child module; it becomes the attribute ``name``."""
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        changes[0] += 1
        self._check_name("module", name, self._modules)
        self._modules[name] = module

    register_module = add_module

    def __setattr__(self, name, value):
        changes[0] += 1
        own = self.__dict__
        if isinstance(value, Parameter):
            if "_parameters" not in own:
                raise _missing_init("parameters")
            self._forget(name, "_parameters")
            self.register_parameter(name, value)
            return
        if isinstance(value, Module):
            if "_modules" not in own:
                raise _missing_init("module")
            self._forget(name, "_modules")
            own["_modules"][name] = value
            return
        parameters = own.get("_parameters")
        if parameters is not None:
            if name in parameters:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{_type_name(value)}' as parameter '{name}' "
                        "(torch.nn.Parameter or None expected)"
                    )
                parameters[name] = None
                return
            if name in own["_modules"]:
                if value is not None:
                    raise TypeError(
                        f"cannot assign '{_type_name(value)}' as child module '{name}' (torch.nn.Module or None expected)"
                    )
                own["_modules"][name] = None
                return
            buffers = own["_buffers"]
            if name in buffers or isinstance(value, Buffer):
                if value is not None and not isinstance(value, Tensor):
                    raise TypeError(
                        f"cannot assign '{_type_name(value)}' as buffer '{name}' "
                        "(torch.nn.Buffer, torch.Tensor or None expected)"
                    )
                if isinstance(value, Buffer):
                    self._forget(name, "_buffers")
                    self.register_buffer(name, value, value.persistent)
                else:
                    buffers[name] = value
                return
        object.__setattr__(self, name, value)

    def _forget(self, name, but):
        """Frees a name that is to be registered in the table ``but``, where it keeps its place."""
        own = self.__dict__
        own.pop(name, None)
        for table in _tables:
            if table != but:
                own[table].pop(name, None)
        own["_non_persistent_buffers_set"].discard(name)

    def __getattr__(self, name):
        own = self.__dict__
        for table in _tables:
            entries = own.get(table)
            if entries is not None and name in entries:
                return entries[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name):
        changes[0] += 1
        for table in _tables:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self):
        names = set(super().__dir__())
        for table in _tables:
            names.update(self.__dict__.get(table, ()))
        return sorted(name for name in names if name and not name[0].isdigit())

    def __setstate__(self, state):
        self.__dict__.update(state)
        for table in (*_hook_tables, "_state_dict_hooks", "_state_dict_pre_hooks",
                      "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks"):
            self.__dict__.setdefault(table, Hooks())

    # Modes. Each gives this module.

    def train(self, mode=True):
        """Training mode, which dropout and batch norm go by, here and in all modules below."""
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self):
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Drops gradients, or fills them with zeros."""
        for parameter in self.parameters():
            if parameter.grad is not None:
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad.detach_().zero_()

    def share_memory(self):
        """Threads share memory as it is; gives this module."""
        return self

    def compile(self, *args, **kwargs):
        """Compiles this module's forward where it is."""
        from .. import compile as compile_function

        object.__setattr__(self, "forward", compile_function(self.forward, *args, **kwargs))

    # Casting and moving: parameters are changed where they are, so that an optimizer's stay its own.

    def _apply(self, function, recurse=True):
        changes[0] += 1
        if recurse:
            for child in self.children():
                child._apply(function)
        for parameter in self._parameters.values():
            if parameter is not None:
                gradient = parameter.grad
                parameter.data = function(parameter.data)
                if gradient is not None:
                    parameter.grad = function(gradient)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = function(buffer)
        return self

    def to(self, *args, **kwargs):
        """``to(device)``, ``to(dtype)``, ``to(device, dtype)`` or ``to(tensor)``. Integers keep their dtype."""
        target, dtype = kwargs.pop("device", None), kwargs.pop("dtype", None)
        for word in ("non_blocking", "copy", "memory_format"):
            kwargs.pop(word, None)
        if "tensor" in kwargs:
            args = (kwargs.pop("tensor"), *args)
        if kwargs:
            raise TypeError(f"to() received an invalid keyword argument '{next(iter(kwargs))}'")
        for value in args:
            if isinstance(value, Tensor):
                target, dtype = value.device, value.dtype
            elif isinstance(value, DType):
                dtype = value
            elif isinstance(value, (str, int, Device)) and not isinstance(value, bool):
                target = value
            elif not (value is None or isinstance(value, bool)):
                raise TypeError(f"to() received an invalid combination of arguments - got ({type(value).__name__})")
        if dtype is not None and not isinstance(dtype, DType):
            raise TypeError(f"to(): expected a dtype, got {type(dtype).__name__}")
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}")

        def convert(tensor):
            if target is not None:
                tensor = tensor.to(target)
            return tensor.to(dtype) if dtype is not None and tensor.is_floating_point() else tensor

        return self._apply(convert)

    def type(self, dst_type):
        return self._apply(lambda t: t.type(dst_type))

    def _cast(self, word):
        return self._apply(lambda t: getattr(t, word)() if t.is_floating_point() else t)

    def float(self):
        return self._cast("float")

    def double(self):
        return self._cast("double")

    def half(self):
        return self._cast("half")

    def bfloat16(self):
        return self._cast("bfloat16")

    def cpu(self):
        return self._apply(lambda t: t.cpu())

    def cuda(self, device=None):
        return self._apply(lambda t: t.cuda(device) if device is not None else t.cuda())

    def to_empty(self, *, device, recurse=True):
        from .. import empty_like

        return self._apply(lambda t: empty_like(t, device=device), recurse)

    # Printing.

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        """What stands between the parentheses when printed."""
        return ""

    def __repr__(self):
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): {_indented(repr(child))}" for name, child in self._modules.items()]
        if not children and len(lines) < 2:
            return f"{self._get_name()}({extra})"
        return self._get_name() + "(\n  " + "\n  ".join(lines + children) + "\n)"

    def _repr_html_(self):
        """What notebooks show."""
        from .._html import of_module

        return of_module(self)


def _indented(text):
    return text.replace("\n", "\n  ")


def _type_name(value):
    from .. import typename

    return typename(value)


def _name_module(error, module):
    """Adds to an error of the core the path of the module that it came from, as it passes each parent."""
    from .._C import Error

    if not isinstance(error, Error) or not error.args:
        return
    inner, path = getattr(error, "_module", (None, ""))
    if inner is None:
        error._message = error.args[0].split('; module ')[0]
    elif inner is not module:
        name = next((n for n, child in module.named_modules() if child is inner), "")
        if not name:
            return
        path = f"{name}.{path}" if path else name
    error._module = (module, path)
    where = f'module "{path}" of {module._get_name()}' if path else f"module {module._get_name()}"
    error.args = (f"{error._message}; {where}", *error.args[1:])
