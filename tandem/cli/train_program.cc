// Training goes on from a program file: what runs is the file's train_step. Nothing here knows of
// modules, gradients or optimizers.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/fetch_progress.h"
#include "tandem/cli/progress.h"
#include "tandem/cli/training_position.h"
#include "tandem/data/data_loader.h"
#include "tandem/data/image_dataset.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/optim/adam.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/runtime/step_recorder.h"

namespace tandem::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view train_program_op = "train";

/// The part of the test images that the file's predict program takes for the right digit.
double accuracy_of(runtime::Session& session, const ImageDataset& data) {
  int64_t right = 0;
  constexpr int64_t chunk = 500;
  for (int64_t at = 0; at < data.size(); at += chunk) {
    const int64_t end = std::min(at + chunk, data.size());
    const Tensor image = slice(data.data(), 0, at, end), label = slice(data.targets(), 0, at, end);
    const Tensor in[] = {image};
    const Tensor probs = session.run("predict", in)[0];
    right += sum(argmax(probs, 1) == label).item<int64_t>();
  }
  return double(right) / double(data.size());
}

}  // namespace

void train_program(const TrainProgramOptions& options) {
  std::FILE* out = options.json ? stderr : stdout;
  ProgramFile file = load_program(options.path);
  for (const char* name : {"train_step", "predict"})
    if (!file.programs.find(name))
      fail(ErrorCode::value, train_program_op, "'", options.path, "' has no program '", name,
           "'; a file from `tandem train digits` has");
  Tensor rates, momenta, steps;
  for (const auto& [name, t] : file.state) {
    if (name == "schedule.lr") rates = t;
    if (name == "schedule.momentum") momenta = t;
    if (name == "schedule.step") steps = t;
  }
  if (!rates || !steps)
    fail(ErrorCode::value, train_program_op, "'", options.path,
         "' keeps no schedule of learning rates; a file from `tandem train digits` does. `tandem "
         "run ",
         options.path, " --program train_step --save FILE` takes one step of any program");
  rates.fill_(options.learning_rate);
  if (momenta) momenta.fill_(optim::AdamOptions().betas.first);
  steps.zero_();

  const Digits digits = find_digits({.download = true, .progress = fetch_progress()});
  std::shared_ptr<const Dataset> data = digits.train;
  if (options.limit > 0 && options.limit < data->size())
    data = std::make_shared<Subset>(data, SequentialSampler(options.limit).sample());
  manual_seed(options.seed);
  DataLoader loader(data, {.batch_size = options.batch_size, .shuffle = true});
  runtime::Session session(file.programs, file.state);
  const double before = accuracy_of(session, *digits.test);
  fmt::print(out, "{}\nTraining goes on from {}: {:.2f} % right before\n", digits.summary,
             options.path, 100 * before);

  TrainingPosition position(options, loader);
  position.state.add(
      "state", [&] { return session.state(); },
      [&](const NamedTensors& saved) { session.set_state(saved); });
  position.resume(out);
  std::optional<runtime::StepRecorder> recorder;
  if (!options.record.empty()) recorder.emplace(session, "train_step");

  const auto start = std::chrono::steady_clock::now();
  while (position.epoch <= options.epochs) {
    Averages& averages = position.averages;
    Progress progress(out, fmt::format("Epoch {}/{}", position.epoch, options.epochs), "images",
                      loader.dataset().size());
    for (const Batch& batch : loader) {
      const std::vector<Tensor> results =
          recorder ? recorder->run(batch) : session.run("train_step", std::span(batch));
      if (recorder && recorder->is_broken()) {
        recorder->save(options.record);
        fail(ErrorCode::value, train_program_op, "step ", position.step,
             " gave a NaN or an infinity; the steps up to it are in '", options.record,
             "': tandem replay ", options.record);
      }
      averages.add(results[0].item(), results[1].item<int64_t>(), batch[1].size(0));
      progress.update(averages.images, averages.values());
      position.step_done();
    }
    progress.finish();
    if (options.json)
      fmt::print("{}\n", Json{{"epoch", position.epoch},
                              {"loss", averages.mean_loss()},
                              {"accuracy", averages.accuracy()}}
                             .dump());
    position.epoch_done();
  }
  if (recorder && recorder->count()) recorder->save(options.record);
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double after = accuracy_of(session, *digits.test);
  file.state = session.state();
  const std::string& saved = options.output.empty() ? options.path : options.output;
  save_program(saved, file);
  if (options.json)
    fmt::print("{}\n", Json{{"test_accuracy_before", before},
                            {"test_accuracy", after},
                            {"seconds", seconds},
                            {"program", saved}}
                           .dump());
  else
    fmt::print("Test accuracy {:.2f} %, before {:.2f} %, after {:.1f} s; saved as {}\n",
               100 * after, 100 * before, seconds, saved);
}

}  // namespace tandem::cli
