#include "tandem/cli/runners.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "tandem/base/error.h"
#include "tandem/base/text.h"
#include "tandem/cpu/target.h"

namespace tandem::cli {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view runners_op = "verify";

/// Processors whose programs qemu-user runs on this one.
struct Emulated {
  std::string_view name;
  bool has_fma;
};
constexpr Emulated emulated[] = {
#ifndef __aarch64__
    {"aarch64", true},
#endif
};

fs::path this_program() { return fs::read_symlink("/proc/self/exe"); }

bool is_program(const fs::path& path) {
  return fs::is_regular_file(path) && access(path.c_str(), X_OK) == 0;
}

/// In the folders of PATH.
std::optional<fs::path> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "";
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(':'), rest.size());
    if (fs::path found = fs::path(rest.substr(0, end)) / name; is_program(found)) return found;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return std::nullopt;
}

/// The runner that was given for a processor, if one was.
std::optional<fs::path> given_for(std::string_view name, const std::vector<std::string>& given) {
  std::optional<fs::path> found;
  for (const std::string& g : given)
    if (const std::size_t is = g.find('='); g.substr(0, is) == name) found = g.substr(is + 1);
  if (found && !is_program(*found))
    fail(ErrorCode::value, runners_op, "there is no program '", found->string(), "' to run for ",
         name, "; scripts/build_verify_runner.sh builds one");
  return found;
}

void check(const std::vector<std::string>& given) {
  for (const std::string& g : given) {
    const std::string_view name = std::string_view(g).substr(0, g.find('='));
    if (g.find('=') == g.npos || !std::ranges::count(emulated, name, &Emulated::name)) {
      std::string names;
      for (const Emulated& e : emulated) names += text(names.empty() ? "" : ", ", e.name);
      fail(ErrorCode::value, runners_op, "--runner ", g, ": expected PROCESSOR=PATH, with one of ",
           names.empty() ? "none" : names);
    }
  }
}

Runner emulated_runner(const Emulated& processor, const std::vector<std::string>& given) {
  Runner runner{.name = std::string(processor.name), .has_fma = processor.has_fma};
  const std::string file = "verify_runner-" + runner.name;
  const fs::path folder = this_program().parent_path();
  std::optional<fs::path> program = given_for(processor.name, given);
  for (const fs::path& place : {folder / file, folder.parent_path() / "libexec/tandem" / file})
    if (!program && is_program(place)) program = place;
  std::optional<fs::path> qemu = find_program("qemu-" + runner.name + "-static");
  if (!qemu) qemu = find_program("qemu-" + runner.name);
  if (!program)
    runner.missing = "no runner for it; scripts/build_verify_runner.sh builds " + file;
  else if (!qemu)
    runner.missing =
        "qemu-" + runner.name + "-static is not in PATH; Debian's qemu-user-static " + "has it";
  else
    runner.command = {qemu->string(), program->string()};
  return runner;
}

}  // namespace

std::vector<Runner> runners(const std::vector<std::string>& given) {
  check(given);
  std::vector<Runner> all;
  for (const std::string& target : cpu::targets())
    if (target != cpu::target())
      all.push_back({.name = target,
                     .has_fma = cpu::has_fma(target),
                     .command = {this_program().string(), "verify", "--values"},
                     .target = target});
  for (const Emulated& processor : emulated) all.push_back(emulated_runner(processor, given));
  return all;
}

void run(const Runner& runner, const std::string& values, const std::string& verify_case) {
  std::vector<std::string> words = runner.command;
  words.insert(words.end(), {values, verify_case});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) fail(ErrorCode::io, runners_op, "cannot start a process for ", runner.name);
  if (child == 0) {
    if (!runner.target.empty()) setenv(cpu::target_variable, runner.target.c_str(), 1);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  std::string command = runner.target.empty() ? "" : text(cpu::target_variable, "=", runner.target);
  for (const std::string& word : runner.command) command += text(command.empty() ? "" : " ", word);
  fail(ErrorCode::unsupported, runners_op, "the programs do not run on ", runner.name, ": ",
       WIFSIGNALED(status) ? text("signal ", WTERMSIG(status))
                           : text("exit status ", WEXITSTATUS(status)),
       " of ", command, "; a runner must be of this Tandem's version");
}

}  // namespace tandem::cli
