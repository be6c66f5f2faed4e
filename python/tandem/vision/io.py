"""Image files as tensors."""

from enum import Enum

from ._pil import image_module


class ImageReadMode(Enum):
    UNCHANGED = 0
    GRAY = 1
    GRAY_ALPHA = 2
    RGB = 3
    RGB_ALPHA = 4


_modes = {"GRAY": "L", "GRAY_ALPHA": "LA", "RGB": "RGB", "RGB_ALPHA": "RGBA"}


def _tensor(image, mode):
    from .transforms.functional import pil_to_tensor

    name = mode.name if isinstance(mode, ImageReadMode) else str(mode)
    if name in _modes:
        image = image.convert(_modes[name])
    elif image.mode in ("P", "1"):
        image = image.convert("RGB" if image.mode == "P" else "L")
    return pil_to_tensor(image)


def read_image(path, mode=ImageReadMode.UNCHANGED):
    """An image file as uint8 [C, H, W]."""
    with open(path, "rb") as file:
        return _tensor(image_module().open(file), mode)


decode_image = read_image


def write_png(input, filename, compression_level=6):
    _write(input, filename, "PNG", compress_level=compression_level)


def write_jpeg(input, filename, quality=75):
    _write(input, filename, "JPEG", quality=quality)


def _write(input, filename, format, **options):
    from .transforms.functional import to_pil_image

    to_pil_image(input).save(filename, format=format, **options)
