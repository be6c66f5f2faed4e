"""One of several classes."""

from .. import multinomial
from ..nn.functional import one_hot
from .distribution import Distribution


class Categorical(Distribution):
    """Class i with probability probs[..., i], or softmax(logits)[..., i]."""

    arg_names = ("probs", "logits")

    def __init__(self, probs=None, logits=None, validate_args=None):
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = probs if probs is not None else logits
        if given.dim() < 1:
            raise ValueError("`probs` parameter must be at least one-dimensional." if probs is not None
                             else "`logits` parameter must be at least one-dimensional.")
        if probs is not None:
            if validate_args is not False and bool(((probs < 0).any()).item()) or bool(probs.isnan().any().item()):
                raise ValueError("Expected parameter probs of distribution Categorical to satisfy the constraint Simplex(), "
                                 f"but found invalid values:\n{probs}")
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            if bool(logits.isnan().any().item()):
                raise ValueError("Expected parameter logits of distribution Categorical to satisfy the constraint "
                                 f"IndependentConstraint(Real(), 1), but found invalid values:\n{logits}")
            self.logits = logits - logits.logsumexp(-1, keepdim=True)
        super().__init__(given.shape[:-1])
        self._num_events = given.shape[-1]

    def __getattr__(self, name):
        if name == "logits" and "probs" in self.__dict__:
            from .. import finfo

            eps = finfo(self.probs.dtype).eps
            self.logits = self.probs.clamp(eps, 1 - eps).log()
        elif name == "probs" and "logits" in self.__dict__:
            self.probs = self.logits.softmax(-1)
        else:
            raise AttributeError(name)
        return self.__dict__[name]

    @property
    def param_shape(self):
        return (self.__dict__.get("probs") if "probs" in self.__dict__ else self.logits).shape

    @property
    def mode(self):
        return self.probs.argmax(-1)

    def enumerate_support(self, expand=True):
        from .. import arange

        values = arange(self._num_events).view(-1, *[1] * len(self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values

    def sample(self, sample_shape=()):
        count = 1
        for n in sample_shape:
            count *= n
        rows = self.probs.reshape(-1, self._num_events)
        return multinomial(rows, count, True).T.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value):
        value = value.long().unsqueeze(-1)
        shape = list(value.shape[:-1])
        logits = self.logits
        if list(logits.shape[:-1]) != shape:
            from .. import broadcast_tensors

            value, logits = value.expand(*broadcast_tensors(value[..., 0], logits[..., 0])[0].shape, 1), logits.expand(
                *broadcast_tensors(value[..., 0], logits[..., 0])[0].shape, logits.shape[-1])
        return logits.gather(-1, value[..., :1]).squeeze(-1)

    def entropy(self):
        from .. import finfo

        return -(self.logits.clamp(min=finfo(self.logits.dtype).min) * self.probs).sum(-1)


class OneHotCategorical(Distribution):
    """The same as vectors with a single 1."""

    def __init__(self, probs=None, logits=None, validate_args=None):
        self._categorical = Categorical(probs, logits, validate_args)
        super().__init__(self._categorical.batch_shape, self._categorical.param_shape[-1:])

    @property
    def probs(self):
        return self._categorical.probs

    @property
    def logits(self):
        return self._categorical.logits

    def sample(self, sample_shape=()):
        return one_hot(self._categorical.sample(sample_shape), self._event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value):
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self):
        return self._categorical.entropy()
