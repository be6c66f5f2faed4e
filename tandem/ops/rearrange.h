// Channels and pixels exchanged; windows of an image as columns (and back: fold() of variants.h).
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// [..., C r², H, W] as [..., C, H r, W r] with r = upscale_factor: sub-pixel convolution's last
/// step (Shi et al., 2016).
struct PixelShuffle {
  static constexpr Signature signature = "pixel_shuffle(input, upscale_factor)";
  Required<int64_t> upscale_factor;
  Tensor decompose(const Tensor& input) const;
};
/// [..., C, H r, W r] as [..., C r², H, W] with r = downscale_factor.
struct PixelUnshuffle {
  static constexpr Signature signature = "pixel_unshuffle(input, downscale_factor)";
  Required<int64_t> downscale_factor;
  Tensor decompose(const Tensor& input) const;
};

/// The channels of [N, C, ...] in turn from each of `groups` equal groups (Zhang et al., 2018).
struct ChannelShuffle {
  static constexpr Signature signature = "channel_shuffle(input, groups)";
  Required<int64_t> groups;
  Tensor decompose(const Tensor& input) const;
};

/// The windows that a convolution sees, as columns.  input: [N, C, H, W] or [C, H, W]; result:
/// [N, C KH KW, L], L windows in row-major order.
struct Unfold {
  static constexpr Signature signature = "unfold(input, kernel_size, dilation, padding, stride)";
  Required<Dims> kernel_size;
  Dims dilation{1, 1};
  Dims padding{0, 0};
  Dims stride{1, 1};
  Tensor decompose(const Tensor& input) const;
};
struct RearrangeOps : List<PixelShuffle, PixelUnshuffle, ChannelShuffle, Unfold> {};

}  // namespace tandem
