"""# From PyTorch

`import tandem as torch`, and `tandem.vision` for `torchvision`: most programs need no other change. `tandem run train.py`
even runs them unchanged. This page says what is the same, what is better, and what is not there.
"""

import tandem as torch
from tandem import nn

# ## The same names, the same numbers
#
# Seeds give PyTorch's numbers: weights, dropout, shuffles. A run that you start again in Tandem starts from the same
# point.

torch.manual_seed(0)
print(torch.rand(3))
layer = nn.Linear(2, 2)
print(layer.weight)

# ## The same files
#
# `torch.save` writes PyTorch's format, and `torch.load` reads it; a `state_dict` goes both ways, and its keys are
# PyTorch's. Loading never runs code that is in a file.

import os
import tempfile

folder = tempfile.mkdtemp()
path = os.path.join(folder, "layer.pt")
torch.save(layer.state_dict(), path)
print(torch.load(path).keys())

# ## Errors that help
#
# With names, shapes and what to do about it.

try:
    nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(9, 2))(torch.ones(3, 4))
except RuntimeError as error:
    print(error)

try:
    nn.functional.cross_entropy(torch.ones(2, 3), torch.tensor([0, 5]))
except IndexError as error:
    print(error)

# The types are PyTorch's (`RuntimeError` for shapes, `IndexError` for indices), so `except` clauses keep working.
#
# Frames of Tandem are not hidden in tracebacks: what is hidden cannot be reported, and there are few of them. The core is
# one C++ library, so a traceback ends at your own line or one below it.

# ## Less overhead
#
# A small op takes a fifth of the time or less, an import a fiftieth, and there is nothing to warm up.

import time

a, b = torch.ones(16), torch.ones(16)
best = 1.0
for _ in range(20):
    start = time.perf_counter()
    for _ in range(1000):
        a + b
    best = min(best, (time.perf_counter() - start) / 1000)
print("a + b takes less than 5 microseconds:", best < 5e-6)

# ## Reproducible by default
#
# The same bits on every run, for any number of threads. There is no `use_deterministic_algorithms` to remember; the
# function is there, and does nothing.

torch.use_deterministic_algorithms(True)

# ## Compile is not a second system
#
# `torch.compile` traces the function once for a shape, and gives the bits of the eager call. What depends on a value in
# a way that cannot be traced is an error at your line, never a silent fallback. What the function reads may change
# between calls; where it changes numbers or lists of Python itself, calls run eagerly and a warning says so.


@torch.compile
def sign(x):
    if x.sum() > 0:
        return x
    return -x


try:
    sign(torch.ones(2))
except Exception as error:
    print(f"{type(error).__name__}: {error}".splitlines()[0])

# The mended function says the choice in ops:

mended = torch.compile(lambda x: torch.where(x.sum() > 0, x, -x))
print(mended(torch.tensor([-1.0, -2.0])))

# ## What is not there
#
# - GPUs: this build runs on the CPU. `torch.cuda.is_available()` is False, and programs that ask go on without.
# - Complex numbers, sparse and nested tensors, `torch.jit.script`.
# - Pickled modules: save the `state_dict`. `torch.load` says which name in a file it refuses.
#
# What is missing raises an error that names it.

print(torch.cuda.is_available())
try:
    torch.linalg.eig(torch.eye(2))
except NotImplementedError as error:
    print(error)
