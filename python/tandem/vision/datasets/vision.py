"""VisionDataset: what image datasets share."""

import os

from ...utils.data import Dataset


class VisionDataset(Dataset):
    """Images below ``root``. ``transform`` is of the image, ``target_transform`` of the target, ``transforms`` of both."""

    def __init__(self, root=None, transforms=None, transform=None, target_transform=None):
        if transforms is not None and (transform is not None or target_transform is not None):
            raise ValueError("Only transforms or transform/target_transform can be passed as argument")
        self.root = os.path.expanduser(root) if isinstance(root, (str, bytes)) else root
        self.transform, self.target_transform, self.transforms = transform, target_transform, transforms

    def transformed(self, image, target):
        if self.transforms is not None:
            return self.transforms(image, target)
        if self.transform is not None:
            image = self.transform(image)
        if self.target_transform is not None:
            target = self.target_transform(target)
        return image, target

    def __repr__(self):
        lines = [f"Number of datapoints: {len(self)}"]
        if self.root is not None:
            lines.append(f"Root location: {self.root}")
        lines += self.extra_repr().splitlines()
        if self.transform is not None or self.target_transform is not None:
            lines.append("StandardTransform")
            for head, transform in (("Transform: ", self.transform), ("Target transform: ", self.target_transform)):
                if transform is not None:
                    first, *rest = repr(transform).splitlines()
                    lines += [head + first, *(" " * len(head) + line for line in rest)]
        elif self.transforms is not None:
            lines.append(repr(self.transforms))
        return "Dataset " + type(self).__name__ + "\n" + "\n".join("    " + line for line in lines)

    def extra_repr(self):
        return ""


def data_folders(root, *names):
    """Where data may lie: below ``root`` as torchvision keeps it, and below $TANDEM_DATA."""
    bases = [root] if root is not None else []
    if os.environ.get("TANDEM_DATA"):
        bases.append(os.environ["TANDEM_DATA"])
    return [os.path.join(base, name) for base in bases for name in (*names, "")]
