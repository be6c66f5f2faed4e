// A batch of images (or a convolution's weights) as kernels see it: sizes, strides, a pointer.
#pragma once
#include <array>
#include <cstdint>
#include <type_traits>

namespace tandem::cpu {

/// A block of elements [N, C, H, W] with any strides, counted in elements; weights are [O, I, KH,
/// KW]. Kernels are fast where channels lie side by side (stride 1, "channels last").
template <class T>
struct Image {
  T* data = nullptr;
  std::array<int64_t, 4> size{};
  std::array<int64_t, 4> stride{};

  int64_t n() const { return size[0]; }
  int64_t c() const { return size[1]; }
  int64_t h() const { return size[2]; }
  int64_t w() const { return size[3]; }
  int64_t numel() const { return size[0] * size[1] * size[2] * size[3]; }

  T* at(int64_t n, int64_t c, int64_t y, int64_t x) const {
    return data + n * stride[0] + c * stride[1] + y * stride[2] + x * stride[3];
  }
  bool channels_innermost() const { return stride[1] == 1 || size[1] == 1; }

  operator Image<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, size, stride};
  }
};

/// Dense strides of [N, C, H, W] as PyTorch's contiguous format has them.
inline std::array<int64_t, 4> contiguous_strides(const std::array<int64_t, 4>& size) {
  return {size[1] * size[2] * size[3], size[2] * size[3], size[3], 1};
}

/// Dense strides of [N, C, H, W] whose memory order is N, H, W, C.
inline std::array<int64_t, 4> channels_last_strides(const std::array<int64_t, 4>& size) {
  return {size[1] * size[2] * size[3], 1, size[3] * size[1], size[1]};
}

}  // namespace tandem::cpu
