// DERIVED from the registry by tools/write_functions; a test fails when it is stale.
// clang-format off
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "tandem/tensor/op_info.h"

namespace tandem {

Tensor full(Dims size, Scalar fill_value, std::optional<DType> dtype = {}, Location where = Location::current());
Tensor zeros(Dims size, DType dtype = DType::f32, Location where = Location::current());
Tensor ones(Dims size, DType dtype = DType::f32, Location where = Location::current());
Tensor zeros_like(Arg input, std::optional<DType> dtype = {});
Tensor ones_like(Arg input, std::optional<DType> dtype = {});
Tensor full_like(Arg input, Scalar fill_value, std::optional<DType> dtype = {});
Tensor arange(Scalar start, Scalar end, Scalar step = 1, std::optional<DType> dtype = {}, Location where = Location::current());
Tensor linspace(Scalar start, Scalar end, int64_t steps, DType dtype = DType::f32, Location where = Location::current());
Tensor eye(int64_t n, std::optional<int64_t> m = {}, DType dtype = DType::f32, Location where = Location::current());
Tensor tril_indices(int64_t row, int64_t col, int64_t offset = 0, Location where = Location::current());
Tensor triu_indices(int64_t row, int64_t col, int64_t offset = 0, Location where = Location::current());
Tensor cast(Arg input, DType dtype);
Tensor clone(Arg input);
Tensor contiguous(Arg input);
Tensor reshape(Arg input, Dims shape);
Tensor permute(Arg input, Dims dims);
Tensor expand(Arg input, Dims size);
Tensor slice(Arg input, int64_t dim = 0, int64_t start = 0, int64_t end = INT64_MAX, int64_t step = 1);
Tensor select(Arg input, int64_t dim, int64_t index);
Tensor squeeze(Arg input, Dims dim = {});
Tensor unsqueeze(Arg input, int64_t dim);
Tensor diagonal(Arg input, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
Tensor slice_scatter(Arg input, Arg src, int64_t dim = 0, int64_t start = 0, int64_t end = INT64_MAX, int64_t step = 1);
Tensor diagonal_scatter(Arg input, Arg src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
Tensor transpose(Arg input, int64_t dim0, int64_t dim1);
Tensor swapaxes(Arg input, int64_t axis0, int64_t axis1);
Tensor t(Arg input);
Tensor movedim(Arg input, Dims source, Dims destination);
Tensor flatten(Arg input, int64_t start_dim = 0, int64_t end_dim = -1);
Tensor ravel(Arg input);
Tensor unflatten(Arg input, int64_t dim, Dims sizes);
Tensor view(Arg input, Dims shape);
Tensor view_as(Arg input, Arg other);
Tensor reshape_as(Arg input, Arg other);
Tensor expand_as(Arg input, Arg other);
Tensor broadcast_to(Arg input, Dims size);
Tensor narrow(Arg input, int64_t dim, int64_t start, int64_t length);
Tensor atleast_1d(Arg input);
Tensor atleast_2d(Arg input);
Tensor atleast_3d(Arg input);
Tensor flip(Arg input, Dims dims);
Tensor fliplr(Arg input);
Tensor flipud(Arg input);
Tensor rot90(Arg input, int64_t k = 1, Dims dims = {0, 1});
Tensor roll(Arg input, Dims shifts, Dims dims = {});
Tensor tril(Arg input, int64_t diagonal = 0);
Tensor triu(Arg input, int64_t diagonal = 0);
Tensor diag(Arg input, int64_t diagonal = 0);
Tensor diag_embed(Arg input, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);
Tensor cat(const ListArg& tensors, int64_t dim = 0);
Tensor stack(const ListArg& tensors, int64_t dim = 0);
Tensor hstack(const ListArg& tensors);
Tensor vstack(const ListArg& tensors);
Tensor dstack(const ListArg& tensors);
Tensor constant_pad_nd(Arg input, Dims pad, Scalar value = 0);
Tensor pad(Arg input, Dims pad, Name mode = "constant", std::optional<double> value = {});
Tensor repeat(Arg input, Dims repeats);
Tensor tile(Arg input, Dims dims);
Tensor repeat_interleave(Arg input, const NumArg& repeats, std::optional<int64_t> dim = {});
Tensor index(Arg input, const ListArg& indices);
Tensor index_put(Arg input, const ListArg& indices, Arg values, bool accumulate = false);
Tensor index_select(Arg input, int64_t dim, Arg index);
Tensor index_add(Arg input, int64_t dim, Arg index, Arg source, Scalar alpha = 1);
Tensor index_copy(Arg input, int64_t dim, Arg index, Arg source);
Tensor index_fill(Arg input, int64_t dim, Arg index, const NumArg& value);
Tensor masked_fill(Arg input, Arg mask, const NumArg& value);
Tensor masked_select(Arg input, Arg mask);
Tensor masked_scatter(Arg input, Arg mask, Arg source);
Tensor nonzero_static(Arg input, int64_t size, int64_t fill_value = -1);
Tensor nonzero(Arg input);
Tensor copy(Arg input, Arg src);
Tensor add(const NumArg& input, const NumArg& other);
Tensor sub(const NumArg& input, const NumArg& other);
Tensor mul(const NumArg& input, const NumArg& other);
Tensor div(const NumArg& input, const NumArg& other);
Tensor neg(const NumArg& input);
Tensor exp(const NumArg& input);
Tensor log(const NumArg& input);
Tensor eq(const NumArg& input, const NumArg& other);
Tensor ne(const NumArg& input, const NumArg& other);
Tensor lt(const NumArg& input, const NumArg& other);
Tensor le(const NumArg& input, const NumArg& other);
Tensor gt(const NumArg& input, const NumArg& other);
Tensor ge(const NumArg& input, const NumArg& other);
Tensor where(Arg condition, const NumArg& input, const NumArg& other);
Tensor relu(const NumArg& input);
Tensor relu_backward(const NumArg& grad, const NumArg& result);
Tensor leaky_relu(const NumArg& input, double negative_slope = 0.01);
Tensor silu(const NumArg& input);
Tensor sum(Arg input, Dims dim = {}, bool keepdim = false);
Tensor matmul(Arg input, Arg other);
std::array<Tensor, 2> sgd_step(Arg param, Arg grad, Arg momentum_buffer, Arg lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false, bool first = false);
std::array<Tensor, 4> adam_step(Arg param, Arg grad, Arg exp_avg, Arg exp_avg_sq, Arg max_exp_avg_sq, Arg step, Arg lr, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0, bool amsgrad = false, bool decoupled_weight_decay = false, bool maximize = false);
std::array<Tensor, 4> rmsprop_step(Arg param, Arg grad, Arg square_avg, Arg momentum_buffer, Arg grad_avg, Arg lr, double alpha = 0.99, double eps = 1e-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false);
std::array<Tensor, 2> adagrad_step(Arg param, Arg grad, Arg state_sum, Arg step, Arg lr, double lr_decay = 0, double weight_decay = 0, double eps = 1e-10, bool maximize = false);
Tensor linear(Arg input, Arg weight, OptArg bias = {});
Tensor softmax(Arg input, int64_t dim = -1);
Tensor softmax_backward(Arg grad, Arg result, int64_t dim = -1);
Tensor log_softmax(Arg input, int64_t dim = -1);
Tensor log_softmax_backward(Arg grad, Arg result, int64_t dim = -1);
Tensor softmin(Arg input, int64_t dim = -1);
Tensor cross_entropy(Arg input, Arg target, OptArg weight = {}, int64_t ignore_index = -100, Name reduction = "mean", double label_smoothing = 0);
std::array<Tensor, 3> softmax_cross_entropy(Arg input, Arg target, int64_t ignore_index = -100);
Tensor softmax_cross_entropy_backward(Arg grad, Arg input, Arg target, Arg logsumexp, int64_t ignore_index = -100);
Tensor nll_loss(Arg input, Arg target, OptArg weight = {}, int64_t ignore_index = -100, Name reduction = "mean");
Tensor select_class(Arg input, Arg target, int64_t ignore_index = -100);
Tensor select_class_backward(Arg grad, Arg target, int64_t classes, int64_t ignore_index = -100);
Tensor mse_loss(Arg input, Arg target, Name reduction = "mean");
Tensor embedding(Arg input, Arg weight, std::optional<int64_t> padding_idx = {});
Tensor embedding_backward(Arg grad, Arg input, int64_t num_embeddings, std::optional<int64_t> padding_idx = {});
Tensor conv2d(Arg input, Arg weight, OptArg bias = {}, Dims stride = {1, 1}, Dims padding = {0, 0}, Dims dilation = {1, 1}, int64_t groups = 1);
Tensor conv2d_input_grad(Arg grad, Arg weight, Dims input_size, Dims stride = {1, 1}, Dims padding = {0, 0}, Dims dilation = {1, 1}, int64_t groups = 1);
Tensor conv2d_weight_grad(Arg grad, Arg input, Dims kernel_size, Dims stride = {1, 1}, Dims padding = {0, 0}, Dims dilation = {1, 1}, int64_t groups = 1);
Tensor conv_transpose2d(Arg input, Arg weight, OptArg bias = {}, Dims stride = {1, 1}, Dims padding = {0, 0}, Dims output_padding = {0, 0}, int64_t groups = 1, Dims dilation = {1, 1});
Tensor conv1d(Arg input, Arg weight, OptArg bias = {}, Dims stride = {1}, Dims padding = {0}, Dims dilation = {1}, int64_t groups = 1);
Tensor conv_transpose1d(Arg input, Arg weight, OptArg bias = {}, Dims stride = {1}, Dims padding = {0}, Dims output_padding = {0}, int64_t groups = 1, Dims dilation = {1});
Tensor max_pool2d(Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0, 0}, Dims dilation = {1, 1}, bool ceil_mode = false);
std::array<Tensor, 2> max_pool2d_with_indices(Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0, 0}, Dims dilation = {1, 1}, bool ceil_mode = false);
Tensor max_pool2d_backward(Arg grad, Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0, 0}, Dims dilation = {1, 1}, bool ceil_mode = false);
Tensor avg_pool2d(Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0, 0}, bool ceil_mode = false, bool count_include_pad = true, std::optional<int64_t> divisor_override = {});
Tensor avg_pool2d_backward(Arg grad, Dims input_size, Dims kernel_size, Dims stride = {}, Dims padding = {0, 0}, bool ceil_mode = false, bool count_include_pad = true, std::optional<int64_t> divisor_override = {});
Tensor adaptive_avg_pool2d(Arg input, Dims output_size);
Tensor adaptive_avg_pool2d_backward(Arg grad, Dims input_size);
Tensor adaptive_max_pool2d(Arg input, Dims output_size);
std::array<Tensor, 2> adaptive_max_pool2d_with_indices(Arg input, Dims output_size);
Tensor adaptive_max_pool2d_backward(Arg grad, Arg input);
Tensor max_pool1d(Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0}, Dims dilation = {1}, bool ceil_mode = false);
Tensor avg_pool1d(Arg input, Dims kernel_size, Dims stride = {}, Dims padding = {0}, bool ceil_mode = false, bool count_include_pad = true);
Tensor adaptive_avg_pool1d(Arg input, Dims output_size);
Tensor adaptive_max_pool1d(Arg input, Dims output_size);

// The language's own spellings.
inline Tensor operator+(const NumArg& a, const NumArg& b) { return add(a, b); }
inline Tensor operator-(const NumArg& a, const NumArg& b) { return sub(a, b); }
inline Tensor operator*(const NumArg& a, const NumArg& b) { return mul(a, b); }
inline Tensor operator/(const NumArg& a, const NumArg& b) { return div(a, b); }
inline Tensor operator<(const NumArg& a, const NumArg& b) { return lt(a, b); }
inline Tensor operator<=(const NumArg& a, const NumArg& b) { return le(a, b); }
inline Tensor operator>(const NumArg& a, const NumArg& b) { return gt(a, b); }
inline Tensor operator>=(const NumArg& a, const NumArg& b) { return ge(a, b); }
inline Tensor operator==(const NumArg& a, const NumArg& b) { return eq(a, b); }
inline Tensor operator!=(const NumArg& a, const NumArg& b) { return ne(a, b); }
inline Tensor operator-(const NumArg& x) { return neg(x); }

}  // namespace tandem
