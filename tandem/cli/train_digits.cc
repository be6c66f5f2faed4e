#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tandem/base/thread_pool.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/digit_net.h"
#include "tandem/cli/digit_programs.h"
#include "tandem/cli/fetch_progress.h"
#include "tandem/cli/progress.h"
#include "tandem/cli/training_position.h"
#include "tandem/data/data_loader.h"
#include "tandem/data/image_dataset.h"
#include "tandem/io/tensor_files.h"
#include "tandem/ops/generator.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/optim/optimizer_tensors.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The rest of an epoch; shows how it goes on `out`.
void train_epoch(DigitNet& net, optim::Optimizer& optimizer, optim::LRScheduler& scheduler,
                 DataLoader& loader, TrainingPosition& position, ScheduleTaken& taken,
                 std::FILE* out, const std::string& label) {
  Averages& averages = position.averages;
  Progress progress(out, label, "images", loader.dataset().size());
  net.train();
  for (const Batch& batch : loader) {
    const Tensor &images = batch[0], &digits = batch[1];
    taken.add(optimizer);
    optimizer.zero_grad();
    const Tensor scores = net(images);
    const Tensor loss = cross_entropy(scores, digits);
    loss.backward();
    optimizer.step();
    scheduler.step();

    const NoGrad off;
    averages.add(loss.item(), count_right(scores, digits), digits.size(0));
    progress.update(averages.images, averages.values());
    position.step_done();
  }
  progress.finish();
}

/// digits.safetensors -> digits.tandem
std::string program_path_of(const std::string& weights) {
  constexpr std::string_view ending = ".safetensors";
  return (weights.ends_with(ending) ? weights.substr(0, weights.size() - ending.size()) : weights) +
         ".tandem";
}

/// What the programs are and how much memory they take, known before they run.
void show_memory(const ProgramFile& file, const std::string& path, int64_t batch_size) {
  const runtime::Session session(file.programs, file.state);
  fmt::print("\nThe same net as programs, predict and train_step, is in {}:\n", path);
  const Type image{DType::u8, {1, 28, 28}};
  const Type batch[] = {{DType::f32, {batch_size, 1, 28, 28}}, {DType::i64, {batch_size}}};
  for (const auto& [what, forecast] :
       {std::pair("predict, one image", session.forecast("predict", {&image, 1})),
        std::pair("train_step, a batch", session.forecast("train_step", batch))})
    fmt::print("  {:<20} needs {:>9} for what it computes, {:>9} with weights and inputs\n", what,
               runtime::readable_bytes(forecast.arena), runtime::readable_bytes(forecast.total()));
}

}  // namespace

void train_digits(const TrainDigitsOptions& options) {
  // With --json the progress goes where it does not disturb.
  std::FILE* out = options.json ? stderr : stdout;
  const Digits digits = find_digits({.download = true, .progress = fetch_progress()});
  std::shared_ptr<const Dataset> data = digits.train;
  if (options.limit > 0 && options.limit < data->size())
    data = std::make_shared<Subset>(data, SequentialSampler(options.limit).sample());
  fmt::print(out, "{}\n{} images to train on, {} to test on; {} thread{}\n", digits.summary,
             grouped(data->size()), grouped(digits.test->size()), num_threads(),
             num_threads() == 1 ? "" : "s");

  manual_seed(options.seed);
  DigitNet net;
  DataLoader loader(data, {.batch_size = options.batch_size, .shuffle = true});
  optim::Adam optimizer(net.parameters(), {.lr = options.learning_rate});
  optim::OneCycleLR scheduler(optimizer, options.learning_rate, options.epochs * loader.size());
  ScheduleTaken taken;  // for the programs

  TrainingPosition position(options, loader);
  position.state.expect("epochs", options.epochs);  // which the schedule spans
  position.state.add("model", net.named_state());
  position.state.add(
      "optimizer", [&] { return optim::to_tensors(optimizer.state_dict()); },
      [&](const NamedTensors& saved) { optimizer.load_state_dict(optim::optimizer_state(saved)); });
  position.state.add(
      "scheduler", [&] { return scheduler.state_dict(); },
      [&](const NamedTensors& saved) { scheduler.load_state_dict(saved); });
  for (const auto& [name, numbers] :
       {std::pair("rates", &taken.rates), std::pair("momenta", &taken.momenta)})
    position.state.add(
        name,
        [numbers] { return NamedTensors{{"", from_data(*numbers, {int64_t(numbers->size())})}}; },
        [numbers](const NamedTensors& saved) { *numbers = saved[""].to_vector<double>(); });
  position.resume(out);

  const auto start = std::chrono::steady_clock::now();
  while (position.epoch <= options.epochs) {
    train_epoch(net, optimizer, scheduler, loader, position, taken, out,
                fmt::format("Epoch {}/{}", position.epoch, options.epochs));
    const Averages& averages = position.averages;
    if (options.json)
      fmt::print("{}\n", Json{{"epoch", position.epoch},
                              {"loss", averages.mean_loss()},
                              {"accuracy", averages.accuracy()}}
                             .dump());
    std::fflush(stdout);
    position.epoch_done();
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double accuracy = accuracy_of(net, digits.test);

  const bool drawn = digits.origin == DataOrigin::missing;
  save_safetensors(options.output, net.state_dict(),
                   {{"tandem.model", "digits"},
                    {"tandem.data", drawn ? "drawn digits" : "MNIST"},
                    {"tandem.test_accuracy", fmt::format("{:.4f}", accuracy)}});
  ProgramFile file = digit_programs(net, optimizer, taken);
  file.metadata = {{"data", drawn ? "drawn digits" : "MNIST"},
                   {"test_accuracy", fmt::format("{:.4f}", accuracy)}};
  const std::string program_path = program_path_of(options.output);
  save_program(program_path, file);
  if (options.json) {
    fmt::print("{}\n", Json{{"test_accuracy", accuracy},
                            {"seconds", seconds},
                            {"data", drawn ? "drawn digits" : "MNIST"},
                            {"weights", options.output},
                            {"program", program_path}}
                           .dump());
    return;
  }
  fmt::print("Test accuracy {:.2f} % after {:.1f} s of training; weights saved as {}\n",
             100 * accuracy, seconds, options.output);
  show_memory(file, program_path, options.batch_size);
}

}  // namespace tandem::cli
