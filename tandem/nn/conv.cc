#include "tandem/nn/conv.h"

#include <algorithm>
#include <cmath>

#include "tandem/nn/init.h"
#include "tandem/ops/functions.h"

namespace tandem::nn {
namespace {

/// One number stands for all dims.
Dims repeated(std::string_view module, std::string_view name, const Dims& value, int rank,
              int64_t least) {
  Dims full = value.size() == 1 ? Dims::filled(rank, value[0]) : value;
  if (full.size() != rank)
    fail(ErrorCode::value, module, "expected ", name, " of 1 or ", rank, " numbers, got ", value);
  for (int64_t n : full)
    if (n < least)
      fail(ErrorCode::value, module, "expected ", name, " of ", least, " or more, got ", value);
  return full;
}

void check_channels(std::string_view module, int64_t in, int64_t out, int64_t groups) {
  if (groups <= 0)
    fail(ErrorCode::value, module, "groups must be a positive integer, got ", groups);
  if (in <= 0 || in % groups != 0)
    fail(ErrorCode::value, module, "in_channels must be positive and divisible by groups, got ", in,
         " and ", groups);
  if (out <= 0 || out % groups != 0)
    fail(ErrorCode::value, module, "out_channels must be positive and divisible by groups, got ",
         out, " and ", groups);
}

ConvOptions completed(ConvOptions o, int rank) {
  const std::string_view module = rank == 1 ? "Conv1d" : "Conv2d";
  check_channels(module, o.in_channels, o.out_channels, o.groups);
  o.kernel_size = repeated(module, "kernel_size", o.kernel_size, rank, 1);
  o.stride = repeated(module, "stride", o.stride, rank, 1);
  if (!o.padding.is_same()) o.padding = repeated(module, "padding", o.padding, rank, 0);
  o.dilation = repeated(module, "dilation", o.dilation, rank, 1);
  if (o.padding.is_same() && o.stride != Dims::filled(rank, 1))
    fail(ErrorCode::value, module, "padding=\"same\" is not supported for strided convolutions");
  const auto modes = {"zeros", "reflect", "replicate", "circular"};
  if (std::ranges::find(modes, o.padding_mode.view()) == modes.end())
    fail(ErrorCode::value, module,
         "padding_mode must be one of zeros, reflect, replicate and circular, got \"",
         o.padding_mode, '"');
  return o;
}

ConvTransposeOptions completed(ConvTransposeOptions o) {
  check_channels("ConvTranspose2d", o.in_channels, o.out_channels, o.groups);
  o.kernel_size = repeated("ConvTranspose2d", "kernel_size", o.kernel_size, 2, 1);
  o.stride = repeated("ConvTranspose2d", "stride", o.stride, 2, 1);
  o.padding = repeated("ConvTranspose2d", "padding", o.padding, 2, 0);
  o.output_padding = repeated("ConvTranspose2d", "output_padding", o.output_padding, 2, 0);
  o.dilation = repeated("ConvTranspose2d", "dilation", o.dilation, 2, 1);
  return o;
}

Dims weight_shape(int64_t first, int64_t second, const Dims& kernel) {
  Dims shape{first, second};
  for (int64_t k : kernel) shape.push_back(k);
  return shape;
}

template <class Options>
Options with(Options rest, int64_t in, int64_t out, const Dims& kernel) {
  rest.in_channels = in;
  rest.out_channels = out;
  rest.kernel_size = kernel;
  return rest;
}

void reset(const Tensor& weight, const Tensor& bias) {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias) return;
  const double bound = 1 / std::sqrt(double(init::calculate_fan_in_and_fan_out(weight).in));
  init::uniform_(bias, -bound, bound);
}

template <class Options>
std::string described_conv(const Options& o) {
  std::string s = text(int64_t(o.in_channels), ", ", int64_t(o.out_channels),
                       ", kernel_size=", python(o.kernel_size), ", stride=", python(o.stride));
  const int rank = o.stride.size();
  bool same = false;
  if constexpr (requires { o.padding.is_same(); }) same = o.padding.is_same();
  if (same)
    s += ", padding=same";
  else if (o.padding != Dims::filled(rank, 0))
    s += ", padding=" + python(o.padding);
  if (o.dilation != Dims::filled(rank, 1)) s += ", dilation=" + python(o.dilation);
  if constexpr (requires { o.output_padding; })
    if (o.output_padding != Dims::filled(rank, 0))
      s += ", output_padding=" + python(o.output_padding);
  if (o.groups != 1) s += text(", groups=", o.groups);
  if (!o.bias) s += ", bias=False";
  if constexpr (requires { o.padding_mode; })
    if (o.padding_mode != Name("zeros")) s += text(", padding_mode=", o.padding_mode);
  return s;
}

}  // namespace

