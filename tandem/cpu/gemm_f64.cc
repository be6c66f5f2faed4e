#include "tandem/cpu/gemm_block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/gemm_f64.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include "tandem/cpu/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {

void block_f64(const Gemm<double>& g, const GemmBlock& block) { gemm_block(g, block); }

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {

HWY_EXPORT(block_f64);

GemmBlockFunction<double> gemm_block_f64() { return &HWY_DYNAMIC_DISPATCH(block_f64); }

}  // namespace tandem::cpu
#endif
