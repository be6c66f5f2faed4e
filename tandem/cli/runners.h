// Processes that compute what this one compares: on other SIMD targets of this machine, which are
// chosen when a process starts, and on other processors, under qemu-user.
#pragma once
#include <string>
#include <vector>

namespace tandem::cli {

struct Runner {
  std::string name;                  // "sse4", "aarch64"
  bool has_fma = false;              // gives the bits of every machine with fused multiply-add
  std::vector<std::string> command;  // before the paths of the values and of the case
  std::string target;                // for cpu::target_variable, unless empty
  std::string missing;               // why it cannot run and how to mend it; empty: it can
};

/// The SIMD targets of this machine but the one that this process uses, then the processors that
/// `tandem` knows to emulate. `given`: "aarch64=PATH", where to find the program tools/
/// verify_runner.cc built for it; else it is looked for beside this program and in
/// ../libexec/tandem, as verify_runner-aarch64. Error: code value for a `given` that is none or
/// names a program that is not there.
std::vector<Runner> runners(const std::vector<std::string>& given);

/// Writes the case's values into a file. Error: code unsupported, with the command, when it fails.
void run(const Runner& runner, const std::string& values, const std::string& verify_case);

}  // namespace tandem::cli
