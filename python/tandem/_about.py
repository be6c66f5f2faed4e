"""What this installation is, and whether it computes as it should: `python -m tandem` shows it."""

import platform
import time

import tandem
from tandem import _C
from tandem._version import tandem_version


def check():
    """About a second of work whose results are known; the name of what is wrong, or None."""
    start = time.perf_counter()
    rounds = 0
    while time.perf_counter() - start < 1:
        n = 64 + rounds % 64
        generator = tandem.Generator().manual_seed(rounds)
        a = tandem.randint(-4, 5, (n, n), generator=generator).float()
        b = tandem.randint(-4, 5, (n, n), generator=generator).float()
        exact = (a.long().unsqueeze(2) * b.long().unsqueeze(0)).sum(1)
        if not tandem.equal((a @ b).long(), exact):
            return f"matmul of {n} x {n}"
        x = tandem.linspace(-3, 3, n, dtype=tandem.float64, requires_grad=True)
        tandem.tanh(x).sum().backward()
        if not tandem.allclose(x.grad, 1 - tandem.tanh(x.detach()) ** 2, 1e-12, 1e-14):
            return f"the gradient of tanh, {n} elements"
        rounds += 1
    return None


def about():
    """Prints it; true when something is wrong."""
    print(f"tandem {tandem_version} (as PyTorch {tandem.__version__})")
    print(f"python {platform.python_version()} on {platform.system()} {platform.machine()}")
    print(f"kernels: {', '.join(_C._cpu_targets())}; threads: {tandem.get_num_threads()}")
    wrong = check()
    print(f"self-check: {'passed' if wrong is None else 'FAILED: ' + wrong}")
    return wrong is not None

