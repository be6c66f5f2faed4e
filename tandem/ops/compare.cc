#include "tandem/ops/compare.h"

#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor eq(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Eq>, nullptr, input, other); }
Tensor ne(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Ne>, nullptr, input, other); }
Tensor lt(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Lt>, nullptr, input, other); }
Tensor le(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Le>, nullptr, input, other); }
Tensor gt(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Gt>, nullptr, input, other); }
Tensor ge(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<Ge>, nullptr, input, other); }
// clang-format on

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

}  // namespace tandem
