"""The names of tensors before dtypes: FloatTensor and its kind. Each makes tensors of its dtype, and
isinstance(x, FloatTensor) asks for it."""

from tandem import _C


class _OfDType(type):
    def __instancecheck__(cls, o):
        return isinstance(o, _C.Tensor) and o.dtype is cls.dtype

    def __call__(cls, *args):
        if not args:
            return _C.empty(0, dtype=cls.dtype)
        if len(args) == 1 and not isinstance(args[0], (int, _C.Size)):
            return _C.tensor(args[0] if not isinstance(args[0], _C.Tensor) else args[0].tolist(),
                             dtype=cls.dtype)
        return _C.empty(*args, dtype=cls.dtype)

    def __repr__(cls):
        return f"<class 'torch.{cls.__name__}'>"


def _named(name, dtype):
    return _OfDType(name, (), {"dtype": dtype, "__module__": "tandem.types"})


FloatTensor = _named("FloatTensor", _C.float32)
DoubleTensor = _named("DoubleTensor", _C.float64)
HalfTensor = _named("HalfTensor", _C.float16)
BFloat16Tensor = _named("BFloat16Tensor", _C.bfloat16)
LongTensor = _named("LongTensor", _C.int64)
IntTensor = _named("IntTensor", _C.int32)
ShortTensor = _named("ShortTensor", _C.int16)
CharTensor = _named("CharTensor", _C.int8)
ByteTensor = _named("ByteTensor", _C.uint8)
BoolTensor = _named("BoolTensor", _C.bool)
