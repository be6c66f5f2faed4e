#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tests/cpu/tile_test.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#include "tandem/cpu/tile-inl.h"

#ifndef TANDEM_TILE_TEST_ONCE
#define TANDEM_TILE_TEST_ONCE
namespace tandem::cpu {
enum class Mode { rows, columns, skip_first, skip_last };

/// What one tile is asked for; the tile runs with the rows and vectors given here.
template <class T>
struct TileProblem {
  int rows;
  Mode mode;
  size_t depth;
  const T *a, *b;
  size_t a_pitch;
  T* c;
  size_t c_pitch, columns;
  bool accumulate;
  const T* bias;
  bool relu;
};
}  // namespace tandem::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {

/// Every second step leaves out the first row, or the last one.
template <class T, class Range>
struct SkippingWalk {
  LeftRows<T> left;
  const T* b;
  size_t b_stride, depth;
  template <class Step>
  HWY_INLINE void operator()(const Step& step) const {
    LeftRows<T> l = left;
    for (size_t k = 0; k < depth; ++k) {
      if (k % 2)
        step(l, b + k * b_stride, Range{});
      else
        step(l, b + k * b_stride, AllRows{});
      l.advance();
    }
  }
};

template <int MR, int NV, Mode mode, class T>
void run(const TileProblem<T>& p) {
  constexpr size_t panel = panel_width<T>;
  const TileOutput<T> out{p.c, p.c_pitch, p.columns, p.accumulate, p.bias, p.relu};
  const auto walk = [&] {
    if constexpr (mode == Mode::rows)
      return ProductWalk<2, T, LeftRows<T>>{{p.a, p.a_pitch}, p.b, panel, p.depth};
    else if constexpr (mode == Mode::columns)
      return ProductWalk<1, T, LeftColumns<T>>{{p.a, p.a_pitch}, p.b, panel, p.depth};
    else if constexpr (mode == Mode::skip_first)
      return SkippingWalk<T, RowRange<1, MR>>{{p.a, p.a_pitch}, p.b, panel, p.depth};
    else
      return SkippingWalk<T, RowRange<0, MR - 1>>{{p.a, p.a_pitch}, p.b, panel, p.depth};
  }();
  tile<MR, NV>(walk, panel * p.depth, out);  // b lies in panels
}

