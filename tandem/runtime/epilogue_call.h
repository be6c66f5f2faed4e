// A product with an epilogue as one kernel call.
#pragma once
#include <memory>
#include <vector>

#include "tandem/cpu/epilogue_kernel.h"
#include "tandem/cpu/tile_program.h"
#include "tandem/runtime/plan.h"

namespace tandem::runtime {

class EpilogueCall {
 public:
  EpilogueCall(const Plan& plan, const Step& step);

  /// A kernel whose `op` is an EpilogueCall.
  static void run(const KernelCall& call);

 private:
  const void* op_;
  cpu::EpilogueKernel kernel_;
  const cpu::TileProgram& chain_;
  std::size_t product_operands_;
  std::vector<TensorRef> chain_operands_;  // the product, then the call's operands after its own
};

}  // namespace tandem::runtime
