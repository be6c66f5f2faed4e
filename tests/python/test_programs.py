"""Programs from Python: traced, compiled, saved, verified, recorded."""

import pytest

import tandem as torch


def relu_program():
    w = torch.randn(3, 4, requires_grad=True)

    def predict(x):
        return (x @ w).relu()

    return predict, torch.trace(predict, {"x": (torch.dim("b"), 3)})


def test_a_program_is_the_function_at_every_size():
    predict, program = relu_program()
    for b in (1, 7, 64):
        x = torch.randn(b, 3)
        assert torch.equal(program(x), predict(x))
        assert torch.equal(program(x=x), predict(x))
    assert program.signature == "predict(x: float32[b, 3]) -> (result: float32[b, 4])"
    assert "relu(%1) : f32[b, 4]" in str(program) and 'loc("test_programs.py":' in str(program)
    assert list(program.state()) == ["w"]
    with pytest.raises(RuntimeError, match="dim 1 must be 3, got 5"):
        program(torch.ones(2, 5))
    with pytest.raises(TypeError, match="no input 'y'; it takes x"):
        program(y=torch.ones(2, 3))
    with pytest.raises(TypeError, match=r"expected a tensor or array as x: float32\[b, 3\]; got NoneType"):
        program(None)
    with pytest.raises(RuntimeError, match=r"takes 1 input \(x: f32\[b, 3\]\), got 2"):
        program(torch.ones(2, 3), [1.0])


def test_a_budget_is_met_or_what_does_not_fit_is_named(tmp_path):
    nn = torch.nn
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1),
                        nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16 * 16, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def step(image, label):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(image), label)
        loss.backward()
        optimizer.step()
        return loss

    program = torch.trace(step, {"image": (torch.dim("b"), 3, 16, 16), "label": ((torch.dim("b"),), torch.int64)})
    free = program.forecast(b=32)
    name, kind, line, size = free.tensors[0]
    assert kind == "float32[32, 8, 16, 16]" and line.startswith("test_programs.py:") and size == 32 * 8 * 16 * 16 * 4
    assert all(size > 0 for _, size in free.lines) and [s for _, _, _, s in free.tensors][1] <= size
    assert program.forecast(b=32, budget=free.total).total == free.total
    within = program.forecast(b=32, budget=free.total - 1)
    assert within.total < free.total
    with pytest.raises(ValueError, match=r"step: needs .* the budget is 1.0 MB: arena .* the largest are .*32, 8, 16, 16"):
        program.forecast(b=32, budget="1MB")
    for wrong in ("much", "-1", -1):
        with pytest.raises(ValueError, match="expected a number of bytes, as 512MB"):
            program.forecast(b=32, budget=wrong)
    program.save(tmp_path / "step.tandem")
    assert torch.programs.forecast(tmp_path / "step.tandem", b=32, budget=free.total - 1).total == within.total


def test_what_goes_into_a_file_is_checked(tmp_path):
    _, program = relu_program()
    path = tmp_path / "a.tandem"
    for wrong in (3, ["a"], {"a": 1}, None):
        with pytest.raises(TypeError, match="asset 'labels' must be bytes or text, not"):
            torch.save_program(program, path, assets={"labels": wrong})
    with pytest.raises(TypeError, match="at least one program"):
        torch.save_program({}, path)
    torch.save_program(program, path, assets={"labels": "a", "table": bytearray(b"bc")})
    model = torch.open(path)
    assert model.assets == {"labels": b"a", "table": b"bc"}
    with pytest.raises(TypeError, match="a Model keeps the assets"):
        torch.save_program(model, tmp_path / "b.tandem", assets={"labels": "c"})
    assert [p.name for p in tmp_path.iterdir()] == ["a.tandem"]


