"""Learning-rate schedules. Each sets the rates of epoch 0 when made; step() goes to the next epoch.

The rules are C++'s, reflected; a subclass of LRScheduler that defines get_lr() is one of a user's own.
"""

import functools
import inspect
from bisect import bisect_right

from .. import _C
from .._C import _optim as _registry
from .._effects import defer
from .optimizer import Optimizer


def _after_the_program(step):
    """``step``, in a traced function called when each run of the program ends: it is Python's and no part of that."""

    @functools.wraps(step)
    def stepped(self, *args, **kwargs):
        values = (*args, *kwargs.values())
        if not _C._is_tracing() or any(isinstance(v, _C.Tensor) for v in values):
            return step(self, *args, **kwargs)
        defer(f"{type(self).__name__}.step()", self.optimizer, lambda: step(self, *args, **kwargs))

    return stepped


class LRScheduler:
    """Base class. get_lr() gives the groups' rates in epoch last_epoch, from those that they have."""

    _is_initial = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _after_the_program(cls.__dict__["step"])

    def __init__(self, optimizer, last_epoch=-1):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _number(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{i}] when resuming an optimizer")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._initial_step()

    def _initial_step(self):
        self._is_initial = True
        self.step()
        self._is_initial = False

    def state_dict(self):
        """All attributes but the optimizer."""
        return {k: v for k, v in self.__dict__.items() if k != "optimizer"}

    def load_state_dict(self, state_dict):
        self.__dict__.update(state_dict)

    def get_last_lr(self):
        """The rates of the groups now."""
        return self._last_lr

    def get_lr(self):
        raise NotImplementedError

    def step(self, epoch=None):
        """Goes to the next epoch, or to ``epoch``. In a function that is compiled, when each call ends."""
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            rates = self._get_closed_form_lr() if hasattr(self, "_get_closed_form_lr") else self.get_lr()
        self._write(rates)

    def _write(self, rates):
        for group, rate in zip(self.optimizer.param_groups, rates):
            if hasattr(group["lr"], "fill_"):
                group["lr"].fill_(_number(rate))
            else:
                group["lr"] = rate
        self._last_lr = [_number(group["lr"]) for group in self.optimizer.param_groups]


LRScheduler.step = _after_the_program(LRScheduler.step)
_LRScheduler = LRScheduler


def _number(rate):
    return rate.item() if hasattr(rate, "item") else rate


class Reflected(LRScheduler):
    """What the schedules of C++ share: get_lr() asks the rule."""

    def __init__(self, optimizer, *args, **kwargs):
        given = self._constructor.bind(optimizer, *args, **kwargs)
        given.apply_defaults()
        arguments = dict(given.arguments)
        del arguments["optimizer"]
        last_epoch = arguments.pop("last_epoch")
        self.__dict__.update(arguments)
        first = self._rule().first_rate()
        if first is not None and last_epoch == -1 and isinstance(optimizer, Optimizer):
            for group in optimizer.param_groups:
                group["initial_lr"] = first
        super().__init__(optimizer, last_epoch)

    def _rule(self):
        return _registry.schedule(self._core_name, {name: self.__dict__[name] for name in self._arguments})

    def get_lr(self):
        rule = self._rule()
        momentum = rule.momentum(self.last_epoch)
        if momentum is not None:
            if hasattr(self.optimizer, "_move_momentum"):
                self.optimizer._move_momentum()
            for group in self.optimizer.param_groups:
                if "betas" in group:
                    group["betas"] = (momentum, *group["betas"][1:])
                elif "momentum" in group:
                    group["momentum"] = momentum
                else:
                    raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        return [rule.rate(self.last_epoch, base, _number(group["lr"]))
                for base, group in zip(self.base_lrs, self.optimizer.param_groups)]


def _signature(parameters, last):
    kinds = inspect.Parameter
    made = [kinds("optimizer", kinds.POSITIONAL_OR_KEYWORD)]
    made += [kinds(p[0], kinds.POSITIONAL_OR_KEYWORD, default=p[1] if len(p) > 1 else kinds.empty) for p in parameters]
    made += [kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=value) for name, value in last]
    return inspect.Signature(made)


def _reflect(name):
    parameters = _registry.schedule_parameters(name)
    signature = _signature(parameters, [("last_epoch", -1)])
    return type(name, (Reflected,), {
        "__module__": __name__,
        "__doc__": f"{name}{signature}",
        "__signature__": signature,
        "_constructor": signature,
        "_core_name": name,
        "_arguments": tuple(p[0] for p in parameters),
    })


globals().update((name, _reflect(name)) for name in _registry.schedules())


class LambdaLR(LRScheduler):
    """The first rate times lr_lambda(epoch); one function for all groups, or one each."""

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        self.lr_lambdas = _one_each(optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)

    def state_dict(self):
        """Plain functions are not saved; objects that can be called are, by their attributes."""
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "lr_lambdas")}
        state["lr_lambdas"] = [None if inspect.isfunction(f) else dict(f.__dict__) for f in self.lr_lambdas]
        return state

    def load_state_dict(self, state_dict):
        state = dict(state_dict)
        for function, saved in zip(self.lr_lambdas, state.pop("lr_lambdas", ())):
            if saved is not None:
                function.__dict__.update(saved)
        self.__dict__.update(state)

    def get_lr(self):
        return [base * f(self.last_epoch) for base, f in zip(self.base_lrs, self.lr_lambdas)]


