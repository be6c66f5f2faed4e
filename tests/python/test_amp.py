"""Autocast: which dtype each op computes in, scopes, gradients, custom functions."""

import pytest

import tandem as torch
import tandem.nn.functional as F
from tandem import nn

half = torch.bfloat16


def f(*shape):
    return torch.randn(*shape)


def b(*shape):
    return torch.randn(*shape).to(half)


LABELS = torch.tensor([1, 0])

# The dtype of the result for a float32 and for a bfloat16 first operand, all others being float32: PyTorch 2.15's.
LOWER, FULL, OWN = ("bfloat16", "bfloat16"), ("float32", "float32"), ("float32", "bfloat16")
CASES = {
    "matmul": (lambda x: x(2, 3) @ f(3, 4), LOWER),
    "mm": (lambda x: torch.mm(x(2, 3), f(3, 4)), LOWER),
    "bmm": (lambda x: torch.bmm(x(2, 2, 3), f(2, 3, 4)), LOWER),
    "baddbmm": (lambda x: torch.baddbmm(f(2, 2, 4), x(2, 2, 3), f(2, 3, 4)), LOWER),
    "addmm": (lambda x: torch.addmm(f(2, 4), x(2, 3), f(3, 4)), LOWER),
    "einsum": (lambda x: torch.einsum("ij,jk->ik", x(2, 3), f(3, 4)), LOWER),
    "linear": (lambda x: F.linear(x(2, 3), f(4, 3), f(4)), LOWER),
    "conv1d": (lambda x: F.conv1d(x(1, 2, 5), f(3, 2, 3)), LOWER),
    "conv2d": (lambda x: F.conv2d(x(1, 2, 5, 5), f(3, 2, 3, 3), f(3)), LOWER),
    "conv_transpose1d": (lambda x: F.conv_transpose1d(x(1, 2, 5), f(2, 3, 3)), LOWER),
    "conv_transpose2d": (lambda x: F.conv_transpose2d(x(1, 2, 5, 5), f(2, 3, 3, 3)), LOWER),
    "attention": (lambda x: F.scaled_dot_product_attention(x(1, 2, 3, 4), f(1, 2, 3, 4), f(1, 2, 3, 4)), LOWER),
    "prelu": (lambda x: F.prelu(x(2, 3), f(1).abs()), LOWER),
    "Linear": (lambda x: nn.Linear(3, 4)(x(2, 3)), LOWER),
    "Conv2d": (lambda x: nn.Conv2d(2, 3, 3)(x(1, 2, 5, 5)), LOWER),
    "MultiheadAttention": (lambda x: nn.MultiheadAttention(4, 2)(x(3, 2, 4), x(3, 2, 4), x(3, 2, 4))[0], LOWER),
    "mse_loss": (lambda x: F.mse_loss(x(2, 3), f(2, 3)), FULL),
    "l1_loss": (lambda x: F.l1_loss(x(2, 3), f(2, 3)), FULL),
    "smooth_l1_loss": (lambda x: F.smooth_l1_loss(x(2, 3), f(2, 3)), FULL),
    "huber_loss": (lambda x: F.huber_loss(x(2, 3), f(2, 3)), FULL),
    "cross_entropy": (lambda x: F.cross_entropy(x(2, 3), LABELS), FULL),
    "nll_loss": (lambda x: F.nll_loss(F.log_softmax(x(2, 3), -1), LABELS), FULL),
    "kl_div": (lambda x: F.kl_div(x(2, 3), f(2, 3)), FULL),
    "binary_cross_entropy": (lambda x: F.binary_cross_entropy(x(2, 3).sigmoid(), f(2, 3).sigmoid()), FULL),
    "with_logits": (lambda x: F.binary_cross_entropy_with_logits(x(2, 3), f(2, 3).sigmoid()), FULL),
    "cosine_embedding_loss": (lambda x: F.cosine_embedding_loss(x(2, 3), f(2, 3), torch.ones(2)), FULL),
    "margin_ranking_loss": (lambda x: F.margin_ranking_loss(x(2), f(2), torch.ones(2)), FULL),
    "soft_margin_loss": (lambda x: F.soft_margin_loss(x(2), torch.ones(2)), FULL),
    "triplet_margin_loss": (lambda x: F.triplet_margin_loss(x(2, 3), f(2, 3), f(2, 3)), FULL),
    "multi_margin_loss": (lambda x: F.multi_margin_loss(x(2, 3), LABELS), FULL),
    "poisson_nll_loss": (lambda x: F.poisson_nll_loss(x(2), f(2).abs()), FULL),
    "prod": (lambda x: x(2, 3).prod(), FULL),
    "trace": (lambda x: torch.trace(x(3, 3)), FULL),
    "add": (lambda x: x(2) + f(2), FULL),
    "mul": (lambda x: x(2) * f(2), FULL),
    "cat": (lambda x: torch.cat([x(2), f(2)]), FULL),
    "stack": (lambda x: torch.stack([x(2), f(2)]), FULL),
    "where": (lambda x: torch.where(f(2) > 0, x(2), f(2)), FULL),
    "softmax": (lambda x: F.softmax(x(2, 3), -1), OWN),
    "log_softmax": (lambda x: F.log_softmax(x(2, 3), -1), OWN),
    "layer_norm": (lambda x: F.layer_norm(x(2, 3), (3,), f(3), f(3)), OWN),
    "batch_norm": (lambda x: F.batch_norm(x(2, 3), f(3), f(3).abs(), f(3), f(3)), OWN),
    "batch_norm_training": (lambda x: F.batch_norm(x(2, 3), f(3), f(3).abs(), f(3), f(3), True), OWN),
    "group_norm": (lambda x: F.group_norm(x(2, 4, 3), 2, f(4), f(4)), OWN),
    "rms_norm": (lambda x: F.rms_norm(x(2, 3), (3,), f(3)), OWN),
    "LayerNorm": (lambda x: nn.LayerNorm(3)(x(2, 3)), OWN),
    "BatchNorm1d": (lambda x: nn.BatchNorm1d(3)(x(2, 3)), OWN),
    "GRU": (lambda x: nn.GRU(3, 4)(x(5, 2, 3))[0], OWN),
    "GRUCell": (lambda x: nn.GRUCell(3, 4)(x(2, 3)), OWN),
    "TransformerEncoderLayer": (lambda x: nn.TransformerEncoderLayer(4, 2, 8)(x(3, 2, 4)), OWN),
    "sum": (lambda x: x(2, 3).sum(), OWN),
    "exp": (lambda x: x(2).exp(), OWN),
    "relu": (lambda x: F.relu(x(2)), OWN),
    "gelu": (lambda x: F.gelu(x(2)), OWN),
    "max_pool2d": (lambda x: F.max_pool2d(x(1, 2, 4, 4), 2), OWN),
    "dropout": (lambda x: F.dropout(x(2, 3)), OWN),
    "embedding": (lambda x: F.embedding(LABELS, x(3, 4)), OWN),
}


