"""save() and load(): round trips, what is refused, and PyTorch where it is installed."""

import collections
import io
import os
import pathlib
import pickle
import subprocess
import zipfile

import pytest

import tandem as torch
from tandem import nn

TORCH = os.environ.get("TANDEM_TEST_TORCH", "")  # a Python that has PyTorch


def sample():
    base = torch.arange(12, dtype=torch.float32).view(3, 4)
    return {
        "tensor": base, "view": base[1], "turned": base.t(), "part": base[:, 1:3],
        "half": base.half(), "bf16": base.bfloat16(), "bool": base > 3, "long": torch.tensor(7), "empty": torch.zeros(0, 3),
        "grad": torch.ones(2, requires_grad=True), "parameter": nn.Parameter(torch.ones(2)),
        "list": [1, -70000, 2.5, None, True, "text", "ü", (1, (2,)), 1 << 40], "ordered": collections.OrderedDict(a=1),
        "size": torch.Size([2, 3]), "dtype": torch.float16, "device": torch.device("cpu"), "set": {1, 2},
        "bytes": b"ab\xff",
    }


def assert_same(a, b):
    assert type(a) is type(b), (a, b)
    if isinstance(a, torch.Tensor):
        assert a.dtype == b.dtype and a.shape == b.shape and a.requires_grad == b.requires_grad
        assert torch.equal(a, b)
    elif isinstance(a, dict):
        assert list(a) == list(b)
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, (list, tuple)) and not isinstance(a, torch.Size):
        assert len(a) == len(b)
        for x, y in zip(a, b):
            assert_same(x, y)
    else:
        assert a == b


@pytest.mark.parametrize("to_file", [True, False])
def test_round_trip(tmp_path, to_file):
    made = sample()
    if to_file:
        torch.save(made, tmp_path / "all.pt")
        back = torch.load(tmp_path / "all.pt")
    else:
        buffer = io.BytesIO()
        torch.save(made, buffer)
        buffer.seek(0)
        back = torch.load(buffer, weights_only=True)
    assert_same(made, back)
    back["tensor"][1, 0] = 100  # what shared a storage shares it again, strides and all
    assert back["view"][0].item() == 100 and back["turned"][0, 1].item() == 100
    assert back["turned"].stride() == made["turned"].stride()


