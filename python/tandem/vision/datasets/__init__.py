"""Image datasets: samples (image, target), with transforms of both."""

from .cifar import CIFAR10, CIFAR100
from .fake import FakeData
from .folder import DatasetFolder, ImageFolder, default_loader
from .mnist import KMNIST, MNIST, DrawnDigits, FashionMNIST
from .vision import VisionDataset

__all__ = ["CIFAR10", "CIFAR100", "DatasetFolder", "DrawnDigits", "FakeData", "FashionMNIST", "ImageFolder", "KMNIST", "MNIST",
           "VisionDataset", "default_loader"]
