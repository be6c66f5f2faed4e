"""Gradients: backward, grad, functions with gradients of their own, checks."""

from tandem import _C
from tandem.autograd import functional  # noqa: F401
from tandem.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly  # noqa: F401
from tandem.autograd.function import Function, once_differentiable  # noqa: F401
from tandem.autograd.grad_mode import (  # noqa: F401
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
)
from tandem.autograd.gradcheck import gradcheck, gradgradcheck  # noqa: F401


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, inputs=None):
    """Accumulates into the leaves the gradients of sum(tensors[i] * grad_tensors[i])."""
    _C._backward(tensors, grad_tensors, retain_graph, create_graph, inputs)


def grad(
    outputs,
    inputs,
    grad_outputs=None,
    retain_graph=None,
    create_graph=False,
    only_inputs=True,
    allow_unused=None,
    is_grads_batched=False,
    materialize_grads=False,
):
    """The gradients of sum(outputs[i] * grad_outputs[i]) with respect to each input, as a tuple."""
    if is_grads_batched:
        raise _C.UnsupportedError("grad: is_grads_batched=True is not supported; call grad() once "
                                  "for each of them, with retain_graph=True")
    return tuple(
        _C._grad(outputs, inputs, grad_outputs, retain_graph, create_graph,
                 bool(allow_unused) or materialize_grads, materialize_grads)
    )


def Variable(data, requires_grad=False):
    """As programs before PyTorch 0.4 wrote it: the tensor itself."""
    return data.detach().requires_grad_() if requires_grad else data
