#include "tandem/runtime/bind_shapes.h"

namespace tandem::runtime {
namespace {

using graph::Parameter;
using graph::ParameterKind;
using graph::SymbolicInt;
using graph::SymbolicType;

void check_rank_and_dtype(std::string_view name, const SymbolicType& expected, const Type& type,
                          const graph::Symbols& symbols) {
  if (type.dtype != expected.dtype)
    fail(ErrorCode::dtype, name, "expected ", graph::to_string(expected, symbols), ", got ", type,
         ": cast it with to(", expected.dtype, ")");
  if (type.shape.size() != int(expected.shape.size()))
    fail(ErrorCode::shape, name, "expected ", expected.shape.size(), " dims, ",
         graph::to_string(expected, symbols), "; got shape ", type.shape);
}

/// "b = 7, t = 3": the sizes that were found.
std::string describe(const graph::Symbols& symbols, std::span<const int64_t> sizes) {
  std::string s;
  for (std::size_t i = 0; i < symbols.size(); ++i)
    if (sizes[i] >= 0) s += text(s.empty() ? "" : ", ", symbols[i], " = ", sizes[i]);
  return s;
}

/// A size as an equation for one symbol.
struct Told {
  int symbol = -1;
  int64_t size = 0;
};
Told solve(const SymbolicInt& dim, int64_t size) {
  const std::optional<SymbolicInt::Linear> linear = dim.as_linear();
  if (!linear) return {};
  const int64_t rest = size - linear->constant;
  if (rest % linear->coefficient || rest / linear->coefficient < 0) return {};
  return {linear->symbol, rest / linear->coefficient};
}

}  // namespace

void check_type(std::string_view name, const SymbolicType& expected, const Type& type,
                const graph::Symbols& symbols, std::span<const int64_t> sizes) {
  check_rank_and_dtype(name, expected, type, symbols);
  for (int d = 0; d < type.shape.size(); ++d) {
    const SymbolicInt& dim = expected.shape[std::size_t(d)];
    const int64_t must = dim.at(sizes);
    if (must == type.shape[d]) continue;
    if (dim.is_constant())
      fail(ErrorCode::shape, name, "dim ", d, " must be ", must, ", got ", type.shape[d]);
    fail(ErrorCode::shape, name, "dim ", d, " must be ", graph::to_string(dim, symbols), " = ",
         must, " where ", describe(symbols, sizes), "; got ", type.shape[d]);
  }
}

graph::Sizes bind_shapes(const Program& program, std::span<const Type> inputs) {
  const std::vector<const Parameter*> parameters = program.of_kind(ParameterKind::input);
  if (parameters.size() != inputs.size()) {
    std::string names;
    for (const Parameter* p : parameters)
      names += text(names.empty() ? "" : ", ", p->name, ": ",
                    graph::to_string(program.type(p->value), program.symbols));
    fail(ErrorCode::value, program.name, "takes ", parameters.size(), " inputs (", names, "), got ",
         inputs.size());
  }
  graph::Sizes sizes(program.symbols.size(), -1);
  std::vector<std::size_t> told_by(program.symbols.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const SymbolicType& expected = program.type(parameters[i]->value);
    check_rank_and_dtype(parameters[i]->name, expected, inputs[i], program.symbols);
    for (int d = 0; d < inputs[i].shape.size(); ++d) {
      const int symbol = expected.shape[std::size_t(d)].as_symbol();
      if (symbol < 0) continue;
      int64_t& size = sizes[std::size_t(symbol)];
      std::size_t& by = told_by[std::size_t(symbol)];
      if (size < 0) {
        size = inputs[i].shape[d];
        by = i;
      } else if (size != inputs[i].shape[d]) {
        const std::string &first = parameters[by]->name, &second = parameters[i]->name;
        fail(ErrorCode::shape, by == i ? first : text(first, " and ", second), "dim ",
             program.symbols[std::size_t(symbol)], " is ", size, " in '", first, "' and ",
             inputs[i].shape[d], " in '", second, "'");
      }
    }
  }
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (int d = 0; d < inputs[i].shape.size(); ++d) {
      const SymbolicInt& dim = program.type(parameters[i]->value).shape[std::size_t(d)];
      const Told told = solve(dim, inputs[i].shape[d]);
      if (told.symbol >= 0 && sizes[std::size_t(told.symbol)] < 0)
        sizes[std::size_t(told.symbol)] = told.size;
    }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const SymbolicType& expected = program.type(parameters[i]->value);
    for (int d = 0; d < inputs[i].shape.size(); ++d) {
      const auto linear = expected.shape[std::size_t(d)].as_linear();
      if (linear && sizes[std::size_t(linear->symbol)] < 0)
        fail(ErrorCode::shape, parameters[i]->name, "dim ", d, " must be ",
             graph::to_string(expected.shape[std::size_t(d)], program.symbols),
             " for a whole number ", program.symbols[std::size_t(linear->symbol)], ", got ",
             inputs[i].shape[d]);
    }
  }
  for (std::size_t s = 0; s < sizes.size(); ++s)
    if (sizes[s] < 0)
      fail(ErrorCode::unsupported, program.name, "the inputs do not tell dim ", program.symbols[s],
           ": no input has a dim that is it or a multiple of it");
  for (std::size_t i = 0; i < inputs.size(); ++i)
    check_type(parameters[i]->name, program.type(parameters[i]->value), inputs[i], program.symbols,
               sizes);
  return sizes;
}

}  // namespace tandem::runtime
