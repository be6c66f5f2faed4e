#include "tandem/base/dims.h"

#include "tests/expect_error.h"

namespace tandem {
namespace {

TEST(Dims, AreTwelveAtMost) {
  Dims dims = Dims::filled(Dims::max_rank, 1);
  EXPECT_ERROR(dims.push_back(1), ErrorCode::shape, "at most 12 dims, got 13");
  EXPECT_ERROR(dims.insert(0, 1), ErrorCode::shape, "at most 12 dims, got 13");
  EXPECT_ERROR(dims.resize(13), ErrorCode::shape, "at most 12 dims, got 13");
  EXPECT_ERROR(dims.resize(-1), ErrorCode::shape, "at most 12 dims, got -1");
  EXPECT_EQ(dims, Dims::filled(12, 1));
}

}  // namespace
}  // namespace tandem
