"""compile(): every call gives what the eager call gives, whatever changed in Python since the program was traced."""

import collections
import copy
import dataclasses

import pytest

import tandem as torch
from tandem import nn, optim

F = nn.functional


def copied(value):
    if isinstance(value, torch.Tensor):
        return value.clone()
    if isinstance(value, (list, tuple)):
        return type(value)(map(copied, value))
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    return value


def same(a, b):
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and torch.equal(a, b)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if dataclasses.is_dataclass(a):
        return same(vars(a), vars(b))
    return a == b


def expect_same(f, *calls):
    """Results and what is written into arguments, call by call."""
    compiled = torch.compile(f)
    with torch.no_grad():
        for args in calls:
            given, expected = copied(args), copied(args)
            assert same(compiled(*given), f(*expected)), args
            assert same(given, expected), "arguments"
    return compiled


x = torch.randn(4, 6)
sizes = [(torch.randn(n, 6),) for n in (4, 6, 9, 1)]


def test_numbers_are_told_apart():
    expect_same(lambda x, k: x * 2 if k is True else x * 3, (x, 1), (x, True), (x, 1.0))
    expect_same(lambda x, k: x * k, (torch.arange(3), 1), (torch.arange(3), 1.0))
    expect_same(lambda x, k: x if str(k)[0] == "-" else -x, (x, 0.0), (x, -0.0))
    expect_same(lambda x, s: x[s], (x, slice(0, 2)), (x, slice(1, 2)))
    expect_same(lambda x, s: x * len(s), (x, {1, 2}), (x, {1}))


def test_structures_of_results_belong_to_their_programs():
    expect_same(lambda x: (x * 2, x.shape[0]), *sizes)
    expect_same(lambda x: {"a": x} if x.dtype == torch.float32 else [x], (x,), (x.double(),), (x,), (x.double(),))
    expect_same(lambda x: (x, x * 2) if x.dim() == 2 else x, (x,), (x[0],), (x,))
    expect_same(lambda x: collections.OrderedDict(a=x * 2), (x,))


def test_writes_into_arguments_are_seen():
    def write(a, b):
        a.add_(1)
        a[b > 0] = 0
        a[:, 1] += 3
        return a + b

    expect_same(write, *[(torch.randn(n, 6), torch.randn(n, 6)) for n in (4, 6, 9)])
    one, other = x.clone(), x.clone()
    with torch.no_grad():  # one tensor for both
        assert torch.equal(torch.compile(write)(one, one), write(other, other)) and torch.equal(one, other)

    state = torch.ones(100)

    def count(x):
        state.add_(1)
        return x * 2

    with torch.no_grad():
        assert torch.compile(count)(state).tolist() == [4.0] * 100
    expect_same(lambda x, cache: (cache.append(x * 2), torch.cat(cache))[1], (x, []), (x, [x]), (x, []))


@dataclasses.dataclass
class Batch:
    x: torch.Tensor
    y: torch.Tensor
    scale: int = 2


def test_objects_are_arguments_and_results():
    f = torch.compile(lambda b: Batch(b.x * b.scale + b.y, b.y, b.scale + 1))
    with torch.no_grad():
        for batch in (Batch(x, x), Batch(x, x * 3), Batch(x, x, 5)):
            assert same(f(batch), Batch(batch.x * batch.scale + batch.y, batch.y, batch.scale + 1))

    class Holder:
        def __init__(self, x):
            self.x = x

    holder, double = Holder(x), torch.compile(lambda h: h.x * 2)
    assert torch.equal(double(holder), x * 2)
    holder.x = x * 3
    assert torch.equal(double(holder), x * 6)
    net = nn.Linear(6, 2)
    with torch.no_grad():
        assert torch.equal(torch.compile(lambda x, m: m(x))(x, net), net(x))


scale, weight = 2.0, torch.ones(6)


class Settings:
    power = 2


def test_what_a_function_reads_may_be_another(monkeypatch):
    def f(x):
        return (x * scale * weight) ** Settings.power

    compiled = torch.compile(f)
    here = test_what_a_function_reads_may_be_another.__globals__
    assert torch.equal(compiled(x), f(x))
    for change in (lambda: monkeypatch.setitem(here, "scale", 3.0),
                   lambda: monkeypatch.setitem(here, "weight", torch.full((6,), 5.0)),
                   lambda: monkeypatch.setattr(Settings, "power", 3),
                   lambda: weight.data.mul_(2)):
        change()
        assert torch.equal(compiled(x), f(x))
    traces = compiled.explain().count("\n")
    monkeypatch.undo()
    assert torch.equal(compiled(x), f(x)) and compiled.explain().count("\n") == traces


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear, self.norm, self.drop = nn.Linear(6, 6), nn.BatchNorm1d(6), nn.Dropout(0.5)
        self.factor, self.mask = 2, torch.ones(6)
        self.hidden = None
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x):
        self.count = self.count + 1
        self.hidden = x if self.hidden is None else self.hidden * 0.5 + x
        return self.drop(self.norm(self.linear(self.hidden))) * self.factor * self.mask + self.count


