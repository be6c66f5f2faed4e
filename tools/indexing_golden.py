"""Writes tests/tensor/golden/indexing.jsonl: index expressions and what PyTorch makes of them.

    python tools/indexing_golden.py > tests/tensor/golden/indexing.jsonl

The indexed tensor is float64 and holds 0, 1, 2, ... Each index is one of: an integer; [start, stop,
step] with null for what is left out; "none"; "..."; true or false; {"shape", "dtype", "values"} of
an index tensor or a mask. "result" is the shape and the elements of x[indices], or null where
PyTorch raises an error. "written" is x after x[indices] = v, v holding -1, -2, ... in "value_shape";
"added" is x after x.index_put_(indices, v, accumulate=True) where all indices are tensors.
"""

import json
import random
import warnings

import torch

warnings.simplefilter("ignore")
R = random.Random(7)


def some_tensor(shape, dtype, values):
    t = torch.tensor(values, dtype=getattr(torch, dtype)).reshape(shape)
    return t, {"shape": shape, "dtype": dtype, "values": [int(v) for v in t.flatten().tolist()]}


def count(shape):
    n = 1
    for s in shape:
        n *= s
    return n


def one_case():
    shape = [R.choice([1, 2, 3, 3, 4]) for _ in range(R.randrange(0, 5))]
    if R.random() < 0.05 and shape:
        shape[R.randrange(len(shape))] = 0
    indices, codes = [], []
    broadcast = R.choice([[2], [3], [2, 2], [1], [], [0]])
    at, has_ellipsis, in_bounds = 0, False, True
    for _ in range(R.randrange(0, 6)):
        size = shape[at] if at < len(shape) else 1
        kind = R.choice(["int", "int", "slice", "slice", "none", "...", "bool", "tensor", "tensor", "tensor", "mask"])
        if kind == "int":
            i = R.randrange(-size, size) if size and R.random() < 0.97 else size + 1
            indices.append(i)
            codes.append(i)
            at += 1
        elif kind == "slice":
            bound = lambda: R.choice([None, None, R.randrange(-size - 1, size + 2)])
            s = (bound(), bound(), R.choice([1, 1, 2, 3]))
            indices.append(slice(*s))
            codes.append(list(s))
            at += 1
        elif kind == "none":
            indices.append(None)
            codes.append("none")
        elif kind == "..." and not has_ellipsis:
            indices.append(...)
            codes.append("...")
            has_ellipsis = True
            at = max(at, len(shape) - R.randrange(0, 2))
        elif kind == "bool" and R.random() < 0.4:
            b = R.random() < 0.7
            indices.append(b)
            codes.append(b)
        elif kind == "tensor":
            own = R.choice([broadcast, broadcast, broadcast[-1:], [1]])
            low, high = (-size, size) if R.random() < 0.97 else (size, size + 1)
            values = [R.randrange(low, high) if high > low else 0 for _ in range(count(own))]
            t, code = some_tensor(own, R.choice(["int64", "int64", "int32"]), values)
            in_bounds &= all(-size <= v < size for v in values)
            indices.append(t)
            codes.append(code)
            at += 1
        elif kind == "mask":
            rank = R.choice([1, 1, 2, 0])
            own = shape[at : at + rank]
            if R.random() < 0.05 and own:
                own[0] += 1
            t, code = some_tensor(own, R.choice(["bool", "bool", "uint8"]), [R.randrange(2) for _ in range(count(own))])
            indices.append(t)
            codes.append(code)
            at += len(own)
    return shape, indices, codes, in_bounds


def flat(t):
    return [int(v) for v in t.flatten().tolist()]


cases, failures = 0, 0
while cases < 420:
    shape, indices, codes, in_bounds = one_case()
    x = torch.arange(count(shape), dtype=torch.float64).reshape(shape)
    line = {"shape": shape, "indices": codes}
    try:
        y = x[tuple(indices)]
        # PyTorch does not look at indices out of bounds when the result is empty.
        if y.numel() > 60 or (y.numel() == 0 and not in_bounds):
            continue
        line["result"] = {"shape": list(y.shape), "values": flat(y)}
    except (IndexError, RuntimeError):
        failures += 1
        if failures > 50:
            continue
        line["result"] = None
    if line["result"]:
        value_shape = list(y.shape)
        while value_shape and R.random() < 0.3:
            value_shape.pop(0)
        if R.random() < 0.2:
            value_shape = [1, 1] + value_shape
        for d in range(len(value_shape)):
            if R.random() < 0.2:
                value_shape[d] = 1
        v = -1 - torch.arange(count(value_shape), dtype=torch.float64).reshape(value_shape)
        line["value_shape"] = value_shape
        # Repeated places keep an unspecified one of their values, so only distinct ones are written.
        if y.unique().numel() == y.numel():
            w = x.clone()
            try:
                w[tuple(indices)] = v
                line["written"] = flat(w)
            except (IndexError, RuntimeError):
                # Whether more dims than the result has, or one value beside None, are taken differs
                # within PyTorch; here they are.
                if len(value_shape) <= y.dim() and v.numel() != 1:
                    line["written"] = None
        if indices and all(isinstance(i, torch.Tensor) and i.dim() for i in indices):
            w = x.clone()
            try:
                w.index_put_(tuple(indices), v, accumulate=True)
                line["added"] = flat(w)
            except (IndexError, RuntimeError):
                if len(value_shape) <= y.dim() and v.numel() != 1:
                    line["added"] = None
    print(json.dumps(line))
    cases += 1
