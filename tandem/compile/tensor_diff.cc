#include "tandem/compile/tensor_diff.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "tandem/ops/functions.h"

namespace tandem {
namespace {

/// The bits of a floating number as an integer that rises with it; 0 and -0 are neighbours.
template <class T>
int64_t rank(T value) {
  using Bits = std::conditional_t<sizeof(T) == 8, int64_t,
                                  std::conditional_t<sizeof(T) == 4, int32_t, int16_t>>;
  Bits bits;
  std::memcpy(&bits, &value, sizeof(T));
  return bits >= 0 ? int64_t(bits) : int64_t(std::numeric_limits<Bits>::min()) - bits - 1;
}

template <class T>
void compare(const T* a, const T* b, int64_t n, TensorDiff& diff) {
  for (int64_t i = 0; i < n; ++i) {
    if (std::memcmp(a + i, b + i, sizeof(T)) == 0) continue;
    const double x = double(a[i]), y = double(b[i]);
    if (std::isnan(x) && std::isnan(y)) continue;
    ++diff.elements;
    double far = std::abs(x - y);  // of equal infinities of one sign memcmp has told
    if (std::isnan(far)) far = std::numeric_limits<double>::infinity();
    uint64_t ulps = 0;
    if constexpr (!std::is_integral_v<T>) {
      const int64_t r = rank(a[i]), s = rank(b[i]);
      ulps = r > s ? uint64_t(r) - uint64_t(s) : uint64_t(s) - uint64_t(r);
    }
    diff.ulps = std::max(diff.ulps, ulps);
    if (diff.at < 0 || far > diff.largest) diff.largest = far, diff.at = i, diff.ulps_at = ulps;
  }
}

}  // namespace

TensorDiff diff_tensors(const Tensor& a, const Tensor& b) {
  TensorDiff diff;
  const Tensor x = contiguous(a), y = contiguous(b);
  with_dtype(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    compare(x.data<T>(), y.data<T>(), x.numel(), diff);
  });
  return diff;
}

}  // namespace tandem
