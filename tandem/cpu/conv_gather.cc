#include "tandem/cpu/conv_gather.h"

#include <numeric>

namespace tandem::cpu {

Phase ConvAxis::phase(int64_t r) const {
  if (!transposed) return {0, 1, out, stride, {kernel, 0, 1, -padding, dilation}};

  // Output r + stride·j meets input position (r + padding - k·dilation) / stride + j for the k that
  // divide: an arithmetic progression, walked downwards in k so that positions ascend.
  Phase p{r, stride, (out - r + stride - 1) / stride, 1, {0, 0, 1, 0, 1}};
  const int64_t k_step = stride / std::gcd(stride, dilation);
  int64_t k = 0;
  while (k < kernel && k < k_step && (r + padding - k * dilation) % stride != 0) ++k;
  if (k >= kernel || k >= k_step) return p;  // no tap: these outputs are the bias alone
  const int64_t count = (kernel - 1 - k) / k_step + 1, last = k + (count - 1) * k_step;
  p.taps = {count, last, -k_step, (r + padding - last * dilation) / stride,
            k_step * dilation / stride};
  return p;
}

}  // namespace tandem::cpu
