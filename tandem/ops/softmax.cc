#include "tandem/ops/softmax.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor softmax(Arg input, int64_t dim) { return apply(Softmax{dim}, input); }
Tensor softmax_backward(Arg grad, Arg result, int64_t dim) { return apply(SoftmaxBackward{dim}, grad, result); }
Tensor log_softmax(Arg input, int64_t dim) { return apply(LogSoftmax{dim}, input); }
Tensor log_softmax_backward(Arg grad, Arg result, int64_t dim) { return apply(LogSoftmaxBackward{dim}, grad, result); }
Tensor softmin(Arg input, int64_t dim) { return apply(Softmin{dim}, input); }
// clang-format on

namespace {

Type as_input(std::string_view op, const Type& input, int64_t dim) {
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
  normalize_dim(op, dim, input.shape);
  return input;
}

Type as_grad(std::string_view op, const Type& grad, const Type& result, int64_t dim) {
  if (grad != result)
    fail(ErrorCode::shape, op, "expected grad and result of one type, got ", grad, " and ", result);
  return as_input(op, grad, dim);
}

/// input - max(input), which changes no softmax: the maximum carries no gradient.
Tensor shifted(const Tensor& input, int64_t dim) {
  return input.numel() ? input - amax(input.detach(), dim, true) : input;
}

}  // namespace

Type Softmax::infer(const Type& input) const { return as_input("softmax", input, dim); }
Tensor Softmax::decompose(const Tensor& input) const {
  const Tensor e = exp(shifted(input, dim));
  return e / sum(e, dim, true);
}
Grads Softmax::vjp(const Call& c) const { return {softmax_backward(c.dy(), c.result(), dim)}; }

Type SoftmaxBackward::infer(const Type& grad, const Type& result) const {
  return as_grad("softmax_backward", grad, result, dim);
}
Tensor SoftmaxBackward::decompose(const Tensor& grad, const Tensor& result) const {
  return (grad - sum(grad * result, dim, true)) * result;
}

Type LogSoftmax::infer(const Type& input) const { return as_input("log_softmax", input, dim); }
Tensor LogSoftmax::decompose(const Tensor& input) const {
  const Tensor x = shifted(input, dim);
  return x - log(sum(exp(x), dim, true));
}
Grads LogSoftmax::vjp(const Call& c) const {
  return {log_softmax_backward(c.dy(), c.result(), dim)};
}

Type LogSoftmaxBackward::infer(const Type& grad, const Type& result) const {
  return as_grad("log_softmax_backward", grad, result, dim);
}
Tensor LogSoftmaxBackward::decompose(const Tensor& grad, const Tensor& result) const {
  return grad - exp(result) * sum(grad, dim, true);
}

Type Softmin::infer(const Type& input) const { return as_input("softmin", input, dim); }
Tensor Softmin::decompose(const Tensor& input) const { return softmax(-input, dim); }

template struct Family<SoftmaxOps>;

}  // namespace tandem
