"""# Ship it

The function that you ran is what you ship: traced into a program that a person can read, verified, and put into one file
that any Tandem runtime opens, trains further, and never executes code from.
"""

import os
import tempfile

import tandem as torch
from tandem import nn

torch.manual_seed(0)
folder = tempfile.mkdtemp()

# ## A model and a training step
#
# A toy: is a point inside the circle?

net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)


def train_step(x, y):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return loss


def predict(x):
    return {"probability": net(x).softmax(1)[:, 1]}


def batch(n=64):
    x = torch.rand(n, 2) * 2 - 1
    return x, (x.square().sum(1) < 0.6).long()


for _ in range(100):
    loss = train_step(*batch())
print(f"loss {loss.item():.3f}")

# ## Programs
#
# `trace` runs a function on tensors without values and keeps what it did. `dim("b")` stands for any batch size. A
# training step is a program like any other: its state is named after the parameters.

b = torch.dim("b")
reading = torch.trace(predict, {"x": (b, 2)})
training = torch.trace(train_step, {"x": (b, 2), "y": ((b,), torch.int64)})
print(reading.text(locations=False))

# ## Forecast
#
# How much memory will a call take? The answer comes from the plan, before anything runs.

print(reading.forecast(b=1000))

# ## One file
#
# Programs, weights and whatever else belongs to them. It is a valid safetensors file.

path = os.path.join(folder, "circle.tandem")
torch.save_program({"predict": reading, "train_step": training}, path, assets={"labels": "outside\ninside\n"})
print(os.path.getsize(path), "bytes")

# ## Verify
#
# Runs every program eagerly and as it is planned, with each number of threads, and compares the bits. `tandem verify
# circle.tandem` in a terminal does so for every instruction set of the machine too.

verdicts = torch.verify(path)
print(verdicts)
assert verdicts

# ## Open
#
# Somewhere else: no class, no code, no pickle. What is in the file is checked before anything runs.

model = torch.open(path)
print(model)
points = torch.tensor([[0.0, 0.0], [0.9, 0.9]])
print(model.predict(points))
print(model.assets["labels"].decode().split())

# It trains further, too: without autograd, for the gradient is part of the program.

for _ in range(50):
    loss = model.train_step(*batch())
print(f"loss {loss.item():.3f}")
model.save(path)

# ## Record and replay
#
# A recorded step keeps its last inputs and the state before them. When a loss turns into NaN, run the steps again on
# your desk, to the same bits, and be told the op and the line that did it.

recording = os.path.join(folder, "steps.tandem")
recorded = torch.record(training, recording, steps=4)
try:
    for i in range(10):
        x, y = batch()
        if i == 6:
            x[3, 0] = 3e38  # a broken sensor
        recorded(x, y)
except FloatingPointError as error:
    print(str(error).replace(folder, "…"))
print(torch.replay(recording).replace(folder, "…"))
