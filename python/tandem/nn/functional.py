"""torch.nn.functional: the ops of C++ under PyTorch's signatures. An op whose signature is PyTorch's is taken as it is;
here stand those that PyTorch gives more arguments: inplace, training, the words of long ago."""

import inspect
import warnings

from .. import _C
from .._arguments import bind
from .legacy import reduction_of

_C_nn = _C._nn


def _in_place_too(name):
    """``name(input, …, inplace=False)``: with inplace the input itself is written over."""
    op = getattr(_C, name)
    over = getattr(_C, name + "_", None)
    parameters = len(inspect.signature(op).parameters) - 1

    def function(input, *args, inplace=False, **kwargs):
        if len(args) > parameters:
            *args, inplace = args
        if not inplace:
            return op(input, *args, **kwargs)
        return over(input, *args, **kwargs) if over else input.copy_(op(input, *args, **kwargs))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


# PyTorch gives these a last parameter, inplace.
_activations = ("relu", "relu6", "silu", "mish", "selu", "hardswish", "hardsigmoid", "elu", "celu", "leaky_relu", "hardtanh",
                "threshold")
globals().update((name, _in_place_too(name)) for name in _activations)
relu_, elu_, selu_, celu_, leaky_relu_, hardtanh_, threshold_ = (
    (lambda function: lambda input, *args, **kwargs: function(input, *args, inplace=True, **kwargs))(globals()[name])
    for name in ("relu", "elu", "selu", "celu", "leaky_relu", "hardtanh", "threshold"))


def _loss(name, module):
    """``name(input, target, …)``: the tensors of the module's forward, then its constructor's parameters in their order."""
    op = getattr(_C, name)
    tensors = [p[0] for p in _C_nn.forward(module)]
    kinds = inspect.Parameter
    signature = inspect.Signature(
        [kinds(tensor, kinds.POSITIONAL_OR_KEYWORD) for tensor in tensors]
        + [kinds(p[0], kinds.POSITIONAL_OR_KEYWORD, default=p[1]) for p in _C_nn.constructor(module)])

    def function(*args, **kwargs):
        if len(args) != len(tensors) or "size_average" in kwargs or "reduce" in kwargs:
            kwargs = dict(bind(name, signature, args, kwargs).arguments)
            args = [kwargs.pop(tensor) for tensor in tensors]
            legacy = kwargs.pop("size_average", None), kwargs.pop("reduce", None)
            if legacy != (None, None):
                kwargs["reduction"] = reduction_of(*legacy)
        return op(*args, **kwargs)

    function.__name__ = function.__qualname__ = name
    function.__signature__ = signature
    function.__doc__ = op.__doc__
    return function


_losses = {"cross_entropy": "CrossEntropyLoss", "nll_loss": "NLLLoss", "mse_loss": "MSELoss", "l1_loss": "L1Loss",
           "smooth_l1_loss": "SmoothL1Loss", "huber_loss": "HuberLoss", "binary_cross_entropy": "BCELoss",
           "binary_cross_entropy_with_logits": "BCEWithLogitsLoss", "kl_div": "KLDivLoss",
           "margin_ranking_loss": "MarginRankingLoss", "cosine_embedding_loss": "CosineEmbeddingLoss",
           "triplet_margin_loss": "TripletMarginLoss", "gaussian_nll_loss": "GaussianNLLLoss",
           "hinge_embedding_loss": "HingeEmbeddingLoss", "soft_margin_loss": "SoftMarginLoss",
           "multilabel_margin_loss": "MultiLabelMarginLoss", "poisson_nll_loss": "PoissonNLLLoss",
           "multi_margin_loss": "MultiMarginLoss", "multilabel_soft_margin_loss": "MultiLabelSoftMarginLoss"}
globals().update((name, _loss(name, module)) for name, module in _losses.items())


def triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False,
                                      reduction="mean"):
    """max(d(anchor, positive) - d(anchor, negative) + margin, 0) for any distance, by default pairwise_distance."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    distance = distance_function or _C.pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    loss = (near - far + margin).clamp(min=0)
    return loss if reduction == "none" else getattr(loss, reduction)()


def _probability(p):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    """While training, zeroes each element with probability p and scales the rest by 1 / (1 - p)."""
    _probability(p)
    result = _C.dropout(input, p, training)
    return input.copy_(result) if inplace else result


def _channel_dropout(dims, name):
    def function(input, p=0.5, training=True, inplace=False):
        _probability(p)
        if input.dim() not in (dims + 1, dims + 2) and dims != 2:
            raise RuntimeError(f"{name}: Expected {dims + 1}D or {dims + 2}D input, but received a {input.dim()}D input.")
        if not training or p == 0:
            return input
        shape = [*input.shape[:2], *([1] * (input.dim() - 2))]
        if input.dim() == dims + 1 and dims != 2:
            shape = [input.shape[0], *([1] * dims)]
        result = input * _C.dropout(input.new_ones(shape), p, True)
        return input.copy_(result) if inplace else result

    function.__name__ = function.__qualname__ = name
    function.__doc__ = "Dropout of whole channels."
    return function


dropout1d, dropout2d, dropout3d = (_channel_dropout(d, f"dropout{d}d") for d in (1, 2, 3))


def _along(name):
    op = getattr(_C, name)

    def function(input, dim=None, _stacklevel=3, dtype=None):
        if dim is None:
            dim = 0 if input.dim() in (0, 1, 3) else 1
            warnings.warn(f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as "
                          "an argument.", stacklevel=2)
        return op(input if dtype is None else input.to(dtype), dim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


softmax, log_softmax, softmin = (_along(name) for name in ("softmax", "log_softmax", "softmin"))


def gumbel_softmax(logits, tau=1, hard=False, eps=1e-10, dim=-1):
    """A sample of the Gumbel-softmax distribution; with ``hard`` one-hot, with the gradient of the soft one."""
    gumbels = -logits.new_empty(logits.shape).exponential_().log()
    soft = softmax((logits + gumbels) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    return soft.new_zeros(soft.shape).scatter_(dim, index, 1.0) - soft.detach() + soft


def _with_indices(name):
    op, indexed = getattr(_C, name), getattr(_C, name + "_with_indices")

    def function(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        pool = indexed if return_indices else op
        return pool(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


def _sizes(size, shape):
    """An output size whose None are the input's."""
    if not isinstance(size, (tuple, list)):
        return size
    return tuple(own if one is None else one for one, own in zip(size, shape[-len(size):]))


def _adaptive(name):
    op, indexed = getattr(_C, name), getattr(_C, name + "_with_indices", None)

    def function(input, output_size, return_indices=False):
        size = _sizes(output_size, input.shape)
        if not return_indices:
            return op(input, size)
        return indexed(input, size) if indexed else op(input, size, True)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


max_pool1d, max_pool2d, max_pool3d = (_with_indices(f"max_pool{d}d") for d in (1, 2, 3))
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = (
    _adaptive(f"adaptive_max_pool{d}d") for d in (1, 2, 3))


def _max_unpool(rank):
    def function(input, indices, kernel_size, stride=None, padding=0, output_size=None):
        every = lambda v: (v,) * rank if isinstance(v, int) else tuple(v)
        return _C.max_unpool(input, indices, every(kernel_size), () if stride is None else every(stride), every(padding),
                             () if output_size is None else tuple(output_size))

    function.__name__ = function.__qualname__ = f"max_unpool{rank}d"
    function.__doc__ = "The reverse of max pooling: zeros but where indices say."
    return function


max_unpool1d, max_unpool2d, max_unpool3d = (_max_unpool(rank) for rank in (1, 2, 3))


def adaptive_avg_pool1d(input, output_size):
    return _C.adaptive_avg_pool1d(input, _sizes(output_size, input.shape))


def adaptive_avg_pool2d(input, output_size):
    """The means of as many windows as make output_size."""
    return _C.adaptive_avg_pool2d(input, _sizes(output_size, input.shape))


