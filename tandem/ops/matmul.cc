#include "tandem/ops/matmul.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

Tensor matmul(Arg input, Arg other) { return apply(Matmul{}, input, other); }

Type Matmul::infer(const Type& input, const Type& other) const {
  const Dims &a = input.shape, &b = other.shape;
  if (input.dtype != other.dtype)
    fail(ErrorCode::dtype, "matmul", "expected operands of one dtype, got ", input.dtype, " and ",
         other.dtype, ": cast one");
  if (input.dtype == DType::boolean)
    fail(ErrorCode::dtype, "matmul", "is not defined for bool: cast to an integer dtype");
  if (a.empty() || b.empty())
    fail(ErrorCode::shape, "matmul", "expected operands of 1 or more dims, got shapes ", a, " and ",
         b, "; `*` multiplies by a number");
  if (a.back() != b[b.size() > 1 ? b.size() - 2 : 0])
    fail(ErrorCode::shape, "matmul", "expected input: [..., m, k] and other: [..., k, n], got ", a,
         " and ", b, ": ", a.back(), " against ", b[b.size() > 1 ? b.size() - 2 : 0]);
  Dims batch_a, batch_b;
  for (int i = 0; i + 2 < a.size(); ++i) batch_a.push_back(a[i]);
  for (int i = 0; i + 2 < b.size(); ++i) batch_b.push_back(b[i]);
  Type out{input.dtype, broadcast_shapes("matmul", batch_a, batch_b)};
  if (a.size() > 1) out.shape.push_back(a[a.size() - 2]);
  if (b.size() > 1) out.shape.push_back(b.back());
  return out;
}

static Tensor transposed(const Tensor& x) {
  Dims order = Dims::range(x.dim());
  std::swap(order[x.dim() - 1], order[x.dim() - 2]);
  return permute(x, order);
}

/// [..., m, n] as one matrix [everything, n].
static Tensor rows_of(const Tensor& x) {
  const int64_t columns = x.shape().back();
  Dims rows = x.shape();
  rows.resize(x.dim() - 1);
  return reshape(x, {rows.product(), columns});
}

Grads Matmul::vjp(const Call& c) const {
  // Vectors become matrices of one row or column; the tape sums over batch dims that broadcast.
  const Tensor a = c.operand(0), b = c.operand(1);
  Tensor dy = c.dy();
  if (a.dim() == 1) dy = unsqueeze(dy, b.dim() == 1 ? -1 : -2);
  if (b.dim() == 1) dy = unsqueeze(dy, -1);
  const Tensor ma = a.dim() == 1 ? unsqueeze(a, 0) : a, mb = b.dim() == 1 ? unsqueeze(b, 1) : b;
  Tensor da, db;
  if (c.needs(0)) {
    da = matmul(dy, transposed(mb));
    if (a.dim() == 1) da = squeeze(da, -2);
  }
  if (c.needs(1)) {
    // One matrix for the whole batch: its gradient is one product over all rows, not a sum of many.
    const bool shared = mb.dim() == 2 && ma.dim() > 2;
    db = shared ? matmul(transposed(rows_of(ma)), rows_of(dy)) : matmul(transposed(ma), dy);
    if (b.dim() == 1) db = squeeze(db, -1);
  }
  return {da, db};
}

template struct Family<MatmulOps>;

}  // namespace tandem
