"""FakeData: random images for tests of programs."""

from .vision import VisionDataset


class FakeData(VisionDataset):
    """``size`` images of noise; image i is the same each time it is asked for."""

    def __init__(self, size=1000, image_size=(3, 224, 224), num_classes=10, transform=None, target_transform=None,
                 random_offset=0):
        super().__init__(None, transform=transform, target_transform=target_transform)
        self.size, self.image_size, self.num_classes, self.random_offset = size, image_size, num_classes, random_offset

    def __getitem__(self, index):
        from ... import get_rng_state, manual_seed, randint, randn, set_rng_state

        if not 0 <= index < self.size:
            raise IndexError(f"{type(self).__name__} index out of range")
        before = get_rng_state()
        manual_seed(index + self.random_offset)
        image = randn(*self.image_size)
        target = randint(0, self.num_classes, size=(1,))
        set_rng_state(before)
        from ..transforms.functional import to_pil_image

        return self.transformed(to_pil_image(image), int(target))

    def __len__(self):
        return self.size
