#include "tandem/ops/pool3d.h"

#include <algorithm>

#include "tandem/ops/conv.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/variants.h"

namespace tandem {

// clang-format off
std::array<Tensor, 2> max_pool1d_with_indices(Arg input, Dims kernel_size, Dims stride, Dims padding, Dims dilation, bool ceil_mode) { return apply(MaxPool1dWithIndices{kernel_size, stride, padding, dilation, ceil_mode}, input); }
Tensor max_pool3d(Arg input, Dims kernel_size, Dims stride, Dims padding, Dims dilation, bool ceil_mode) { return apply(MaxPool3d{kernel_size, stride, padding, dilation, ceil_mode}, input); }
std::array<Tensor, 2> max_pool3d_with_indices(Arg input, Dims kernel_size, Dims stride, Dims padding, Dims dilation, bool ceil_mode) { return apply(MaxPool3dWithIndices{kernel_size, stride, padding, dilation, ceil_mode}, input); }
Tensor avg_pool3d(Arg input, Dims kernel_size, Dims stride, Dims padding, bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor_override) { return apply(AvgPool3d{kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override}, input); }
Tensor adaptive_avg_pool3d(Arg input, Dims output_size) { return apply(AdaptiveAvgPool3d{output_size}, input); }
Tensor adaptive_max_pool3d(Arg input, Dims output_size) { return apply(AdaptiveMaxPool3d{output_size}, input); }
std::array<Tensor, 2> adaptive_max_pool3d_with_indices(Arg input, Dims output_size) { return apply(AdaptiveMaxPool3dWithIndices{output_size}, input); }
Tensor max_unpool(Arg input, Arg indices, Dims kernel_size, Dims stride, Dims padding, Dims output_size) { return apply(MaxUnpool{kernel_size, stride, padding, output_size}, input, indices); }
// clang-format on

namespace {

using Pair = std::array<Tensor, 2>;

Dims thrice(std::string_view op, std::string_view name, const Dims& given) {
  return expand_attribute(op, name, given, 3);
}
/// Volumes with a batch dim, and whether that was added.
Tensor batched(std::string_view op, const Tensor& input) {
  if (input.dim() == 4) return unsqueeze(input, 0);
  if (input.dim() != 5)
    fail(ErrorCode::shape, op, "expected input: [N, C, D, H, W] or [C, D, H, W], got ",
         input.shape());
  return input;
}
Tensor as_given(const Tensor& result, const Tensor& input) {
  return input.dim() == 4 ? squeeze(result, 0) : result;
}
/// The slices of volumes as images: [N, C, D, H, W] as [N, C D, H, W]; and back.
Tensor slices(const Tensor& x) {
  return reshape(x, {x.size(0), x.size(1) * x.size(2), x.size(3), x.size(4)});
}
Tensor volumes(const Tensor& images, const Tensor& like) {
  return reshape(images,
                 {like.size(0), like.size(1), like.size(2), images.size(2), images.size(3)});
}
/// Depth as rows: [N, C, D, H, W] as [N, C, D, H W]; and back.
Tensor depths(const Tensor& x) {
  return reshape(x, {x.size(0), x.size(1), x.size(2), x.size(3) * x.size(4)});
}
Tensor from_depths(const Tensor& images, const Tensor& like) {
  return reshape(images, {like.size(0), like.size(1), images.size(2), like.size(3), like.size(4)});
}

/// First the maxima of slices, then those along the depth: the first among equals is the same as
/// over the whole window.
template <class InPlane, class InDepth>
Pair maxima(std::string_view op, const Tensor& input, InPlane in_plane, InDepth in_depth) {
  const Tensor x = batched(op, input);
  const int64_t plane = x.size(3) * x.size(4);
  const Pair flat = in_plane(slices(x));
  const Tensor values = volumes(flat[0], x), places = volumes(flat[1], x);
  const Pair deep = in_depth(depths(values));
  const int64_t width = values.size(3) * values.size(4);
  // Where along the depth it was found, and where in its slice.
  const Tensor depth = floor_divide(deep[1], width);
  const Tensor place = gather(depths(places), 2, depth);
  return {as_given(from_depths(deep[0], values), input),
          as_given(from_depths(depth * plane + place, values), input)};
}
Dims last_two(const Dims& d) { return {d[1], d[2]}; }

template <class O>
Pair max_pool3d_of(const O& o, std::string_view op, const Tensor& input) {
  const Dims kernel = thrice(op, "kernel_size", o.kernel_size);
  const Dims stride = o.stride.empty() ? kernel : thrice(op, "stride", o.stride);
  const Dims padding = thrice(op, "padding", o.padding);
  const Dims dilation = thrice(op, "dilation", o.dilation);
  return maxima(
      op, input,
      [&](const Tensor& x) {
        return max_pool2d_with_indices(x, last_two(kernel), last_two(stride), last_two(padding),
                                       last_two(dilation), o.ceil_mode);
      },
      [&](const Tensor& x) {
        return max_pool2d_with_indices(x, {kernel[0], 1}, {stride[0], 1}, {padding[0], 0},
                                       {dilation[0], 1}, o.ceil_mode);
      });
}
Pair adaptive_max(std::string_view op, const Dims& output_size, const Tensor& input) {
  const Dims size = thrice(op, "output_size", output_size);
  return maxima(
      op, input,
      [&](const Tensor& x) { return adaptive_max_pool2d_with_indices(x, last_two(size)); },
      [&](const Tensor& x) { return adaptive_max_pool2d_with_indices(x, {size[0], -1}); });
}

}  // namespace

std::array<Tensor, 2> MaxPool1dWithIndices::decompose(const Tensor& input) const {
  constexpr std::string_view op = "max_pool1d_with_indices";
  if (input.dim() != 2 && input.dim() != 3)
    fail(ErrorCode::shape, op, "expected input: [N, C, L] or [C, L], got ", input.shape());
  const auto beside = [&](std::string_view name, int64_t height, const Dims& given) {
    return Dims{height, expand_attribute(op, name, given, 1)[0]};
  };
  const auto [values, indices] = max_pool2d_with_indices(
      unsqueeze(input, -2), beside("kernel_size", 1, kernel_size),
      beside("stride", 1, stride.empty() ? kernel_size.value : stride),
      beside("padding", 0, padding), beside("dilation", 1, dilation), ceil_mode);
  return {squeeze(values, -2), squeeze(indices, -2)};
}
Tensor MaxPool3d::decompose(const Tensor& input) const {
  return max_pool3d_of(*this, "max_pool3d", input)[0];
}
std::array<Tensor, 2> MaxPool3dWithIndices::decompose(const Tensor& input) const {
  return max_pool3d_of(*this, "max_pool3d_with_indices", input);
}
Tensor AvgPool3d::decompose(const Tensor& input) const {
  constexpr std::string_view op = "avg_pool3d";
  const Tensor x = batched(op, input);
  const Dims kernel = thrice(op, "kernel_size", kernel_size);
  const Dims steps = stride.empty() ? kernel : thrice(op, "stride", stride);
  const Dims pads = thrice(op, "padding", padding);
  // Sums of slices, then along the depth; and the sums of ones that say by what to divide.
  const auto sums = [&](const Tensor& t) {
    const Tensor flat = volumes(avg_pool2d(slices(t), last_two(kernel), last_two(steps),
                                           last_two(pads), ceil_mode, true, 1),
                                t);
    return from_depths(
        avg_pool2d(depths(flat), {kernel[0], 1}, {steps[0], 1}, {pads[0], 0}, ceil_mode, true, 1),
        flat);
  };
  const Tensor total = sums(x);
  Tensor count;
  if (divisor_override) {
    if (*divisor_override == 0)
      fail(ErrorCode::value, op, "expected a divisor_override other than 0");
    count = full({}, *divisor_override, x.dtype());
  } else {
    // Windows may reach beyond the padding in ceil_mode: what lies there never counts.
    Dims inside{1, 1, x.size(2), x.size(3), x.size(4)};
    Tensor ones = full(inside, 1, x.dtype());
    if (count_include_pad) {
      ones = constant_pad_nd(ones, {pads[2], pads[2], pads[1], pads[1], pads[0], pads[0]}, 1);
      const auto padded_sums = [&](const Tensor& t) {
        const Tensor flat = volumes(
            avg_pool2d(slices(t), last_two(kernel), last_two(steps), 0, ceil_mode, true, 1), t);
        return from_depths(
            avg_pool2d(depths(flat), {kernel[0], 1}, {steps[0], 1}, 0, ceil_mode, true, 1), flat);
      };
      count = padded_sums(ones);
      for (int d = 2; d < 5; ++d) count = narrow(count, d, 0, total.size(d));
    } else {
      count = sums(ones);
    }
  }
  return as_given(is_floating(x.dtype()) ? total / count : div(total, count, "trunc"), input);
}
Tensor AdaptiveAvgPool3d::decompose(const Tensor& input) const {
  constexpr std::string_view op = "adaptive_avg_pool3d";
  const Dims size = thrice(op, "output_size", output_size);
  const Tensor x = batched(op, input);
  const Tensor flat = volumes(adaptive_avg_pool2d(slices(x), last_two(size)), x);
  return as_given(from_depths(adaptive_avg_pool2d(depths(flat), {size[0], -1}), flat), input);
}
Tensor AdaptiveMaxPool3d::decompose(const Tensor& input) const {
  return adaptive_max("adaptive_max_pool3d", output_size, input)[0];
}
std::array<Tensor, 2> AdaptiveMaxPool3dWithIndices::decompose(const Tensor& input) const {
  return adaptive_max("adaptive_max_pool3d_with_indices", output_size, input);
}
Tensor MaxUnpool::decompose(const Tensor& input, const Tensor& indices) const {
  constexpr std::string_view op = "max_unpool";
  const int rank = kernel_size->size();
  if (rank < 1 || rank > 3 || (input.dim() != rank + 1 && input.dim() != rank + 2))
    fail(ErrorCode::shape, op, "expected input of ", rank + 1, " or ", rank + 2,
         " dims for kernel_size ", kernel_size.value, ", got ", input.shape());
  if (indices.shape() != input.shape() || indices.dtype() != DType::i64)
    fail(ErrorCode::shape, op, "expected indices: int64", input.shape(), ", got ", indices.type());
  const Dims steps =
      stride.empty() ? kernel_size.value : expand_attribute(op, "stride", stride, rank);
  const Dims pads = expand_attribute(op, "padding", padding, rank);
  const int first = input.dim() - rank;
  Dims out = input.shape();
  if (!output_size.empty() && output_size.size() != rank && output_size.size() != input.dim())
    fail(ErrorCode::value, op, "expected output_size of ", rank, " numbers, got ", output_size);
  int64_t before = 1, after = 1, lines = 1;
  for (int d = 0; d < first; ++d) lines *= out[d];
  for (int i = 0; i < rank; ++i) {
    const int64_t n = input.size(first + i);
    out[first + i] = output_size.empty() ? (n - 1) * steps[i] - 2 * pads[i] + kernel_size.value[i]
                                         : output_size[output_size.size() - rank + i];
    before *= n;
    after *= out[first + i];
  }
  const Tensor zeros = full({lines, after}, 0, input.dtype());
  return reshape(
      scatter(zeros, 1, reshape(indices, {lines, before}), reshape(input, {lines, before})), out);
}

template struct Family<Pool3dOps>;

}  // namespace tandem
