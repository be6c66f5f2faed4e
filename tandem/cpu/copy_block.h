// Rows and columns of elements from one order of memory to another: what strided kernels pack tiles
// with, and what changes the order of images.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tandem::cpu {

/// Elements at steps, counted in elements, of their rows and of their columns. A step of 0 repeats.
template <class Byte>
struct StridedBlock {
  Byte* data;
  int64_t row_step, column_step;

  operator StridedBlock<const Byte>() const { return {data, row_step, column_step}; }
};

/// Of a tile that an operand lies across: its cache lines are used up at once then.
inline constexpr int64_t rows_across = 16, columns_across = 128;

/// Do rows lie side by side where columns do not, and enough of them for a transposition to pay?
inline bool lies_across(int64_t row_step, int64_t column_step, int64_t rows) {
  return row_step == 1 && column_step != 1 && rows >= 4;
}

/// to = from, `rows` times `columns` elements of `size` bytes: 1, 2, 4 or 8. They must not overlap.
/// Fast where columns lie side by side in both, where those of `from` repeat, and where rows lie
/// side by side in one and columns in the other: 4-byte elements are transposed in registers.
void copy_block(const StridedBlock<std::byte>& to, const StridedBlock<const std::byte>& from,
                int64_t rows, int64_t columns, int size);

}  // namespace tandem::cpu
