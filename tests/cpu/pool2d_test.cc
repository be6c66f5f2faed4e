#include "tandem/cpu/pool2d.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tests/cpu/images.h"
#include "tests/cpu/targets.h"
#include "tests/expect_error.h"

namespace tandem::testing {
namespace {

using cpu::PoolDivisor;
using cpu::PoolWindow;

struct PoolCase {
  Size4 in;
  int64_t out_h, out_w;
  PoolWindow window;
  Size4 out() const { return {in[0], in[1], out_h, out_w}; }
};

const PoolCase pool_cases[] = {
    {{2, 64, 6, 8}, 3, 4, {{{2, 2, 0, 1}, {2, 2, 0, 1}}}},
    {{2, 37, 7, 9}, 3, 4, {{{3, 2, 0, 1}, {3, 2, 0, 1}}}},
    {{1, 19, 7, 6},
     4,
     4,
     {{{3, 2, 1, 1}, {2, 2, 1, 1}}}},  // padding; the last column is ceil_mode's
    {{1, 8, 11, 10}, 7, 4, {{{3, 1, 0, 2}, {2, 3, 1, 2}}}},  // dilation
    {{1, 3, 5, 5}, 5, 5, {{{1, 1, 0, 1}, {1, 1, 0, 1}}}},
    {{2, 70, 7, 10}, 3, 4, {{{.adaptive = true}, {.adaptive = true}}}},
    {{1, 5, 3, 2}, 4, 5, {{{.adaptive = true}, {.adaptive = true}}}},  // larger than the input
    {{1, 33, 5, 7}, 1, 1, {{{.adaptive = true}, {.adaptive = true}}}},
    {{0, 16, 4, 4}, 2, 2, {{{2, 2, 0, 1}, {2, 2, 0, 1}}}},
};

/// Calls f(y, x) for each position of the input that output (oy, ox) sees, straight from the
/// definition: every position of the window is tried.
template <class F>
void window(const PoolCase& c, int64_t oy, int64_t ox, F&& f) {
  const auto positions = [](const cpu::PoolDim& d, int64_t o, int64_t in, int64_t out) {
    std::vector<int64_t> at;
    if (d.adaptive) {
      const double begin = std::floor(double(o) * double(in) / double(out));
      const double end = std::ceil(double(o + 1) * double(in) / double(out));
      for (int64_t i = int64_t(begin); i < int64_t(end); ++i) at.push_back(i);
    } else {
      for (int64_t k = 0; k < d.kernel; ++k) {
        const int64_t i = o * d.stride - d.padding + k * d.dilation;
        if (i >= 0 && i < in) at.push_back(i);
      }
    }
    return at;
  };
  for (int64_t y : positions(c.window[0], oy, c.in[2], c.out_h))
    for (int64_t x : positions(c.window[1], ox, c.in[3], c.out_w)) f(y, x);
}

template <class T>
void check_max(const PoolCase& c, Layout layout) {
  Block<T> x = random_block<T>(c.in, layout, 1);
  // Equal values: the first must win.
  x.each([&](int64_t n, int64_t k, int64_t y, int64_t i) {
    x(n, k, y, i) = std::round(x(n, k, y, i) * 4);
  });
  // What flatten() gives back is contiguous.
  const Layout gradient = layout == Layout::channels_last ? Layout::contiguous : layout;
  const Block<T> dy = random_block<T>(c.out(), gradient, 2);
  Block<T> y(c.out(), layout), values(c.out(), layout), dx(c.in, layout, 9), dx2(c.in, layout, 9);
  Block<int64_t> places(c.out(), layout);
  cpu::max_pool2d<T>(c.window, x.image(), y.image(), places.image());
  cpu::max_pool2d<T>(c.window, x.image(), values.image(), {});
  cpu::max_pool2d_backward<T>(c.window, dy.image(), x.image(), dx.image());
  cpu::max_pool2d_backward<T>(dy.image(), places.image(), dx2.image());

  Block<double> want(c.in);
  y.each([&](int64_t n, int64_t k, int64_t oy, int64_t ox) {
    double best = -std::numeric_limits<double>::infinity();
    int64_t by = -1, bx = -1;
    window(c, oy, ox, [&](int64_t iy, int64_t ix) {
      if (x(n, k, iy, ix) > best) best = x(n, k, iy, ix), by = iy, bx = ix;
    });
    ASSERT_EQ(double(y(n, k, oy, ox)), best);
    ASSERT_EQ(y(n, k, oy, ox), values(n, k, oy, ox));
    ASSERT_EQ(places(n, k, oy, ox), by * c.in[3] + bx);
    want(n, k, by, bx) += double(dy(n, k, oy, ox));
  });
  want.each([&](int64_t n, int64_t k, int64_t iy, int64_t ix) {
    ASSERT_NEAR(double(dx(n, k, iy, ix)), want(n, k, iy, ix), 1e-5);
    ASSERT_EQ(dx(n, k, iy, ix), dx2(n, k, iy, ix));
  });
}

template <class T>
void check_average(const PoolCase& c, Layout layout, const PoolDivisor& divisor) {
  const Block<T> x = random_block<T>(c.in, layout, 3), dy = random_block<T>(c.out(), layout, 4);
  Block<T> y(c.out(), layout), dx(c.in, layout, 9);
  cpu::avg_pool2d<T>(c.window, divisor, x.image(), y.image());
  cpu::avg_pool2d_backward<T>(c.window, divisor, dy.image(), dx.image());
  Block<double> want(c.in);
  y.each([&](int64_t n, int64_t k, int64_t oy, int64_t ox) {
    double sum = 0, seen = 0;
    window(c, oy, ox, [&](int64_t iy, int64_t ix) { sum += double(x(n, k, iy, ix)), ++seen; });
    double by = seen;
    if (divisor.count_include_pad && !c.window[0].adaptive) {
      // The window as far as the padded input reaches.
      const auto reach = [](const cpu::PoolDim& d, int64_t o, int64_t in) {
        int64_t m = 0;
        for (int64_t i = o * d.stride - d.padding; i < o * d.stride - d.padding + d.kernel; ++i)
          m += i < in + d.padding;
        return m;
      };
      by = double(reach(c.window[0], oy, c.in[2]) * reach(c.window[1], ox, c.in[3]));
    }
    if (divisor.fixed) by = double(divisor.fixed);
    ASSERT_NEAR(double(y(n, k, oy, ox)), sum / by, 1e-6);
    window(c, oy, ox,
           [&](int64_t iy, int64_t ix) { want(n, k, iy, ix) += double(dy(n, k, oy, ox)) / by; });
  });
  want.each([&](int64_t n, int64_t k, int64_t iy, int64_t ix) {
    ASSERT_NEAR(double(dx(n, k, iy, ix)), want(n, k, iy, ix), 1e-5);
  });
}

TEST(Pool2d, MaximumFollowsItsDefinition) {
  for_each_target([](int64_t) {
    for (const PoolCase& c : pool_cases)
      for (Layout layout : kLayouts) {
        check_max<float>(c, layout);
        check_max<double>(c, layout);
      }
  });
}

TEST(Pool2d, AverageFollowsItsDefinition) {
  for_each_target([](int64_t) {
    for (const PoolCase& c : pool_cases) {
      if (c.window[0].dilation != 1) continue;  // average pooling has no dilation
      for (Layout layout : kLayouts)
        for (const PoolDivisor& divisor : {PoolDivisor{true, 0}, {false, 0}, {true, 5}}) {
          check_average<float>(c, layout, divisor);
          check_average<double>(c, layout, divisor);
        }
    }
  });
}

TEST(Pool2d, NanWinsAndMinusInfinityHasAPlace) {
  for_each_target([](int64_t) {
    for (Layout layout : kLayouts) {
      const PoolWindow pair = {{{1, 1, 0, 1}, {3, 3, 0, 1}}};
      Block<float> x({1, 20, 1, 6}, layout, 1.0f), y({1, 20, 1, 2}, layout), dx(x.size(), layout);
      const Block<float> dy({1, 20, 1, 2}, layout, 1.0f);
      Block<int64_t> places(y.size(), layout);
      for (int64_t c = 0; c < 20; ++c) {
        x(0, c, 0, 1) = NAN, x(0, c, 0, 2) = 5;
        for (int64_t i = 3; i < 6; ++i) x(0, c, 0, i) = -INFINITY;
      }
      cpu::max_pool2d<float>(pair, x.image(), y.image(), places.image());
      cpu::max_pool2d_backward<float>(pair, dy.image(), x.image(), dx.image());
      for (int64_t c = 0; c < 20; ++c) {
        EXPECT_TRUE(std::isnan(y(0, c, 0, 0)));
        EXPECT_EQ(places(0, c, 0, 0), 1);
        EXPECT_EQ(y(0, c, 0, 1), -INFINITY);
        EXPECT_EQ(places(0, c, 0, 1), 3);
        for (int64_t i = 0; i < 6; ++i) EXPECT_EQ(dx(0, c, 0, i), i == 1 || i == 3);
      }
    }
  });
}

TEST(Pool2d, ThreadsDoNotChangeTheBits) {
  const PoolCase c{{3, 70, 37, 41}, 19, 21, {{{3, 2, 1, 1}, {3, 2, 1, 1}}}};
  const Block<float> x = random_block<float>(c.in, Layout::channels_last, 5),
                     dy = random_block<float>(c.out(), Layout::channels_last, 6);
  const int before = num_threads();
  std::vector<Block<float>> results;
  for (int threads : {1, 2}) {
    set_num_threads(threads);
    Block<float> y(c.out(), Layout::channels_last), a(c.out(), Layout::channels_last),
        dx(c.in, Layout::channels_last), da(c.in, Layout::channels_last);
    cpu::max_pool2d<float>(c.window, x.image(), y.image(), {});
    cpu::avg_pool2d<float>(c.window, {}, x.image(), a.image());
    cpu::max_pool2d_backward<float>(c.window, dy.image(), x.image(), dx.image());
    cpu::avg_pool2d_backward<float>(c.window, {}, dy.image(), da.image());
    for (auto* b : {&y, &a, &dx, &da}) results.push_back(*b);
  }
  set_num_threads(before);
  for (int i = 0; i < 4; ++i)
    results[i].each([&](int64_t n, int64_t k, int64_t y, int64_t w) {
      ASSERT_EQ(results[i](n, k, y, w), results[i + 4](n, k, y, w));
    });
}

TEST(Pool2d, RejectsAPlaceOutsideThePlane) {
  const Block<float> dy({1, 1, 1, 1});
  Block<int64_t> places({1, 1, 1, 1});
  Block<float> dx({1, 1, 2, 3});
  places(0, 0, 0, 0) = 6;
  EXPECT_ERROR(cpu::max_pool2d_backward<float>(dy.image(), places.image(), dx.image()),
               ErrorCode::index, "index 6");
}

}  // namespace
}  // namespace tandem::testing
