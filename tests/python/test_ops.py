"""Ops by reflection: every op of the registry can be called, and says what is wrong."""

import inspect

import pytest

import tandem as torch


def test_every_op_describes_itself():
    for name, op in torch._C._ops.items():
        signature = inspect.signature(op)
        assert op.__doc__ and op.__module__ == "tandem" and op.__name__
        for p in signature.parameters.values():
            assert p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert str(inspect.signature(torch.sum)) == "(input, dim=(), keepdim=False, dtype=None)"
    assert inspect.signature(torch.zeros).parameters["dtype"].default is torch.float32
    assert torch.absolute is torch.abs and torch.Tensor.sum is torch.sum


def test_positions_and_keywords():
    x = torch.arange(6).reshape(2, 3).float()
    forms = [x.sum(1, True), x.sum(dim=1, keepdim=True), torch.sum(input=x, dim=(1,), keepdim=True),
             x.sum(axis=1, keepdims=True), torch.sum(x, [1], keepdim=True), x.sum(-1, keepdim=True)]
    assert all(f.tolist() == [[3], [12]] for f in forms)
    assert x.sum(None).item() == 15 == x.sum().item()
    assert torch.zeros(2, 3).shape == torch.zeros((2, 3)).shape == torch.zeros(size=[2, 3]).shape
    assert x.reshape(3, -1).shape == x.reshape((3, 2)).shape == x.view(torch.Size([3, 2])).shape
    assert x.permute(1, 0).shape == x.permute((1, 0)).shape == (3, 2)
    assert x.repeat(2, 1).shape == (4, 3) and x.expand(1, 2, 3).shape == (1, 2, 3)
    assert torch.einsum("ij,kj->ik", x, x).shape == torch.einsum("ij,kj->ik", [x, x]).shape == (2, 2)


def test_named_results():
    r = torch.tensor([3.0, 1, 2]).sort()
    assert r.values.tolist() == [1, 2, 3] and r.indices.tolist() == [1, 2, 0]
    values, indices = r
    assert isinstance(r, tuple) and values is r[0] and "values" in repr(r)


@pytest.mark.parametrize("call, words", [
    (lambda x: x.sum(dims=0), ["sum()", "dims", "did you mean 'dim'", "sum(input"]),
    (lambda x: x.sum(0, dim=0), ["dim", "twice"]),
    (lambda x: torch.matmul(x), ["other", "missing"]),
    (lambda x: torch.matmul(x, 2), ["matmul()", "'other'", "Tensor", "int"]),
    (lambda x: torch.matmul(x, [1, 2]), ["list of int"]),
    (lambda x: x.sum("a"), ["'dim'", "str"]),
    (lambda x: x.sum(0, 1), ["'keepdim'", "bool", "int"]),
    (lambda x: torch.relu(x, 1, 2), ["at most 1", "3"]),
    (lambda x: torch.cat(x), ["'tensors'", "list of Tensors"]),
    (lambda x: torch.cat([x, 1]), ["'tensors'"]),
    (lambda x: torch.zeros(2, dtype="f32"), ["'dtype'", "str"]),
    (lambda x: torch.zeros(2, device=3.5), ["device"]),
    (lambda x: torch.add(x, "a"), ["'other'", "Tensor or number", "str"]),
    (lambda x: x.reshape(2, "a"), ["shape"]),
    (lambda x: x + "a", ["unsupported operand"]),
    (lambda x: torch.zeros(2, 3.5), ["size"]),
])
def test_wrong_arguments(call, words):
    with pytest.raises(TypeError) as e:
        call(torch.ones(2, 2))
    for word in words:
        assert word in str(e.value)