@pytest.mark.parametrize("name", CASES)
def test_dtypes_are_pytorchs(name):
    op, expected = CASES[name]
    with torch.autocast("cpu", dtype=half):
        got = tuple(str(op(x).dtype).removeprefix("torch.") for x in (f, b))
    assert got == expected


def test_scopes_nest_and_decorate():
    x = f(2, 3)
    assert not torch.is_autocast_enabled("cpu") and (x @ x.T).dtype == torch.float32
    with torch.autocast("cpu"):
        assert torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == half
        with torch.amp.autocast("cpu", enabled=False):
            assert not torch.is_autocast_cpu_enabled() and (x @ x.T).dtype == torch.float32
        with torch.autocast("cpu", dtype=torch.float16):
            assert (x @ x.T).dtype == torch.float16
        assert (x @ x.T).dtype == half

    @torch.autocast("cpu", dtype=half)
    def product(a):
        return a @ a.T

    assert product(x).dtype == half and not torch.is_autocast_enabled("cpu")
    with pytest.raises(ZeroDivisionError), torch.autocast("cpu"):
        1 / 0
    assert not torch.is_autocast_enabled("cpu")
    assert (x.double() @ x.double().T).dtype == torch.float64
    with torch.autocast("cpu"):  # doubles are nobody's mistake
        assert (x.double() @ x.double().T).dtype == torch.float64


