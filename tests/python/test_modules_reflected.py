"""Modules made from C++'s registry: signatures, options, tensors from Python's dicts."""

import copy
import inspect

import pytest

import tandem as torch
import tandem.nn.functional as F
from tandem import nn


def test_every_module_of_the_registry_has_a_class():
    for name in torch._C._nn.names():
        cls = getattr(nn, name)
        assert cls.__name__ == name and issubclass(cls, nn.Module)
        assert {"device", "dtype"} <= set(inspect.signature(cls).parameters)
    with pytest.raises(AttributeError, match="NoSuchModule"):
        nn.NoSuchModule


def test_signatures_are_pytorchs():
    def of(name):
        return [p for p in inspect.signature(getattr(nn, name)).parameters if p not in ("device", "dtype")]

    assert of("Conv2d") == ["in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation", "groups", "bias",
                            "padding_mode"]
    assert of("CrossEntropyLoss") == ["weight", "size_average", "ignore_index", "reduce", "reduction", "label_smoothing"]
    assert of("BCEWithLogitsLoss") == ["weight", "size_average", "reduce", "reduction", "pos_weight"]
    with pytest.raises(TypeError, match="missing 'out_features'"):
        nn.Linear(3)
    with pytest.raises(TypeError, match="biased"):
        nn.Linear(3, 2, biased=False)
    with pytest.raises(TypeError, match="'in_features' must be int"):
        nn.Linear("3", 2)


def test_options_are_attributes_as_pytorch_has_them():
    conv = nn.Conv2d(1, 2, 3, padding="same")
    assert (conv.in_channels, conv.kernel_size, conv.stride, conv.padding) == (1, (3, 3), (1, 1), "same")
    assert nn.Conv1d(1, 1, 3).kernel_size == (3,)
    pool = nn.MaxPool2d(2)
    assert (pool.kernel_size, pool.stride, pool.padding) == (2, 2, 0)
    assert nn.AdaptiveAvgPool2d((None, 7)).output_size == (None, 7) and nn.AdaptiveAvgPool2d(1).output_size == 1
    assert nn.LayerNorm(4).normalized_shape == (4,) and nn.Embedding(3, 4, padding_idx=-1).padding_idx == 2
    assert nn.BatchNorm1d(2, momentum=None).momentum is None


def test_an_option_with_a_tensors_name_is_the_tensor():
    layer = nn.Linear(2, 2)
    assert isinstance(layer.bias, nn.Parameter) and nn.Linear(2, 2, bias=False).bias is None
    layer.bias.data.fill_(1.0)
    layer.weight.data.fill_(0.0)
    assert layer(torch.ones(1, 2)).tolist() == [[1.0, 1.0]]
    layer.bias = None
    assert layer(torch.ones(1, 2)).tolist() == [[0.0, 0.0]] and copy.deepcopy(layer).bias is None


def test_writing_an_option_takes_effect_and_draws_nothing():
    drop = nn.Dropout(0.0)
    x = torch.ones(1000)
    state = torch.get_rng_state()
    drop.p = 1.0
    assert repr(drop) == "Dropout(p=1.0, inplace=False)"
    assert torch.equal(torch.get_rng_state(), state)
    assert drop(x).sum().item() == 0 and drop.eval()(x).sum().item() == 1000
    conv = nn.Conv2d(1, 1, 1)
    weight = conv.weight
    conv.stride = (2, 2)
    assert conv(torch.ones(1, 1, 4, 4)).shape == (1, 1, 2, 2) and conv.weight is weight
    norm = nn.BatchNorm1d(1)
    norm.momentum = 1.0
    norm(torch.tensor([[1.0], [3.0]]))
    assert norm.running_mean.item() == 2.0


def test_tensors_are_those_of_pythons_dicts():
    first, tied = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    tied.weight = first.weight
    x = torch.ones(1, 2)
    assert torch.equal(first(x), tied(x))
    (first(x) + tied(x)).sum().backward()
    assert tied.weight.grad is first.weight.grad
    first.weight = nn.Parameter(torch.eye(2))
    assert first(x).tolist() == [[1.0, 1.0]]
    first.weight.data = torch.zeros(2, 2)
    assert first(x).tolist() == [[0.0, 0.0]]


