"""CIFAR-10 and CIFAR-100, from the archive's "python" files."""

import os
import pickle

from .._pil import image_module
from .vision import VisionDataset, data_folders


class _PlainUnpickler(pickle.Unpickler):
    """Reads dicts, lists, bytes and NumPy arrays, and nothing that could run."""

    allowed = {("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
               ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}

    def find_class(self, module, name):
        if (module, name) not in self.allowed:
            raise pickle.UnpicklingError(f"a file of CIFAR holds {module}.{name}, which no such file does")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)


class CIFAR10(VisionDataset):
    """60,000 small colour images of 10 classes. data: uint8 array [n, 32, 32, 3]; targets: list of ints.

    The archive's folder is looked for in ``root`` and $TANDEM_DATA."""

    base_folder = "cifar-10-batches-py"
    train_list = [f"data_batch_{i}" for i in range(1, 6)]
    test_list = ["test_batch"]
    labels, meta, names = "labels", "batches.meta", "label_names"

    def __init__(self, root=None, train=True, transform=None, target_transform=None, download=False):
        super().__init__(root, transform=transform, target_transform=target_transform)
        import numpy

        self.train = train
        folder = self._find(download)
        self.targets, parts = [], []
        for name in self.train_list if train else self.test_list:
            entry = self._read(os.path.join(folder, name))
            parts.append(entry["data"])
            self.targets += entry[self.labels]
        self.data = numpy.vstack(parts).reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
        self.classes = self._read(os.path.join(folder, self.meta))[self.names]
        self.class_to_idx = {name: i for i, name in enumerate(self.classes)}

    def _find(self, download):
        folders = data_folders(self.root, self.base_folder, os.path.join("cifar10", self.base_folder))
        for folder in folders:
            if os.path.isfile(os.path.join(folder, self.test_list[0])):
                return folder
        raise RuntimeError(f"Dataset not found: there is no {self.test_list[0]} in {', '.join(folders)}; unpack the "
                           f"archive with the folder {self.base_folder} there"
                           + (" (Tandem does not download this one)" if download else ""))

    @staticmethod
    def _read(path):
        with open(path, "rb") as file:
            return _PlainUnpickler(file, encoding="latin1").load()

    def __getitem__(self, index):
        return self.transformed(image_module().fromarray(self.data[index]), self.targets[index])

    def __len__(self):
        return len(self.data)

    def extra_repr(self):
        return f"Split: {'Train' if self.train else 'Test'}"


class CIFAR100(CIFAR10):
    """60,000 small colour images of 100 classes."""

    base_folder = "cifar-100-python"
    train_list, test_list = ["train"], ["test"]
    labels, meta, names = "fine_labels", "meta", "fine_label_names"
