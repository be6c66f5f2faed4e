"""Optimizers and schedules: groups, state, PyTorch's layout, classes of users' own."""

import copy
import pickle

import pytest

import tandem as torch
from tandem import nn, optim
from tandem.optim import lr_scheduler


def problem():
    w = nn.Parameter(torch.tensor([1.0, -2.0]))
    return w, lambda: ((w - 3) ** 2).sum()


@pytest.mark.parametrize("name", sorted(torch._C._optim.optimizers()))
def test_every_optimizer_descends(name):
    w, loss = problem()
    optimizer = getattr(optim, name)([w], lr={"Adadelta": 20.0, "Adagrad": 1.0, "RAdam": 0.3}.get(name, 0.1))
    first = loss().item()
    for _ in range(50):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert loss().item() < first / 2


def test_printing_and_state_are_pytorchs():
    w, loss = problem()
    optimizer = optim.Adam([w])
    assert repr(optimizer).startswith("Adam (\nParameter Group 0\n    amsgrad: False\n    betas: (0.9, 0.999)\n")
    assert sorted(optim.SGD([w]).param_groups[0]) == [
        "dampening", "differentiable", "foreach", "fused", "lr", "maximize", "momentum", "nesterov", "params",
        "weight_decay"]
    loss().backward()
    optimizer.step()
    state = optimizer.state_dict()
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert state["state"][0]["step"].dtype == torch.float32 and state["state"][0]["step"].dim() == 0
    assert state["param_groups"][0]["params"] == [0] and state["param_groups"][0]["lr"] == 1e-3
    assert optimizer.state[w]["exp_avg"].shape == (2,)


def test_groups_are_dicts_and_the_truth():
    a, b = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 1.0}], lr=0.1)
    for p in (a, b):
        p.grad = torch.ones(1)
    optimizer.step()
    assert a.item() == pytest.approx(0.9) and b.item() == 0.0
    optimizer.param_groups[0]["lr"] = 0.5
    optimizer.step()
    assert a.item() == pytest.approx(0.4)
    c = nn.Parameter(torch.ones(1))
    optimizer.add_param_group({"params": c})
    c.grad = torch.ones(1)
    optimizer.step()
    assert c.item() == pytest.approx(0.9)
    a.data = torch.tensor([7.0])  # the same parameter, other elements
    a.grad = torch.zeros(1)
    optimizer.step()
    assert a.item() == 7.0


def test_errors():
    w, _ = problem()
    with pytest.raises(ValueError, match="empty parameter list"):
        optim.SGD([])
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        optim.SGD([w], lr=-1.0)
    with pytest.raises(TypeError, match="iterable of Tensors"):
        optim.SGD(w)
    with pytest.raises(ValueError, match="non-leaf"):
        optim.SGD([w * 2])
    with pytest.raises(ValueError, match="more than one parameter group"):
        optim.SGD([{"params": [w]}, {"params": [w]}])
    with pytest.raises(ValueError, match="different number of parameter groups"):
        optim.SGD([w]).load_state_dict({"state": {}, "param_groups": []})


@pytest.mark.parametrize("again", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_training_goes_on_from_a_state(again):
    def train(optimizer, loss, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            loss().backward()
            optimizer.step()

    w, loss = problem()
    optimizer = optim.AdamW([w], lr=0.1, amsgrad=True)
    train(optimizer, loss, 3)
    saved, value = again(optimizer.state_dict()), w.detach().clone()
    train(optimizer, loss, 3)
    other, other_loss = problem()
    other.data = value
    resumed = optim.AdamW([other], lr=0.5, amsgrad=True)
    resumed.load_state_dict(saved)
    train(resumed, other_loss, 3)
    assert torch.equal(w, other)


def test_closures_and_hooks():
    w, loss = problem()
    optimizer, seen = optim.SGD([w], lr=0.1), []
    optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append("before"))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append("after"))

    def closure():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    assert optimizer.step(closure).item() == 29.0 and seen == ["before", "after"]


def test_a_users_optimizer():
    class Sign(optim.Optimizer):
        def __init__(self, params, lr=optim.optimizer.required):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.state[p]["count"] = self.state[p].get("count", 0) + 1
                        p.add_(p.grad.sign(), alpha=-group["lr"])

    w, loss = problem()
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Sign([w])
    optimizer = Sign([w], lr=1.0)
    scheduler = lr_scheduler.StepLR(optimizer, 1, 0.5)
    loss().backward()
    optimizer.step()
    scheduler.step()
    assert w.tolist() == [2.0, -1.0] and optimizer.param_groups[0]["lr"] == 0.5
    assert optimizer.state_dict()["state"] == {0: {"count": 1}}


def rates(make, steps, lr=1.0):
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=lr, momentum=0.9)
    scheduler = make(optimizer)
    got = [optimizer.param_groups[0]["lr"]]
    for _ in range(steps):
        optimizer.step()
        scheduler.step()
        got.append(optimizer.param_groups[0]["lr"])
    return got


