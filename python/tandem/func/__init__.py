"""torch.func: functions of functions. Derivatives of any order, vmap, and a module's forward as a function of its tensors.

    torch.func.grad(lambda x: (x**3).sum())(torch.tensor([2.0]))     # tensor([12.])
    torch.func.hessian(f)(x)
"""

from .derivatives import grad, grad_and_value, hessian, jacfwd, jacrev, jvp, vjp
from .functional_call import functional_call, stack_module_state
from .mapping import vmap

__all__ = ["functional_call", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "stack_module_state",
           "vjp", "vmap"]
