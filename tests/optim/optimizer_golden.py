"""Records optimizer_golden.inc with PyTorch: python optimizer_golden.py > optimizer_golden.inc"""
import math

import torch
from torch.optim import ASGD, SGD, Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RAdam, RMSprop, Rprop

CASES = {
    "sgd_plain": (SGD, dict(lr=0.01)),
    "sgd_momentum": (SGD, dict(lr=0.01, momentum=0.9, weight_decay=0.1)),
    "sgd_dampening": (SGD, dict(lr=0.01, momentum=0.9, dampening=0.5)),
    "sgd_nesterov": (SGD, dict(lr=0.01, momentum=0.9, weight_decay=0.1, nesterov=True)),
    "sgd_maximize": (SGD, dict(lr=0.001, momentum=0.5, weight_decay=0.1, maximize=True)),
    "adam_plain": (Adam, dict(lr=0.02)),
    "adam_decay": (Adam, dict(lr=0.02, betas=(0.8, 0.99), eps=1e-3, weight_decay=0.1)),
    "adam_amsgrad": (Adam, dict(lr=0.02, amsgrad=True, maximize=True)),
    "adamw": (AdamW, dict(lr=0.02, weight_decay=0.1)),
    "rmsprop_plain": (RMSprop, dict()),
    "rmsprop_momentum": (RMSprop, dict(lr=0.001, weight_decay=0.1, momentum=0.9)),
    "rmsprop_centered": (RMSprop, dict(lr=0.001, momentum=0.9, centered=True)),
    "adagrad_plain": (Adagrad, dict()),
    "adagrad_decay": (Adagrad, dict(lr=0.1, lr_decay=0.01, weight_decay=0.1,
                                    initial_accumulator_value=0.5)),
    "adadelta_plain": (Adadelta, dict()),
    "adadelta_decay": (Adadelta, dict(lr=0.5, rho=0.95, weight_decay=0.1, maximize=True)),
    "adamax": (Adamax, dict(lr=0.02, weight_decay=0.1)),
    "nadam": (NAdam, dict(lr=0.02, weight_decay=0.1)),
    "nadam_decoupled": (NAdam, dict(weight_decay=0.1, decoupled_weight_decay=True)),
    "radam": (RAdam, dict(lr=0.02, weight_decay=0.1)),
    "radam_decoupled": (RAdam, dict(lr=0.02, betas=(0.8, 0.9), weight_decay=0.1, decoupled_weight_decay=True,
                                    maximize=True)),
    "asgd": (ASGD, dict(lr=0.01, weight_decay=0.1, t0=5)),
    "rprop": (Rprop, dict(lr=0.02, etas=(0.4, 1.3), step_sizes=(1e-3, 0.1))),
}

print(f"// PyTorch {torch.__version__.split('+')[0]}")
for name, (optimizer_class, options) in CASES.items():
    w = torch.nn.Parameter(torch.arange(11, dtype=torch.float64) * 0.25 - 1)
    k = torch.arange(1, 12, dtype=torch.float64)
    optimizer = optimizer_class([w], **options)
    for step in range(1, 21):
        w.grad = (w * w + k * math.sin(step)).detach()
        optimizer.step()
    values = ", ".join(repr(v) for v in w.tolist())
    print(f"const std::vector<double> {name} = {{{values}}};")
