// The integer and bool rows of every elementwise op, in plain loops that the compiler vectorizes.
#include "tandem/cpu/elementwise.h"
#include "tandem/cpu/lane_integers.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/bitwise.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/trigonometry.h"

namespace tandem::cpu {
namespace {

template <Op O, class T, int... I>
void integer_row(const void* op, std::byte* out, const std::byte* const* in, int64_t n,
                 std::integer_sequence<int, I...>) {
  const T* const from[] = {reinterpret_cast<const T*>(in[I])...};
  with_attributes<T, O>(op, [&](auto... attribute) {
    constexpr auto tree = lane::tree_of<O>;
    using Result = decltype(walk_integers<T>(tree, from[I][0]..., attribute...));
    Result* to = reinterpret_cast<Result*>(out);
    for (int64_t i = 0; i < n; ++i) to[i] = walk_integers<T>(tree, from[I][i]..., attribute...);
  });
}

/// Attributes that are fractions keep integers out.
template <Op O, std::size_t... A>
consteval bool has_fractions(std::index_sequence<A...>) {
  using Fields = decltype(reflect::fields(std::declval<O&>()));
  return (std::is_floating_point_v<std::remove_cvref_t<std::tuple_element_t<A, Fields>>> || ...);
}

template <Op O, class T>
void install_row() {
  if constexpr (takes_tree<T>(lane::tree_of<O>) &&
                !has_fractions<O>(std::make_index_sequence<reflect::count<O>()>()))
    rows_of<O>.row[int(dtype_of<T>)] = [](const void* op, std::byte* out,
                                          const std::byte* const* in, int64_t n) {
      integer_row<O, T>(op, out, in, n, detail::OperandIndices<O>());
    };
}

/// Ops that turn integers into floating numbers first never see any here.
template <Op O>
consteval bool promotes_to_floating() {
  if constexpr (requires { O::promotion; })
    return O::promotion == Promotion::floating;
  else
    return false;
}

template <Op O>
void install_rows() {
  if constexpr (has_rows<O>) {
    if constexpr (!promotes_to_floating<O>()) {
      install_row<O, bool>();
      install_row<O, uint8_t>();
      install_row<O, int8_t>();
      install_row<O, int16_t>();
      install_row<O, int32_t>();
      install_row<O, int64_t>();
    }
  }
}

template <Op... Ops>
void install_rows_of(List<Ops...>) {
  (install_rows<Ops>(), ...);
}

}  // namespace

void install_integer_rows() {
  install_rows_of(ElementwiseOps{});
  install_rows_of(ExponentialOps{});
  install_rows_of(TrigonometryOps{});
  install_rows_of(CompareOps{});
  install_rows_of(BitwiseOps{});
  install_rows_of(ActivationOps{});
}

void no_row(std::string_view op, DType dtype) {
  fail(ErrorCode::dtype, op, "is not defined for ", dtype, " tensors",
       dtype == DType::boolean ? "; cast to an integer or floating dtype first"
       : is_floating(dtype)    ? "; it takes integers or bool"
                               : "; cast to a floating dtype first");
}

}  // namespace tandem::cpu
