"""Gradients as Python programs ask for them."""

import warnings

import pytest

import tandem as torch

f64 = torch.float64


def test_backward_accumulates():
    x = torch.tensor([1.0, 2], requires_grad=True)
    (x * x).sum().backward()
    (x * x).sum().backward()
    assert x.grad.tolist() == [4, 8]
    x.grad = None
    assert x.grad is None
    with pytest.raises(RuntimeError):
        x.grad = torch.ones(3)


def test_what_cannot_be_differentiated():
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        (x * 2).backward()
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.ones(1).backward()
    y = (x.exp()).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()
    with pytest.raises(RuntimeError):
        torch.ones(1, dtype=torch.int64).requires_grad_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        x += 1


def test_version_error_names_both_lines():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation") as e:
        y.sum().backward()
    assert str(e.value).count("test_autograd.py") >= 1


def test_grad_of_a_result():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert y.grad is None
    assert len(seen) == 1
    y.retain_grad()
    (y * 3).sum().backward()
    assert y.grad.tolist() == [3, 3] and y.retains_grad


def test_modes():
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        assert not (x * 2).requires_grad and torch.ones(1, requires_grad=True).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
    assert torch.is_grad_enabled()

    @torch.no_grad
    def bare(a):
        return a * 2

    @torch.no_grad()
    def called(a):
        return a * 2

    @torch.inference_mode()
    def inferred(a):
        return a * 2

    @torch.set_grad_enabled(False)
    def disabled(a):
        return a * 2

    for f in (bare, called, inferred, disabled):
        assert not f(x).requires_grad and torch.is_grad_enabled() and f.__name__ != "inside"
    y = inferred(x)
    assert y.is_inference()
    with pytest.raises(RuntimeError):
        (x * y).sum().backward()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_mode_of_a_generator():
    @torch.no_grad()
    def rows():
        for _ in range(2):
            yield torch.is_grad_enabled()

    inside = rows()
    assert next(inside) is False and torch.is_grad_enabled() and next(inside) is False


def test_modes_are_left_on_errors():
    with pytest.raises(ZeroDivisionError):
        with torch.no_grad():
            1 / 0
    assert torch.is_grad_enabled()


def test_hooks():
    x = torch.ones(2, requires_grad=True)
    seen = []
    handle = x.register_hook(lambda g: seen.append(g.tolist()))
    replaced = x.register_hook(lambda g: g * 10)
    (x * 2).sum().backward()
    assert seen == [[2, 2]] and x.grad.tolist() == [20, 20]
    handle.remove(), replaced.remove()
    (x * 2).sum().backward()
    assert len(seen) == 1 and x.grad.tolist() == [22, 22]
    x.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (x * 2).sum().backward()


def test_graph_names():
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    assert y.grad_fn.name() == "SumBackward0" and x.grad_fn is None
    (mul, _), = y.grad_fn.next_functions
    assert mul.name() == "MulBackward0" and mul.next_functions[0][0].name() == "AccumulateGrad"
    assert y.grad_fn == y.grad_fn and "test_autograd.py" in y.grad_fn.location


def test_grad():
    x = torch.ones(2, dtype=f64, requires_grad=True)
    z = torch.ones(1, requires_grad=True)
    y = (x**3).sum()
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    (h,) = torch.autograd.grad(g.sum(), [x])
    assert g.tolist() == [3, 3] and h.tolist() == [6, 6] and x.grad is None
    with pytest.raises(RuntimeError, match="allow_unused"):
        torch.autograd.grad((x * 2).sum(), [x, z])
    assert torch.autograd.grad((x * 2).sum(), [x, z], allow_unused=True)[1] is None
    (x * z).sum().backward(inputs=[z])
    assert x.grad is None and z.grad is not None


class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, dy):
        (y,) = ctx.saved_tensors
        return dy * y


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(x, factor):
        return x * factor, (x > 0)

    @staticmethod
    def setup_context(ctx, inputs, output):
        _, ctx.factor = inputs
        ctx.mark_non_differentiable(output[1])

    @staticmethod
    def backward(ctx, dy, _):
        return dy * ctx.factor, None


def test_function():
    x = torch.tensor([0.5, -1.0], dtype=f64, requires_grad=True)
    assert torch.autograd.gradcheck(Exp.apply, (x,)) and torch.autograd.gradgradcheck(Exp.apply, x)
    y, positive = Scaled.apply(x, 3.0)
    assert not positive.requires_grad and y.grad_fn.name() == "ScaledBackward"
    y.sum().backward()
    assert x.grad.tolist() == [3, 3]
    with torch.no_grad():
        assert not Exp.apply(x).requires_grad
    y = Exp.apply(x)
    y.sum().backward(retain_graph=True)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.sum().backward()


def test_function_errors():
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, dy):
            return dy

    x = torch.ones(1, requires_grad=True)
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        Wrong.apply(x, x).backward()

    class Wild(Exp):
        @staticmethod
        def backward(ctx, dy):
            return "no tensor"

    with pytest.raises((TypeError, RuntimeError, AttributeError)):
        Wild.apply(x).backward()


def test_functional():
    F = torch.autograd.functional
    x = torch.tensor([1.0, 2.0], dtype=f64)
    assert F.jacobian(lambda a: a**2, x).tolist() == [[2, 0], [0, 4]]
    assert F.hessian(lambda a: (a**3).sum(), x).tolist() == [[6, 0], [0, 12]]
    one = torch.ones_like(x)
    assert F.vjp(lambda a: a**2, x, one)[1].tolist() == [2, 4]
    assert F.jvp(lambda a: a**2, x, one)[1].tolist() == [2, 4]
    assert F.hvp(lambda a: (a**3).sum(), x, one)[1].tolist() == [6, 12]
    two = F.jacobian(lambda a, b: a * b, (x, x))
    assert len(two) == 2 and two[0].tolist() == [[1, 0], [0, 2]]
    with pytest.raises(RuntimeError):
        F.hessian(lambda a: a, x)


def test_gradcheck_finds_a_wrong_gradient():
    class Wrong(Exp):
        @staticmethod
        def backward(ctx, dy):
            return dy

    x = torch.tensor([0.5], dtype=f64, requires_grad=True)
    with pytest.raises(RuntimeError):
        torch.autograd.gradcheck(Wrong.apply, (x,))
    assert torch.autograd.gradcheck(Wrong.apply, (x,), raise_exception=False) is False


def test_anomaly():
    x = torch.tensor([-1.0], requires_grad=True)
    with torch.autograd.detect_anomaly():
        with pytest.raises(RuntimeError, match="sqrt"):
            x.sqrt()
    assert not torch.is_anomaly_enabled()
