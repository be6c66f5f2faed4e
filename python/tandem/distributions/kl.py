"""Kullback-Leibler divergences of distributions of one kind."""

from .bernoulli import Bernoulli
from .categorical import Categorical
from .distribution import Independent
from .normal import Normal


def kl_divergence(p, q):
    """What q wastes where p is true."""
    if isinstance(p, Normal) and isinstance(q, Normal):
        ratio = (p.scale / q.scale).pow(2)
        return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())
    if isinstance(p, Categorical) and isinstance(q, Categorical):
        return (p.probs * (p.logits - q.logits)).sum(-1)
    if isinstance(p, Bernoulli) and isinstance(q, Bernoulli):
        return (p.probs * (p.probs.log() - q.probs.log())
                + (1 - p.probs) * ((1 - p.probs).log() - (1 - q.probs).log())).nan_to_num(0.0)
    if isinstance(p, Independent) and isinstance(q, Independent):
        return p._summed(kl_divergence(p.base_dist, q.base_dist))
    raise NotImplementedError(f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}")
