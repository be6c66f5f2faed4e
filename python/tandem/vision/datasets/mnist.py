"""MNIST and datasets in its format."""

import os

from ..._C import _data
from .._pil import image_module
from .vision import VisionDataset, data_folders

_kinds = {True: "train", False: "t10k"}


class MNIST(VisionDataset):
    """Handwritten digits, 28 x 28: 60,000 to train on, 10,000 to test. data: uint8[n, 28, 28]; targets: int64[n].

    The files are looked for in ``root``/MNIST/raw, ``root``, $TANDEM_DATA and Tandem's cache, and with ``download``
    fetched into the cache."""

    classes = ["0 - zero", "1 - one", "2 - two", "3 - three", "4 - four", "5 - five", "6 - six", "7 - seven",
               "8 - eight", "9 - nine"]
    known = "mnist"  # in Tandem's catalog of data; empty: not there
    folders = ("mnist",)

    def __init__(self, root=None, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        self.train = train
        images, labels = self._find(download)
        self.data, self.targets = _data.load_idx(images), _data.load_idx(labels).long()

    @property
    def raw_folder(self):
        return os.path.join(self.root, type(self).__name__, "raw")

    @property
    def processed_folder(self):
        return os.path.join(self.root, type(self).__name__, "processed")

    @property
    def class_to_idx(self):
        return {name: i for i, name in enumerate(self.classes)}

    def _find(self, download):
        wanted = [f"{_kinds[bool(self.train)]}-{what}-ubyte" for what in ("images-idx3", "labels-idx1")]
        folders = data_folders(self.root, os.path.join(type(self).__name__, "raw"), *self.folders)
        for folder in folders:
            for ending in ("", ".gz"):
                paths = [os.path.join(folder, name + ending) for name in wanted]
                if all(os.path.isfile(path) for path in paths):
                    return paths
        why = ""
        if self.known:
            found, why = _data.find(self.known, download)
            own = [path for path in found if os.path.basename(path).startswith(_kinds[bool(self.train)])]
            if own:
                return sorted(own, key=lambda path: "labels" in path)
        raise RuntimeError("Dataset not found. You can use download=True to download it; looked for "
                           f"{wanted[0]}[.gz] in {', '.join(folders)}" + (f"; {why}" if why else ""))

    def __getitem__(self, index):
        image = image_module().fromarray(self.data[index].numpy())
        return self.transformed(image, int(self.targets[index]))

    def __len__(self):
        return len(self.data)

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}"


class FashionMNIST(MNIST):
    """Articles of clothing in MNIST's format (Xiao et al., 2017)."""

    classes = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
    known = ""
    folders = ("fashion-mnist", "fashion_mnist")


class KMNIST(MNIST):
    """Japanese characters in MNIST's format (Clanuwat et al., 2018)."""

    classes = ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"]
    known = ""
    folders = ("kmnist",)


class DrawnDigits(MNIST):
    """Digits like MNIST's that Tandem draws itself, for machines without data or network. Different seeds share no image."""

    def __init__(self, size=10000, seed=0, transform=None, target_transform=None):
        VisionDataset.__init__(self, transform=transform, target_transform=target_transform)
        self.data, self.targets = _data.draw_digits(size, seed)
        self.seed = seed

    def extra_repr(self):
        return f"Seed: {self.seed}"
