// What an instruction costs in time, told before it runs.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// Floating point ops of a product that take about as long as reading or writing a byte.
inline constexpr double flops_a_byte = 4;

/// In floating point ops of a product, for types that are concrete: rough, and the same on every
/// machine. Products count theirs, other ops what they read and write, exponentials and the like
/// also each element. Views, numbers and control flow count nothing.
double estimate_work(const Program& program, const graph::Instruction& instruction);

/// Of all instructions.
double estimate_work(const Program& program);

}  // namespace tandem::passes
