"""The tensor as an object: identity, attributes, copies, number protocol, text."""

import copy
import gc
import pickle
import weakref

import pytest

import tandem as torch
from tandem import nn


def test_one_wrapper_a_tensor():
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad is x.grad
    assert x in {x} and hash(x) == hash(x)
    assert x.shape is x.shape


def test_attributes_survive_the_wrapper():
    x = torch.ones(3, requires_grad=True)
    x.grad = torch.ones(3)
    x.grad.note = "kept"
    gc.collect()
    assert x.grad.note == "kept"


def test_weak_reference_to_a_wrapper_that_its_tensor_keeps():
    base = torch.arange(3)
    base.note = 1
    view, weak = base.view(3), weakref.ref(base)
    del base
    again = weak()
    assert again.tolist() == [0, 1, 2] and again.note == 1
    del again, view
    gc.collect()
    assert weak() is None


class Marked(torch.Tensor):
    __slots__ = ("_cyclic",)

    def __new__(cls, data):
        return torch._C._make_subclass(cls, data, True)


def test_subclass_comes_back_from_the_graph():
    p = Marked(torch.ones(2))
    assert isinstance(p, torch.Tensor) and p.requires_grad and p.is_leaf
    p.mark = 5
    assert type(p + 1) is torch.Tensor
    weak = weakref.ref(p)
    p.itself = p  # a cycle, which the collector sees
    del p
    gc.collect()
    assert weak() is None


def test_a_wrapper_outlives_its_references_while_a_view_keeps_the_tensor():
    for make in (lambda: Marked(torch.ones(2)).requires_grad_(False), lambda: torch.ones(2)):
        p = make()
        p.mark, kind, address = 5, type(p), id(p)
        view = p.view(2)
        for _ in range(3):
            del p
            gc.collect()
            p = view._base
            assert type(p) is kind and id(p) == address and p.mark == 5 and p.tolist() == [1, 1]
        weak = weakref.ref(p)
        del p, view
        gc.collect()
        assert weak() is None
    assert torch.ones(1)._base is None


def test_identity_of_what_does_not_change():
    x = torch.ones(2, 3)
    for same in (x.contiguous(), x.to(x), x.to(torch.float32), x.cpu(), x.float(), +x):
        assert same is x
    assert x.detach() is not x
    assert x.T.reshape(-1).data_ptr() != x.data_ptr()
    assert x.flatten().data_ptr() == x.data_ptr() == x.view(-1).data_ptr()


