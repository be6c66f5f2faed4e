#include "tandem/cli/program_arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tandem/base/error.h"
#include "tandem/io/tensor_files.h"

namespace tandem::cli {

const Program& chosen_program(const ProgramSet& programs, std::string_view name,
                              std::string_view op) {
  if (!name.empty()) return programs[name];
  if (programs.programs.size() == 1) return programs.programs[0];
  if (const Program* predict = programs.find("predict")) return *predict;
  if (programs.programs.empty()) fail(ErrorCode::value, op, "the file has no programs");
  std::string names;
  for (const Program& p : programs.programs) names += text(names.empty() ? "" : ", ", p.name);
  fail(ErrorCode::value, op, "choose one of the file's programs with --program: ", names);
}

std::vector<Type> input_types(const Program& program, const std::vector<std::string>& sizes,
                              std::string_view op) {
  const graph::Symbols& symbols = program.symbols;
  graph::Sizes values(symbols.size(), -1);
  for (const std::string& size : sizes) {
    const std::size_t equals = std::min(size.find('='), size.size());
    const auto symbol = std::ranges::find(symbols, size.substr(0, equals));
    if (symbol == symbols.end())
      fail(ErrorCode::value, op, "'", size, "': program ", program.name,
           symbols.empty() ? " has no symbolic dims"
                           : fmt::format(" has the symbolic dims {}", fmt::join(symbols, ", ")));
    const char* end = size.data() + size.size();
    int64_t& value = values[std::size_t(symbol - symbols.begin())];
    if (value >= 0) fail(ErrorCode::value, op, "'", size, "': ", *symbol, " has a size already");
    const auto read = std::from_chars(std::min(size.data() + equals + 1, end), end, value);
    if (read.ec != std::errc() || read.ptr != end || value < 0)
      fail(ErrorCode::value, op, "'", size, "': expected a size, as ", *symbol, "=8");
  }
  std::vector<std::string> missing, example;
  for (std::size_t s = 0; s < symbols.size(); ++s) {
    if (values[s] < 0) missing.push_back(symbols[s]);
    example.push_back(text(symbols[s], "=", values[s] < 0 ? 8 : values[s]));
  }
  if (!missing.empty())
    fail(ErrorCode::value, op, "program ", program.name,
         fmt::format(" needs a size for {}: --shape {}", fmt::join(missing, " and "),
                     fmt::join(example, " ")));
  std::vector<Type> types;
  for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::input))
    types.push_back(program.type(p->value).at(values));
  return types;
}

std::pair<std::string, std::string> named_file(const std::string& argument,
                                               const std::vector<std::string>& names,
                                               std::string_view what, std::string_view op) {
  const std::size_t equals = argument.find('=');
  if (equals != argument.npos && std::ranges::count(names, argument.substr(0, equals)))
    return {argument.substr(0, equals), argument.substr(equals + 1)};
  if (names.size() == 1 && equals == argument.npos) return {names[0], argument};
  fail(ErrorCode::value, op, "'", argument, "': expected NAME=FILE with the name of an ", what,
       names.empty() ? ", but there are none" : fmt::format(": {}", fmt::join(names, ", ")));
}

NamedTensors read_inputs(const Program& program, const std::vector<std::string>& arguments,
                         std::string_view op) {
  constexpr auto kind = graph::ParameterKind::input;
  const std::vector<const graph::Parameter*> parameters = program.of_kind(kind);
  std::vector<std::string> names;
  for (const graph::Parameter* p : parameters) names.push_back(p->name);
  NamedTensors inputs;
  for (const std::string& argument : arguments) {
    const auto [name, path] = named_file(argument, names, "input", op);
    if (inputs.contains(name)) fail(ErrorCode::value, op, "input ", name, " is given twice");
    inputs.add(name, load_npy(path));
    const graph::SymbolicType& type = program.type(program.find(kind, name)->value);
    if (const DType got = inputs[name].dtype(); got != type.dtype)
      fail(ErrorCode::dtype, op, "input ", name, ": expected ", to_string(type, program.symbols),
           ", got ", tandem::name(got), " in '", path, "': convert it with NumPy's astype(\"",
           type.dtype, "\")");
  }
  for (const graph::Parameter* p : parameters)
    if (!inputs.contains(p->name))
      fail(ErrorCode::value, op, "program ", program.name, " needs ", p->name, ", ",
           to_string(program.type(p->value), program.symbols), ": --input ", p->name, "=FILE.npy");
  return inputs;
}

std::string signature_text(const Program& program) {
  const auto value = [&](std::string_view name, graph::Value v) {
    return text(name, ": ", to_string(program.type(v), program.symbols));
  };
  std::vector<std::string> inputs, outputs;
  for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::input))
    inputs.push_back(value(p->name, p->value));
  for (const graph::Output& o : program.outputs) outputs.push_back(value(o.name, o.value));
  return fmt::format("{}({}) -> ({})", program.name, fmt::join(inputs, ", "),
                     fmt::join(outputs, ", "));
}

}  // namespace tandem::cli
