// Every pass of conv2d against plain double loops written from the definition.
#include "tandem/cpu/conv2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

#include "tandem/base/thread_pool.h"
#include "tests/cpu/images.h"
#include "tests/cpu/targets.h"

namespace tandem::testing {
namespace {

using cpu::Conv2dOptions;
using cpu::ConvPass;

struct ConvCase {
  Size4 x;
  int64_t out_channels, kh, kw;
  Conv2dOptions o;
  Size4 w() const { return {out_channels, x[1] / o.groups, kh, kw}; }
  int64_t out(int dim) const {
    const int64_t k = dim ? kw : kh;
    return (x[2 + dim] + 2 * o.padding[dim] - o.dilation[dim] * (k - 1) - 1) / o.stride[dim] + 1;
  }
  Size4 y() const { return {x[0], out_channels, out(0), out(1)}; }
};
std::ostream& operator<<(std::ostream& s, const ConvCase& c) {
  return s << c.x[0] << "x" << c.x[1] << "x" << c.x[2] << "x" << c.x[3] << " to " << c.out_channels
           << ", kernel " << c.kh << "x" << c.kw << ", stride " << c.o.stride[0] << ","
           << c.o.stride[1] << ", padding " << c.o.padding[0] << "," << c.o.padding[1]
           << ", dilation " << c.o.dilation[0] << "," << c.o.dilation[1] << ", groups "
           << c.o.groups;
}

const ConvCase conv_cases[] = {
    {{2, 1, 9, 11}, 32, 3, 3, {}},
    {{2, 3, 8, 8}, 16, 3, 3, {.padding = {1, 1}}},
    {{1, 3, 13, 17}, 20, 7, 7, {.stride = {2, 2}, .padding = {3, 3}}},
    {{2, 16, 8, 8}, 16, 3, 3, {.padding = {1, 1}}},
    {{3, 32, 10, 9}, 64, 3, 3, {}},
    {{2, 16, 9, 9}, 32, 3, 3, {.stride = {2, 2}, .padding = {1, 1}}},
    {{1, 19, 7, 8}, 21, 3, 3, {.padding = {1, 1}}},
    {{1, 20, 11, 6}, 33, 3, 3, {.padding = {2, 0}}},
    {{3, 16, 6, 5}, 24, 1, 1, {}},
    {{1, 64, 5, 7}, 40, 1, 1, {.stride = {2, 2}}},
    {{2, 5, 6, 7}, 7, 1, 1, {.padding = {1, 2}}},
    {{1, 8, 12, 12}, 16, 5, 5, {.stride = {2, 3}, .padding = {2, 1}}},
    {{1, 6, 14, 13}, 10, 3, 2, {.padding = {2, 1}, .dilation = {2, 3}}},
    {{1, 4, 15, 15}, 6, 3, 3, {.stride = {2, 2}, .padding = {1, 1}, .dilation = {2, 2}}},
    {{1, 4, 16, 11}, 6, 3, 3, {.stride = {3, 2}, .padding = {4, 1}, .dilation = {2, 3}}},
    {{2, 8, 7, 7}, 12, 3, 3, {.padding = {1, 1}, .groups = 4}},
    {{1, 32, 6, 6}, 64, 3, 3, {.stride = {2, 1}, .padding = {1, 1}, .groups = 2}},
    {{2, 24, 9, 10}, 24, 3, 3, {.padding = {1, 1}, .groups = 24}},
    {{1, 35, 9, 10}, 35, 3, 3, {.stride = {2, 2}, .padding = {1, 1}, .groups = 35}},
    {{1, 20, 12, 12}, 20, 5, 5, {.padding = {2, 2}, .groups = 20}},
    {{1, 18, 12, 11}, 18, 3, 3, {.padding = {3, 2}, .dilation = {3, 2}, .groups = 18}},
    {{1, 6, 8, 8}, 18, 3, 3, {.padding = {1, 1}, .groups = 6}},  // channel multiplier 3
    {{1, 3, 4, 4}, 4, 3, 3, {.padding = {5, 4}}},                // outputs that see padding alone
    {{1, 2, 5, 300}, 5, 2, 3, {.padding = {0, 1}}},
    {{1, 2, 3, 3}, 3, 1, 1, {.stride = {4, 5}}},  // strides past the image
    {{0, 16, 6, 6}, 16, 3, 3, {.padding = {1, 1}}},
    // Large enough for Winograd: whole tiles, cut ones, odd channels, F(2x2).
    {{4, 16, 8, 8}, 16, 3, 3, {.padding = {1, 1}}},
    {{3, 37, 11, 14}, 50, 3, 3, {.padding = {1, 2}}},
    {{5, 17, 10, 13}, 80, 3, 3, {}},
    {{4, 256, 7, 7}, 16, 3, 3, {.padding = {1, 1}}},
    {{6, 20, 14, 6}, 24, 3, 3, {.padding = {2, 0}}},
};

template <class T>
void expect_near(const Block<T>& got, const Block<double>& want, double tolerance,
                 const char* what) {
  double scale = 1;
  want.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
    scale = std::max(scale, std::abs(want(n, c, y, x)));
  });
  want.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
    ASSERT_NEAR(double(got(n, c, y, x)), want(n, c, y, x), tolerance * scale)
        << what << " at " << n << ", " << c << ", " << y << ", " << x;
  });
}