def test_a_transformer_trains_at_every_batch_and_length():
    nn, functional = torch.nn, torch.nn.functional
    torch.manual_seed(0)
    embedding, head = nn.Embedding(11, 8), nn.Linear(8, 11)
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True), 2)
    parameters = [p for m in (embedding, encoder, head) for p in m.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.1)

    def step(tokens, targets):
        optimizer.zero_grad()
        loss = functional.cross_entropy(head(encoder(embedding(tokens))).flatten(0, 1), targets.flatten())
        loss.backward()
        optimizer.step()
        return loss

    b, t = torch.dim("b"), torch.dim("t")
    program = torch.trace(step, {"tokens": ((b, t), torch.int64), "targets": ((b, t), torch.int64)})
    assert program.signature == "step(tokens: int64[b, t], targets: int64[b, t]) -> (result: float32[])"
    before = [p.detach().clone() for p in parameters]
    for shape in ((2, 5), (3, 4)):
        tokens, targets = (torch.randint(0, 11, shape) for _ in range(2))
        with torch.no_grad():
            for p, value in zip(parameters, before):
                p.copy_(value)
        traced = program(tokens, targets)
        with torch.no_grad():
            for p, value in zip(parameters, before):
                p.copy_(value)
        assert torch.equal(traced, step(tokens, targets))


def test_forecast_plan_and_verify():
    _, program = relu_program()
    forecast = program.forecast(b=64)
    assert forecast.inputs == 64 * 3 * 4 and forecast.state == 48
    assert forecast.total == (forecast.arena + forecast.packed + forecast.state + forecast.inputs + forecast.outputs
                              + forecast.constants)
    assert "forecast of predict" in str(forecast)
    assert "matmul[relu](%x, @w)" in program.plan(b=2)
    with pytest.raises(TypeError, match="forecast\\(b=64\\)"):
        program.forecast()
    with pytest.raises(TypeError, match="there is no dim 'batch'; its symbolic dims: b"):
        program.forecast(b=2, batch=3)
    for size in ("4", 4.0, -4, None):
        with pytest.raises(TypeError, match="the size of b must be a whole number, got"):
            program.forecast(b=size)
    verdicts = program.verify()
    assert verdicts and "the same bits" in str(verdicts)


def test_packed_weights_give_the_same_bits(tmp_path):
    w = torch.randn(80, 96)
    predict = lambda x: torch.nn.functional.linear(x, w).relu()
    path = tmp_path / "net.tandem"
    torch.save_program({"predict": torch.trace(predict, {"x": (torch.dim("b"), 96)})}, path)
    plain, packed = torch.open(path), torch.open(path, pack_weights=True)
    for b in (1, 33):
        x = torch.randn(b, 96)
        assert torch.equal(plain.predict(x), predict(x)) and torch.equal(packed.predict(x), predict(x))
    one, other = plain["predict"].forecast(b=1), packed["predict"].forecast(b=1)
    assert one.packed == 0 and other.packed >= w.nbytes and other.total == one.total + other.packed


def test_a_file_holds_programs_state_and_assets(tmp_path):
    predict, program = relu_program()
    path = tmp_path / "net.tandem"
    torch.save_program({"predict": program}, path, assets={"labels": "a\nb"}, metadata={"who": "me"})
    model = torch.open(path)
    x = torch.randn(5, 3)
    assert torch.equal(model.predict(x), predict(x))
    assert model.programs == ("predict",) and "predict" in dir(model)
    assert model.assets == {"labels": b"a\nb"} and model.metadata["who"] == "me"
    assert "predict(x: float32[b, 3])" in repr(model)
    assert torch.verify(path)
    with pytest.raises(AttributeError, match="no program 'train'; it has predict"):
        model.train
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(torch.Error):
        torch.open(path)


def test_structures_of_results():
    def f(x):
        return {"double": x * 2, "parts": (x + 1, [x - 1])}

    program = torch.trace(f, {"x": (3,)})
    out = program(torch.ones(3))
    assert list(out) == ["double", "parts"] and out["parts"][1][0].tolist() == [0, 0, 0]
    assert [name for name, _, _ in program.outputs] == ["double", "parts_0", "parts_1_0"]


def test_asking_for_a_value_is_an_error_at_the_line():
    def f(x):
        if x.sum() > 0:  # here
            return x
        return -x

    with pytest.raises(RuntimeError, match=r"test_programs.py:\d+.*where\(condition, a, b\)"):
        torch.trace(f, {"x": (3,)})
    with pytest.raises(TypeError, match="a dict of sizes by name"):
        torch.trace(f, (3,))