class MultiplicativeLR(LambdaLR):
    """The rate times lr_lambda(epoch), every epoch anew."""

    def get_lr(self):
        rates = [_number(group["lr"]) for group in self.optimizer.param_groups]
        if self.last_epoch == 0:
            return rates
        return [rate * f(self.last_epoch) for rate, f in zip(rates, self.lr_lambdas)]


def _one_each(optimizer, lr_lambda):
    groups = len(optimizer.param_groups)
    if not isinstance(lr_lambda, (list, tuple)):
        return [lr_lambda] * groups
    if len(lr_lambda) != groups:
        raise ValueError(f"Expected {groups} lr_lambdas, but got {len(lr_lambda)}")
    return list(lr_lambda)


class _Composed(LRScheduler):
    """Schedulers made of others: their state is saved beside their own."""

    def _check(self, optimizer, schedulers):
        if not schedulers:
            raise ValueError(f"{type(self).__name__} expects at least one scheduler to be chained, but got no scheduler.")
        for i, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{type(self).__name__} at index {i} should have `optimizer` as its attribute.")
            if scheduler.optimizer is not optimizer:
                raise ValueError(f"{type(self).__name__} expects all schedulers to belong to the same optimizer, but got "
                                 f"scheduler {type(scheduler).__name__} at index {i} that differs.")

    def state_dict(self):
        state = {k: v for k, v in self.__dict__.items() if k not in ("optimizer", "_schedulers")}
        state["_schedulers"] = [scheduler.state_dict() for scheduler in self._schedulers]
        return state

    def load_state_dict(self, state_dict):
        state = dict(state_dict)
        for scheduler, saved in zip(self._schedulers, state.pop("_schedulers")):
            scheduler.load_state_dict(saved)
        self.__dict__.update(state)


class SequentialLR(_Composed):
    """Runs one scheduler after the other, changing at the milestones."""

    def __init__(self, optimizer, schedulers, milestones, last_epoch=-1):
        schedulers = list(schedulers)
        self._check(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError("Sequential Schedulers expects number of schedulers provided to be one more than the number "
                             f"of milestone points, but got number of schedulers {len(schedulers)} and the number of "
                             f"milestones to be equal to {len(milestones)}")
        self.optimizer, self._schedulers, self._milestones = optimizer, schedulers, list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:  # as if none of them had begun
            group["lr"] = group["initial_lr"]
        for scheduler in schedulers:
            scheduler.last_epoch -= 1
        schedulers[0]._initial_step()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self):
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler.last_epoch = -1
            for group, base in zip(self.optimizer.param_groups, getattr(scheduler, "base_lrs", ())):
                group["lr"] = base
        scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composed):
    """Steps several schedulers at once: their factors multiply."""

    def __init__(self, schedulers, optimizer=None):
        self._schedulers = list(schedulers)
        optimizer = optimizer or (self._schedulers[0].optimizer if self._schedulers else None)
        self._check(optimizer, self._schedulers)
        self.optimizer = optimizer
        self._last_lr = [_number(group["lr"]) for group in optimizer.param_groups]

    def step(self):
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = [_number(group["lr"]) for group in self.optimizer.param_groups]


class ReduceLROnPlateau(LRScheduler):
    """Multiplies the rates by factor when a metric has not improved for more than ``patience`` epochs."""

    __signature__ = _constructor = _signature(_registry.plateau_parameters(), [])

    def __init__(self, optimizer, *args, **kwargs):
        given = self._constructor.bind(optimizer, *args, **kwargs)
        given.apply_defaults()
        arguments = dict(given.arguments)
        self.optimizer = arguments.pop("optimizer")
        if not isinstance(self.optimizer, Optimizer):
            raise TypeError(f"{type(self.optimizer).__name__} is not an Optimizer")
        self.__dict__.update(arguments)
        self._arguments = tuple(arguments)
        self.last_epoch = 0
        self._keep(self._plateau())
        self._last_lr = [_number(group["lr"]) for group in self.optimizer.param_groups]

    def _plateau(self):
        plateau = _registry.plateau({name: self.__dict__[name] for name in self._arguments})
        for name in ("best", "num_bad_epochs", "cooldown_counter"):
            if name in self.__dict__:
                setattr(plateau, name, self.__dict__[name])
        return plateau

    def _keep(self, plateau):
        self.best, self.num_bad_epochs, self.cooldown_counter = (
            plateau.best, plateau.num_bad_epochs, plateau.cooldown_counter)

    @property
    def in_cooldown(self):
        return self.cooldown_counter > 0

    def step(self, metrics, epoch=None):
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        plateau = self._plateau()
        reduces = plateau.reduces(float(metrics))
        self._keep(plateau)
        rates = [_number(group["lr"]) for group in self.optimizer.param_groups]
        self._write([plateau.reduced(rate) for rate in rates] if reduces else rates)


def __dir__():
    return sorted(name for name in globals() if not name.startswith("_"))
