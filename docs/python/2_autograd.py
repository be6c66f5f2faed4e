"""# Gradients

A tensor that `requires_grad` remembers what is made of it. `backward` then says how the result would change if it did.
"""

import tandem as torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = (x**2).sum()
y.backward()
print(x.grad)

# Gradients add up in `.grad` until they are cleared; optimizers do that with `zero_grad`. Inside `no_grad`, nothing is
# remembered.

with torch.no_grad():
    x -= 0.1 * x.grad
    x.grad = None
print(x)

# ## A model by hand
#
# Fitting a line needs nothing else.

torch.manual_seed(0)
inputs = torch.linspace(-1, 1, 100).unsqueeze(1)
targets = 3 * inputs - 0.5 + 0.01 * torch.randn(100, 1)

w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(200):
    loss = ((inputs * w + b - targets) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        for p in (w, b):
            p -= 0.3 * p.grad
            p.grad = None
print(f"w = {w.item():.2f}, b = {b.item():.2f}, loss {loss.item():.1e}")

# ## Functions of functions
#
# `torch.func` differentiates functions rather than tensors, to any order.

from tandem.func import grad, hessian, vmap


def energy(v):
    return (v**4).sum()


v = torch.tensor([1.0, 2.0])
print(grad(energy)(v), hessian(energy)(v))

# `vmap` makes a function of one example one of a batch. With `grad` it gives a gradient for each example:

each = vmap(grad(lambda weight, example: (weight * example).sum() ** 2), in_dims=(None, 0))
print(each(torch.ones(2), torch.tensor([[1.0, 2.0], [3.0, 4.0]])))

# ## Your own gradient
#
# Where the derivative that the chain rule gives is not the one you want, say it.


class StraightThrough(torch.autograd.Function):
    """Rounds, and hands the gradient through as if it had not."""

    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, dy):
        return dy


z = torch.tensor([0.2, 0.8], requires_grad=True)
StraightThrough.apply(z).sum().backward()
print(z.grad)

# `gradcheck` compares a gradient with differences, in double precision. It says which entry is wrong, and by how much.

print(torch.autograd.gradcheck(torch.tanh, torch.randn(5, dtype=torch.float64, requires_grad=True)))

# ## Mistakes
#
# Writing over what a gradient still needs is found, and told with both lines of yours.

a = torch.ones(2, requires_grad=True)
e = a.exp()
e.add_(1)
try:
    e.sum().backward()
except RuntimeError as error:
    print(error)
