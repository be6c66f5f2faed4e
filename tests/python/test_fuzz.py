"""No call of any op crashes the interpreter or raises anything but an error of its own."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tandem as torch
from tandem import nn

OPS = sorted(torch._C._ops)
EXAMPLES = int(os.environ.get("TANDEM_FUZZ_EXAMPLES", "400"))  # a minute or so in all
ALLOWED = (RuntimeError, TypeError, ValueError, IndexError, OverflowError, MemoryError)

# Numbers are small, for a size of a million is no mistake of ours; or too large for any memory.
small = st.one_of(*[st.integers(-3, 4)] * 8, st.sampled_from([2**40, 2**62, 2**63 - 1, 2**63, -2**63]))
shapes = st.lists(st.integers(0, 3), max_size=4)
dtypes = st.sampled_from([torch.float32, torch.float64, torch.int64, torch.int32, torch.bool,
                          torch.uint8, torch.float16, torch.bfloat16])


@st.composite
def tensors(draw):
    shape, dtype = draw(shapes), draw(dtypes)
    t = torch.arange(0, max(1, torch.Size(shape).numel()), 1)[: torch.Size(shape).numel()]
    t = t.reshape(shape).to(dtype)
    if draw(st.booleans()) and t.dim() > 1:
        t = t.transpose(0, -1)
    if draw(st.booleans()) and t.is_floating_point():
        t.requires_grad_()
    return t


scalars = st.one_of(small, st.floats(-2, 2), st.booleans(), st.none(), st.just(float("nan")),
                    st.sampled_from(["mean", "sum", "none", "", "ij,jk->ik", "reflect"]), dtypes,
                    st.just(object()))
values = st.one_of(tensors(), tensors(), scalars, st.lists(small, max_size=4),
                   st.lists(tensors(), max_size=3), st.tuples(small, small))
keywords = st.sampled_from(["dim", "keepdim", "dtype", "out", "axis", "size", "other", "weird", "input"])


@settings(max_examples=EXAMPLES, deadline=None, database=None,
          suppress_health_check=list(HealthCheck))
@given(st.sampled_from(OPS), st.lists(values, max_size=6), st.dictionaries(keywords, values, max_size=2))
def test_any_arguments(name, args, kwargs):
    try:
        result = torch._C._ops[name](*args, **kwargs)
        for r in result if isinstance(result, tuple) else (result,):
            repr(r)
            if isinstance(r, torch.Tensor) and r.requires_grad and r.numel() < 1000 and r.dim() < 5:
                r.sum().backward()
    except ALLOWED as e:
        assert str(e) or isinstance(e, MemoryError)


@settings(max_examples=EXAMPLES // 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(tensors(), st.one_of(values, st.tuples(values, values), st.slices(4)), values)
def test_any_index(t, key, value):
    try:
        repr(t[key])
        t.detach()[key] = value
    except ALLOWED:
        pass


METHODS = sorted(n for n in dir(torch.Tensor) if not n.startswith("__") and n not in (
    "data_ptr", "resize_"))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(tensors(), st.sampled_from(METHODS), st.lists(values, max_size=3))
def test_any_method(t, name, args):
    try:
        method = getattr(t, name)
        if callable(method):
            repr(method(*args))
    except ALLOWED + (AttributeError, ImportError):
        pass


# Functions of nanobind: all but those that change the process.
FUNCTIONS = sorted(n for n, f in vars(torch._C).items()
                   if type(f).__name__ == "nb_func" and not n.startswith(("_", "set_", "manual_seed", "seed")))


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FUNCTIONS), st.lists(values, max_size=4),
       st.dictionaries(keywords, values, max_size=1))
def test_any_function(name, args, kwargs):
    try:
        repr(getattr(torch._C, name)(*args, **kwargs))
    except ALLOWED + (AttributeError, BufferError):
        pass


MODULES = sorted(torch._C._nn.names())
OPTIONS = st.one_of(small, small, st.floats(-1, 2), st.booleans(), st.none(), st.lists(small, max_size=3), values)


@st.composite
def options(draw, name):
    """Arguments of a constructor: most required ones, some of the others."""
    given = {}
    for parameter in torch._C._nn.constructor(name):
        if draw(st.integers(0, 9)) < (9 if len(parameter) == 1 else 3):
            like = parameter[1] if len(parameter) > 1 else 2
            fit = {bool: st.booleans(), int: st.integers(1, 4), float: st.floats(0, 1)}.get(type(like), OPTIONS)
            given[parameter[0]] = draw(fit if draw(st.integers(0, 9)) else OPTIONS)
    if isinstance(given.get("num_layers"), int):
        given["num_layers"] = min(given["num_layers"], 3)  # each is made, however many
    return given


@settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(MODULES))
def test_any_module(data, name):
    try:
        module = getattr(nn, name)(**data.draw(options(name)))
        repr(module)
        for _ in range(2):
            out = module(*data.draw(st.lists(st.one_of(tensors(), tensors(), tensors(), values), min_size=1, max_size=3)))
            repr(out)
            if isinstance(out, torch.Tensor) and out.requires_grad and out.numel() < 1000:
                out.sum().backward()
    except ALLOWED as e:
        assert str(e)


@settings(max_examples=EXAMPLES // 4, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(torch._C._optim.optimizers())), st.lists(tensors(), max_size=3),
       st.dictionaries(st.sampled_from(["lr", "momentum", "betas", "eps", "weight_decay", "rho", "amsgrad", "t0"]), OPTIONS,
                       max_size=2))
def test_any_optimizer(name, ps, kwargs):
    try:
        ps = [nn.Parameter(p) for p in ps if p.is_floating_point()]
        optimizer = getattr(torch.optim, name)(ps, **kwargs)
        for p in ps:
            p.grad = torch.ones_like(p)
        for _ in range(2):
            optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
        repr(optimizer)
    except ALLOWED as e:
        assert str(e)
