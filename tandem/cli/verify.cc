// tandem verify: a file's programs on every target of this machine. A target is chosen when a
// process starts, so each but the best runs in a process of its own, which hands its values over in
// a file.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "tandem/base/thread_pool.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/verify.h"
#include "tandem/cpu/target.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr std::string_view op = "verify";

/// A folder that is gone when the command ends.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-verify-XXXXXX").string();
    if (!mkdtemp(name.data()))
      fail(ErrorCode::io, op, "cannot make a folder for temporary files, ", name);
    path = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::string path;
};

std::string key(const Program& program, std::size_t entry) {
  return fmt::format("{}/{:06}", program.name, entry);
}

/// This command once more, on another target.
void run_on_target(const std::string& target, const VerifyProgramOptions& options,
                   const std::string& values) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<std::string> words{self,
                                 "verify",
                                 options.path,
                                 "--values",
                                 values,
                                 "--size",
                                 fmt::to_string(options.size),
                                 "--seed",
                                 fmt::to_string(options.seed)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) fail(ErrorCode::io, op, "cannot start a process for target ", target);
  if (child == 0) {
    setenv(cpu::target_variable, target.c_str(), 1);
    execv(self.c_str(), arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail(ErrorCode::unsupported, op, "the programs do not run on target ", target, ": try ",
         cpu::target_variable, "=", target, " tandem verify ", options.path);
}

VerifyOptions inner(const VerifyProgramOptions& options) {
  return {.inputs = {},
          .size = options.size,
          .seed = options.seed,
          .max_threads = 0,
          .tolerance = options.tolerance};
}

void write_values(const ProgramFile& file, const VerifyProgramOptions& options) {
  NamedTensors values;
  for (const Program& program : file.programs.programs) {
    const auto computed =
        eager_values(program, example_inputs(program, inner(options)), file.state);
    for (std::size_t i = 0; i < computed.entries.size(); ++i)
      values.add(key(program, i), computed.entries[i].value);
  }
  save_safetensors(options.values, values);
}

std::vector<Verdict> verify_targets(const ProgramFile& file, const VerifyProgramOptions& options) {
  std::vector<Verdict> verdicts;
  const TemporaryFolder folder;
  const bool exact = cpu::has_fma(cpu::target());
  std::vector<ProgramValues> here;  // a program each
  for (const Program& program : file.programs.programs)
    here.push_back(eager_values(program, example_inputs(program, inner(options)), file.state));
  for (const std::string& target : cpu::targets()) {
    if (target == cpu::target()) continue;
    const std::string path = folder.path + "/" + target + ".safetensors";
    run_on_target(target, options, path);
    const NamedTensors values = load_safetensors(path);
    for (std::size_t p = 0; p < here.size(); ++p) {
      const Program& program = file.programs.programs[p];
      const ProgramValues& expected = here[p];
      ProgramValues actual = expected;
      for (std::size_t i = 0; i < actual.entries.size(); ++i)
        actual.entries[i].value = values[key(program, i)];
      verdicts.push_back(judge(program, "eager, " + target, exact && cpu::has_fma(target), expected,
                               actual, options.tolerance));
    }
  }
  return verdicts;
}

std::string figure(const Verdict& v) {
  if (v.relative == 0 && v.ulps == 0) return "the same bits";
  return fmt::format("within {:.1e} of the largest value", v.relative);
}

}  // namespace

bool verify_program(const VerifyProgramOptions& options) {
  initialize();
  const ProgramFile file = load_program(options.path);
  if (!options.values.empty()) {
    write_values(file, options);
    return true;
  }
  std::vector<Verdict> verdicts = verify(file.programs, file.state, inner(options));
  std::ranges::move(verify_targets(file, options), std::back_inserter(verdicts));
  bool passed = true;
  for (const Verdict& v : verdicts) passed &= v.passed;
  if (options.json) {
    for (const Verdict& v : verdicts)
      print_json({{"program", v.program},
                  {"how", v.how},
                  {"passed", v.passed},
                  {"bits_promised", v.promised_bits},
                  {"ulps", v.ulps},
                  {"relative", v.relative},
                  {"first_difference", v.first_difference}});
    return passed;
  }
  std::size_t width = 0;
  for (const Verdict& v : verdicts) width = std::max(width, v.program.size() + v.how.size() + 2);
  fmt::print("{} against its ops one by one on {}, {} thread:\n", options.path, cpu::target(), 1);
  for (const Verdict& v : verdicts) {
    fmt::print("  {:<{}}  {}\n", v.program + ": " + v.how, width, v.passed ? figure(v) : "DIFFERS");
    if (!v.passed) fmt::print("    {}\n", v.first_difference);
  }
  fmt::print(
      "{}\n",
      passed ? "Verified: the same bits wherever they are promised, within the tolerance elsewhere."
             : "Not verified: see DIFFERS above.");
  return passed;
}

}  // namespace tandem::cli
