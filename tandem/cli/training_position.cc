#include "tandem/cli/training_position.h"

#include <filesystem>

#include "tandem/ops/generator.h"

namespace tandem::cli {

TrainingPosition::TrainingPosition(const TrainingOptions& options, DataLoader& loader)
    : options_(options), loader_(loader) {
  state.expect("batch-size", double(options.batch_size));
  state.expect("images", double(loader.dataset().size()));
  state.expect("lr", options.learning_rate);
  state.expect("seed", double(options.seed));
  state.add("epoch", epoch);
  state.add("step", step);
  state.add("epoch-loss", averages.loss);
  state.add("epoch-right", averages.right);
  state.add("epoch-images", averages.images);
  state.add("generator", default_generator());
  state.add(
      "loader", [&loader] { return loader.state_dict(); },
      [&loader](const NamedTensors& saved) { loader.load_state_dict(saved); });
}

void TrainingPosition::resume(std::FILE* out) {
  if (!options_.resume || !std::filesystem::exists(options_.checkpoint)) return;
  state.load(options_.checkpoint);
  fmt::print(out, "Training goes on from {}: epoch {}, step {}\n", options_.checkpoint, epoch,
             grouped(step));
}

void TrainingPosition::step_done() {
  ++step;
  // An epoch's last step belongs to the next one's beginning: epoch_done() writes that.
  const bool due = options_.checkpoint_every > 0 && step % options_.checkpoint_every == 0;
  if (due && step % loader_.size() != 0) state.save(options_.checkpoint);
}

void TrainingPosition::epoch_done() {
  ++epoch;
  averages = {};
  if (!options_.checkpoint.empty()) state.save(options_.checkpoint);
}

}  // namespace tandem::cli
