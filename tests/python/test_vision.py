"""tandem.vision: datasets, transforms, models, image files."""

import gzip
import struct

import pytest

import tandem as torch
from tandem.vision import datasets, io, models, transforms, utils
from tandem.vision.transforms import functional as F

Image = pytest.importorskip("PIL.Image")
np = pytest.importorskip("numpy")


def write_mnist(folder, packed):
    folder.mkdir(parents=True)
    for name, n in (("train", 3), ("t10k", 2)):
        images = struct.pack(">4i", 2051, n, 28, 28) + bytes(range(256)) * (n * 28 * 28 // 256 + 1)
        labels = struct.pack(">2i", 2049, n) + bytes(range(n))
        for what, content in (("images-idx3", images[: 16 + n * 784]), ("labels-idx1", labels)):
            path = folder / (f"{name}-{what}-ubyte" + (".gz" if packed else ""))
            path.write_bytes(gzip.compress(content) if packed else content)


@pytest.mark.parametrize("packed", [True, False])
def test_mnist(tmp_path, packed, monkeypatch):
    monkeypatch.setenv("TANDEM_OFFLINE", "1")
    monkeypatch.delenv("TANDEM_DATA", raising=False)
    monkeypatch.setenv("TANDEM_CACHE", str(tmp_path / "cache"))
    write_mnist(tmp_path / "MNIST" / "raw", packed)
    train = datasets.MNIST(tmp_path, train=True, transform=transforms.ToTensor())
    assert len(train) == 3 and train.data.shape == (3, 28, 28) and train.targets.tolist() == [0, 1, 2]
    image, label = train[1]
    assert image.shape == (1, 28, 28) and image.dtype == torch.float32 and label == 1
    assert torch.allclose(image[0], train.data[1].float() / 255)
    assert isinstance(datasets.MNIST(tmp_path, train=False)[0][0], Image.Image)
    assert "Number of datapoints: 3" in repr(train) and "Split: Train" in repr(train)
    with pytest.raises(RuntimeError, match="Dataset not found"):
        datasets.FashionMNIST(tmp_path / "nowhere")


def test_image_folder(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (4, 3), (255, 0, 0)).save(tmp_path / name / "1.png")
        (tmp_path / name / "notes.txt").write_text("no image")
    folder = datasets.ImageFolder(tmp_path, transforms.ToTensor())
    assert folder.classes == ["cat", "dog"] and len(folder) == 2 and folder.targets == [0, 1]
    assert folder[1][0].shape == (3, 3, 4) and folder[1][0][0].min().item() == 1.0
    with pytest.raises(FileNotFoundError, match="class folder"):
        datasets.ImageFolder(tmp_path / "cat")


def test_fake_data_and_cifar(tmp_path):
    fake = datasets.FakeData(4, (3, 8, 8), transform=transforms.ToTensor())
    assert torch.equal(fake[2][0], fake[2][0]) and len(fake) == 4
    import pickle

    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    entry = {"data": np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072), "labels": [3, 4]}
    for name in datasets.CIFAR10.train_list + datasets.CIFAR10.test_list:
        (folder / name).write_bytes(pickle.dumps(entry, protocol=2))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(i) for i in range(10)]}, protocol=2))
    cifar = datasets.CIFAR10(tmp_path, train=False)
    assert len(cifar) == 2 and cifar[1][1] == 4 and cifar[0][0].size == (32, 32)
    import os

    class Evil:
        def __reduce__(self):
            return os.getcwd, ()

    (folder / "test_batch").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(pickle.UnpicklingError, match="which no such file does"):
        datasets.CIFAR10(tmp_path, train=False)


def picture(width=8, height=6):
    return Image.fromarray(np.arange(width * height * 3, dtype=np.uint8).reshape(height, width, 3))


def test_to_tensor_and_back():
    image = picture()
    t = transforms.ToTensor()(image)
    assert t.shape == (3, 6, 8) and t.dtype == torch.float32 and t.max().item() <= 1
    assert np.array_equal(np.asarray(transforms.ToPILImage()(t)), np.asarray(image))
    assert transforms.PILToTensor()(image).dtype == torch.uint8
    with pytest.raises(TypeError, match="pic should be PIL Image or ndarray"):
        transforms.ToTensor()("file.png")


