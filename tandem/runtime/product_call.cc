#include "tandem/runtime/product_call.h"

#include <algorithm>

#include "tandem/cpu/tile_epilogue.h"
#include "tandem/graph/control_flow.h"
#include "tandem/ops/selected.h"

namespace tandem::runtime {

ProductCall::ProductCall(const Plan& plan, const Step& step, std::span<std::byte> packed)
    : op_(step.op.data()),
      kernel_(
          *cpu::product_kernel(*step.op.info, plan.refs[std::size_t(step.results[0])].type.dtype)),
      chain_(step.tiles.get()),
      operands_(own_operands(step).size()),
      chain_operands_(step.operands.size() - operands_ + 1),
      packed_(packed) {}

KernelCall ProductCall::product(const KernelCall& call) const {
  return {op_, call.out, call.in.first(operands_), call.workspace};
}

void ProductCall::run(const KernelCall& call) {
  ProductCall& c = *static_cast<ProductCall*>(const_cast<void*>(call.op));
  if (!c.chain_) return c.kernel_.run(c.product(call), {.packed = c.packed_.data()});
  if constexpr (is_selected<graph::Fused>) {  // else there are no chains
    c.chain_operands_[0] = call.out[0];
    std::ranges::copy(call.in.subspan(c.operands_), c.chain_operands_.begin() + 1);
    const KernelCall chain{c.chain_, call.out, c.chain_operands_, nullptr};
    const cpu::TileEpilogue epilogue(*c.chain_, chain);
    c.kernel_.run(c.product(call), {.epilogue = &epilogue, .packed = c.packed_.data()});
  }
}

void ProductCall::pack(const KernelCall& call) const {
  if (!packed_.empty()) kernel_.pack(product(call), packed_);
}

}  // namespace tandem::runtime
