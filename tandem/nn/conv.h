// Convolutions. Weights and bias are uniform in ±1/√fan_in at first.
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

/// How much a convolution pads: one number for all dims, one each, "valid" (nothing) or "same" (so
/// much that the result has the input's size), which is kept as a list of one impossible number.
struct ConvPadding : Dims {
  using Dims::Dims;
  constexpr ConvPadding(const Dims& amounts) : Dims(amounts) {}
  /// Error: code value for any other word.
  template <std::size_t length>
  ConvPadding(const char (&word)[length]) : Dims(from_word(word)) {}
  bool is_same() const { return *this == Dims(same); }
  static Dims from_word(std::string_view word);

 private:
  static constexpr int64_t same = INT64_MIN;
};

struct ConvOptions {
  Required<int64_t> in_channels;
  Required<int64_t> out_channels;
  Required<Dims> kernel_size;
  Dims stride = 1;
  ConvPadding padding = 0;
  Dims dilation = 1;
  int64_t groups = 1;
  bool bias = true;
  Name padding_mode = "zeros";  // or "reflect", "replicate", "circular"
};

/// What Conv1d and Conv2d share: weight [out_channels, in_channels / groups, kernel...].
class ConvNd : public Layer<ConvOptions> {
 public:
  void reset_parameters();
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;  // undefined without `bias`

 protected:
  /// Lists of one number are repeated to `rank`.
  ConvNd(const ConvOptions& options, int rank);
  /// The input with what the convolution itself cannot pad: by another mode than zeros, or unlike
  /// amounts on the two sides, as "same" needs under an even kernel.
  Tensor padded(const Tensor& input) const;

  Dims convolved_padding_;  // what is left to the convolution
 private:
  Dims pad_;  // for pad(): (before, after) of the last dim first; empty: nothing
};

/// input: [N, in_channels, L] or [in_channels, L]; result: [N, out_channels, L'].
class Conv1d : public ConvNd {
 public:
  explicit Conv1d(const ConvOptions& options) : ConvNd(options, 1) {}
  Conv1d(int64_t in_channels, int64_t out_channels, Dims kernel_size, ConvOptions rest = {});
  Tensor forward(const Tensor& input) override;
};

/// input: [N, in_channels, H, W] or [in_channels, H, W]; result: [N, out_channels, H', W'] with
/// H' = (H + 2 padding - dilation (kernel - 1) - 1) / stride + 1, rounded down.
///
///   nn::Conv2d conv(3, 16, 3, {.stride = 2, .padding = 1, .bias = false});
///   nn::Conv2d conv(3, 16, 5, {.padding = "same", .padding_mode = "reflect"});
class Conv2d : public ConvNd {
 public:
  explicit Conv2d(const ConvOptions& options) : ConvNd(options, 2) {}
  Conv2d(int64_t in_channels, int64_t out_channels, Dims kernel_size, ConvOptions rest = {});
  Tensor forward(const Tensor& input) override;
};

struct ConvTransposeOptions {
  Required<int64_t> in_channels;
  Required<int64_t> out_channels;
  Required<Dims> kernel_size;
  Dims stride = 1;
  Dims padding = 0;
  Dims output_padding = 0;
  int64_t groups = 1;
  bool bias = true;
  Dims dilation = 1;
};

/// The gradient of Conv2d as a module of its own: H' = (H - 1) stride - 2 padding +
/// dilation (kernel - 1) + output_padding + 1. weight: [in_channels, out_channels / groups, KH,
/// KW].
class ConvTranspose2d : public Layer<ConvTransposeOptions> {
 public:
  explicit ConvTranspose2d(const ConvTransposeOptions& options);
  ConvTranspose2d(int64_t in_channels, int64_t out_channels, Dims kernel_size,
                  ConvTransposeOptions rest = {});
  Tensor forward(const Tensor& input) override;
  void reset_parameters();
  std::string extra_repr() const override;

  Tensor& weight;
  Tensor& bias;
};

}  // namespace tandem::nn