def test_simple_transforms():
    image, t = picture(), transforms.ToTensor()(picture())
    assert transforms.Resize(3)(image).size == (4, 3) and transforms.Resize((5, 7))(image).size == (7, 5)
    for x in (image, t):
        assert F.get_image_size(transforms.CenterCrop(4)(x)) == [4, 4]
        assert F.get_image_size(transforms.Pad(2)(x)) == [12, 10]
        assert F.get_image_size(transforms.CenterCrop(10)(x)) == [10, 10]
    assert torch.equal(F.hflip(t), transforms.ToTensor()(F.hflip(image)))
    assert torch.equal(F.crop(t, 1, 2, 3, 4), transforms.ToTensor()(F.crop(image, 1, 2, 3, 4)))
    assert transforms.Grayscale(3)(image).mode == "RGB" and transforms.Grayscale()(t).shape == (1, 6, 8)
    normal = transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert torch.allclose(normal(t), t * 2 - 1, atol=1e-6)
    with pytest.raises(ValueError, match="std evaluated to zero"):
        transforms.Normalize([0.0], [0.0])(torch.ones(1, 2, 2))
    both = transforms.Compose([transforms.ToTensor(), normal])
    assert repr(both) == ("Compose(\n    ToTensor()\n    Normalize(mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5))\n)")


def test_random_transforms_draw_as_torchvisions():
    # Recorded from torchvision 0.29 with torch.manual_seed(0).
    torch.manual_seed(0)
    assert [float(torch.rand(1)) < 0.5 for _ in range(3)] == [True, False, True]
    torch.manual_seed(0)
    image = picture(32, 32)
    crop = transforms.RandomCrop(8)
    i, j, h, w = crop.get_params(image, (8, 8))
    torch.manual_seed(0)
    assert (i, j, h, w) == (torch.randint(0, 25, (1,)).item(), torch.randint(0, 25, (1,)).item(), 8, 8)
    for transform in (
        transforms.RandomCrop(8, padding=2), transforms.RandomResizedCrop(8), transforms.RandomHorizontalFlip(1.0),
        transforms.RandomVerticalFlip(), transforms.RandomRotation(10), transforms.ColorJitter(0.1, 0.1, 0.1, 0.1),
        transforms.GaussianBlur(3), transforms.RandomGrayscale(1.0), transforms.RandomAffine(10, (0.1, 0.1), (0.9, 1.1), 5),
        transforms.TrivialAugmentWide(), transforms.RandAugment(), transforms.RandomApply([transforms.Grayscale(3)]),
    ):
        assert isinstance(transform(image), Image.Image), transform
    assert transforms.RandomErasing(1.0)(torch.ones(3, 16, 16)).min().item() == 0


def test_resnets_have_torchvisions_keys():
    net = models.resnet18(num_classes=5)
    keys = list(net.state_dict())
    assert len(keys) == 122 and keys[0] == "conv1.weight" and keys[-1] == "fc.bias"
    assert "layer2.0.downsample.1.num_batches_tracked" in keys
    assert net(torch.randn(2, 3, 32, 32)).shape == (2, 5)
    assert sum(p.numel() for p in models.resnet18().parameters()) == 11689512
    assert sum(p.numel() for p in models.resnet50().parameters()) == 25557032
    for make in (models.resnet18, models.vgg11):
        with pytest.raises(NotImplementedError, match="load_state_dict"):
            make(weights="DEFAULT")


def test_vggs_have_torchvisions_keys():
    net = models.vgg11_bn(num_classes=5, init_weights=False)
    keys = list(net.state_dict())
    assert keys[:3] == ["features.0.weight", "features.0.bias", "features.1.weight"] and keys[-1] == "classifier.6.bias"
    assert sum(p.numel() for p in net.parameters()) == 132868840 - 995 * 4097
    assert net.eval()(torch.randn(1, 3, 32, 32)).shape == (1, 5)


def test_grids_and_files(tmp_path):
    images = torch.rand(5, 1, 4, 4)
    grid = utils.make_grid(images, nrow=3)
    assert grid.shape == (3, 14, 20) and torch.equal(grid[0, 2:6, 2:6], images[0, 0])
    utils.save_image(images, tmp_path / "grid.png", nrow=3, normalize=True)
    back = io.read_image(str(tmp_path / "grid.png"))
    assert back.shape == (3, 14, 20) and back.dtype == torch.uint8 and back.max().item() == 255
    assert io.read_image(str(tmp_path / "grid.png"), io.ImageReadMode.GRAY).shape == (1, 14, 20)
