"""The array API standard: its names, dtypes, promotion and the meaning of its functions, NumPy being the oracle."""

import inspect

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import tandem
from tandem import array_api as xp

NAMES = xp.__array_namespace_info__().dtypes()


def same(a, b):
    a, b = np.asarray(a), np.asarray(b)
    assert a.shape == b.shape
    np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


def test_namespace_of_tensors_and_arrays():
    assert tandem.ones(2).__array_namespace__() is xp
    assert xp.ones(2).__array_namespace__(api_version="2025.12") is xp
    with pytest.raises(ValueError, match="1999.01"):
        xp.ones(2).__array_namespace__(api_version="1999.01")
    missing = [n for n in xp.__all__ if not hasattr(xp, n)]
    assert not missing


def test_functions_give_tensors_for_tensors():
    assert type(xp.sum(tandem.ones(2))) is tandem.Tensor
    assert type(xp.sum(xp.ones(2))) is xp.Array
    assert type(xp.concat([tandem.ones(2), xp.ones(2)])) is xp.Array
    assert type(tandem.ones(2) + xp.ones(2)) is xp.Array
    assert [type(x) for x in xp.ones((2, 2))] == [xp.Array, xp.Array]


def test_a_0d_array_promotes_as_any_other():
    f64 = xp.asarray(1.0, dtype=xp.float64)
    assert (xp.ones(2) * f64).dtype is xp.float64 and (f64 * xp.ones(2)).dtype is xp.float64
    assert xp.add(tandem.ones(2), tandem.tensor(1.0, dtype=tandem.float64)).dtype is xp.float64
    assert (tandem.ones(2) * tandem.tensor(1.0, dtype=tandem.float64)).dtype is tandem.float32
    assert (xp.asarray([1], dtype=xp.int8) + 1).dtype is xp.int8
    assert xp.concat([xp.ones(1), f64[None]]).dtype is xp.float64


@pytest.mark.parametrize("a", NAMES)
@pytest.mark.parametrize("b", NAMES)
def test_promotion_is_that_of_numpy(a, b):
    expected = np.result_type(a, b).name
    mixed = {np.dtype(a).kind in "fb", np.dtype(b).kind in "fb"} == {True, False}
    if mixed or "bool" in (a, b) and a != b:
        return  # kinds that do not mix in the standard
    assert xp.result_type(NAMES[a], NAMES[b]) is NAMES[expected]
    x = xp.asarray(1, dtype=NAMES[a]) if a != "bool" else xp.asarray(True)
    y = xp.ones((2,), dtype=NAMES[b])
    assert xp.equal(x, y).dtype is xp.bool and xp.where(y == y, x, y).dtype is NAMES[expected]


def test_kinds_and_limits():
    assert xp.isdtype(xp.uint8, "unsigned integer") and xp.isdtype(xp.int8, ("bool", "integral"))
    assert not xp.isdtype(xp.float32, "integral") and not xp.isdtype(xp.bool, "numeric")
    with pytest.raises(ValueError, match="real floating"):
        xp.isdtype(xp.float32, "float")
    assert xp.finfo(xp.ones(1)).dtype is xp.float32 and xp.finfo(xp.float64).eps == 2.0**-52
    assert xp.iinfo(xp.int16).max == 32767 and not xp.can_cast(xp.int32, xp.int8)
    assert xp.can_cast(xp.uint8, xp.int16) and not xp.can_cast(xp.int64, xp.float64)
    assert set(xp.__array_namespace_info__().dtypes(kind="integral")) == {"int8", "int16", "int32", "int64", "uint8"}
    with pytest.raises(NotImplementedError, match="complex"):
        xp.result_type(xp.float32, 1j)


ARRAYS = st.integers(0, 3).flatmap(lambda n: st.lists(st.integers(0, 4), min_size=n, max_size=n)).map(
    lambda shape: np.arange(np.prod(shape, dtype=int)).reshape(shape) % 5 - 2.0)


@settings(max_examples=60, deadline=None)
@given(ARRAYS, st.data())
def test_reductions(a, data):
    axes = data.draw(st.none() | st.sets(st.integers(0, max(a.ndim - 1, 0)), max_size=a.ndim).map(tuple))
    keep = data.draw(st.booleans())
    x = xp.asarray(a)
    size = np.prod([a.shape[i] for i in (range(a.ndim) if axes is None else axes)], dtype=int)
    for name in ("sum", "prod", "any", "all", "count_nonzero"):
        same(getattr(xp, name)(x, axis=axes, keepdims=keep), getattr(np, name)(a, axis=axes, keepdims=keep))
    if size:
        for name in ("max", "min", "mean", "var", "std"):
            same(getattr(xp, name)(x, axis=axes, keepdims=keep), getattr(np, name)(a, axis=axes, keepdims=keep))


