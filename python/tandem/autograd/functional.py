"""Derivatives of functions: jacobian, hessian, vjp, jvp, hvp, vhp."""

import tandem


def _tuple(x):
    return (x,) if isinstance(x, tandem.Tensor) else tuple(x)


def _like(values, original):
    return values[0] if isinstance(original, tandem.Tensor) else tuple(values)


def _leaves(inputs, create_graph):
    """The inputs as tensors to differentiate by, connected to their history if that is wanted."""
    if create_graph:
        return tuple(x.view_as(x) if x.requires_grad else x.detach().requires_grad_() for x in inputs)
    return tuple(x.detach().requires_grad_() for x in inputs)


def _grad(outputs, inputs, seeds, create_graph):
    """Gradients, zeros where there is none."""
    pairs = [(o, s) for o, s in zip(outputs, seeds) if o.requires_grad]
    if not pairs:
        return tuple(tandem.zeros_like(x) for x in inputs)
    return tandem.autograd.grad(
        [o for o, _ in pairs], inputs, [s for _, s in pairs], retain_graph=True,
        create_graph=create_graph, materialize_grads=True)


def _done(values, create_graph):
    return tuple(values) if create_graph else tuple(v.detach() for v in values)


def vjp(func, inputs, v=None, create_graph=False, strict=False):
    """func(*inputs) and v^T J."""
    with tandem.enable_grad():
        x = _leaves(_tuple(inputs), create_graph)
        result = func(*x)
        y = _tuple(result)
        if v is None:
            if len(y) != 1 or y[0].numel() != 1:
                raise RuntimeError("The vector v can only be None if the user-provided function "
                                   "returns a single Tensor with a single element.")
            v = tandem.ones_like(y[0])
        gradients = _grad(y, x, _tuple(v), create_graph)
    return _like(_done(y, create_graph), result), _like(_done(gradients, create_graph), inputs)


def jvp(func, inputs, v=None, create_graph=False, strict=False):
    """func(*inputs) and J v, by two reverse passes: J v is the gradient of u^T J v in u."""
    with tandem.enable_grad():
        x = _leaves(_tuple(inputs), create_graph)
        if v is None:
            if len(x) != 1 or x[0].numel() != 1:
                raise RuntimeError("The vector v can only be None if the input to the "
                                   "user-provided function is a single Tensor with one element.")
            v = tandem.ones_like(x[0])
        result = func(*x)
        y = _tuple(result)
        u = tuple(tandem.zeros_like(o).requires_grad_() for o in y)
        gradients = _grad(y, x, u, True)
        tangents = _grad(gradients, u, _tuple(v), create_graph)
    return _like(_done(y, create_graph), result), _like(_done(tangents, create_graph), result)


def _jacobian_of(y, inputs, create_graph):
    """One block of shape y.shape + input.shape for each input."""
    rows = [[] for _ in inputs]
    flat = y.reshape(-1)
    for i in range(flat.numel()):
        seed = tandem.ones_like(flat[i])
        for row, g in zip(rows, _grad((flat[i],), inputs, (seed,), create_graph)):
            row.append(g)
    return tuple(
        (tandem.stack(row) if row else tandem.zeros((0,) + tuple(x.shape), dtype=x.dtype)).reshape(
            tuple(y.shape) + tuple(x.shape))
        for row, x in zip(rows, inputs))


def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False,
             strategy="reverse-mode"):
    """The derivatives of each output by each input, of shape output.shape + input.shape."""
    with tandem.enable_grad():
        x = _leaves(_tuple(inputs), create_graph)
        result = func(*x)
        blocks = tuple(
            _like(_done(_jacobian_of(y, x, create_graph), create_graph), inputs)
            for y in _tuple(result))
    return _like(blocks, result)


def hessian(func, inputs, create_graph=False, strict=False, vectorize=False,
            outer_jacobian_strategy="reverse-mode"):
    """The second derivatives of a function with one element."""
    single = isinstance(inputs, tandem.Tensor)

    def gradient(*x):
        y = func(*x)
        if not isinstance(y, tandem.Tensor) or y.numel() != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should "
                               "contain a single element")
        return _grad((y,), x, (tandem.ones_like(y),), True)

    blocks = jacobian(gradient, _tuple(inputs), create_graph=create_graph)
    return blocks[0][0] if single else blocks


def hvp(func, inputs, v=None, create_graph=False, strict=False):
    """func(*inputs) and H v."""
    value, product = vhp(func, inputs, v, create_graph)  # the Hessian is symmetric
    return value, product


def vhp(func, inputs, v=None, create_graph=False, strict=False):
    """func(*inputs) and v^T H."""
    with tandem.enable_grad():
        x = _leaves(_tuple(inputs), create_graph)
        y = func(*x)
        v = tuple(tandem.ones_like(a) for a in x) if v is None else _tuple(v)
        gradients = _grad((y,), x, (tandem.ones_like(y),), True)
        products = _grad(gradients, x, v, create_graph)
    return _done((y,), create_graph)[0], _like(_done(products, create_graph), inputs)
