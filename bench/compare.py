#!/usr/bin/env python3
"""Run Tandem's workloads and those of whichever peers are installed, alternating, and print ratios.

usage: bench/compare.py [CASE ...] [--rounds 3] [--threads 1] [--peers DIR] [--python PYTHON] [--json]

CASE is a prefix: add16, tiny_step, matmul, train_mlp, train_cnn, train_resnet20, train_gpt,
train_lstm. Peer scripts (torch_cases.py, jax_cases.py, …) print the same JSON lines as
build/release/bench/workloads; DIR defaults to $TANDEM_DATA/../bench/peers. A ratio is Tandem's time
over the peer's (for GFLOP/s the other way round), so below 1 Tandem is faster.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parent.parent


def lines_of(command, environment, folder=None):
    """The JSON lines that a command prints; an empty list when it cannot run."""
    try:
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True,
                              timeout=1800)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"compare: {command[0]}: {error}", file=sys.stderr)
        return []
    found = []
    for line in done.stdout.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line))
    if done.returncode and not found:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"compare: {' '.join(map(str, command))}: {last}", file=sys.stderr)
    return found


def peer_scripts(folder, python):
    """(name, command, folder) of each peer whose module the interpreter can import."""
    modules = {"torch": "torch", "jax": "jax", "tf": "tensorflow", "ort": "onnxruntime"}
    for name, module in modules.items():
        script = folder / f"{name}_cases.py"
        if not script.exists():
            continue
        probe = f"import importlib.util as u, sys; sys.exit(u.find_spec('{module}') is None)"
        if subprocess.run([python, "-c", probe], capture_output=True).returncode == 0:
            yield name, [python, str(script)], folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("case", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    data = os.environ.get("TANDEM_DATA")
    parser.add_argument("--peers", type=pathlib.Path,
                        default=pathlib.Path(data).parent / "bench" / "peers" if data else None)
    parser.add_argument("--python", default=sys.executable, help="the interpreter that has the peers")
    parser.add_argument("--build", type=pathlib.Path, default=root / "build" / "release")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()

    ours = options.build / "bench" / "workloads"
    if not ours.exists():
        sys.exit(f"compare: {ours} is not built: cmake --preset release && cmake --build --preset "
                 "release -- workloads")
    environment = dict(os.environ, BENCH_THREADS=str(options.threads),
                       TANDEM_NUM_THREADS=str(options.threads))
    programs = [("tandem", [str(ours)], None)]
    if options.peers:
        programs += peer_scripts(options.peers, options.python)
    if len(programs) == 1:
        print("compare: no peer is installed (see --peers and --python)", file=sys.stderr)

    results = {}  # case -> peer -> list of lines
    for _ in range(options.rounds):
        for name, command, folder in programs:
            for line in lines_of(command + options.case, environment, folder):
                results.setdefault(line["case"], {}).setdefault(name, []).append(line)

    rows = []
    for case, peers in results.items():
        if "tandem" not in peers:
            continue
        unit = peers["tandem"][0]["unit"]
        more_is_better = unit.endswith("FLOP/s")

        def best(lines):
            values = [line["best"] if line.get("best") else line["value"] for line in lines]
            return max(values) if more_is_better else min(values)

        def median(lines):
            return statistics.median(line["value"] for line in lines)

        mine = peers["tandem"]
        row = {"case": case, "unit": unit, "threads": options.threads, "tandem": median(mine),
               "tandem_best": best(mine), "tandem_rss_mb": max(line["rss_mb"] for line in mine)}
        for name, lines in peers.items():
            if name == "tandem":
                continue
            row[name], row[f"{name}_best"] = median(lines), best(lines)
            row[f"{name}_rss_mb"] = max(line["rss_mb"] for line in lines)
            of = lambda f: f(lines) / f(mine) if more_is_better else f(mine) / f(lines)
            row[f"ratio_{name}"], row[f"ratio_{name}_best"] = of(median), of(best)
        rows.append(row)

    for row in rows:
        if options.json:
            print(json.dumps(row))
            continue
        text = f"{row['case']:<16}{row['tandem']:>10.2f} {row['unit']:<9}{row['tandem_rss_mb']:>6} MB"
        for name, _, _ in programs[1:]:
            if name in row:
                text += (f"  | {name} {row[name]:.2f}, {row[f'{name}_rss_mb']} MB, ratio "
                         f"{row[f'ratio_{name}']:.2f} (best {row[f'ratio_{name}_best']:.2f})")
        print(text)


if __name__ == "__main__":
    main()