Dims ConvPadding::from_word(std::string_view word) {
  if (word != "same" && word != "valid")
    fail(ErrorCode::value, "conv", "Invalid padding string \"", word,
         "\", should be one of \"valid\" and \"same\"");
  return word == "same" ? same : 0;
}

ConvNd::ConvNd(const ConvOptions& o, int rank)
    : Layer(completed(o, rank)),
      weight(register_parameter("weight",
                                empty(weight_shape(o.out_channels, o.in_channels / options.groups,
                                                   options.kernel_size)))),
      bias(register_parameter("bias", o.bias ? empty({o.out_channels}) : Tensor())) {
  // What lies before and after each dim; zeros on both sides alike are the convolution's own work.
  bool by_convolution = options.padding_mode == Name("zeros");
  Dims before, after;
  for (int d = 0; d < rank; ++d) {
    const int64_t total = options.padding.is_same()
                              ? options.dilation[d] * (options.kernel_size.value[d] - 1)
                              : 2 * options.padding[d];
    before.push_back(total / 2);
    after.push_back(total - total / 2);
    by_convolution &= total % 2 == 0;
  }
  convolved_padding_ = by_convolution ? before : Dims::filled(rank, 0);
  if (!by_convolution)
    for (int d = rank - 1; d >= 0; --d) pad_.push_back(before[d]), pad_.push_back(after[d]);
  reset_parameters();
}
Tensor ConvNd::padded(const Tensor& input) const {
  if (pad_.empty()) return input;
  return pad(input, pad_,
             options.padding_mode == Name("zeros") ? "constant" : options.padding_mode);
}
void ConvNd::reset_parameters() { reset(weight, bias); }
std::string ConvNd::extra_repr() const { return described_conv(options); }

Conv1d::Conv1d(int64_t in_channels, int64_t out_channels, Dims kernel_size, ConvOptions rest)
    : Conv1d(with(rest, in_channels, out_channels, kernel_size)) {}
Tensor Conv1d::forward(const Tensor& input) {
  return conv1d(padded(input), weight, bias, options.stride, convolved_padding_, options.dilation,
                options.groups);
}

Conv2d::Conv2d(int64_t in_channels, int64_t out_channels, Dims kernel_size, ConvOptions rest)
    : Conv2d(with(rest, in_channels, out_channels, kernel_size)) {}
Tensor Conv2d::forward(const Tensor& input) {
  return conv2d(padded(input), weight, bias, options.stride, convolved_padding_, options.dilation,
                options.groups);
}

ConvTranspose2d::ConvTranspose2d(const ConvTransposeOptions& o)
    : Layer(completed(o)),
      weight(register_parameter("weight",
                                empty(weight_shape(o.in_channels, o.out_channels / options.groups,
                                                   options.kernel_size)))),
      bias(register_parameter("bias", o.bias ? empty({o.out_channels}) : Tensor())) {
  reset_parameters();
}
ConvTranspose2d::ConvTranspose2d(int64_t in_channels, int64_t out_channels, Dims kernel_size,
                                 ConvTransposeOptions rest)
    : ConvTranspose2d(with(rest, in_channels, out_channels, kernel_size)) {}
void ConvTranspose2d::reset_parameters() { reset(weight, bias); }
Tensor ConvTranspose2d::forward(const Tensor& input) {
  return conv_transpose2d(input, weight, bias, options.stride, options.padding,
                          options.output_padding, options.groups, options.dilation);
}
std::string ConvTranspose2d::extra_repr() const { return described_conv(options); }

}  // namespace tandem::nn
