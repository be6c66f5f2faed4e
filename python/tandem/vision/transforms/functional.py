"""What transforms do, as functions of images: Pillow's, or tensors [..., C, H, W]."""

from enum import Enum

from ... import Tensor, from_numpy, tensor, uint8
from .._pil import image_module, is_pil


class InterpolationMode(Enum):
    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


def _resampling(mode):
    """Pillow's name for an interpolation."""
    names = image_module().Resampling
    if not isinstance(mode, InterpolationMode):
        return mode
    return getattr(names, {"nearest-exact": "NEAREST"}.get(mode.value, mode.value.upper()))


def _array(image):
    import numpy

    return numpy.array(image, copy=True)


def pil_to_tensor(image):
    """The bytes of an image as [C, H, W]."""
    if not is_pil(image):
        raise TypeError(f"pic should be PIL Image. Got {type(image)}")
    values = _array(image)
    if values.dtype == bool:
        values = values.astype("uint8")
    t = from_numpy(values)
    return t.unsqueeze(0) if t.dim() == 2 else t.permute(2, 0, 1).contiguous()


def to_tensor(image):
    """An image, or an array [H, W, C], as [C, H, W]: bytes become floats in 0..1."""
    if is_pil(image):
        t = pil_to_tensor(image)
        if image.mode == "1":
            return t.float()
    elif type(image).__module__ == "numpy":
        if image.ndim not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {image.ndim} dimensions.")
        t = from_numpy(image if image.ndim == 3 else image[:, :, None]).permute(2, 0, 1).contiguous()
    else:
        raise TypeError(f"pic should be PIL Image or ndarray. Got {type(image)}")
    return t.float().div_(255) if t.dtype == uint8 else t


def to_pil_image(image, mode=None):
    """A tensor [C, H, W] or an array [H, W, C] as an image of Pillow's."""
    if isinstance(image, Tensor):
        if image.dim() not in (2, 3):
            raise ValueError(f"pic should be 2/3 dimensional. Got {image.dim()} dimensions.")
        if image.dim() == 2:
            image = image.unsqueeze(0)
        if image.is_floating_point() and mode != "F":
            image = image.mul(255).to(uint8)
        values = image.detach().cpu().permute(1, 2, 0).contiguous().numpy()
    elif type(image).__module__ == "numpy":
        values = image if image.ndim == 3 else image[:, :, None]
    else:
        raise TypeError(f"pic should be Tensor or ndarray. Got {type(image)}.")
    if values.shape[2] > 4:
        raise ValueError(f"pic should not have > 4 channels. Got {values.shape[2]} channels.")
    return image_module().fromarray(values[:, :, 0] if values.shape[2] == 1 else values, mode)


def convert_image_dtype(image, dtype):
    """Another dtype; bytes 0..255 and floats 0..1 stand for each other."""
    if image.dtype == dtype:
        return image
    if image.is_floating_point():
        if dtype.is_floating_point:
            return image.to(dtype)
        from ... import iinfo

        return image.mul(iinfo(dtype).max + 1 - 1e-3).to(dtype)
    if dtype.is_floating_point:
        from ... import iinfo

        return image.to(dtype) / iinfo(image.dtype).max
    raise TypeError(f"convert_image_dtype: from {image.dtype} to {dtype} is not supported")


def get_image_size(image):
    """[width, height]"""
    return list(image.size) if is_pil(image) else [image.shape[-1], image.shape[-2]]


def get_dimensions(image):
    """[channels, height, width]"""
    if is_pil(image):
        return [len(image.getbands()), image.height, image.width]
    return [1 if image.dim() == 2 else image.shape[-3], image.shape[-2], image.shape[-1]]


def get_image_num_channels(image):
    return get_dimensions(image)[0]


def normalize(image, mean, std, inplace=False):
    """(image - mean) / std, by channel."""
    if not isinstance(image, Tensor):
        raise TypeError(f"img should be Tensor Image. Got {type(image)}")
    if not image.is_floating_point():
        raise TypeError(f"Input tensor should be a float tensor. Got {image.dtype}.")
    if image.dim() < 3:
        raise ValueError(f"Expected tensor to be a tensor image of size (..., C, H, W). Got tensor.size() = {image.size()}")
    mean, std = tensor(mean, dtype=image.dtype), tensor(std, dtype=image.dtype)
    if (std == 0).any():
        raise ValueError(f"std evaluated to zero after conversion to {image.dtype}, leading to division by zero.")
    channels = lambda v: v.view(-1, 1, 1) if v.dim() == 1 else v
    image = image if inplace else image.clone()
    return image.sub_(channels(mean)).div_(channels(std))


