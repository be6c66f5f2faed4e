"""# Tensors

A tensor is an array of numbers of one type. If you know PyTorch or NumPy, you know this page; read it for what is
different, or run it: every page of this tutorial is a script.
"""

import numpy as np

import tandem as torch

# ## Making them
#
# From data, by shape, at random. The random numbers are PyTorch's: for the same seed you get the same ones.

print(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
print(torch.zeros(2, 3), torch.arange(5), torch.linspace(0, 1, 3))

torch.manual_seed(0)
print(torch.randn(3))

# ## Shape, dtype, device
#
# Every tensor knows its own.

x = torch.arange(12.0).reshape(3, 4)
print(x.shape, x.dtype, x.device, x.numel())

# ## Indexing
#
# As in NumPy: integers, slices, lists, masks, `None`, `...`. Slices share memory with the tensor that they come from, so
# writing to them writes to it.

print(x[0], x[:, 1], x[-1, ::2], x[x > 9])

row = x[0]
row[0] = 100
print(x[0, 0])

# ## Broadcasting and types
#
# Sizes of 1 stretch. Types meet by one table: an integer with a float is the float, and plain numbers never change the
# type of a tensor of their kind.

column = torch.tensor([[1], [2], [3]])
print((column + torch.tensor([10.0, 20.0])).shape)
print((column + 1).dtype, (column + 1.5).dtype, (column / 2).dtype)

# ## Reductions
#
# Over everything, or along dims; `keepdim` leaves a 1 in place of what is gone.

print(x.sum(), x.mean(dim=0), x.amax(dim=1, keepdim=True).shape)
values, places = x.topk(2, dim=1)
print(values, places)

# ## NumPy, both ways
#
# `from_numpy` and `numpy` share memory. So do DLPack and the buffer protocol, with whatever library has them.

a = np.ones(3, dtype=np.float32)
t = torch.from_numpy(a)
t *= 2
print(a, t.numpy() is not a, np.asarray(t).sum(), memoryview(t).nbytes)

# Code that is written against the [array API standard](https://data-apis.org/array-api/) takes tensors as they are:
# `tandem.array_api` has its functions, with `axis` and `keepdims`.

xp = x.__array_namespace__()
print(xp.mean(x, axis=1, keepdims=True).shape)

# ## When something is wrong
#
# Errors say what was passed, what was expected and how to mend it.

for mistake in (lambda: x @ torch.ones(3), lambda: x.sum(dims=0), lambda: x[5], lambda: torch.tensor([1, 2]).mean()):
    try:
        mistake()
    except Exception as error:
        print(f"{type(error).__name__}: {error}")

# ## The same bits, always
#
# Each reduction has one order, chosen by its shape alone. So the bits of a result do not depend on the number of threads,
# nor on whether the CPU has AVX2, AVX-512 or NEON.

big = torch.randn(1000, 300)
results = []
for threads in (1, 2, 4):
    torch.set_num_threads(threads)
    results.append((big @ big.T).sum())
print(results[0].item() == results[1].item() == results[2].item())
