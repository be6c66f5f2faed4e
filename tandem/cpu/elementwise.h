// Elementwise kernels: one row function an op and dtype, in a table that the install functions of
// each family fill.
#pragma once
#include <cstdint>

#include "tandem/cpu/rows.h"
#include "tandem/ops/selected.h"

namespace tandem::cpu {

/// By operand dtype; null where the op is not defined.
struct RowTable {
  Row row[dtype_count] = {};
};
template <Op O>
inline constinit RowTable rows_of = {};

/// Bits exist in integers only.
struct TakesFloating {
  constexpr bool operator()(lane::Fn f) const {
    return f < lane::Fn::bitwise_and || f > lane::Fn::shift_right;
  }
  constexpr bool operator()(double) const { return true; }
};
template <Op O>
inline constexpr bool takes_floating = lane::every(TakesFloating{}, lane::tree_of<O>);

[[noreturn]] void no_row(std::string_view op, DType dtype);

template <Op O>
void run_elementwise(const KernelCall& call) {
  const DType dtype = call.in[0].dtype();
  const Row row = rows_of<O>.row[int(dtype)];
  if (!row) [[unlikely]]
    no_row(O::signature.name(), dtype);
  for_rows(call, row);
}

/// Ops of a family that are not elementwise have kernels elsewhere.
template <Op O>
inline constexpr bool has_rows = detail::is_lane<O> && is_selected<O>;

/// The op's attributes as numbers of type T, handed to f.
template <class T, Op O, class F>
decltype(auto) with_attributes(const void* op, F&& f) {
  if constexpr (reflect::count<O>() == 0) {
    return f();
  } else {
    return std::apply(
        [&](const auto&... a) {
          const auto number = [](const auto& v) {
            if constexpr (std::is_same_v<decltype(v), const Scalar&>)
              return v.template to<T>();
            else
              return T(v);
          };
          return f(number(a)...);
        },
        reflect::fields(*static_cast<const O*>(op)));
  }
}

void install_integer_rows();

}  // namespace tandem::cpu
