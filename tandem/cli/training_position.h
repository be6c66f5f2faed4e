// How far a training run is, and the checkpoint it goes on from.
#pragma once
#include <cstdio>

#include "tandem/cli/averages.h"
#include "tandem/cli/commands.h"
#include "tandem/data/data_loader.h"
#include "tandem/runtime/train_state.h"

namespace tandem::cli {

/// Counts epochs and steps, and keeps all that the run needs to go on: what is in `state`, which
/// the caller adds the model and its optimizer to, and the position itself.
class TrainingPosition {
 public:
  TrainingPosition(const TrainingOptions& options, DataLoader& loader);
  TrainingPosition(const TrainingPosition&) = delete;

  TrainState state;
  int64_t epoch = 1, step = 0;  // steps taken, over all epochs
  Averages averages;            // of the epoch so far

  /// Goes on from the checkpoint where that is asked for and there is one, and says so on `out`.
  void resume(std::FILE* out);
  /// To be called after each step, and when an epoch is over; writes the checkpoint when it is due.
  void step_done();
  void epoch_done();

 private:
  const TrainingOptions& options_;
  DataLoader& loader_;
};

}  // namespace tandem::cli
