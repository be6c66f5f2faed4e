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


def near(tensor, expected, tolerance=2e-5):
    got = tensor.detach().flatten().tolist()[: len(expected)]
    return all(abs(g - e) <= tolerance for g, e in zip(got, expected)) and len(got) == len(expected)


def test_lstm_with_projections_is_pytorchs():
    torch.manual_seed(0)
    lstm = nn.LSTM(3, 5, num_layers=2, proj_size=2, bidirectional=True, batch_first=True)
    assert list(lstm.state_dict())[:6] == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_hr_l0",
                                           "weight_ih_l0_reverse"]
    assert near(lstm.weight_hr_l0, [0.42362, 0.28401, 0.42459]) and near(lstm.weight_ih_l1_reverse, [0.19631, 0.44113])
    assert lstm.weight_hh_l1.shape == (20, 2) and lstm.weight_ih_l1.shape == (20, 4)
    assert repr(lstm) == "LSTM(3, 5, proj_size=2, num_layers=2, batch_first=True, bidirectional=True)"
    x = torch.arange(24.0).reshape(2, 4, 3) / 10
    y, (h, c) = lstm(x)
    assert (y.shape, h.shape, c.shape) == ((2, 4, 4), (4, 2, 2), (4, 2, 5))
    assert near(y, [-0.047, -0.05427, -0.09686, 0.01638]) and near(c, [-0.36362, -0.33862, -0.20892])
    y.sum().backward()
    assert near(lstm.weight_hr_l0.grad, [-0.03743, -0.02811, -0.01401, 0.03595])
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([4, 2]), batch_first=True)
    out, (h, c) = lstm(packed)
    assert near(out.data, [-0.047, -0.05427, -0.09686, 0.01638, -0.04908]) and near(h, [-0.18039, -0.05436, -0.14726])
    assert [len(w) for w in lstm.all_weights] == [5] * 4
    for make in (lambda: nn.GRU(3, 4, proj_size=2), lambda: nn.RNN(3, 4, proj_size=2)):
        with pytest.raises(ValueError, match="only supported for LSTM, not RNN or GRU"):
            make()
    with pytest.raises(ValueError, match="has to be smaller than hidden_size"):
        nn.LSTM(3, 4, proj_size=4)


def test_the_last_layer_of_attention():
    attention = nn.MultiheadAttention(4, 2)
    assert repr(attention.out_proj).startswith("NonDynamicallyQuantizableLinear(in_features=4")
    assert isinstance(attention.out_proj, nn.Linear)
    from tandem.nn.modules.linear import NonDynamicallyQuantizableLinear

    assert type(copy.deepcopy(attention).out_proj) is NonDynamicallyQuantizableLinear
    x = torch.randn(3, 2, 4)
    before = attention(x, x, x)[0]
    plain = nn.Linear(4, 4)
    plain.load_state_dict(attention.out_proj.state_dict())
    attention.out_proj = plain
    assert torch.equal(attention(x, x, x)[0], before)


A = [[0.1, 0.7, -0.3], [0.4, -0.2, 0.9]]
B = [[0.5, -0.1, 0.2], [0.3, 0.3, -0.8]]
SIGNS = [[1.0, -1, 1], [-1, 1, -1]]


@pytest.mark.parametrize("name,options,others,value,gradient", [
    ("MarginRankingLoss", {"margin": 0.3}, [B, SIGNS], [0.96667], [-0.16667, 0.16667, -0.16667]),
    ("HingeEmbeddingLoss", {}, [SIGNS], [0.1], [0.16667, -0.16667, 0.16667]),
    ("CosineEmbeddingLoss", {"margin": 0.1}, [B, [1, -1]], [0.59508], [-0.61034, 0.00604, -0.18935, 0.0]),
    ("TripletMarginLoss", {"swap": True, "p": 1.0}, [B, SIGNS], [0.8], [-0.5, 0.5, -0.5]),
    ("MultiMarginLoss", {"p": 2, "weight": torch.tensor([1.0, 2, 3])}, [[2, 0]], [3.38167], [1.4, 2.0, -3.4, -0.63333]),
    ("MultiLabelMarginLoss", {}, [[[1, -1, 0], [2, 0, -1]]], [0.13333], [0.16667, -0.16667, 0.0, -0.16667]),
    ("SoftMarginLoss", {}, [SIGNS], [0.92571], [-0.07917, 0.11136, -0.09574]),
    ("MultiLabelSoftMarginLoss", {"weight": torch.tensor([1.0, 2, 3])}, [[[1.0, 0, 1], [0, 1, 0]]], [1.9411],
     [-0.07917, 0.22273, -0.28722]),
    ("GaussianNLLLoss", {"full": True}, [B, [[0.5, 0.1, 0.2], [0.3, 0.3, 0.8]]], [1.35335], [-0.13333, 1.33333, -0.41667]),
    ("PoissonNLLLoss", {"full": True}, [[[2.5, 0.5, 1.0], [1.5, 1.5, 4.0]]], [1.53579], [-0.23247, 0.25229, -0.0432]),
    ("PairwiseDistance", {}, [B], [1.0247, 1.77482], [-0.39036, 0.78072, -0.48795]),
    ("CosineSimilarity", {}, [B], [-0.19015, -0.72523], [1.22069, -0.01209, 0.37869]),
])
def test_losses_and_distances_are_pytorchs(name, options, others, value, gradient):
    a = torch.tensor(A, requires_grad=True)
    module = getattr(nn, name)(**options)
    out = module(a, *(torch.tensor(o) for o in others))
    out.sum().backward()
    assert near(out, value) and near(a.grad, gradient) and repr(module) == f"{name}()"


