// What the kernels of products can do beside their op: run an epilogue on the parts of the result,
// and take their weights as they want them, made ready once for many calls.
#pragma once
#include "tandem/cpu/epilogue.h"
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

struct ProductExtras {
  const Epilogue* epilogue = nullptr;  // run on every part of the result
  const std::byte* packed = nullptr;   // operand 1, as pack() laid it out for such a call
};

/// Each computes what the op's own kernel does, to the bit.
struct ProductKernel {
  void (*run)(const KernelCall& call, const ProductExtras& extras);
  /// Bytes of operand 1 packed, 64-byte aligned; 0 where that is not worth while. Of the call types
  /// and strides are read.
  int64_t (*packed_bytes)(const KernelCall& call);
  void (*pack)(const KernelCall& call, std::span<std::byte> packed);
};

extern const ProductKernel matmul_kernel, linear_kernel, conv2d_kernel;

/// Null: the op has none for a result of this dtype.
const ProductKernel* product_kernel(const OpInfo& info, DType result);

/// Which dim of the op's result are the columns of its parts; all others are the rows, in the order
/// of memory.
int column_dim(const OpInfo& info, int rank);

}  // namespace tandem::cpu