def make_step():
    w = torch.randn(3, 4, requires_grad=True)

    def step(x):
        loss = (x @ w).pow(2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(0.1 * w.grad)
        w.grad = None
        return loss

    return w, step


def test_a_compiled_step_has_the_bits_of_the_eager_one():
    w, step = make_step()
    before = w.detach().clone()
    batches = [torch.randn(n, 3) for n in (4, 4, 6, 5, 4)]
    eager = [float(step(x)) for x in batches]
    after = w.detach().clone()
    with torch.no_grad():
        w.copy_(before)
    compiled = torch.compile(step)
    assert [float(compiled(x)) for x in batches] == eager
    assert torch.equal(w.detach(), after)
    assert "first call" in compiled.explain() and "update @w" in compiled.text(batches[0])


def test_what_needs_its_history_runs_eagerly():
    w = torch.randn(3, requires_grad=True)

    @torch.compile
    def f(x, scale=2):
        return x * w * scale

    x = torch.randn(3)
    for _ in range(3):
        assert f(x).requires_grad
    assert "run eagerly" in f.explain()
    with torch.no_grad():
        assert torch.equal(f(x), x * w * 2)
        assert torch.equal(f(x, scale=3), x * w * 3)
        assert torch.equal(f(x), x * w * 2)


def test_control_flow_in_programs():
    def f(x):
        y = torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: -x, (x,))
        n, z = torch.while_loop(lambda n, z: n < 3, lambda n, z: (n + 1, z * 2), (torch.tensor(0), y))
        total, sums = torch.scan(lambda c, v: (c + v, c + v), torch.zeros(()), x)
        return y, z, total, sums

    program = torch.trace(f, {"x": (4,)})
    for x in (torch.arange(4.0), -torch.arange(4.0)):
        for a, b in zip(program(x), f(x)):
            assert torch.equal(a, b)
    assert "if(" in str(program) and "while(" in str(program) and "scan(" in str(program)
    x = torch.arange(4.0).requires_grad_()
    torch.cond(x.sum() > 0, lambda x: x * 2, lambda x: -x, (x,)).sum().backward()
    assert x.grad.tolist() == [2, 2, 2, 2]


def test_a_loop_of_unknown_length_has_a_gradient_in_a_program():
    w = torch.tensor([0.5, -1.25, 0.75], requires_grad=True)

    def step(x, steps):
        loop = torch.while_loop(lambda n, h: n < steps, lambda n, h: (n + 1, (h * w).tanh() + h * 0.5),
                                (torch.tensor(0), x))
        (gradient,) = torch.autograd.grad((loop[1] * loop[1]).sum(), w)
        return loop[1], gradient

    program = torch.trace(step, {"x": (torch.dim("b"), 3), "steps": ((), torch.int64)})
    for n in (1, 5, 40):
        x, steps = torch.randn(n, 3), torch.tensor(n)
        for found, expected in zip(program(x, steps), step(x, steps)):
            assert torch.equal(found, expected.detach())


def test_recorded_steps_are_replayed_to_the_first_nan(tmp_path):
    w = torch.tensor([5.0, 1.5])

    def fall(by):
        y = w.log()
        w.sub_(by)
        return y

    path = tmp_path / "steps.tandem"
    step = torch.record(torch.trace(fall, {"by": ()}), path, steps=2)
    assert step(torch.tensor(1.0)).isfinite().all()
    with pytest.raises(FloatingPointError, match="step 2 gave"):
        for _ in range(5):
            step(torch.tensor(1.0))
    report = torch.replay(path)
    assert "the bits that were recorded" in report and "= log(@w)" in report and "the first NaN" in report


