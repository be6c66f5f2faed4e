"""Elements shared with NumPy and by DLPack."""

import gc

import numpy as np
import pytest

import tandem as torch

NUMPY = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64"]


@pytest.mark.parametrize("dtype", NUMPY)
def test_both_ways_share(dtype):
    a = np.array([[1, 0, 1], [0, 1, 1]]).astype(dtype)
    t = torch.from_numpy(a)
    assert str(t.dtype) == f"torch.{dtype}" and t.data_ptr() == a.ctypes.data
    a[0, 0] = 0
    assert t[0, 0].item() == 0
    b = t.numpy()
    assert b.dtype == a.dtype and b.ctypes.data == a.ctypes.data
    assert np.asarray(t).ctypes.data == a.ctypes.data
    strided = torch.from_numpy(a[:, ::2])
    assert strided.stride() == (3, 2) and strided.tolist() == a[:, ::2].tolist()
    assert np.array_equal(t.T.numpy(), a.T) and t.T.numpy().strides == a.T.strides


def test_lifetimes():
    t = torch.from_numpy(np.arange(1000.0))
    a = torch.arange(1000).numpy()
    gc.collect()
    assert t.sum().item() == a.sum() == 499500


def test_refused():
    with pytest.raises(ValueError, match="stride"):
        torch.from_numpy(np.arange(3)[::-1])
    for a in (np.array(["a"]), np.array([1j]), np.array([object()]), np.array([1], "u4"),
              np.array([1], ">i4")):
        with pytest.raises(TypeError):
            torch.from_numpy(a)
    with pytest.raises(TypeError):
        torch.from_numpy([1, 2])
    x = torch.ones(1, requires_grad=True)
    for f in (lambda: x.numpy(), lambda: np.asarray(x)):
        with pytest.raises(RuntimeError, match="requires grad"):
            f()
    assert x.numpy(force=True).tolist() == [1]
    fixed = np.arange(3)
    fixed.flags.writeable = False
    with pytest.warns(UserWarning, match="not writable"):
        torch.from_numpy(fixed)


def test_as_tensor_and_tensor():
    a = np.ones(2)
    assert torch.as_tensor(a).data_ptr() == a.ctypes.data != torch.tensor(a).data_ptr()
    assert torch.tensor(a).dtype is torch.float64 and torch.tensor([np.float64(1)]).dtype is torch.float64
    assert torch.tensor(np.float32(2)).item() == 2 and torch.as_tensor([1, 2]).dtype is torch.int64


def test_mixed_arithmetic():
    f, a = torch.ones(2), np.array([2.0, 3.0])
    assert (f * np.float64(2)).dtype is (np.float64(2) * f).dtype is torch.float32
    assert isinstance(f * a, torch.Tensor) and (f * a).dtype is torch.float64
    assert isinstance(a * f, torch.Tensor) and (a * f).tolist() == [2, 3]
    assert torch.add(f, a).tolist() == [3, 4] and isinstance(np.sin(f), torch.Tensor)
    assert np.sum(f).item() == 2 and np.mean(torch.ones(2, 2), axis=0).tolist() == [1, 1]


def test_buffers():
    t = torch.arange(6, dtype=torch.int32).reshape(2, 3)
    m = memoryview(t)
    assert m.shape == (2, 3) and m.format == "i" and m.tolist() == t.tolist()
    m[0, 0] = 9
    assert t[0, 0].item() == 9 and bytes(t[0].contiguous()) == t[0].numpy().tobytes()
    assert torch.frombuffer(bytearray(b"\1\0\2\0"), dtype=torch.int16).tolist() == [1, 2]
    with pytest.raises(ValueError):
        torch.frombuffer(bytearray(3), dtype=torch.int16, offset=1)
    with pytest.raises(BufferError):
        memoryview(torch.ones(1, dtype=torch.bfloat16))


def test_dlpack():
    t = torch.arange(4.0)
    assert np.from_dlpack(t).ctypes.data == t.data_ptr()
    a = np.arange(3.0)
    b = torch.from_dlpack(a)
    b[0] = 7
    assert a[0] == 7 and torch.from_dlpack(a, copy=True).data_ptr() != a.ctypes.data
    assert torch.from_dlpack(t.__dlpack__()).data_ptr() == t.data_ptr()
    assert t.__dlpack_device__() == (1, 0)
    capsule = t.__dlpack__(max_version=(1, 0))
    torch.from_dlpack(capsule)
    with pytest.raises((ValueError, TypeError, RuntimeError)):
        torch.from_dlpack(capsule)  # it can be taken once
    with pytest.raises(TypeError):
        torch.from_dlpack(3)
    del capsule
    t.__dlpack__()  # and may be dropped
