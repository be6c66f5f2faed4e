// Is a program well-formed?
#pragma once
#include "tandem/graph/program.h"

namespace tandem::graph {

/// Error: code format, naming the program, the instruction and its line, unless every value is
/// defined once and before it is used, operand counts fit the ops, names are unique, updates have
/// the type of their state, bodies of control flow fit their operands and results, and each type is
/// what the op infers from its operands, at sizes of the symbolic dims that no trace used.
///
/// Symbolic dims are introduced by the inputs and the state: each in its turn by a size that is it
/// alone, before expressions use it. Bodies have the symbolic dims of the program around them.
///
/// `reached` counts the instructions in the order of the text, those of bodies after the one that
/// they belong to, and then the updates: where an error is thrown, it is the number of the
/// instruction or update, 0 for none.
void check(const Program& program, int* reached = nullptr);
/// Each of them, and all together.
void check(const ProgramSet& programs);
/// That the names differ, and state of one name has one type. `reached`: which program.
void check_together(const ProgramSet& programs, int* reached = nullptr);

/// A checked program at concrete sizes of its symbolic dims: attributes computed, types inferred.
/// Error: code shape for sizes that an op does not take, with its line.
Program bind(const Program& program, std::span<const int64_t> sizes, int* reached = nullptr);

}  // namespace tandem::graph