/// Filled with NaN, so that what is not written is seen; with NaN around it, so that what is read
/// before it is written is seen.
struct Workspace {
  explicit Workspace(int64_t bytes) : memory(size_t(bytes) / 4 + 48, NAN) {}
  std::byte* aligned() {
    const auto address = reinterpret_cast<uintptr_t>(memory.data());
    return reinterpret_cast<std::byte*>((address + 63) / 64 * 64);
  }
  std::vector<float> memory;
};

template <class T>
struct Results {
  Block<T> y, dx, dw;
};

template <class T>
Results<T> run(const ConvCase& c, Layout layout, Layout weights, bool biased) {
  const Block<T> x = random_block<T>(c.x, layout, 1), dy = random_block<T>(c.y(), layout, 3);
  const Block<T> w = random_block<T>(c.w(), weights, 2);
  const Block<T> bias =
      random_block<T>({1, 1, 1, std::max(c.out_channels, c.x[1])}, Layout::contiguous, 4);
  Results<T> r{Block<T>(c.y(), layout, T(NAN)), Block<T>(c.x, layout, T(NAN)),
               Block<T>(c.w(), weights, T(NAN))};
  const auto workspace = [&]<ConvPass pass>() {
    return Workspace(cpu::conv2d_workspace<pass, T>(c.o, x.image(), w.image(), dy.image()));
  };
  const T* b = biased ? bias.image().data : nullptr;
  auto ws = workspace.template operator()<ConvPass::forward>();
  cpu::conv2d<T>(c.o, x.image(), w.image(), b, r.y.image(), ws.aligned());
  ws = workspace.template operator()<ConvPass::input_gradient>();
  cpu::conv2d_input_gradient<T>(c.o, dy.image(), w.image(), b, r.dx.image(), ws.aligned());
  ws = workspace.template operator()<ConvPass::weight_gradient>();
  cpu::conv2d_weight_gradient<T>(c.o, dy.image(), x.image(), r.dw.image(), ws.aligned());
  return r;
}

/// The definition in double, without bias.
Results<double> expected(const ConvCase& c) {
  Block<double> x = random_block<double>(c.x, Layout::contiguous, 1);
  Block<double> w = random_block<double>(c.w(), Layout::contiguous, 2);
  Block<double> dy = random_block<double>(c.y(), Layout::contiguous, 3);
  Results<double> r{Block<double>(c.y()), Block<double>(c.x), Block<double>(c.w())};
  const int64_t in = c.x[1] / c.o.groups, out = c.out_channels / c.o.groups;
  const int64_t x_step = c.x[2] * c.x[3], w_step = c.kh * c.kw;  // to the next channel
  for (int64_t n = 0; n < c.x[0]; ++n)
    for (int64_t o = 0; o < c.out_channels; ++o)
      for (int64_t oy = 0; oy < c.out(0); ++oy)
        for (int64_t ox = 0; ox < c.out(1); ++ox) {
          double& y = r.y(n, o, oy, ox);
          const double gradient = dy(n, o, oy, ox);
          for (int64_t ky = 0; ky < c.kh; ++ky)
            for (int64_t kx = 0; kx < c.kw; ++kx) {
              const int64_t iy = oy * c.o.stride[0] + ky * c.o.dilation[0] - c.o.padding[0];
              const int64_t ix = ox * c.o.stride[1] + kx * c.o.dilation[1] - c.o.padding[1];
              if (iy < 0 || ix < 0 || iy >= c.x[2] || ix >= c.x[3]) continue;
              const int64_t first = o / out * in;
              const double *pixel = &x(n, first, iy, ix), *weight = &w(o, 0, ky, kx);
              double *d_pixel = &r.dx(n, first, iy, ix), *d_weight = &r.dw(o, 0, ky, kx);
              for (int64_t i = 0; i < in; ++i) {
                y += pixel[i * x_step] * weight[i * w_step];
                d_pixel[i * x_step] += gradient * weight[i * w_step];
                d_weight[i * w_step] += gradient * pixel[i * x_step];
              }
            }
        }
  return r;
}

Results<double> with_bias(const ConvCase& c, Results<double> r) {
  const Block<double> bias =
      random_block<double>({1, 1, 1, std::max(c.out_channels, c.x[1])}, Layout::contiguous, 4);
  for (auto* result : {&r.y, &r.dx})
    result->each([&](int64_t n, int64_t o, int64_t i, int64_t j) {
      (*result)(n, o, i, j) += bias(0, 0, 0, o);
    });
  return r;
}

