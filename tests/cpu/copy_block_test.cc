#include "tandem/cpu/copy_block.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "tests/cpu/targets.h"

namespace tandem::testing {
namespace {

struct Steps {
  int64_t row, column;
};

std::vector<std::byte> counting(int64_t bytes) {
  std::vector<std::byte> v(std::size_t(bytes), std::byte{0});
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::byte(i * 37 + i / 251);
  return v;
}

/// Copies, and looks at all of `to`: what is not of the block stays as it was.
void check_copy(int64_t rows, int64_t columns, int size, const Steps& to, const Steps& from) {
  SCOPED_TRACE(::testing::Message()
               << rows << " x " << columns << " of " << size << " bytes, from " << from.row << ", "
               << from.column << " to " << to.row << ", " << to.column);
  const auto bytes = [&](const Steps& s) {
    return ((rows - 1) * s.row + (columns - 1) * s.column + 1) * size;
  };
  const std::vector<std::byte> source = counting(bytes(from));
  std::vector<std::byte> target(std::size_t(bytes(to)), std::byte{0xee}), expected = target;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      std::memcpy(expected.data() + (r * to.row + c * to.column) * size,
                  source.data() + (r * from.row + c * from.column) * size, std::size_t(size));
  cpu::copy_block({target.data(), to.row, to.column}, {source.data(), from.row, from.column}, rows,
                  columns, size);
  EXPECT_TRUE(target == expected);
}

TEST(CopyBlock, AnyStepsAndSizes) {
  for_each_target([](int64_t) {
    for (int64_t rows : {1, 3, 4, 8, 21, 40})
      for (int64_t columns : {1, 2, 5, 8, 16, 37})
        for (int size : {1, 2, 4, 8}) {
          const Steps by_row{columns + 3, 1}, by_column{1, rows + 2}, apart{2 * columns + 1, 2};
          const Steps along_rows{1, 0}, along_columns{0, 1}, one{0, 0};
          for (const Steps& to : {by_row, by_column, apart})
            for (const Steps& from : {by_row, by_column, apart, along_rows, along_columns, one})
              check_copy(rows, columns, size, to, from);
        }
  });
}

}  // namespace
}  // namespace tandem::testing
