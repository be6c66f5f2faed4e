"""Derivatives of functions of tensors, or of tuples, lists and dicts of them."""

import functools
import threading

import tandem
from tandem._structure import flatten, unflatten

_inside = threading.local()  # how many transforms are running: an inner one keeps its graph for the outer


def _keeps_graph(f, leaves):
    """Will somebody differentiate the result? An outer transform, or autograd by an argument or by what f captures."""
    if getattr(_inside, "depth", 0) > 0 or any(t.requires_grad for t in leaves):
        return True
    if not tandem.is_grad_enabled():
        return False
    from tandem._captured import Captured

    captured = Captured(f, watch=False)
    return any(p.requires_grad for m in captured.modules.values() for p in m.parameters()) or any(
        t.requires_grad for t in captured.tensors.values())


class _Transform:
    """Runs with gradients on; nested ones know of each other."""

    def __enter__(self):
        _inside.depth = getattr(_inside, "depth", 0) + 1
        self._enabled = tandem.enable_grad()
        self._enabled.__enter__()

    def __exit__(self, *error):
        _inside.depth -= 1
        self._enabled.__exit__(*error)


def _variables(leaves, keep):
    """Tensors to differentiate by; with ``keep`` connected to where they come from."""
    for t in leaves:
        if not t.is_floating_point():
            raise tandem.DTypeError(f"func: only floating tensors can be differentiated, got {t.dtype}")
    return [t.view_as(t) if keep and t.requires_grad else t.detach().requires_grad_() for t in leaves]


def _gradients(outputs, inputs, seeds, keep):
    """By each input; zeros where it takes no part."""
    pairs = [(o, s) for o, s in zip(outputs, seeds) if o.requires_grad]
    if not pairs or not inputs:
        return [tandem.zeros_like(x) for x in inputs]
    return list(tandem.autograd.grad([o for o, _ in pairs], inputs, [s for _, s in pairs], retain_graph=True,
                                     create_graph=keep, materialize_grads=True))


def _finished(tensors, keep):
    return tensors if keep else [t.detach() for t in tensors]


def _chosen(args, argnums):
    """The arguments to differentiate by, as leaves, and a function that puts others in their places."""
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for n in numbers:
        if not -len(args) <= n < len(args):
            raise tandem.ArgumentError(f"func: argnums is {n}, and there are {len(args)} positional arguments")
    numbers = tuple(n % len(args) for n in numbers)
    leaves = []
    structure = flatten(tuple(args[n] for n in numbers), leaves)

    def replaced(variables):
        values = list(args)
        for n, value in zip(numbers, unflatten(structure, iter(variables))):
            values[n] = value
        return values

    def shaped(tensors):
        result = unflatten(structure, iter(tensors))
        return result[0] if isinstance(argnums, int) else result

    return leaves, replaced, shaped


def _with_aux(result, has_aux, name):
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise tandem.ArgumentError(f"func.{name}: with has_aux=True the function must give (output, aux)")
    return result


def _detached(value):
    leaves = []
    structure = flatten(value, leaves)
    return unflatten(structure, iter([t.detach() for t in leaves]))


def grad_and_value(func, argnums=0, has_aux=False):
    """A function as ``func`` that gives (gradient, value), or (gradient, (value, aux))."""

    @functools.wraps(func)
    def derived(*args, **kwargs):
        leaves, replaced, shaped = _chosen(args, argnums)
        keep = _keeps_graph(func, leaves)
        with _Transform():
            variables = _variables(leaves, keep)
            value, aux = _with_aux(func(*replaced(variables), **kwargs), has_aux, "grad")
            if not isinstance(value, tandem.Tensor) or value.numel() != 1 or value.dim() != 0:
                got = f"a tensor of shape {list(value.shape)}" if isinstance(value, tandem.Tensor) else type(value).__name__
                raise tandem.ShapeError(f"func.grad: expected the function to give a tensor without dims, got {got}; "
                                        "sum() it, or use jacrev()")
            gradients = _gradients([value], variables, [tandem.ones_like(value)], keep)
        gradient = shaped(_finished(gradients, keep))
        if not keep:
            value, aux = value.detach(), _detached(aux) if has_aux else None
        return gradient, (value, aux) if has_aux else value

    return derived


