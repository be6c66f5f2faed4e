"""The old home of torch.func.functional_call."""

from ...func import functional_call  # noqa: F401
