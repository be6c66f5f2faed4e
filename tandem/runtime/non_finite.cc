#include "tandem/runtime/non_finite.h"

#include "tandem/tensor/apply.h"

namespace tandem::runtime {
namespace {

/// Floating numbers as their bits: those with a full exponent are no numbers.
template <class Bits>
struct Format {
  Bits exponent, fraction;
};
template <class F>
auto with_bits(const Tensor& t, const F& f) {
  switch (t.dtype()) {
    case DType::f16:
      return f(Format<uint16_t>{0x7c00, 0x03ff});
    case DType::bf16:
      return f(Format<uint16_t>{0x7f80, 0x007f});
    case DType::f32:
      return f(Format<uint32_t>{0x7f80'0000, 0x007f'ffff});
    default:
      return f(Format<uint64_t>{0x7ff0'0000'0000'0000, 0x000f'ffff'ffff'ffff});
  }
}

}  // namespace

NonFinite count_non_finite(const Tensor& given) {
  NonFinite found;
  if (!is_floating(given.dtype()) || is_finite(given)) return found;
  const Tensor t = given.is_contiguous() ? given : copy_of(given);
  with_bits(t, [&]<class Bits>(Format<Bits> format) {
    const auto* bits = static_cast<const Bits*>(t.data_ptr());
    for (int64_t i = 0, n = t.numel(); i < n; ++i) {
      if ((bits[i] & format.exponent) != format.exponent) continue;
      const bool nan = bits[i] & format.fraction;
      (nan ? found.nans : found.infinities) += 1;
      int64_t& first = nan ? found.first_nan : found.first_infinity;
      if (first < 0) first = i;
    }
  });
  return found;
}

bool is_finite(const Tensor& given) {
  if (!is_floating(given.dtype())) return true;
  const Tensor t = given.is_contiguous() ? given : copy_of(given);
  return with_bits(t, [&]<class Bits>(Format<Bits> format) {
    const auto* bits = static_cast<const Bits*>(t.data_ptr());
    Bits any = 0;  // without a branch, so that it becomes vector code
    for (int64_t i = 0, n = t.numel(); i < n; ++i)
      any |= Bits((bits[i] & format.exponent) == format.exponent);
    return !any;
  });
}

}  // namespace tandem::runtime
