#include "tandem/ops/linear_cross_entropy.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor linear_cross_entropy(Arg input, Arg linear_weight, Arg target, OptArg linear_bias, int64_t ignore_index, Name reduction, double label_smoothing) { return apply(LinearCrossEntropy{ignore_index, reduction, label_smoothing}, input, linear_weight, target, linear_bias); }
// clang-format on

Tensor LinearCrossEntropy::decompose(const Tensor& input, const Tensor& linear_weight,
                                     const Tensor& target, const Tensor* linear_bias) const {
  constexpr std::string_view op = "linear_cross_entropy";
  const int more = linear_weight.dim() - 2;  // dims of classes beside the first
  if (more < 0 || input.dim() < 1 || input.size(-1) != linear_weight.size(-1))
    fail(ErrorCode::shape, op, "expected input [..., n] and linear_weight [C, ..., n], got ",
         input.shape(), " and ", linear_weight.shape());
  Dims classes = linear_weight.shape();
  classes.resize(classes.size() - 1);
  const Tensor rows = reshape(linear_weight, {classes.product(), linear_weight.size(-1)});
  Tensor logits = matmul(input, transpose(rows, 0, 1));
  if (linear_bias) logits = logits + reshape(*linear_bias, -1);
  Dims shape = input.shape();
  shape.resize(shape.size() - 1);
  const int batch = shape.size();
  for (int64_t c : classes) shape.push_back(c);
  logits = reshape(logits, shape);
  // Classes are the dim after the batch's.
  if (batch > 1) logits = movedim(logits, batch, 1);
  return cross_entropy(logits, target, {}, ignore_index, reduction, label_smoothing);
}

template struct Family<LinearCrossEntropyOps>;

}  // namespace tandem
