"""Records lr_scheduler_golden.inc with PyTorch: python lr_scheduler_golden.py > lr_scheduler_golden.inc"""
import torch
from torch.optim.lr_scheduler import (
    ConstantLR, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, OneCycleLR,
    ReduceLROnPlateau, SequentialLR, StepLR)

CASES = {
    "step_lr": lambda o: StepLR(o, 4, 0.3),
    "multi_step_lr": lambda o: MultiStepLR(o, [2, 5, 5, 9], 0.5),
    "exponential_lr": lambda o: ExponentialLR(o, 0.9),
    "constant_lr": lambda o: ConstantLR(o, 0.25, 4),
    "linear_lr": lambda o: LinearLR(o, 0.2, 0.9, 6),
    "cosine_lr": lambda o: CosineAnnealingLR(o, 7, 0.01),
    "lambda_lr": lambda o: LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "one_cycle_lr": lambda o: OneCycleLR(o, 0.5, total_steps=21),
    "one_cycle_linear_lr": lambda o: OneCycleLR(
        o, 0.5, epochs=3, steps_per_epoch=7, pct_start=0.25, anneal_strategy="linear",
        three_phase=True, div_factor=10, final_div_factor=100),
    "sequential_lr": lambda o: SequentialLR(
        o, [LinearLR(o, 0.1, 1.0, 5), CosineAnnealingLR(o, 10), ExponentialLR(o, 0.5)], [5, 15]),
}

print(f"// PyTorch {torch.__version__.split('+')[0]}")


def show(name, values):
    print(f"const std::vector<double> {name} = {{{', '.join(repr(float(v)) for v in values)}}};")


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.4, momentum=0.9)


for name, make in CASES.items():
    o = optimizer()
    scheduler = make(o)
    rates, momenta = [], []
    for _ in range(20):
        rates.append(o.param_groups[0]["lr"])
        momenta.append(o.param_groups[0]["momentum"])
        o.step()
        scheduler.step()
    show(name, rates)
    if name.startswith("one_cycle"):
        show(name + "_momentum", momenta)

o = optimizer()
scheduler = ReduceLROnPlateau(o, factor=0.5, patience=1, cooldown=1, min_lr=0.06)
rates = []
for i in range(20):
    scheduler.step(1.0 / (i + 1) if i < 4 else 0.3)
    rates.append(o.param_groups[0]["lr"])
show("plateau_lr", rates)
