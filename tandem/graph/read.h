// Reads the parts of an instruction; parse() puts them together. All errors point at the text.
#pragma once
#include <optional>
#include <vector>

#include "tandem/graph/lexer.h"
#include "tandem/graph/program.h"

namespace tandem::graph {

/// May a size name a symbolic dim that is not there yet?
enum class NewSymbols : bool { no, yes };

/// "2*b + 1", "(h + 1)/2", "4*((h + 1)/2)"
SymbolicInt read_expression(Lexer& lexer, const Symbols& symbols);

/// "f32[b, 10]"; a new symbolic dim is a size of its own.
SymbolicType read_type(Lexer& lexer, Symbols& symbols, NewSymbols new_symbols = NewSymbols::no);
DType read_dtype(Lexer& lexer);

/// "{padding = [1, 1]}" or nothing, into an instruction whose op has its defaults. Error also where
/// a required one is missing.
void read_attributes(Lexer& lexer, Instruction& instruction, const Symbols& symbols);

/// "2.0", "-inf_f64", "true"
struct Number {
  Scalar value;
  std::optional<DType> dtype;  // where it is said
};
/// Nothing where no number stands.
std::optional<Number> read_number(Lexer& lexer);

/// "[0, 1, 2]": the elements of a constant.
Tensor read_elements(Lexer& lexer, const SymbolicType& type);

}  // namespace tandem::graph
