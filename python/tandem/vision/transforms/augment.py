"""Augmentation policies over images of Pillow's: TrivialAugmentWide, RandAugment."""

from ... import linspace, randint, tensor
from ...nn import Module
from . import functional as F
from .functional import InterpolationMode


def _apply(image, name, magnitude, interpolation, fill):
    """One operation of the policies."""
    import math

    if name in ("ShearX", "ShearY"):
        shear = math.degrees(math.atan(magnitude))
        return F.affine(image, 0.0, [0, 0], 1.0, [shear, 0.0] if name == "ShearX" else [0.0, shear], interpolation, fill,
                        [0, 0])
    if name in ("TranslateX", "TranslateY"):
        return F.affine(image, 0.0, [int(magnitude), 0] if name == "TranslateX" else [0, int(magnitude)], 1.0, [0.0, 0.0],
                        interpolation, fill)
    if name == "Rotate":
        return F.rotate(image, magnitude, interpolation, fill=fill)
    simple = {"Brightness": F.adjust_brightness, "Color": F.adjust_saturation, "Contrast": F.adjust_contrast,
              "Sharpness": F.adjust_sharpness}
    if name in simple:
        return simple[name](image, 1.0 + magnitude)
    if name == "Posterize":
        return F.posterize(image, int(magnitude))
    if name == "Solarize":
        return F.solarize(image, magnitude)
    return {"AutoContrast": F.autocontrast, "Equalize": F.equalize, "Invert": F.invert, "Identity": lambda x: x}[name](image)


class _Policy(Module):
    def __init__(self, num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__()
        self.num_magnitude_bins, self.interpolation, self.fill = num_magnitude_bins, interpolation, fill

    def _one(self, image, space, bin_of):
        """Applies one operation of ``space``, drawn at random."""
        name = list(space)[int(randint(len(space), (1,)).item())]
        magnitudes, signed = space[name]
        magnitude = float(magnitudes[bin_of(magnitudes)].item()) if magnitudes.dim() > 0 else 0.0
        if signed and randint(2, (1,)):
            magnitude *= -1.0
        return _apply(image, name, magnitude, self.interpolation, self.fill)


class TrivialAugmentWide(_Policy):
    """One operation of random strength (Müller and Hutter, 2021)."""

    def forward(self, img):
        n = self.num_magnitude_bins
        space = {
            "Identity": (tensor(0.0), False), "ShearX": (linspace(0.0, 0.99, n), True), "ShearY": (linspace(0.0, 0.99, n), True),
            "TranslateX": (linspace(0.0, 32.0, n), True), "TranslateY": (linspace(0.0, 32.0, n), True),
            "Rotate": (linspace(0.0, 135.0, n), True), "Brightness": (linspace(0.0, 0.99, n), True),
            "Color": (linspace(0.0, 0.99, n), True), "Contrast": (linspace(0.0, 0.99, n), True),
            "Sharpness": (linspace(0.0, 0.99, n), True),
            "Posterize": (8 - (linspace(0.0, n - 1, n) / ((n - 1) / 6)).round(), False),
            "Solarize": (linspace(255.0, 0.0, n), False), "AutoContrast": (tensor(0.0), False), "Equalize": (tensor(0.0), False),
        }
        return self._one(img, space, lambda m: int(randint(len(m), (1,)).item()))


class RandAugment(_Policy):
    """``num_ops`` operations of one strength (Cubuk et al., 2020)."""

    def __init__(self, num_ops=2, magnitude=9, num_magnitude_bins=31, interpolation=InterpolationMode.NEAREST, fill=None):
        super().__init__(num_magnitude_bins, interpolation, fill)
        self.num_ops, self.magnitude = num_ops, magnitude

    def forward(self, img):
        n = self.num_magnitude_bins
        width, height = F.get_image_size(img)
        space = {
            "Identity": (tensor(0.0), False), "ShearX": (linspace(0.0, 0.3, n), True), "ShearY": (linspace(0.0, 0.3, n), True),
            "TranslateX": (linspace(0.0, 150.0 / 331.0 * width, n), True),
            "TranslateY": (linspace(0.0, 150.0 / 331.0 * height, n), True),
            "Rotate": (linspace(0.0, 30.0, n), True), "Brightness": (linspace(0.0, 0.9, n), True),
            "Color": (linspace(0.0, 0.9, n), True), "Contrast": (linspace(0.0, 0.9, n), True),
            "Sharpness": (linspace(0.0, 0.9, n), True),
            "Posterize": (8 - (linspace(0.0, n - 1, n) / ((n - 1) / 4)).round(), False),
            "Solarize": (linspace(255.0, 0.0, n), False), "AutoContrast": (tensor(0.0), False), "Equalize": (tensor(0.0), False),
        }
        for _ in range(self.num_ops):
            img = self._one(img, space, lambda m: self.magnitude)
        return img
