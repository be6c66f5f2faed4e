// Blocks [N, C, H, W] of random numbers in several memory layouts, for tests of image kernels.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "tandem/cpu/image.h"

namespace tandem::testing {

using cpu::Image;
using Size4 = std::array<int64_t, 4>;

enum class Layout { contiguous, channels_last, strided };
constexpr Layout kLayouts[] = {Layout::contiguous, Layout::channels_last, Layout::strided};

/// Owns an image. `strided` has a gap after every element and swaps the two inner dims.
template <class T>
class Block {
 public:
  explicit Block(const Size4& size, Layout layout = Layout::contiguous, T fill = T(0))
      : size_(size) {
    stride_ = layout == Layout::contiguous ? cpu::contiguous_strides(size)
              : layout == Layout::channels_last
                  ? cpu::channels_last_strides(size)
                  : Size4{size[1] * size[2] * size[3] * 2, size[2] * size[3] * 2, 2, size[2] * 2};
    memory_.assign(size_t(size[0] * size[1] * size[2] * size[3] * 2 + 1), fill);
  }
  Image<T> image() { return {memory_.data(), size_, stride_}; }
  Image<const T> image() const { return {memory_.data(), size_, stride_}; }
  T& operator()(int64_t n, int64_t c, int64_t y, int64_t x) { return *image().at(n, c, y, x); }
  const T& operator()(int64_t n, int64_t c, int64_t y, int64_t x) const {
    return *image().at(n, c, y, x);
  }
  const Size4& size() const { return size_; }

  template <class F>
  void each(F&& f) const {
    for (int64_t n = 0; n < size_[0]; ++n)
      for (int64_t c = 0; c < size_[1]; ++c)
        for (int64_t y = 0; y < size_[2]; ++y)
          for (int64_t x = 0; x < size_[3]; ++x) f(n, c, y, x);
  }

 private:
  Size4 size_, stride_;
  std::vector<T> memory_;
};

/// Uniform in -1..1; the numbers depend on the seed and the logical place alone, not the layout.
template <class T>
Block<T> random_block(const Size4& size, Layout layout, unsigned seed) {
  Block<T> b(size, layout);
  std::mt19937 random(seed);
  b.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
    b(n, c, y, x) = T(double(random()) * 0x1p-31 - 1);
  });
  return b;
}

}  // namespace tandem::testing
