// An image's planes are [C] x [H·W] matrices and changing the order transposes them: 4 x 4 blocks
// in registers, 16 x 16 at a time so that a cache line is used up while it is there.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/layout.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>

#include "tandem/cpu/layout.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// to[c][r] = from[r][c]; rows of `from` lie `from_row` apart, rows of `to` `to_row`.
void Transpose(const float* from, int64_t rows, int64_t columns, int64_t from_row, float* to,
               int64_t to_row) {
  constexpr int64_t block = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += block)
    for (int64_t c0 = 0; c0 < columns; c0 += block) {
      const int64_t r1 = std::min(rows, r0 + block), c1 = std::min(columns, c0 + block);
      int64_t r = r0;
#if HWY_TARGET != HWY_SCALAR
      const hn::FixedTag<float, 4> d;
      for (; r + 4 <= r1; r += 4) {
        int64_t c = c0;
        for (; c + 4 <= c1; c += 4) {
          const float* HWY_RESTRICT p = from + r * from_row + c;
          float* HWY_RESTRICT q = to + c * to_row + r;
          const auto a0 = hn::LoadU(d, p), a1 = hn::LoadU(d, p + from_row);
          const auto a2 = hn::LoadU(d, p + 2 * from_row), a3 = hn::LoadU(d, p + 3 * from_row);
          const auto b0 = hn::InterleaveLower(d, a0, a2), b1 = hn::InterleaveUpper(d, a0, a2);
          const auto b2 = hn::InterleaveLower(d, a1, a3), b3 = hn::InterleaveUpper(d, a1, a3);
          hn::StoreU(hn::InterleaveLower(d, b0, b2), d, q);
          hn::StoreU(hn::InterleaveUpper(d, b0, b2), d, q + to_row);
          hn::StoreU(hn::InterleaveLower(d, b1, b3), d, q + 2 * to_row);
          hn::StoreU(hn::InterleaveUpper(d, b1, b3), d, q + 3 * to_row);
        }
        for (; c < c1; ++c)
          for (int64_t i = 0; i < 4; ++i) to[c * to_row + r + i] = from[(r + i) * from_row + c];
      }
#endif
      for (; r < r1; ++r)
        for (int64_t c = c0; c < c1; ++c) to[c * to_row + r] = from[r * from_row + c];
    }
}

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <type_traits>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {
namespace {

HWY_EXPORT(Transpose);
using TransposeFn = void (*)(const float*, int64_t, int64_t, int64_t, float*, int64_t);

/// Rows of pixels are one run: the plane is a matrix.
template <class T>
bool flat(const Image<T>& image) {
  return image.stride[2] == image.w() * image.stride[3];
}

/// Pixels `begin`..`end` of image n.
void transpose_part(TransposeFn transpose, const Image<const float>& from, const Image<float>& to,
                    int64_t n, int64_t begin, int64_t end) {
  const float* source = from.at(n, 0, 0, 0) + begin * from.stride[3];
  float* target = to.at(n, 0, 0, 0) + begin * to.stride[3];
  if (from.stride[3] == 1)
    transpose(source, from.c(), end - begin, from.stride[1], target, to.stride[3]);
  else
    transpose(source, end - begin, from.c(), from.stride[3], target, to.stride[1]);
}

}  // namespace

template <class T>
void copy_image(const Image<const T>& from, const Image<T>& to) {
  if (from.numel() == 0) return;
  constexpr int64_t grain = 1 << 15;  // elements
  if constexpr (std::is_same_v<T, float>) {
    const bool crossed =
        (from.stride[3] == 1 && to.stride[1] == 1) || (from.stride[1] == 1 && to.stride[3] == 1);
    if (crossed && flat(from) && flat(to)) {
      const TransposeFn transpose = HWY_DYNAMIC_DISPATCH(Transpose);
      const int64_t plane = from.h() * from.w();
      const int64_t part = std::min(plane, std::max<int64_t>(16, grain / from.c() / 16 * 16));
      const int64_t parts = (plane + part - 1) / part;
      parallel_tasks(from.n() * parts, [&](int64_t task) {
        const int64_t begin = task % parts * part;
        transpose_part(transpose, from, to, task / parts, begin, std::min(plane, begin + part));
      });
      return;
    }
  }
  const int64_t row = from.c() * from.w();
  const bool channels_inside = to.stride[1] < to.stride[3];
  parallel_for(from.n() * from.h(), std::max<int64_t>(1, grain / row),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) {
                   const T* source = from.at(r / from.h(), 0, r % from.h(), 0);
                   T* target = to.at(r / from.h(), 0, r % from.h(), 0);
                   const int outer = channels_inside ? 3 : 1, inner = 4 - outer;
                   for (int64_t i = 0; i < from.size[outer]; ++i)
                     for (int64_t j = 0; j < from.size[inner]; ++j)
                       target[i * to.stride[outer] + j * to.stride[inner]] =
                           source[i * from.stride[outer] + j * from.stride[inner]];
                 }
               });
}

template void copy_image(const Image<const float>&, const Image<float>&);
template void copy_image(const Image<const double>&, const Image<double>&);

}  // namespace tandem::cpu
#endif
