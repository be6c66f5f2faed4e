// Commands for program files. As those of commands.h.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "tandem/cli/commands.h"

namespace CLI {
class App;
}

namespace tandem::cli {

/// Declares the commands below and their options.
void add_program_commands(CLI::App& app, bool& json);

/// Of a program file: programs with what they take and give, state, assets, who signed it.
void info_program(const InfoOptions& options);

struct DiffOptions {
  std::string a, b;
  bool locations = false;  // source lines count as differences
  bool exit_code = false;
  bool json = false;
};
/// How two program files, or two files of tensors, differ: programs line by line, tensors by their
/// largest differences. True where they do not.
bool diff(const DiffOptions& options);

struct EditOptions {
  std::string path;
  bool print = false;
  std::string apply;   // a file of text, "-" for standard input; empty: an editor
  std::string output;  // empty: the file itself
  bool json = false;
};
/// Takes the programs of a file through an editor, or prints or replaces them.
void edit(const EditOptions& options);

struct ExtractOptions {
  std::string path;
  std::vector<std::string> programs;  // names
  std::string output;
  bool json = false;
};
/// A file of some of a file's programs, with the state that those name: what is shipped.
void extract(const ExtractOptions& options);

struct OpsOptions {
  std::vector<std::string> paths;
  std::vector<std::string> programs;  // names, in each file; empty: all
  bool json = false;
};
/// The ops that the runtime needs for program files, a line each. Error: code unsupported for an
/// op that it has no kernel for.
void ops(const OpsOptions& options);

struct KeygenOptions {
  std::string prefix;
  bool json = false;
};
/// Makes PREFIX.private.pem and PREFIX.public.pem.
void keygen(const KeygenOptions& options);

struct SignOptions {
  std::string path, key;
  bool json = false;
};
void sign(const SignOptions& options);
void verify_signature(const SignOptions& options);

struct RunOptions {
  std::string path, program;
  std::vector<std::string> inputs;   // NAME=FILE.npy, or FILE.npy where there is one input
  std::vector<std::string> outputs;  // the same
  std::string save;                  // where the file with its new state goes
  bool json = false;
};
/// Runs a program of a file once.
void run(const RunOptions& options);

struct RecordOptions {
  std::string path, program;
  std::vector<std::string> inputs;  // as of run
  int64_t steps = 1, keep = 8;
  std::string output;
  bool json = false;
};
/// Runs a program again and again on one set of inputs, and keeps the last steps in a file. Stops
/// at the first step that gives a NaN or an infinity.
void record(const RecordOptions& options);

struct ReplayOptions {
  std::string path;
  int64_t step = -1;  // to be run op by op; -1: the first that gives a NaN or an infinity
  bool json = false;
};
/// Runs recorded steps again, compares them with what was recorded, and names the first op that
/// gave a NaN or an infinity. False when a step gives other bits than were recorded.
bool replay(const ReplayOptions& options);

struct PlanOptions {
  std::string path, program;
  std::vector<std::string> sizes;  // "b=1"
  std::string budget;              // "512MB"; of forecast
  int most = 10;                   // rows of forecast's tables
  bool pack_weights = false;       // as a session for inference
  bool json = false;
};
/// The flat list of kernel calls and the memory of each, for one set of sizes.
void plan(const PlanOptions& options);
/// How much memory a program takes, before anything runs. Error: code value above the budget,
/// naming what is large.
void forecast(const PlanOptions& options);

struct PassesOptions {
  std::string path, program;       // a program file, or the text of programs
  std::vector<std::string> sizes;  // "b=1": the program as it is planned for them
  std::string budget;              // "512MB"; of values at once
  bool print_after_all = false;
  bool json = false;
};
/// Optimizes programs and prints them; with print_after_all, what each pass changed.
void passes(const PassesOptions& options);

struct VerifyProgramOptions {
  std::string path;
  int64_t size = 3;  // of the first symbolic dim
  uint64_t seed = 0;
  double tolerance = 1e-3;
  std::vector<std::string> runners;  // "aarch64=PATH"
  std::string values;  // where this process's values of the case `path` go, for one that compares
  bool json = false;
};
/// Runs every program eagerly and compiled, with each number of threads, on each target of this
/// machine and on other processors under qemu, and compares. False when something differs that must
/// not.
bool verify_program(const VerifyProgramOptions& options);

}  // namespace tandem::cli