def test_jit_and_export_are_programs(tmp_path):
    w = torch.randn(3, 4)

    def net(x):
        return (x @ w).relu()

    x = torch.randn(5, 3)
    traced = torch.jit.trace(net, torch.randn(2, 3))
    assert torch.equal(traced(x), net(x)) and "matmul" in traced.code
    traced.save(tmp_path / "net.tandem")
    assert torch.equal(torch.jit.load(tmp_path / "net.tandem")(x), net(x))
    with pytest.warns(UserWarning, match="tandem.compile"):
        assert torch.jit.script(net) is net

    exported = torch.export.export(net, (x,), dynamic_shapes={"x": {0: torch.export.Dim("batch")}})
    assert torch.equal(exported.module()(torch.ones(9, 3)), net(torch.ones(9, 3)))
    torch.export.save(exported, tmp_path / "exported.tandem")
    assert torch.equal(torch.export.load(tmp_path / "exported.tandem").module()(x), net(x))
    with pytest.raises(ValueError, match="dynamic_shapes names"):
        torch.export.export(net, (x,), dynamic_shapes={"y": {0: torch.export.Dim("batch")}})


def make_training(optimizer_name="Adam", **options):
    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 4))
    optimizer = getattr(torch.optim, optimizer_name)(net.parameters(), lr=0.1, **options)

    def step(x, y):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        return loss

    return net, optimizer, step


def halving(optimizer):
    return torch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)


def one_cycle(optimizer):
    """Moves momentum, or beta1, with the rate."""
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=5)


@pytest.mark.parametrize("make_schedule", [halving, one_cycle])
@pytest.mark.parametrize("name, options", [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {}), ("RMSprop", {})])
def test_a_compiled_training_step_has_the_bits_of_the_eager_one(name, options, make_schedule):
    batches = [(torch.randn(n, 8), torch.randint(0, 4, (n,))) for n in (6, 6, 5, 6, 9)]
    states = []
    for compiled in (False, True):
        net, optimizer, step = make_training(name, **options)
        schedule = make_schedule(optimizer)
        call = torch.compile(step) if compiled else step
        losses = []
        for x, y in batches:
            losses.append(float(call(x, y)))
            schedule.step()
        states.append((losses, {k: v.clone() for k, v in net.state_dict().items()}, optimizer.state_dict()))
    (eager, weights, optimizer), (fast, fast_weights, fast_optimizer) = states
    assert eager == fast
    assert all(torch.equal(v, fast_weights[k]) for k, v in weights.items())
    for number, entries in optimizer["state"].items():
        for key, value in entries.items():
            assert torch.equal(value, fast_optimizer["state"][number][key]), key


def test_training_goes_on_from_the_file_alone(tmp_path):
    net, optimizer, step = make_training()
    x, y = torch.randn(6, 8), torch.randint(0, 4, (6,))
    net.eval()
    predict = torch.trace(net, {"x": (torch.dim("b"), 8)}, name="predict")
    net.train()
    train = torch.trace(step, {"x": (torch.dim("b"), 8), "y": ((torch.dim("b"),), torch.int64)}, name="train_step")
    assert "update @optimizer.0.weight.exp_avg" in str(train) and "@optimizer.lr" in str(train)
    torch.save_program({"predict": predict, "train_step": train}, tmp_path / "net.tandem")

    model = torch.open(tmp_path / "net.tandem")
    losses = [float(model.train_step(x, y)) for _ in range(4)]
    assert losses == [float(step(x, y)) for _ in range(4)]
    model.save(tmp_path / "further.tandem")
    further = torch.open(tmp_path / "further.tandem")
    net.eval()
    with torch.no_grad():
        assert torch.equal(further.predict(x), net(x))
    assert float(further.train_step(x, y)) == float(model.train_step(x, y))


def test_a_compiled_module_is_still_that_module():
    net, _, _ = make_training()
    fast = torch.compile(net)
    assert list(fast.state_dict()) == list(net.state_dict()) and isinstance(fast, torch.nn.Sequential)
    x = torch.randn(5, 8)
    fast(x).sum().backward()
    assert net[0].weight.grad is not None
    net.eval()
    with torch.no_grad():
        assert torch.equal(fast(x), net(x))
        assert "first call" in fast._compiled_call.explain()


def test_replayed_values_are_compared_by_their_bits():
    from tandem.programs import _same

    nan, zero = torch.tensor([float("nan")]), torch.zeros(1)
    assert _same(nan, nan.clone()) and _same(zero, zero.clone()) and not _same(zero, -zero)
    assert not _same(zero, zero.double()) and _same(torch.zeros(0), torch.zeros(0))
