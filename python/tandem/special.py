"""torch.special: functions of mathematics by the names that PyTorch has for them there."""

import math as _math

import tandem as _tandem
from tandem._composed import sinc  # noqa: F401
from tandem._C import (  # noqa: F401
    erf, erfc, exp2, expm1, log1p, log_softmax, logit, logsumexp, round, softmax, xlogy)
from tandem._C import sigmoid as expit, special_ndtr as ndtr  # noqa: F401




def _floating(x):
    return x if x.is_floating_point() else x.float()


def entr(input):
    """-x ln x; 0 at 0, -inf below it."""
    x = _floating(input)
    safe = _tandem.where(x > 0, x, 1.0)
    return _tandem.where(x > 0, -safe * safe.log(), _tandem.where(x < 0, -_math.inf, _tandem.where(x == 0, 0.0, x)))


def xlog1py(input, other):
    """x log(1 + y); 0 where x is 0 and y is no NaN."""
    return xlogy(input, 1 + other) if not isinstance(other, _tandem.Tensor) else _tandem.where(
        (_tandem.as_tensor(input) == 0) & ~other.isnan(), 0.0, input * log1p(other))
