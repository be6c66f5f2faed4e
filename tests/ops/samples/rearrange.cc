#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable rearrange_samples([] {
  const Tensor x = values({2, 2, 4, 5}), deep = values({1, 8, 2, 3}), line = values({2, 3, 4});
  const Tensor volume = values({1, 2, 2, 3, 2});
  const Attributes window = {{"kernel_size", Dims{2, 3}},
                             {"dilation", Dims{2, 1}},
                             {"padding", Dims{1, 0}},
                             {"stride", Dims{1, 2}}};
  return std::vector<Sample>{
      {"pixel_shuffle", {deep}, {{"upscale_factor", 2}}},
      {"pixel_shuffle", {reshape(deep, {8, 2, 3})}, {{"upscale_factor", 2}}},
      {"channel_shuffle", {deep}, {{"groups", 4}}},
      {.op = "channel_shuffle",
       .operands = {deep},
       .attributes = {{"groups", 3}},
       .error = "groups that divide"},
      {.op = "pixel_shuffle",
       .operands = {deep},
       .attributes = {{"upscale_factor", 3}},
       .error = "multiple of the square of upscale_factor=3"},
      {"pixel_unshuffle", {values({2, 2, 4, 6})}, {{"downscale_factor", 2}}},
      {.op = "pixel_unshuffle",
       .operands = {x},
       .attributes = {{"downscale_factor", 2}},
       .error = "multiples of downscale_factor=2"},
      {"unfold", {x}, window},
      {"unfold", {values({2, 4, 5})}, {{"kernel_size", 2}}},
      {.op = "unfold",
       .operands = {x},
       .attributes = {{"kernel_size", 6}},
       .error = "larger than the padded image"},
      {"interpolate", {x}, {{"scale_factor", 2.0}}},
      {"interpolate", {x}, {{"size", Dims{3, 7}}}},
      {"interpolate", {x}, {{"size", Dims{7, 3}}, {"mode", "nearest-exact"}}},
      {"interpolate", {cast(x, uint8)}, {{"scale_factor", 1.5}}},
      {"interpolate", {line}, {{"size", 6}, {"mode", "linear"}}},
      {"interpolate", {x}, {{"scale_factor", 2.0}, {"mode", "bilinear"}}},
      {"interpolate", {x}, {{"scale_factor", 0.6}, {"mode", "bilinear"}}},
      {"interpolate", {x}, {{"size", Dims{7, 1}}, {"mode", "bilinear"}, {"align_corners", true}}},
      {"interpolate", {volume}, {{"size", Dims{3, 2, 4}}, {"mode", "trilinear"}}},
      {"interpolate", {cast(x, float16)}, {{"size", 6}, {"mode", "bilinear"}}},
      {"interpolate", {values({1, 2, 4, 5})}, {{"size", Dims{6, 3}}, {"mode", "bicubic"}}},
      {"interpolate",
       {values({1, 2, 4, 5})},
       {{"size", Dims{6, 3}}, {"mode", "bicubic"}, {"align_corners", true}}},
      {"interpolate", {values({1, 2, 4, 5})}, {{"size", Dims{2, 3}}, {"mode", "area"}}},
      {"interpolate",
       {values({1, 2, 4, 5})},
       {{"size", Dims{2, 3}}, {"mode", "bilinear"}, {"antialias", true}}},
      {"interpolate",
       {values({1, 2, 4, 5})},
       {{"size", Dims{2, 9}}, {"mode", "bicubic"}, {"antialias", true}}},
      {.op = "interpolate",
       .operands = {values({1, 2, 4, 5})},
       .attributes = {{"size", Dims{2, 3}}, {"antialias", true}},
       .error = "antialias goes with"},
      {.op = "interpolate", .operands = {x}, .error = "got neither"},
      {.op = "interpolate",
       .operands = {x},
       .attributes = {{"size", 4}, {"mode", "trilinear"}},
       .error = "or \"bilinear\""},
      {.op = "interpolate",
       .operands = {x},
       .attributes = {{"scale_factor", 0.1}},
       .error = "spatial sizes of 1 or more"},
  };
});

}  // namespace
}  // namespace tandem
