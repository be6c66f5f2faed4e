// tandem verify: a file's programs on every target of this machine. Each but the one of this
// process runs in a process of its own, which is handed the case in a file and hands its values
// over in another.
#include <fmt/format.h>

#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/cli/runners.h"
#include "tandem/cli/temporary_folder.h"
#include "tandem/compile/verify.h"
#include "tandem/cpu/target.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/verify_case.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr std::string_view verify_op = "verify";

VerifyOptions inner(const VerifyProgramOptions& options) {
  return {.inputs = {}, .size = options.size, .seed = options.seed, .max_threads = 0};
}

/// What a runner gave, or why there is none.
struct Elsewhere {
  std::string how;
  std::string skipped;
  std::vector<Verdict> verdicts;
};

std::vector<Elsewhere> verify_elsewhere(const ProgramFile& file,
                                        const VerifyProgramOptions& options) {
  VerifyCase verify_case{.programs = file.programs, .state = file.state};
  std::vector<ProgramValues> here;  // a program each
  for (const Program& program : file.programs.programs) {
    verify_case.inputs.push_back(example_inputs(program, inner(options)));
    here.push_back(eager_values(program, verify_case.inputs.back(), file.state));
  }
  const TemporaryFolder folder(verify_op);
  const std::string question = folder.path + "/case.safetensors";
  save_case(question, verify_case);

  std::vector<Elsewhere> all;
  for (const Runner& runner : runners(options.runners)) {
    Elsewhere& elsewhere = all.emplace_back(Elsewhere{"eager, " + runner.name, runner.missing, {}});
    if (!runner.missing.empty()) continue;
    const std::string answer = folder.path + "/" + runner.name + ".safetensors";
    run(runner, answer, question);
    const std::vector<ProgramValues> there = load_values(answer, verify_case, here);
    const bool exact = cpu::has_fma(cpu::target()) && runner.has_fma;
    for (std::size_t p = 0; p < here.size(); ++p) {
      const Program& program = file.programs.programs[p];
      elsewhere.verdicts.push_back(exact ? judge_bits(program, elsewhere.how, here[p], there[p])
                                         : judge_ops(program, elsewhere.how, verify_case.inputs[p],
                                                     file.state, here[p], there[p],
                                                     options.tolerance));
    }
  }
  return all;
}

std::string figure(const Verdict& v, double tolerance) {
  if (v.relative == 0 && v.ulps == 0) return "the same bits";
  if (v.relative <= tolerance) return fmt::format("within {:.1e} of the largest value", v.relative);
  return fmt::format("each op within the tolerance; rounding grows to {:.1e} in {}", v.relative,
                     v.worst);
}

}  // namespace

bool verify_program(const VerifyProgramOptions& options) {
  initialize();
  if (!options.values.empty()) {
    save_values(options.values, load_case(options.path));
    return true;
  }
  const ProgramFile file = load_program(options.path);
  if (file.programs.programs.empty())
    fail(ErrorCode::value, verify_op, "'", options.path, "' has no programs");
  std::vector<Elsewhere> elsewhere = verify_elsewhere(file, options);
  std::vector<Verdict> verdicts = verify(file.programs, file.state, inner(options));
  for (Elsewhere& e : elsewhere) std::ranges::move(e.verdicts, std::back_inserter(verdicts));
  std::erase_if(elsewhere, [](const Elsewhere& e) { return e.skipped.empty(); });
  const bool passed = std::ranges::all_of(verdicts, &Verdict::passed);
  if (options.json) {
    for (const Verdict& v : verdicts)
      print_json({{"program", v.program},
                  {"how", v.how},
                  {"passed", v.passed},
                  {"bits_promised", v.promised_bits},
                  {"ulps", v.ulps},
                  {"relative", v.relative},
                  {"worst", v.worst},
                  {"first_difference", v.first_difference}});
    for (const Elsewhere& e : elsewhere) print_json({{"how", e.how}, {"skipped", e.skipped}});
    return passed;
  }
  std::size_t width = 0;
  for (const Verdict& v : verdicts) width = std::max(width, v.program.size() + v.how.size() + 2);
  for (const Elsewhere& e : elsewhere) width = std::max(width, e.how.size());
  fmt::print("{} against its ops one by one on {}, {} thread:\n", options.path, cpu::target(), 1);
  for (const Verdict& v : verdicts) {
    fmt::print("  {:<{}}  {}\n", v.program + ": " + v.how, width,
               v.passed ? figure(v, options.tolerance) : "DIFFERS");
    if (!v.passed) fmt::print("    {}\n", v.first_difference);
  }
  for (const Elsewhere& e : elsewhere)
    fmt::print("  {:<{}}  skipped: {}\n", e.how, width, e.skipped);
  fmt::print("{}\n", passed ? "Verified: the same bits wherever they are promised, elsewhere each "
                              "op within the tolerance."
                            : "Not verified: see DIFFERS above.");
  return passed;
}

}  // namespace tandem::cli
