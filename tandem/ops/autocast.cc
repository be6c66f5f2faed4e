#include "tandem/ops/autocast.h"

#include <unordered_map>
#include <utility>
#include <vector>

#include "tandem/ops/functions.h"
#include "tandem/ops/registry.h"

namespace tandem {
namespace {

enum class Choice : uint8_t {
  own,     // operands as they are
  lower,   // the scope's dtype
  full,    // f32
  common,  // f32 where the operands differ
  first,   // the same, and the result comes back in the dtype of the first operand
};

struct Entry {
  Choice choice;
  std::vector<std::string_view> ops;
};

/// An op that is not here has its own choice; one that is shorthand leaves it to its parts.
const std::vector<Entry>& entries() {
  static const std::vector<Entry> all{
      {Choice::lower,
       {"matmul", "mm", "bmm", "baddbmm", "addmm", "einsum", "tensordot", "inner", "linear",
        "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "scaled_dot_product_attention",
        "native_attention", "prelu"}},
      {Choice::full,
       {"mse_loss",
        "l1_loss",
        "smooth_l1_loss",
        "huber_loss",
        "cross_entropy",
        "nll_loss",
        "kl_div",
        "binary_cross_entropy",
        "binary_cross_entropy_with_logits",
        "softmax_cross_entropy",
        "select_class",
        "cosine_embedding_loss",
        "hinge_embedding_loss",
        "margin_ranking_loss",
        "soft_margin_loss",
        "triplet_margin_loss",
        "multi_margin_loss",
        "multilabel_margin_loss",
        "multilabel_soft_margin_loss",
        "poisson_nll_loss",
        "gaussian_nll_loss",
        "prod",
        "trace"}},
      {Choice::common,
       {"cat", "stack", "hstack", "vstack", "dstack", "index_copy", "dot", "mv", "addmv",
        "bilinear", "cosine_similarity"}},
      {Choice::first,
       {"batch_norm", "batch_norm_train", "layer_norm", "native_layer_norm", "rms_norm",
        "native_rms_norm", "group_norm", "native_group_norm", "instance_norm", "lstm_layer",
        "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"}},
  };
  return all;
}

Choice choice_of(const OpInfo& info) {
  static const std::unordered_map<const OpInfo*, Choice> by_op = [] {
    std::unordered_map<const OpInfo*, Choice> found;
    for (const Entry& entry : entries())
      for (std::string_view name : entry.ops)
        if (const OpInfo* op = find_op(name)) found.emplace(op, entry.choice);
    return found;
  }();
  const auto it = by_op.find(&info);
  return it == by_op.end() ? Choice::own : it->second;
}

/// Is its dtype autocast's to choose? Not that of doubles and integers.
bool is_cast(const Tensor* t) {
  return t->impl() && is_floating(t->dtype()) && t->dtype() != DType::f64;
}

bool differ(Operands in) {
  const Tensor* first = nullptr;
  for (const Tensor* t : in) {
    if (!is_cast(t)) continue;
    if (first && t->dtype() != first->dtype()) return true;
    first = t;
  }
  return false;
}

void apply_autocast(const OpInfo& info, const void* op, Operands in, Tensor* out, Location where) {
  const Choice choice = choice_of(info);
  if (choice == Choice::own && !info.infer) return apply_as_is(info, op, in, out, where);
  const DType lower = mode.autocast_dtype;
  const Autocast parts_are_of_one_dtype(false);
  const bool as_they_are = choice == Choice::own || (choice >= Choice::common && !differ(in));
  if (as_they_are) return apply_as_is(info, op, in, out, where);

  const At line(where);
  const DType dtype = choice == Choice::lower ? lower : DType::f32;
  std::vector<Tensor> cast_operands(in.size());
  std::vector<const Tensor*> operands(in.begin(), in.end());
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!is_cast(in[i]) || in[i]->dtype() == dtype) continue;
    cast_operands[i] = cast(*in[i], dtype);
    operands[i] = &cast_operands[i];
  }
  apply_as_is(info, op, operands, out, where);
  if (choice == Choice::first && is_cast(in[0])) out[0] = cast(out[0], in[0]->dtype());
}

}  // namespace

void set_autocast(bool enabled, DType dtype) {
  if (enabled && dtype != DType::bf16 && dtype != DType::f16)
    fail(ErrorCode::dtype, "autocast", "expected dtype bfloat16 or float16, got ", dtype);
  mode.autocast = enabled ? apply_autocast : nullptr;
  mode.autocast_dtype = dtype;
}

Autocast::Autocast(bool enabled, DType dtype)
    : saved_(mode.autocast), saved_dtype_(mode.autocast_dtype) {
  set_autocast(enabled, enabled ? dtype : saved_dtype_);
}
Autocast::~Autocast() { mode.autocast = saved_, mode.autocast_dtype = saved_dtype_; }

}  // namespace tandem
