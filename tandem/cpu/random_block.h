// The vector part of normal().
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// Box-Muller on 16 uniforms of [0, 1) in place: for j < 8, with r = sqrt(-2 log(1 - d[j])) and
/// t = 2 pi d[j + 8], d[j] = r cos t and d[j + 8] = r sin t; times std, plus mean.
void box_muller_16(float* d, float mean, float std);

}  // namespace tandem::cpu
