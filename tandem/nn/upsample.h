// Images at another size.
#pragma once
#include <optional>

#include "tandem/nn/layer.h"

namespace tandem::nn {

struct UpsampleOptions {
  NumberOrDims size = {};
  std::optional<double> scale_factor = {};
  Name mode = "nearest";
  bool align_corners = false;
};

/// interpolate() as a module: to `size`, or scale_factor times the input's.  input: [N, C, L],
/// [N, C, H, W] or [N, C, D, H, W].
///
///   nn::Upsample up({.scale_factor = 2, .mode = "bilinear"});
class Upsample : public Layer<UpsampleOptions> {
 public:
  explicit Upsample(const UpsampleOptions& options);
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct PixelShuffleOptions {
  Required<int64_t> upscale_factor;
};

/// [..., C r², H, W] as [..., C, H r, W r].
class PixelShuffle : public Layer<PixelShuffleOptions> {
 public:
  explicit PixelShuffle(const PixelShuffleOptions& options) : Layer(options) {}
  explicit PixelShuffle(int64_t upscale_factor) : Layer(PixelShuffleOptions{upscale_factor}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct ChannelShuffleOptions {
  Required<int64_t> groups;
};

/// The channels of [N, C, ...] in turn from each of `groups` equal groups.
class ChannelShuffle : public Layer<ChannelShuffleOptions> {
 public:
  explicit ChannelShuffle(const ChannelShuffleOptions& options) : Layer(options) {}
  explicit ChannelShuffle(int64_t groups) : Layer(ChannelShuffleOptions{groups}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

struct PixelUnshuffleOptions {
  Required<int64_t> downscale_factor;
};

/// [..., C, H r, W r] as [..., C r², H, W].
class PixelUnshuffle : public Layer<PixelUnshuffleOptions> {
 public:
  explicit PixelUnshuffle(const PixelUnshuffleOptions& options) : Layer(options) {}
  explicit PixelUnshuffle(int64_t downscale_factor)
      : Layer(PixelUnshuffleOptions{downscale_factor}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

}  // namespace tandem::nn