def test_modules_change_between_calls():
    eager = Net()
    other = copy.deepcopy(eager)
    fast = torch.compile(other)
    changes = [
        lambda net: None,
        lambda net: net.norm.eval(),
        lambda net: setattr(net.drop, "p", 0.0),
        lambda net: setattr(net, "factor", 5),
        lambda net: net.mask.mul_(2),
        lambda net: setattr(net.linear, "weight", nn.Parameter(torch.eye(6))),
        lambda net: setattr(net.linear.weight, "data", torch.ones(6, 6)),
        lambda net: net.linear.register_forward_hook(lambda m, i, o: o * 2),
        lambda net: net.double(),
        lambda net: net.eval(),
    ]
    with torch.no_grad():
        for change in changes:
            change(eager), change(other)
            given = x.double() if eager.linear.weight.dtype == torch.float64 else x
            for _ in range(2):
                torch.manual_seed(1)
                expected = eager(given)
                torch.manual_seed(1)
                assert torch.equal(fast(given), expected)
                assert torch.equal(eager.count, other.count) and torch.equal(eager.hidden, other.hidden)


def test_gradients_wanted_later_are_there():
    f = torch.compile(lambda x: x * weight)
    assert not f(x).requires_grad
    assert f(x.clone().requires_grad_()).requires_grad
    try:
        assert not f(x).requires_grad
        weight.requires_grad_()
        assert f(x).requires_grad
    finally:
        weight.requires_grad_(False)


def test_changes_of_python_are_repeated():
    seen, total = [], [0]

    def f(x):
        total[0] += 1
        return x * total[0]

    compiled = torch.compile(f)
    with pytest.warns(UserWarning, match=r"changes total\[0\] from 0 to 1"):
        assert torch.equal(compiled(x), x)
    assert torch.equal(compiled(x), x * 2) and "run eagerly" in compiled.explain()

    hooked = nn.Linear(6, 2)
    hooked.register_forward_hook(lambda m, i, o: seen.append(o))
    with torch.no_grad(), pytest.warns(UserWarning, match="adds to seen"):
        assert torch.equal(torch.compile(hooked)(x), seen[0])
    with pytest.warns(UserWarning, match="16 programs were made"):
        expect_same(lambda x, k: x * k, *[(x, k) for k in range(20)])


def test_sizes_that_a_program_is_not_for():
    table = torch.randn(16, 6)
    expect_same(lambda x: x + table[: x.shape[0]], *sizes)  # fails where traces are taken
    f = expect_same(lambda x: x * 2 if x.shape[0] == 20 else x * 3, *[(torch.randn(n, 6),) for n in (4, 6, 20, 9, 20, 7)])
    assert "something else at these sizes" in f.explain() and f.explain().count("\n") == 3
    expect_same(lambda x: x.squeeze(), *sizes)
    expect_same(lambda x: x * 2 if x.shape[0] % 2 else x * 3, *sizes)


def step_of(net, optimizer, scheduler=None, clip=None, average=None):
    def step(x, y):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        if clip:
            nn.utils.clip_grad_norm_(net.parameters(), clip)
        optimizer.step()
        if scheduler:
            scheduler.step()
        if average:
            with torch.no_grad():
                for p, q in zip(average.parameters(), net.parameters()):
                    p.lerp_(q, 0.1)
        return loss

    return step


def losses(compiled, make, between=lambda n, net, optimizer: None):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Dropout(0.2), nn.Linear(8, 3))
    optimizer, step = make(net)
    step = torch.compile(step) if compiled else step
    found = []
    for n, size in enumerate((8, 8, 5, 8, 3, 9, 4)):
        found.append(float(step(torch.randn(size, 6), torch.randint(0, 3, (size,)))))
        between(n, net, optimizer)
    return found, [p.tolist() for p in net.state_dict().values()]