@settings(max_examples=60, deadline=None)
@given(ARRAYS)
def test_sets_and_orders(a):
    x = xp.asarray(a)
    for ours, theirs in zip(xp.unique_all(x), np.unique_all(a)):
        same(ours, theirs)
    if a.ndim:
        same(xp.sort(x, axis=0, descending=True), -np.sort(-a, axis=0))
        same(xp.argsort(x), np.argsort(a, stable=True))
        same(xp.flip(x), np.flip(a))
        same(xp.diff(x, axis=0), np.diff(a, axis=0))
        same(xp.cumulative_sum(x, axis=-1, include_initial=True), np.cumulative_sum(a, axis=-1, include_initial=True))


def test_nan_equals_no_other():
    values, _, _, counts = xp.unique_all(xp.asarray([xp.nan, 1.0, xp.nan]))
    assert values.shape == (3,) and counts.tolist() == [1, 1, 1]


STEPS = [np.s_[::-1], np.s_[:, ::-2], np.s_[1, 3:0:-1, None, ::-1], np.s_[..., ::-3], np.s_[:0:-1, None, ..., -2::-2],
         np.s_[0:2:-1], np.s_[[0, 1], ::-1]]


@pytest.mark.parametrize("key", STEPS, ids=str)
def test_negative_steps(key):
    a = np.arange(60.0).reshape(3, 4, 5)
    x = xp.asarray(a.copy())
    same(x[key], a[key])
    values = np.random.default_rng(0).random(a[key].shape)
    if isinstance(key, tuple) and isinstance(key[0], list):
        with pytest.raises(IndexError, match="flip"):
            x[key] = xp.asarray(values)
        return
    a[key] = values
    x[key] = xp.asarray(values)
    same(x, a)


def test_special_numbers_of_division():
    inf = xp.inf
    assert xp.floor_divide(xp.asarray([inf, -inf]), 2.0).tolist() == [inf, -inf]
    assert str((xp.asarray([4.0]) % -2.0).tolist()) == "[-0.0]"
    x = xp.asarray([7, -7])
    x //= 2
    assert x.tolist() == [3, -4]
    assert xp.sign(xp.asarray(xp.nan)).isnan()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nextafter(dtype):
    a = np.array([0.0, -0.0, 1, -1, 1e-45, 2, np.inf, np.nan, 3], dtype)
    b = np.array([1, -1, 2, 0, 0, 2, 0, 1, np.nan], dtype)
    ours = np.asarray(xp.nextafter(xp.asarray(a), xp.asarray(b)))
    assert ours.tobytes() == np.nextafter(a, b).tobytes() or np.array_equal(ours, np.nextafter(a, b), equal_nan=True)


def test_creation_and_exchange():
    a = np.arange(6.0).reshape(2, 3)
    x = xp.asarray(a)
    x[0, 0] = 9
    assert a[0, 0] == 9 and xp.asarray(a, copy=True)[0, 0] == 9
    with pytest.raises(ValueError, match="copy"):
        xp.asarray([1, 2], copy=False)
    same(xp.from_dlpack(a), np.from_dlpack(x))
    same(xp.linspace(0, 1, 4, endpoint=False), np.linspace(0, 1, 4, endpoint=False))
    same(xp.eye(3, 4, k=-1), np.eye(3, 4, k=-1))
    for ours, theirs in zip(xp.meshgrid(xp.arange(2), xp.arange(3)), np.meshgrid(range(2), range(3))):
        same(ours, theirs)
    assert xp.asarray([xp.asarray(1), xp.asarray(2.5)]).tolist() == [1.0, 2.5]


def test_size_is_a_number_and_pytorchs_method():
    x = xp.ones((2, 3))
    assert x.size == 6 and x.size() == (2, 3) and x.size(1) == 3
    assert x.T.shape == (3, 2) and x.mT.shape == (3, 2) and x.to_device("cpu") is not None


def test_gradients_flow():
    x = tandem.tensor([1.0, 2.0], requires_grad=True)
    xp.sum(xp.multiply(x, x)).backward()
    assert x.grad.tolist() == [2.0, 4.0]
    y = tandem.tensor([3.0], requires_grad=True)
    (xp.asarray(y) * 2).sum().backward()
    assert y.grad.tolist() == [2.0]


def test_what_is_not_there_says_so():
    with pytest.raises(NotImplementedError, match="eigh"):
        xp.linalg.eig(xp.ones((2, 2)))
    assert not hasattr(xp, "uint16") and not hasattr(xp, "complex64")


def test_signatures_are_the_standards():
    def parameters(f):
        return str(inspect.signature(f))

    assert parameters(xp.sum) == "(x, /, *, axis=None, dtype=None, keepdims=False)"
    assert parameters(xp.add) == "(x1, x2, /)"
    assert parameters(xp.var) == "(x, /, *, axis=None, correction=0.0, keepdims=False)"
