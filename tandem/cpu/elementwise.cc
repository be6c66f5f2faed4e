// The kernels of all elementwise ops, for every target, from their lane expressions.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/elementwise.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "tandem/cpu/kernels.h"
#include "tandem/cpu/lanes-inl.h"
#include "tandem/cpu/rows.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/elementwise.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {

/// The last, partial vector goes through a masked load and a blended store.
template <class Op, class T, int... I, std::size_t... A>
void Row(const void* op, std::byte* out, const std::byte* const* in, int64_t n,
         std::integer_sequence<int, I...>, std::index_sequence<A...>) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  const T* const from[] = {reinterpret_cast<const T*>(in[I])...};
  [[maybe_unused]] auto attributes = reflect::fields(*static_cast<const Op*>(op));
  constexpr bool truth = detail::lane_is_boolean<Op>();
  // Truth values leave as bytes; SIMD compares make masks of the operand's width.
  HWY_ALIGN T mask[HWY_MAX_BYTES / sizeof(T)];
  auto store = [&](auto v, int64_t i, int64_t count) HWY_ATTR {
    if constexpr (truth) {
      hn::Store(hn::IfThenElseZero(v, hn::Set(d, T(1))), d, mask);
      for (int64_t k = 0; k < count; ++k) reinterpret_cast<bool*>(out)[i + k] = mask[k] != T(0);
    } else if (count == lanes) {
      hn::StoreU(v, d, reinterpret_cast<T*>(out) + i);
    } else {
      hn::BlendedStore(v, hn::FirstN(d, std::size_t(count)), d, reinterpret_cast<T*>(out) + i);
    }
  };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    store(Walk(d, lane::tree_of<Op>, hn::LoadU(d, from[I] + i)...,
               hn::Set(d, T(std::get<A>(attributes)))...),
          i, lanes);
  if (i < n) {
    const auto some = hn::FirstN(d, std::size_t(n - i));
    store(Walk(d, lane::tree_of<Op>, hn::MaskedLoad(some, d, from[I] + i)...,
               hn::Set(d, T(std::get<A>(attributes)))...),
          i, n - i);
  }
}

template <class Op, class T>
void RowOf(const void* op, std::byte* out, const std::byte* const* in, int64_t n) {
  Row<Op, T>(op, out, in, n, detail::OperandIndices<Op>(),
             std::make_index_sequence<reflect::count<Op>()>());
}

template <class Op>
void Elementwise(const KernelCall& call) {
  switch (call.in[0].dtype()) {
    case DType::f32:
      return cpu::for_rows(call, RowOf<Op, float>);
#if HWY_HAVE_FLOAT64
    case DType::f64:
      return cpu::for_rows(call, RowOf<Op, double>);
#endif
    default:
      fail(ErrorCode::unsupported, Op::signature.name(), "no kernel for ", call.in[0].dtype());
  }
}

template <class Op>
void InstallOne() {
  if constexpr (requires { &Op::lane; })
    info_of<Op>.kernel[int(DeviceType::cpu)] = {Elementwise<Op>};
}
template <class... Ops>
void InstallAll(List<Ops...>) {
  (InstallOne<Ops>(), ...);
}
void Install() {
  InstallAll(ElementwiseOps{});
  InstallAll(CompareOps{});
  InstallAll(ActivationOps{});
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(Install);

/// The target is chosen once, here: the kernel table then points straight at its code, and a call
/// pays for no dispatch of Highway's.
void cpu::install_elementwise() { HWY_DYNAMIC_DISPATCH(Install)(); }
}  // namespace tandem
#endif
