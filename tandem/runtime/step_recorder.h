// Keeps the last runs of a program, so that one that went wrong can be run again, op by op.
#pragma once
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"

namespace tandem::runtime {

/// The last steps of a program of a session: what each took in and gave, and the state before the
/// first of them. A program is pure, so that is all its values. Between `steps` and twice as many
/// are kept: the state is copied once in `steps` runs, inputs and outputs in each.
///
///   StepRecorder recorder(session, "train_step", 8);
///   recorder.run(inputs);                                   // in place of session.run
///   if (recorder.is_broken()) recorder.save("steps.tandem");
///
/// While it records, nothing else may change the session's state.
class StepRecorder {
 public:
  /// Errors: code index when there is no such program; code value unless `steps` is positive.
  StepRecorder(Session& session, std::string_view program, int64_t steps = 8);

  std::vector<Tensor> run(std::span<const Tensor> inputs);
  /// Steps taken so far; the first has number 0.
  int64_t count() const { return count_; }
  /// Has a run given a NaN or an infinity, as an output or as a new value of state, where its
  /// inputs and the state had none?
  bool is_broken() const { return broken_; }

  /// Writes a program file: the programs, the state before the first step kept, and as state of its
  /// own "recorded.STEP.NAME" each step's inputs and outputs. Error: code io; code value before the
  /// first run.
  void save(const std::string& path) const;

 private:
  struct Step {
    std::vector<Tensor> inputs, outputs;
  };
  struct Segment {
    int64_t first;
    std::vector<Tensor> state;  // of those that the program updates
    std::vector<Step> steps;
  };

  Session& session_;
  const Program& program_;
  int64_t steps_, count_ = 0;
  bool broken_ = false, was_finite_ = true;
  std::deque<Segment> segments_;  // at most two
};

/// What StepRecorder::save wrote.
struct Recording {
  struct Step {
    NamedTensors inputs, outputs;
  };
  ProgramFile file;  // its state is that before the first step
  std::string program;
  int64_t first_step;
  std::vector<Step> steps;
};
/// Checks all of an untrusted file. Errors: those of load_program(); code format for a file that
/// is no recording or whose steps do not fit its program.
Recording load_recording(const std::string& path);

}  // namespace tandem::runtime
