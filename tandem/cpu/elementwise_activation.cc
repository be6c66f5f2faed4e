// Kernels of the elementwise ops of ops/activation.h.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/elementwise_activation.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include "tandem/cpu/elementwise-inl.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/row_pair.h"
#include "tandem/ops/activation.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace {

/// What the two expressions have in common is written twice and compiled once.
template <class Activation, class Gradient, class T>
void PairRow(std::byte* value, std::byte* gradient, const std::byte* grad, const std::byte* input,
             int64_t n) {
  const RowTag<T> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  T* const y = reinterpret_cast<T*>(value);
  T* const dx = reinterpret_cast<T*>(gradient);
  for (int64_t i = 0; i < n; i += lanes) {
    const bool whole = i + lanes <= n;
    const auto load = [&](const std::byte* from) HWY_ATTR {
      const T* const p = reinterpret_cast<const T*>(from) + i;
      return HWY_LIKELY(whole) ? hn::LoadU(d, p) : LoadFirst(d, p, size_t(n - i));
    };
    const auto x = load(input), dy = load(grad);
    const auto a = Walk(d, lane::tree_of<Activation>, x);
    const auto b = Walk(d, lane::tree_of<Gradient>, dy, x);
    if (HWY_LIKELY(whole)) {
      hn::StoreU(a, d, y + i);
      hn::StoreU(b, d, dx + i);
    } else {
      StoreFirst(a, d, y + i, size_t(n - i));
      StoreFirst(b, d, dx + i, size_t(n - i));
    }
  }
}

template <class Activation, class Gradient>
void InstallPair() {
  if constexpr (is_selected<Activation> && is_selected<Gradient>) {
    cpu::row_pair_f32<Activation> = PairRow<Activation, Gradient, float>;
    cpu::row_pair_f64<Activation> = PairRow<Activation, Gradient, double>;
  }
}

}  // namespace

void InstallElementwiseActivation() {
  InstallRows(ActivationOps{});
  InstallPair<GeluNone, GeluNoneBackward>();
  InstallPair<GeluTanh, GeluTanhBackward>();
  InstallPair<Silu, SiluBackward>();
}
}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(InstallElementwiseActivation);

/// The target is chosen once, here: the row table then points straight at its code, and a call
/// pays for no dispatch of Highway's.
void cpu::install_elementwise_activation() { HWY_DYNAMIC_DISPATCH(InstallElementwiseActivation)(); }
}  // namespace tandem
#endif
