// Does a program give the same numbers however it is run?
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tandem/runtime/program_values.h"

namespace tandem {

/// One way of running a program, against the eager calls of its ops.
struct Verdict {
  std::string program;
  std::string how;  // "compiled, 2 threads", "eager, sse4", "eager, aarch64"
  bool promised_bits = true;
  bool passed = true;
  uint64_t ulps = 0;    // the most of all outputs and updates
  double relative = 0;  // their largest difference, as a part of the largest value
  std::string worst;    // which of them has it: "update @fc.weight"
  /// Of what did not pass: the first value that differs, its op, line and operands (whose bits are
  /// the same where bits are promised), the worst element.
  std::string first_difference;

  void fail(std::string why) {
    passed = false;
    first_difference = std::move(why);
  }
};

struct VerifyOptions {
  /// Inputs by name; those that are missing are drawn: floating numbers from N(0, 1), uint8 from
  /// all, other integers from {0, 1}, which are labels and tokens of any model.
  NamedTensors inputs;
  int64_t size = 3;  // of the first symbolic dim; each further one is larger by 1
  uint64_t seed = 0;
  int max_threads = 0;  // 0: as many as the pool has
};

/// Inputs for a program, as VerifyOptions says.
NamedTensors example_inputs(const Program& program, const VerifyOptions& options);
/// What a plan gives: every value is kept for it, so fewer buffers are shared than in a plain run,
/// whose results these are. `pack_weights`: as of runtime::SessionOptions.
ProgramValues compiled_values(const Program& program, const NamedTensors& inputs,
                              const NamedTensors& state, bool pack_weights = false);
/// `how` says where `actual` is from, whose bits must all be those of `expected`.
Verdict judge_bits(const Program& program, std::string how, const ProgramValues& expected,
                   const ProgramValues& actual);
/// Where bits are not promised. What each op gave there must be what it gives here for the operands
/// that it had there, within `tolerance` as a part of the largest value, or else within what a last
/// bit of its operands changes: a sum that cancels is nothing but rounding. Results are not judged,
/// for programs may make much of little: the first step of Adam makes a gradient of 1e-12 a step of
/// the whole learning rate.
Verdict judge_ops(const Program& program, std::string how, const NamedTensors& inputs,
                  const NamedTensors& state, const ProgramValues& expected,
                  const ProgramValues& actual, double tolerance);

/// Each program eagerly and compiled, with 1 to max_threads threads, and with its weights packed.
/// State is not changed.
std::vector<Verdict> verify(const ProgramSet& programs, const NamedTensors& state,
                            const VerifyOptions& options = {});

}  // namespace tandem
