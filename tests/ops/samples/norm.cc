#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable norm_samples([] {
  const Tensor x = values({2, 3, 2, 2}), g = values({2, 3, 2, 2}, -1, 1, 1);
  const Tensor w = values({3}, 0.5, 1.5, 2), b = values({3}, -1, 1, 3), none;
  const Tensor mean = values({3}, -0.5, 0.5, 4), variance = values({3}, 0.5, 2, 5);
  const Tensor m = values({2, 3}, -1, 1, 6), r = values({2, 3}, 0.5, 2, 7);
  const Tensor row_mean = unsqueeze(unsqueeze(m, -1), -1), rstd = unsqueeze(unsqueeze(r, -1), -1);
  const Tensor plane = values({2, 2}, 0.5, 1.5, 8), shift = values({2, 2}, -1, 1, 9);
  const Attributes last = {{"normalized_shape", Dims{2, 2}}};
  const Tensor half = cast(x, float16);
  constexpr double close = 1e-11;  // kernels choose their order by layout
  const Tensor image = values({2, 4, 2, 3}), each = values({4}, 0.5, 1.5, 2);
  const Tensor shifts = values({4}, -1, 1, 3);
  const Attributes pairs = {{"num_groups", 2}};
  std::vector<Sample> all = {
      {"batch_norm", {x, mean, variance, w, b}},
      {"batch_norm", {x, none, none, w, none}, {{"training", true}}},
      {"batch_norm", {values({4, 3}), mean, variance, none, none}},
      {"batch_norm", {half, cast(mean, float32), cast(variance, float32), none, none}},
      {.op = "batch_norm",
       .operands = {values({1, 3}), none, none, none, none},
       .attributes = {{"training", true}},
       .error = "more than 1 value per channel"},
      {"batch_norm_train", {x, w, b}},
      {"batch_norm_train", {values({3, 2, 4}), none, none}},
      {"batch_norm_train", {cast(x, float32), none, none}},
      {"batch_norm_backward", {g, x, mean, variance, w}},
      {"batch_norm_backward", {g, x, mean, variance, none}},
      {"layer_norm", {x, plane, shift}, last},
      {"layer_norm", {half, none, none}, last},
      {.op = "layer_norm",
       .operands = {x, none, none},
       .attributes = {{"normalized_shape", Dims{3}}},
       .error = "must be normalized_shape=[3]"},
      {"native_layer_norm", {x, plane, shift}, last},
      {"native_layer_norm", {values({3, 5}), none, none}, {{"normalized_shape", Dims{5}}}},
      {"native_layer_norm_backward", {g, x, row_mean, rstd, plane}, last},
      {"rms_norm", {x, plane}, last},
      {"rms_norm", {x, none}, {{"normalized_shape", Dims{2}}, {"eps", 1e-3}}},
      {"native_rms_norm", {x, plane}, last},
      {"native_rms_norm_backward", {g, x, rstd, plane}, last},
      {"group_norm", {image, each, shifts}, pairs},
      {"group_norm", {cast(image, float16), none, none}, pairs},
      {"group_norm", {full({2, 4, 0}, 0, float64), none, none}, pairs},
      {.op = "group_norm",
       .operands = {image, none, none},
       .attributes = {{"num_groups", 3}},
       .error = "divide the 4 channels"},
      {"native_group_norm", {image, each, shifts}, pairs},
      {"native_group_norm", {values({3, 4}), each, none}, {{"num_groups", 1}, {"eps", 1e-3}}},
      {"native_group_norm", {values({2, 2, 2, 1, 3}), none, none}, pairs},
      {"native_group_norm", {cast(image, float32), none, cast(shifts, float32)}, pairs},
      {"native_group_norm_backward",
       {values({2, 4, 2, 3}, -1, 1, 4), image, values({2, 2}, -1, 1, 5),
        values({2, 2}, 0.5, 1.5, 6), each},
       pairs},
      {"instance_norm", {x, none, none, w, b}},
      {"instance_norm", {x, mean, variance, w, none}, {{"use_input_stats", false}}},
      {"local_response_norm", {values({2, 5, 3})}, {{"size", 4}, {"alpha", 0.5}}},
      {"local_response_norm", {values({1, 2, 3})}, {{"size", 7}, {"k", 0.5}}},
      {.op = "local_response_norm",
       .operands = {values({2, 3})},
       .attributes = {{"size", 2}},
       .error = "3 dims or more"},
      {"normalize", {values({2, 3})}},
      {"normalize", {values({2, 3})}, {{"p", 1.0}, {"dim", Dims{0}}}},
  };
  for (Sample& s : all)
    s.tolerance = s.operands[0].dtype() == float64   ? close
                  : s.operands[0].dtype() == float32 ? 1e-5
                                                     : 1e-2;
  return all;
});

}  // namespace
}  // namespace tandem
