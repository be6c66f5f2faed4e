#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable pools([] {
  const Tensor x = values({1, 2, 3, 4, 3}), line = values({1, 2, 7});
  const Attributes window = {
      {"kernel_size", Dims{2}}, {"stride", Dims{2, 1, 2}}, {"padding", Dims{1}}};
  const auto with = [&](std::pair<std::string_view, AttributeValue> more) {
    Attributes a = window;
    a.push_back(more);
    return a;
  };
  return std::vector<Sample>{
      {"max_pool1d_with_indices", {line}, {{"kernel_size", Dims{3}}, {"stride", Dims{2}}}},
      {"max_pool3d", {x}, window},
      {"max_pool3d", {cast(x * 5, int64)}, {{"kernel_size", Dims{2}}}},
      {"max_pool3d_with_indices", {x}, with({"ceil_mode", true})},
      {"avg_pool3d", {x}, window},
      {"avg_pool3d", {x}, with({"count_include_pad", false})},
      {"avg_pool3d", {x}, with({"ceil_mode", true})},
      {"avg_pool3d", {x}, with({"divisor_override", 3})},
      {.op = "avg_pool3d", .operands = {line}, .attributes = window, .error = "[N, C, D, H, W]"},
      {"adaptive_avg_pool3d", {x}, {{"output_size", Dims{2, 3, -1}}}},
      {"adaptive_max_pool3d", {x}, {{"output_size", Dims{2, 3, 1}}}},
      {"adaptive_max_pool3d_with_indices", {x}, {{"output_size", Dims{2}}}},
      {"max_unpool",
       {values({1, 2, 2}), integers({0, 3, 1, 4}, {1, 2, 2})},
       {{"kernel_size", Dims{3}}}},
      {"max_unpool",
       {values({1, 1, 1, 2}), integers({1, 6}, {1, 1, 1, 2})},
       {{"kernel_size", Dims{2, 2}}, {"output_size", Dims{2, 4}}}},
      {.op = "max_unpool",
       .operands = {line, integers({1})},
       .attributes = {{"kernel_size", Dims{2}}},
       .error = "expected indices"},
  };
});

const SampleTable convolutions([] {
  const Tensor x = values({1, 2, 3, 4, 3}), w = values({4, 1, 2, 2, 1}, -1, 1, 1),
               b = values({4}, -1, 1, 2), back = values({2, 2, 2, 1, 2}, -1, 1, 3);
  std::vector<Sample> all = {
      {"conv3d", {x, w, b}, {{"groups", 2}, {"stride", Dims{2, 1, 1}}, {"padding", Dims{1}}}},
      {"conv3d", {x, values({1, 2, 2, 2, 2}), Tensor()}, {{"dilation", Dims{2, 1, 1}}}},
      {"conv3d",
       {integers({1, 2, 3, 4}, {1, 1, 2, 2, 1}), integers({1, -1}, {1, 1, 2, 1, 1}), Tensor()}},
      {.op = "conv3d",
       .operands = {x, values({1, 2, 4, 1, 1}), Tensor()},
       .error = "the kernel is larger"},
      {"conv_transpose3d",
       {x, back, values({2}, -1, 1, 4)},
       {{"stride", Dims{2, 1, 2}}, {"output_padding", Dims{1, 0, 0}}, {"padding", Dims{1, 0, 0}}}},
  };
  for (Sample& s : all) s.tolerance = 1e-12;  // kernels choose their order by layout
  return all;
});

}  // namespace
}  // namespace tandem
