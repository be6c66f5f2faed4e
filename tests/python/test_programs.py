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


def test_forecast_plan_and_verify():
    _, program = relu_program()
    forecast = program.forecast(b=64)
    assert forecast.inputs == 64 * 3 * 4 and forecast.state == 48
    assert forecast.total == forecast.arena + forecast.state + forecast.inputs + forecast.outputs + forecast.constants
    assert "forecast of predict" in str(forecast)
    assert "matmul(%x, @w)" in program.plan(b=2)
    with pytest.raises(TypeError, match="forecast\\(b=64\\)"):
        program.forecast()
    verdicts = program.verify()
    assert verdicts and "the same bits" in str(verdicts)


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
