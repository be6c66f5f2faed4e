// Broadcasting and dtype promotion, resolved before an op is applied.
#include "tandem/base/promote.h"

#include "tandem/ops/create.h"
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {
namespace {

/// The dtype in which operands meet: those with dims decide; 0-d tensors and bare numbers count
/// only where their category is higher.
DType common_dtype(std::span<const NumArg* const> args) {
  bool has[3] = {};  // with dims, 0-d, numbers
  DType of[3] = {};
  auto join = [&](int rank, DType t) {
    of[rank] = has[rank] ? promote(of[rank], t) : t;
    has[rank] = true;
  };
  for (const NumArg* a : args) {
    if (!a->tensor)
      join(2, dtype_of_number(a->number.category()));
    else
      join(a->tensor->dim() ? 0 : 1, a->tensor->dtype());
  }
  bool any = false;
  DType result = DType::boolean;
  for (int rank = 0; rank < 3; ++rank) {
    if (!has[rank]) continue;
    result = any ? promote_weak(result, category(of[rank]), of[rank]) : of[rank];
    any = true;
  }
  return result;
}

Tensor as_operand(const NumArg& a, DType dtype) {
  if (!a.tensor) return full_at({}, a.number, dtype, a.where);
  return a.tensor->dtype() == dtype ? *a.tensor : cast({*a.tensor, a.where}, dtype);
}

}  // namespace

Dims broadcast_shapes(std::string_view op, const Dims& a, const Dims& b) {
  Dims out = a.size() >= b.size() ? a : b;
  for (int i = 1; i <= out.size(); ++i) {
    const int ia = a.size() - i, ib = b.size() - i;
    const int64_t da = ia < 0 ? 1 : a[ia], db = ib < 0 ? 1 : b[ib];
    if (da != db && da != 1 && db != 1)
      fail(ErrorCode::shape, op, "shapes ", a, " and ", b, " do not broadcast: ", da, " against ",
           db, " in dim -", i);
    out[out.size() - i] = da == 1 ? db : da;
  }
  return out;
}

void broadcast_into(std::string_view op, Types in, Type& out) {
  out = *in[0];
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (in[i]->dtype != out.dtype)
      fail(ErrorCode::dtype, op, "expected operands of one dtype, got ", out.dtype, " and ",
           in[i]->dtype, ": cast one");
    if (in[i]->shape != out.shape) [[unlikely]]
      out.shape = broadcast_shapes(op, out.shape, in[i]->shape);
  }
}

Type broadcast(std::string_view op, Types in) {
  Type out;
  broadcast_into(op, in, out);
  return out;
}

Tensor apply_promoted(const OpInfo& info, const void* op, const NumArg& a) {
  if (a.tensor && a.tensor->defined() &&
      (info.promotion != Promotion::floating || is_floating(a.tensor->dtype()))) [[likely]] {
    const Tensor* in[] = {a.tensor};
    return apply(info, op, in, a.where);
  }
  const NumArg* args[] = {&a};
  return apply_promoted(info, op, args);
}

Tensor apply_promoted(const OpInfo& info, const void* op, const NumArg& a, const NumArg& b) {
  if (a.tensor && b.tensor && a.tensor->defined() && b.tensor->defined() &&
      a.tensor->dtype() == b.tensor->dtype() &&
      (info.promotion != Promotion::floating || is_floating(a.tensor->dtype()))) [[likely]] {
    const Tensor* in[] = {a.tensor, b.tensor};
    return apply(info, op, in, a.where);
  }
  const NumArg* args[] = {&a, &b};
  return apply_promoted(info, op, args);
}

void promote_operands(std::string_view op, Promotion promotion, std::span<const NumArg* const> args,
                      Tensor* operands) {
  for (const NumArg* a : args)
    if (a->tensor && !a->tensor->defined())
      fail(ErrorCode::value, op, "expected a tensor operand, got an undefined one");
  DType dtype = common_dtype(args);
  if (promotion == Promotion::floating && !is_floating(dtype)) dtype = default_dtype;
  for (const NumArg* a : args) *operands++ = as_operand(*a, dtype);
}

Tensor apply_promoted(const OpInfo& info, const void* op, std::span<const NumArg* const> args) {
  constexpr std::size_t most = 4;
  if (args.size() > most)
    fail(ErrorCode::value, info.name(), "expected at most ", most, " operands");
  Tensor operand[most];
  promote_operands(info.name(), info.promotion, args, operand);
  const Tensor* in[] = {&operand[0], &operand[1], &operand[2], &operand[3]};
  return apply(info, op, {in, args.size()}, args[0]->where);
}

}  // namespace tandem
