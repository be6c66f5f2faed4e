#include "tandem/runtime/program_signatures.h"

#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/untrusted_json.h"

namespace tandem::runtime {
namespace {

std::string json_of(std::string_view name, const graph::Program& program, graph::Value value) {
  const graph::SymbolicType& type = program.type(value);
  std::string shape;
  for (const graph::SymbolicInt& size : type.shape)
    shape += text(shape.empty() ? "" : ",", size.is_constant()
                                                ? text(size.constant())
                                                : json_string(to_string(size, program.symbols)));
  return json_object({{"name", json_string(name)},
                      {"dtype", json_string(tandem::name(type.dtype))},
                      {"shape", "[" + shape + "]"}});
}

std::string json_of(const graph::Program& program) {
  std::string inputs, outputs;
  for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::input))
    inputs += text(inputs.empty() ? "" : ",", json_of(p->name, program, p->value));
  for (const graph::Output& o : program.outputs)
    outputs += text(outputs.empty() ? "" : ",", json_of(o.name, program, o.value));
  return json_object({{"inputs", "[" + inputs + "]"}, {"outputs", "[" + outputs + "]"}});
}

JsonMembers members_of(const graph::ProgramSet& programs) {
  JsonMembers all;
  for (const graph::Program& p : programs.programs) all[p.name] = json_of(p);
  return all;
}

}  // namespace

std::string signatures_json(const graph::ProgramSet& programs) {
  return json_object(members_of(programs));
}

void check_signatures(const graph::ProgramSet& programs, std::string_view json, std::string_view op,
                      std::string_view source) {
  constexpr int depth = 5;  // programs, program, inputs, input, shape
  const JsonMembers expected = members_of(programs);
  const std::size_t most_values = json_object(expected).size();  // a byte at least each
  const JsonMembers got = parse_untrusted_json(op, text("'", source, "', ", signatures_key), json,
                                               depth, most_values + 64);
  for (const auto& [name, signature] : expected)
    if (const auto at = got.find(name); at == got.end() || at->second != signature)
      fail(ErrorCode::format, op, "'", source, "': ", signatures_key,
           " does not say what program '", name, "' takes and gives: expected ", signature);
  if (got.size() != expected.size())
    fail(ErrorCode::format, op, "'", source, "': ", signatures_key,
         " speaks of a program that is not there");
}

}  // namespace tandem::runtime
