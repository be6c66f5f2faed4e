// Mixed precision: inside an Autocast scope products compute in a lower precision and losses in
// f32, whatever their operands are; all other ops take operands as they come. The choices are those
// of PyTorch's CPU autocast, and gradients come back in each tensor's own dtype.
#pragma once
#include "tandem/tensor/apply.h"

namespace tandem {

/// From here to the end of the scope, on this thread. Scopes nest; `enabled` false makes a hole.
///
///   Autocast lower;
///   Tensor loss = cross_entropy(net(x), y);   // bf16 inside the net, f32 in the loss
///
/// Error: code dtype unless `dtype` is bf16 or f16.
class Autocast {
 public:
  explicit Autocast(bool enabled = true, DType dtype = DType::bf16);
  Autocast(const Autocast&) = delete;
  ~Autocast();

 private:
  Apply saved_;
  DType saved_dtype_;
};

/// The same without a scope, for front ends that have scopes of their own.
void set_autocast(bool enabled, DType dtype);

}  // namespace tandem
