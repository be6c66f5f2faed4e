"""A program for a type checker: tests/python/test_stubs.py runs mypy over it."""

import tandem as torch
from tandem import Tensor

def loss(x: Tensor, w: Tensor) -> Tensor:
    y = torch.relu(x @ w)
    return (y.sum(dim=1) ** 2).mean()

w = torch.randn(3, 4, requires_grad=True)
x = torch.zeros(2, 3, dtype=torch.float32)
with torch.no_grad():
    n: int = x.numel()
out = loss(x, w)
out.backward()
g = w.grad
if g is not None:
    print(g.shape[0], out.item())
values, indices = torch.sort(x)
z: Tensor = values.reshape(2, -1)
x.requires_grad_().register_hook(lambda gradient: gradient * 2)
wrong: int = torch.relu(x)  # type: ignore[assignment]
try:
    torch.relu("a")  # type: ignore[arg-type]
except TypeError:
    pass
