#include <fmt/format.h>

#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/runtime/program_file.h"

namespace tandem::cli {
namespace {

using graph::ParameterKind;

bool reads_state(const ProgramSet& programs, const std::string& name) {
  for (const Program& p : programs.programs)
    if (p.find(ParameterKind::state, name)) return true;
  return false;
}

}  // namespace

void extract(const ExtractOptions& options) {
  const ProgramFile from = load_program(options.path);
  ProgramFile to{.assets = from.assets, .metadata = from.metadata};
  for (const std::string& name : options.programs)
    if (!to.programs.find(name)) to.programs.programs.push_back(from.programs[name]);
  for (const auto& [name, tensor] : from.state)
    if (reads_state(to.programs, name)) to.state.add(name, tensor);
  save_program(options.output, to);
  if (options.json)
    print_json({{"path", options.output},
                {"programs", to.programs.programs.size()},
                {"state", to.state.size()},
                {"state_before", from.state.size()}});
  else
    fmt::print("{}: {} of {} programs, {} of {} tensors of state\n", options.output,
               to.programs.programs.size(), from.programs.programs.size(), to.state.size(),
               from.state.size());
}

}  // namespace tandem::cli
