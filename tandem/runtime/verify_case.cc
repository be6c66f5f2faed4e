#include "tandem/runtime/verify_case.h"

#include <algorithm>

#include "tandem/graph/text.h"
#include "tandem/io/tensor_files.h"

namespace tandem {
namespace {

using graph::Parameter;
using graph::ParameterKind;

constexpr std::string_view programs_key = "programs";

/// Colons stand in no program's name. State belongs to all programs.
std::string key(const Program& program, const Parameter& p) {
  switch (p.kind) {
    case ParameterKind::input:
      return text("input:", program.name, ":", p.name);
    case ParameterKind::constant:
      return text("constant:", program.name, ":", p.name);
    case ParameterKind::state:
      break;
  }
  return text("state:", p.name);
}

std::string key(const Program& program, std::size_t value) {
  return text("value:", program.name, ":", value);
}

}  // namespace

void save_case(const std::string& path, const VerifyCase& verify_case) {
  NamedTensors tensors;
  for (std::size_t i = 0; i < verify_case.programs.programs.size(); ++i) {
    const Program& program = verify_case.programs.programs[i];
    for (const Parameter& p : program.parameters) {
      std::string name = key(program, p);
      if (tensors.contains(name)) continue;  // state of an earlier program
      tensors.add(std::move(name), p.kind == ParameterKind::input   ? verify_case.inputs[i][p.name]
                                   : p.kind == ParameterKind::state ? verify_case.state[p.name]
                                                                    : p.constant);
    }
  }
  save_safetensors(path, tensors,
                   {{std::string(programs_key), graph::print(verify_case.programs)}});
}

VerifyCase load_case(const std::string& path) {
  Metadata metadata;
  const NamedTensors tensors = load_safetensors(path, &metadata);
  const auto found = std::ranges::find(metadata, programs_key, &Metadata::value_type::first);
  if (found == metadata.end())
    fail(ErrorCode::format, "verify", "'", path, "' holds no programs; expected what `tandem ",
         "verify` writes for its runners");
  VerifyCase verify_case{.programs = graph::parse(found->second, path)};
  for (Program& program : verify_case.programs.programs) {
    NamedTensors& inputs = verify_case.inputs.emplace_back();
    for (Parameter& p : program.parameters) {
      const Tensor& tensor = tensors[key(program, p)];
      if (p.kind == ParameterKind::input)
        inputs.add(p.name, tensor);
      else if (p.kind == ParameterKind::constant)
        p.constant = tensor;
      else if (!verify_case.state.contains(p.name))
        verify_case.state.add(p.name, tensor);
    }
  }
  return verify_case;
}

void save_values(const std::string& path, const VerifyCase& verify_case) {
  NamedTensors tensors;
  for (std::size_t p = 0; p < verify_case.programs.programs.size(); ++p) {
    const Program& program = verify_case.programs.programs[p];
    const ProgramValues values = eager_values(program, verify_case.inputs[p], verify_case.state);
    for (std::size_t i = 0; i < values.entries.size(); ++i)
      tensors.add(key(program, i), values.entries[i].value);
  }
  save_safetensors(path, tensors);
}

std::vector<ProgramValues> load_values(const std::string& path, const VerifyCase& verify_case,
                                       std::vector<ProgramValues> expected) {
  const NamedTensors tensors = load_safetensors(path);
  for (std::size_t p = 0; p < expected.size(); ++p)
    for (std::size_t i = 0; i < expected[p].entries.size(); ++i)
      expected[p].entries[i].value = tensors[key(verify_case.programs.programs[p], i)];
  return expected;
}

}  // namespace tandem
