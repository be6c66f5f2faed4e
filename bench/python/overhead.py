#!/usr/bin/env python3
"""Nanoseconds a call from Python, best of many short rounds, beside NumPy and, where it is
installed, PyTorch.

    PYTHONPATH=build/release/python python3 bench/python/overhead.py [--rounds 80] [--check]

--check: fails above the budgets of docs/architecture.md. Interpreters may differ: with PyTorch in
another environment, pass its python as --torch PYTHON and its numbers are measured there.
"""

import argparse
import gc
import json
import subprocess
import sys
import time

CASES = {
    "a + b": "a + b",
    "a + 2.0": "a + 2.0",
    "relu(a)": "relu(a)",
    "sum(dim=0, keepdim=True)": "k.sum(dim=0, keepdim=True)",
    "a.shape": "a.shape",
    "a[0]": "k[0]",
    "empty(16)": "empty(16)",
    "a + b, with gradient": "g + b",
    "a.add_(b)": "a.add_(b)",
    "a @ k": "k @ k",
}
BUDGETS = {"a + b": 200, "a + b, with gradient": 350, "a.shape": 25, "a[0]": 100}


def environments():
    found = {}
    try:
        import tandem

        found["tandem"] = tandem
    except ImportError:
        pass
    try:
        import torch

        torch.set_num_threads(1)
        found["torch"] = torch
    except ImportError:
        pass
    for name, t in found.items():
        yield name, dict(a=t.ones(16), b=t.ones(16), k=t.ones(4, 4), relu=t.relu, empty=t.empty,
                         g=t.ones(16, requires_grad=True))
    try:
        import numpy as np
    except ImportError:
        return
    a = np.ones(16, np.float32)
    yield "numpy", dict(a=a, b=a.copy(), k=np.ones((4, 4), np.float32), relu=np.abs,
                        empty=np.empty)


def compiled(expression, names):
    scope = {}
    source = f"def f(n, {', '.join(names)}):\n for _ in range(n): {expression}\n"
    exec(compile(source, "case", "exec"), scope)
    return scope["f"]


def measure(rounds, calls=1500):
    table, jobs = {}, []
    for name, scope in environments():
        table[name] = {}
        for case, expression in {"pass": "pass", **CASES}.items():
            if name == "numpy":
                if "add_" in case or "gradient" in case:
                    continue
                expression = expression.replace("dim=0, keepdim", "axis=0, keepdims")
            jobs.append((name, case, compiled(expression, scope), scope))
    gc.disable()
    for _ in range(rounds):  # short windows: the minimum falls between preemptions
        for name, case, f, scope in jobs:
            f(100, **scope)
            start = time.perf_counter()
            f(calls, **scope)
            took = (time.perf_counter() - start) / calls * 1e9
            table[name][case] = min(table[name].get(case, 1e9), took)
    return {name: {c: t - row["pass"] for c, t in row.items() if c != "pass"}
            for name, row in table.items()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--torch", metavar="PYTHON")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = measure(options.rounds)
    if options.torch:
        other = subprocess.run([options.torch, __file__, "--json", "--rounds", "20"],
                               stdout=subprocess.PIPE, check=True, text=True)
        table["torch"] = json.loads(other.stdout).get("torch", {})
    if options.json:
        return print(json.dumps(table))
    print(f"{'ns a call':26}" + "".join(f"{name:>10}" for name in table))
    for case in CASES:
        cells = (f"{row[case]:10.0f}" if case in row else f"{'-':>10}" for row in table.values())
        print(f"{case:26}" + "".join(cells))
    if options.check:
        late = [c for c, most in BUDGETS.items() if table["tandem"][c] > most]
        if late:
            sys.exit(f"over budget: {', '.join(late)}")


if __name__ == "__main__":
    main()
