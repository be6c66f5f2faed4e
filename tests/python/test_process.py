"""The package as part of a process: imports, threads, forks, interrupts."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest

import tandem as torch


def run(program, **kwargs):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          timeout=60, **kwargs)


def test_import_loads_little():
    bare = set(json.loads(run("import sys, json; print(json.dumps(list(sys.modules)))").stdout))
    r = run("import tandem, sys, json; print(json.dumps(list(sys.modules)))")
    assert r.returncode == 0, r.stderr
    loaded = {m.split(".")[0] for m in json.loads(r.stdout)} - {m.split(".")[0] for m in bare}
    assert loaded <= {"tandem", "math", "importlib", "warnings", "atexit"}, loaded


def test_import_is_quick_and_small(tmp_path):
    program = ("import time, resource; s = time.process_time(); "
               "b = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; import tandem; "
               "print(time.process_time() - s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - b)")
    # As installed: compiled files are kept.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    runs = [tuple(map(float, run(program, env=environment).stdout.split())) for _ in range(4)]
    assert min(t for t, _ in runs) < 0.05
    assert min(kb for _, kb in runs) < 40 * 1024


def test_works_without_numpy():
    r = run("import sys; sys.modules['numpy'] = None; import tandem as t; "
            "print(t.ones(2).tolist(), memoryview(t.ones(2)).tolist())\n"
            "try: t.ones(1).numpy()\nexcept ImportError: print('no numpy')")
    assert r.stdout == "[1.0, 1.0] [1.0, 1.0]\nno numpy\n", r.stderr


def test_lock_is_released_in_long_kernels():
    a = torch.rand(600, 600)
    ticks, stop = [], threading.Event()

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0)

    t = threading.Thread(target=tick)
    t.start()
    inside = 0
    for _ in range(20):
        start = time.perf_counter()
        a @ a
        end = time.perf_counter()
        inside += sum(start < s < end for s in ticks[-2000:])
    stop.set()
    t.join()
    assert inside > 0


def test_threads_share_tensors():
    x = torch.ones(1000)
    results = []

    def work():
        for _ in range(200):
            y = (x * 2 + 1).sum()
        results.append(y.item())

    threads = [threading.Thread(target=work) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert results == [3000.0] * 4


def test_grad_mode_is_of_a_thread():
    seen = []
    with torch.no_grad():
        t = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        t.start(), t.join()
    assert seen == [True]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_fork():
    program = """
import os, sys, tandem as t
a = t.rand(400, 400); (a @ a).sum()
pid = os.fork()
if pid == 0:
    (a @ a).sum(); os._exit(0)
_, status = os.waitpid(pid, 0)
(a @ a).sum(); print(status)
"""
    r = run(program)
    assert r.stdout.strip() == "0", r.stderr


def test_interrupt_ends_a_loop():
    program = """
import signal, tandem as t
signal.alarm(1); signal.signal(signal.SIGALRM, signal.default_int_handler)
x = t.rand(50, 50, requires_grad=True)
try:
    while True: (x @ x).sum().backward()
except KeyboardInterrupt: print("interrupted")
"""
    assert run(program).stdout.strip() == "interrupted"


def test_interpreter_ends_with_tensors_alive():
    r = run("import tandem as t; x = t.ones(2, requires_grad=True); x.note = x; y = (x * 2).sum(); "
            "y.register_hook(lambda g: g); a = x.detach().numpy()")
    assert r.returncode == 0 and r.stderr == ""


def test_self_check_of_the_program():
    r = subprocess.run([sys.executable, "-m", "tandem"], capture_output=True, text=True, timeout=60)
    assert r.returncode == 0 and "self-check: passed" in r.stdout, r.stdout + r.stderr