def test_schedules():
    assert rates(lambda o: lr_scheduler.StepLR(o, step_size=2, gamma=0.1), 4) == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert rates(lambda o: lr_scheduler.LambdaLR(o, lambda epoch: 1 / (1 + epoch)), 2) == pytest.approx([1, 1 / 2, 1 / 3])
    assert rates(lambda o: lr_scheduler.MultiplicativeLR(o, lambda epoch: 0.5), 2) == pytest.approx([1, 0.5, 0.25])
    assert rates(lambda o: lr_scheduler.PolynomialLR(o, 4), 4) == pytest.approx([1, 0.75, 0.5, 0.25, 0])
    assert rates(lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 2), 4) == pytest.approx([1, 0.5, 1, 0.5, 1])

    def both(o):
        return lr_scheduler.SequentialLR(o, [lr_scheduler.ConstantLR(o, 0.1, 2), lr_scheduler.ExponentialLR(o, 0.5)], [2])

    assert rates(both, 4) == pytest.approx([0.1, 0.1, 1, 0.5, 0.25])
    with pytest.raises(ValueError, match="step_size >= 1"):
        rates(lambda o: lr_scheduler.StepLR(o, 0), 1)


def test_one_cycle_moves_momentum():
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1, momentum=0.9)
    scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.04)
    assert optimizer.param_groups[0]["momentum"] == pytest.approx(0.95)
    for _ in range(9):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(4e-6)
    scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 11 times"):
        scheduler.step()


def test_plateau():
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    for value in (1.0, 1.0, 1.0):
        scheduler.step(torch.tensor(value))
    assert optimizer.param_groups[0]["lr"] == 0.5 and scheduler.best == 1.0
    state = scheduler.state_dict()
    other = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    other.load_state_dict(state)
    assert other.num_bad_epochs == scheduler.num_bad_epochs


def test_a_users_schedule_and_resuming():
    class Halving(lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    assert rates(Halving, 2) == [1.0, 0.5, 0.25]
    optimizer = optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = lr_scheduler.StepLR(optimizer, 1, 0.5)
    optimizer.step()
    scheduler.step()
    resumed = lr_scheduler.StepLR(optimizer, 7, 0.1)
    resumed.load_state_dict(scheduler.state_dict())
    optimizer.step()
    resumed.step()
    assert resumed.get_last_lr() == [0.25] and resumed.last_epoch == 2


@pytest.mark.parametrize("search,losses,end,iterations,calls", [
    (None, [9.94013, 7.81741, 4.96809, 2.10547], [0.49946, 0.15954, -0.09111], 16, 16),
    ("strong_wolfe", [9.94013, 6.64295, 3.45586, 1.61092], [0.68245, 0.42689, 0.31459], 13, 21),
])
def test_lbfgs_takes_pytorchs_steps(search, losses, end, iterations, calls):
    w = nn.Parameter(torch.tensor([-1.5, 2.0, 0.5]))
    optimizer = optim.LBFGS([w], lr=1 if search else 0.5, max_iter=4, line_search_fn=search)

    def closure():
        optimizer.zero_grad()
        loss = (1 - w[0]) ** 2 + 5 * (w[1] - w[0] ** 2) ** 2 + (w[2] - w[1]) ** 2 + torch.cosh(w[2])
        loss.backward()
        return loss

    assert [optimizer.step(closure).item() for _ in losses] == pytest.approx(losses, abs=1e-4)
    assert w.tolist() == pytest.approx(end, abs=1e-4)
    assert (optimizer.state[w]["n_iter"], optimizer.state[w]["func_evals"]) == (iterations, calls)
    again = optim.LBFGS([w], line_search_fn=search)
    again.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    again.step(closure)
    with pytest.raises(ValueError, match="parameter groups"):
        optim.LBFGS([{"params": [w]}, {"params": [nn.Parameter(torch.ones(1))]}])


@pytest.mark.parametrize("name,options,end,entries", [
    ("Adamax", {}, [1.016025, -1.98399], ["step", "exp_avg", "exp_inf"]),
    ("ASGD", {"t0": 1}, [1.298465, -1.253804], ["step", "eta", "mu", "ax"]),
    ("NAdam", {}, [1.012806, -1.987186], ["step", "mu_product", "exp_avg", "exp_avg_sq"]),
    ("RAdam", {}, [1.020054, -1.950011], ["step", "exp_avg", "exp_avg_sq"]),
    ("Rprop", {}, [1.164991, -1.835009], ["step", "prev", "step_size"]),
])
def test_the_other_optimizers_take_pytorchs_steps(name, options, end, entries):
    w = nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = getattr(optim, name)([w], **options)
    for step in range(8):
        if step == 4:  # the state goes on where it was
            saved = copy.deepcopy(optimizer.state_dict())
            optimizer = getattr(optim, name)([w], **options)
            optimizer.load_state_dict(saved)
        optimizer.zero_grad()
        ((w - 3) ** 2).sum().backward()
        optimizer.step()
    assert w.tolist() == pytest.approx(end, abs=2e-6)
    assert list(optimizer.state_dict()["state"][0]) == entries
