#include <fmt/format.h>
#include <unistd.h>

#include "tandem/base/error.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/optimized.h"
#include "tandem/compile/plan_within.h"
#include "tandem/graph/bind_shapes.h"
#include "tandem/graph/check.h"
#include "tandem/graph/diff.h"
#include "tandem/graph/text.h"
#include "tandem/io/file.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

/// The programs of a program file, or of their text in a file of its own.
ProgramSet read_programs(const std::string& path) {
  const auto file = std::make_shared<MappedFile>("passes", path);
  const std::string_view content(reinterpret_cast<const char*>(file->bytes().data()),
                                 file->bytes().size());
  // A program file begins with the length of its header in eight bytes; text has no zeros.
  const bool is_text = content.size() < 8 || content[7] != '\0';
  return is_text ? graph::parse(content, path) : load_program(file).programs;
}

std::string count(const Program& program) {
  const std::size_t n = program.instructions.size();
  return fmt::format("{} instruction{}", n, n == 1 ? "" : "s");
}

void optimize_and_print(Program program, const PassesOptions& options) {
  passes::OptimizeOptions optimizing = cpu_options();
  optimizing.check = true;
  if (!options.budget.empty()) optimizing.budget = byte_count(options.budget, "passes");
  Program before = program;
  if (options.print_after_all)
    optimizing.after_pass = [&](std::string_view pass, const Program& after) {
      const graph::DiffOptions style{.color = !options.json && isatty(STDOUT_FILENO) == 1};
      const std::string changes = graph::diff(before, after, style);
      if (options.json)
        print_json({{"program", after.name},
                    {"pass", pass},
                    {"instructions_before", before.instructions.size()},
                    {"instructions", after.instructions.size()},
                    {"diff", changes}});
      else if (!changes.empty())  // a number that nothing reads any more is no line
        fmt::print("{} after {}: {}, before {}\n{}\n", after.name, pass, count(after),
                   before.instructions.size(), changes);
      before = after;
    };
  const std::size_t was = program.instructions.size();
  const Program after = passes::optimize(std::move(program), optimizing);
  if (options.json)
    print_json({{"program", after.name},
                {"instructions_before", was},
                {"instructions", after.instructions.size()},
                {"text", graph::print(after)}});
  else
    fmt::print("{} after all passes: {}, before {}\n{}", after.name, count(after), was,
               graph::print(after));
}

}  // namespace

void passes(const PassesOptions& options) {
  initialize();
  ProgramSet programs = read_programs(options.path);
  if (programs.programs.empty())
    fail(ErrorCode::value, "passes", "'", options.path, "' has no programs");
  if (options.sizes.empty() && options.program.empty() && options.budget.empty()) {
    for (Program& program : programs.programs) optimize_and_print(std::move(program), options);
    return;
  }
  Program program = chosen_program(programs, options.program, "passes");
  if (!options.sizes.empty()) {
    const std::vector<Type> types = input_types(program, options.sizes, "passes");
    program = graph::bind(program, graph::bind_shapes(program, types));
  }
  optimize_and_print(std::move(program), options);
}

}  // namespace tandem::cli
