"""torch.distributions: probability distributions with samples, log-probabilities and gradients."""

from .bernoulli import Bernoulli
from .categorical import Categorical, OneHotCategorical
from .distribution import Distribution, Independent
from .kl import kl_divergence
from .normal import LogNormal, Normal
from .uniform import Exponential, Uniform

__all__ = ["Bernoulli", "Categorical", "Distribution", "Exponential", "Independent", "LogNormal", "Normal",
           "OneHotCategorical", "Uniform", "kl_divergence"]
