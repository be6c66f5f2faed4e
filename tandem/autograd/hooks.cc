#include "tandem/autograd/hooks.h"

#include <atomic>

#include "tandem/autograd/tape.h"
#include "tandem/tensor/apply.h"

namespace tandem {

HookHandle::HookHandle(Node* node, int64_t id) : node_(node), id_(id) { retain(node_); }
HookHandle::HookHandle(const HookHandle& other) : HookHandle(other.node_, other.id_) {}
HookHandle& HookHandle::operator=(HookHandle other) {
  std::swap(node_, other.node_);
  std::swap(id_, other.id_);
  return *this;
}
HookHandle::~HookHandle() { release(node_); }

void HookHandle::remove() {
  std::erase_if(node_->more().hooks, [&](const auto& h) { return h.id == id_; });
}

HookHandle register_hook(const Tensor& tensor, Hook hook) {
  if (!needs_grad(tensor.impl()))
    fail(ErrorCode::autograd, "register_hook",
         "cannot register a hook on a tensor that doesn't require gradient (shape ", tensor.shape(),
         "): call requires_grad_() on the leaf first");
  static std::atomic<int64_t> next{0};
  Node* node = tensor.impl()->node;
  const int64_t id = next++;
  node->more().hooks.push_back({tensor.impl()->result_index, id, std::move(hook)});
  return HookHandle(node, id);
}

}  // namespace tandem