def _target_size(image, size, max_size):
    """[height, width] for a size: a pair, or that of the shorter side."""
    if not isinstance(size, int) and len(size) == 2:
        return list(size)
    short_side = size if isinstance(size, int) else size[0]
    width, height = get_image_size(image)
    short, long = sorted((width, height))
    new_short, new_long = short_side, int(short_side * long / short)
    if max_size is not None and new_long > max_size:
        new_short, new_long = int(max_size * new_short / new_long), max_size
    return [new_long, new_short] if width <= height else [new_short, new_long]


def resize(image, size, interpolation=InterpolationMode.BILINEAR, max_size=None, antialias=True):
    """An image of another size; of one number for the size it is that of the shorter side."""
    height, width = _target_size(image, size, max_size)
    if get_image_size(image) == [width, height]:
        return image
    if is_pil(image):
        return image.resize((width, height), _resampling(interpolation))
    if interpolation in (InterpolationMode.NEAREST, InterpolationMode.NEAREST_EXACT):
        mode = interpolation.value
        return _floating(image, lambda x: _interpolated(x, (height, width), mode))
    smaller = height < image.shape[-2] or width < image.shape[-1]
    if antialias and smaller:
        raise NotImplementedError("resize: a tensor is not made smaller with antialias=True; resize the Pillow image "
                                  "before ToTensor(), or pass antialias=False")
    return _floating(image, lambda x: _interpolated(x, (height, width), interpolation.value))


def _interpolated(x, size, mode):
    from ...nn.functional import interpolate

    batch = x.reshape(-1, *x.shape[-3:])
    return interpolate(batch, size, mode=mode).reshape(*x.shape[:-2], *size)


def _floating(image, function):
    """``function`` of the image in floats, back in the image's dtype."""
    if image.is_floating_point():
        return function(image)
    return function(image.float()).round().clamp(0, 255).to(image.dtype)


