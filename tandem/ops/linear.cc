#include "tandem/ops/linear.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

Tensor linear(Arg input, Arg weight, OptArg bias) { return apply(Linear{}, input, weight, bias); }
Tensor bilinear(Arg input1, Arg input2, Arg weight, OptArg bias) {
  return apply(Bilinear{}, input1, input2, weight, bias);
}

Type Linear::infer(const Type& input, const Type& weight, const Type* bias) const {
  const Dims &x = input.shape, &w = weight.shape;
  if (w.size() != 1 && w.size() != 2)
    fail(ErrorCode::shape, "linear", "expected weight: [out_features, in_features], got ", w);
  if (x.empty())
    fail(ErrorCode::shape, "linear", "expected input: [..., in_features], got a 0-d tensor");
  if (x.back() != w.back())
    fail(ErrorCode::shape, "linear", "the last dim of input is ", x.back(),
         ", the layer has in_features=", w.back(), " (input ", x, ", weight ", w, ")");
  if (input.dtype != weight.dtype)
    fail(ErrorCode::dtype, "linear", "input is ", input.dtype, ", weight ", weight.dtype,
         input.dtype == DType::f64 && weight.dtype == DType::f32
             ? ": cast the input (numpy arrays are float64 by default: x.float())"
             : ": cast the input");
  Type out = input;
  out.shape.resize(x.size() - 1);
  if (w.size() == 2) out.shape.push_back(w[0]);
  if (!bias) return out;
  if (bias->dtype != weight.dtype)
    fail(ErrorCode::dtype, "linear", "bias is ", bias->dtype, ", weight ", weight.dtype);
  Dims expected = w;
  expected.resize(w.size() - 1);
  if (w.size() == 2) expected[0] = w[0];
  if (bias->shape != expected)
    fail(ErrorCode::shape, "linear", "expected bias: ", expected, " for weight ", w, ", got ",
         bias->shape);
  return out;
}

/// [..., n] as a matrix of rows.
static Tensor as_rows(const Tensor& x) {
  return x.dim() == 2
             ? x
             : reshape(x, {x.shape().product() / std::max<int64_t>(x.size(-1), 1), x.size(-1)});
}

Tensor Linear::decompose(const Tensor& input, const Tensor& weight, const Tensor* bias) const {
  Tensor y = matmul(input, weight.dim() == 1 ? weight : permute(weight, {1, 0}));
  return bias ? y + *bias : y;
}

Grads Linear::vjp(const Call& c) const {
  Grads by_parts;
  const Tensor input = c.operand(0), weight = c.operand(1);
  if (weight.dim() == 1 || input.numel() == 0 || c.dy().numel() == 0) {
    vjp_by_decomposition(info_of<Linear>, this, c, &by_parts);
    return by_parts;
  }
  const Tensor dy = as_rows(c.dy());
  Tensor dx, dw, db;
  if (c.needs(0)) {
    dx = matmul(dy, weight);
    if (input.dim() != 2) dx = reshape(dx, input.shape());
  }
  if (c.needs(1)) dw = matmul(permute(dy, {1, 0}), as_rows(input));
  if (c.has(2) && c.needs(2)) db = sum(dy, 0);
  return {dx, dw, db};
}

Tensor Bilinear::decompose(const Tensor& input1, const Tensor& input2, const Tensor& weight,
                           const Tensor* bias) const {
  const Dims &a = input1.shape(), &b = input2.shape(), &w = weight.shape();
  bool fits = !a.empty() && a.size() == b.size() && w.size() == 3 && w[1] == a.back() &&
              w[2] == b.back() && (!bias || bias->shape() == Dims{w[0]});
  for (int d = 0; d + 1 < a.size() && fits; ++d) fits = a[d] == b[d];
  if (!fits)
    fail(
        ErrorCode::shape, "bilinear",
        "expected input1: [..., I], input2: [..., J] with the same leading dims, weight: [O, I, J] "
        "and bias: [O], got ",
        a, ", ", b, ", ", w, " and ", bias ? text(bias->shape()) : std::string("no bias"));
  const Tensor x = as_rows(input1), y = as_rows(input2);
  // [rows, O J] = x (rows, I) times weight (I, O J); then each row's O x J matrix times its y.
  const Tensor columns = reshape(permute(weight, {1, 0, 2}), {w[1], w[0] * w[2]});
  const Tensor mixed = reshape(matmul(x, columns), {x.size(0), w[0], w[2]});
  Tensor result = squeeze(matmul(mixed, unsqueeze(y, -1)), -1);
  if (bias) result = result + *bias;
  Dims out = a;
  out.back() = w[0];
  return reshape(result, out);
}

template struct Family<LinearOps>;

}  // namespace tandem
