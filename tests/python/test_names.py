"""The names that 1,416 public programs use, the most frequent of them: how many are there."""

import tandem as torch

FUNCTIONS = """
tensor zeros Tensor arange randn ones LongTensor FloatTensor from_numpy randint rand zeros_like linspace
as_tensor meshgrid empty randn_like normal full ones_like randperm eye ByteTensor cat stack flatten
unsqueeze repeat_interleave chunk squeeze split unbind nonzero gather exp sqrt sigmoid tanh cos log sin
clamp pow where rsqrt abs round add relu clip square maximum isnan argmax softmax max mean sum topk min
all unique cumprod var norm bincount sort argsort cumsum triu tril einsum matmul mm bmm dot mv
manual_seed multinomial Generator get_rng_state set_rng_state float32 long bool float bfloat16 float16
float64 int64 int32 uint8 inf pi finfo no_grad inference_mode set_grad_enabled enable_grad
is_grad_enabled save load device compile Size is_tensor set_printoptions allclose equal __version__
set_num_threads set_float32_matmul_precision nn optim utils autograd cuda backends amp jit testing
distributions random use_deterministic_algorithms logsumexp isfinite logical_and outer cross stack
tensordot masked_select index_select bernoulli dropout broadcast_tensors hstack vstack quantile
empty_like full_like rand_like numel get_default_dtype set_default_dtype from_dlpack tril_indices
channels_last float double half int short amin amax any prod std floor ceil sign minimum erf atan2
""".split()
METHODS = """
to backward view item size mean numpy sum unsqueeze squeeze transpose reshape float cpu detach max
tolist flatten argmax norm cuda numel permute chunk copy_ zero_ long contiguous clone clamp masked_fill
softmax fill_ pow normal_ eq repeat masked_fill_ uniform_ type topk expand t gather view_as
requires_grad_ new_zeros scatter_ expand_as type_as index_add_ new_ones element_size data_ptr
register_hook shape data device requires_grad dtype grad T ndim is_cuda grad_fn is_leaf exp log sqrt abs
relu sigmoid tanh add_ sub_ mul_ div_ min any all std var cumsum sort argsort unique nonzero split
unbind index_select where int half double bool byte unfold stride is_contiguous untyped_storage resize_
t_ clamp_ exponential_ bernoulli_ random_ log_softmax repeat_interleave triu tril diagonal dim lerp_
retain_grad new_tensor new_full new_empty allclose logsumexp register_hook bfloat16 pin_memory
index_fill_ scatter_add_ addcmul_ addcdiv_ fill_diagonal_ masked_select bmm mm matmul squeeze_
""".split()


def test_functions():
    missing = [n for n in FUNCTIONS if not hasattr(torch, n)]
    assert not missing


def test_methods():
    missing = [n for n in METHODS if not hasattr(torch.Tensor, n)]
    assert not missing


def test_names_are_listed():
    names = dir(torch)
    assert "relu" in names and "nn" in names and "load" in names and "_C" not in names


def test_a_wrong_name_is_told_its_neighbour():
    try:
        torch.matmull
    except AttributeError as e:
        assert "did you mean 'matmul'" in str(e)
    else:
        raise AssertionError("there is no matmull")


def test_random_numbers_are_forked():
    with torch.random.fork_rng():
        first = torch.rand(2).tolist()
    assert torch.rand(2).tolist() == first