def test_buffers_follow():
    norm = nn.BatchNorm2d(3)
    norm(torch.randn(4, 3, 2, 2))
    assert norm.num_batches_tracked.item() == 1 and norm.state_dict()["running_mean"].abs().sum().item() > 0
    state = norm.state_dict()["running_mean"].clone()
    norm.eval()(torch.randn(4, 3, 2, 2))
    assert torch.equal(norm.running_mean, state)
    norm.reset_running_stats()
    assert norm.running_mean.tolist() == [0.0, 0.0, 0.0]


def test_subclasses():
    class Layer(nn.Linear):
        def __init__(self, i, o):
            super().__init__(i, o, bias=False)
            self.relu = nn.ReLU()

        def forward(self, x):
            return self.relu(super().forward(x))

    layer = Layer(2, 3)
    assert layer(torch.ones(1, 2)).min().item() >= 0
    assert repr(layer).startswith("Layer(\n  in_features=2, out_features=3, bias=False\n  (relu): ReLU()")
    assert copy.deepcopy(layer)(torch.ones(1, 2)).shape == (1, 3)


def test_children_of_a_core_are_python_modules():
    layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, dropout=0.0, batch_first=True)
    assert isinstance(layer.self_attn, nn.MultiheadAttention) and isinstance(layer.self_attn.out_proj, nn.Linear)
    x = torch.randn(2, 3, 8)
    layer.linear2.weight = nn.Parameter(torch.zeros(8, 16))
    layer.linear2.bias = nn.Parameter(torch.zeros(8))
    layer.norm2.weight = nn.Parameter(torch.zeros(8))
    assert layer(x).abs().max().item() == 0
    layer.linear1 = nn.Sequential(nn.Linear(8, 16))
    with pytest.raises(RuntimeError, match='its child "linear1" was replaced'):
        layer(x)


