#include "tandem/autograd/function.h"

#include "tandem/autograd/custom_node.h"
#include "tandem/tensor/apply.h"

namespace tandem {

void FunctionContext::save_for_backward(std::vector<Tensor> tensors) {
  saved_ = std::move(tensors);
  versions_.clear();
  for (const Tensor& t : saved_) versions_.push_back(t ? t.version() : 0);
}

std::vector<Tensor> FunctionContext::saved_tensors() const {
  if (freed_)
    fail(ErrorCode::autograd, name_,
         "Trying to backward through the graph a second time: what it saved was freed. Pass "
         "retain_graph = true to the first backward");
  for (std::size_t i = 0; i < saved_.size(); ++i)
    if (saved_[i] && saved_[i].version() != versions_[i])
      fail(ErrorCode::autograd, name_, "saved tensor ", i, " (", saved_[i].type(),
           ") has been modified by an inplace operation at ", saved_[i].impl()->storage->written,
           ": it is at version ", saved_[i].version(), ", expected version ", versions_[i]);
  return saved_;
}

struct CustomFunctionRule final : CustomRule {
  CustomFunction function;
  FunctionContext context;

  std::string_view name() const override { return function.name; }
  Grads vjp(std::span<const Tensor> dys) override {
    std::vector<Tensor> grads = function.backward(context, dys);
    if (grads.size() != context.needs_.size())
      fail(ErrorCode::autograd, function.name, "backward returned ", grads.size(),
           " gradients, expected one an input: ", context.needs_.size());
    return Grads(std::move(grads));
  }
  void release() override {
    context.freed_ = true;
    context.saved_.clear();
  }
};

std::vector<Tensor> apply_function(const CustomFunction& function, std::span<const Tensor> inputs,
                                   Location where) {
  auto rule = std::make_unique<CustomFunctionRule>();
  rule->function = function;
  rule->context.name_ = function.name;
  for (const Tensor& t : inputs)
    rule->context.needs_.push_back(mode.grad && t && needs_grad(t.impl()));
  std::vector<Tensor> results;
  {
    NoGrad off;
    results = function.forward(rule->context, inputs);
  }
  attach_custom_rule(std::move(rule), inputs, results, where);
  return results;
}

}  // namespace tandem