def test_what_cannot_be_is_off():
    with pytest.warns(UserWarning, match="not available"):
        scope = torch.autocast("cuda")
    with scope:
        assert (f(2, 2) @ f(2, 2)).dtype == torch.float32 and not torch.is_autocast_enabled()
    with pytest.warns(UserWarning, match="target dtype is not supported"):
        torch.autocast("cpu", dtype=torch.float32)
    with pytest.raises(RuntimeError, match="unsupported autocast device_type 'gpu'"):
        torch.autocast("gpu")
    assert torch.amp.is_autocast_available("cpu") and not torch.amp.is_autocast_available("cuda")


def test_gradients_have_the_parameters_dtype_and_are_near():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(8, 16), nn.LayerNorm(16), nn.ReLU(), nn.Linear(16, 4))
    x, y = f(32, 8), torch.arange(32) % 4
    F.cross_entropy(net(x), y).backward()
    exact = [p.grad.clone() for p in net.parameters()]
    net.zero_grad()
    with torch.autocast("cpu", dtype=half):
        logits = net(x)
        loss = F.cross_entropy(logits, y)
    assert logits.dtype == half and loss.dtype == torch.float32
    loss.backward()
    for p, g in zip(net.parameters(), exact):
        assert p.grad.dtype == torch.float32
        assert (p.grad - g).norm() <= 0.02 * g.norm() + 1e-4
    net.zero_grad()
    with torch.autocast("cpu", dtype=half):  # backward inside makes no difference
        F.cross_entropy(net(x), y).backward()
    again = [p.grad.clone() for p in net.parameters()]
    assert all(a.dtype == torch.float32 and (a - g).norm() <= 0.02 * g.norm() + 1e-4 for a, g in zip(again, exact))


def test_training_converges():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(4 * 36, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    x, y = f(64, 1, 8, 8), torch.arange(64) % 2
    x[y == 1] += 1
    with pytest.warns(UserWarning, match="Disabling"):
        scaler = torch.amp.GradScaler("cuda")
    for _ in range(20):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=half):
            loss = F.cross_entropy(net(x), y)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    assert loss.item() < 0.1 and not scaler.is_enabled()


def test_custom_functions():
    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu")
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            return a @ b

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            seen.append((g @ b.T).dtype)
            return (g @ b.T).float(), (a.T @ g).float()

    seen = []
    a, b = f(2, 3).requires_grad_(), f(3, 2).requires_grad_()
    with torch.autocast("cpu", dtype=half):
        out = Product.apply(a, b)
    assert out.dtype == half
    out.sum().backward()
    assert seen == [half] and a.grad.dtype == torch.float32

    class InFull(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu", cast_inputs=torch.float32)
        def forward(ctx, x):
            assert not torch.is_autocast_enabled("cpu")
            return x * 2

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            return g * 2

    with torch.autocast("cpu", dtype=half):
        assert InFull.apply(torch.ones(2, dtype=half)).dtype == torch.float32


def test_checkpoints_compute_again_as_before():
    from tandem.utils.checkpoint import checkpoint

    layer, x = nn.Linear(4, 4), f(2, 4).requires_grad_()
    with torch.autocast("cpu", dtype=half):
        y = checkpoint(layer, x, use_reentrant=False)
    assert y.dtype == half
    y.float().sum().backward()
    assert x.grad.dtype == torch.float32


def test_programs_are_of_one_mode():
    layer = nn.Linear(4, 4)
    fast = torch.compile(layer)
    x = f(2, 4)
    with torch.no_grad():
        assert fast(x).dtype == torch.float32
        with torch.autocast("cpu", dtype=half):
            assert fast(x).dtype == half
            assert torch.equal(fast(x), layer(x))
        assert fast(x).dtype == torch.float32
