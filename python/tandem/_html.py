"""What notebooks show: tensors as pictures or tables, modules as trees that fold. Nothing but zlib is needed."""

import base64
import html
import struct
import zlib

from tandem import _C

_most = 32  # pictures shown
_side = 192  # their largest side, in pixels
_cells = 8  # rows and columns of a table, those at the edges


def of_tensor(tensor):
    """Pictures of what looks like some, else a table."""
    tensor = tensor.detach()
    pictures = _pictures(tensor)
    shape = " × ".join(map(str, tensor.shape)) or "0-d"
    head = f"<small>{html.escape(str(tensor.dtype))} · {shape}</small>"
    if pictures is not None:
        shown = "".join(_image(p) for p in pictures[:_most])
        more = f"<small>… {len(pictures) - _most} more</small>" if len(pictures) > _most else ""
        return f'{head}<div style="display:flex;flex-wrap:wrap;gap:4px;align-items:end">{shown}{more}</div>'
    if tensor.ndim > 2 or tensor.ndim == 0 or tensor.numel() == 0:
        return f"{head}<pre>{html.escape(repr(tensor))}</pre>"
    return head + _table(tensor)


def _pictures(t):
    """u8 [H, W, 1, 3 or 4 channels] of each picture, or None where the elements are none."""
    if t.ndim not in (3, 4) or t.numel() == 0:
        return None
    if t.dtype is _C.uint8:
        values = t
    elif t.is_floating_point():
        t = t.float()
        if not bool(((t >= 0) & (t <= 1)).all()):
            return None
        values = t
    else:
        return None
    if t.ndim == 4:
        if t.shape[1] in (1, 3, 4):
            values = values.permute(0, 2, 3, 1)
        elif t.shape[3] not in (1, 3, 4):
            return None
    elif t.shape[0] in (1, 3, 4):
        values = values.permute(1, 2, 0).unsqueeze(0)
    elif t.shape[2] in (3, 4):
        values = values.unsqueeze(0)
    else:
        values = values.unsqueeze(3)
    if min(values.shape[1:3]) < 4:
        return None
    step = -(-max(values.shape[1:3]) // _side)
    shown = values[:_most, ::step, ::step]
    if shown.dtype is not _C.uint8:
        shown = (shown * 255).round().to(_C.uint8)
    return list(shown.contiguous().unbind(0)) + [None] * (values.shape[0] - shown.shape[0])


def png(picture):
    """The bytes of a PNG file of u8 [H, W, C], C being 1, 3 or 4."""
    height, width, channels = picture.shape
    rows = bytes(memoryview(picture.contiguous()).cast("B"))
    size = width * channels
    raw = b"".join(b"\0" + rows[i * size:(i + 1) * size] for i in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2, 4: 6}[channels], 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def _image(picture):
    height, width, _ = picture.shape
    scale = max(1, 64 // max(height, width))
    data = base64.b64encode(png(picture)).decode()
    return (f'<img width="{width * scale}" height="{height * scale}" style="image-rendering:pixelated" '
            f'src="data:image/png;base64,{data}">')


def _edges(n):
    """Places shown of n, None for a gap."""
    return list(range(n)) if n <= _cells else [*range(_cells // 2), None, *range(n - _cells // 2, n)]


def _text(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(t):
    rows = t.unsqueeze(0) if t.ndim == 1 else t
    columns = _edges(rows.shape[1])
    lines = ["<tr><th></th>" * (t.ndim == 2) + "<tr>" * (t.ndim == 1)
             + "".join(f"<th>{'…' if c is None else c}</th>" for c in columns) + "</tr>"]
    for r in _edges(rows.shape[0]):
        cells = "".join(f"<td>{'…' if r is None or c is None else _text(rows[r, c].item())}</td>" for c in columns)
        lines.append("<tr>" + f"<th>{'…' if r is None else r}</th>" * (t.ndim == 2) + cells + "</tr>")
    return f'<table style="text-align:right">{"".join(lines)}</table>'


def of_module(module):
    """A tree that folds, with the number of parameters below each module and the shapes of its own."""
    return f'<div style="font-family:monospace;line-height:1.5">{_branch("", module, True)}</div>'


def _branch(name, module, is_open):
    count = sum(p.numel() for p in module.parameters())
    label = (f"<b>{html.escape(name)}</b> " if name else "") + html.escape(type(module).__name__)
    extra = module.extra_repr()
    label += f"({html.escape(extra)})" if extra else ""
    label += f' <span style="opacity:.6">{count:,} parameters</span>' if count else ""
    own = [(n, p, "" if p.requires_grad else " · frozen") for n, p in module._parameters.items() if p is not None]
    own += [(n, b, " · buffer") for n, b in module._buffers.items() if b is not None]
    rows = [f'<div>{html.escape(n)} <span style="opacity:.6">{list(t.shape)}{kind}</span></div>' for n, t, kind in own]
    rows += [_branch(n, child, False) for n, child in module.named_children()]
    if not rows:
        return f"<div>{label}</div>"
    inside = f'<div style="margin-left:1.5em">{"".join(rows)}</div>'
    return f"<details{' open' if is_open else ''}><summary>{label}</summary>{inside}</details>"
