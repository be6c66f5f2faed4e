// Functions that see a gradient on its way.
#pragma once
#include <functional>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// Undoes a register_hook(). Copies undo the same hook; destroying one undoes nothing.
class HookHandle {
 public:
  HookHandle(Node* node, int64_t id);
  HookHandle(const HookHandle& other);
  HookHandle& operator=(HookHandle other);
  ~HookHandle();
  /// Does nothing the second time.
  void remove();

 private:
  Node* node_;
  int64_t id_;
};

/// Calls `hook` with the gradient of `tensor` (a leaf or a result) in each backward pass that
/// computes it; a defined tensor that it returns takes the gradient's place. Hooks of one tensor
/// run in the order of their registration. Error: code autograd when the tensor needs no gradient.
///
///     auto handle = register_hook(h, [](const Tensor& g) { return g * 2; });
HookHandle register_hook(const Tensor& tensor, std::function<Tensor(const Tensor& gradient)> hook);

}  // namespace tandem
