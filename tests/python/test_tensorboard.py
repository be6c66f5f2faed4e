"""SummaryWriter: records with right checksums, read by TensorBoard where it is installed."""

import pathlib
import struct

import pytest

import tandem as torch
from tandem.utils import tensorboard


def records(folder):
    """The events of a folder's only file, after a check of every length and checksum."""
    (path,) = pathlib.Path(folder).glob("events.out.tfevents.*")
    data, found = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        assert struct.unpack("<I", data[8:12])[0] == tensorboard._crc32c(data[:8])
        event = data[12 : 12 + length]
        assert struct.unpack("<I", data[12 + length : 16 + length])[0] == tensorboard._crc32c(event)
        found.append(event)
        data = data[16 + length :]
    return found


def write(folder):
    with tensorboard.SummaryWriter(folder) as writer:
        writer.add_scalar("loss", torch.tensor(0.5), 3)
        writer.add_text("note", "hello")
        writer.add_histogram("values", torch.arange(10.0), 1)
        writer.add_scalars("both", {"a": 1.0, "b": 2.0}, 2)


def test_checksum_is_castagnolis():
    crc = 0xE3069283  # of "123456789", by RFC 3720
    assert tensorboard._crc32c(b"123456789") == ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def test_records(tmp_path):
    write(tmp_path / "run")
    version, loss, note, values = records(tmp_path / "run")
    assert b"brain.Event:2" in version and b"hello" in note and b"values" in values
    # wall_time; step 3; a summary of one value: tag "loss" and a float of 0.5
    assert loss[9:] == b"\x10\x03\x2a\x0d\x0a\x0b\x0a\x04loss\x15" + struct.pack("<f", 0.5)
    assert len(records(tmp_path / "run" / "both_a")) == 2


def test_tensorboard_reads_them(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    write(tmp_path / "run")
    read = accumulator.EventAccumulator(str(tmp_path / "run")).Reload()
    assert [(e.step, e.value) for e in read.Scalars("loss")] == [(3, 0.5)]
    assert read.Histograms("values")[0].histogram_value.num == 10
