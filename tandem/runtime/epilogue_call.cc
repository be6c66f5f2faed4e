#include "tandem/runtime/epilogue_call.h"

#include <algorithm>

#include "tandem/cpu/tile_epilogue.h"

namespace tandem::runtime {

EpilogueCall::EpilogueCall(const Plan& plan, const Step& step)
    : op_(step.op.data()),
      kernel_(
          cpu::epilogue_kernel(*step.op.info, plan.refs[std::size_t(step.results[0])].type.dtype)),
      chain_(*step.tiles),
      product_operands_(std::size_t(step.product_operands)),
      chain_operands_(step.operands.size() - product_operands_ + 1) {}

void EpilogueCall::run(const KernelCall& call) {
  EpilogueCall& c = *static_cast<EpilogueCall*>(const_cast<void*>(call.op));
  c.chain_operands_[0] = call.out[0];
  std::ranges::copy(call.in.subspan(c.product_operands_), c.chain_operands_.begin() + 1);
  const KernelCall chain{&c.chain_, call.out, c.chain_operands_, nullptr};
  c.kernel_({c.op_, call.out, call.in.first(c.product_operands_), call.workspace},
            cpu::TileEpilogue(c.chain_, chain));
}

}  // namespace tandem::runtime
