#!/usr/bin/env python3
"""Records tests/cpu/random_golden.txt from PyTorch's CPU generator (2.15.0 was used):

    python3 tests/cpu/random_golden.py > tests/cpu/random_golden.txt

A line is `function dtype seed count arguments... = values...`; random_test.cc draws the same.
"""
import torch

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64,
          "u8": torch.uint8, "i8": torch.int8, "i16": torch.int16, "i32": torch.int32,
          "i64": torch.int64, "bool": torch.bool}


def record(function, dtype, seed, count, arguments, draw):
    torch.manual_seed(seed)
    values = draw(torch.empty(count, dtype=DTYPES[dtype]))
    integral = not values.dtype.is_floating_point
    text = " ".join(str(int(v)) if integral else repr(v) for v in values.flatten().tolist())
    print(function, dtype, seed, count, *arguments, "=", text)


def main():
    print("# PyTorch", torch.__version__.split("+")[0], "- written by tests/cpu/random_golden.py")
    for dtype in ("f32", "f64", "f16", "bf16"):
        record("uniform", dtype, 42, 10, (0, 1), lambda t: torch.rand(t.shape, dtype=t.dtype))
        record("normal", dtype, 5, 9, (1.5, 0.3), lambda t: t.normal_(1.5, 0.3))
        record("exponential", dtype, 7, 8, (1.5,), lambda t: t.exponential_(1.5))
        record("random", dtype, 3, 6, (), lambda t: t.random_())
        record("bernoulli", dtype, 7, 24, (0.3,), lambda t: t.bernoulli_(0.3))
        record("bernoulli_of", dtype, 7, 24, (), lambda t: torch.linspace(0, 1, 24, dtype=t.dtype).bernoulli())
    for seed in (-1, 12345678901, 67280421310721, 0):
        record("uniform", "f32", seed, 5, (0, 1), lambda t: torch.rand(t.shape))
    for dtype in ("f32", "f64"):
        record("uniform", dtype, 42, 12, (-0.3, 1.1), lambda t: t.uniform_(-0.3, 1.1))
        record("uniform", dtype, 1, 12, (-0.07, 0.05), lambda t: t.uniform_(-0.07, 0.05))
        for count in (16, 20, 48):
            record("normal", dtype, 11, count, (0, 1), lambda t: t.normal_())
        record("normal", dtype, 11, 32, (-2.5, 0.02), lambda t: t.normal_(-2.5, 0.02))
        record("normal_pairs", dtype, 5, 20, (0, 1), lambda t: torch.empty(20, 2, dtype=t.dtype)[:, 0].normal_())
        record("trunc_normal", dtype, 2, 40, (0, 1, -1, 1), lambda t: torch.nn.init.trunc_normal_(t, 0, 1, -1, 1))
        record("trunc_normal", dtype, 2, 8, (0, 1, 2, 3), lambda t: torch.nn.init.trunc_normal_(t, 0, 1, 2, 3))
    record("normal", "f16", 5, 32, (0, 1), lambda t: t.normal_())
    record("normal", "bf16", 5, 16, (0, 1), lambda t: t.normal_())
    for dtype in ("i64", "i32", "i16", "i8", "u8", "f32"):
        record("randint", dtype, 3, 12, (5, 77), lambda t: torch.randint(5, 77, t.shape, dtype=t.dtype))
    record("randint", "i64", 3, 6, (-10, 10), lambda t: torch.randint(-10, 10, t.shape))
    for high in (2**28 - 1, 2**28, 2**40):
        record("randint", "i64", 3, 6, (0, high), lambda t: torch.randint(0, high, t.shape))
    for dtype in ("i64", "i32", "i16", "i8", "u8", "bool"):
        record("random", dtype, 3, 6, (), lambda t: t.random_())
        record("bernoulli", dtype, 7, 12, (0.5,), lambda t: t.bernoulli_(0.5))
    for count in (1, 2, 10, 30):
        record("randperm", "i64", 3, count, (), lambda t: torch.randperm(count))
    record("randperm", "i32", 9, 20, (), lambda t: torch.randperm(20, dtype=torch.int32))
    weights = (0.1, 0.2, 0.3, 0.4, 1, 0, 5, 2)
    for dtype in ("f32", "f64", "f16", "bf16"):
        for samples, replacement in ((3, 0), (1, 0), (6, 1), (1, 1)):
            record("multinomial", dtype, 3, 2 * samples, (replacement, *weights),
                   lambda t: torch.tensor(weights, dtype=t.dtype).view(2, 4).multinomial(samples, bool(replacement)))


if __name__ == "__main__":
    main()
