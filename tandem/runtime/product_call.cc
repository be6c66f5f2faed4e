#include "tandem/runtime/product_call.h"

#include <algorithm>

#include "tandem/cpu/tile_epilogue.h"
#include "tandem/graph/control_flow.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/selected.h"

namespace tandem::runtime {

namespace {

/// Where nothing is left to do after what the kernel does in registers.
class NoChain final : public cpu::Epilogue {
 public:
  using Epilogue::Epilogue;
  void run(const cpu::MatrixPart&) const override {}
};

}  // namespace

ProductCall::ProductCall(const Plan& plan, const Step& step, std::span<std::byte> packed)
    : op_(step.op.data()),
      kernel_(
          *cpu::product_kernel(*step.op.info, plan.refs[std::size_t(step.results[0])].type.dtype)),
      chain_(step.tiles.get()),
      operands_(own_operands(step).size()),
      affine_(std::size_t(step.affine_operands)),
      chain_operands_(step.operands.size() - operands_ - affine_ + 1),
      packed_(packed) {
  if (!step.activation) return;
  in_registers_.activation = cpu::Activation::relu;
  if (step.activation->info != &info_of<Hardtanh>) return;
  const auto& hardtanh = *static_cast<const Hardtanh*>(step.activation->data());
  in_registers_.activation = cpu::Activation::hardtanh;
  in_registers_.low = float(hardtanh.min_val), in_registers_.high = float(hardtanh.max_val);
}

KernelCall ProductCall::product(const KernelCall& call) const {
  return {op_, call.out, call.in.first(operands_), call.workspace};
}

cpu::RegisterEpilogue ProductCall::in_registers(const KernelCall& call) const {
  cpu::RegisterEpilogue in_registers = in_registers_;
  const auto at = [&](std::size_t k) {
    return k < affine_ ? call.in[operands_ + k].as<float>() : nullptr;
  };
  in_registers.mean = at(0), in_registers.scale = at(1), in_registers.bias = at(2);
  return in_registers;
}

void ProductCall::run(const KernelCall& call) {
  ProductCall& c = *static_cast<ProductCall*>(const_cast<void*>(call.op));
  const auto run_with = [&](const cpu::Epilogue* epilogue) {
    c.kernel_.run(c.product(call), {.epilogue = epilogue, .packed = c.packed_.data()});
  };
  if constexpr (is_selected<graph::Fused>) {  // else there are no chains
    if (c.chain_) {
      c.chain_operands_[0] = call.out[0];
      std::ranges::copy(call.in.subspan(c.operands_ + c.affine_), c.chain_operands_.begin() + 1);
      const KernelCall chain{c.chain_, call.out, c.chain_operands_, nullptr};
      const cpu::TileEpilogue epilogue(*c.chain_, chain, c.in_registers(call));
      return run_with(&epilogue);
    }
    if (c.affine_ || c.in_registers_.activation != cpu::Activation::none) {
      const NoChain epilogue(c.in_registers(call));
      return run_with(&epilogue);
    }
  }
  run_with(nullptr);
}

void ProductCall::pack(const KernelCall& call) const {
  if (!packed_.empty()) kernel_.pack(product(call), packed_);
}

}  // namespace tandem::runtime
