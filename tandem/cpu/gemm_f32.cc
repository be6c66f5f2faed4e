#include "tandem/cpu/gemm_block.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/gemm_f32.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include "tandem/cpu/gemm-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {

void block_f32(const Gemm<float>& g, const GemmBlock& block) { gemm_block(g, block); }
void pack_f32(int64_t k, int64_t n, const Matrix<float>& b, float* panels) {
  pack_columns(b, size_t(k), size_t(n), panels, panel_width<float> * size_t(k));
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {

HWY_EXPORT(block_f32);
HWY_EXPORT(pack_f32);

GemmBlockFunction<float> gemm_block_f32() { return &HWY_DYNAMIC_DISPATCH(block_f32); }

void pack_panels(int64_t k, int64_t n, const Matrix<float>& b, float* panels) {
  HWY_DYNAMIC_DISPATCH(pack_f32)(k, n, b, panels);
}

}  // namespace tandem::cpu
#endif
