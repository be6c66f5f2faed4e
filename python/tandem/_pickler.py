"""Objects as PyTorch's files hold them: pickle of protocol 2 with storages beside it, under PyTorch's names."""

import io
import pickle
import struct
from collections import OrderedDict

from . import _C

# Of the same thing: its home here, and PyTorch's name for it in files.
_homes = (("tandem.vision", "torchvision"), ("tandem", "torch"))


def torch_name(module):
    for own, other in _homes:
        if module == own or module.startswith(own + "."):
            return other + module[len(own):]
    return module


def own_name(module):
    for own, other in _homes:
        if module == other or module.startswith(other + "."):
            return own + module[len(other):]
    return module


def names_of(value):
    """The names "module word" under which files may speak of a class or function."""
    module, word = value.__module__, value.__qualname__
    names = {f"{module} {word}", f"{torch_name(module)} {word}"}
    if module == "tandem.nn":
        from .nn.modules import home_of

        names.add(f"{home_of(word)} {word}")
    return names


class _Global:
    """A name that is written as it is, whether it can be imported here or not."""

    def __init__(self, module, word):
        self.module, self.word = module, word


class _StorageOf:
    """The storage of a tensor."""

    def __init__(self, type, key, numel):
        self.type, self.key, self.numel = type, key, numel


class _Pickler(pickle._Pickler):
    """Python's pickler in Python, whose writing of names and tensors is changed."""

    dispatch = dict(pickle._Pickler.dispatch)

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.storages = {}  # address: (key, tensor)

    def persistent_id(self, obj):
        if isinstance(obj, _StorageOf):
            return ("storage", _Global("torch", obj.type), obj.key, "cpu", obj.numel)
        return None

    def reducer_override(self, obj):
        if isinstance(obj, _C.Tensor):
            return self._tensor(obj)
        if isinstance(obj, _C.dtype):
            return NotImplemented
        if isinstance(obj, _C.Size):
            return _Global("torch", "Size"), (tuple(obj),)
        if isinstance(obj, _C.device):
            return _Global("torch", "device"), (obj.type,) if obj.index is None else (obj.type, obj.index)
        return NotImplemented

    def _tensor(self, tensor):
        from .nn import Parameter

        hooks = OrderedDict()
        if isinstance(tensor, Parameter):
            return _Global("torch._utils", "_rebuild_parameter"), (tensor.data, tensor.requires_grad, hooks)
        address, type, numel, offset, stride = _C._io.storage_of(tensor)
        if address not in self.storages or not numel:
            self.storages[address if numel else -len(self.storages) - 1] = (str(len(self.storages)), tensor)
            key = str(len(self.storages) - 1)
        else:
            key = self.storages[address][0]
        return _Global("torch._utils", "_rebuild_tensor_v2"), (
            _StorageOf(type, key, numel), offset, tuple(tensor.shape), stride, tensor.requires_grad, hooks)

    def save_global_name(self, obj):
        self.write(pickle.GLOBAL + f"{obj.module}\n{obj.word}\n".encode())
        self.memoize(obj)

    def save_dtype(self, obj):
        self.write(pickle.GLOBAL + f"torch\n{str(obj).split('.')[-1]}\n".encode())
        self.memoize(obj)

    def save_global(self, obj, name=None):
        module = pickle.whichmodule(obj, name or obj.__qualname__)
        if module.split(".")[0] == "tandem":
            from .nn.modules import home_of

            word = name or obj.__qualname__
            home = home_of(word) if module == "tandem.nn" else torch_name(module)
            self.write(pickle.GLOBAL + f"{home}\n{word}\n".encode())
            self.memoize(obj)
        else:
            super().save_global(obj, name)

    def save_reduce(self, func, args, *rest, **kwargs):
        # A name of PyTorch's is no function that can be called here, which the pickler would want to see.
        if isinstance(func, _Global):
            obj = kwargs.get("obj")
            self.save(func)
            self.save(args)
            self.write(pickle.REDUCE)
            if obj is not None:
                if id(obj) in self.memo:
                    self.write(pickle.POP + self.get(self.memo[id(obj)][0]))
                else:
                    self.memoize(obj)
            return
        super().save_reduce(func, args, *rest, **kwargs)

    dispatch[_Global] = save_global_name
    dispatch[_C.dtype] = save_dtype
    dispatch[type] = pickle._Pickler.save_type

    def save_str(self, obj):
        """Always as BINUNICODE."""
        data = obj.encode("utf-8", "surrogatepass")
        self.write(pickle.BINUNICODE + struct.pack("<I", len(data)) + data)
        self.memoize(obj)

    dispatch[str] = save_str


def pickled(obj):
    """The pickle of an object, and its storages: (key, a tensor of it)."""
    file = io.BytesIO()
    pickler = _Pickler(file)
    pickler.dump(obj)
    return file.getvalue(), list(pickler.storages.values())


class _TrustedUnpickler(pickle.Unpickler):
    """Python's own, with PyTorch's names as Tandem's and tensors from the archive."""

    def __init__(self, file, storage_of):
        super().__init__(file)
        self.storage_of = storage_of

    def persistent_load(self, id):
        return self.storage_of(id)

    def find_class(self, module, name):
        if module == "torch._utils" and name.startswith("_rebuild"):
            return globals()[name]
        if module == "torch" and name.endswith("Storage"):
            return name
        if module.startswith("torch.nn.modules."):
            module = "torch.nn"
        return super().find_class(own_name(module), name)


def _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks, metadata=None):
    tensor = storage(offset, size, stride)
    return tensor.requires_grad_(requires_grad) if requires_grad else tensor


def _rebuild_parameter(data, requires_grad, hooks):
    from .nn import Parameter

    return Parameter(data, requires_grad)


def load_trusted(f, place):
    """Any object of save(), by Python's pickle."""
    import zipfile

    with zipfile.ZipFile(f) as archive:
        name = next(n for n in archive.namelist() if n.endswith("/data.pkl"))
        folder = name[: -len("data.pkl")]
        storages = {}

        def storage_of(id):
            _, type, key, location, numel = id
            place(location)
            if key not in storages:
                storages[key] = bytearray(archive.read(f"{folder}data/{key}"))
            return lambda offset, size, stride: _C._io.tensor_of(storages[key], type, offset, tuple(size), tuple(stride))

        return _TrustedUnpickler(io.BytesIO(archive.read(name)), storage_of).load()
