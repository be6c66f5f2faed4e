#include "tandem/ops/rules.h"

#include "tandem/ops/conv.h"

namespace tandem {

void check_floating(std::string_view op, const Tensor& input) {
  if (!is_floating(input.dtype()))
    fail(ErrorCode::dtype, op, "expected a floating input, got ", input.dtype(), ": cast it");
}

void check_known(std::string_view op) {
  if (mode.tracer)
    fail(ErrorCode::unsupported, op,
         "the size of its result depends on the elements, which a program does not know while it "
         "is traced");
}

Grads to_places(const Call& c, int64_t dim) {
  if (!c.dys[0]) return {};
  const Type& in = c.type(0);
  return {scatter_add(full(in.shape, 0, in.dtype), dim, c.result(1).detach(), c.dys[0])};
}

Type without_height(Type t) {
  t.shape.erase(2);
  return t;
}

Dims beside(std::string_view op, std::string_view name, int64_t height, const Dims& given) {
  return {height, expand_attribute(op, name, given, 1)[0]};
}

}  // namespace tandem
