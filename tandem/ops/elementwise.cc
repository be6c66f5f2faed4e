#include "tandem/ops/elementwise.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor add(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Add>, nullptr, input, other); }
Tensor sub(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Sub>, nullptr, input, other); }
Tensor mul(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Mul>, nullptr, input, other); }
Tensor div(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Div>, nullptr, input, other); }
Tensor floor_divide(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<FloorDivide>, nullptr, input, other); }
Tensor remainder(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Remainder>, nullptr, input, other); }
Tensor fmod(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Fmod>, nullptr, input, other); }
Tensor neg(const NumArg& input) { return apply_promoted(info_of<Neg>, nullptr, input); }
Tensor abs(const NumArg& input) { return apply_promoted(info_of<Abs>, nullptr, input); }
Tensor sign(const NumArg& input) { return apply_promoted(info_of<Sign>, nullptr, input); }
Tensor square(const NumArg& input) { return apply_promoted(info_of<Square>, nullptr, input); }
Tensor reciprocal(const NumArg& input) { return apply_promoted(info_of<Reciprocal>, nullptr, input); }
Tensor sqrt(const NumArg& input) { return apply_promoted(info_of<Sqrt>, nullptr, input); }
Tensor rsqrt(const NumArg& input) { return apply_promoted(info_of<Rsqrt>, nullptr, input); }
Tensor maximum(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Maximum>, nullptr, input, other); }
Tensor minimum(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Minimum>, nullptr, input, other); }
Tensor clamp_min(const NumArg& input, const NumArg& min) { return apply_promoted(info_of<ClampMin>, nullptr, input, min); }
Tensor clamp_max(const NumArg& input, const NumArg& max) { return apply_promoted(info_of<ClampMax>, nullptr, input, max); }
Tensor lerp(const NumArg& input, const NumArg& end, const NumArg& weight) { const NumArg* args[] = {&input, &end, &weight}; return apply_promoted(info_of<Lerp>, nullptr, args); }
Tensor addcmul(const NumArg& input, const NumArg& tensor1, const NumArg& tensor2, Scalar value) { const Addcmul op{value}; const NumArg* args[] = {&input, &tensor1, &tensor2}; return apply_promoted(info_of<Addcmul>, &op, args); }
Tensor addcdiv(const NumArg& input, const NumArg& tensor1, const NumArg& tensor2, Scalar value) { const Addcdiv op{value}; const NumArg* args[] = {&input, &tensor1, &tensor2}; return apply_promoted(info_of<Addcdiv>, &op, args); }
Tensor hypot(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Hypot>, nullptr, input, other); }
Tensor floor(const NumArg& input) { return apply_promoted(info_of<Floor>, nullptr, input); }
Tensor ceil(const NumArg& input) { return apply_promoted(info_of<Ceil>, nullptr, input); }
Tensor round(const NumArg& input) { return apply_promoted(info_of<RoundToEven>, nullptr, input); }
Tensor trunc(const NumArg& input) { return apply_promoted(info_of<Trunc>, nullptr, input); }
Tensor frac(const NumArg& input) { return apply_promoted(info_of<Frac>, nullptr, input); }
Tensor positive(const NumArg& input) { return apply_promoted(info_of<Positive>, nullptr, input); }
// clang-format on

Tensor pow(const NumArg& input, const NumArg& exponent) {
  if (!exponent.tensor && input.tensor && input.tensor->defined()) {
    const bool whole = exponent.number.category() != Category::floating;
    if (whole && !is_floating(input.tensor->dtype()) && exponent.number.to_int64() < 0)
      fail(ErrorCode::value, "pow", "integers to negative integer powers are not allowed, got ",
           exponent.number, ": cast the input to a floating dtype");
    // What pow(x, 2) rounds to is x * x, which costs a tenth.
    if (exponent.number == Scalar(2) ||
        (exponent.number == Scalar(2.0) && is_floating(input.tensor->dtype())))
      return square(input);
  }
  return apply_promoted(info_of<Pow>, nullptr, input, exponent);
}

Tensor clamp(const NumArg& input, const OptNumArg& min, const OptNumArg& max) {
  std::vector<NumArg> args{input};
  for (const OptNumArg* bound : {&min, &max})
    if (bound->tensor)
      args.emplace_back(*bound->tensor, bound->where);
    else if (bound->is_number)
      args.emplace_back(bound->number, bound->where);
  if (args.size() == 1)
    fail(ErrorCode::value, "clamp", "at least one of min and max must be given");
  const NumArg* of[] = {&args[0], &args[1], args.size() > 2 ? &args[2] : nullptr};
  Tensor operand[3];
  promote_operands("clamp", Promotion::common, {of, args.size()}, operand);
  const bool has_min = min.tensor || min.is_number;
  const Tensor* in[] = {&operand[0], has_min ? &operand[1] : &operand[2],
                        has_min ? &operand[2] : &operand[1]};
  return apply(info_of<Clamp>, nullptr, in, input.where);
}

namespace {

/// What maximum and minimum give `first` of a pair: all where it was chosen, half of a tie.
Tensor chosen(const Tensor& dy, const Tensor& lost, const Tensor& tie) {
  return where(lost, 0, where(tie, dy * 0.5, dy));
}
Grads of_chosen(const Call& c, const Tensor& first_lost, const Tensor& second_lost) {
  const Tensor tie = eq(c.operand(0), c.operand(1));
  return {c.needs(0) ? chosen(c.dy(), first_lost, tie) : Tensor(),
          c.needs(1) ? chosen(c.dy(), second_lost, tie) : Tensor()};
}

}  // namespace

Grads Maximum::vjp(const Call& c) const {
  return of_chosen(c, lt(c.operand(0), c.operand(1)), gt(c.operand(0), c.operand(1)));
}
Grads Minimum::vjp(const Call& c) const {
  return of_chosen(c, gt(c.operand(0), c.operand(1)), lt(c.operand(0), c.operand(1)));
}

Tensor Clamp::decompose(const Tensor& input, const Tensor* min, const Tensor* max) const {
  const Tensor y = min ? clamp_min(input, *min) : input;
  return max ? clamp_max(y, *max) : y;
}

/// Finite where the power is: 0^0 has no slope, and 0 to a positive power none in the exponent.
Grads Pow::vjp(const Call& c) const {
  const Tensor x = c.operand(0), n = c.operand(1);
  Tensor dx, dn;
  if (c.needs(0)) dx = where(eq(n, 0), 0, c.dy() * (n * pow(x, n - 1)));
  if (c.needs(1)) {
    const Tensor flat = logical_and(eq(x, 0), ge(n, 0));
    dn = where(flat, 0, c.dy() * (c.result() * log(where(flat, 1, x))));
  }
  return {dx, dn};
}

Grads Lerp::vjp(const Call& c) const {
  const Tensor w = c.operand(2);
  return {c.needs(0) ? c.dy() * (1 - w) : Tensor(), c.needs(1) ? c.dy() * w : Tensor(),
          c.needs(2) ? c.dy() * (c.operand(1) - c.operand(0)) : Tensor()};
}
Grads Addcmul::vjp(const Call& c) const {
  const Tensor scaled = c.dy() * value;
  return {c.dy(), c.needs(1) ? scaled * c.operand(2) : Tensor(),
          c.needs(2) ? scaled * c.operand(1) : Tensor()};
}
Grads Addcdiv::vjp(const Call& c) const {
  const Tensor da = c.dy() * value / c.operand(2);
  return {c.dy(), da, c.needs(2) ? -(da * (c.operand(1) / c.operand(2))) : Tensor()};
}

template struct Family<ElementwiseOps>;

}  // namespace tandem
