#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable conv_samples([] {
  const Tensor x = values({2, 4, 5, 4}), w = values({4, 2, 3, 2}, -1, 1, 1);
  const Tensor b = values({4}, -1, 1, 2), y = values({2, 4, 3, 5}, -1, 1, 3);
  const Tensor line = values({2, 2, 6}), taps = values({3, 2, 3}, -1, 1, 1);
  const Attributes all = {{"stride", Dims{2, 1}}, {"padding", Dims{1, 1}}, {"groups", 2}};
  const auto with = [&](std::pair<std::string_view, AttributeValue> more) {
    Attributes a = all;
    a.push_back(more);
    return a;
  };
  constexpr double close = 1e-12, close32 = 1e-5;  // kernels choose their order by layout
  std::vector<Sample> samples = {
      {"conv2d", {x, w, b}, all},
      {"conv2d",
       {values({1, 2, 4, 4}), values({2, 2, 2, 2}, -1, 1, 1), Tensor()},
       {{"dilation", Dims{2, 2}}}},
      {"conv2d", {cast(x, bfloat16), cast(w, bfloat16), Tensor()}, {{"groups", 2}}},
      {"conv2d",
       {integers({1, -2, 3, 4, 5, -6, 7, 8, 9}, {1, 1, 3, 3}),
        integers({2, -1, 0, 3}, {1, 1, 2, 2}), integers({5})}},
      {"conv_transpose2d",
       {integers({1, -2, 3, 4}, {1, 1, 2, 2}), integers({2, -1, 0, 3}, {1, 1, 2, 2}), Tensor()},
       {{"stride", Dims{2, 2}}}},
      {"conv2d_weight_grad",
       {integers({1, -2, 3, 4}, {1, 1, 2, 2}), integers({1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 1, 3, 3})},
       {{"kernel_size", Dims{2, 2}}}},
      {.op = "conv2d",
       .operands = {values({1, 1, 8, 8}), values({8, 3, 3, 3}), Tensor()},
       .error = "input has 1 channel, the layer has in_channels=3"},
      {.op = "conv2d",
       .operands = {values({1, 2, 2, 2}), values({1, 2, 3, 3}), Tensor()},
       .error = "the kernel is larger than the padded input"},
      {"conv2d_input_grad", {y, w}, with({"input_size", Dims{5, 4}})},
      {"conv2d_weight_grad", {y, x}, with({"kernel_size", Dims{3, 2}})},
      {"conv_transpose2d", {values({1, 4, 3, 2}), w, b}, with({"output_padding", Dims{1, 0}})},
      {"conv1d", {line, taps, values({3}, -1, 1, 2)}, {{"padding", Dims{1}}, {"stride", Dims{2}}}},
      {"conv_transpose1d", {values({1, 3, 4}), taps, Tensor()}, {{"stride", Dims{2}}}},
  };
  for (Sample& s : samples) s.tolerance = s.operands[0].dtype() == float64 ? close : close32;
  return samples;
});

}  // namespace
}  // namespace tandem