template <class T>
void check(const ConvCase& c, const Results<double>& want, Layout layout, Layout weights,
           bool biased, double tolerance) {
  const Results<T> got = run<T>(c, layout, weights, biased);
  expect_near(got.y, want.y, tolerance, "forward");
  expect_near(got.dx, want.dx, tolerance, "input gradient");
  expect_near(got.dw, want.dw, tolerance, "weight gradient");
}

TEST(Conv2d, FollowsItsDefinition) {
  for (const ConvCase& c : conv_cases) {
    SCOPED_TRACE(::testing::PrintToString(c));
    const auto plain = expected(c), biased = with_bias(c, plain);
    for_each_target([&](int64_t) {
      for (Layout layout : kLayouts)
        check<float>(c, biased, layout, Layout::contiguous, true, 5e-6);
      check<float>(c, plain, Layout::channels_last, Layout::strided, false, 5e-6);
    });
    cpu::set_exact_conv(true);
    check<float>(c, biased, Layout::channels_last, Layout::contiguous, true, 3e-6);
    cpu::set_exact_conv(false);
    for (Layout layout : kLayouts) check<double>(c, biased, layout, layout, true, 1e-14);
  }
}

/// The weights' layout that Tandem keeps: [kh][kw][I][O] in memory.
TEST(Conv2d, WeightsWithOutputChannelsInside) {
  for (const ConvCase& c : conv_cases) {
    if (c.o.groups != 1) continue;
    SCOPED_TRACE(::testing::PrintToString(c));
    const Size4 size = c.w();
    const Size4 inside = {1, size[0], size[3] * size[1] * size[0], size[1] * size[0]};
    const Block<float> w = random_block<float>(size, Layout::contiguous, 2);
    std::vector<float> memory(size_t(size[0] * size[1] * size[2] * size[3]));
    const Image<float> turned{memory.data(), size, inside};
    w.each([&](int64_t o, int64_t i, int64_t y, int64_t x) {
      *turned.at(o, i, y, x) = w(o, i, y, x);
    });
    const Block<float> x = random_block<float>(c.x, Layout::channels_last, 1);
    const Block<float> dy = random_block<float>(c.y(), Layout::channels_last, 3);
    Results<float> r{Block<float>(c.y(), Layout::channels_last),
                     Block<float>(c.x, Layout::channels_last), Block<float>(c.w())};
    const auto bytes = [&]<ConvPass pass>() {
      return cpu::conv2d_workspace<pass, float>(c.o, x.image(), turned, dy.image());
    };
    Workspace ws(std::max({bytes.operator()<ConvPass::forward>(),
                           bytes.operator()<ConvPass::input_gradient>(),
                           bytes.operator()<ConvPass::weight_gradient>()}));
    cpu::conv2d<float>(c.o, x.image(), turned, nullptr, r.y.image(), ws.aligned());
    cpu::conv2d_input_gradient<float>(c.o, dy.image(), turned, nullptr, r.dx.image(), ws.aligned());
    cpu::conv2d_weight_gradient<float>(c.o, dy.image(), x.image(), turned, ws.aligned());
    const auto want = run<float>(c, Layout::channels_last, Layout::contiguous, false);
    r.y.each([&](int64_t a, int64_t b, int64_t i, int64_t j) {
      ASSERT_EQ(r.y(a, b, i, j), want.y(a, b, i, j));
    });
    r.dx.each([&](int64_t a, int64_t b, int64_t i, int64_t j) {
      ASSERT_EQ(r.dx(a, b, i, j), want.dx(a, b, i, j));
    });
    r.dw.each([&](int64_t a, int64_t b, int64_t i, int64_t j) {
      ASSERT_EQ(*turned.at(a, b, i, j), want.dw(a, b, i, j));
    });
  }
}

template <class T>
void expect_equal(const Block<T>& a, const Block<T>& b, const char* what) {
  a.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
    ASSERT_EQ(a(n, c, y, x), b(n, c, y, x)) << what;
  });
}

TEST(Conv2d, SameBitsForAnyThreadCountAndFmaTarget) {
  const int before = num_threads();
  for (const ConvCase& c : conv_cases) {
    SCOPED_TRACE(::testing::PrintToString(c));
    std::vector<Results<float>> results;
    for (int threads : {1, 2, 3}) {
      set_num_threads(threads);
      for_each_target([&](int64_t target) {
        if (has_fma(target))
          results.push_back(run<float>(c, Layout::channels_last, Layout::contiguous, true));
      });
    }
    for (size_t i = 1; i < results.size(); ++i) {  // none on a machine without FMA
      expect_equal(results[0].y, results[i].y, "forward");
      expect_equal(results[0].dx, results[i].dx, "input gradient");
      expect_equal(results[0].dw, results[i].dw, "weight gradient");
    }
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace tandem::testing
