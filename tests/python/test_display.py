"""What a person sees: HTML in notebooks, progress in terminals and pipes, warnings, names offered on tab."""

import base64
import io
import re
import struct
import subprocess
import sys
import types
import warnings
import zlib

import pytest

import tandem as torch
from tandem import nn
from tandem._html import png


def decoded(data):
    """Width, height, colour kind and rows of a PNG file."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    body = data[data.index(b"IDAT") + 4:data.index(b"IEND") - 8]
    return width, height, depth, kind, zlib.decompress(body)


@pytest.mark.parametrize("channels, kind", [(1, 0), (3, 2), (4, 6)])
def test_png(channels, kind):
    picture = torch.arange(2 * 3 * channels).reshape(2, 3, channels).to(torch.uint8)
    width, height, depth, of, rows = decoded(png(picture))
    assert (width, height, depth, of) == (3, 2, 8, kind)
    size = 3 * channels
    assert rows == b"\0" + bytes(range(size)) + b"\0" + bytes(range(size, 2 * size))


@pytest.mark.parametrize("shape, count", [((2, 3, 8, 8), 2), ((1, 28, 28), 1), ((5, 28, 28), 5), ((28, 28, 3), 1),
                                          ((4, 8, 8, 1), 4), ((40, 1, 8, 8), 32)])
def test_pictures(shape, count):
    images = re.findall("base64,([^\"]*)", torch.rand(shape)._repr_html_())
    assert len(images) == count
    width, height, *_ = decoded(base64.b64decode(images[0]))
    assert (height, width) == ((28, 28) if 28 in shape else (8, 8))


def test_large_pictures_are_thinned():
    (data,) = re.findall("base64,([^\"]*)", (torch.rand(3, 1000, 500) * 255).to(torch.uint8)._repr_html_())
    assert decoded(base64.b64decode(data))[:2] == (84, 167)


def test_other_tensors_are_tables_or_text():
    assert torch.randn(12, 20)._repr_html_().count("<tr>") == 10
    assert "tensor(" in torch.randn(2, 3, 8, 8).mul(9)._repr_html_()
    assert "tensor(" in torch.full((3, 8, 8), float("nan"))._repr_html_()
    for t in (torch.zeros(0, 3), torch.tensor(1), torch.ones(2, requires_grad=True), torch.ones(2, 2).bool()):
        assert "torch." in t._repr_html_()


def test_module_tree():
    net = nn.Sequential(nn.Linear(4, 2), nn.BatchNorm1d(2), nn.Sequential(nn.ReLU()))
    net[0].weight.requires_grad_(False)
    text = net._repr_html_()
    assert "14 parameters" in text and "[2, 4] · frozen" in text and "running_mean" in text
    assert text.count("<details") == text.count("</details>") == 4


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def test_progress_in_a_terminal():
    file = Terminal()
    for _ in torch.progress(range(4), "epoch 1", file=file, mininterval=0, loss=torch.tensor(0.25)):
        pass
    text = file.getvalue()
    assert text.count("\r") >= 5 and text.endswith("\n") and "100% 4/4" in text and "loss 0.25" in text


def test_progress_in_a_pipe_is_a_line():
    file = io.StringIO()
    for x in torch.progress([1, 2, 3], "epoch 1", file=file, last=lambda: x):
        pass
    assert re.fullmatch(r"epoch 1: 3/3, .* it/s, 0:00, last 3\n", file.getvalue())


def test_progress_by_hand_and_cut_short():
    file = io.StringIO()
    with torch.progress(total=10, desc="files", file=file) as bar:
        bar.update(4)
        bar.set_postfix(size=7)
    assert file.getvalue().startswith("files: 4/10") and "size 7" in file.getvalue()
    file = io.StringIO()
    for i in torch.progress(range(10), file=file):
        if i == 2:
            break
    assert file.getvalue().startswith("2/10")
    assert list(torch.progress(range(3), disable=True)) == [0, 1, 2]
    with pytest.raises(TypeError, match=r"range\(n\)"):
        torch.progress(3)
    empty = io.StringIO()
    assert list(torch.progress([], file=empty)) == [] and empty.getvalue().startswith("0/0")


def test_progress_in_a_notebook(monkeypatch):
    shown = []

    class ZMQInteractiveShell:
        pass

    class Handle:
        def update(self, html):
            shown.append(html)

    notebook = types.ModuleType("IPython")
    notebook.get_ipython = ZMQInteractiveShell
    notebook.display = types.ModuleType("IPython.display")
    notebook.display.HTML = str
    notebook.display.display = lambda html, display_id: shown.append(html) or Handle()
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    monkeypatch.setitem(sys.modules, "IPython.display", notebook.display)
    for _ in torch.progress(range(3), "<epoch>", mininterval=0, loss=1.5):
        pass
    assert len(shown) == 5 and "&lt;epoch&gt;" in shown[0] and 'value="3" max="3"' in shown[-1]
    assert "loss 1.5" in shown[-1]


def test_the_cores_warnings_are_pythons():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            nn.functional.mse_loss(torch.ones(2, 1), torch.ones(2))
    assert [w.category for w in caught] == [UserWarning] * 2 and caught[0].filename == __file__
    assert str(caught[0].message).endswith("target.unsqueeze(1) has the other's.")
    with warnings.catch_warnings(), pytest.raises(UserWarning, match="target size"):
        warnings.simplefilter("error")
        nn.functional.mse_loss(torch.ones(2, 1), torch.ones(2))


def test_names_are_offered():
    for name in ("nn", "save", "compile", "progress", "linalg", "randn", "float32"):
        assert name in dir(torch)
    assert "cross_entropy" in dir(nn.functional) and "softmax" in dir(torch.ones(1))
    assert "fc" in dir(nn.ModuleDict({"fc": nn.Linear(1, 1)}))
    assert not [n for n in dir(torch) if n.endswith("_backward")]


def test_tracebacks_end_at_the_line_of_the_user():
    program = "import tandem as t\n\ndef f(x):\n    return x @ t.ones(3)\n\nf(t.ones(2))\n"
    r = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    lines = [line for line in r.stderr.splitlines() if line.strip().startswith("File")]
    assert lines[-1].endswith("line 4, in f"), r.stderr
