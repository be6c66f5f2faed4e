#include "tandem/ops/arithmetic.h"

#include <numbers>

#include "tandem/base/promote.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor sgn(Arg input) { return apply(Sgn{}, input); }
Tensor deg2rad(Arg input) { return apply(Deg2rad{}, input); }
Tensor rad2deg(Arg input) { return apply(Rad2deg{}, input); }
Tensor heaviside(Arg input, Arg values) { return apply(Heaviside{}, input, values); }
Tensor sinc(Arg input) { return apply(Sinc{}, input); }
Tensor ldexp(Arg input, Arg other) { return apply(Ldexp{}, input, other); }
// clang-format on

// clang-format off
Tensor copysign(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Copysign>, nullptr, input, other); }
Tensor fmax(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Fmax>, nullptr, input, other); }
Tensor fmin(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Fmin>, nullptr, input, other); }
Tensor logaddexp2(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Logaddexp2>, nullptr, input, other); }
Tensor gcd(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Gcd>, nullptr, input, other); }
Tensor lcm(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Lcm>, nullptr, input, other); }
// clang-format on
Tensor float_power(const NumArg& input, const NumArg& exponent) {
  const auto wide = [&](const NumArg& a) {
    return a.tensor ? cast({*a.tensor, a.where}, DType::f64)
                    : full({}, a.number.to_double(), DType::f64, a.where);
  };
  const Tensor x = wide(input), y = wide(exponent);
  return apply(FloatPower{}, Arg(x, input.where), Arg(y, input.where));
}

namespace {

Tensor floating(const Tensor& x) { return is_floating(x.dtype()) ? x : cast(x, default_dtype); }
Type whole(std::string_view op, const Type& a, const Type& b) {
  const Type* both[] = {&a, &b};
  const Type out = broadcast(op, both);
  if (is_floating(out.dtype) || out.dtype == DType::boolean)
    fail(ErrorCode::dtype, op, "expected integers, got ", out.dtype);
  return out;
}

}  // namespace

Tensor Sgn::decompose(const Tensor& input) const { return sign(input); }
Tensor Deg2rad::decompose(const Tensor& input) const {
  return floating(input) * (std::numbers::pi / 180);
}
Tensor Rad2deg::decompose(const Tensor& input) const {
  return floating(input) * (180 / std::numbers::pi);
}
Tensor Copysign::decompose(const Tensor& input, const Tensor& other) const {
  const Tensor size = abs(input);
  const Tensor result = where(signbit(other), -size, size);
  if (!mode.grad || !needs_grad(other.impl())) return result;
  // Its gradient is zero and not absent: it stands in a choice that is never made.
  return where(full({}, false, DType::boolean), other, result);
}
Tensor Heaviside::decompose(const Tensor& input, const Tensor& values) const {
  if (input.dtype() != values.dtype())
    fail(ErrorCode::dtype, "heaviside", "input and values must have the same dtype, got ",
         input.dtype(), " and ", values.dtype());
  const Tensor step = where(eq(input, 0), values, cast(gt(input, 0), input.dtype()));
  return where(ne(input, input), input, step);
}
Tensor Sinc::decompose(const Tensor& input) const {
  const Tensor x = floating(input) * std::numbers::pi, zero = eq(x, 0);
  return where(zero, 1, sin(x) / where(zero, 1, x));
}
Tensor Fmax::decompose(const Tensor& input, const Tensor& other) const {
  return where(ne(other, other), input, where(ne(input, input), other, maximum(input, other)));
}
Tensor Fmin::decompose(const Tensor& input, const Tensor& other) const {
  return where(ne(other, other), input, where(ne(input, input), other, minimum(input, other)));
}
Tensor Ldexp::decompose(const Tensor& input, const Tensor& other) const {
  return input * pow(2.0, other);
}
Tensor Logaddexp2::decompose(const Tensor& input, const Tensor& other) const {
  return logaddexp(input * std::numbers::ln2, other * std::numbers::ln2) / std::numbers::ln2;
}
Tensor FloatPower::decompose(const Tensor& input, const Tensor& exponent) const {
  return pow(input, exponent);
}
Type Gcd::infer(const Type& input, const Type& other) const { return whole("gcd", input, other); }
Type Lcm::infer(const Type& input, const Type& other) const { return whole("lcm", input, other); }
Tensor Lcm::decompose(const Tensor& input, const Tensor& other) const {
  const Tensor divisor = gcd(input, other);
  return abs(floor_divide(input, where(eq(divisor, 0), 1, divisor)) * other);
}

template struct Family<ArithmeticOps>;

}  // namespace tandem
