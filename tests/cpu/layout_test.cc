#include "tandem/cpu/layout.h"

#include <gtest/gtest.h>

#include "tests/cpu/images.h"
#include "tests/cpu/targets.h"

namespace tandem::testing {
namespace {

template <class T>
void check(const Size4& size) {
  for (Layout from : kLayouts)
    for (Layout to : kLayouts) {
      const Block<T> a = random_block<T>(size, from, 1);
      Block<T> b(size, to);
      cpu::copy_image<T>(a.image(), b.image());
      a.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
        ASSERT_EQ(a(n, c, y, x), b(n, c, y, x));
      });
    }
}

TEST(Layout, CopiesBetweenAnyTwoOrders) {
  for_each_target([](int64_t) {
    for (const Size4& size : {Size4{2, 3, 5, 7}, Size4{1, 64, 12, 12}, Size4{3, 17, 4, 9},
                              Size4{2, 1, 6, 6}, Size4{1, 70, 20, 21}, Size4{0, 4, 4, 4}}) {
      check<float>(size);
      check<double>(size);
    }
  });
}

}  // namespace
}  // namespace tandem::testing
