// Transposes blocks of 8 x 8 (4 x 4 where vectors are short) in registers, 16 x 16 at a time so
// that a cache line is used up while it is there.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/copy_block.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>

#include "tandem/cpu/copy_block.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR
/// Four lanes at p, and where there are eight, four of the row four further in the upper half.
template <class D>
HWY_INLINE hn::Vec<D> LoadFours(D d, const uint32_t* p, int64_t row) {
  const hn::FixedTag<uint32_t, 4> four;
  const auto low = hn::LoadU(four, p);
  if constexpr (hn::MaxLanes(d) == 4)
    return low;
  else
    return hn::Combine(d, hn::LoadU(four, p + 4 * row), low);
}

/// As many rows and columns as there are lanes.
template <class D>
HWY_INLINE void TransposeSquare(D d, const uint32_t* from, int64_t from_row, uint32_t* to,
                                int64_t to_row) {
  for (std::size_t c = 0; c < hn::MaxLanes(d); c += 4, from += 4, to += 4 * to_row) {
    const auto a0 = LoadFours(d, from, from_row), a1 = LoadFours(d, from + from_row, from_row);
    const auto a2 = LoadFours(d, from + 2 * from_row, from_row);
    const auto a3 = LoadFours(d, from + 3 * from_row, from_row);
    const auto b0 = hn::InterleaveLower(d, a0, a2), b1 = hn::InterleaveUpper(d, a0, a2);
    const auto b2 = hn::InterleaveLower(d, a1, a3), b3 = hn::InterleaveUpper(d, a1, a3);
    hn::StoreU(hn::InterleaveLower(d, b0, b2), d, to);
    hn::StoreU(hn::InterleaveUpper(d, b0, b2), d, to + to_row);
    hn::StoreU(hn::InterleaveLower(d, b1, b3), d, to + 2 * to_row);
    hn::StoreU(hn::InterleaveUpper(d, b1, b3), d, to + 3 * to_row);
  }
}
#endif

/// to[c][r] = from[r][c]; rows of `from` lie `from_row` apart, rows of `to` `to_row`.
void TransposeWords(const uint32_t* HWY_RESTRICT from, int64_t rows, int64_t columns,
                    int64_t from_row, uint32_t* HWY_RESTRICT to, int64_t to_row) {
  constexpr int64_t block = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += block)
    for (int64_t c0 = 0; c0 < columns; c0 += block) {
      const int64_t r1 = std::min(rows, r0 + block), c1 = std::min(columns, c0 + block);
      int64_t r = r0;
#if HWY_TARGET != HWY_SCALAR
      const hn::FixedTag<uint32_t, HWY_MAX_BYTES >= 32 ? 8 : 4> d;
      constexpr int64_t side = hn::MaxLanes(d);
      for (; r + side <= r1; r += side) {
        for (int64_t i = 0; i < side; ++i) hwy::Prefetch(from + (r + block + i) * from_row + c0);
        int64_t c = c0;
        for (; c + side <= c1; c += side)
          TransposeSquare(d, from + r * from_row + c, from_row, to + c * to_row + r, to_row);
        for (; c < c1; ++c)
          for (int64_t i = 0; i < side; ++i) to[c * to_row + r + i] = from[(r + i) * from_row + c];
      }
#endif
      for (; r < r1; ++r)
        for (int64_t c = c0; c < c1; ++c) to[c * to_row + r] = from[r * from_row + c];
    }
}

/// Whole vectors, as they will be read: narrower stores would not be forwarded to those loads.
void FillBytes(uint8_t* to, uint64_t pattern, std::size_t bytes) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<uint8_t> d;
  const auto all = hn::BitCast(d, hn::Set(hn::Repartition<uint64_t, decltype(d)>(), pattern));
  for (; i + hn::Lanes(d) <= bytes; i += hn::Lanes(d)) hn::StoreU(all, d, to + i);
#endif
  for (; i < bytes; i += 8) std::memcpy(to + i, &pattern, std::min<std::size_t>(8, bytes - i));
}

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <limits>
#include <type_traits>

#include "tandem/cpu/with_size.h"

namespace tandem::cpu {
namespace {

HWY_EXPORT(TransposeWords);
HWY_EXPORT(FillBytes);

/// n times `value`.
template <class T>
void fill(T* to, T value, int64_t n) {
  // Ones at the lowest bit of each T in 8 bytes.
  constexpr uint64_t ones = ~uint64_t{0} / std::numeric_limits<T>::max();
  HWY_DYNAMIC_DISPATCH(FillBytes)
  (reinterpret_cast<uint8_t*>(to), value * ones, std::size_t(n) * sizeof(T));
}

template <class T>
void copy_elements(const T* from, int64_t from_row, int64_t from_column, T* to, int64_t to_row,
                   int64_t to_column, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* HWY_RESTRICT p = from + r * from_row;
    T* HWY_RESTRICT q = to + r * to_row;
    if (to_column == 1)
      for (int64_t c = 0; c < columns; ++c) q[c] = p[c * from_column];
    else
      for (int64_t c = 0; c < columns; ++c) q[c * to_column] = p[c * from_column];
  }
}

/// to[c][r] = from[r][c]
template <class T>
void transpose(const T* from, int64_t rows, int64_t columns, int64_t from_row, T* to,
               int64_t to_row) {
  if constexpr (std::is_same_v<T, uint32_t>)
    return HWY_DYNAMIC_DISPATCH(TransposeWords)(from, rows, columns, from_row, to, to_row);
  constexpr int64_t block = 16;
  for (int64_t r = 0; r < rows; r += block)
    for (int64_t c = 0; c < columns; c += block)
      copy_elements(from + r * from_row + c, 1, from_row, to + c * to_row + r, to_row, 1,
                    std::min(block, columns - c), std::min(block, rows - r));
}

template <class T>
void copy_typed(T* to, int64_t to_row, int64_t to_column, const T* from, int64_t from_row,
                int64_t from_column, int64_t rows, int64_t columns) {
  if (to_column == 1 && from_column == 1) {
    for (int64_t r = 0; r < rows; ++r)
      std::memcpy(to + r * to_row, from + r * from_row, std::size_t(columns) * sizeof(T));
  } else if (to_column == 1 && from_column == 0) {
    for (int64_t r = 0; r < rows; ++r) fill(to + r * to_row, from[r * from_row], columns);
  } else if (to_column == 1 && lies_across(from_row, from_column, rows)) {
    transpose(from, columns, rows, from_column, to, to_row);
  } else {
    copy_elements(from, from_row, from_column, to, to_row, to_column, rows, columns);
  }
}

void copy_ordered(const StridedBlock<std::byte>& to, const StridedBlock<const std::byte>& from,
                  int64_t rows, int64_t columns, int size) {
  with_size(size, [&]<class T>(T) {
    copy_typed(reinterpret_cast<T*>(to.data), to.row_step, to.column_step,
               reinterpret_cast<const T*>(from.data), from.row_step, from.column_step, rows,
               columns);
  });
}

}  // namespace

void copy_block(const StridedBlock<std::byte>& to, const StridedBlock<const std::byte>& from,
                int64_t rows, int64_t columns, int size) {
  // Loops go over `to` in the order of its memory.
  if (columns == 1 || (rows > 1 && to.row_step < to.column_step))
    return copy_ordered({to.data, to.column_step, to.row_step},
                        {from.data, from.column_step, from.row_step}, columns, rows, size);
  copy_ordered(to, from, rows, columns, size);
}

}  // namespace tandem::cpu
#endif
