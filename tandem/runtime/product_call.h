// A product with an epilogue or with packed weights as one kernel call.
#pragma once
#include <vector>

#include "tandem/cpu/product_kernel.h"
#include "tandem/cpu/tile_program.h"
#include "tandem/runtime/plan.h"

namespace tandem::runtime {

class ProductCall {
 public:
  /// `packed`: the memory of its weights; empty where they are not packed.
  ProductCall(const Plan& plan, const Step& step, std::span<std::byte> packed);

  /// A kernel whose `op` is a ProductCall.
  static void run(const KernelCall& call);
  /// Before the first run of such a call, and again where the weights have changed.
  void pack(const KernelCall& call) const;

 private:
  KernelCall product(const KernelCall& call) const;
  cpu::RegisterEpilogue in_registers(const KernelCall& call) const;

  const void* op_;
  const cpu::ProductKernel& kernel_;
  const cpu::TileProgram* chain_;          // null: no epilogue
  std::size_t operands_;                   // of the product
  std::size_t affine_;                     // operands of what a convolution does in registers
  cpu::RegisterEpilogue in_registers_;     // without those
  std::vector<TensorRef> chain_operands_;  // the product, then the call's operands after those
  std::span<std::byte> packed_;
};

}  // namespace tandem::runtime
