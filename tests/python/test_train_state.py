"""A run that was stopped behind any step goes on to the bits of one that was not."""

import random
import signal
import subprocess
import sys

import pytest

import tandem as torch
from tandem import nn
from tandem.utils import data
from tandem.utils.data import DataLoader


class Samples(data.Dataset):
    """``noise`` is drawn by whom the loader lets draw."""

    def __init__(self, noise):
        self.noise = noise

    def __len__(self):
        return 23

    def __getitem__(self, i):
        x = torch.arange(6, dtype=torch.float32) * (0.1 * i)
        return x.sin() + (torch.randn(6) if self.noise else 0), i % 3


class Run:
    """Two optimizers, a schedule, dropout, shuffling, accumulated gradients, an average of the weights."""

    def __init__(self, workers, noise, compiled=False):
        torch.manual_seed(5)
        random.seed(5)
        self.net = nn.Sequential(nn.Linear(6, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4), nn.Linear(8, 3))
        self.average = [p.detach().clone() for p in self.net.parameters()]
        self.adam = torch.optim.AdamW(self.net[0].parameters(), lr=1e-2)
        self.sgd = torch.optim.SGD(self.net[4].parameters(), lr=1e-2, momentum=0.9)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.adam, 1e-2, total_steps=40)
        self.loss = torch.compile(self._loss) if compiled else self._loss
        self.state = torch.TrainState(
            net=self.net, adam=self.adam, sgd=self.sgd, schedule=self.schedule, epoch=0, step=0, jitter=0.0,
            loader=DataLoader(Samples(noise), batch_size=3, shuffle=True, num_workers=workers),
            **{f"average{i}": a for i, a in enumerate(self.average)})

    def _loss(self, x, y):
        return nn.functional.cross_entropy(self.net(x), y)

    def steps(self, epochs=2):
        """Trains; stands still behind each step."""
        state = self.state
        while state.epoch < epochs:
            for x, y in state.loader:
                self.loss(x, y).backward()
                state.step += 1
                state.jitter += random.random()
                if state.step % 2 == 0:
                    for optimizer in (self.adam, self.sgd):
                        optimizer.step()
                        optimizer.zero_grad()
                    self.schedule.step()
                    for a, p in zip(self.average, self.net.parameters()):
                        a.lerp_(p.detach(), 0.1)
                    yield state.step
            state.epoch += 1

    def result(self):
        for _ in self.steps():
            pass
        tensors = [*self.net.state_dict().values(), *self.average, torch.get_rng_state()]
        return [t.clone() for t in tensors], self.state.step, self.state.jitter


def same(a, b):
    return a[1:] == b[1:] and all(torch.equal(x, y) for x, y in zip(a[0], b[0], strict=True))


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("workers", [(0, 0), (0, 3), (2, 0), (2, 5), (3, 2), (1, 4)])
def test_going_on_gives_the_same_bits(tmp_path, workers, noise, compiled):
    first, then = workers
    whole = Run(first, noise, compiled).result()
    path = tmp_path / "run.tandem"
    for stop in (2, 4, 8, 14, 16):  # 8 batches an epoch: also behind the last one of each
        run = Run(first, noise, compiled)
        steps = run.steps()
        while next(steps) < stop:
            pass
        run.state.save(path)
        again = Run(then, noise, compiled)
        torch.manual_seed(99)
        random.seed(99)
        assert again.state.resume(path) and again.state.step == stop
        # Stopped once more, with the first number of workers.
        next(again.steps(), None)
        again.state.save(path)
        last = Run(first, noise, compiled)
        last.state.load(path)
        assert same(last.result(), whole), (stop, workers)


