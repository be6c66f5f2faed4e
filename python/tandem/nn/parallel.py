"""DataParallel on one device: the module itself, under the name "module"."""

from .module import Module


class DataParallel(Module):
    """Calls its module. Keys of its state_dict start with "module.", as PyTorch's do."""

    def __init__(self, module, device_ids=None, output_device=None, dim=0):
        super().__init__()
        self.module = module
        self.dim, self.device_ids, self.output_device = dim, device_ids or [], output_device

    def forward(self, *inputs, **kwargs):
        return self.module(*inputs, **kwargs)


class DistributedDataParallel(Module):
    """Needs process groups, which Tandem for Python has not."""

    def __init__(self, module, *args, **kwargs):
        raise RuntimeError("DistributedDataParallel: Tandem for Python has no process groups: run the program in one process")
