"""No call of any op crashes the interpreter or raises anything but an error of its own."""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tandem as torch

OPS = sorted(torch._C._ops)
ALLOWED = (RuntimeError, TypeError, ValueError, IndexError, OverflowError, MemoryError)

# Numbers stay small: a size of a million is no mistake of ours.
small = st.integers(-3, 4)
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


@settings(max_examples=int(os.environ.get("TANDEM_FUZZ_EXAMPLES", "400")), deadline=None, database=None,
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


@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(tensors(), st.one_of(values, st.tuples(values, values), st.slices(4)), values)
def test_any_index(t, key, value):
    try:
        repr(t[key])
        t.detach()[key] = value
    except ALLOWED:
        pass


METHODS = sorted(n for n in dir(torch.Tensor) if not n.startswith("__") and n not in (
    "data_ptr", "resize_"))


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
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


@settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(FUNCTIONS), st.lists(values, max_size=4),
       st.dictionaries(keywords, values, max_size=1))
def test_any_function(name, args, kwargs):
    try:
        repr(getattr(torch._C, name)(*args, **kwargs))
    except ALLOWED + (AttributeError, BufferError):
        pass
