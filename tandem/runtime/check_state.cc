#include "tandem/runtime/check_state.h"

#include "tandem/graph/names.h"

namespace tandem::runtime {
namespace {

constexpr int64_t unknown = -1;

/// Could a tensor of this type be `expected`? Symbolic dims that stand alone get their size here
/// where they have none yet; an expression of dims that only a call's inputs tell is left to it.
bool fits(const graph::SymbolicType& expected, const Type& type, graph::Sizes& sizes) {
  if (type.dtype != expected.dtype || type.shape.size() != int(expected.shape.size())) return false;
  for (int d = 0; d < type.shape.size(); ++d) {
    const graph::SymbolicInt& size = expected.shape[std::size_t(d)];
    const int symbol = size.as_symbol();
    if (symbol >= 0 && sizes[std::size_t(symbol)] == unknown)
      sizes[std::size_t(symbol)] = type.shape[d];
    bool known = true;
    for (std::size_t s = 0; s < sizes.size(); ++s)
      known &= sizes[s] != unknown || !size.depends_on(int(s));
    if (known && size.at(sizes) != type.shape[d]) return false;
  }
  return true;
}

}  // namespace

void check_state(const graph::ProgramSet& programs, const NamedTensors& state, ErrorCode code,
                 std::string_view op, std::string_view source) {
  const std::string start = source.empty() ? "" : text("'", source, "': ");
  for (const graph::Program& program : programs.programs) {
    graph::Sizes sizes(program.symbols.size(), unknown);
    for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::state)) {
      const graph::SymbolicType& expected = program.type(p->value);
      const Tensor* tensor = state.find(p->name);
      if (!tensor || !tensor->defined()) {
        const std::string_view near = nearest_name(state, p->name);
        fail(code, op, start, "there is no state '", p->name, "', which program ", program.name,
             " needs as ", to_string(expected, program.symbols),
             near.empty() || tensor ? "" : text("; did you mean '", near, "'?"));
      }
      if (!fits(expected, tensor->type(), sizes))
        fail(code, op, start, "state '", p->name, "' is ", tensor->type(), ", but program ",
             program.name, " says ", to_string(expected, program.symbols));
    }
  }
}

}  // namespace tandem::runtime
