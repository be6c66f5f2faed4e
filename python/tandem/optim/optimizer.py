"""Optimizer: the base of all optimizers, with PyTorch's groups, state and state_dict."""

from collections import OrderedDict, defaultdict
from copy import deepcopy
from itertools import chain

from .. import Tensor, _C, enable_grad
from .._effects import check_order
from ..nn.hooks import Hooks


class _Required:
    def __repr__(self):
        return "<required parameter>"


required = _Required()


class Optimizer:
    """``Optimizer(params, defaults)``: params are tensors, (name, tensor) pairs, or dicts that each make a group with
    options of its own. A subclass calls this and defines step()."""

    def __init__(self, params, defaults):
        if isinstance(params, Tensor):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, "
                            f"but got {type(params).__name__}")
        self.defaults = defaults
        self.state = defaultdict(dict)
        self.param_groups = []
        self._make_hooks()
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(dict(group))

    def _make_hooks(self):
        for name in ("_step_pre_hooks", "_step_post_hooks", "_state_dict_pre_hooks", "_state_dict_post_hooks",
                     "_load_state_dict_pre_hooks", "_load_state_dict_post_hooks"):
            self.__dict__.setdefault(name, Hooks())

    def __init_subclass__(cls, **kwargs):
        """Hooks run around whatever step() a subclass defines."""
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__ and not hasattr(cls.__dict__["step"], "hooked"):
            cls.step = _with_hooks(cls.__dict__["step"])

    def step(self, closure=None):
        """Updates every parameter that has a gradient; ``closure`` computes the loss again."""
        raise NotImplementedError

    def zero_grad(self, set_to_none=True):
        """Drops gradients, or fills them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    if set_to_none:
                        p.grad = None
                    else:
                        p.grad.detach_().zero_()

    def add_param_group(self, param_group):
        """Adds a group of parameters with options of its own; what it does not say is as in defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections, but the ordering of "
                            "tensors in sets will change between runs. Please use a list instead.")
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and isinstance(params[0], tuple):
            param_group["param_names"] = [name for name, _ in params]
            params = [p for _, p in params]
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if not (self.defaults.get("differentiable") or p.is_leaf or p.retains_grad):
                raise ValueError("can't optimize a non-leaf Tensor")
        for name, default in self.defaults.items():
            if default is required and name not in param_group:
                raise ValueError(f"parameter group didn't specify a value of required optimization parameter {name}")
            param_group.setdefault(name, default)
        if len(params) != len(set(params)):
            import warnings

            warnings.warn("optimizer contains a parameter group with duplicate parameters; in future, this will cause "
                          "an error; see github.com/pytorch/pytorch/issues/40967 for more information", stacklevel=3)
        taken = set(chain.from_iterable(group["params"] for group in self.param_groups))
        if not taken.isdisjoint(params):
            raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        self.param_groups.append(param_group)

    # Programs (tandem.trace, tandem.compile).

    reads_rates_from_state = False

    def _traced_state(self, parameters):
        """What a traced step reads and writes besides the parameters, by name. Of a user's own optimizer: the tensors in
        its state, and of its options none, which become numbers of the program."""
        return {f"optimizer.{name}.{key}": value for name, p in parameters.items()
                for key, value in self.state.get(p, {}).items() if isinstance(value, Tensor)}

    def _refresh_rates(self):
        """Rates in param_groups reach the tensors that programs read."""

    # State.

    def state_dict(self):
        """The state by the parameter's number, and the groups with numbers for parameters. Aliases, not copies."""
        for hook in self._state_dict_pre_hooks.run_list():
            hook(self)
        number = {}

        def packed(group):
            for p in group["params"]:
                number.setdefault(p, len(number))
            return {**{k: v for k, v in group.items() if k != "params"}, "params": [number[p] for p in group["params"]]}

        groups = [packed(group) for group in self.param_groups]
        state = {(number[k] if isinstance(k, Tensor) else k): v for k, v in self.state.items()}
        made = {"state": state, "param_groups": groups}
        for hook in self._state_dict_post_hooks.run_list():
            replaced = hook(self, made)
            made = made if replaced is None else replaced
        return made

    def load_state_dict(self, state_dict):
        """Copies state in, cast to the parameters' dtypes; groups take the saved options."""
        state_dict = dict(state_dict)
        for hook in self._load_state_dict_pre_hooks.run_list():
            replaced = hook(self, state_dict)
            state_dict = state_dict if replaced is None else replaced
        groups, saved = self.param_groups, deepcopy(state_dict["param_groups"])
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(len(a["params"]) != len(b["params"]) for a, b in zip(groups, saved)):
            raise ValueError("loaded state dict contains a parameter group that doesn't match the size of optimizer's group")
        of = dict(zip(chain.from_iterable(g["params"] for g in saved), chain.from_iterable(g["params"] for g in groups)))
        state = defaultdict(dict)
        for key, value in state_dict["state"].items():
            state[of.get(key, key)] = _cast(of[key], value) if key in of else value
        for group, new in zip(groups, saved):
            new["params"] = group["params"]
            if "param_names" in group and "param_names" not in new:
                new["param_names"] = group["param_names"]
        self.__setstate__({"state": state, "param_groups": saved})
        for hook in self._load_state_dict_post_hooks.run_list():
            hook(self)

    def __getstate__(self):
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state):
        self.__dict__.update(state)
        self._make_hooks()
        self.defaults = self.__dict__.get("defaults", {})

    # Hooks.

    def register_step_pre_hook(self, hook):
        """``hook(optimizer, args, kwargs)`` runs before each step and may give other arguments."""
        return self._step_pre_hooks.add(hook)

    def register_step_post_hook(self, hook):
        return self._step_post_hooks.add(hook)

    def register_state_dict_pre_hook(self, hook, prepend=False):
        return self._state_dict_pre_hooks.add(hook, prepend)

    def register_state_dict_post_hook(self, hook, prepend=False):
        return self._state_dict_post_hooks.add(hook, prepend)

    def register_load_state_dict_pre_hook(self, hook, prepend=False):
        return self._load_state_dict_pre_hooks.add(hook, prepend)

    def register_load_state_dict_post_hook(self, hook, prepend=False):
        return self._load_state_dict_post_hooks.add(hook, prepend)

    def __repr__(self):
        lines = [type(self).__name__ + " ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *(f"    {k}: {group[k]}" for k in sorted(group) if k != "params")]
        return "\n".join(lines) + "\n)"


def _cast(param, value, key=None):
    """A copy of saved state as the parameter has it: floating buffers take its dtype and device, counts stay."""
    if isinstance(value, Tensor):
        if key == "step":
            return value.detach().clone()
        if param.is_floating_point() and value.is_floating_point():
            return value.detach().to(dtype=param.dtype, device=param.device).clone()
        return value.detach().to(device=param.device).clone()
    if isinstance(value, dict):
        return {k: _cast(param, v, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cast(param, v) for v in value)
    return deepcopy(value)


def _with_hooks(step):
    from functools import wraps

    @wraps(step)
    def hooked(self, *args, **kwargs):
        if _C._is_tracing():
            check_order(self)
        if not (self._step_pre_hooks or self._step_post_hooks):
            return step(self, *args, **kwargs)
        for hook in self._step_pre_hooks.run_list():
            replaced = hook(self, args, kwargs)
            if replaced is not None:
                args, kwargs = replaced
        result = step(self, *args, **kwargs)
        for hook in self._step_post_hooks.run_list():
            hook(self, args, kwargs)
        return result

    hooked.hooked = True
    return hooked


def loss_of(closure):
    """What a step's closure gives, run with gradients; None without one."""
    if closure is None:
        return None
    with enable_grad():
        return closure()
