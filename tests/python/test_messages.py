"""What classic mistakes are answered with."""

import pytest

import tandem as torch
from tandem import nn
from tandem.nn import functional as F

net = nn.Sequential(nn.Linear(4, 2))


@pytest.mark.parametrize("call, error, words", [
    (lambda: net(torch.ones(3, 5)), RuntimeError, ["is 5", "in_features=4", 'module "0" of Sequential']),
    (lambda: net(torch.ones(3, 4, dtype=torch.float64)), RuntimeError, ["float64", "float32"]),
    (lambda: nn.Conv2d(3, 8, 3)(torch.ones(1, 1, 8, 8)), RuntimeError, ["1 channel", "in_channels=3"]),
    (lambda: nn.Conv2d(3, 8, 3)(torch.ones(1, 8, 8, 3)), RuntimeError, ["its last dim would fit"]),
    (lambda: F.cross_entropy(torch.randn(2, 3), torch.tensor([1.0, 2.0])), RuntimeError, ["class indices", "int64"]),
    (lambda: F.cross_entropy(torch.randn(2, 3), torch.tensor([1, 5])), IndexError, ["target[1] = 5", "0..2"]),
    (lambda: nn.Embedding(3, 4)(torch.tensor([3])), IndexError, ["index 3 at [0]", "num_embeddings=3"]),
    (lambda: torch.ones(2).to("cuda"), RuntimeError, ["cuda", "not available"]),
    (lambda: torch.sum(torch.ones(2), dims=0), TypeError, ["no keyword 'dims'; did you mean 'dim'?"]),
    (lambda: torch.add(1, "a"), TypeError, ["'other'", "Tensor or number, not str"]),
    (lambda: nn.Linear(3), TypeError, ["Linear(): missing 'out_features'", "It takes Linear(in_features"]),
    (lambda: nn.Linear(3, 4, baas=False), TypeError, ["no keyword 'baas'; did you mean 'bias'?"]),
    (lambda: torch.optim.Adam(net.parameters(), lrr=1), TypeError, ["Adam(): no keyword 'lrr'; did you mean 'lr'?"]),
    (lambda: nn.Linear(3, 4, True, 5, 6, 7), TypeError, ["takes at most 5 positional arguments, got 6"]),
    (lambda: nn.Linear(3, 4, True, "cpu", 6), TypeError, ["expected a dtype, got int"]),
    (lambda: nn.Linear(3, 4, in_features=3), TypeError, ["got 'in_features' twice"]),
    (lambda: bool(torch.ones(2)), RuntimeError, ["ambiguous", "x.any() or x.all()"]),
])
def test_mistakes(call, error, words):
    with pytest.raises(error) as raised:
        call()
    for word in words:
        assert word in str(raised.value)


def test_written_in_place_names_both_lines():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"saved at .*test_messages.py:\d+ and written at .*test_messages.py:\d+"):
        y.sum().backward()


def test_a_loss_that_broadcasts_warns_at_the_line():
    with pytest.warns(UserWarning, match="target size") as caught:
        F.mse_loss(torch.ones(2, 1), torch.ones(2))
    assert caught[0].filename == __file__