def crop(image, top, left, height, width):
    """The part from (top, left) on; zeros where it reaches beyond the image."""
    if is_pil(image):
        return image.crop((left, top, left + width, top + height))
    h, w = image.shape[-2:]
    right, bottom = left + width, top + height
    part = image[..., max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    if left < 0 or top < 0 or right > w or bottom > h:
        sides = [max(min(right, 0) - left, 0), max(right - max(w, left), 0), max(min(bottom, 0) - top, 0), max(bottom - max(h, top), 0)]
        return pad(part, [sides[0], sides[2], sides[1], sides[3]])
    return part


def center_crop(image, output_size):
    size = [output_size, output_size] if isinstance(output_size, int) else list(output_size) * (2 // len(output_size))
    height, width = size
    w, h = get_image_size(image)
    if width > w or height > h:
        image = pad(image, [(width - w) // 2 if width > w else 0, (height - h) // 2 if height > h else 0,
                            (width - w + 1) // 2 if width > w else 0, (height - h + 1) // 2 if height > h else 0])
        w, h = get_image_size(image)
    return crop(image, int(round((h - height) / 2.0)), int(round((w - width) / 2.0)), height, width)


def resized_crop(image, top, left, height, width, size, interpolation=InterpolationMode.BILINEAR, antialias=True):
    return resize(crop(image, top, left, height, width), size, interpolation, antialias=antialias)


def pad(image, padding, fill=0, padding_mode="constant"):
    """``padding``: one number, (left/right, top/bottom), or (left, top, right, bottom)."""
    sides = [padding] * 4 if isinstance(padding, int) else list(padding)
    sides = {1: sides * 4, 2: sides * 2, 4: sides}.get(len(sides))
    if sides is None:
        raise ValueError(f"Padding must be an int or a 1, 2, or 4 element tuple, not a {len(padding)} element tuple")
    left, top, right, bottom = sides
    if is_pil(image):
        if padding_mode == "constant":
            from PIL import ImageOps

            if isinstance(fill, (int, float)) and len(image.getbands()) > 1:
                fill = (int(fill),) * len(image.getbands())
            elif isinstance(fill, (tuple, list)):
                fill = tuple(fill) if len(fill) > 1 else fill[0]
            return ImageOps.expand(image, (left, top, right, bottom), fill=fill)
        import numpy

        sides = [(top, bottom), (left, right)] + [(0, 0)] * (len(image.getbands()) > 1)
        mode = {"reflect": "reflect", "edge": "edge", "symmetric": "symmetric"}[padding_mode]
        return image_module().fromarray(numpy.pad(_array(image), sides, mode))
    from ...nn.functional import pad as pad_tensor

    mode = {"edge": "replicate"}.get(padding_mode, padding_mode)
    if mode == "constant":
        return pad_tensor(image, [left, right, top, bottom], "constant", fill)
    flat = image.reshape(-1, *image.shape[-3:])
    return _floating(flat, lambda x: pad_tensor(x, [left, right, top, bottom], mode)).reshape(
        *image.shape[:-2], image.shape[-2] + top + bottom, image.shape[-1] + left + right)


def hflip(image):
    return image.transpose(image_module().Transpose.FLIP_LEFT_RIGHT) if is_pil(image) else image.flip(-1)


def vflip(image):
    return image.transpose(image_module().Transpose.FLIP_TOP_BOTTOM) if is_pil(image) else image.flip(-2)


def rgb_to_grayscale(image, num_output_channels=1):
    if is_pil(image):
        return to_grayscale(image, num_output_channels)
    if image.shape[-3] == 1:
        gray = image
    else:
        r, g, b = image.unbind(-3)
        gray = (0.2989 * r + 0.587 * g + 0.114 * b).to(image.dtype).unsqueeze(-3)
    return gray.expand(*gray.shape[:-3], num_output_channels, *gray.shape[-2:])


def to_grayscale(image, num_output_channels=1):
    if num_output_channels not in (1, 3):
        raise ValueError("num_output_channels should be either 1 or 3")
    gray = _as_pil(image).convert("L")
    return gray if num_output_channels == 1 else image_module().merge("RGB", (gray, gray, gray))


def _as_pil(image):
    if not is_pil(image):
        raise TypeError(f"this transform takes images of Pillow's, got {type(image).__name__}: put it before ToTensor()")
    return image


def _blend(image, other, factor):
    top = 1.0 if image.is_floating_point() else 255.0
    return (factor * image + (1.0 - factor) * other).clamp(0, top).to(image.dtype)


def adjust_brightness(image, brightness_factor):
    if is_pil(image):
        from PIL import ImageEnhance

        return ImageEnhance.Brightness(image).enhance(brightness_factor)
    return _blend(image, image.new_zeros(image.shape), brightness_factor)


def adjust_contrast(image, contrast_factor):
    if is_pil(image):
        from PIL import ImageEnhance

        return ImageEnhance.Contrast(image).enhance(contrast_factor)
    gray = rgb_to_grayscale(image).float() if image.shape[-3] == 3 else image.float()
    return _blend(image, gray.mean([-3, -2, -1], keepdim=True), contrast_factor)


def adjust_saturation(image, saturation_factor):
    if is_pil(image):
        from PIL import ImageEnhance

        return ImageEnhance.Color(image).enhance(saturation_factor)
    return image if image.shape[-3] == 1 else _blend(image, rgb_to_grayscale(image), saturation_factor)


def adjust_hue(image, hue_factor):
    """Turns the hue by a part of the circle, -0.5..0.5."""
    if not -0.5 <= hue_factor <= 0.5:
        raise ValueError(f"hue_factor ({hue_factor}) is not in [-0.5, 0.5].")
    mode = _as_pil(image).mode
    if mode in ("L", "1", "I", "F"):
        return image
    import numpy

    h, s, v = image.convert("HSV").split()
    turned = numpy.array(h, dtype=numpy.uint8)
    turned = (turned.astype(numpy.int32) + int(hue_factor * 255)).astype(numpy.uint8)
    return image_module().merge("HSV", (image_module().fromarray(turned), s, v)).convert(mode)


def adjust_sharpness(image, sharpness_factor):
    from PIL import ImageEnhance

    return ImageEnhance.Sharpness(_as_pil(image)).enhance(sharpness_factor)


def _image_ops(name):
    def function(image, *args):
        from PIL import ImageOps

        return getattr(ImageOps, name)(_as_pil(image), *args)

    function.__name__ = name
    return function


posterize, solarize, autocontrast, equalize, invert = (
    _image_ops(name) for name in ("posterize", "solarize", "autocontrast", "equalize", "invert"))


def rotate(image, angle, interpolation=InterpolationMode.NEAREST, expand=False, center=None, fill=None):
    """Turned by ``angle`` degrees against the clock."""
    return _as_pil(image).rotate(angle, _resampling(interpolation), expand, center, fillcolor=_fill(image, fill))


def _fill(image, fill):
    bands = len(image.getbands())
    if fill is None:
        fill = 0
    if isinstance(fill, (int, float)):
        return (int(fill),) * bands if bands > 1 else fill
    return tuple(fill) if bands > 1 else fill[0]


def affine(image, angle, translate, scale, shear, interpolation=InterpolationMode.NEAREST, fill=None, center=None):
    """Turned, shifted, scaled and sheared about the centre."""
    import math

    _as_pil(image)
    shear = [shear, 0.0] if isinstance(shear, (int, float)) else list(shear) + [0.0] * (2 - len(shear))
    cx, cy = (image.width * 0.5, image.height * 0.5) if center is None else center
    rot, sx, sy = math.radians(angle), math.radians(shear[0]), math.radians(shear[1])
    a = math.cos(rot - sy) / math.cos(sy)
    b = -math.cos(rot - sy) * math.tan(sx) / math.cos(sy) - math.sin(rot)
    c = math.sin(rot - sy) / math.cos(sy)
    d = -math.sin(rot - sy) * math.tan(sx) / math.cos(sy) + math.cos(rot)
    tx, ty = translate
    m = [d / scale, -b / scale, 0.0, -c / scale, a / scale, 0.0]
    m[2] = m[0] * (-cx - tx) + m[1] * (-cy - ty) + cx
    m[5] = m[3] * (-cx - tx) + m[4] * (-cy - ty) + cy
    return image.transform(image.size, image_module().Transform.AFFINE, m, _resampling(interpolation),
                           fillcolor=_fill(image, fill))


def gaussian_blur(image, kernel_size, sigma=None):
    """Blurred by a Gaussian of ``kernel_size`` pixels."""
    from ...nn.functional import conv2d
    from ... import arange, exp

    sizes = [kernel_size] * 2 if isinstance(kernel_size, int) else list(kernel_size)
    sigmas = [k * 0.15 + 0.35 for k in sizes] if sigma is None else sigma
    sigmas = [sigmas] * 2 if isinstance(sigmas, (int, float)) else list(sigmas) * (2 // len(sigmas))
    x = pil_to_tensor(image) if is_pil(image) else image
    dtype, shape = x.dtype, x.shape
    x = x.reshape(-1, *shape[-3:]) if x.is_floating_point() else x.reshape(-1, *shape[-3:]).float()

    def kernel(size, s):
        at = arange(size).to(x.dtype) - (size - 1) / 2
        weights = exp(-0.5 * (at / s) ** 2)
        return weights / weights.sum()

    kx, ky = kernel(sizes[0], sigmas[0]), kernel(sizes[1], sigmas[1])
    channels = x.shape[1]
    weight = (ky[:, None] * kx[None, :]).expand(channels, 1, sizes[1], sizes[0]).contiguous()
    from ...nn.functional import pad as pad_tensor

    x = pad_tensor(x, [sizes[0] // 2, sizes[0] // 2, sizes[1] // 2, sizes[1] // 2], "reflect")
    x = conv2d(x, weight, groups=channels).reshape(shape)
    if not dtype.is_floating_point:
        x = x.round().clamp(0, 255).to(dtype)
    return to_pil_image(x, image.mode) if is_pil(image) else x


def erase(image, i, j, h, w, v, inplace=False):
    image = image if inplace else image.clone()
    image[..., i : i + h, j : j + w] = v
    return image


def five_crop(image, size):
    height, width = (size, size) if isinstance(size, int) else (size * 2)[:2] if len(size) == 1 else size
    w, h = get_image_size(image)
    if width > w or height > h:
        raise ValueError(f"Requested crop size {size} is bigger than input size {(h, w)}")
    return (crop(image, 0, 0, height, width), crop(image, 0, w - width, height, width),
            crop(image, h - height, 0, height, width), crop(image, h - height, w - width, height, width),
            center_crop(image, [height, width]))


def ten_crop(image, size, vertical_flip=False):
    return five_crop(image, size) + five_crop(vflip(image) if vertical_flip else hflip(image), size)
