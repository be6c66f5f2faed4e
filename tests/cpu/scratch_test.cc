#include "tandem/cpu/scratch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <thread>

namespace tandem::cpu {
namespace {

TEST(Scratch, IsAlignedAndNests) {
  Scratch outer;
  float* a = outer.get<float>(3);
  std::fill(a, a + 3, 1.0f);
  float* first_inner = nullptr;
  for (int round = 0; round < 2; ++round) {
    Scratch inner;
    float* b = inner.get<float>(1000);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(b) % 64, 0u);
    std::fill(b, b + 1000, 2.0f);
    if (round == 0) first_inner = b;
    EXPECT_EQ(b, first_inner) << "an inner scope gives back what it took";
  }
  EXPECT_EQ(std::count(a, a + 3, 1.0f), 3);
}

TEST(Scratch, GrowsWithoutMovingWhatIsInUse) {
  std::thread([] {
    Scratch scratch;
    int64_t* small = scratch.get<int64_t>(10);
    std::fill(small, small + 10, 7);
    for (const int64_t count : {int64_t{1} << 16, int64_t{1} << 20}) {
      int64_t* large = scratch.get<int64_t>(count);
      std::fill(large, large + count, 9);
    }
    EXPECT_EQ(std::count(small, small + 10, 7), 10);
  }).join();
}

TEST(Scratch, EmptyRequestsAreFine) {
  Scratch scratch;
  scratch.get<float>(0);
  *scratch.get<double>(1) = 1;
}

}  // namespace
}  // namespace tandem::cpu