def test_gaussian_nll_moves_a_variance_below_eps():
    var = torch.tensor([0.0], requires_grad=True)
    F.gaussian_nll_loss(torch.tensor([1.0]), torch.tensor([0.0]), var).backward()
    assert var.grad.item() < 0
    with pytest.raises(ValueError, match="negative entry"):
        F.gaussian_nll_loss(torch.ones(1), torch.ones(1), -torch.ones(1))


def test_triplets_of_any_distance():
    a, b, c = torch.tensor(A), torch.tensor(B), torch.tensor(SIGNS)
    module = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1), swap=True)
    assert module(a, b, c).item() == pytest.approx(0.8)
    assert F.triplet_margin_with_distance_loss(a, b, c).item() == pytest.approx(F.triplet_margin_loss(a, b, c).item())


def test_bags_norms_and_shuffles_are_pytorchs():
    rows = torch.arange(12.0).reshape(4, 3)
    bag = nn.EmbeddingBag(4, 3, mode="mean", padding_idx=1)
    assert repr(bag) == "EmbeddingBag(4, 3, mode='mean', padding_idx=1)" and bag.weight[1].abs().sum() == 0
    bag.weight.data.copy_(rows)
    index, offsets = torch.tensor([3, 1, 0, 2, 2]), torch.tensor([0, 2, 2])
    assert near(bag(index, offsets), [9.0, 10.0, 11.0, 0.0, 0.0, 0.0])
    for mode, value, gradient in (("sum", [12.0, 14, 16, 0, 0, 0], [12.0, 14, 16, 0, 1, 2]),
                                  ("mean", [6.0, 7, 8, 0, 0, 0], [4.0, 4.66667, 5.33333, 0, 0.5, 1]),
                                  ("max", [9.0, 10, 11, 0, 0, 0], [6.0, 7, 8, 0, 1, 2])):
        bag = nn.EmbeddingBag(4, 3, mode=mode)
        bag.weight.data.copy_(rows)
        out = bag(index, offsets)
        (out * torch.arange(9.0).reshape(3, 3)).sum().backward()
        assert near(out, value) and near(bag.weight.grad[2:], gradient)
    with pytest.raises(NotImplementedError, match="sparse"):
        nn.EmbeddingBag(4, 3, sparse=True)
    assert repr(nn.LocalResponseNorm(3)) == "LocalResponseNorm(3, alpha=0.0001, beta=0.75, k=1.0)"
    x = torch.arange(24.0).reshape(1, 4, 6)
    assert near(nn.LocalResponseNorm(3, alpha=0.1)(x), [0.0, 0.47921, 0.8231, 1.06066, 1.22078])
    shuffled = nn.ChannelShuffle(2)(torch.arange(16.0).reshape(1, 4, 2, 2))
    assert shuffled[0, :, 0, 0].tolist() == [0.0, 8.0, 4.0, 12.0]


INPLACE = ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid", "Hardtanh",
           "Dropout", "Dropout1d"]


@pytest.mark.parametrize("name", INPLACE)
def test_in_place_modules_write_over_their_input(name):
    layer = nn.Linear(4, 6)
    x = torch.randn(2, 3, 4)
    gradients = []
    for inplace in (False, True):
        layer.zero_grad()
        torch.manual_seed(1)
        before = layer(x)
        after = getattr(nn, name)(inplace=inplace)(before)
        assert (after is before) == inplace
        (after * torch.arange(6.0)).sum().backward()
        gradients.append(layer.weight.grad.clone())
    assert torch.allclose(*gradients)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        getattr(nn, name)(inplace=True)(torch.ones(2, 3, 4, requires_grad=True))