def grad(func, argnums=0, has_aux=False):
    """A function that gives the gradient of ``func``, whose result has no dims, by the arguments that argnums names;
    with has_aux, (gradient, aux)."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def derived(*args, **kwargs):
        gradient, value = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return derived


def vjp(func, *primals, has_aux=False):
    """(func(*primals), f) with f(cotangents) = the gradients by each primal: a tuple, or one for one primal."""
    leaves, replaced, shaped = _chosen(primals, tuple(range(len(primals))))
    keep = _keeps_graph(func, leaves)
    with _Transform():
        variables = _variables(leaves, keep)
        output, aux = _with_aux(func(*replaced(variables)), has_aux, "vjp")
    outputs = []
    structure = flatten(output, outputs)

    def pulled_back(cotangents):
        seeds = []
        if flatten(cotangents, seeds) != structure:
            raise tandem.ArgumentError("func.vjp: cotangents must have the structure of the output")
        later = keep or any(s.requires_grad for s in seeds) or getattr(_inside, "depth", 0) > 0
        with _Transform():
            return shaped(_finished(_gradients(outputs, variables, seeds, later), later))

    result = unflatten(structure, iter(_finished(outputs, keep)))
    return (result, pulled_back, aux) if has_aux else (result, pulled_back)


def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    """(func(*primals), the derivative in the direction of the tangents). By two reverse passes: J v is the gradient of
    u^T J v by u."""
    primals, tangents = tuple(primals), tuple(tangents)
    leaves, replaced, _ = _chosen(primals, tuple(range(len(primals))))
    directions = []
    flatten(tangents, directions)
    if [t.shape for t in leaves] != [t.shape for t in directions]:
        raise tandem.ShapeError(f"func.jvp: primals have the shapes {[list(t.shape) for t in leaves]}, tangents "
                                f"{[list(t.shape) for t in directions]}")
    keep = _keeps_graph(func, leaves + directions)
    with _Transform():
        variables = _variables(leaves, keep)
        output, aux = _with_aux(func(*replaced(variables)), has_aux, "jvp")
        outputs = []
        structure = flatten(output, outputs)
        u = [tandem.zeros_like(o).requires_grad_() for o in outputs]
        derived = _gradients(_gradients(outputs, variables, u, True), u, directions, keep)
    result = unflatten(structure, iter(_finished(outputs, keep)))
    derived = unflatten(structure, iter(_finished(derived, keep)))
    return (result, derived, aux) if has_aux else (result, derived)


def _jacobian(func, argnums, has_aux, columns):
    @functools.wraps(func)
    def derived(*args, **kwargs):
        leaves, replaced, shaped = _chosen(args, argnums)
        keep = _keeps_graph(func, leaves)
        with _Transform():
            variables = _variables(leaves, keep)
            output, aux = _with_aux(func(*replaced(variables), **kwargs), has_aux, "jacobian")
            outputs = []
            structure = flatten(output, outputs)
            blocks = (_blocks_by_columns if columns else _blocks_by_rows)(outputs, variables, keep)
        result = unflatten(structure, iter([shaped(_finished(row, keep)) for row in blocks]))
        return (result, aux if keep else _detached(aux)) if has_aux else result

    return derived


def _blocks_by_rows(outputs, variables, keep):
    """For each output a tensor by each variable, of shape output.shape + variable.shape: a reverse pass an element."""
    blocks = []
    for o in outputs:
        flat = o.reshape(-1)
        rows = [_gradients([element], variables, [tandem.ones_like(element)], keep) for element in flat.unbind(0)]
        blocks.append([tandem.stack(list(by)).reshape((*o.shape, *v.shape)) for v, by in zip(variables, zip(*rows))]
                      if rows else [tandem.zeros((*o.shape, *v.shape), dtype=v.dtype) for v in variables])
    return blocks


def _blocks_by_columns(outputs, variables, keep):
    """The same, a pass an element of the variables."""
    u = [tandem.zeros_like(o).requires_grad_() for o in outputs]
    pulled = _gradients(outputs, variables, u, True)
    columns = [[[] for _ in variables] for _ in outputs]
    for place, v in enumerate(variables):
        for i in range(v.numel()):
            seeds = [tandem.zeros_like(w) for w in variables]
            seeds[place].view(-1)[i] = 1
            for row, derivative in zip(columns, _gradients(pulled, u, seeds, keep)):
                row[place].append(derivative)
    return [[tandem.stack(by, -1).reshape((*o.shape, *v.shape)) if by else tandem.zeros((*o.shape, *v.shape), dtype=v.dtype)
             for v, by in zip(variables, row)] for o, row in zip(outputs, columns)]


def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    """A function that gives the derivatives of each element of func's result by each of the argument's, of shape
    result.shape + argument.shape. For fewer results than arguments."""
    return _jacobian(func, argnums, has_aux, False)


def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    """The same, for more results than arguments."""
    return _jacobian(func, argnums, has_aux, True)


def hessian(func, argnums=0):
    """A function that gives the second derivatives of ``func``."""
    return jacrev(jacrev(func, argnums), argnums)
