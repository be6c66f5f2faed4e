#include "tandem/graph/bind_shapes.h"

namespace tandem::graph {
namespace {

void check_rank_and_dtype(std::string_view name, const SymbolicType& expected, const Type& type,
                          const Symbols& symbols) {
  if (type.dtype != expected.dtype)
    fail(ErrorCode::dtype, name, "expected ", to_string(expected, symbols), ", got ", type,
         ": cast it with to(", expected.dtype, ")");
  if (type.shape.size() != int(expected.shape.size()))
    fail(ErrorCode::shape, name, "expected ", expected.shape.size(), " dims, ",
         to_string(expected, symbols), "; got shape ", type.shape);
}

/// "b = 7, t = 3": the sizes that were found.
std::string describe(const Symbols& symbols, std::span<const int64_t> sizes) {
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

/// A tensor that is passed, and what the program says of it.
struct Passed {
  std::string_view name;
  const SymbolicType& expected;
  const Type& type;
};

void check_sizes(const Passed& passed, const Symbols& symbols, std::span<const int64_t> sizes) {
  for (int d = 0; d < passed.type.shape.size(); ++d) {
    const SymbolicInt& dim = passed.expected.shape[std::size_t(d)];
    const int64_t must = dim.at(sizes), got = passed.type.shape[d];
    if (must == got) continue;
    if (dim.is_constant())
      fail(ErrorCode::shape, passed.name, "dim ", d, " must be ", must, ", got ", got);
    fail(ErrorCode::shape, passed.name, "dim ", d, " must be ", to_string(dim, symbols), " = ",
         must, " where ", describe(symbols, sizes), "; got ", got);
  }
}

/// The inputs, then the state. Error: another number of inputs than the program takes.
std::vector<Passed> all_passed(const Program& program, std::span<const Type> inputs,
                               std::span<const Type> state) {
  const std::vector<const Parameter*> parameters = program.of_kind(ParameterKind::input);
  if (parameters.size() != inputs.size()) {
    std::string names;
    for (const Parameter* p : parameters)
      names += text(names.empty() ? "" : ", ", p->name, ": ",
                    to_string(program.type(p->value), program.symbols));
    fail(ErrorCode::value, program.name, "takes ", parameters.size(),
         parameters.size() == 1 ? " input (" : " inputs (", names, "), got ", inputs.size());
  }
  std::vector<Passed> passed;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    passed.push_back({parameters[i]->name, program.type(parameters[i]->value), inputs[i]});
  const std::vector<const Parameter*> kept = program.of_kind(ParameterKind::state);
  for (std::size_t i = 0; i < state.size(); ++i)
    passed.push_back({kept[i]->name, program.type(kept[i]->value), state[i]});
  return passed;
}

}  // namespace

Sizes bind_shapes(const Program& program, std::span<const Type> inputs,
                  std::span<const Type> state) {
  const Symbols& symbols = program.symbols;
  const std::vector<Passed> all = all_passed(program, inputs, state);
  Sizes sizes(symbols.size(), -1);
  std::vector<const Passed*> told_by(symbols.size());
  for (const Passed& p : all) {
    check_rank_and_dtype(p.name, p.expected, p.type, symbols);
    for (int d = 0; d < p.type.shape.size(); ++d) {
      const int symbol = p.expected.shape[std::size_t(d)].as_symbol();
      if (symbol < 0) continue;
      int64_t& size = sizes[std::size_t(symbol)];
      const Passed*& by = told_by[std::size_t(symbol)];
      if (size < 0) {
        size = p.type.shape[d];
        by = &p;
      } else if (size != p.type.shape[d]) {
        fail(ErrorCode::shape, by == &p ? std::string(p.name) : text(by->name, " and ", p.name),
             "dim ", symbols[std::size_t(symbol)], " is ", size, " in '", by->name, "' and ",
             p.type.shape[d], " in '", p.name, "'");
      }
    }
  }
  for (const Passed& p : all)
    for (int d = 0; d < p.type.shape.size(); ++d) {
      const Told told = solve(p.expected.shape[std::size_t(d)], p.type.shape[d]);
      if (told.symbol >= 0 && sizes[std::size_t(told.symbol)] < 0)
        sizes[std::size_t(told.symbol)] = told.size;
    }
  for (const Passed& p : all)
    for (int d = 0; d < p.type.shape.size(); ++d) {
      const SymbolicInt& dim = p.expected.shape[std::size_t(d)];
      const auto linear = dim.as_linear();
      if (linear && sizes[std::size_t(linear->symbol)] < 0)
        fail(ErrorCode::shape, p.name, "dim ", d, " must be ", to_string(dim, symbols),
             " for a whole number ", symbols[std::size_t(linear->symbol)], ", got ",
             p.type.shape[d]);
    }
  for (std::size_t s = 0; s < sizes.size(); ++s)
    if (sizes[s] < 0)
      fail(ErrorCode::unsupported, program.name, "the inputs do not tell dim ", symbols[s],
           ": no input has a dim that is it or a multiple of it");
  for (const Passed& p : all) check_sizes(p, symbols, sizes);
  return sizes;
}

}  // namespace tandem::graph
