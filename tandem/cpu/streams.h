// Runs one loop over several tensors of one shape that are read and written together.
#pragma once
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// Computes n elements of each result from n of each operand, all dense. A result may be an
/// operand's own memory. Pointers of tensors that take no part are null.
using StreamPart = void (*)(const void* numbers, std::byte* const* out, const std::byte* const* in,
                            int64_t n);

inline constexpr int max_streams = 5;

/// Calls `part` for stretches of all results of `call` and its first `operands` operands: the
/// tensors of the shape of operand 0, whatever their strides; others take no part. Stretches run
/// in parallel and depend on the shape alone.
void for_streams(const KernelCall& call, int operands, const void* numbers, StreamPart part);

}  // namespace tandem::cpu
