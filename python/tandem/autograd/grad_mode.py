"""The grad modes, under PyTorch's name for their module."""

from tandem._grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled  # noqa: F401
