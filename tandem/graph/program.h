// A program: a pure function over ops of the registry, in single-assignment form.
//
//   program predict(%image: u8[b, 28, 28]) -> (%probs: f32[b, 10]) { … }      docs/ir.md
//
// Values are numbers, each with a type; a value is defined once, by a parameter or an instruction,
// before it is used. What the numbers are carries no meaning: text counts anew.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/graph/symbolic_int.h"
#include "tandem/tensor/named_tensors.h"
#include "tandem/tensor/op_info.h"

namespace tandem::graph {

using Value = int32_t;
inline constexpr Value no_value = -1;  // an operand that was left out

/// A tensor type whose sizes may depend on the program's symbolic dims.
struct SymbolicType {
  DType dtype = DType::f32;
  std::vector<SymbolicInt> shape;

  SymbolicType() = default;
  SymbolicType(DType dtype, std::vector<SymbolicInt> shape)
      : dtype(dtype), shape(std::move(shape)) {}
  explicit SymbolicType(const Type& type)
      : dtype(type.dtype), shape(type.shape.begin(), type.shape.end()) {}
  Type at(std::span<const int64_t> sizes) const;
  bool is_constant() const;
  bool operator==(const SymbolicType&) const = default;
};
/// "f32[b, 10]"
std::string to_string(const SymbolicType& type, const Symbols& symbols);

/// A number inside an op's attributes that depends on the symbolic dims. Numbers are counted over
/// all attributes in their order, one for each entry of a Dims (graph/attributes.h).
struct SolvedAttribute {
  int slot;
  SymbolicInt value;
  bool reciprocal = false;  // of a floating attribute: 1 / value
  bool operator==(const SolvedAttribute&) const = default;
};

struct Program;

/// One op. `results` has as many values as the op has results.
struct Instruction {
  AnyOp op;
  std::vector<Value> operands;
  std::vector<Value> results;
  std::vector<SolvedAttribute> solved;
  std::vector<Program> bodies;  // of if, while, scan and fused: pure, without state
  Location where;               // the user's line; a gradient has the line it differentiates

  Value result() const { return results[0]; }
  const OpInfo& info() const { return *op.info; }
};

/// Where a program's outside values come from.
enum class ParameterKind : uint8_t {
  input,     // %x: passed with each call
  state,     // @conv1.weight: kept between calls, by name
  constant,  // #mask: a tensor that belongs to the program
};

struct Parameter {
  ParameterKind kind;
  std::string name;
  Value value;
  Tensor constant;  // of a constant: its elements
};

/// A result of a program; of a state, its new value under the state's name.
struct Output {
  std::string name;
  Value value;
};

struct Program {
  std::string name;
  Symbols symbols;
  std::vector<Parameter> parameters;  // inputs, then state, then constants
  std::vector<Instruction> instructions;
  std::vector<Output> outputs;
  std::vector<Output> updates;      // state that the program changes; the rest stays as it is
  std::vector<SymbolicType> types;  // by value

  Value add_value(SymbolicType type) {
    types.push_back(std::move(type));
    return Value(types.size() - 1);
  }
  const SymbolicType& type(Value v) const { return types[std::size_t(v)]; }
  Value add_parameter(ParameterKind kind, std::string name, SymbolicType type,
                      Tensor constant = {});
  /// Null where there is none of this kind and name.
  const Parameter* find(ParameterKind kind, std::string_view name) const;
  std::vector<const Parameter*> of_kind(ParameterKind kind) const;
  /// `stem` and the first number that makes it a name of its own.
  std::string unused_name(ParameterKind kind, std::string_view stem) const;
};

/// The programs of one file or model, which share state by name.
struct ProgramSet {
  std::vector<Program> programs;

  const Program* find(std::string_view name) const;
  /// Error: code index, with the names that there are.
  const Program& operator[](std::string_view name) const;
};

/// The op is `full` of shape []: text shows it as a bare number where it is used.
bool is_number(const Instruction& instruction);

}  // namespace tandem::graph

namespace tandem {
using graph::Program;
using graph::ProgramSet;
}  // namespace tandem
