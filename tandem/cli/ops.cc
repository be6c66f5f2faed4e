#include <fmt/format.h>

#include <set>

#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/graph/control_flow.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr std::string_view ops_op = "ops";

/// The runtime takes instructions as they stand: it has no decompositions.
void check_runs(const Program& program, const graph::Instruction& i) {
  const OpInfo& info = i.info();
  if (!info.kernel[int(DeviceType::cpu)].run && !info.view && !graph::body_count(info))
    fail(ErrorCode::unsupported, ops_op, "program ", program.name, " has ", info.name(), " (",
         i.where,
         "), which stands for other ops, and the runtime runs those alone: trace it with "
         "expand_composites");
}

void add_ops(const Program& program, std::set<std::string_view>& names) {
  for (const graph::Instruction& i : program.instructions) {
    for (const Program& body : i.bodies) add_ops(body, names);
    check_runs(program, i);
    names.insert(i.info().name());
  }
}

}  // namespace

void ops(const OpsOptions& options) {
  initialize();
  std::set<std::string_view> names;
  for (const std::string& path : options.paths) {
    const ProgramFile file = load_program(path, {.verify_hashes = false});
    if (options.programs.empty())
      for (const Program& program : file.programs.programs) add_ops(program, names);
    for (const std::string& name : options.programs) add_ops(file.programs[name], names);
  }
  if (options.json)
    print_json({{"ops", names}});
  else
    fmt::print("{}\n", fmt::join(names, "\n"));
}

}  // namespace tandem::cli
