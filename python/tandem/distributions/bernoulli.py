"""0 or 1."""

from .. import bernoulli, no_grad
from ..nn.functional import binary_cross_entropy_with_logits
from .distribution import Distribution, as_tensors


class Bernoulli(Distribution):
    """1 with probability probs, or sigmoid(logits)."""

    arg_names = ("probs", "logits")

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if probs is not None:
            (self.probs,) = as_tensors(probs)
        else:
            (self.logits,) = as_tensors(logits)
        super().__init__((self.probs if probs is not None else self.logits).shape)

    def __getattr__(self, name):
        if name == "logits" and "probs" in self.__dict__:
            from .. import finfo

            eps = finfo(self.probs.dtype).eps
            p = self.probs.clamp(eps, 1 - eps)
            self.logits = p.log() - (-p).log1p()
        elif name == "probs" and "logits" in self.__dict__:
            self.probs = self.logits.sigmoid()
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    @property
    def mean(self):
        return self.probs

    @property
    def variance(self):
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape=()):
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)).contiguous())

    def log_prob(self, value):
        logits, value = as_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self):
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
