"""The array API standard, 2025.12, over Tandem's ops.

    xp = tandem.array_api
    xp.mean(xp.asarray([[1.0, 2.0], [3.0, 4.0]]), axis=0, keepdims=True)

What it makes is an Array: a Tensor whose operators follow the standard, where PyTorch's have 0-d tensors count less
in promotion. Its functions take any Tensor, with gradients, and give Tensors for Tensors. There are no complex dtypes
and no unsigned ones beyond uint8; __array_namespace_info__() says so.
"""

from math import e, inf, nan, pi

from tandem._C import bool, float32, float64, int8, int16, int32, int64, uint8

from . import _elementwise, _manipulation, _searching, _statistics, linalg
from ._array import Array
from ._creation import (
    arange, asarray, empty, empty_like, eye, from_dlpack, full, full_like, linspace, meshgrid, ones, ones_like, tril,
    triu, zeros, zeros_like)
from ._dtypes import astype, can_cast, finfo, iinfo, isdtype, result_type
from ._elementwise import *  # noqa: F401,F403
from ._info import __array_namespace_info__
from ._manipulation import *  # noqa: F401,F403
from ._searching import *  # noqa: F401,F403
from ._statistics import *  # noqa: F401,F403
from .linalg import matmul, matrix_transpose, tensordot, vecdot

__array_api_version__ = "2025.12"
versions = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")
newaxis = None

__all__ = [
    "Array", "__array_api_version__", "__array_namespace_info__", "arange", "asarray", "astype", "bool", "can_cast", "e",
    "empty", "empty_like", "eye", "finfo", "float32", "float64", "from_dlpack", "full", "full_like", "iinfo", "inf",
    "int16", "int32", "int64", "int8", "isdtype", "linalg", "linspace", "matmul", "matrix_transpose", "meshgrid", "nan",
    "newaxis", "ones", "ones_like", "pi", "result_type", "tensordot", "tril", "triu", "uint8", "vecdot", "zeros",
    "zeros_like", *_elementwise.__all__, *_manipulation.__all__, *_searching.__all__, *_statistics.__all__]