@pytest.mark.parametrize("call, error", [
    (lambda x: x.softmax(5), IndexError),
    (lambda x: x @ torch.ones(3, 3), RuntimeError),
    (lambda x: torch.zeros(-1), RuntimeError),
    (lambda x: x.view(7), RuntimeError),
    (lambda x: torch.zeros(2**40, 2**40), RuntimeError),
    (lambda x: torch.zeros(2**70), OverflowError),
    (lambda x: torch.zeros([1] * 20), RuntimeError),
    (lambda x: x.long().mean(), RuntimeError),
    (lambda x: torch.tensor([2]) ** -1, RuntimeError),
    (lambda x: torch.arange(3).add_(1.5), RuntimeError),
])
def test_errors_of_the_core(call, error):
    with pytest.raises(error) as e:
        call(torch.ones(2, 2))
    assert str(e.value)


def test_error_classes():
    assert issubclass(torch.ShapeError, torch.Error) and issubclass(torch.Error, RuntimeError)
    assert issubclass(torch.OutOfRangeError, IndexError)
    assert issubclass(torch.ArgumentError, ValueError) and issubclass(torch.DTypeError, TypeError)
    assert issubclass(torch.OutOfMemoryError, MemoryError)
    with pytest.raises(torch.OutOfMemoryError, match="cannot allocate 1152921504606847"):
        torch.empty(1 << 58)


