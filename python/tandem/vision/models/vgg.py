"""VGG (Simonyan and Zisserman, 2015), plain and with batch norm."""

from ... import flatten, nn

# Channels of the convolutions; M: a pooling layer.
_stages = {
    "11": "64 M 128 M 256 256 M 512 512 M 512 512 M",
    "13": "64 64 M 128 128 M 256 256 M 512 512 M 512 512 M",
    "16": "64 64 M 128 128 M 256 256 256 M 512 512 512 M 512 512 512 M",
    "19": "64 64 M 128 128 M 256 256 256 256 M 512 512 512 512 M 512 512 512 512 M",
}


def make_layers(stages, batch_norm=False):
    """The convolutions of a line of channels."""
    layers, channels = [], 3
    for word in stages.split():
        if word == "M":
            layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
            continue
        layers.append(nn.Conv2d(channels, int(word), kernel_size=3, padding=1))
        channels = int(word)
        if batch_norm:
            layers.append(nn.BatchNorm2d(channels))
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


class VGG(nn.Module):
    """Convolutions, and three linear layers over 7 x 7 means."""

    def __init__(self, features, num_classes=1000, init_weights=True, dropout=0.5):
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096), nn.ReLU(True), nn.Dropout(p=dropout),
            nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(p=dropout), nn.Linear(4096, num_classes))
        if init_weights:
            for m in self.modules():
                if isinstance(m, nn.Conv2d):
                    nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")
                    nn.init.constant_(m.bias, 0)
                elif isinstance(m, nn.BatchNorm2d):
                    nn.init.constant_(m.weight, 1)
                    nn.init.constant_(m.bias, 0)
                elif isinstance(m, nn.Linear):
                    nn.init.normal_(m.weight, 0, 0.01)
                    nn.init.constant_(m.bias, 0)

    def forward(self, x):
        return self.classifier(flatten(self.avgpool(self.features(x)), 1))


def _builder(depth, batch_norm):
    from .resnet import no_trained_weights

    name = f"vgg{depth}" + ("_bn" if batch_norm else "")

    def build(*, weights=None, progress=True, pretrained=False, **kwargs):
        no_trained_weights(name, weights, pretrained)
        return VGG(make_layers(_stages[depth], batch_norm), **kwargs)

    build.__name__ = build.__qualname__ = name
    build.__doc__ = f"{name} as torchvision's."
    return build


vgg11, vgg13, vgg16, vgg19 = (_builder(depth, False) for depth in _stages)
vgg11_bn, vgg13_bn, vgg16_bn, vgg19_bn = (_builder(depth, True) for depth in _stages)
