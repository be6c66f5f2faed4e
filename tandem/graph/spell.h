// How the parts of an instruction are written; print() puts them together.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::graph {

/// "{padding = [1, 1], dtype = f32}" without the attributes that have their default; "" for none.
std::string spelled_attributes(const Instruction& instruction, const Symbols& symbols);

/// The dtype that numbers among the operands have unless they say otherwise: that of the first
/// operand which is no such number and not bool; without one float numbers are f32, whole ones i64.
/// Truths are always bool.
DType number_dtype(std::optional<DType> first, Category category);

/// "2.0", "3_i64", "true": of a number instruction, with `first` as above.
std::string spelled_number(const Instruction& number, std::optional<DType> first);

/// A constant that is small enough to show its elements.
bool shows_elements(const Parameter& constant);
/// "[0, 1, 2]", in row-major order.
std::string spelled_elements(const Tensor& constant);

}  // namespace tandem::graph