def test_promotion():
    i, f, h = torch.arange(2), torch.ones(2), torch.ones(2, dtype=torch.half)
    assert (i + 1.0).dtype is torch.float32 and (h + 1.0).dtype is torch.half
    assert (h + torch.tensor(1.0)).dtype is torch.half and (i + torch.tensor(1.5)).dtype is torch.float32
    assert (i / i).dtype is torch.float32 and (2 ** i).dtype is torch.int64
    assert (torch.tensor(1, dtype=torch.uint8) - 2).item() == 255
    assert (-7 // torch.tensor(2)).item() == -4 and (torch.tensor(-7) % 3).item() == 2
    assert (True + f).dtype is torch.float32 and i.bool().sum().dtype is torch.int64
    assert (2 - f).tolist() == [1, 1] and (2 / torch.tensor([4.0])).tolist() == [0.5]


def test_in_place():
    x = torch.ones(2)
    y = x
    x += 1
    x.mul_(3).clamp_(max=5)
    assert x is y and x.tolist() == [5, 5] and x.relu_() is x
    assert x.add_(torch.ones(2), alpha=-2).tolist() == [3, 3] and x.zero_().sum() == 0
    x[0], i = 1, torch.arange(2)
    with pytest.raises(RuntimeError, match="cannot be stored|can't be cast"):
        i /= 2
    assert x.fill_(2).copy_(torch.arange(2)).tolist() == [0, 1]
    with pytest.raises(TypeError):
        torch.add_(1, x)


def test_out():
    x, y = torch.ones(2), torch.empty(0)
    assert torch.add(x, x, out=y) is y and y.tolist() == [2, 2]
    v, i = torch.empty(2), torch.empty(2, dtype=torch.int64)
    torch.sort(torch.tensor([2.0, 1]), out=(v, i))
    assert v.tolist() == [1, 2] and i.tolist() == [1, 0]
    with pytest.raises(TypeError):
        torch.add(x, x, out=3)
    with pytest.raises(RuntimeError):
        torch.add(x, x, out=torch.empty(2, dtype=torch.int64))
    with pytest.raises(RuntimeError):
        torch.add(x.requires_grad_(), x, out=y)


def test_creation_keywords():
    x = torch.zeros(2, dtype=torch.float64, device="cpu", requires_grad=True, layout=None)
    assert x.requires_grad and x.dtype is torch.float64
    assert torch.ones_like(x, dtype=torch.int32).dtype is torch.int32
    assert torch.arange(5).tolist() == torch.arange(0, 5).tolist() == torch.arange(end=5).tolist()
    assert torch.arange(3.0).dtype is torch.float32 and torch.arange(1, 2, 0.5).tolist() == [1, 1.5]
    assert torch.full((2,), 1).dtype is torch.int64 and torch.linspace(0, 1, 3).tolist() == [0, 0.5, 1]
    assert torch.empty(2, 3).shape == torch.empty((2, 3)).shape == torch.empty_like(torch.ones(2, 3)).shape
    assert torch.eye(2).tolist() == [[1, 0], [0, 1]]


def test_overloads():
    x = torch.tensor([[1.0, 5], [3, 2]])
    assert x.max().item() == 5 and x.max(1).indices.tolist() == [1, 0] and x.min(dim=0).values.tolist() == [1, 2]
    assert torch.max(x, x * 2).tolist() == (x * 2).tolist() and x.median().item() == 2
    assert x.var(unbiased=False).item() == x.var(correction=0).item() and x.std(0, True).shape == (2,)
    assert torch.where(x > 2)[0].tolist() == [0, 1] and x.where(x > 2, 0).tolist() == [[0, 5], [3, 0]]
    assert x.view(torch.int32).dtype is torch.int32 and x.view(torch.uint8).shape == (2, 8)
    assert torch.div(torch.tensor(-7), 2, rounding_mode="trunc").item() == -3
    assert x.softmax(1, dtype=torch.float64).dtype is torch.float64
    assert torch.tensordot(x, x, 1).tolist() == (x @ x).tolist()
    assert x.norm().item() == pytest.approx(39**0.5) and x.norm(p=1, dim=0).tolist() == [4, 7]
    assert [t.tolist() for t in x.split(1)] == [[[1, 5]], [[3, 2]]] and len(x.chunk(2, 1)) == 2
    assert torch.unique(torch.tensor([3, 1, 3]), return_counts=True)[1].tolist() == [1, 2]


def test_random_stream_is_pytorchs():
    torch.manual_seed(0)
    assert torch.rand(3).tolist() == pytest.approx([0.4962566, 0.7682218, 0.0884774])
    torch.manual_seed(0)
    assert torch.randn(2).tolist() == pytest.approx([1.5409961, -0.2934289])
    torch.manual_seed(0)
    assert torch.randint(10, (3,)).tolist() == [4, 9, 3] and torch.randperm(4).shape == (4,)
    g = torch.Generator().manual_seed(1)
    a = torch.rand(2, generator=g)
    assert torch.rand(2, generator=torch.Generator().manual_seed(1)).tolist() == a.tolist()
    state = torch.get_rng_state()
    first = torch.rand(2).tolist()
    torch.set_rng_state(state)
    assert torch.rand(2).tolist() == first and torch.initial_seed() == 0
    assert torch.empty(3).uniform_(1, 2).min() >= 1 and torch.empty(2).normal_(generator=g).shape == (2,)
    with pytest.raises(TypeError):
        torch.randint(3)


@pytest.mark.parametrize("call", [
    lambda d: torch.tensor(1, device=d), lambda d: torch.as_tensor([1], device=d),
    lambda d: torch.empty(2, device=d), lambda d: torch.rand(2, device=d),
    lambda d: torch.randn(2, 3, device=d), lambda d: torch.randint(3, (2,), device=d),
    lambda d: torch.randperm(3, device=d), lambda d: torch.zeros(2, device=d),
    lambda d: torch.arange(3, device=d), lambda d: torch.ones_like(torch.ones(1), device=d),
    lambda d: torch.empty_like(torch.ones(1), device=d), lambda d: torch.ones(1).new_zeros(2, device=d),
    lambda d: torch.full((2,), 1, device=d), lambda d: torch.Generator(device=d),
    lambda d: torch.ones(1).to(device=d),
])
def test_devices(call):
    for here in ("cpu", torch.device("cpu"), None):
        call(here)
    for elsewhere in ("cuda", torch.device("cuda:0"), "mps"):
        with pytest.raises(RuntimeError, match="not available"):
            call(elsewhere)
    with pytest.raises(TypeError):
        call(2.5)
