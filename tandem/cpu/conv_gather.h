// A convolution's forward pass and its gradient for the input (= the transposed convolution) are
// one thing: every output pixel gathers input pixels through the taps of the kernel. This page says
// which, for any stride, padding and dilation.
#pragma once
#include <cstdint>

#include "tandem/cpu/epilogue.h"
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// The taps that reach an output, and the input positions they read: tap k + i·k_step reads
/// position `at` + i·at_step (at_step > 0), for i < count. An input position may lie outside.
struct Taps {
  int64_t count, k, k_step, at, at_step;

  /// How far the positions reach: last - first + 1.
  int64_t extent() const { return count ? (count - 1) * at_step + 1 : 1; }
};

/// The outputs first + j·step, j < count, all see the same taps; `taps.at` is meant for j = 0 and
/// grows by in_step with j.
struct Phase {
  int64_t first, step, count, in_step;
  Taps taps;
};

/// One dim of a convolution, seen from the output that gathers.
struct ConvAxis {
  int64_t in, out, kernel, stride, padding, dilation;
  bool transposed = false;

  /// A transposed convolution falls apart into `stride` ordinary ones, each with a part of the
  /// taps: no zero is ever multiplied.
  int64_t phases() const { return transposed ? (stride < out ? stride : out) : 1; }
  Phase phase(int64_t r) const;
};

/// Weights by the role they play in gathering; strides in elements.
struct GatherWeights {
  const float* data;
  int64_t group_stride, out_stride, in_stride, y_stride, x_stride;
};

/// out[n, o, ...] = in_registers(Σ_taps Σ_i in[n, i, ...] · weights[o, i, tap]), a group at a time.
/// `out` has its channels innermost.
struct GatherConv {
  Image<const float> in;
  GatherWeights weights;
  RegisterEpilogue in_registers;
  Image<float> out;
  int64_t groups;
  ConvAxis y, x;
  const Epilogue* epilogue = nullptr;  // of a forward pass
  const float* packed = nullptr;  // weights that the algorithm has packed; `weights` are not read

  int64_t in_channels() const { return in.c() / groups; }
  int64_t out_channels() const { return out.c() / groups; }

  /// Pixels [begin, begin + count) of row y of image n are finished, `channels` channels of each.
  void finish(int64_t n, int64_t y, int64_t begin, int64_t count, int64_t channel,
              int64_t channels) const {
    if (!epilogue) return;
    const int64_t first = (n * out.h() + y) * out.w() + begin;
    epilogue->run({first, first + count, channel, channel + channels});
  }
};

}  // namespace tandem::cpu