@pytest.mark.parametrize("make", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies(make):
    x = torch.tensor([[1.0, 2], [3, 4]], requires_grad=True)
    y = make(x.detach().T.requires_grad_())
    assert y.tolist() == [[1, 3], [2, 4]] and y.requires_grad and y.is_leaf
    x.note = [1]
    z = make(x)
    assert z.note == [1] and z.note is not x.note
    with pytest.raises(RuntimeError):
        make(x * 2)


def test_pickle_of_what_is_no_tensor():
    for o in (torch.float16, torch.Size([2, 3]), torch.device("cpu"), torch.relu):
        again = pickle.loads(pickle.dumps(o))
        assert again == o and type(again) is type(o)
    assert pickle.loads(pickle.dumps(torch.float16)) is torch.float16


def test_number_protocol():
    t = torch.tensor
    assert int(t([3.7])) == 3 and float(t(2)) == 2.0 and bool(t(0)) is False
    assert list(range(t(3))) == [0, 1, 2] and [10, 20][t(1)] == 20
    assert "%d" % t(5) == "5" and f"{t(1.5):.2f}" == "1.50"
    assert 1 in t([1, 2]) and 3 not in t([1, 2])
    assert sum([t(1), t(2)]).item() == 3
    assert [r.item() for r in sorted(t([3, 1, 2]))] == [1, 2, 3]
    assert (t(1) == None) is False  # noqa: E711
    assert round(t(2.6)).item() == 3
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(torch.ones(2))
    with pytest.raises(RuntimeError, match="ambiguous"):
        bool(torch.ones(0))
    with pytest.raises(ValueError):
        float(torch.ones(2))
    with pytest.raises(RuntimeError):
        torch.ones(2).item()
    with pytest.raises(TypeError):
        len(t(1))
    with pytest.raises(TypeError):
        iter(t(1))
    with pytest.raises(TypeError):
        [1][t(1.0)]
    with pytest.raises(TypeError):
        f"{torch.ones(2):.2f}"


def test_size():
    s = torch.ones(2, 3).shape
    assert s == (2, 3) and isinstance(s, tuple) and repr(s) == "torch.Size([2, 3])"
    assert s.numel() == 6 and type(s[1:]) is torch.Size and type(s + (4,)) is torch.Size
    assert torch.ones(2, 3).size() == s and torch.ones(2, 3).size(-1) == 3
    assert torch.Size([torch.tensor(2), 3]) == (2, 3)
    with pytest.raises(TypeError):
        torch.Size(["a"])
    with pytest.raises(IndexError):
        torch.ones(2).size(1)


def test_data_has_a_version_of_its_own():
    x = torch.ones(2, requires_grad=True)
    y = x.exp()
    version = x._version
    x.data.add_(1)  # optimizers of old do this
    assert x.tolist() == [2, 2] and x._version == version
    y.sum().backward()
    x.data = torch.zeros(3)
    assert x.shape == (3,) and x.requires_grad and x.is_leaf


def test_conversions():
    x = torch.tensor([1.7, 0.0])
    assert x.long().tolist() == [1, 0] and x.bool().tolist() == [True, False]
    assert x.type() == "torch.FloatTensor" and x.type("torch.LongTensor").dtype == torch.int64
    assert x.type(torch.half).dtype is torch.float16 and x.type_as(torch.arange(1)).dtype is torch.long
    assert x.to("cpu", torch.float64).dtype is torch.double
    assert x.to(dtype=torch.int32, non_blocking=True).dtype is torch.int
    assert x.to(x, copy=True) is not x
    with pytest.raises(RuntimeError, match="cuda"):
        x.to("cuda")
    with pytest.raises(TypeError):
        x.to(3.5)
    assert x.new_zeros(2, 3).shape == x.new_ones((2, 3)).shape == (2, 3)
    assert x.new_full((1,), 7).item() == 7 and x.new_tensor([1]).dtype is torch.float32


def test_tensor_of_data():
    t = torch.tensor
    assert t([1, True, 2.5]).dtype is torch.float32 and t([1, True]).dtype is torch.int64
    assert t([True]).dtype is torch.bool and t([]).dtype is torch.float32
    assert t([[1, 2], [3, 4]]).shape == (2, 2) and t(range(3)).tolist() == [0, 1, 2]
    assert t([t(1.0), t(2.0)]).tolist() == [1, 2]
    assert t(3, dtype=torch.float64).item() == 3.0
    assert torch.Tensor(2, 3).shape == (2, 3) and torch.Tensor([2, 3]).tolist() == [2, 3]
    for wrong, error in (([[1], [1, 2]], ValueError), ("ab", TypeError), (object(), TypeError),
                         ([1, [2]], (TypeError, ValueError)), ([None], TypeError)):
        with pytest.raises(error):
            t(wrong)
    with pytest.raises(ValueError):
        t([300], dtype=torch.uint8)


def test_dtypes_and_devices():
    assert torch.float is torch.float32 and repr(torch.long) == "torch.int64"
    assert torch.float16.is_floating_point and not torch.int8.is_floating_point
    assert torch.bfloat16.itemsize == 2 and torch.finfo(torch.float32).eps == 2.0**-23
    assert torch.iinfo(torch.int8).max == 127
    assert torch.zeros(1, dtype=float).dtype is torch.float64
    assert torch.promote_types(torch.uint8, torch.int8) is torch.int16
    d = torch.device("cuda:1")
    assert (d.type, d.index) == ("cuda", 1) and torch.device("cuda") != torch.device("cuda:0")
    assert torch.device("cpu") != "cpu" and torch.ones(1).device == torch.device("cpu")
    assert repr(torch.device("cpu")) == "device(type='cpu')" and str(d) == "cuda:1"
    with pytest.raises(RuntimeError):
        torch.device("nowhere")


def test_printing():
    assert repr(torch.tensor([1.5, 2])) == "tensor([1.5000, 2.0000])"
    x = torch.ones(1, requires_grad=True)
    assert repr(x) == "tensor([1.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2.], grad_fn=<MulBackward0>)"
    torch.set_printoptions(precision=2)
    assert repr(torch.tensor(1.2345)) == "tensor(1.23)"
    torch.set_printoptions(profile="default")


def test_tensors_in_cycles_are_collected():
    class Witness:
        pass

    def gone(make):
        witness = Witness()
        make(witness)
        seen = weakref.ref(witness)
        del witness
        gc.collect()
        return seen() is None

    def by_attribute(witness):
        t = torch.zeros(2)
        t.me, t.witness = t, witness

    def by_dict(witness):
        t = torch.zeros(2)
        vars(t)["me"] = t
        vars(t)["witness"] = witness

    def by_module(witness):
        module = nn.Linear(2, 2)
        module.weight.module = module
        module.witness = witness
        out = module(torch.ones(1, 2))
        out.module, out.witness = module, witness
        module.last = out

    assert gone(by_attribute) and gone(by_dict) and gone(by_module)
    plain = torch.zeros(2)
    assert not gc.is_tracked(plain)  # so most tensors cost the collector nothing
    plain.x = 1
    assert gc.is_tracked(plain) and plain.x == 1


def test_attributes_stay_while_the_core_has_the_tensor():
    w = torch.zeros(2, requires_grad=True)
    y = w * 2
    y.tag, y.me = "kept", y
    z = y.exp()  # the graph keeps what its gradient reads
    del y
    gc.collect()
    z.sum().backward()
    assert w.grad is not None


def test_too_many_dims():
    for make in (lambda: torch.zeros(1).reshape([1] * 13), lambda: torch.zeros([1] * 13),
                 lambda: torch.zeros([1] * 12).unsqueeze(0)):
        with pytest.raises(RuntimeError, match="at most 12 dims"):
            make()


def test_modules_that_are_not_here_say_what_to_do():
    with pytest.raises(AttributeError, match="fx.*tandem.trace"):
        torch.fx
    with pytest.raises(AttributeError, match="state_dict"):
        torch.hub.load
    assert not hasattr(torch, "profiler")
