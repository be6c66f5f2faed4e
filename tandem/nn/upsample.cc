#include "tandem/nn/upsample.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

Upsample::Upsample(const UpsampleOptions& o) : Layer(o) {
  if (o.size.empty() == !o.scale_factor)
    fail(ErrorCode::value, "Upsample", "expected a size or a scale_factor, got ",
         o.scale_factor ? "both" : "neither");
}
Tensor Upsample::forward(const Tensor& input) {
  return interpolate(input, options.size, options.scale_factor, options.mode,
                     options.align_corners);
}
std::string Upsample::extra_repr() const {
  return text(options.scale_factor ? "scale_factor=" + python(*options.scale_factor)
                                   : "size=" + python_sizes(options.size),
              ", mode='", options.mode, "'");
}

Tensor PixelShuffle::forward(const Tensor& input) {
  return pixel_shuffle(input, options.upscale_factor);
}
std::string PixelShuffle::extra_repr() const {
  return text("upscale_factor=", int64_t(options.upscale_factor));
}
Tensor PixelUnshuffle::forward(const Tensor& input) {
  return pixel_unshuffle(input, options.downscale_factor);
}
std::string PixelUnshuffle::extra_repr() const {
  return text("downscale_factor=", int64_t(options.downscale_factor));
}

Tensor ChannelShuffle::forward(const Tensor& input) {
  return channel_shuffle(input, options.groups);
}
std::string ChannelShuffle::extra_repr() const { return text("groups=", int64_t(options.groups)); }

}  // namespace tandem::nn
