"""Transforms of images: Pillow's, or tensors [..., C, H, W]. Random ones draw from the default generator, as
torchvision's do, so that a seed gives the same crops and flips."""

from . import functional
from .augment import RandAugment, TrivialAugmentWide
from .functional import InterpolationMode
from .random import (
    ColorJitter, GaussianBlur, RandomAdjustSharpness, RandomAffine, RandomApply, RandomAutocontrast, RandomChoice,
    RandomCrop, RandomEqualize, RandomErasing, RandomGrayscale, RandomHorizontalFlip, RandomInvert, RandomOrder,
    RandomPosterize, RandomResizedCrop, RandomRotation, RandomSolarize, RandomVerticalFlip,
)
from .simple import (
    CenterCrop, Compose, ConvertImageDtype, FiveCrop, Grayscale, Lambda, Normalize, Pad, PILToTensor, Resize, TenCrop,
    ToPILImage, ToTensor,
)

__all__ = [name for name in dir() if name[0].isupper()]
