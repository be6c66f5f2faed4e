"""torch.onnx: programs import it to save; Tandem does not write ONNX from Python yet, and says so when asked."""

from ._C import UnsupportedError


def export(*args, **kwargs):
    raise UnsupportedError("onnx.export: Tandem does not write ONNX from Python yet; tandem.save_program() keeps the "
                           "model in a file that runs without Python")


def is_in_onnx_export():
    return False
