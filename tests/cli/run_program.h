// Runs the `tandem` program as a user does.
#pragma once
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

namespace tandem {

struct Outcome {
  int code;
  std::string output;  // standard output and standard error
};
/// `before` stands before the command: "EDITOR=ed ".
inline Outcome run(const std::string& arguments, const std::string& before = "") {
  const std::string command = before + TANDEM_PROGRAM " " + arguments + " 2>&1";
  std::FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome{};
  std::array<char, 4096> piece;
  while (const size_t n = std::fread(piece.data(), 1, piece.size(), pipe))
    outcome.output.append(piece.data(), n);
  outcome.code = WEXITSTATUS(pclose(pipe));
  return outcome;
}

}  // namespace tandem
