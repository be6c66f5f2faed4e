"""Control flow that programs can hold. Run eagerly each is the Python it looks like; in a traced function its bodies are
recorded once.

    y = torch.cond(x.mean() > 0, lambda x: x * 2, lambda x: -x, (x,))
"""

from tandem import _C
from tandem._structure import flatten, unflatten

__all__ = ["cond", "scan", "while_loop"]


def _flat(function, structures):
    """``function`` from a list of tensors to a list of tensors; the structure of its result is left in
    ``structures``."""

    def call(arguments):
        leaves = []
        structures.append(flatten(function(*arguments), leaves))
        return leaves

    return call


def cond(pred, true_fn, false_fn, operands=()):
    """``true_fn(*operands)`` where ``pred``, a tensor of one bool, holds, else ``false_fn(*operands)``. Both give
    tensors of the same shapes and dtypes, in one structure. Differentiable."""
    operands = tuple(operands)
    if not isinstance(pred, _C.Tensor):
        return true_fn(*operands) if pred else false_fn(*operands)
    structures = []
    then, otherwise = _flat(true_fn, structures), _flat(false_fn, structures)
    results = _C._cond(pred, lambda: then(operands), lambda: otherwise(operands))
    if any(s != structures[0] for s in structures):
        raise ValueError(f"cond(): the branches give different structures, {structures[0]} and {structures[-1]}")
    return unflatten(structures[0], iter(results))


def while_loop(cond_fn, body_fn, carried_inputs):
    """``carried = body_fn(*carried)`` while ``cond_fn(*carried)``, a tensor of one bool, holds. Shapes and dtypes stay.
    Differentiable; a program whose gradient is taken keeps the carries of up to 64 steps (docs/ir.md, "Control
    flow")."""
    leaves = []
    structure = flatten(tuple(carried_inputs), leaves)

    def condition(*tensors):
        return [cond_fn(*unflatten(structure, iter(tensors)))]

    def body(*tensors):
        after = []
        result = body_fn(*unflatten(structure, iter(tensors)))
        flatten(tuple(result) if isinstance(result, (list, tuple)) else (result,), after)
        return after

    return unflatten(structure, iter(_C._while(condition, body, leaves)))


def scan(combine_fn, init, xs, *, dim=0, reverse=False):
    """``carry, y = combine_fn(carry, x)`` for each x along ``dim`` of ``xs``; gives the last carry and the y's, stacked
    along dim 0. Differentiable.

        total, sums = torch.scan(lambda c, x: (c + x, c + x), torch.zeros(()), torch.arange(4.))
    """
    carries, sequences, structures = [], [], []
    carry_structure = flatten(init, carries)
    x_structure = flatten(xs, sequences)
    if dim != 0:
        sequences = [s.movedim(dim, 0) for s in sequences]

    def body(*tensors):
        n = len(carries)
        carry, y = combine_fn(unflatten(carry_structure, iter(tensors[:n])), unflatten(x_structure, iter(tensors[n:])))
        new, collected = [], []
        if flatten(carry, new) != carry_structure:
            raise ValueError("scan(): combine_fn must give a carry of the structure of init")
        structures.append(flatten(y, collected))
        return new + collected

    last, collected = _C._scan(body, carries, sequences, reverse)
    if not structures:  # no steps were taken
        return unflatten(carry_structure, iter(last)), None
    return unflatten(carry_structure, iter(last)), unflatten(structures[0], iter(collected))
