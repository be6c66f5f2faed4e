// What every command has: examples, --json.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace tandem::cli {

/// What CLI::PositiveNumber checks, but for its message, which spells the largest double.
inline const CLI::Validator above_zero(
    [](const std::string& argument) {
      double number = 0;
      return CLI::detail::lexical_cast(argument, number) && number > 0
                 ? std::string()
                 : "expected a number above 0, got " + argument;
    },
    "POSITIVE");

inline CLI::App* add_command(CLI::App& parent, const std::string& name, const std::string& about,
                             const std::string& examples, bool& json, std::function<void()> run) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->footer("\nExamples:\n" + examples);
  command->add_flag("--json", json, "Print JSON, an object a line");
  command->callback(std::move(run));
  return command;
}

}  // namespace tandem::cli
