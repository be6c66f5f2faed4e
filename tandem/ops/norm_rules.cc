#include "tandem/ops/norm_rules.h"

#include "tandem/ops/functions.h"

namespace tandem::norms {

Tensor widened(const Tensor& t) { return cast(t, wide(t.dtype())); }

void check_floating(std::string_view op, const Type& input) {
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype, ": cast it");
}

void check_parameter(std::string_view op, std::string_view name, const Type* parameter,
                     const Dims& expected, const Type& input) {
  if (!parameter) return;
  if (parameter->shape != expected)
    fail(ErrorCode::shape, op, "expected ", name, ": ", expected, " for input ", input.shape,
         ", got ", parameter->shape);
  if (parameter->dtype != input.dtype && parameter->dtype != wide(input.dtype))
    fail(ErrorCode::dtype, op, "input is ", input.dtype, ", ", name, " ", parameter->dtype,
         ": cast the input");
}

Dims channels(std::string_view op, const Type& input) {
  check_floating(op, input);
  if (input.shape.size() < 2)
    fail(ErrorCode::shape, op, "expected input: [N, C, ...], got ", input.shape);
  return {input.shape[1]};
}

Tensor per_channel(const Tensor& t, const Tensor& input) {
  Dims shape = Dims::filled(input.dim(), 1);
  shape[1] = t.numel();
  return reshape(t, shape);
}
Dims all_but_channels(const Tensor& input) {
  Dims dims = Dims::range(input.dim());
  dims.erase(1);
  return dims;
}

Tensor scaled(Tensor y, const Tensor* weight, const Tensor* bias) {
  if (weight) y = y * cast(*weight, y.dtype());
  if (bias) y = y + cast(*bias, y.dtype());
  return y;
}

void move_towards(const Tensor& running, const Tensor& batch, double momentum, Location where) {
  Tensor target = running;
  target.copy_(running * (1 - momentum) + batch * momentum, where);
}

}  // namespace tandem::norms