// Few instances: each is compiled for every target.
void run_float(const TileProblem<float>& p) {
  if (p.rows == 1) return run<1, 4, Mode::rows>(p);
  if (p.rows == 16) return run<16, 1, Mode::rows>(p);
  switch (p.mode) {
    case Mode::rows:
      return run<tile_rows, tile_vectors, Mode::rows>(p);
    case Mode::columns:
      return run<tile_rows, tile_vectors, Mode::columns>(p);
    case Mode::skip_first:
      return run<tile_rows, tile_vectors, Mode::skip_first>(p);
    case Mode::skip_last:
      return run<tile_rows, tile_vectors, Mode::skip_last>(p);
  }
}
void run_double(const TileProblem<double>& p) { run<tile_rows, tile_vectors, Mode::rows>(p); }
int rows_of_tile() { return tile_rows; }
int columns_of_tile(int rows, bool is_double) {
  const int lanes =
      is_double ? int(hn::Lanes(TileTag<double>())) : int(hn::Lanes(TileTag<float>()));
  return lanes * (rows == 1 ? 4 : rows == tile_rows ? tile_vectors : 1);
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <gtest/gtest.h>

#include <random>

#include "tests/cpu/targets.h"

namespace tandem::cpu {
HWY_EXPORT(run_float);
HWY_EXPORT(run_double);
HWY_EXPORT(rows_of_tile);
HWY_EXPORT(columns_of_tile);
namespace {

void dispatch(const TileProblem<float>& p) { HWY_DYNAMIC_DISPATCH(run_float)(p); }
void dispatch(const TileProblem<double>& p) { HWY_DYNAMIC_DISPATCH(run_double)(p); }

template <class T>
void check(int rows, Mode mode, size_t depth, size_t columns, bool accumulate, bool with_bias,
           bool relu) {
  constexpr size_t panel = panel_width<T>;
  const size_t panels = 4, a_pitch = (mode == Mode::columns ? 16 : depth) + 3,
               c_pitch = columns + 5;
  std::mt19937 random(rows * 100 + depth);
  std::uniform_real_distribution<T> uniform(-1, 1);
  const auto fill = [&](std::vector<T>& v) {
    for (T& x : v) x = uniform(random);
  };
  std::vector<T> a(std::max(depth, size_t(16)) * (a_pitch + 16)), b(panels * panel * depth + 1),
      bias(panels * panel), c(size_t(rows) * c_pitch);
  fill(a), fill(b), fill(bias), fill(c);
  const std::vector<T> before = c;
  dispatch(TileProblem<T>{rows, mode, depth, a.data() + 1, b.data() + 1, a_pitch, c.data(), c_pitch,
                          columns, accumulate, with_bias ? bias.data() : nullptr, relu});
  for (int i = 0; i < rows; ++i)
    for (size_t j = 0; j < c_pitch; ++j) {
      const size_t at = i * c_pitch + j;
      if (j >= columns) {
        ASSERT_EQ(c[at], before[at]) << "wrote beyond the columns";
        continue;
      }
      double sum = accumulate ? before[at] : 0;
      for (size_t k = 0; k < depth; ++k) {
        const bool skipped = k % 2 && ((mode == Mode::skip_first && i == 0) ||
                                       (mode == Mode::skip_last && i == rows - 1));
        if (skipped) continue;
        const T left = a[1 + (mode == Mode::columns ? k * a_pitch + i : i * a_pitch + k)];
        sum += double(left) * b[1 + j / panel * panel * depth + k * panel + j % panel];
      }
      if (with_bias) sum += bias[j];
      if (relu) sum = std::max(sum, 0.0);
      const double tolerance = double(std::numeric_limits<T>::epsilon()) * 8 * (depth + 2);
      ASSERT_NEAR(c[at], sum, tolerance)
          << "row " << i << " column " << j << " of " << rows << " x " << columns;
    }
}

template <class T>
void check_all(int rows, std::initializer_list<Mode> modes) {
  const size_t width = HWY_DYNAMIC_DISPATCH(columns_of_tile)(rows, std::is_same_v<T, double>);
  for (const Mode mode : modes)
    for (const size_t depth : {0, 1, 2, 3, 17}) {
      for (size_t columns = 1; columns <= width; columns += columns < 3 ? 1 : 3) {
        check<T>(rows, mode, depth, columns, false, false, false);
        check<T>(rows, mode, depth, columns, true, true, false);
      }
      check<T>(rows, mode, depth, width, depth % 2, true, true);
      check<T>(rows, mode, depth, width, true, false, depth % 2);
    }
}

TEST(Tile, MatchesADoubleLoopInFloat) {
  testing::for_each_target([](int64_t) {
    check_all<float>(1, {Mode::rows});
    check_all<float>(16, {Mode::rows});
    check_all<float>(HWY_DYNAMIC_DISPATCH(rows_of_tile)(),
                     {Mode::rows, Mode::columns, Mode::skip_first, Mode::skip_last});
  });
}

TEST(Tile, MatchesADoubleLoopInDouble) {
  testing::for_each_target(
      [](int64_t) { check_all<double>(HWY_DYNAMIC_DISPATCH(rows_of_tile)(), {Mode::rows}); });
}

TEST(Tile, ReluKeepsNaN) {
  testing::for_each_target([](int64_t) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const int width = HWY_DYNAMIC_DISPATCH(columns_of_tile)(1, false);
    for (const size_t columns : {size_t(width), size_t(1)}) {
      const std::vector<float> b(64, 1);
      std::vector<float> c(64);
      dispatch(TileProblem<float>{1, Mode::rows, 1, &nan, b.data(), 1, c.data(), 64, columns, false,
                                  nullptr, true});
      EXPECT_TRUE(std::isnan(c[0]));
    }
  });
}

}  // namespace
}  // namespace tandem::cpu
#endif
