#include "tandem/runtime/program_signatures.h"

#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/untrusted_json.h"

namespace tandem::runtime {
namespace {

using Json = nlohmann::json;

Json json_of(std::string_view name, const graph::Program& program, graph::Value value) {
  const graph::SymbolicType& type = program.type(value);
  Json shape = Json::array();
  for (const graph::SymbolicInt& size : type.shape)
    if (size.is_constant())
      shape.push_back(size.constant());
    else
      shape.push_back(to_string(size, program.symbols));
  return {{"name", name}, {"dtype", tandem::name(type.dtype)}, {"shape", std::move(shape)}};
}

Json json_of(const graph::Program& program) {
  Json inputs = Json::array(), outputs = Json::array();
  for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::input))
    inputs.push_back(json_of(p->name, program, p->value));
  for (const graph::Output& o : program.outputs)
    outputs.push_back(json_of(o.name, program, o.value));
  return {{"inputs", std::move(inputs)}, {"outputs", std::move(outputs)}};
}

Json json_of(const graph::ProgramSet& programs) {
  Json all = Json::object();
  for (const graph::Program& p : programs.programs) all[p.name] = json_of(p);
  return all;
}

std::size_t count(const Json& json) {
  std::size_t n = 1;
  if (json.is_structured())
    for (const Json& part : json) n += count(part);
  return n;
}

}  // namespace

std::string signatures_json(const graph::ProgramSet& programs) { return json_of(programs).dump(); }

void check_signatures(const graph::ProgramSet& programs, std::string_view json, std::string_view op,
                      std::string_view source) {
  constexpr int depth = 5;  // programs, program, inputs, input, shape
  const Json expected = json_of(programs);
  const Json got = parse_untrusted_json(op, text("'", source, "', ", signatures_key), json, depth,
                                        2 * count(expected) + 64);
  if (got == expected) return;
  for (const auto& [name, signature] : expected.items())
    if (!got.is_object() || !got.contains(name) || got[name] != signature)
      fail(ErrorCode::format, op, "'", source, "': ", signatures_key,
           " does not say what program '", name, "' takes and gives: expected ", signature.dump());
  fail(ErrorCode::format, op, "'", source, "': ", signatures_key,
       " speaks of a program that is not there");
}

}  // namespace tandem::runtime
