#include "tandem/cpu/product_kernel.h"

#include "tandem/ops/conv.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/matmul.h"

namespace tandem::cpu {

const ProductKernel* product_kernel(const OpInfo& info, DType result) {
  if (result != DType::f32 && result != DType::f64) return nullptr;
  if (&info == &info_of<Matmul>) return &matmul_kernel;
  if (&info == &info_of<Linear>) return &linear_kernel;
  if (&info == &info_of<Conv2d>) return &conv2d_kernel;
  return nullptr;
}

int column_dim(const OpInfo& info, int rank) { return &info == &info_of<Conv2d> ? 1 : rank - 1; }

}  // namespace tandem::cpu
