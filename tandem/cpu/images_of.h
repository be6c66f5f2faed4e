// Tensors of four dims as images for the f32 and f64 kernels; halves are widened on the way in and
// rounded on the way out.
#pragma once
#include "tandem/cpu/along.h"
#include "tandem/cpu/image.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {

/// A kernel's `supports` rule: integers are left to the decomposition.
inline bool takes_floating_dtypes(const void*, Types in) { return is_floating(in[0]->dtype); }

template <class T>
Image<T> image_of(const TensorRef& t) {
  Image<T> image{t.as<T>(), {}, {}};
  for (int d = 0; d < 4; ++d) {
    image.size[std::size_t(d)] = t.shape()[d];
    image.stride[std::size_t(d)] = (*t.strides)[d];
  }
  return image;
}

/// The image to read.
template <class T>
Image<const Accumulator<T>> input_image(const TensorRef& t, Scratch& scratch) {
  if constexpr (!is_half(dtype_of<T>)) {
    return image_of<T>(t);
  } else {
    const Image<T> from = image_of<T>(t);
    Image<float> wide{scratch.get<float>(from.numel()), from.size, contiguous_strides(from.size)};
    for (int64_t n = 0; n < from.n(); ++n)
      for (int64_t c = 0; c < from.c(); ++c)
        for (int64_t y = 0; y < from.h(); ++y)
          for (int64_t x = 0; x < from.w(); ++x) *wide.at(n, c, y, x) = *from.at(n, c, y, x);
    return wide;
  }
}

/// The image to write, dense as results are; then round_into() gives it to the tensor.
template <class T>
Image<Accumulator<T>> output_image(const TensorRef& t, Scratch& scratch) {
  if constexpr (!is_half(dtype_of<T>)) {
    return image_of<T>(t);
  } else {
    Image<float> wide{scratch.get<float>(t.numel()), {}, {}};
    const Image<T> to = image_of<T>(t);
    wide.size = to.size, wide.stride = to.stride;
    return wide;
  }
}
template <class T>
void round_into(const TensorRef& t, const Image<Accumulator<T>>& image) {
  if constexpr (is_half(dtype_of<T>))
    for (int64_t i = 0, n = image.numel(); i < n; ++i) t.as<T>()[i] = T(image.data[i]);
}

}  // namespace tandem::cpu