def adaptive_avg_pool3d(input, output_size):
    return _C.adaptive_avg_pool3d(input, _sizes(output_size, input.shape))


def _convolution(name, rank):
    op = getattr(_C, name)

    def function(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
        if isinstance(padding, str):
            input, padding = _padded(input, weight, padding, stride, dilation, rank)
        return op(input, weight, bias, stride, padding, dilation, groups)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = op.__doc__
    return function


def _padded(input, weight, word, stride, dilation, rank):
    """What padding="valid" or "same" amounts to: an input padded where both sides are not alike, and a number a dim."""
    if word == "valid":
        return input, 0
    if word != "same":
        raise RuntimeError(f"Invalid padding string: '{word}', should be one of 'valid' and 'same'")
    every = lambda v: [v] * rank if isinstance(v, int) else list(v)
    if any(s != 1 for s in every(stride)):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(every(dilation), weight.shape[2:])]
    if any(t % 2 for t in total):
        sides = [side for t in reversed(total) for side in (t // 2, t - t // 2)]
        return _C.pad(input, sides), 0
    return input, [t // 2 for t in total]


conv1d, conv2d, conv3d = (_convolution(f"conv{rank}d", rank) for rank in (1, 2, 3))


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None,
                antialias=False):
    """Images at another size: ``size``, or ``scale_factor`` times the input's."""
    if (size is None) == (scale_factor is None):
        raise ValueError("only one of size or scale_factor should be defined" if size is not None
                         else "either size or scale_factor should be defined")
    if isinstance(scale_factor, (tuple, list)):
        if len(set(scale_factor)) > 1:
            size = [int(n * s) for n, s in zip(input.shape[2:], scale_factor)]
            scale_factor = None
        else:
            scale_factor = scale_factor[0]
    if recompute_scale_factor and scale_factor is not None:
        size, scale_factor = [int(n * scale_factor) for n in input.shape[2:]], None
    if isinstance(size, int):
        size = [size] * (input.dim() - 2)
    return _C.interpolate(input, () if size is None else size, scale_factor, mode, bool(align_corners), antialias)


def upsample(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor)


def upsample_bilinear(input, size=None, scale_factor=None):
    return interpolate(input, size, scale_factor, "bilinear", True)


def embedding(input, weight, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False):
    """Row input[...] of weight."""
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise NotImplementedError("embedding: max_norm, scale_grad_by_freq and sparse are not supported")
    if padding_idx is not None and padding_idx < 0:
        padding_idx += weight.size(0)
    return _C.embedding(input, weight, padding_idx)


def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    return _C.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    return _C.layer_norm(input, tuple(normalized_shape), weight, bias, eps)


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """input divided by its p-norm along dim, but at least by eps."""
    return _C.normalize(input, p, dim, eps)


def multi_head_attention_forward(*args, **kwargs):
    raise NotImplementedError("multi_head_attention_forward: use nn.MultiheadAttention or scaled_dot_product_attention")


def embedding_bag(input, weight, offsets=None, max_norm=None, norm_type=2, scale_grad_by_freq=False, mode="mean",
                  sparse=False, per_sample_weights=None, include_last_offset=False, padding_idx=None):
    """For each bag of indices the sum, mean or maximum of its rows of weight."""
    if max_norm is not None or scale_grad_by_freq or sparse:
        raise NotImplementedError("embedding_bag: max_norm, scale_grad_by_freq and sparse are not supported")
    if input.is_floating_point() and not weight.is_floating_point():  # the order of long ago
        input, weight = weight, input
    return _C.embedding_bag(input, weight, offsets, mode, per_sample_weights, include_last_offset, padding_idx)


def __getattr__(name):
    """Every op whose signature is PyTorch's."""
    try:
        return getattr(_C, name)
    except AttributeError:
        raise AttributeError(f"module 'tandem.nn.functional' has no attribute '{name}'") from None
