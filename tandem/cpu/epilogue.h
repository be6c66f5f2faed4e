// What is done to a part of a product right after it was computed, while the cache still holds it.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// A part of a result that is a matrix: of matmul and linear the last dim by all before it, of
/// images the channels by all pixels.
struct MatrixPart {
  int64_t row_begin, row_end, column_begin, column_end;
};

/// What a convolution does to the sums of each channel while they are in registers:
/// (sum - mean) * scale + bias. [channels] each; mean and scale are given both or not at all.
struct ChannelAffine {
  const float* mean = nullptr;
  const float* scale = nullptr;
  const float* bias = nullptr;

  ChannelAffine from(int64_t channel) const {
    const auto at = [&](const float* p) { return p ? p + channel : nullptr; };
    return {at(mean), at(scale), at(bias)};
  }
};

/// Every element of the result is in exactly one part.
class Epilogue {
 public:
  explicit Epilogue(const ChannelAffine& affine = {}) : affine(affine) {}
  /// On the thread that computed the part, `affine` included.
  virtual void run(const MatrixPart& part) const = 0;

  const ChannelAffine affine;  // without a mean: nothing; of f32 convolutions without a bias

 protected:
  ~Epilogue() = default;
};

/// For kernels that have no parts to hand over: the whole result, on as many threads as pay.
void run_on_all(const Epilogue& epilogue, int64_t rows, int64_t columns);

}  // namespace tandem::cpu
