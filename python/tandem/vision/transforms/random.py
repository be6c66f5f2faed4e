"""Transforms that draw at random, from the default generator, what torchvision's draw in the same order."""

import math
import random

from ... import empty, rand, randint, randperm, tensor
from ...nn import Module
from . import functional as F
from .functional import InterpolationMode
from .simple import pair


def _uniform(low, high):
    return float(empty(1).uniform_(float(low), float(high)).item())


class _WithProbability(Module):
    """Changes an image with probability p."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, img):
        return self.change(img) if float(rand(1)) < self.p else img

    def __repr__(self):
        return f"{type(self).__name__}(p={self.p})"


class RandomHorizontalFlip(_WithProbability):
    change = staticmethod(F.hflip)


class RandomVerticalFlip(_WithProbability):
    change = staticmethod(F.vflip)


class RandomInvert(_WithProbability):
    change = staticmethod(F.invert)


class RandomAutocontrast(_WithProbability):
    change = staticmethod(F.autocontrast)


class RandomEqualize(_WithProbability):
    change = staticmethod(F.equalize)


class RandomPosterize(_WithProbability):
    def __init__(self, bits, p=0.5):
        super().__init__(p)
        self.bits = bits

    def change(self, img):
        return F.posterize(img, self.bits)


class RandomSolarize(_WithProbability):
    def __init__(self, threshold, p=0.5):
        super().__init__(p)
        self.threshold = threshold

    def change(self, img):
        return F.solarize(img, self.threshold)


class RandomAdjustSharpness(_WithProbability):
    def __init__(self, sharpness_factor, p=0.5):
        super().__init__(p)
        self.sharpness_factor = sharpness_factor

    def change(self, img):
        return F.adjust_sharpness(img, self.sharpness_factor)


class RandomGrayscale(_WithProbability):
    def __init__(self, p=0.1):
        super().__init__(p)

    def change(self, img):
        return F.rgb_to_grayscale(img, F.get_image_num_channels(img))


class RandomApply(Module):
    """All of several transforms, or none."""

    def __init__(self, transforms, p=0.5):
        super().__init__()
        self.transforms, self.p = transforms, p

    def forward(self, img):
        if self.p < float(rand(1)):
            return img
        for transform in self.transforms:
            img = transform(img)
        return img


class RandomChoice:
    """One of several transforms."""

    def __init__(self, transforms, p=None):
        self.transforms, self.p = transforms, p

    def __call__(self, *args):
        return random.choices(self.transforms, weights=self.p)[0](*args)


class RandomOrder:
    """Several transforms in any order."""

    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, img):
        order = list(range(len(self.transforms)))
        random.shuffle(order)
        for i in order:
            img = self.transforms[i](img)
        return img


class RandomCrop(Module):
    """A part of the given size anywhere."""

    def __init__(self, size, padding=None, pad_if_needed=False, fill=0, padding_mode="constant"):
        super().__init__()
        self.size, self.padding, self.pad_if_needed, self.fill, self.padding_mode = (
            pair(size), padding, pad_if_needed, fill, padding_mode)

    @staticmethod
    def get_params(img, output_size):
        _, h, w = F.get_dimensions(img)
        th, tw = output_size
        if h < th or w < tw:
            raise ValueError(f"Required crop size {(th, tw)} is larger than input image size {(h, w)}")
        if w == tw and h == th:
            return 0, 0, h, w
        i = randint(0, h - th + 1, size=(1,)).item()
        j = randint(0, w - tw + 1, size=(1,)).item()
        return i, j, th, tw

    def forward(self, img):
        if self.padding is not None:
            img = F.pad(img, self.padding, self.fill, self.padding_mode)
        _, height, width = F.get_dimensions(img)
        if self.pad_if_needed and width < self.size[1]:
            img = F.pad(img, [self.size[1] - width, 0], self.fill, self.padding_mode)
        if self.pad_if_needed and height < self.size[0]:
            img = F.pad(img, [0, self.size[0] - height], self.fill, self.padding_mode)
        return F.crop(img, *self.get_params(img, self.size))

    def __repr__(self):
        return f"RandomCrop(size={self.size}, padding={self.padding})"


class RandomResizedCrop(Module):
    """A part of random area and shape, at the given size."""

    def __init__(self, size, scale=(0.08, 1.0), ratio=(3.0 / 4.0, 4.0 / 3.0), interpolation=InterpolationMode.BILINEAR,
                 antialias=True):
        super().__init__()
        self.size, self.scale, self.ratio, self.interpolation, self.antialias = (
            pair(size), scale, ratio, interpolation, antialias)

    @staticmethod
    def get_params(img, scale, ratio):
        _, height, width = F.get_dimensions(img)
        area = height * width
        log_ratio = [float(v) for v in tensor(ratio).log()]
        for _ in range(10):
            target = area * _uniform(*scale)
            aspect = float(empty(1).uniform_(*log_ratio).exp().item())
            w, h = int(round(math.sqrt(target * aspect))), int(round(math.sqrt(target / aspect)))
            if 0 < w <= width and 0 < h <= height:
                i = randint(0, height - h + 1, size=(1,)).item()
                j = randint(0, width - w + 1, size=(1,)).item()
                return i, j, h, w
        in_ratio = width / height
        if in_ratio < min(ratio):
            w, h = width, int(round(width / min(ratio)))
        elif in_ratio > max(ratio):
            w, h = int(round(height * max(ratio))), height
        else:
            w, h = width, height
        return (height - h) // 2, (width - w) // 2, h, w

    def forward(self, img):
        i, j, h, w = self.get_params(img, self.scale, self.ratio)
        return F.resized_crop(img, i, j, h, w, self.size, self.interpolation, self.antialias)

    def __repr__(self):
        return (f"RandomResizedCrop(size={self.size}, scale={tuple(round(s, 4) for s in self.scale)}, "
                f"ratio={tuple(round(r, 4) for r in self.ratio)}, interpolation={self.interpolation.value}, "
                f"antialias={self.antialias})")


def _range(value, name, center=0.0):
    """(low, high) of one number or a pair."""
    if isinstance(value, (int, float)):
        if value < 0:
            raise ValueError(f"If {name} is a single number, it must be positive.")
        return (center - value, center + value)
    return tuple(value)


class RandomRotation(Module):
    def __init__(self, degrees, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=0):
        super().__init__()
        self.degrees = [float(d) for d in _range(degrees, "degrees")]
        self.interpolation, self.expand, self.center, self.fill = interpolation, expand, center, fill

    def forward(self, img):
        return F.rotate(img, _uniform(*self.degrees), self.interpolation, self.expand, self.center, self.fill)

    def __repr__(self):
        return (f"RandomRotation(degrees={self.degrees}, interpolation={self.interpolation.value}, expand={self.expand}, "
                f"fill={self.fill})")


class RandomAffine(Module):
    def __init__(self, degrees, translate=None, scale=None, shear=None, interpolation=InterpolationMode.NEAREST, fill=0,
                 center=None):
        super().__init__()
        self.degrees, self.translate, self.scale = _range(degrees, "degrees"), translate, scale
        self.shear = None if shear is None else _range(shear, "shear")
        self.interpolation, self.fill, self.center = interpolation, fill, center

    def forward(self, img):
        _, height, width = F.get_dimensions(img)
        angle = _uniform(*self.degrees)
        shift = (0, 0)
        if self.translate is not None:
            dx, dy = float(self.translate[0] * width), float(self.translate[1] * height)
            shift = (int(round(_uniform(-dx, dx))), int(round(_uniform(-dy, dy))))
        scale = _uniform(*self.scale) if self.scale is not None else 1.0
        shear = [0.0, 0.0]
        if self.shear is not None:
            shear[0] = _uniform(self.shear[0], self.shear[1])
            if len(self.shear) == 4:
                shear[1] = _uniform(self.shear[2], self.shear[3])
        return F.affine(img, angle, shift, scale, shear, self.interpolation, self.fill, self.center)


class ColorJitter(Module):
    """Random brightness, contrast, saturation and hue, in any order."""

    def __init__(self, brightness=0, contrast=0, saturation=0, hue=0):
        super().__init__()
        self.brightness, self.contrast, self.saturation = (
            self._limits(value, 1.0, 0.0) for value in (brightness, contrast, saturation))
        self.hue = self._limits(hue, 0.0, None)

    @staticmethod
    def _limits(value, center, least):
        low, high = _range(value, "jitter", center)
        low = low if least is None else max(low, least)
        return None if low == high == center else (low, high)

    @staticmethod
    def get_params(brightness, contrast, saturation, hue):
        return (randperm(4), *(None if limits is None else _uniform(*limits)
                               for limits in (brightness, contrast, saturation, hue)))

    def forward(self, img):
        order, *factors = self.get_params(self.brightness, self.contrast, self.saturation, self.hue)
        adjust = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
        for i in order.tolist():
            if factors[i] is not None:
                img = adjust[i](img, factors[i])
        return img

    def __repr__(self):
        return (f"ColorJitter(brightness={self.brightness}, contrast={self.contrast}, saturation={self.saturation}, "
                f"hue={self.hue})")


class GaussianBlur(Module):
    def __init__(self, kernel_size, sigma=(0.1, 2.0)):
        super().__init__()
        self.kernel_size = pair(kernel_size)
        if any(k <= 0 or k % 2 == 0 for k in self.kernel_size):
            raise ValueError("Kernel size value should be an odd and positive number.")
        self.sigma = (sigma, sigma) if isinstance(sigma, (int, float)) else tuple(sigma)

    def forward(self, img):
        sigma = _uniform(*self.sigma)
        return F.gaussian_blur(img, self.kernel_size, [sigma, sigma])

    def __repr__(self):
        return f"GaussianBlur(kernel_size={self.kernel_size}, sigma={self.sigma})"


class RandomErasing(Module):
    """Erases a random rectangle of a tensor with probability p."""

    def __init__(self, p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0, inplace=False):
        super().__init__()
        self.p, self.scale, self.ratio, self.value, self.inplace = p, scale, ratio, value, inplace

    def forward(self, img):
        if not float(rand(1)) < self.p:
            return img
        channels, height, width = img.shape[-3:]
        log_ratio = [float(v) for v in tensor(self.ratio).log()]
        for _ in range(10):
            area = height * width * _uniform(*self.scale)
            aspect = float(empty(1).uniform_(*log_ratio).exp().item())
            h, w = int(round(math.sqrt(area * aspect))), int(round(math.sqrt(area / aspect)))
            if not (h < height and w < width):
                continue
            if self.value == "random":
                value = empty((channels, h, w)).normal_()
            else:
                values = [float(self.value)] if isinstance(self.value, (int, float)) else [float(v) for v in self.value]
                value = tensor(values)[:, None, None]
            i = randint(0, height - h + 1, size=(1,)).item()
            j = randint(0, width - w + 1, size=(1,)).item()
            return F.erase(img, i, j, h, w, value, self.inplace)
        return img
