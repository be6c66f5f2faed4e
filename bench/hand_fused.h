// Chains of elementwise ops as one would write them by hand: what fused_bench compares with.
#pragma once
#include <cstdint>

namespace tandem {

/// y = max((x + a) * b, 0) + c; bound by memory.
void hand_fused_cheap(const float* x, const float* a, const float* b, const float* c, float* y,
                      int64_t n);
/// y = tanh(x * a + b) * c
void hand_fused_tanh(const float* x, const float* a, const float* b, const float* c, float* y,
                     int64_t n);

}  // namespace tandem
