#include "tandem/cpu/composed_row.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/composed_row.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <vector>

#include "tandem/cpu/elementwise-inl.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/elementwise.h"

#ifndef TANDEM_CPU_COMPOSED_ROWS
#define TANDEM_CPU_COMPOSED_ROWS
namespace tandem::cpu {
struct ComposedRow {
  const OpInfo *first, *second;
  std::size_t position;
  Row row;
};
}  // namespace tandem::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace {

/// `load(o)` gives a vector of operand o.
template <class First, class Second, int position, class D, class Load>
HWY_INLINE auto Compose(D d, const Load& load) {
  constexpr int firsts = detail::operand_count<First>();
  const auto first = [&]() HWY_ATTR {
    if constexpr (firsts == 1)
      return Walk(d, lane::tree_of<First>, load(0));
    else
      return Walk(d, lane::tree_of<First>, load(0), load(1));
  };
  if constexpr (detail::operand_count<Second>() == 1)
    return Walk(d, lane::tree_of<Second>, first());
  else if constexpr (position == 0)
    return Walk(d, lane::tree_of<Second>, first(), load(firsts));
  else
    return Walk(d, lane::tree_of<Second>, load(firsts), first());
}

template <class First, class Second, int position>
void RowOfTwo(const void*, std::byte* out, const std::byte* const* in, int64_t n) {
  const RowTag<float> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  float* const to = reinterpret_cast<float*>(out);
  const auto from = [&](int operand) { return reinterpret_cast<const float*>(in[operand]); };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto a = Compose<First, Second, position>(
        d, [&](int operand) HWY_ATTR { return hn::LoadU(d, from(operand) + i); });
    const auto b = Compose<First, Second, position>(
        d, [&](int operand) HWY_ATTR { return hn::LoadU(d, from(operand) + i + lanes); });
    hn::StoreU(a, d, to + i);
    hn::StoreU(b, d, to + i + lanes);
  }
  for (; i < n; i += lanes) {
    const std::size_t count = std::size_t(std::min(lanes, n - i));
    const auto a = Compose<First, Second, position>(d, [&](int operand) HWY_ATTR {
      return count == std::size_t(lanes) ? hn::LoadU(d, from(operand) + i)
                                         : LoadFirst(d, from(operand) + i, count);
    });
    if (count == std::size_t(lanes))
      hn::StoreU(a, d, to + i);
    else
      StoreFirst(a, d, to + i, count);
  }
}

template <class First, class Second>
void AddRows(std::vector<cpu::ComposedRow>& to) {
  if constexpr (is_selected<First> && is_selected<Second>) {
    to.push_back({&info_of<First>, &info_of<Second>, 0, RowOfTwo<First, Second, 0>});
    // A mask is never composed: it comes from elsewhere.
    if constexpr (detail::operand_count<Second>() == 2 && !std::is_same_v<Second, ReluBackward>)
      to.push_back({&info_of<First>, &info_of<Second>, 1, RowOfTwo<First, Second, 1>});
  }
}
template <class First>
void AddRowsBehind(std::vector<cpu::ComposedRow>& to) {
  AddRows<First, Add>(to);
  AddRows<First, Sub>(to);
  AddRows<First, Mul>(to);
  AddRows<First, Relu>(to);
  AddRows<First, ReluBackward>(to);
}

}  // namespace

void FillComposedRows(std::vector<cpu::ComposedRow>& to) {
  to.clear();
  AddRowsBehind<Add>(to);
  AddRowsBehind<Sub>(to);
  AddRowsBehind<Mul>(to);
  AddRowsBehind<Relu>(to);
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(FillComposedRows);

namespace cpu {
namespace {
std::vector<ComposedRow>& composed_rows() {
  static std::vector<ComposedRow> rows;
  return rows;
}
}  // namespace

void install_composed_rows() { HWY_DYNAMIC_DISPATCH(FillComposedRows)(composed_rows()); }

Row composed_row(const OpInfo& first, const OpInfo& second, std::size_t position) {
  for (const ComposedRow& r : composed_rows())
    if (r.first == &first && r.second == &second && r.position == position) return r.row;
  return nullptr;
}

}  // namespace cpu
}  // namespace tandem
#endif
