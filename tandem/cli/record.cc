#include <fmt/format.h>

#include "tandem/base/error.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/runtime/step_recorder.h"
#include "tandem/tandem.h"

namespace tandem::cli {

void record(const RecordOptions& options) {
  constexpr std::string_view op = "record";
  initialize();
  const ProgramFile file = load_program(options.path);
  const Program& program = chosen_program(file.programs, options.program, op);
  const NamedTensors named = read_inputs(program, options.inputs, op);
  std::vector<Tensor> inputs;
  for (const graph::Parameter* p : program.of_kind(graph::ParameterKind::input))
    inputs.push_back(named[p->name]);

  runtime::Session session(file.programs, file.state);
  runtime::StepRecorder recorder(session, program.name, options.keep);
  while (recorder.count() < options.steps && !recorder.is_broken()) recorder.run(inputs);
  recorder.save(options.output);

  const int64_t last = recorder.count() - 1;
  if (options.json)
    print_json({{"program", program.name},
                {"steps", recorder.count()},
                {"finite", !recorder.is_broken()},
                {"recording", options.output}});
  else if (recorder.is_broken())
    fmt::print(
        "Step {} gave a NaN or an infinity. The steps up to it are in {}:\n"
        "  tandem replay {}\n",
        last, options.output, options.output);
  else
    fmt::print("{} step{} ran, all finite; the last are in {}\n", recorder.count(),
               recorder.count() == 1 ? "" : "s", options.output);
}

}  // namespace tandem::cli