@pytest.mark.parametrize("schedule", [
    lambda o: optim.lr_scheduler.StepLR(o, 2, 0.5),
    lambda o: optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=20),
    lambda o: optim.lr_scheduler.LambdaLR(o, lambda n: 1 / (n + 1)),
    lambda o: optim.lr_scheduler.SequentialLR(
        o, [optim.lr_scheduler.ConstantLR(o, 0.1, 2), optim.lr_scheduler.ExponentialLR(o, 0.9)], [3]),
])
def test_a_step_with_clipping_schedule_and_average(schedule):
    def make(net):
        optimizer = optim.AdamW(net.parameters(), lr=0.01)
        return optimizer, step_of(net, optimizer, schedule(optimizer), 1.0, copy.deepcopy(net))

    assert losses(True, make) == losses(False, make)


def test_a_schedule_before_the_step_is_an_error():
    net = nn.Linear(6, 3)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    scheduler = optim.lr_scheduler.StepLR(optimizer, 1)

    def step(x):
        net(x).sum().backward()
        scheduler.step()
        optimizer.step()

    compiled = torch.compile(step)
    compiled(x)  # eagerly, to see whether it differentiates
    with pytest.raises(RuntimeError, match=r"call optimizer.step\(\) first"):
        compiled(x)
    with pytest.raises(RuntimeError, match="among the state, as 'optimizer.lr'"):
        torch.trace(step, {"x": (4, 6)})


def test_training_goes_on_from_what_was_put_in_between():
    saved = {}

    def between(n, net, optimizer):
        if n == 1:
            saved.update(net=copy.deepcopy(net.state_dict()), optimizer=copy.deepcopy(optimizer.state_dict()))
        if n == 3:
            net.load_state_dict(saved["net"], assign=False), optimizer.load_state_dict(saved["optimizer"])
        if n == 4:
            optimizer.param_groups[0].update(lr=0.5, weight_decay=0.1)
            net[0].weight.requires_grad_(False)
        if n == 5:
            optimizer.state.clear()

    def make(net):
        optimizer = optim.Adam(net.parameters(), lr=0.01)
        return optimizer, step_of(net, optimizer)

    assert losses(True, make, between) == losses(False, make, between)


def test_a_step_of_an_optimizer_of_ones_own():
    class Slowing(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.1})

        @torch.no_grad()
        def step(self):
            for group in self.param_groups:
                for p in group["params"]:
                    n = self.state[p]["n"] = self.state[p].get("n", 0) + 1
                    p.add_(p.grad, alpha=-group["lr"] / n)

    def make(net):
        optimizer = Slowing(net.parameters())
        return optimizer, step_of(net, optimizer)

    with pytest.warns(UserWarning, match="calls run eagerly: the function changes"):
        assert losses(True, make) == losses(False, make)


def test_traced_programs_keep_what_buffers_become():
    class Counting(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.zeros(()))

        def forward(self, x):
            old = self.count
            self.count = self.count + 1
            return x * self.count, old

    net = Counting()
    program = torch.trace(net, {"x": (torch.dim("b"), 6)}, name="count")
    assert net.count.tolist() == 0 and "update @count" in str(program)
    for n in (1, 2):
        found, old = program(x)
        assert torch.equal(found, x * n) and old.tolist() == n - 1

    class Lost(nn.Module):
        def forward(self, x):
            self.seen = x.mean()
            return x

    lost = Lost()
    with pytest.warns(UserWarning, match="leaves a tensor in Lost.seen"):
        torch.trace(lost, {"x": (3,)})
    assert not hasattr(lost, "seen")


@pytest.mark.parametrize("f, message", [
    (lambda x: x[x > 0], r"nonzero: .*test_compile.py:\d+.*where\(mask, x, other\)"),
    (lambda x: F.one_hot(x.long()), r"one_hot: .*test_compile.py:\d+.*num_classes"),
    (lambda x: x * x.tolist()[0][0], r"tolist: .*test_compile.py:\d+"),
    (lambda x: x * x.numpy().sum(), r"numpy: .*test_compile.py:\d+"),
    (lambda x: x if x.sum() > 0 else -x, r"item: .*test_compile.py:\d+.*where\(condition, a, b\)"),
    (lambda x: x + torch.rand(4, 6, generator=torch.Generator()), "a Generator of its own"),
])
def test_asking_for_values_names_the_line_and_the_mend(f, message):
    with torch.no_grad(), pytest.raises(RuntimeError, match=message):
        torch.compile(f)(x)


def test_values_may_be_printed():
    expect_same(lambda x: (f"{x.mean():.3f} {x}", x)[1], (x,))
    expect_same(lambda x: F.one_hot(x, 5), (torch.tensor([1, 4, 2]),))
