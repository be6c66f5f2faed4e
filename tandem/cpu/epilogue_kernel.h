// The kernels that take an epilogue, by op.
#pragma once
#include "tandem/cpu/epilogue.h"
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// Computes what the op's own kernel does, to the bit, and runs the epilogue on every part of it.
using EpilogueKernel = void (*)(const KernelCall& call, const Epilogue& epilogue);

void matmul_with_epilogue(const KernelCall& call, const Epilogue& epilogue);
void linear_with_epilogue(const KernelCall& call, const Epilogue& epilogue);
void conv2d_with_epilogue(const KernelCall& call, const Epilogue& epilogue);

/// Null: the op has none for a result of this dtype.
EpilogueKernel epilogue_kernel(const OpInfo& info, DType result);

/// Which dim of the op's result are the columns of its parts; all others are the rows, in the order
/// of memory.
int column_dim(const OpInfo& info, int rank);

}  // namespace tandem::cpu
