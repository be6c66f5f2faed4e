"""A module's forward as a function of its tensors."""

from contextlib import contextmanager


def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *, tie_weights=True, strict=False):
    """``module(*args, **kwargs)`` with these tensors in place of its own."""
    dicts = parameter_and_buffer_dicts
    values = {}
    for d in dicts if isinstance(dicts, (list, tuple)) else [dicts]:
        values.update(d)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, values, tie_weights, strict):
        return module(*args, **(kwargs or {}))


@contextmanager
def _replaced(module, values, tie_weights, strict):
    places = {}
    for path, m in module.named_modules(remove_duplicate=False):
        for table in (m._parameters, m._buffers):
            for name, tensor in table.items():
                if tensor is not None:
                    places[path + ("." if path else "") + name] = (table, name, tensor)
    unknown = [key for key in values if key not in places]
    missing = [key for key in places if key not in values]
    if strict and (unknown or missing):
        raise RuntimeError(f"functional_call: unexpected key(s): {unknown}, missing key(s): {missing}")
    if unknown:
        raise KeyError(f"functional_call: the module has no {unknown[0]}")
    by_tensor = {id(places[key][2]): value for key, value in values.items()}
    try:
        for key, (table, name, tensor) in places.items():
            if key in values:
                table[name] = values[key]
            elif tie_weights and id(tensor) in by_tensor:
                table[name] = by_tensor[id(tensor)]
        yield
    finally:
        for table, name, tensor in places.values():
            if table[name] is not tensor and not (name in table and tensor is None):
                table[name] = tensor


def stack_module_state(models):
    """Parameters and buffers of equal models, each stacked along a new first dim."""
    from .. import stack

    models = list(models)
    parameters = {n: stack([dict(m.named_parameters())[n].detach() for m in models]) for n, _ in models[0].named_parameters()}
    buffers = {n: stack([dict(m.named_buffers())[n] for m in models]) for n, _ in models[0].named_buffers()}
    return parameters, buffers
