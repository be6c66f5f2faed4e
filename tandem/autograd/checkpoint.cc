#include "tandem/autograd/checkpoint.h"

#include "tandem/autograd/backward.h"
#include "tandem/autograd/custom_node.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

/// Runs the function again with recording on, and walks back through what it recorded. Leaves that
/// it reads besides its inputs are reached by that walk itself.
struct CheckpointRule final : CustomRule {
  TensorFunction function;
  std::vector<Tensor> inputs;
  std::vector<uint32_t> versions;
  bool freed = false;

  std::string_view name() const override { return "checkpoint"; }
  void release() override {
    freed = true;
    inputs.clear();
  }

  Grads vjp(std::span<const Tensor> dys) override {
    if (freed)
      fail(ErrorCode::autograd, "checkpoint",
           "Trying to backward through the graph a second time: its inputs were freed. Pass "
           "retain_graph = true to the first backward");
    std::vector<Tensor> leaves;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Tensor& t = inputs[i];
      if (t && t.version() != versions[i])
        fail(ErrorCode::autograd, "checkpoint", "input ", i, " (", t.type(),
             ") was modified by an inplace operation at ", t.impl()->storage->written,
             " before backward could compute with it again");
      Tensor leaf = t ? t.detach() : t;
      if (t && is_floating(t.dtype()) && needs_grad(t.impl())) leaf.requires_grad_();
      leaves.push_back(leaf);
    }
    std::vector<Tensor> again;
    {
      EnableGrad on;
      again = function(leaves);
    }
    if (again.size() != dys.size())
      fail(ErrorCode::autograd, "checkpoint", "the function gave ", dys.size(),
           " results and then ", again.size(), ": it must compute the same again");
    std::vector<Tensor> outputs, seeds;
    for (std::size_t i = 0; i < again.size(); ++i)
      if (dys[i] && again[i] && needs_grad(again[i].impl())) {
        outputs.push_back(again[i]);
        seeds.push_back(dys[i]);
      }
    backward(outputs, seeds, false, mode.grad);
    std::vector<Tensor> grads;
    for (const Tensor& leaf : leaves)
      grads.push_back(leaf && leaf.impl()->requires_grad ? leaf.grad() : Tensor());
    return Grads(std::move(grads));
  }
};

}  // namespace

std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs,
                               Location where) {
  auto rule = std::make_unique<CheckpointRule>();
  rule->inputs.assign(inputs.begin(), inputs.end());
  for (const Tensor& t : inputs) rule->versions.push_back(t ? t.version() : 0);
  std::vector<Tensor> results;
  {
    NoGrad off;
    results = function(inputs);
  }
  rule->function = std::move(function);
  attach_custom_rule(std::move(rule), inputs, results, where);
  return results;
}

}  // namespace tandem
