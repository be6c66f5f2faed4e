#include "tandem/ops/compare.h"

#include <limits>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor eq(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Eq>, nullptr, input, other); }
Tensor ne(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Ne>, nullptr, input, other); }
Tensor lt(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Lt>, nullptr, input, other); }
Tensor le(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Le>, nullptr, input, other); }
Tensor gt(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Gt>, nullptr, input, other); }
Tensor ge(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Ge>, nullptr, input, other); }
Tensor logical_and(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<LogicalAnd>, nullptr, input, other); }
Tensor logical_or(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<LogicalOr>, nullptr, input, other); }
Tensor logical_xor(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<LogicalXor>, nullptr, input, other); }
Tensor logical_not(const NumArg& input) { return apply_promoted(info_of<LogicalNot>, nullptr, input); }
Tensor isnan(const NumArg& input) { return apply_promoted(info_of<Isnan>, nullptr, input); }
Tensor isinf(const NumArg& input) { return apply_promoted(info_of<Isinf>, nullptr, input); }
Tensor isfinite(const NumArg& input) { return apply_promoted(info_of<Isfinite>, nullptr, input); }
Tensor isposinf(const NumArg& input) { return apply_promoted(info_of<Isposinf>, nullptr, input); }
Tensor isneginf(const NumArg& input) { return apply_promoted(info_of<Isneginf>, nullptr, input); }
Tensor signbit(const NumArg& input) { return apply_promoted(info_of<Signbit>, nullptr, input); }
// clang-format on

Tensor isclose(Arg input, Arg other, double rtol, double atol, bool equal_nan) {
  return apply(Isclose{rtol, atol, equal_nan}, input, other);
}
Tensor nan_to_num(Arg input, double nan, std::optional<double> posinf,
                  std::optional<double> neginf) {
  return apply(NanToNum{nan, posinf, neginf}, input);
}
Tensor where(Arg condition, const NumArg& input, const NumArg& other) {
  const NumArg* values[] = {&input, &other};
  Tensor operand[2];
  promote_operands("where", Promotion::common, values, operand);
  const Tensor* in[] = {condition.tensor, &operand[0], &operand[1]};
  return apply(info_of<Where>, nullptr, in, condition.where);
}

Type Where::infer(const Type& condition, const Type& input, const Type& other) const {
  if (condition.dtype != DType::boolean)
    fail(ErrorCode::dtype, "where", "expected a bool condition, got ", condition.dtype,
         ": compare it, as in ne(condition, 0)");
  const Type* values[] = {&input, &other};
  Type out = broadcast("where", values);
  out.shape = broadcast_shapes("where", out.shape, condition.shape);
  return out;
}
Grads Where::vjp(const Call& c) const {
  const Tensor condition = c.operand(0);
  return {Tensor(), c.needs(1) ? where(condition, c.dy(), 0) : Tensor(),
          c.needs(2) ? where(condition, 0, c.dy()) : Tensor()};
}

Tensor Isclose::decompose(const Tensor& input, const Tensor& other) const {
  if (input.dtype() != other.dtype())
    fail(ErrorCode::dtype, "isclose", "expected operands of one dtype, got ", input.dtype(),
         " and ", other.dtype(), ": cast one");
  if (rtol < 0 || atol < 0)
    fail(ErrorCode::value, "isclose", "expected tolerances of 0 or more, got rtol ", rtol,
         " and atol ", atol);
  Tensor close = eq(input, other);
  if (equal_nan && is_floating(input.dtype()))
    close = logical_or(close, logical_and(isnan(input), isnan(other)));
  if (rtol == 0 && atol == 0) return close;
  const DType wide = is_floating(input.dtype()) ? input.dtype() : DType::f64;
  const Tensor a = cast(input, wide), b = cast(other, wide);
  const Tensor gap = abs(a - b);
  return logical_or(close, logical_and(isfinite(gap), le(gap, atol + abs(b * rtol))));
}
Tensor NanToNum::decompose(const Tensor& input) const {
  if (!is_floating(input.dtype())) return clone(input);
  const double largest = with_floating("nan_to_num", input.dtype(), [](auto zero) -> double {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, Half>) return 65504;
    if constexpr (std::is_same_v<T, BFloat16>) return 0x1.fep127;
    return double(std::numeric_limits<T>::max());
  });
  const Tensor y = where(isnan(input), nan, input);
  return where(isposinf(y), posinf.value_or(largest),
               where(isneginf(y), neginf.value_or(-largest), y));
}

template struct Family<CompareOps>;

}  // namespace tandem