def test_a_process_that_is_killed(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, tandem as torch\n"
        "torch.manual_seed(1)\n"
        "net = torch.nn.Linear(4, 4); optimizer = torch.optim.Adam(net.parameters())\n"
        "state = torch.TrainState(net=net, optimizer=optimizer, step=0)\n"
        "state.resume(sys.argv[1])\n"
        "while state.step < 400:\n"
        "    net(torch.randn(8, 4)).square().sum().backward()\n"
        "    optimizer.step(); optimizer.zero_grad()\n"
        "    state.step += 1\n"
        "    state.save(sys.argv[1])\n"
        "    print(state.step, flush=True)\n"
        "torch.save(net.state_dict(), sys.argv[2])\n")

    def start(name):
        return subprocess.Popen([sys.executable, script, tmp_path / f"{name}.tandem", tmp_path / f"{name}.pt"],
                                stdout=subprocess.PIPE, text=True)

    whole = start("whole")
    whole.communicate()
    for kill in (3, 50):
        process = start("killed")
        for _ in range(kill):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    last = start("killed")
    assert int(last.communicate()[0].split()[0]) > 50
    a, b = (torch.load(tmp_path / f"{n}.pt") for n in ("whole", "killed"))
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_generators_of_numpy_and_of_ones_own(tmp_path):
    np = pytest.importorskip("numpy")
    own = torch.Generator()
    state = torch.TrainState(own=own)
    own.manual_seed(3)
    state.save(tmp_path / "s.tandem")
    drawn = torch.rand(2), torch.rand(2, generator=own), np.random.rand(2), random.random()
    state.load(tmp_path / "s.tandem")
    again = torch.rand(2), torch.rand(2, generator=own), np.random.rand(2), random.random()
    assert torch.equal(drawn[0], again[0]) and torch.equal(drawn[1], again[1])
    assert (drawn[2] == again[2]).all() and drawn[3] == again[3]


def test_what_does_not_fit(tmp_path):
    path = tmp_path / "s.tandem"
    net = nn.Linear(2, 2)
    state = torch.TrainState(net=net, step=1)
    state.expect(batch_size=64)
    assert not state.resume(path)
    state.save(path)
    with pytest.raises(ValueError, match="no part 'mean'"):
        torch.TrainState(net=net, step=1, mean=0.0).load(path)
    with pytest.raises(ValueError, match="a part 'net', which this training does not have"):
        torch.TrainState(step=1).load(path)
    other = torch.TrainState(net=net, step=2)
    other.expect(batch_size=32)
    with pytest.raises(ValueError, match="began with batch_size = 64 and goes on only with that, not with 32"):
        other.load(path)
    assert other.step == 2
    with pytest.raises(TypeError, match="what must be a tensor"):
        torch.TrainState(what=object())
    with pytest.raises(AttributeError, match="no part 'stpe'"):
        state.stpe = 3
    with pytest.raises(TypeError, match="net is not a plain value"):
        state.net = nn.Linear(2, 2)
    with pytest.raises(ValueError, match="cannot be named 'save'"):
        torch.TrainState(save=1)
    tensors = torch.TrainState(t=torch.zeros(2))
    tensors.save(path)
    with pytest.raises(ValueError, match="t is torch.float32 of shape"):
        torch.TrainState(t=torch.zeros(3)).load(path)
    torch.save({"a": 1}, path)
    with pytest.raises(torch.Error):
        tensors.load(path)


def test_states_of_loaders_that_do_not_fit():
    loader = DataLoader(Samples(False), batch_size=4, shuffle=True)
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    assert state["batch_sizes"].tolist() == [0, 4, 4, 4, 4, 3], "what was delivered is not kept"
    with pytest.raises(ValueError, match="out of range for a dataset of 2"):
        DataLoader([1, 2], shuffle=True).load_state_dict(state)
    with pytest.raises(ValueError, match="expected base_seed, batch_sizes"):
        loader.load_state_dict({"indices": state["indices"]})
    with pytest.raises(ValueError, match="damaged"):
        loader.load_state_dict({**state, "delivered": torch.tensor(77)})

    class Endless(data.Sampler):
        def __iter__(self):
            while True:
                yield 0

    endless = DataLoader([1, 2], sampler=Endless())
    next(iter(endless))
    with pytest.raises(TypeError, match="has no length"):
        endless.state_dict()

    class Numbers(data.IterableDataset):
        def __iter__(self):
            return iter(range(3))

    with pytest.raises(TypeError, match="IterableDataset keeps its own place"):
        DataLoader(Numbers()).state_dict()