def test_modules_of_several_inputs_and_results():
    lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True)
    output, (h, c) = lstm(torch.randn(5, 2, 3))
    assert output.shape == (5, 2, 8) and h.shape == c.shape == (4, 2, 4)
    again, _ = lstm(torch.randn(5, 2, 3), (h, c))
    assert again.shape == (5, 2, 8)
    with pytest.raises(TypeError, match="a tuple of 2 Tensors"):
        lstm(torch.randn(5, 2, 3), h)
    attention = nn.MultiheadAttention(4, 2)
    x = torch.randn(3, 1, 4)
    assert attention(x, x, x, need_weights=False)[1] is None
    assert attention(x, x, value=x)[1].shape == (1, 3, 3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'mask'"):
        attention(x, x, x, mask=None)
    with pytest.raises(TypeError, match="missing a required argument: 'value'"):
        attention(x, x)


def test_losses():
    weight = torch.tensor([1.0, 2.0])
    loss = nn.CrossEntropyLoss(weight)
    logits, target = torch.randn(3, 2), torch.tensor([0, 1, 1])
    assert torch.allclose(loss(logits, target), F.cross_entropy(logits, target, weight))
    assert "weight" in loss._buffers
    with pytest.warns(UserWarning, match="reduction='sum'"):
        assert nn.MSELoss(size_average=False).reduction == "sum"
    with pytest.warns(UserWarning, match="reduction='none'"):
        assert F.mse_loss(logits, logits, reduce=False).shape == (3, 2)


def test_packed_sequences_are_as_each_sequence_alone():
    rnn = nn.utils.rnn
    for module in (nn.LSTM(3, 4, num_layers=2, bidirectional=True), nn.GRU(3, 4), nn.RNN(3, 4, bidirectional=True)):
        sequences = [torch.randn(n, 3) for n in (2, 5, 3)]
        packed = rnn.pack_sequence(sequences, enforce_sorted=False)
        output, state = module(packed)
        padded, lengths = rnn.pad_packed_sequence(output)
        assert lengths.tolist() == [2, 5, 3]
        for i, sequence in enumerate(sequences):
            alone, state_alone = module(sequence)
            assert torch.allclose(padded[: len(sequence), i], alone, atol=1e-6)
            for a, b in zip(state if isinstance(state, tuple) else (state,),
                            state_alone if isinstance(state_alone, tuple) else (state_alone,)):
                assert torch.allclose(a[:, i], b, atol=1e-6)


def test_lazy_modules():
    net = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    assert net[3].in_features == 0 and "Uninitialized" in repr(net[3].weight)
    net(torch.randn(1, 3, 6, 6))
    assert type(net[0]) is nn.Conv2d and net[0].in_channels == 3 and net[3].in_features == 64
    again = nn.Sequential(nn.LazyConv2d(4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2))
    again.load_state_dict(net.state_dict())
    x = torch.randn(2, 3, 6, 6)
    assert torch.equal(net(x), again(x))


def test_first_weights_are_pytorchs():
    torch.manual_seed(0)
    assert torch.allclose(nn.Linear(2, 1).weight, torch.tensor([[-0.0053, 0.3793]]), atol=1e-4)
    layer = nn.Linear(2, 2)
    torch.manual_seed(0)
    layer.reset_parameters()
    torch.manual_seed(0)
    assert torch.equal(layer.weight, nn.Linear(2, 2).weight)


def test_reparametrizations():
    x = torch.randn(2, 3)
    layer = nn.Linear(3, 4)
    expected = layer(x)
    nn.utils.parametrizations.weight_norm(layer)
    assert torch.allclose(layer(x), expected, atol=1e-6)
    assert sorted(n for n, _ in layer.named_parameters()) == [
        "bias", "parametrizations.weight.original0", "parametrizations.weight.original1"]
    layer(x).sum().backward()
    assert layer.parametrizations.weight.original0.grad is not None
    nn.utils.parametrize.remove_parametrizations(layer, "weight")
    assert type(layer) is nn.Linear and torch.allclose(layer(x), expected, atol=1e-6)
    old = nn.utils.weight_norm(nn.Linear(3, 4))
    assert list(old.state_dict()) == ["bias", "weight_g", "weight_v"] and old(x).shape == (2, 4)
    spectral = nn.utils.spectral_norm(nn.Linear(3, 3))
    for _ in range(30):
        spectral(x)
    assert abs(spectral.weight.norm().item()) <= 3**0.5 + 1e-3


def test_clipping():
    layer = nn.Linear(2, 2)
    (layer(torch.ones(1, 2)) * 100).sum().backward()
    total = nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
    assert total.item() > 100
    assert nn.utils.get_total_norm([p.grad for p in layer.parameters()]).item() == pytest.approx(1.0, rel=1e-4)
    nn.utils.clip_grad_value_(layer.parameters(), 0.1)
    assert layer.weight.grad.abs().max().item() == pytest.approx(0.1)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    nn.utils.vector_to_parameters(vector * 0, layer.parameters())
    assert layer.weight.abs().sum().item() == 0


def test_functional():
    x = torch.tensor([-1.0, 2.0])
    assert F.relu(x).tolist() == [0.0, 2.0]
    assert F.relu(x, inplace=True) is x and x.tolist() == [0.0, 2.0]
    assert F.leaky_relu(torch.tensor([-1.0]), 0.5, True).tolist() == [-0.5]
    ones = torch.ones(10)
    assert torch.equal(F.dropout(ones, 0.5, training=False), ones)
    with pytest.raises(ValueError, match="between 0 and 1"):
        F.dropout(ones, 2.0)
    image = torch.randn(1, 2, 4, 4)
    assert F.interpolate(image, scale_factor=2).shape == (1, 2, 8, 8)
    assert F.interpolate(image, size=6, mode="bilinear", align_corners=False).shape == (1, 2, 6, 6)
    assert F.conv2d(image, torch.ones(1, 2, 2, 2), padding="same").shape == (1, 1, 4, 4)
    values, places = F.max_pool2d(image, 2, return_indices=True)
    assert values.shape == places.shape == (1, 2, 2, 2)
    assert F.softmax(torch.zeros(2), dim=0).tolist() == [0.5, 0.5]


def test_results_of_convolutions_are_viewed_as_pytorchs():
    x = nn.Conv2d(3, 8, 3, padding=1)(torch.randn(2, 3, 4, 4))  # lies in memory as [N, H, W, C]
    expected = torch.stack([x[i].reshape(-1) for i in range(2)])
    assert torch.equal(x.view(2, -1), expected) and torch.equal(x.relu().view(2, 128), expected.relu())
    assert torch.equal(x.chunk(2, 1)[1].view(2, 4, 16), x[:, 4:].reshape(2, 4, 16))
    x.view(2, -1).sum().backward()
    with pytest.raises(RuntimeError, match="without a copy"):
        torch.ones(2, 3).t().view(6)


def test_softmax_without_a_dim_guesses_and_warns():
    with pytest.warns(UserWarning, match="pass the one that is meant"):
        assert nn.Softmax()(torch.zeros(2, 4)).sum().item() == pytest.approx(2.0)
