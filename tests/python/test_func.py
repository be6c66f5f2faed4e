"""torch.func: derivatives of functions, nested; vmap; modules as functions."""

import pytest

import tandem as torch
from tandem import nn
from tandem.func import (
    functional_call, grad, grad_and_value, hessian, jacfwd, jacrev, jvp, stack_module_state, vjp, vmap)


def cubes(x):
    return (x**3).sum()


X = torch.tensor([1.0, 2.0, -3.0])


def test_grad_and_nesting():
    assert grad(cubes)(X).tolist() == [3.0, 12.0, 27.0]
    assert grad(lambda x: grad(cubes)(x).sum())(X).tolist() == [6.0, 12.0, -18.0]
    assert grad(grad(grad(lambda x: x**4)))(torch.tensor(2.0)).item() == 48.0
    assert not grad(cubes)(X).requires_grad


def test_grad_inside_a_closure():
    # d/dx of d/dz (z x^2) = 2 x
    f = lambda x: grad(lambda z: (z * x**2).sum())(torch.ones(3)).sum()  # noqa: E731
    assert grad(f)(X).tolist() == [2.0, 4.0, -6.0]


def test_autograd_sees_through():
    x = X.clone().requires_grad_()
    grad(cubes)(x).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0, -18.0]
    w = torch.ones(3, requires_grad=True)
    grad(lambda z: (w * z * z).sum())(X).sum().backward()
    assert w.grad.tolist() == [2.0, 4.0, -6.0]


def test_arguments_and_aux():
    f = lambda a, b: (a * b).sum()  # noqa: E731
    ga, gb = grad(f, argnums=(0, 1))(X, 2 * X)
    assert ga.tolist() == (2 * X).tolist() and gb.tolist() == X.tolist()
    g, (value, aux) = grad_and_value(lambda p: (p["w"].sum() ** 2, p["w"] + 1), has_aux=True)({"w": X})
    assert g["w"].tolist() == [0.0] * 3 and value.item() == 0 and aux.tolist() == [2.0, 3.0, -2.0]
    with pytest.raises(RuntimeError, match=r"without dims, got a tensor of shape \[3\].*jacrev"):
        grad(lambda x: x)(X)
    with pytest.raises(ValueError, match="argnums is 2"):
        grad(f, argnums=2)(X, X)


def test_products():
    value, pulled = vjp(lambda x: x * x, X)
    assert value.tolist() == [1.0, 4.0, 9.0] and pulled(torch.ones(3))[0].tolist() == [2.0, 4.0, -6.0]
    value, tangent = jvp(lambda x, y: x * y, (X, X), (torch.ones(3), torch.zeros(3)))
    assert tangent.tolist() == X.tolist()
    with pytest.raises(RuntimeError, match="tangents"):
        jvp(cubes, (X,), (torch.ones(2),))


@pytest.mark.parametrize("jacobian", [jacrev, jacfwd])
def test_jacobians(jacobian):
    A = torch.arange(6.0).reshape(2, 3)
    assert jacobian(lambda x: A @ x)(X).tolist() == A.tolist()
    by_a, by_x = jacobian(lambda a, x: a @ x, argnums=(0, 1))(A, X)
    assert by_a.shape == (2, 2, 3) and by_x.tolist() == A.tolist()
    assert jacobian(jacobian(cubes))(X).tolist() == hessian(cubes)(X).tolist()


def test_hessian():
    assert hessian(cubes)(X).tolist() == [[6.0, 0.0, 0.0], [0.0, 12.0, 0.0], [0.0, 0.0, -18.0]]
    H = hessian(lambda a, b: (a * b).sum(), argnums=(0, 1))(X, X)
    assert H[0][1].tolist() == torch.eye(3).tolist() and H[0][0].abs().sum() == 0


def test_vmap():
    A, B = torch.randn(4, 3), torch.randn(3, 4)
    torch.testing.assert_close(vmap(torch.dot, in_dims=(0, 1))(A, B), (A * B.t()).sum(1))
    assert vmap(lambda a: (a, a.sum()), out_dims=(1, 0))(A)[0].shape == (3, 4)
    torch.testing.assert_close(vmap(vmap(torch.mul))(A, A), A * A)
    assert vmap(lambda d: d["x"] * d["k"], in_dims=({"x": 0, "k": None},))({"x": A, "k": torch.ones(3)}).shape == (4, 3)
    with pytest.raises(ValueError, match=r"sizes \[3, 4\]"):
        vmap(torch.dot)(A, B)
    x = A.clone().requires_grad_()
    vmap(lambda a: (a**2).sum())(x).sum().backward()
    torch.testing.assert_close(x.grad, 2 * A)


def test_vmap_and_random_numbers():
    draw = lambda x: x + torch.rand(2)  # noqa: E731
    with pytest.raises(RuntimeError, match="randomness"):
        vmap(draw)(torch.zeros(3, 2))
    same = vmap(draw, randomness="same")(torch.zeros(3, 2))
    assert torch.equal(same[0], same[1])
    different = vmap(draw, randomness="different")(torch.zeros(3, 2))
    assert not torch.equal(different[0], different[1])


def test_gradients_of_each_example():
    net = nn.Linear(3, 2)
    params = {n: p.detach() for n, p in net.named_parameters()}
    x, y = torch.randn(5, 3), torch.tensor([0, 1, 1, 0, 1])

    def loss(params, x, y):
        return nn.functional.cross_entropy(functional_call(net, params, (x.unsqueeze(0),)), y.unsqueeze(0))

    each = vmap(grad(loss), in_dims=(None, 0, 0))(params, x, y)
    for i in range(5):
        net.zero_grad()
        nn.functional.cross_entropy(net(x[i:i + 1]), y[i:i + 1]).backward()
        torch.testing.assert_close(each["weight"][i], net.weight.grad)


def test_ensembles():
    nets = [nn.Linear(3, 2) for _ in range(4)]
    params, buffers = stack_module_state(nets)
    x = torch.randn(6, 3)
    out = vmap(lambda p: functional_call(nets[0], p, (x,)))(params)
    torch.testing.assert_close(out, torch.stack([n(x) for n in nets]))
