"""vmap: a function of one example becomes one of a batch."""

import functools

import tandem
from tandem._structure import flatten, leaf, names_of, unflatten


def _axes(in_dims, structure):
    """in_dims spread over the tensors of the arguments, one int or None each."""
    if structure is leaf:
        if in_dims is not None and not isinstance(in_dims, int):
            raise tandem.ArgumentError(f"vmap: in_dims for a tensor must be an int or None, got {in_dims!r}")
        return [in_dims]
    if not isinstance(structure, tuple):  # no tensor, or an object's
        return [in_dims for _ in names_of(structure)]
    kind, parts = structure
    if issubclass(kind, dict):
        return [a for k, part in parts for a in _axes(in_dims[k] if isinstance(in_dims, dict) else in_dims, part)]
    if isinstance(in_dims, (tuple, list)):
        if len(in_dims) != len(parts):
            raise tandem.ArgumentError(f"vmap: in_dims has {len(in_dims)} entries for {len(parts)} arguments")
        return [a for d, part in zip(in_dims, parts) for a in _axes(d, part)]
    return [a for part in parts for a in _axes(in_dims, part)]


def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """``func`` of every slice along in_dims of its arguments, the results stacked along out_dims. None hands an argument
    over whole. Differentiable; so per-example gradients are ``vmap(grad(loss), (None, 0, 0))``.

    The function is run once an example, and any function will do; where its ops broadcast, calling it with the batch
    is quicker. randomness: "error" refuses functions that draw random numbers, "same" gives all examples the same
    ones, "different" each its own.
    """
    if randomness not in ("error", "same", "different"):
        raise tandem.ArgumentError(f"vmap: randomness must be 'error', 'same' or 'different', got {randomness!r}")

    @functools.wraps(func)
    def mapped(*args, **kwargs):
        leaves = []
        structure = flatten(args, leaves)
        axes = _axes(in_dims, structure)
        batched = []
        structure_of_keywords = flatten(kwargs, batched)
        leaves, axes = leaves + batched, axes + [0] * len(batched)
        sizes = {t.shape[a] for t, a in zip(leaves, axes) if a is not None}
        if len(sizes) != 1:
            what = f"got sizes {sorted(sizes)}" if sizes else "in_dims names none"
            raise tandem.ArgumentError(f"vmap: expected mapped dims of one size, {what}")
        (n,) = sizes
        if n == 0:
            raise tandem.ArgumentError("vmap: the mapped dim has size 0, so the shape of the result is not known")
        slices = [[t] * n if a is None else t.unbind(a) for t, a in zip(leaves, axes)]
        split, results, structures = len(leaves) - len(batched), [], []
        before = tandem.get_rng_state() if randomness != "different" else None
        for parts in zip(*slices):
            if randomness == "same":
                tandem.set_rng_state(before)
            found = []
            structures.append(flatten(func(*unflatten(structure, iter(parts[:split])),
                                           **unflatten(structure_of_keywords, iter(parts[split:]))), found))
            results.append(found)
        if randomness == "error" and not tandem.equal(before, tandem.get_rng_state()):
            tandem.set_rng_state(before)
            raise tandem.Error("vmap: the function draws random numbers; say randomness='same' or 'different'")
        if any(s != structures[0] for s in structures):
            raise tandem.ArgumentError(f"vmap: the function gives different structures, {structures[0]} and {structures[-1]}")
        if structures[0] is not leaf and not results[0]:
            raise tandem.ArgumentError(f"vmap: the function must give tensors, got {structures[0]!r}")
        places = [out_dims] * len(results[0]) if isinstance(out_dims, int) else _axes(out_dims, structures[0])
        stacked = [tandem.stack(list(by), p) for by, p in zip(zip(*results), places)]
        return unflatten(structures[0], iter(stacked))

    return mapped
