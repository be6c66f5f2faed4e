// The floating rows of elementwise ops from their lane expressions. Included once per target,
// inside its region; each family of ops has a file of its own that calls InstallRows(Family{}).
#if defined(TANDEM_CPU_ELEMENTWISE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_ELEMENTWISE_INL_H
#undef TANDEM_CPU_ELEMENTWISE_INL_H
#else
#define TANDEM_CPU_ELEMENTWISE_INL_H
#endif
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "tandem/cpu/elementwise.h"
#include "tandem/cpu/half-inl.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/lanes-inl.h"
#include "tandem/cpu/tail-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {

inline constexpr int kMaxOperands = 3;

/// One vector. On the baseline that has no vectors, lanes are loops that take the compiler longer
/// than all other targets together: one element at a time there.
template <class T>
using RowTag =
    std::conditional_t<HWY_TARGET == HWY_EMU128, hn::CappedTag<T, 1>, hn::ScalableTag<T>>;

/// A mask's first `count` lanes as bytes 0 and 1.
template <class D>
HWY_INLINE void StoreTruth(D d, hn::Mask<D> mask, bool* to, int64_t count) {
  HWY_ALIGN hn::TFromD<D> wide[hn::MaxLanes(d)];
  hn::Store(hn::IfThenElseZero(mask, hn::Set(d, hn::TFromD<D>(1))), d, wide);
  if (count == int64_t(hn::Lanes(d)))
    for (size_t k = 0; k < hn::Lanes(d); ++k) to[k] = wide[k] != 0;
  else
    for (int64_t k = 0; k < count; ++k) to[k] = wide[k] != 0;
}

/// An instruction or two a vector: what a loop around one vector costs would be most of the time.
struct IsCheap {
  constexpr bool operator()(Fn f) const {
    return f < Fn::div || f == Fn::max || f == Fn::min || f == Fn::neg || f == Fn::abs ||
           f == Fn::square || f >= Fn::less;
  }
  constexpr bool operator()(double) const { return true; }
};

/// Cheap ones begin with four vectors a turn. The last, partial vector is a turn of the same loop
/// as whole ones: an expression is compiled once, and the branch is foreseen.
template <class Op, class T, int... I, class... A>
void Row(std::byte* out, const std::byte* const* in, int64_t n, std::integer_sequence<int, I...>,
         A... attributes) {
  const RowTag<T> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  const T* const from[] = {reinterpret_cast<const T*>(in[I])...};
  int64_t i = 0;
  if constexpr (lane::every(IsCheap{}, lane::tree_of<Op>) && HWY_TARGET != HWY_EMU128 &&
                !detail::lane_is_boolean<Op>()) {
    T* const to = reinterpret_cast<T*>(out);
    for (; i + 4 * lanes <= n; i += 4 * lanes) {
      const auto a =
          Walk(d, lane::tree_of<Op>, hn::LoadU(d, from[I] + i)..., hn::Set(d, attributes)...);
      const auto b = Walk(d, lane::tree_of<Op>, hn::LoadU(d, from[I] + i + lanes)...,
                          hn::Set(d, attributes)...);
      const auto c = Walk(d, lane::tree_of<Op>, hn::LoadU(d, from[I] + i + 2 * lanes)...,
                          hn::Set(d, attributes)...);
      const auto e = Walk(d, lane::tree_of<Op>, hn::LoadU(d, from[I] + i + 3 * lanes)...,
                          hn::Set(d, attributes)...);
      hn::StoreU(a, d, to + i);
      hn::StoreU(b, d, to + i + lanes);
      hn::StoreU(c, d, to + i + 2 * lanes);
      hn::StoreU(e, d, to + i + 3 * lanes);
    }
  }
  for (; i < n; i += lanes) {
    const bool whole = i + lanes <= n;
    const auto load = [&](const T* p) HWY_ATTR {
      return HWY_LIKELY(whole) ? hn::LoadU(d, p) : LoadFirst(d, p, size_t(n - i));
    };
    const auto result = Walk(d, lane::tree_of<Op>, load(from[I] + i)..., hn::Set(d, attributes)...);
    if constexpr (detail::lane_is_boolean<Op>())
      StoreTruth(d, result, reinterpret_cast<bool*>(out) + i, std::min(lanes, n - i));
    else if (HWY_LIKELY(whole))
      hn::StoreU(result, d, reinterpret_cast<T*>(out) + i);
    else
      StoreFirst(result, d, reinterpret_cast<T*>(out) + i, size_t(n - i));
  }
}

template <class Op, class T>
void RowOf(const void* op, std::byte* out, const std::byte* const* in, int64_t n) {
  cpu::with_attributes<T, Op>(op, [&](auto... attributes) HWY_ATTR {
    Row<Op, T>(out, in, n, detail::OperandIndices<Op>(), attributes...);
  });
}

/// 16-bit elements are computed by the op's f32 row and rounded once, a tile at a time.
template <class Half>
HWY_NOINLINE void HalfRow(const cpu::RowTable& rows, int operands, bool truth, const void* op,
                          std::byte* out, const std::byte* const* in, int64_t n) {
  constexpr int64_t tile = 256;
  const cpu::Row row = rows.row[int(DType::f32)];
  HWY_ALIGN float wide[kMaxOperands + 1][tile];
  for (int64_t i = 0; i < n; i += tile) {
    const int64_t count = std::min(tile, n - i);
    const std::byte* from[kMaxOperands];
    for (int k = 0; k < operands; ++k) {
      Widen(reinterpret_cast<const Half*>(in[k]) + i, wide[k], count);
      from[k] = reinterpret_cast<const std::byte*>(wide[k]);
    }
    if (truth) {
      row(op, out + i, from, count);
    } else {
      row(op, reinterpret_cast<std::byte*>(wide[kMaxOperands]), from, count);
      Narrow(wide[kMaxOperands], reinterpret_cast<Half*>(out) + i, count);
    }
  }
}

template <class Op, class Half>
void HalfRowOf(const void* op, std::byte* out, const std::byte* const* in, int64_t n) {
  static_assert(detail::operand_count<Op>() <= kMaxOperands);
  HalfRow<Half>(cpu::rows_of<Op>, detail::operand_count<Op>(), detail::lane_is_boolean<Op>(), op,
                out, in, n);
}

template <class Op>
void InstallRowsOf() {
  if constexpr (cpu::has_rows<Op>) {
    if constexpr (cpu::takes_floating<Op>) {
      auto& row = cpu::rows_of<Op>.row;
      row[int(DType::f32)] = RowOf<Op, float>;
      row[int(DType::f64)] = RowOf<Op, double>;
      row[int(DType::f16)] = HalfRowOf<Op, tandem::Half>;
      row[int(DType::bf16)] = HalfRowOf<Op, tandem::BFloat16>;
    }
    cpu::install<Op>({cpu::run_elementwise<Op>});
  }
}
template <class... Ops>
void InstallRows(List<Ops...>) {
  (InstallRowsOf<Ops>(), ...);
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();
#endif
