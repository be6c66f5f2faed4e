#include "tandem/graph/program.h"

#include <algorithm>

#include "tandem/ops/create.h"
#include "tandem/ops/define.h"

namespace tandem::graph {

Type SymbolicType::at(std::span<const int64_t> sizes) const {
  Type t{dtype, {}};
  for (const SymbolicInt& n : shape) t.shape.push_back(n.at(sizes));
  return t;
}

bool SymbolicType::is_constant() const {
  return std::ranges::all_of(shape, [](const SymbolicInt& n) { return n.is_constant(); });
}

std::string to_string(const SymbolicType& type, const Symbols& symbols) {
  std::string s(name(type.dtype));
  s += '[';
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    if (i) s += ", ";
    s += to_string(type.shape[i], symbols);
  }
  return s + ']';
}

Value Program::add_parameter(ParameterKind kind, std::string parameter_name, SymbolicType type,
                             Tensor constant) {
  const Value value = add_value(std::move(type));
  const auto place =
      std::upper_bound(parameters.begin(), parameters.end(), kind,
                       [](ParameterKind k, const Parameter& p) { return k < p.kind; });
  parameters.insert(place, {kind, std::move(parameter_name), value, std::move(constant)});
  return value;
}

const Parameter* Program::find(ParameterKind kind, std::string_view wanted) const {
  for (const Parameter& p : parameters)
    if (p.kind == kind && p.name == wanted) return &p;
  return nullptr;
}

std::vector<const Parameter*> Program::of_kind(ParameterKind kind) const {
  std::vector<const Parameter*> found;
  for (const Parameter& p : parameters)
    if (p.kind == kind) found.push_back(&p);
  return found;
}

std::string Program::unused_name(ParameterKind kind, std::string_view stem) const {
  // As many names with the stem as there are make the first try the last, unless some were removed.
  auto n = std::ranges::count_if(parameters, [&](const Parameter& p) {
    return p.kind == kind && std::string_view(p.name).starts_with(stem);
  });
  while (true)
    if (std::string candidate = text(stem, n++); !find(kind, candidate)) return candidate;
}

const Program* ProgramSet::find(std::string_view name) const {
  for (const Program& p : programs)
    if (p.name == name) return &p;
  return nullptr;
}

const Program& ProgramSet::operator[](std::string_view name) const {
  if (const Program* p = find(name)) return *p;
  std::string names;
  for (const Program& p : programs) names += text(names.empty() ? "" : ", ", "'", p.name, "'");
  fail(ErrorCode::index, "program", "there is no program '", name, "'; there ",
       programs.empty()       ? std::string("is none")
       : programs.size() == 1 ? "is " + names
                              : "are " + names);
}

bool is_number(const Instruction& i) {
  return i.op.info == &info_of<Full> && static_cast<const Full*>(i.op.data())->size->empty() &&
         i.solved.empty();
}

}  // namespace tandem::graph