def test_state_dicts(tmp_path):
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    torch.save({"model": net.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, tmp_path / "c.pth")
    back = torch.load(tmp_path / "c.pth", map_location="cpu")
    other = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    assert str(other.load_state_dict(back["model"])) == "<All keys matched successfully>"
    assert back["model"]._metadata["1"]["version"] == 2 and back["epoch"] == 3
    torch.optim.Adam(other.parameters()).load_state_dict(back["optimizer"])


def test_data_is_aligned_and_stored(tmp_path):
    torch.save([torch.ones(3), torch.ones(5, dtype=torch.uint8), torch.ones(2)], tmp_path / "a.pt")
    raw = (tmp_path / "a.pt").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.pt") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        for info in archive.infolist():
            assert info.compress_type == zipfile.ZIP_STORED
            start = info.header_offset + 30 + int.from_bytes(raw[info.header_offset + 26:][:2], "little") + int.from_bytes(
                raw[info.header_offset + 28:][:2], "little")
            assert start % 64 == 0
    assert {"archive/data.pkl", "archive/byteorder", "archive/version", "archive/data/0"} <= set(names)


def test_safetensors(tmp_path):
    state = nn.Linear(2, 3).state_dict()
    torch.save(state, tmp_path / "m.safetensors")
    back = torch.load(tmp_path / "m.safetensors")
    assert all(torch.equal(back[k], state[k]) for k in state)
    with pytest.raises(TypeError, match="a dict of tensors by name"):
        torch.save([1], tmp_path / "m.safetensors")


class Evil:
    def __reduce__(self):
        return os.system, ("echo run > evil_ran",)


def archive_of(data, **entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", "3\n")
        for name, content in entries.items():
            archive.writestr(f"archive/{name.replace('__', '/')}", content)
    return io.BytesIO(buffer.getvalue())


def test_code_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match=r"holds (posix|os|nt)\.system, which is no tensor"):
        torch.load(archive_of(pickle.dumps(Evil(), protocol=2)))
    with pytest.raises(RuntimeError, match="loading it would run code. Save the module's state_dict"):
        torch.load(archive_of(pickle.dumps(Evil(), protocol=2)), weights_only=False)
    assert torch.load(archive_of(pickle.dumps([1], protocol=2)), weights_only=False) == [1]
    with pytest.raises(RuntimeError, match="protocol 4"):
        torch.load(archive_of(pickle.dumps([1], protocol=4)))
    assert not pathlib.Path("evil_ran").exists()


def test_whole_modules(tmp_path):
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    torch.save(net, tmp_path / "net.pt")
    with pytest.raises(RuntimeError, match="trusted=True"):
        torch.load(tmp_path / "net.pt")
    back = torch.load(tmp_path / "net.pt", trusted=True)
    x = torch.ones(1, 2)
    assert torch.equal(back(x), net(x)) and repr(back) == repr(net)


class Point:
    def __init__(self):
        self.x = 1


def test_safe_globals(tmp_path):
    torch.save(Point(), tmp_path / "p.pt")
    with pytest.raises(RuntimeError, match="Point"):
        torch.load(tmp_path / "p.pt")
    with torch.serialization.safe_globals([Point]):
        assert torch.load(tmp_path / "p.pt").x == 1


def tensor_pickle(numel=4, offset=0, size=(2, 2), stride=(2, 1), storage="FloatStorage", location="cpu"):
    def number(n):
        return b"J" + n.to_bytes(4, "little", signed=True)

    def numbers(values):
        return b"(" + b"".join(map(number, values)) + b"t"

    def text(s):
        return b"X" + len(s).to_bytes(4, "little") + s.encode()

    persistent = b"(" + text("storage") + f"ctorch\n{storage}\n".encode() + text("0") + text(location) + number(numel) + b"tQ"
    return (b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + persistent + number(offset) + numbers(size) + numbers(stride)
            + b"\x89ccollections\nOrderedDict\n)RtR.")


def test_hostile_files():
    data = bytes(16)
    assert torch.load(archive_of(tensor_pickle(), data__0=data)).shape == (2, 2)
    for bad in (dict(size=(3, 2)), dict(offset=1), dict(offset=-1), dict(stride=(1 << 30, 1 << 30)), dict(numel=5),
                dict(size=(2,)), dict(size=(-1, 2)), dict(numel=-4)):
        with pytest.raises(RuntimeError):
            torch.load(archive_of(tensor_pickle(**bad), data__0=data))
    with pytest.raises(RuntimeError, match="there is no data/0"):
        torch.load(archive_of(tensor_pickle()))
    with pytest.raises(RuntimeError, match="no dtype"):
        torch.load(archive_of(tensor_pickle(storage="QInt8Storage"), data__0=data))
    with pytest.raises(RuntimeError, match="bool holds the byte 7"):
        torch.load(archive_of(tensor_pickle(storage="BoolStorage"), data__0=bytes([1, 0, 7, 1])))
    with pytest.raises(RuntimeError, match="CUDA"):
        torch.load(archive_of(tensor_pickle(location="cuda:0"), data__0=data))
    assert torch.load(archive_of(tensor_pickle(location="cuda:0"), data__0=data), map_location="cpu").sum().item() == 0
    assert torch.load(archive_of(tensor_pickle(location="cuda:0"), data__0=data),
                      map_location={"cuda:0": "cpu"}).shape == (2, 2)
    for pickled in (b"", b".", b"\x80\x02", b"\x80\x02]K\x01K\x02.", b"\x80\x02(K\x01.", b"\x80\x02h\x07.", b"\x80\x02K\x01s.",
                    b"\x80\x02}q\x00K\x01s.", b"\x80\x02N.N", b"\x80\x02cos\nsystem\n."):
        with pytest.raises(RuntimeError):
            torch.load(archive_of(pickled))
    deep = b"\x80\x02" + b"]" * 100000 + b"a" * 99999 + b"."
    with pytest.raises((RecursionError, RuntimeError)):
        torch.load(archive_of(deep))
    loop = torch.load(archive_of(b"\x80\x02]q\x00h\x00a."))
    assert loop[0] is loop
    with pytest.raises(RuntimeError, match="no zip archive"):
        torch.load(io.BytesIO(b"something else"))
    good = archive_of(tensor_pickle(), data__0=data).getvalue()
    for cut in range(0, len(good), 7):
        with pytest.raises(RuntimeError):
            torch.load(io.BytesIO(good[:cut]))


@pytest.mark.skipif(not TORCH, reason="TANDEM_TEST_TORCH names no Python with PyTorch")
def test_both_ways_with_pytorch(tmp_path):
    made = {k: v for k, v in sample().items() if k not in ("set", "bytes")}
    torch.save(made, tmp_path / "ours.pt")
    script = """
import torch, sys
d = torch.load('ours.pt', weights_only=True)
assert d['view'].data_ptr() == d['tensor'].data_ptr() + 16 and d['turned'].stride() == (1, 4)
assert d['parameter'].requires_grad and isinstance(d['parameter'], torch.nn.Parameter) and d['dtype'] is torch.float16
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
net.load_state_dict(torch.load('net.pt', weights_only=True))
d['more'] = {'b': b'ab', 's': {1, 2}, 'u8': torch.arange(3, dtype=torch.uint8)}
torch.save({'d': d, 'net': net.state_dict()}, 'theirs.pt')
"""
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    torch.save(net.state_dict(), tmp_path / "net.pt")
    subprocess.run([TORCH, "-c", script], check=True, cwd=tmp_path)
    theirs = torch.load(tmp_path / "theirs.pt")
    assert_same(made, {k: v for k, v in theirs["d"].items() if k != "more"})
    assert theirs["d"]["more"]["b"] == b"ab" and theirs["d"]["more"]["s"] == {1, 2}
    assert all(torch.equal(theirs["net"][k], v) for k, v in net.state_dict().items())
