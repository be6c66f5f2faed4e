#include "tandem/ops/rearrange.h"

#include "tandem/ops/conv.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/variants.h"

namespace tandem {

// clang-format off
Tensor pixel_shuffle(Arg input, int64_t upscale_factor) { return apply(PixelShuffle{upscale_factor}, input); }
Tensor pixel_unshuffle(Arg input, int64_t downscale_factor) { return apply(PixelUnshuffle{downscale_factor}, input); }
Tensor channel_shuffle(Arg input, int64_t groups) { return apply(ChannelShuffle{groups}, input); }
Tensor unfold(Arg input, Dims kernel_size, Dims dilation, Dims padding, Dims stride) { return apply(Unfold{kernel_size, dilation, padding, stride}, input); }
// clang-format on

namespace {

/// The dims before the last three, then those given.
Dims after_batch(const Dims& shape, std::initializer_list<int64_t> rest) {
  Dims out = shape;
  out.resize(shape.size() - 3);
  for (int64_t n : rest) out.push_back(n);
  return out;
}

/// Exchanges dims of the last five or so: `order` counts from the first dim after the batch.
Tensor reordered(const Tensor& x, std::initializer_list<int64_t> order) {
  const int batch = x.dim() - int(order.size());
  Dims dims = Dims::range(batch);
  for (int64_t d : order) dims.push_back(batch + d);
  return permute(x, dims);
}

/// Windows over an image of height and width `size`, and where they lie.
struct Windows {
  Dims kernel, padding, size, count;
  Tensor rows, columns;  // [KH, 1, OH, 1] and [1, KW, 1, OW]: places in the padded image

