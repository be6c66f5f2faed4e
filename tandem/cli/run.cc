#include <fmt/format.h>

#include "tandem/base/error.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/optimized.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr std::string_view run_op = "run";

/// Numbers in row-major order; those that JSON has no word for are null.
Json values_of(const Tensor& t) {
  if (t.dtype() == DType::boolean) return t.to_vector<bool>();
  if (is_floating(t.dtype())) return t.to_vector<double>();
  return t.to_vector<int64_t>();
}

/// Names and files of the outputs that are to be written.
std::vector<std::pair<std::string, std::string>> output_files(const RunOptions& options,
                                                              const Program& program) {
  std::vector<std::string> names;
  for (const graph::Output& o : program.outputs) names.push_back(o.name);
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& argument : options.outputs)
    files.push_back(named_file(argument, names, "output", run_op));
  return files;
}

}  // namespace

void run(const RunOptions& options) {
  initialize();
  ProgramFile file = load_program(options.path);
  const Program& program = chosen_program(file.programs, options.program, run_op);
  const auto files = output_files(options, program);
  const NamedTensors inputs = read_inputs(program, options.inputs, run_op);

  runtime::Session session(file.programs, file.state, {.rewrite = optimized});
  const NamedTensors outputs = session.run(program.name, inputs);

  Json json = Json::array();
  for (const auto& [name, tensor] : outputs) {
    std::string path;
    for (const auto& [of, to] : files)
      if (of == name) save_npy(path = to, tensor);
    Json one = {{"name", name},
                {"dtype", tandem::name(tensor.dtype())},
                {"shape", std::vector<int64_t>(tensor.shape().begin(), tensor.shape().end())}};
    if (options.json)
      one[path.empty() ? "values" : "file"] = path.empty() ? values_of(tensor) : Json(path);
    else if (path.empty())
      fmt::print("{}: {}\n{}\n", name, text(tensor.type()), to_string(tensor));
    else
      fmt::print("{}: {} in {}\n", name, text(tensor.type()), path);
    json.push_back(std::move(one));
  }
  const std::size_t updates = program.updates.size();
  if (!options.save.empty()) {
    file.state = session.state();
    save_program(options.save, file);
  }
  if (options.json) {
    print_json({{"program", program.name},
                {"outputs", json},
                {"updated_state", updates},
                {"saved", options.save.empty() ? Json(nullptr) : Json(options.save)}});
  } else if (!options.save.empty()) {
    fmt::print("{} of {} tensors of state have new values in {}\n", updates, file.state.size(),
               options.save);
  } else if (updates) {
    fmt::print("{} tensors of state have new values, which are not kept; --save FILE keeps them\n",
               updates);
  }
}

}  // namespace tandem::cli
