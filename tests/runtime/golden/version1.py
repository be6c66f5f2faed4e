"""Writes version1.tandem from docs/program-file.md alone, with Python's standard library (and, for
the signature, the openssl program). Files of version 1 stay readable: version1.tandem is never
written anew once it is released."""

import hashlib
import json
import pathlib
import struct
import subprocess
import tempfile

PROGRAMS = """program predict(%x: f32[b, 4]) -> (%scores: f32[b, 3]) {
  state @fc.weight: f32[3, 4], @fc.bias: f32[3]
  constant #mean: f32[1, 4] = [0.5, 1.0, 1.5, 2.0], #table: f32[6, 3]
  %1 = sub(%x, #mean) : f32[b, 4]                                       loc("golden.py":10)
  %2 = linear(%1, @fc.weight, @fc.bias) : f32[b, 3]                     loc("golden.py":11)
  %3 = softmax(%2) : f32[b, 3]                                          loc("golden.py":12)
  return %3
}

program count(%amount: i64[]) -> (%total: i64[]) {
  state @steps: i64[]
  %1 = add(@steps, %amount) : i64[]                                     loc("golden.py":20)
  update @steps = %1
  return %1
}
"""


def value(name, dtype, shape):
    return {"name": name, "dtype": dtype, "shape": shape}


SIGNATURES = {
    "predict": {
        "inputs": [value("x", "f32", ["b", 4])],
        "outputs": [value("scores", "f32", ["b", 3])],
    },
    "count": {"inputs": [value("amount", "i64", [])], "outputs": [value("total", "i64", [])]},
}

# name, dtype, shape, bytes; in the order of the data
TENSORS = [
    ("steps", "I64", [], struct.pack("<q", 7)),
    ("fc.weight", "F32", [3, 4], struct.pack("<12f", *[i / 4 for i in range(12)])),
    ("fc.bias", "F32", [3], struct.pack("<3f", -1, 0, 1)),
    ("constant:predict:table", "F32", [6, 3], struct.pack("<18f", *range(18))),
    ("half", "F16", [2], struct.pack("<2e", 1.5, -2)),
    ("brain", "BF16", [1], struct.pack("<f", 3.0)[2:]),
    ("asset:labels.txt", "U8", [13], b"zero\none\ntwo\n"),
    ("mask", "BOOL", [3], b"\1\0\1"),
]

# The first key of RFC 8032, section 7.1.
SECRET = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def part(data):
    return struct.pack("<Q", len(data)) + data


def hash_of_rest(metadata):
    data = struct.pack("<Q", len(metadata))
    for key in sorted(metadata):
        data += part(key.encode()) + part(metadata[key].encode())
    data += struct.pack("<Q", len(TENSORS))
    for name, dtype, shape, _ in sorted(TENSORS):
        data += part(name.encode()) + part(dtype.encode())
        data += struct.pack(f"<Q{len(shape)}q", len(shape), *shape)
    return hashlib.sha256(data).hexdigest()


def sign(message):
    der = bytes.fromhex("302e020100300506032b657004220420") + SECRET
    with tempfile.TemporaryDirectory() as folder:
        key, text = pathlib.Path(folder, "key"), pathlib.Path(folder, "text")
        key.write_bytes(der)
        text.write_bytes(message)
        command = ["openssl", "pkeyutl", "-sign", "-rawin", "-keyform", "DER"]
        return subprocess.check_output(command + ["-inkey", key, "-in", text]).hex()


metadata = {
    "tandem.version": "1",
    "tandem.programs": PROGRAMS,
    "tandem.signatures": json.dumps(SIGNATURES),
    "author": "the golden file's script, ü",
}
hashes = {"__metadata__": hash_of_rest(metadata)}
for name, _, _, data in TENSORS:
    hashes[name] = hashlib.sha256(data).hexdigest()
metadata["tandem.sha256"] = json.dumps(hashes)
metadata["tandem.signature"] = json.dumps(
    {
        "algorithm": "Ed25519",
        "public_key": PUBLIC,
        "signature": sign(b"tandem.signature 1\n" + metadata["tandem.sha256"].encode()),
    }
)

header = {"__metadata__": metadata}
at = 0
for name, dtype, shape, data in TENSORS:
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
    at += len(data)
text = json.dumps(header).encode()
text += b" " * (-(8 + len(text)) % 64)
pathlib.Path(__file__).with_name("version1.tandem").write_bytes(
    part(text) + b"".join(data for *_, data in TENSORS)
)
