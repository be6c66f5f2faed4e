#include "tandem/cpu/product_kernel.h"

#include "tandem/ops/conv.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/selected.h"

namespace tandem::cpu {

const ProductKernel* product_kernel(const OpInfo& info, DType result) {
  if (result != DType::f32 && result != DType::f64) return nullptr;
  const ProductKernel* kernel = nullptr;
  const auto add = [&]<Op O>(const O*, const ProductKernel& of_op) {
    if constexpr (is_selected<O>)
      if (&info == &info_of<O>) kernel = &of_op;
  };
  add((Matmul*)nullptr, matmul_kernel);
  add((Linear*)nullptr, linear_kernel);
  add((Conv2d*)nullptr, conv2d_kernel);
  return kernel;
}

int column_dim(const OpInfo& info, int rank) { return &info == &info_of<Conv2d> ? 1 : rank - 1; }

}  // namespace tandem::cpu
