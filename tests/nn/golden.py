"""Records golden.safetensors with PyTorch: python golden.py golden.safetensors

For each module: the parameters that manual_seed(7) gives, an input, and what the module makes of it
(with the gradient of sum(output * output) for the input where that exists). For two trainings: the
losses of ten steps.
"""
import json
import math
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F


def wave(*shape, offset=1.0):
    n = math.prod(shape)
    return torch.tensor([math.sin(0.37 * i + offset) for i in range(n)]).reshape(shape)


MODULES = {
    "linear": (lambda: nn.Linear(5, 3), wave(2, 5)),
    "linear_no_bias": (lambda: nn.Linear(4, 2, bias=False), wave(3, 4)),
    "conv1d": (lambda: nn.Conv1d(2, 3, 3, padding=1), wave(2, 2, 6)),
    "conv2d": (lambda: nn.Conv2d(2, 4, 3, stride=2, padding=1, groups=2), wave(2, 2, 6, 5)),
    "conv_transpose2d": (lambda: nn.ConvTranspose2d(2, 3, 3, stride=2, output_padding=1),
                         wave(1, 2, 3, 4)),
    "batch_norm1d": (lambda: nn.BatchNorm1d(3), wave(4, 3)),
    "batch_norm2d": (lambda: nn.BatchNorm2d(3), wave(2, 3, 4, 2)),
    "batch_norm_cumulative": (lambda: nn.BatchNorm2d(3, momentum=None), wave(2, 3, 4, 2)),
    "layer_norm": (lambda: nn.LayerNorm([3, 4]), wave(2, 3, 4)),
    "group_norm": (lambda: nn.GroupNorm(2, 4), wave(2, 4, 3, 3)),
    "instance_norm2d": (lambda: nn.InstanceNorm2d(3, affine=True), wave(2, 3, 4, 4)),
    "rms_norm": (lambda: nn.RMSNorm(5), wave(3, 5)),
    "embedding": (lambda: nn.Embedding(8, 3, padding_idx=2), torch.tensor([[1, 2, 7], [0, 3, 3]])),
    "embedding_large": (lambda: nn.Embedding(11, 5), torch.tensor([10, 0, 4])),
    "max_pool2d": (lambda: nn.MaxPool2d(2), wave(1, 2, 5, 4)),
    "avg_pool2d": (lambda: nn.AvgPool2d(3, stride=2, padding=1), wave(1, 2, 5, 4)),
    "adaptive_avg_pool2d": (lambda: nn.AdaptiveAvgPool2d(2), wave(1, 2, 5, 4)),
    "adaptive_max_pool2d": (lambda: nn.AdaptiveMaxPool2d(2), wave(1, 2, 5, 4)),
    "flatten": (lambda: nn.Flatten(), wave(2, 3, 2)),
    "unflatten": (lambda: nn.Unflatten(1, (2, 3)), wave(2, 6)),
    "prelu": (lambda: nn.PReLU(3), wave(2, 3, 2)),
    "lstm": (lambda: nn.LSTM(3, 4, num_layers=2, bidirectional=True), wave(5, 2, 3)),
    "lstm_batch_first": (lambda: nn.LSTM(3, 4, batch_first=True), wave(2, 5, 3)),
    "gru": (lambda: nn.GRU(3, 4, num_layers=2), wave(5, 2, 3)),
    "rnn": (lambda: nn.RNN(3, 4, nonlinearity="relu"), wave(5, 2, 3)),
    "attention": (lambda: nn.MultiheadAttention(4, 2), wave(3, 2, 4)),
    "encoder_layer": (lambda: nn.TransformerEncoderLayer(4, 2, 6, dropout=0, norm_first=True),
                      wave(3, 2, 4)),
    "dropout": (lambda: nn.Dropout(0.3), wave(4, 5)),
    "dropout2d": (lambda: nn.Dropout2d(0.4), wave(2, 3, 2, 2)),
}
for name in ("ReLU LeakyReLU GELU SiLU Sigmoid Tanh ELU CELU SELU Softplus Softsign Hardtanh "
             "Hardswish Hardsigmoid ReLU6 Mish LogSigmoid").split():
    MODULES[name] = (getattr(nn, name), wave(2, 9) * 4)