  Windows(std::string_view op, const Dims& kernel_size, const Dims& dilations, const Dims& paddings,
          const Dims& strides, const Dims& image)
      : kernel(expand_attribute(op, "kernel_size", kernel_size, 2)),
        padding(expand_attribute(op, "padding", paddings, 2)),
        size(image),
        count{0, 0} {
    const Dims dilation = expand_attribute(op, "dilation", dilations, 2);
    const Dims stride = expand_attribute(op, "stride", strides, 2);
    for (int i = 0; i < 2; ++i) {
      if (kernel[i] < 1 || dilation[i] < 1 || stride[i] < 1 || padding[i] < 0)
        fail(
            ErrorCode::value, op,
            "expected kernel_size, dilation and stride of 1 or more and padding of 0 or more, got ",
            kernel, ", ", dilation, ", ", stride, " and ", padding);
      const int64_t room = size[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1;
      if (room < 0)
        fail(ErrorCode::shape, op, "the window is larger than the padded image: image ", size,
             ", kernel_size ", kernel, ", dilation ", dilation, ", padding ", padding);
      count[i] = room / stride[i] + 1;
      Dims of_kernel = Dims::filled(4, 1), of_count = Dims::filled(4, 1);
      of_kernel[i] = kernel[i], of_count[2 + i] = count[i];
      (i == 0 ? rows : columns) = reshape(arange(0, kernel[i]) * dilation[i], of_kernel) +
                                  reshape(arange(0, count[i]) * stride[i], of_count);
    }
  }
  Dims padded() const { return {size[0] + 2 * padding[0], size[1] + 2 * padding[1]}; }
};

}  // namespace

Tensor PixelShuffle::decompose(const Tensor& input) const {
  const int64_t r = upscale_factor;
  if (r < 1)
    fail(ErrorCode::value, "pixel_shuffle", "expected upscale_factor of 1 or more, got ", r);
  // C / r / r, for r * r may not fit.
  if (input.dim() < 3 || input.size(-3) % r || input.size(-3) / r % r)
    fail(ErrorCode::shape, "pixel_shuffle",
         "expected input: [..., C, H, W] with C a multiple of the square of upscale_factor=", r,
         "; got ", input.shape());
  const int64_t c = input.size(-3) / r / r, h = input.size(-2), w = input.size(-1);
  const Tensor apart = reshape(input, after_batch(input.shape(), {c, r, r, h, w}));
  return reshape(reordered(apart, {0, 3, 1, 4, 2}), after_batch(input.shape(), {c, h * r, w * r}));
}
Tensor PixelUnshuffle::decompose(const Tensor& input) const {
  const int64_t r = downscale_factor;
  if (r < 1)
    fail(ErrorCode::value, "pixel_unshuffle", "expected downscale_factor of 1 or more, got ", r);
  if (input.dim() < 3 || input.size(-2) % r || input.size(-1) % r)
    fail(ErrorCode::shape, "pixel_unshuffle",
         "expected input: [..., C, H, W] with H and W multiples of downscale_factor=", r, "; got ",
         input.shape());
  const int64_t c = input.size(-3), h = input.size(-2) / r, w = input.size(-1) / r;
  const Tensor apart = reshape(input, after_batch(input.shape(), {c, h, r, w, r}));
  return reshape(reordered(apart, {0, 2, 4, 1, 3}), after_batch(input.shape(), {c * r * r, h, w}));
}

Tensor ChannelShuffle::decompose(const Tensor& input) const {
  if (input.dim() < 3)
    fail(ErrorCode::shape, "channel_shuffle", "expected input with > 2 dims, got ", input.shape());
  const int64_t g = groups, channels = input.size(1);
  if (g < 1 || channels % g)
    fail(ErrorCode::value, "channel_shuffle", "expected groups that divide the ", channels,
         " channels, got ", g);
  Dims apart = input.shape();
  apart[1] = channels / g;
  apart.insert(1, g);
  return reshape(transpose(reshape(input, apart), 1, 2), input.shape());
}

Tensor Unfold::decompose(const Tensor& input) const {
  if (input.dim() == 3) return squeeze(decompose(unsqueeze(input, 0)), 0);
  if (input.dim() != 4)
    fail(ErrorCode::shape, "unfold", "expected input: [N, C, H, W] or [C, H, W], got ",
         input.shape());
  const Windows w("unfold", kernel_size, dilation, padding, stride, {input.size(2), input.size(3)});
  const Tensor padded =
      constant_pad_nd(input, {w.padding[1], w.padding[1], w.padding[0], w.padding[0]});
  const Tensor columns = index(padded, {Tensor(), Tensor(), w.rows, w.columns});
  return reshape(columns, {input.size(0), input.size(1) * w.kernel.product(), w.count.product()});
}

Tensor fold(Arg input, Dims output_size, Dims kernel_size, Dims dilation, Dims padding,
            Dims stride) {
  const At line(input.where);
  const Tensor& x = *input.tensor;
  if (x.dim() == 2)
    return squeeze(fold(unsqueeze(x, 0), output_size, kernel_size, dilation, padding, stride), 0);
  const Windows w("fold", kernel_size, dilation, padding, stride,
                  expand_attribute("fold", "output_size", output_size, 2));
  if (x.dim() != 3 || x.size(1) % w.kernel.product() || x.size(2) != w.count.product())
    fail(ErrorCode::shape, "fold", "expected input: [N, C * ", w.kernel.product(), ", ",
         w.count.product(), "] for kernel_size ", w.kernel, " and output_size ", w.size, ", got ",
         x.shape());
  const int64_t n = x.size(0), c = x.size(1) / w.kernel.product();
  const Dims padded = w.padded();
  const Tensor columns = reshape(x, {n, c, w.kernel[0], w.kernel[1], w.count[0], w.count[1]});
  const Tensor image = index_put(full({n, c, padded[0], padded[1]}, 0, x.dtype()),
                                 {Tensor(), Tensor(), w.rows, w.columns}, columns, true);
  return narrow(narrow(image, 2, w.padding[0], w.size[0]), 3, w.padding[1], w.size[1]);
}

template struct Family<RearrangeOps>;

}  // namespace tandem
