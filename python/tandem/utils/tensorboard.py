"""SummaryWriter: scalars, texts, histograms and images in TensorBoard's event files.

    writer = SummaryWriter("runs/first")
    writer.add_scalar("loss", 0.5, step)

An event file is a list of records, each a protocol buffer between its length and checksums; both are written here.
"""

import os
import socket
import struct
import time

_table = []


def _crc32c(data):
    """The Castagnoli checksum, masked as the record format wants it."""
    if not _table:
        for i in range(256):
            for _ in range(8):
                i = i >> 1 ^ (0x82F63B78 if i & 1 else 0)
            _table.append(i)
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _table[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


# Fields of protocol buffers.


def _varint(n):
    n &= (1 << 64) - 1
    made = bytearray()
    while n > 0x7F:
        made.append(n & 0x7F | 0x80)
        n >>= 7
    made.append(n)
    return bytes(made)


def _integer(field, n):
    return _varint(field << 3) + _varint(n)


def _double(field, value):
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _float(field, value):
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _bytes(field, data):
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _doubles(field, values):
    return _bytes(field, struct.pack(f"<{len(values)}d", *values))


class SummaryWriter:
    """Writes to a new file in ``log_dir``: runs/TIME_HOST where none is given."""

    def __init__(self, log_dir=None, comment="", purge_step=None, max_queue=10, flush_secs=120, filename_suffix=""):
        if not log_dir:
            log_dir = os.path.join("runs", time.strftime("%b%d_%H-%M-%S") + "_" + socket.gethostname() + comment)
        self.log_dir = os.fspath(log_dir)
        os.makedirs(self.log_dir, exist_ok=True)
        name = f"events.out.tfevents.{int(time.time())}.{socket.gethostname()}.{os.getpid()}.{id(self)}{filename_suffix}"
        self._file = open(os.path.join(self.log_dir, name), "wb")
        self._record(_double(1, time.time()) + _bytes(3, "brain.Event:2"))
        self._others = {}

    def get_logdir(self):
        return self.log_dir

    def _record(self, data):
        length = struct.pack("<Q", len(data))
        self._file.write(length + struct.pack("<I", _crc32c(length)) + data + struct.pack("<I", _crc32c(data)))

    def _add(self, tag, value, step, walltime, metadata=b""):
        event = _double(1, time.time() if walltime is None else walltime)
        if step is not None:
            event += _integer(2, int(step))
        self._record(event + _bytes(5, _bytes(1, _bytes(1, tag) + value + metadata)))

    def add_scalar(self, tag, scalar_value, global_step=None, walltime=None, new_style=False, double_precision=False):
        """One number of a curve."""
        self._add(tag, _float(2, float(scalar_value)), global_step, walltime)

    def add_scalars(self, main_tag, tag_scalar_dict, global_step=None, walltime=None):
        """Numbers of several curves in one diagram: each goes to a folder of its own."""
        for tag, value in tag_scalar_dict.items():
            folder = os.path.join(self.log_dir, main_tag.replace("/", "_") + "_" + tag)
            if folder not in self._others:
                self._others[folder] = SummaryWriter(folder)
            self._others[folder].add_scalar(main_tag, value, global_step, walltime)

    def add_text(self, tag, text_string, global_step=None, walltime=None):
        shape = _bytes(2, _integer(1, 1))
        tensor = _integer(1, 7) + _bytes(2, shape) + _bytes(8, text_string)
        self._add(tag + "/text_summary", _bytes(8, tensor), global_step, walltime, _bytes(9, _bytes(1, _bytes(1, "text"))))

    def add_histogram(self, tag, values, global_step=None, bins="tensorflow", walltime=None, max_bins=None):
        """How often values occur, in ``max_bins`` or 30 bins of equal width."""
        from .. import as_tensor, float64

        values = as_tensor(values).detach().to(float64).flatten()
        if not values.numel():
            raise ValueError("The input has no element.")
        low, high = values.min().item(), values.max().item()
        count = max_bins or 30
        width = (high - low) / count or 1.0
        counts = ((values - low) / width).floor().clamp(0, count - 1).long().bincount(minlength=count).tolist()
        histogram = (_double(1, low) + _double(2, high) + _double(3, values.numel()) + _double(4, values.sum().item())
                     + _double(5, values.square().sum().item())
                     + _doubles(6, [low + width * (i + 1) for i in range(count)]) + _doubles(7, [float(n) for n in counts]))
        self._add(tag, _bytes(5, histogram), global_step, walltime)

    def add_image(self, tag, img_tensor, global_step=None, walltime=None, dataformats="CHW"):
        """An image: floats in 0..1 or bytes."""
        import io

        from .. import as_tensor
        from ..vision.transforms.functional import to_pil_image

        image = as_tensor(img_tensor).detach()
        if len(dataformats) == 2:
            image, dataformats = image.unsqueeze(0), "C" + dataformats
        image = image.permute([dataformats.index(letter) for letter in "CHW"])
        picture, file = to_pil_image(image.clamp(0, 1) if image.is_floating_point() else image), io.BytesIO()
        picture.save(file, format="PNG")
        value = (_integer(1, picture.height) + _integer(2, picture.width) + _integer(3, len(picture.getbands()))
                 + _bytes(4, file.getvalue()))
        self._add(tag, _bytes(4, value), global_step, walltime)

    def add_images(self, tag, img_tensor, global_step=None, walltime=None, dataformats="NCHW"):
        """Several images side by side."""
        from .. import as_tensor
        from ..vision.utils import make_grid

        images = as_tensor(img_tensor).permute([dataformats.index(letter) for letter in "NCHW"])
        self.add_image(tag, make_grid(images, padding=0), global_step, walltime)

    def add_figure(self, tag, figure, global_step=None, close=True, walltime=None):
        """A figure of matplotlib's."""
        import numpy

        figure.canvas.draw()
        self.add_image(tag, numpy.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy(), global_step, walltime, "HWC")
        if close:
            import matplotlib.pyplot

            matplotlib.pyplot.close(figure)

    def add_hparams(self, hparam_dict, metric_dict, hparam_domain_discrete=None, run_name=None, global_step=None):
        """The settings as a text, the metrics as scalars."""
        self.add_text("hparams", "\n".join(f"{k}: {v}" for k, v in hparam_dict.items()), global_step)
        for tag, value in metric_dict.items():
            self.add_scalar(tag, value, global_step)

    def add_graph(self, model, input_to_model=None, verbose=False, use_strict_trace=True):
        """The printed module, as a text: Tandem's programs are read as text, not drawn."""
        self.add_text("graph", repr(model))

    def flush(self):
        self._file.flush()
        for other in self._others.values():
            other.flush()

    def close(self):
        self._file.close()
        for other in self._others.values():
            other.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()