MODULES["GELU_tanh"] = (lambda: nn.GELU("tanh"), wave(2, 9) * 4)
MODULES["Softmax"] = (lambda: nn.Softmax(-1), wave(2, 9) * 4)
MODULES["LogSoftmax"] = (lambda: nn.LogSoftmax(0), wave(2, 9) * 4)

LOSSES = {
    "cross_entropy": (nn.CrossEntropyLoss(label_smoothing=0.1), wave(4, 5), torch.tensor([0, 3, 4, 1])),
    "nll": (nn.NLLLoss(torch.tensor([1.0, 2, 3, 4, 5])), F.log_softmax(wave(4, 5), 1),
            torch.tensor([0, 3, 4, 1])),
    "mse": (nn.MSELoss(), wave(3, 4), wave(3, 4, offset=2)),
    "l1": (nn.L1Loss(reduction="sum"), wave(3, 4), wave(3, 4, offset=2)),
    "smooth_l1": (nn.SmoothL1Loss(beta=0.5), wave(3, 4), wave(3, 4, offset=2)),
    "huber": (nn.HuberLoss(delta=0.5), wave(3, 4), wave(3, 4, offset=2)),
    "bce": (nn.BCELoss(), torch.sigmoid(wave(3, 4)), torch.sigmoid(wave(3, 4, offset=2))),
    "bce_with_logits": (nn.BCEWithLogitsLoss(pos_weight=torch.tensor([1.0, 2, 3, 4])), wave(3, 4),
                        torch.sigmoid(wave(3, 4, offset=2))),
    "kl_div": (nn.KLDivLoss(reduction="batchmean"), F.log_softmax(wave(3, 4), 1),
               F.softmax(wave(3, 4, offset=2), 1)),
}

tensors = {}


def keep(name, tensor):
    tensors[name] = tensor.detach().contiguous().clone()


for name, (make, x) in MODULES.items():
    torch.manual_seed(7)
    module = make()
    for key, value in module.state_dict().items():
        keep(f"{name}/init/{key}", value)
    keep(f"{name}/input", x)
    if x.is_floating_point():
        x.requires_grad_()
    outputs = module(x, x, x) if name == "attention" else module(x)
    if not isinstance(outputs, tuple):
        outputs = (outputs,)
    flat = []
    for o in outputs:
        flat += list(o) if isinstance(o, tuple) else [o]
    for i, o in enumerate(flat):
        keep(f"{name}/output/{i}", o)
    if x.is_floating_point():
        (flat[0] * flat[0]).sum().backward()
        keep(f"{name}/grad", x.grad)
    for key, value in module.named_buffers():
        keep(f"{name}/after/{key}", value)

for name, (loss, x, y) in LOSSES.items():
    keep(f"{name}/input", x)
    keep(f"{name}/target", y)
    x.requires_grad_()
    value = loss(x, y)
    keep(f"{name}/output/0", value)
    value.backward()
    keep(f"{name}/grad", x.grad)


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3, bias=False)
        self.bn, self.fc = nn.BatchNorm2d(8), nn.Linear(8 * 4 * 4, 5)

    def forward(self, x):
        x = F.relu(self.bn(self.conv2(F.relu(self.conv1(x)))))
        return self.fc(F.max_pool2d(x, 2).flatten(1))


def train(name, net, optimizer, x, y):
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    keep(f"{name}/input", x)
    keep(f"{name}/target", y)
    keep(f"{name}/losses", torch.tensor(losses, dtype=torch.float64))


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
train("train_mlp", net, torch.optim.SGD(net.parameters(), 0.1), wave(4, 8), torch.tensor([0, 1, 2, 3]))
torch.manual_seed(0)
net = Cnn()
train("train_cnn", net, torch.optim.Adam(net.parameters(), 0.01), wave(6, 1, 12, 12),
      torch.tensor([0, 1, 2, 3, 4, 0]))

words = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
header, data = {}, b""
for name, t in tensors.items():
    raw = t.numpy().tobytes()
    header[name] = {"dtype": words[t.dtype], "shape": list(t.shape),
                    "data_offsets": [len(data), len(data) + len(raw)]}
    data += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + data)
