#include "tandem/autograd/frontier.h"

#include <string>
#include <utility>

namespace tandem {
namespace {

struct MadeInside final : CustomRule {
  std::string function;
  explicit MadeInside(std::string_view name) : function(name) {}
  std::string_view name() const override { return function; }
  Grads vjp(std::span<const Tensor>) override {
    fail(ErrorCode::autograd, function,
         "a gradient was asked of a tensor made inside its function: return the tensor from there, "
         "or take the gradient without ",
         function);
  }
};

}  // namespace

constinit thread_local Frontier* Frontier::current_ = nullptr;

Frontier::Frontier(std::string_view name)
    : enclosing_(std::exchange(current_, this)),
      inside_(new_node(nullptr, nullptr, {}, 1, Location::current())) {
  inside_->more().rule = std::make_unique<MadeInside>(name);
}
Frontier::~Frontier() {
  current_ = enclosing_;
  release(inside_);
}

void Frontier::note(Operands in, std::span<Tensor> out) {
  for (const Tensor* t : in) {
    const Node* node = *t ? t->impl()->node : nullptr;
    if (node && node != inside_ && seen_.insert(node).second) reads_.push_back(*t);
  }
  for (Tensor& t : out)
    if (t && is_floating(t.dtype())) set_node(t.impl(), inside_, 0);
}

}  // namespace tandem
