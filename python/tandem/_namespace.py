"""Modules that are a prefix of the registry: tandem.linalg.solve is the op linalg_solve."""

from tandem import _C


def members(prefix):
    """The ops of a prefix, by what follows it."""
    return {name[len(prefix):]: op for name, op in _C._ops.items() if name.startswith(prefix)}
