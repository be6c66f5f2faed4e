#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "tandem/base/error.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/digit_net.h"
#include "tandem/cli/terminal_image.h"
#include "tandem/data/image_dataset.h"
#include "tandem/data/sampler.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr int side = 28;

/// What there is to show: images, and where it is known what they are.
struct Gallery {
  std::shared_ptr<ImageDataset> images;
  bool labelled = false;
  std::string summary;
};

/// uint8 [n, 28, 28] or [28, 28] from a file.
Gallery read_images(const std::string& path) {
  Tensor data = path.ends_with(".npy") ? load_npy(path) : load_idx(path);
  if (data.dim() == 2) data = unsqueeze(data, 0);
  if (data.dtype() != DType::u8 || data.dim() != 3 || data.size(1) != side ||
      data.size(2) != side || data.size(0) == 0)
    fail(ErrorCode::shape, "predict", "'", path, "' holds ", data.type(),
         "; expected uint8[n, 28, 28] or uint8[28, 28], bright ink on black");
  return {std::make_shared<ImageDataset>(contiguous(data), full({data.size(0)}, 0, DType::i64)),
          false, path};
}

struct Guess {
  int64_t index, digit;
  double confidence;
  std::optional<int64_t> truth;
};

std::string caption(const Guess& guess) {
  const bool wrong = guess.truth && *guess.truth != guess.digit;
  return fmt::format("{}  {:.1f} %{}", guess.digit, 100 * guess.confidence,
                     wrong ? fmt::format("  (a {})", *guess.truth) : "");
}

/// The middle of an image: digits stand there, with a margin all around.
constexpr int margin = 3, middle = side - 2 * margin;
std::vector<uint8_t> middle_of(const uint8_t* image) {
  std::vector<uint8_t> pixels;
  for (int y = margin; y < side - margin; ++y)
    for (int x = margin; x < side - margin; ++x) pixels.push_back(image[y * side + x]);
  return pixels;
}

void show(const Gallery& gallery, const std::vector<Guess>& guesses) {
  std::vector<std::vector<uint8_t>> pixels;
  std::vector<TerminalImage> images;
  for (const Guess& guess : guesses)
    pixels.push_back(middle_of(gallery.images->data().data<uint8_t>() + guess.index * side * side));
  for (size_t i = 0; i < guesses.size(); ++i)
    images.push_back({pixels[i], middle, middle, caption(guesses[i])});
  fmt::print("\n{}",
             draw_images(images, terminal_columns(STDOUT_FILENO), terminal_colour(STDOUT_FILENO)));
  if (!gallery.labelled) return;
  const auto right = std::ranges::count_if(guesses, [](auto& g) { return g.truth == g.digit; });
  fmt::print("\n{} of {} right\n", right, guesses.size());
}

std::string value_of(const Metadata& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata)
    if (name == key) return value;
  return "";
}

bool is_program_file(const std::string& path) { return path.ends_with(".tandem"); }

/// float32[n, 10], by the module with weights from a file.
Tensor chances_by_net(const std::string& path, const Tensor& pixels, std::string& trained_on) {
  DigitNet net;
  Metadata metadata;
  net.load_state_dict(load_safetensors(path, &metadata));
  net.eval();
  trained_on = value_of(metadata, "tandem.data");
  return softmax(net(pixels), 1);
}

/// The same by the file's own program.
Tensor chances_by_program(const std::string& path, const ImageDataset& images,
                          std::span<const int64_t> indices, std::string& trained_on) {
  ProgramFile file = load_program(path);
  const Program* predict = file.programs.find("predict");
  if (!predict || !predict->find(graph::ParameterKind::input, "image"))
    fail(ErrorCode::value, "predict", "'", path,
         "' has no program predict(image) -> (probs), as a ",
         "file from `tandem train digits` has; `tandem run` runs any program");
  trained_on = value_of(file.metadata, "data");
  runtime::Session session(std::move(file.programs), file.state);
  const Tensor chosen =
      index_select(images.data(), 0, from_data(indices, {int64_t(indices.size())}));
  return session.run("predict", {{"image", chosen}})["probs"];
}

}  // namespace

void predict(const PredictOptions& options) {
  if (!file_exists(options.weights))
    fail(ErrorCode::io, "predict", "there is no file '", options.weights,
         "'; train one with: tandem train digits --output ", options.weights);
  Gallery gallery;
  if (options.input.empty()) {
    Digits digits = find_digits({.download = false, .progress = {}});
    const bool drawn = digits.origin == DataOrigin::missing;
    gallery = {digits.test, true, drawn ? "digits that Tandem draws" : digits.summary};
  } else {
    gallery = read_images(options.input);
  }
  const int64_t size = gallery.images->size(), count = std::min<int64_t>(options.count, size);
  std::vector<int64_t> indices = SequentialSampler(count).sample();
  if (options.input.empty()) {
    Generator generator(options.seed);
    indices = random_permutation(size, generator);
    indices.resize(size_t(count));
  }

  const NoGrad off;
  const Batch batch = gallery.images->get_batch(indices);
  std::string trained_on;
  const Tensor chances =
      is_program_file(options.weights)
          ? chances_by_program(options.weights, *gallery.images, indices, trained_on)
          : chances_by_net(options.weights, batch[0], trained_on);
  const auto digits = argmax(chances, 1).to_vector<int64_t>(),
             labels = batch[1].to_vector<int64_t>();
  const auto all = chances.to_vector<double>();
  const size_t classes = size_t(chances.size(1));
  std::vector<Guess> guesses;
  for (size_t i = 0; i < indices.size(); ++i)
    guesses.push_back({indices[i], digits[i], all[i * classes + size_t(digits[i])],
                       gallery.labelled ? std::optional(labels[i]) : std::nullopt});

  if (options.json) {
    using Json = nlohmann::ordered_json;
    for (const Guess& guess : guesses) {
      Json line = {
          {"index", guess.index}, {"digit", guess.digit}, {"confidence", guess.confidence}};
      if (guess.truth) line["label"] = *guess.truth;
      fmt::print("{}\n", line.dump());
    }
    return;
  }
  fmt::print("{} {}", is_program_file(options.weights) ? "Program of" : "Weights from",
             options.weights);
  if (!trained_on.empty()) fmt::print(", trained on {}", trained_on);
  fmt::print("; images: {}\n", gallery.summary);
  show(gallery, guesses);
}

}  // namespace tandem::cli
