"""Writes tests/tensor/golden/print.jsonl: tensors and how PyTorch prints them.

    python tools/print_golden.py > tests/tensor/golden/print.jsonl

Each line is one tensor: its dtype and shape; its elements, as literals ("values") or by a formula
that the test repeats in double ("formula": [scale, multiplier, modulus, shift], element i being
scale * (i * multiplier % modulus) + shift); what is done to it ("permute", "requires_grad"); the
print options that are not the defaults; and the text.
"""

import json
import random

import torch

R = random.Random(20240607)
FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTS = ["uint8", "int8", "int16", "int32", "int64"]


def emit(dtype, shape, values=None, formula=None, permute=None, requires_grad=False, options=None):
    kind = getattr(torch, dtype)
    count = 1
    for n in shape:
        count *= n
    if formula:
        a, m, d, b = formula
        elements = [a * (i * m % d) + b for i in range(count)]
    else:
        elements = values
        assert len(values) == count
    t = torch.tensor(elements, dtype=torch.float64 if kind.is_floating_point else torch.int64)
    t = t.to(kind).reshape(shape)
    line = {"dtype": dtype, "shape": list(shape)}
    if formula:
        line["formula"] = formula
    elif kind.is_floating_point:
        line["values"] = [v.hex() for v in t.double().flatten().tolist()]
    else:
        line["values"] = [str(int(v)) for v in t.flatten().tolist()]
    if permute:
        t = t.permute(permute)
        line["permute"] = permute
    if requires_grad:
        t.requires_grad_()
        line["requires_grad"] = True
    torch.set_printoptions(profile="default")
    if options:
        torch.set_printoptions(**options)
        line["options"] = options
    line["text"] = repr(t)
    print(json.dumps(line))


def shape_of(limit):
    shape = [R.choice([1, 1, 2, 3, 4, 5, 7]) for _ in range(R.randrange(0, 5))]
    while shape and eval("*".join(map(str, shape))) > limit:
        shape.pop()
    return shape


def numbers(n, style):
    special = [float("inf"), float("-inf"), float("nan"), 0.0, -0.0]
    out = []
    for _ in range(n):
        if style == "normal":
            v = R.gauss(0, 1)
        elif style == "whole":
            v = float(R.randrange(-50, 200))
        elif style == "tiny":
            v = R.gauss(0, 1) * 1e-6
        elif style == "large":
            v = float(R.randrange(1, 10**6)) * 10.0 ** R.randrange(0, 6)
        elif style == "wide":
            v = R.gauss(0, 1) * 10.0 ** R.randrange(-8, 8)
        elif style == "special":
            v = R.choice(special)
        else:
            v = R.choice(special) if R.random() < 0.3 else R.gauss(0, 30)
        out.append(v)
    return out


for dtype in FLOATS:
    for style in ["normal", "whole", "tiny", "large", "wide", "special", "mixed"]:
        for _ in range(7 if dtype == "float32" else 4):
            shape = shape_of(30)
            n = eval("*".join(map(str, shape))) if shape else 1
            grad = R.random() < 0.3
            emit(dtype, shape, numbers(n, style), requires_grad=grad)
for dtype in INTS:
    low, high = torch.iinfo(getattr(torch, dtype)).min, torch.iinfo(getattr(torch, dtype)).max
    for i in range(6):
        shape = shape_of(30)
        n = eval("*".join(map(str, shape))) if shape else 1
        lo, hi = (low, high) if i % 2 else (max(low, -20), 100)
        emit(dtype, shape, [R.randint(lo, hi) for _ in range(n)])
for shape in [[], [1], [2, 3], [1, 2, 2], [13]]:
    n = eval("*".join(map(str, shape))) if shape else 1
    emit("bool", shape, [R.randrange(2) for _ in range(n)])
    emit("bool", shape, [1] * n)
for dtype in FLOATS + INTS + ["bool"]:
    for shape in [[0], [0, 3], [2, 0, 4]]:
        emit(dtype, shape, [], requires_grad=dtype == "float64")
# Wide rows break at the line width; ranks are set apart by blank lines.
for shape in [[40], [2, 33], [3, 25], [2, 2, 2, 3], [1, 1, 1, 1, 2], [2, 1, 1, 14]]:
    emit("float32", shape, formula=[0.25, 7, 101, -3.0])
    emit("float64", shape, formula=[1.0, 7, 101, -3.0])
    emit("float16", shape, formula=[0.125, 7, 101, 0.0])
    emit("int64", shape, formula=[1, 7919, 100003, -50])
    emit("bool", shape, formula=[1, 3, 2, 0])
# Summaries: over 1,000 elements.
for shape in [[1000], [1001], [7, 143], [6, 6, 30], [7, 1, 200], [2, 3, 4, 50], [1, 1200], [1200, 1],
              [9, 9, 9, 9], [3, 400], [1100, 7]]:
    emit("float32", shape, formula=[0.001, 7919, 100003, -40.0], requires_grad=shape[0] == 7)
    if shape[0] != 1000:
        emit("bfloat16", shape, formula=[0.5, 31, 257, -60.0])
        emit("int32", shape, formula=[3, 7919, 100003, -9000])
# Strides make no difference.
emit("float32", [2, 3], formula=[0.5, 1, 7, 0.0], permute=[1, 0])
emit("int64", [2, 3, 4], formula=[1, 1, 100, 0], permute=[2, 0, 1])
emit("float32", [40, 50], formula=[0.5, 1, 5000, 0.0], permute=[1, 0])
for options in [
    {"precision": 2}, {"precision": 8}, {"precision": 0}, {"threshold": 10}, {"threshold": 5, "edgeitems": 1},
    {"threshold": 0, "edgeitems": 2}, {"linewidth": 40}, {"linewidth": 10}, {"linewidth": 200},
    {"sci_mode": True}, {"sci_mode": False}, {"threshold": 3, "edgeitems": 0},
    {"precision": 3, "sci_mode": True, "linewidth": 60},
]:
    emit("float32", [4, 9], formula=[0.37, 11, 53, -4.0], options=options)
    emit("float64", [17], formula=[12.0, 11, 53, -4.0], options=options, requires_grad=True)
    emit("float32", [2], [1e-7, 1e7], options=options)
    emit("int64", [3, 2, 8], formula=[12, 11, 53, -4], options=options)
    emit("float32", [], [2.71828182845], options=options)
    emit("float32", [2], [0.0, float("nan")], options=options)
