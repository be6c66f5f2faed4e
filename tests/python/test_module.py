"""nn.Module: registration, walks, hooks, state, copies."""

import copy
import pickle

import pytest

import tandem as torch
from tandem import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.fc = nn.Linear(3, 2)
        self.plain = torch.zeros(3)
        self.modules_in_a_list = [nn.Linear(1, 1)]

    def forward(self, x):
        return self.fc(x) * self.scale


def test_registration():
    net = Net()
    assert [n for n, _ in net.named_parameters()] == ["scale", "fc.weight", "fc.bias"]
    assert [n for n, _ in net.named_buffers()] == ["count", "scratch"]
    assert list(net.state_dict()) == ["scale", "count", "fc.weight", "fc.bias"]
    with pytest.raises(TypeError, match="cannot assign 'torch.FloatTensor' as parameter 'scale'"):
        net.scale = torch.ones(2)
    with pytest.raises(TypeError, match="as child module 'fc'"):
        net.fc = torch.ones(2)
    net.count = torch.ones((), dtype=torch.int64)
    assert net._buffers["count"].item() == 1
    with pytest.raises(KeyError, match="already exists"):
        net.register_buffer("fc", None)
    with pytest.raises(KeyError, match='name can'):
        net.add_module("a.b", nn.ReLU())
    with pytest.raises(TypeError, match="torch.nn.Parameter or None required"):
        net.register_parameter("bad", net.scale * 2)
    net.scale = None
    assert list(net.state_dict()) == ["count", "fc.weight", "fc.bias"]
    del net.fc
    assert not list(net.parameters())


def test_before_init():
    class Early(nn.Module):
        def __init__(self, value):
            self.value = value

    with pytest.raises(AttributeError, match=r"cannot assign module before Module.__init__\(\) call"):
        Early(nn.ReLU())
    with pytest.raises(AttributeError, match=r"cannot assign parameters before Module.__init__\(\) call"):
        Early(nn.Parameter(torch.ones(1)))


def test_order_of_assignment_and_shared_tensors():
    net = nn.Module()
    net.b, net.a = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    net.a.weight = net.b.weight
    assert [n for n, _ in net.named_parameters()] == ["b.weight"]
    assert [n for n, _ in net.named_parameters(remove_duplicate=False)] == ["b.weight", "a.weight"]
    assert list(net.state_dict()) == ["b.weight", "a.weight"]
    twin = copy.deepcopy(net)
    assert twin.a.weight is twin.b.weight and twin.a.weight is not net.a.weight


def test_state_dict_aliases_and_metadata():
    net = Net()
    state = net.state_dict()
    assert state["scale"].data_ptr() == net.scale.data_ptr() and not state["scale"].requires_grad
    assert state._metadata[""] == {"version": 1}
    assert nn.Sequential(nn.BatchNorm1d(2)).state_dict()._metadata["0"] == {"version": 2}


def test_loading_says_all_that_is_wrong():
    net = nn.Linear(2, 1)
    result = net.load_state_dict({"weight": torch.ones(1, 2), "bias": torch.zeros(1)})
    assert str(result) == "<All keys matched successfully>"
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict({"weight": torch.zeros(2, 2), "extra": torch.zeros(1)})
    assert str(error.value).startswith(
        'Error(s) in loading state_dict for Linear:\n\tMissing key(s) in state_dict: "bias". \n\tUnexpected key(s) in '
        'state_dict: "extra". \n\tsize mismatch for weight: copying a param with shape torch.Size([2, 2]) from checkpoint, '
        "the shape in current model is torch.Size([1, 2]).")
    with pytest.raises(RuntimeError, match="size mismatch"):
        net.load_state_dict({"weight": torch.zeros(2, 2)}, strict=False)
    result = net.load_state_dict({"weight": torch.full((1, 2), 3.0), "other": torch.zeros(1)}, strict=False)
    assert result.missing_keys == ["bias"] and result.unexpected_keys == ["other"]
    assert net.weight.tolist() == [[3.0, 3.0]]
    with pytest.raises(RuntimeError, match='All keys differ by the prefix "module."'):
        net.load_state_dict({"module.weight": torch.zeros(1, 2), "module.bias": torch.zeros(1)})
    assert net.weight.tolist() == [[3.0, 3.0]]  # a failed load changes nothing


def test_states_of_modules_that_pytorch_compiled():
    net = nn.Sequential(nn.Linear(1, 1))
    assert not any(net.load_state_dict({f"_orig_mod.{key}": value for key, value in net.state_dict().items()}))


def test_num_batches_tracked_may_be_missing_in_old_files():
    norm = nn.BatchNorm1d(2)
    state = {k: v for k, v in norm.state_dict().items() if k != "num_batches_tracked"}
    norm.load_state_dict(state)
    new = norm.state_dict()
    del new["num_batches_tracked"]
    with pytest.raises(RuntimeError, match="num_batches_tracked"):
        norm.load_state_dict(new)


