"""# A first classifier

A small convnet learns to read handwritten digits: data, model, training, and a look at what it gets wrong. It takes
some seconds on a laptop.
"""

import tandem as torch
from tandem import nn
from tandem.utils.data import DataLoader, TensorDataset
from tandem.vision import datasets

torch.manual_seed(0)

# ## Data
#
# Tandem draws digits itself, so that this page needs no download; `datasets.MNIST(root, download=True)` gives the real
# ones. In a notebook, a batch of images shows as pictures.

train, test = datasets.DrawnDigits(4000, seed=1), datasets.DrawnDigits(1000, seed=2)
images = train.data.unsqueeze(1).float() / 255
test_images = test.data.unsqueeze(1).float() / 255
images[:20]

# A loader shuffles and makes batches of them.

loader = DataLoader(TensorDataset(images, train.targets), batch_size=64, shuffle=True)

# ## Model
#
# A module is a class with layers as attributes and a `forward`.


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(32 * 7 * 7, 10)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = self.pool(torch.relu(self.conv2(x)))
        return self.head(x.flatten(1))


net = Net()
net

# ## Training
#
# The loop is the one you know. `progress` shows how far it is: a bar in a terminal and in notebooks, a line where output
# goes to a file.

optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
for epoch in range(2):
    bar = torch.progress(loader, f"epoch {epoch + 1}")
    for x, y in bar:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        bar.set(loss=loss)

# ## How good is it?

net.eval()
with torch.no_grad():
    guesses = net(test_images).argmax(1)
accuracy = (guesses == test.targets).float().mean().item()
print(f"{accuracy:.1%} of {len(test)} digits that it never saw")

# Which digits are taken for which? Rows are what is there, columns what was read.

confusion = torch.zeros(10, 10, dtype=torch.int64)
for truth, guess in zip(test.targets.tolist(), guesses.tolist()):
    confusion[truth, guess] += 1
print(confusion)

# ## Faster: a step that is compiled
#
# The same lines as a function, compiled when it is first called. A whole step, backward and optimizer included, becomes
# one program with planned memory and fused kernels; the numbers stay the same bits.


@torch.compile
def step(x, y):
    optimizer.zero_grad()
    loss = nn.functional.cross_entropy(net(x), y)
    loss.backward()
    optimizer.step()
    return loss


net.train()
for x, y in torch.progress(loader, "epoch 3, compiled"):
    loss = step(x, y)
print(f"loss {loss.item():.3f}")
assert accuracy > 0.9
