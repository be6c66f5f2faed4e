"""PyTorch's torch.nn.modules: where each module class lives there, for the names in its files and imports."""

import sys
import types

_homes = {
    "linear": "Linear NonDynamicallyQuantizableLinear Bilinear Identity LazyLinear",
    "conv": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d LazyConv2d",
    "batchnorm": "BatchNorm1d BatchNorm2d BatchNorm3d",
    "normalization": "LayerNorm GroupNorm RMSNorm LocalResponseNorm",
    "instancenorm": "InstanceNorm1d InstanceNorm2d",
    "sparse": "Embedding EmbeddingBag",
    "pooling": "MaxPool1d MaxPool2d AvgPool1d AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d",
    "dropout": "Dropout Dropout1d Dropout2d Dropout3d",
    "flatten": "Flatten Unflatten",
    "fold": "Fold Unfold",
    "upsampling": "Upsample",
    "pixelshuffle": "PixelShuffle PixelUnshuffle",
    "loss": "CrossEntropyLoss NLLLoss MSELoss L1Loss SmoothL1Loss HuberLoss BCELoss BCEWithLogitsLoss KLDivLoss "
            "MarginRankingLoss CosineEmbeddingLoss TripletMarginLoss TripletMarginWithDistanceLoss GaussianNLLLoss "
            "HingeEmbeddingLoss SoftMarginLoss MultiLabelMarginLoss PoissonNLLLoss MultiMarginLoss MultiLabelSoftMarginLoss",
    "channelshuffle": "ChannelShuffle",
    "distance": "PairwiseDistance CosineSimilarity",
    "rnn": "LSTM GRU RNN LSTMCell GRUCell RNNCell",
    "transformer": "Transformer TransformerEncoder TransformerDecoder TransformerEncoderLayer TransformerDecoderLayer",
    "padding": "ReflectionPad1d ReflectionPad2d ReplicationPad1d ReplicationPad2d CircularPad1d CircularPad2d ZeroPad1d "
               "ZeroPad2d ConstantPad1d ConstantPad2d",
    "container": "Sequential ModuleList ModuleDict ParameterList ParameterDict",
    "module": "Module",
    "activation": "ReLU LeakyReLU GELU SiLU Sigmoid Tanh Softmax LogSoftmax ELU CELU SELU Softplus Softsign Hardtanh "
                  "Hardswish Hardsigmoid ReLU6 Mish LogSigmoid PReLU MultiheadAttention Hardshrink Softshrink Tanhshrink "
                  "Threshold GLU Softmin Softmax2d",
}
_home = {name: home for home, names in _homes.items() for name in names.split()}


def home_of(name):
    """"torch.nn.modules.linear" for "Linear"."""
    return f"torch.nn.modules.{_home[name]}" if name in _home else "torch.nn"


class _Home(types.ModuleType):
    def __getattr__(self, name):
        from .. import nn

        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(nn, name)


def __getattr__(name):
    if name in _homes:
        module = _Home(f"{__name__}.{name}")
        sys.modules[module.__name__] = module
        globals()[name] = module
        return module
    from .. import nn

    return getattr(nn, name)


for _name in _homes:
    __getattr__(_name)
__path__ = []
