#include "tandem/cpu/row_of.h"

#include <algorithm>
#include <vector>

#include "tandem/cpu/copy.h"
#include "tandem/cpu/elementwise.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/bitwise.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/trigonometry.h"

namespace tandem::cpu {
namespace {

/// An integer can be divided by zero.
struct NeverFails {
  constexpr bool operator()(lane::Fn f) const {
    return f != lane::Fn::floor_divide && f != lane::Fn::remainder && f != lane::Fn::fmod;
  }
  constexpr bool operator()(double) const { return true; }
};

struct Entry {
  const OpInfo* info;
  const RowTable* rows;
  bool never_fails;
};

template <Op O>
void add_entry(std::vector<Entry>& to) {
  if constexpr (has_rows<O>)
    to.push_back({&info_of<O>, &rows_of<O>, lane::every(NeverFails{}, lane::tree_of<O>)});
}
template <Op... Ops>
void add_entries(std::vector<Entry>& to, List<Ops...>) {
  (add_entry<Ops>(to), ...);
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> to;
    add_entries(to, ElementwiseOps{});
    add_entries(to, ExponentialOps{});
    add_entries(to, TrigonometryOps{});
    add_entries(to, CompareOps{});
    add_entries(to, BitwiseOps{});
    add_entries(to, ActivationOps{});
    std::ranges::sort(to, {}, &Entry::info);
    return to;
  }();
  return all;
}

}  // namespace

Row row_of(const OpInfo& info, Types in, DType result) {
  if (&info == &info_of<Cast>) return cast_row(in[0]->dtype, result);
  if (&info == &info_of<Where>) return where_row(result);
  if (!info.elementwise || !in[0]) return nullptr;
  const auto at = std::ranges::lower_bound(entries(), &info, {}, &Entry::info);
  if (at == entries().end() || at->info != &info) return nullptr;
  const DType dtype = in[0]->dtype;
  return is_floating(dtype) || at->never_fails ? at->rows->row[int(dtype)] : nullptr;
}

}  // namespace tandem::cpu
