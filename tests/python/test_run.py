"""tandem run: programs of PyTorch run unchanged; words about devices are answered honestly."""

import os
import subprocess
import sys

import pytest

import tandem as torch

PATH = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def run(tmp_path, source, *arguments):
    script = tmp_path / "program.py"
    script.write_text(source)
    return subprocess.run([sys.executable, "-m", "tandem", "run", str(script), *arguments], capture_output=True, text=True,
                          env=PATH, cwd=tmp_path)


def test_imports_give_tandems_modules(tmp_path):
    (tmp_path / "beside.py").write_text("word = 'beside'")
    done = run(tmp_path, """
import sys
import torch, torchvision, torch.nn as nn, torch.nn.functional as F
import torch.utils.data
from torch import optim
from torch.optim.lr_scheduler import StepLR
from torchvision import datasets, transforms
from torch.nn.modules.conv import Conv2d
import tandem, beside
assert torch is tandem and torch.nn is tandem.nn and nn is tandem.nn and F is tandem.nn.functional
assert torch.utils.data is tandem.utils.data and torchvision.transforms is tandem.vision.transforms
assert torch.__name__ == 'tandem' and tandem.nn.__spec__.name == 'tandem.nn'
assert Conv2d is nn.Conv2d and isinstance(nn.Conv2d(1, 1, 1), torch.nn.modules.conv.Conv2d)
assert __name__ == '__main__' and sys.argv[1:] == ['--lr', '3'] and beside.word == 'beside'
try:
    import torch.no_such_module
except ModuleNotFoundError as error:
    print(error)
""", "--lr", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "No module named 'torch.no_such_module' in Tandem\n"


def test_a_program_learns(tmp_path):
    done = run(tmp_path, """
import torch
from torch import nn
torch.manual_seed(1)
x = torch.linspace(-1, 1, 64).unsqueeze(1)
y = x ** 2
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
net.to(device)
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for step in range(200):
    loss = nn.functional.mse_loss(net(x.to(device)), y)
    optimizer.zero_grad(); loss.backward(); optimizer.step()
print(loss.item() < 0.005)
""")
    assert done.stdout == "True\n", done.stderr


def test_errors_are_the_programs_own(tmp_path):
    done = run(tmp_path, "import torch\ntorch.ones(2) @ torch.ones(3)\n")
    assert done.returncode == 1 and 'program.py", line 2' in done.stderr
    missing = subprocess.run([sys.executable, "-m", "tandem", "run"], capture_output=True, text=True, env=PATH)
    assert missing.returncode == 1 and "usage: tandem run script.py" in missing.stderr


def test_pytorch_itself_is_refused(tmp_path):
    (tmp_path / "torch.py").write_text("")
    done = subprocess.run([sys.executable, "-c", "import torch, tandem.run\ntandem.run.install()"], capture_output=True,
                          text=True, env={**PATH, "PYTHONPATH": f"{tmp_path}{os.pathsep}{PATH['PYTHONPATH']}"})
    assert "PyTorch itself is already loaded" in done.stderr


def test_device_words():
    assert not torch.cuda.is_available() and torch.cuda.device_count() == 0 and torch.cuda.max_memory_allocated() == 0
    assert not torch.backends.mps.is_available() and not torch.accelerator.is_available()
    torch.cuda.manual_seed_all(1)
    torch.cuda.empty_cache()
    torch.backends.cudnn.deterministic = True
    assert torch.backends.cudnn.deterministic
    torch.backends.cuda.matmul.allow_tf32 = True
    for wanting in (torch.cuda.synchronize, torch.cuda.current_device, torch.cuda.get_device_name):
        with pytest.raises(RuntimeError, match="no CUDA device"):
            wanting()
    with pytest.raises(RuntimeError):
        torch.nn.Linear(1, 1).to("cuda")
    with pytest.raises(RuntimeError):
        torch.cuda.FloatTensor(1)


def test_amp_is_off_and_says_so():
    with pytest.warns(UserWarning, match="not available"):
        scaler = torch.cuda.amp.GradScaler()
    w = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([w], lr=1.0)
    scaler.scale(w * 1).backward()
    scaler.step(optimizer)
    scaler.update()
    assert w.item() == 0.0


def test_distributions():
    from tandem.distributions import Categorical, Normal, kl_divergence

    torch.manual_seed(0)
    d = Categorical(torch.tensor([[0.25, 0.75], [0.9, 0.1]]))
    assert torch.allclose(d.log_prob(torch.tensor([1, 0])), torch.tensor([0.75, 0.9]).log())
    assert d.sample((100,)).shape == (100, 2) and d.entropy().shape == (2,)
    p = Normal(torch.zeros(1, requires_grad=True), 1.0)
    p.rsample().sum().backward()
    assert p.loc.is_leaf is False or p.loc.grad is not None
    assert kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0)).item() == pytest.approx(0.5)
