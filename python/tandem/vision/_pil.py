"""Pillow, imported when an image is first needed."""


def image_module():
    """PIL.Image; says what to install where it is missing."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError("images need Pillow: pip install pillow") from None
    return Image


def is_pil(value):
    """Is it an image of Pillow's? Nothing is imported for the answer."""
    return any(cls.__module__ == "PIL.Image" for cls in type(value).__mro__)
