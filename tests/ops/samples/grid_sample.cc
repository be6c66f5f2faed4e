#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable grid_sample_samples([] {
  const Tensor image = values({1, 2, 4, 3}), volume = values({1, 1, 3, 2, 3});
  const Tensor grid = values({1, 2, 3, 2}, -1.3, 1.3, 5),
               places = values({1, 1, 2, 2, 3}, -0.9, 0.9, 6);
  const Tensor theta = values({1, 2, 3});
  std::vector<Sample> all = {
      {"grid_sample", {volume, places}},
      {"grid_sample", {volume, places}, {{"mode", "nearest"}, {"align_corners", true}}},
      {.op = "grid_sample",
       .operands = {image, grid},
       .attributes = {{"mode", "linear"}},
       .error = "mode must be"},
      {.op = "grid_sample", .operands = {image, places}, .error = "expected input [N, C, H, W]"},
      {"grid_sampler_2d",
       {image, grid},
       {{"interpolation_mode", 0}, {"padding_mode", 1}, {"align_corners", true}}},
      {"affine_grid", {theta}, {{"size", Dims{1, 1, 2, 3}}}},
      {"affine_grid",
       {values({1, 3, 4})},
       {{"size", Dims{1, 1, 2, 3, 2}}, {"align_corners", true}}},
      {.op = "affine_grid",
       .operands = {theta},
       .attributes = {{"size", Dims{2, 1, 2, 3}}},
       .error = "expected theta"},
  };
  for (const char* mode : {"bilinear", "nearest", "bicubic"})
    for (const char* padding : {"zeros", "border", "reflection"})
      for (bool corners : {false, true})
        all.push_back({"grid_sample",
                       {image, grid},
                       {{"mode", mode}, {"padding_mode", padding}, {"align_corners", corners}}});
  return all;
});

const SampleTable windows([] {
  std::vector<Sample> all;
  for (const char* op :
       {"hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window"}) {
    all.push_back({op, {}, {{"window_length", 6}}});
    all.push_back({op, {}, {{"window_length", 5}, {"periodic", false}, {"dtype", float64}}});
    all.push_back({op, {}, {{"window_length", 1}}});
  }
  for (const char* op :
       {"signal_windows_bartlett", "signal_windows_blackman", "signal_windows_cosine",
        "signal_windows_exponential", "signal_windows_gaussian", "signal_windows_general_hamming",
        "signal_windows_hamming", "signal_windows_hann", "signal_windows_kaiser",
        "signal_windows_nuttall"}) {
    all.push_back({op, {}, {{"M", 5}}});
    all.push_back({op, {}, {{"M", 4}, {"sym", false}}});
  }
  all.push_back({.op = "hann_window", .attributes = {{"window_length", -1}}, .error = "0 or more"});
  return all;
});

}  // namespace
}  // namespace tandem
