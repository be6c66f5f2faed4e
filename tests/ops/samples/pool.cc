#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable pool_samples([] {
  const Tensor x = values({1, 2, 5, 4}), line = values({2, 2, 7});
  const Tensor g = values({1, 2, 3, 3}, -1, 1, 1);
  const Attributes window = {
      {"kernel_size", Dims{3, 2}}, {"stride", Dims{2, 2}}, {"padding", Dims{1, 1}}};
  const auto with = [&](std::pair<std::string_view, AttributeValue> more) {
    Attributes a = window;
    a.push_back(more);
    return a;
  };
  const Tensor whole = cast(values({1, 2, 5, 4}, -9, 9), int64);
  return std::vector<Sample>{
      {"max_pool2d", {whole}, window},
      {"max_pool2d_with_indices", {whole}, with({"ceil_mode", true})},
      {"avg_pool2d", {whole}, with({"ceil_mode", true})},
      {"avg_pool2d", {whole}, with({"count_include_pad", false})},
      {.op = "max_pool2d",
       .operands = {cast(whole, boolean)},
       .attributes = window,
       .error = "expected a numeric input, got bool"},
      {"max_pool2d", {x}, window},
      {"max_pool2d", {x}, {{"kernel_size", Dims{2, 2}}, {"dilation", Dims{2, 1}}}},
      {"max_pool2d", {cast(x, float16)}, window},
      {.op = "max_pool2d",
       .operands = {x},
       .attributes = {{"kernel_size", Dims{6, 6}}},
       .error = "the window is larger than the padded input"},
      {"max_pool2d_with_indices", {x}, with({"ceil_mode", true})},
      {"max_pool2d_backward", {g, x}, window},
      {"avg_pool2d", {x}, window},
      {"avg_pool2d", {x}, with({"count_include_pad", false})},
      {"avg_pool2d", {x}, with({"divisor_override", 5})},
      {"avg_pool2d_backward", {g}, with({"input_size", Dims{5, 4}})},
      {"adaptive_avg_pool2d", {x}, {{"output_size", Dims{2, 3}}}},
      {"adaptive_avg_pool2d_backward", {g}, {{"input_size", Dims{5, 4}}}},
      {"adaptive_max_pool2d", {x}, {{"output_size", Dims{2, 3}}}},
      {"adaptive_max_pool2d_with_indices", {x}, {{"output_size", Dims{3, -1}}}},
      {"adaptive_max_pool2d_backward", {g, x}},
      {"max_pool1d", {line}, {{"kernel_size", Dims{3}}, {"stride", Dims{2}}}},
      {"avg_pool1d", {line}, {{"kernel_size", Dims{3}}, {"padding", Dims{1}}}},
      {"adaptive_avg_pool1d", {line}, {{"output_size", Dims{3}}}},
      {"adaptive_max_pool1d", {line}, {{"output_size", Dims{3}}}},
  };
});

}  // namespace
}  // namespace tandem