def test_hooks():
    net, seen = nn.Linear(2, 2), []
    handles = [
        net.register_forward_pre_hook(lambda m, args: (args[0] * 2,)),
        net.register_forward_hook(lambda m, args, out: seen.append(args[0].tolist()) or out + 1),
        net.register_forward_hook(lambda m, args, kwargs, out: seen.append(sorted(kwargs)), with_kwargs=True),
    ]
    x = torch.ones(1, 2)
    expected = x * 2 @ net.weight.T + net.bias + 1
    assert torch.allclose(net(x), expected)
    assert seen == [[[2.0, 2.0]], []]
    for handle in handles:
        handle.remove()
    assert torch.allclose(net(x), x @ net.weight.T + net.bias) and len(seen) == 2


def test_backward_hooks_see_and_replace_gradients():
    net, seen = nn.Linear(2, 1), []
    net.register_full_backward_pre_hook(lambda m, grad_output: (grad_output[0] * 2,))
    net.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append(grad_output[0].tolist())
                                    or (grad_input[0] * 10,))
    x = torch.ones(1, 2, requires_grad=True)
    net(x).sum().backward()
    assert seen == [[[2.0]]]
    assert torch.allclose(x.grad, net.weight.detach() * 20)
    assert net.weight.grad.tolist() == [[2.0, 2.0]]


def test_modes_and_casts():
    net = Net()
    before = list(net.parameters())
    assert net.eval() is net and not net.fc.training and net.train().fc.training
    with pytest.raises(ValueError):
        net.train("yes")
    assert net.double() is net and net.fc.weight.dtype == torch.float64 and net.count.dtype == torch.int64
    assert all(a is b for a, b in zip(before, net.parameters()))  # optimizers keep their parameters
    assert net.to(torch.float32).fc.weight.dtype == torch.float32
    net(torch.ones(1, 3)).sum().backward()
    net.zero_grad()
    assert net.fc.weight.grad is None
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
    with pytest.raises(TypeError, match="floating point"):
        net.to(torch.int64)


def test_walks():
    net = nn.Sequential(nn.Linear(1, 1), nn.Sequential(nn.ReLU()))
    assert [n for n, _ in net.named_modules()] == ["", "0", "1", "1.0"]
    assert net.get_submodule("1.0") is net[1][0] and net.get_parameter("0.weight") is net[0].weight
    with pytest.raises(AttributeError):
        net.get_submodule("1.7")
    seen = []
    net.apply(lambda m: seen.append(type(m).__name__))
    assert seen == ["Linear", "ReLU", "Sequential", "Sequential"]


def test_repr_folds_equal_neighbours():
    net = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 1), nn.ReLU()])
    assert repr(net) == ("ModuleList(\n  (0-1): 2 x Linear(in_features=1, out_features=1, bias=True)\n  (2): ReLU()\n)")
    assert repr(nn.Sequential(nn.ModuleList())) == "Sequential(\n  (0): ModuleList()\n)"


def test_containers():
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    assert isinstance(net[:2], nn.Sequential) and len(net[:2]) == 2 and net[-1] is net[2]
    net.append(nn.Tanh()).insert(0, nn.Identity())
    assert [type(m).__name__ for m in net] == ["Identity", "Linear", "ReLU", "Linear", "Tanh"]
    del net[0]
    assert list(net._modules) == ["0", "1", "2", "3"]
    with pytest.raises(IndexError):
        net[4]
    named = nn.ModuleDict({"a": nn.ReLU()})
    named["b"] = nn.Tanh()
    assert list(named) == ["a", "b"] and "b" in named and named.pop("a") and len(named) == 1
    values = nn.ParameterList([torch.ones(1), nn.Parameter(torch.ones(2))])
    assert len(list(values.parameters())) == 2 and isinstance(values[0], nn.Parameter)
    values = nn.ParameterDict({"x": torch.ones(1)})
    assert list(values.state_dict()) == ["x"]


def test_copies_and_pickles():
    net = Net()
    for twin in (copy.deepcopy(net), pickle.loads(pickle.dumps(net.fc))):
        assert all(torch.equal(a, b) for a, b in zip(net.fc.parameters(), twin.fc.parameters() if hasattr(twin, "fc")
                                                     else twin.parameters()))
    assert pickle.loads(pickle.dumps(net.fc))(torch.ones(1, 3)).shape == (1, 2)
    with pytest.raises(RuntimeError):
        copy.deepcopy(net.fc.weight * 2)


def test_no_forward():
    with pytest.raises(NotImplementedError, match="missing the required \"forward\" function"):
        nn.Module()(1)


def test_errors_name_the_path_of_the_module():
    net = nn.Sequential(nn.Sequential(nn.Linear(3, 2)))
    with pytest.raises(RuntimeError, match='the layer has in_features=3 .*; module "0.0" of Sequential'):
        net(torch.ones(1, 4))


def test_functional_call():
    net = Net()
    values = {name: torch.zeros_like(p) for name, p in net.named_parameters()}
    assert torch.func.functional_call(net, values, torch.ones(1, 3)).tolist() == [[0.0, 0.0]]
    assert net.scale.tolist() == [1.0, 1.0] and isinstance(net.scale, nn.Parameter)
