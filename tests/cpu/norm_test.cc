// Batch, layer and RMS normalization against plain double loops.
#include <gtest/gtest.h>

#include <cmath>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/batch_norm.h"
#include "tandem/cpu/group_norm.h"
#include "tandem/cpu/layer_norm.h"
#include "tests/cpu/images.h"
#include "tests/cpu/targets.h"

namespace tandem::testing {
namespace {

using cpu::Arena;
using cpu::RowNorm;

/// Calls f with an arena that measures, then with one over memory of that size.
template <class F>
void with_workspace(F&& f) {
  Arena measure;
  f(measure);
  std::vector<double> memory(size_t(measure.bytes()) / 8 + 16, NAN);
  const auto address = (reinterpret_cast<uintptr_t>(memory.data()) + 63) / 64 * 64;
  Arena arena(reinterpret_cast<std::byte*>(address));
  f(arena);
}

template <class T>
constexpr double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-12;

template <class T>
struct BatchResults {
  std::vector<T> mean, variance, dweight, dbias;
  Block<T> y, dx, frozen_dx;
};

constexpr double eps = 1e-5;

template <class T>
BatchResults<T> batch_norm(const Size4& size, Layout layout) {
  Block<T> x = random_block<T>(size, layout, 1);
  // Means far from zero: a variance by E[x²] - E[x]² would be lost.
  x.each([&](int64_t n, int64_t c, int64_t i, int64_t j) { x(n, c, i, j) += T(10 + c % 7); });
  const Block<T> dy = random_block<T>(size, layout, 2);
  const Block<T> wb =
      random_block<T>({2, 1, 1, std::max<int64_t>(1, size[1])}, Layout::contiguous, 3);
  const T *weight = wb.image().data, *bias = weight + size[1];
  const auto channels = size_t(size[1]);
  BatchResults<T> r{std::vector<T>(channels), std::vector<T>(channels), std::vector<T>(channels),
                    std::vector<T>(channels), Block<T>(size, layout),   Block<T>(size, layout),
                    Block<T>(size, layout)};
  with_workspace([&](Arena& a) {
    cpu::batch_norm_statistics<T>(x.image(), r.mean.data(), r.variance.data(), a);
  });
  std::vector<T> rstd(channels);
  for (size_t c = 0; c < channels; ++c) rstd[c] = T(1 / std::sqrt(double(r.variance[c]) + eps));
  with_workspace([&](Arena& a) {
    cpu::batch_norm_apply<T>(x.image(), r.mean.data(), rstd.data(), weight, bias, r.y.image(), a);
  });
  for (bool training : {false, true})
    with_workspace([&](Arena& a) {
      cpu::batch_norm_backward<T>(dy.image(), x.image(), r.mean.data(), rstd.data(), weight,
                                  training, (training ? r.dx : r.frozen_dx).image(),
                                  r.dweight.data(), r.dbias.data(), a);
    });
  return r;
}

const Size4 kSizes[] = {{4, 16, 8, 8},  {3, 37, 5, 7},  {2, 3, 40, 41}, {64, 20, 1, 1},
                        {5, 600, 3, 2}, {3, 1, 20, 30}, {2, 64, 30, 33}};

template <class T>
void check_batch_norm(const Size4& size, Layout layout) {
  const auto r = batch_norm<T>(size, layout);
  Block<double> x = random_block<double>(size, Layout::contiguous, 1);
  const Block<double> dy = random_block<double>(size, Layout::contiguous, 2);
  const Block<double> wb = random_block<double>({2, 1, 1, size[1]}, Layout::contiguous, 3);
  const double count = double(size[0] * size[2] * size[3]);
  for (int64_t c = 0; c < size[1]; ++c) {
    const auto each = [&](auto&& f) {
      for (int64_t n = 0; n < size[0]; ++n)
        for (int64_t i = 0; i < size[2]; ++i)
          for (int64_t j = 0; j < size[3]; ++j) f(n, i, j);
    };
    double mean = 0, variance = 0, sum = 0, product = 0;
    each([&](int64_t n, int64_t i, int64_t j) {
      mean += (x(n, c, i, j) += double(10 + c % 7)) / count;
    });
    each([&](int64_t n, int64_t i, int64_t j) {
      variance += std::pow(x(n, c, i, j) - mean, 2) / count;
    });
    const double rstd = 1 / std::sqrt(variance + eps), w = wb(0, 0, 0, c), b = wb(1, 0, 0, c);
    each([&](int64_t n, int64_t i, int64_t j) {
      sum += dy(n, c, i, j), product += dy(n, c, i, j) * (x(n, c, i, j) - mean) * rstd;
    });
    const double t = tolerance<T>;
    ASSERT_NEAR(double(r.mean[size_t(c)]), mean, 10 * t);
    ASSERT_NEAR(double(r.variance[size_t(c)]), variance, t);
    ASSERT_NEAR(double(r.dbias[size_t(c)]), sum, t * count / 4);
    ASSERT_NEAR(double(r.dweight[size_t(c)]), product, t * count / 4);
    each([&](int64_t n, int64_t i, int64_t j) {
      const double xhat = (x(n, c, i, j) - mean) * rstd;
      ASSERT_NEAR(double(r.y(n, c, i, j)), xhat * w + b, 4 * t);
      ASSERT_NEAR(double(r.frozen_dx(n, c, i, j)), w * rstd * dy(n, c, i, j), 4 * t);
      ASSERT_NEAR(double(r.dx(n, c, i, j)),
                  w * rstd * (dy(n, c, i, j) - sum / count - xhat * product / count), 4 * t);
    });
  }
}

TEST(Norm, BatchNormFollowsItsDefinition) {
  for_each_target([](int64_t) {
    for (const Size4& size : kSizes)
      for (Layout layout : kLayouts) {
        SCOPED_TRACE(::testing::PrintToString(size));
        check_batch_norm<float>(size, layout);
        check_batch_norm<double>(size, layout);
      }
  });
}

TEST(Norm, BatchNormHasTheSameBitsForAnyThreadCountAndFmaTarget) {
  const int before = num_threads();
  for (Layout layout : kLayouts) {
    std::vector<BatchResults<float>> results;
    for (int threads : {1, 2, 3}) {
      set_num_threads(threads);
      for_each_target([&](int64_t target) {
        if (has_fma(target)) results.push_back(batch_norm<float>({2, 64, 30, 33}, layout));
      });
    }
    for (size_t i = 1; i < results.size(); ++i) {
      EXPECT_EQ(results[0].mean, results[i].mean);
      EXPECT_EQ(results[0].variance, results[i].variance);
      EXPECT_EQ(results[0].dweight, results[i].dweight);
      EXPECT_EQ(results[0].dbias, results[i].dbias);
      results[0].dx.each([&](int64_t n, int64_t c, int64_t y, int64_t x) {
        ASSERT_EQ(results[0].y(n, c, y, x), results[i].y(n, c, y, x));
        ASSERT_EQ(results[0].dx(n, c, y, x), results[i].dx(n, c, y, x));
      });
    }
  }
  set_num_threads(before);
}

template <class T>
void check_group_norm(const Size4& size, int64_t groups, Layout layout) {
  const Block<T> x = random_block<T>(size, layout, 1), dy = random_block<T>(size, layout, 2);
  const Block<T> wb = random_block<T>({2, 1, 1, size[1]}, Layout::contiguous, 3);
  const T *weight = wb.image().data, *bias = weight + size[1];
  Block<T> y(size, layout), dx(size, layout);
  const auto channels = size_t(size[1]), all_groups = size_t(size[0] * groups);
  std::vector<T> mean(all_groups), rstd(all_groups), dweight(channels), dbias(channels);
  with_workspace([&](Arena& a) {
    cpu::group_norm<T>(x.image(), groups, T(eps), weight, bias, y.image(), mean.data(), rstd.data(),
                       a);
  });
  with_workspace([&](Arena& a) {
    cpu::group_norm_backward<T>(dy.image(), x.image(), groups, mean.data(), rstd.data(), weight,
                                dx.image(), dweight.data(), dbias.data(), a);
  });
  const int64_t of_group = size[1] / groups;
  const double count = double(of_group * size[2] * size[3]), t = 8 * tolerance<T>;
  std::vector<double> want_dweight(channels), want_dbias(channels);
  for (int64_t n = 0; n < size[0]; ++n)
    for (int64_t g = 0; g < groups; ++g) {
      const auto each = [&](auto&& f) {
        for (int64_t c = g * of_group; c < (g + 1) * of_group; ++c)
          for (int64_t i = 0; i < size[2]; ++i)
            for (int64_t j = 0; j < size[3]; ++j) f(c, i, j);
      };
      double m = 0, v = 0, a = 0, b = 0;
      each([&](int64_t c, int64_t i, int64_t j) { m += double(x(n, c, i, j)) / count; });
      each([&](int64_t c, int64_t i, int64_t j) {
        v += std::pow(double(x(n, c, i, j)) - m, 2) / count;
      });
      const double r = 1 / std::sqrt(v + eps);
      const auto xhat = [&](int64_t c, int64_t i, int64_t j) {
        return (double(x(n, c, i, j)) - m) * r;
      };
      each([&](int64_t c, int64_t i, int64_t j) {
        const double d = double(dy(n, c, i, j));
        a += d * double(weight[c]) / count, b += d * double(weight[c]) * xhat(c, i, j) / count;
        want_dweight[size_t(c)] += d * xhat(c, i, j), want_dbias[size_t(c)] += d;
      });
      each([&](int64_t c, int64_t i, int64_t j) {
        ASSERT_NEAR(double(y(n, c, i, j)), xhat(c, i, j) * double(weight[c]) + double(bias[c]), t);
        ASSERT_NEAR(double(dx(n, c, i, j)),
                    r * (double(dy(n, c, i, j)) * double(weight[c]) - a - xhat(c, i, j) * b), t);
      });
    }
  for (size_t c = 0; c < channels; ++c) {
    ASSERT_NEAR(double(dweight[c]), want_dweight[c], t * count);
    ASSERT_NEAR(double(dbias[c]), want_dbias[c], t * count);
  }
}

TEST(Norm, GroupNormFollowsItsDefinition) {
  for_each_target([](int64_t) {
    for (Layout layout : kLayouts)
      for (const auto& [size, groups] : {std::pair{Size4{2, 12, 5, 7}, 3},
                                         {Size4{6, 32, 4, 4}, 8},
                                         {Size4{1, 9, 3, 3}, 1},
                                         {Size4{3, 6, 2, 5}, 6}}) {
        check_group_norm<float>(size, groups, layout);
        check_group_norm<double>(size, groups, layout);
      }
  });
}

template <class T>
struct RowResults {
  std::vector<T> y, mean, rstd, dx, dweight, dbias;
};

template <class T>
RowResults<T> row_norm(RowNorm kind, int64_t rows, int64_t n, bool affine) {
  const Block<T> x = random_block<T>({1, 1, rows, n}, Layout::contiguous, 1);
  const Block<T> dy = random_block<T>({1, 1, rows, n}, Layout::contiguous, 2);
  const Block<T> wb = random_block<T>({1, 1, 2, n}, Layout::contiguous, 3);
  const T* weight = affine ? wb.image().data : nullptr;
  const T* bias = affine ? wb.image().data + n : nullptr;
  const auto size = size_t(rows * n);
  RowResults<T> r{std::vector<T>(size), std::vector<T>(size_t(rows)), std::vector<T>(size_t(rows)),
                  std::vector<T>(size), std::vector<T>(size_t(n)),    std::vector<T>(size_t(n))};
  T* mean = kind == RowNorm::layer ? r.mean.data() : nullptr;
  cpu::row_norm<T>(kind, x.image().data, rows, n, T(eps), weight, bias, r.y.data(), mean,
                   r.rstd.data());
  with_workspace([&](Arena& a) {
    cpu::row_norm_backward<T>(kind, dy.image().data, x.image().data, rows, n, mean, r.rstd.data(),
                              weight, r.dx.data(), r.dweight.data(), r.dbias.data(), a);
  });
  return r;
}

template <class T>
void check_row_norm(RowNorm kind, int64_t rows, int64_t n, bool affine) {
  const auto r = row_norm<T>(kind, rows, n, affine);
  const Block<double> x = random_block<double>({1, 1, rows, n}, Layout::contiguous, 1);
  const Block<double> dy = random_block<double>({1, 1, rows, n}, Layout::contiguous, 2);
  const Block<double> wb = random_block<double>({1, 1, 2, n}, Layout::contiguous, 3);
  const auto weight = [&](int64_t i) { return affine ? wb(0, 0, 0, i) : 1; };
  std::vector<double> dweight(size_t(n), 0), dbias(size_t(n), 0);
  const double t = 4 * tolerance<T>;
  for (int64_t k = 0; k < rows; ++k) {
    double mean = 0, variance = 0, a = 0, b = 0;
    if (kind == RowNorm::layer)
      for (int64_t i = 0; i < n; ++i) mean += x(0, 0, k, i) / double(n);
    for (int64_t i = 0; i < n; ++i) variance += std::pow(x(0, 0, k, i) - mean, 2) / double(n);
    const double rstd = 1 / std::sqrt(variance + eps);
    const auto xhat = [&](int64_t i) { return (x(0, 0, k, i) - mean) * rstd; };
    for (int64_t i = 0; i < n; ++i) {
      const double g = dy(0, 0, k, i) * weight(i);
      if (kind == RowNorm::layer) a += g / double(n);
      b += g * xhat(i) / double(n);
      dweight[size_t(i)] += dy(0, 0, k, i) * xhat(i), dbias[size_t(i)] += dy(0, 0, k, i);
    }
    ASSERT_NEAR(double(r.rstd[size_t(k)]) / rstd, 1, t);
    for (int64_t i = 0; i < n; ++i) {
      const auto at = size_t(k * n + i);
      ASSERT_NEAR(double(r.y[at]), xhat(i) * weight(i) + (affine ? wb(0, 0, 1, i) : 0), t);
      // Divided by 1/deviation, which is large in a row of one element.
      ASSERT_NEAR(double(r.dx[at]) / rstd, dy(0, 0, k, i) * weight(i) - a - xhat(i) * b, t);
    }
  }
  for (size_t i = 0; i < size_t(n); ++i) {
    ASSERT_NEAR(double(r.dweight[i]), dweight[i], t * double(rows + 1));
    ASSERT_NEAR(double(r.dbias[i]), dbias[i], t * double(rows + 1));
  }
}

TEST(Norm, LayerAndRmsNormFollowTheirDefinition) {
  for_each_target([](int64_t) {
    for (RowNorm kind : {RowNorm::layer, RowNorm::rms})
      for (int64_t rows : {0, 1, 7, 500})
        for (int64_t n : {1, 2, 15, 16, 33, 128, 201}) {
          SCOPED_TRACE(n);
          check_row_norm<float>(kind, rows, n, n % 2);
          check_row_norm<double>(kind, rows, n, n % 3);
        }
  });
}

TEST(Norm, LayerNormHasTheSameBitsForAnyThreadCountAndFmaTarget) {
  const int before = num_threads();
  std::vector<RowResults<float>> results;
  for (int threads : {1, 2, 3}) {
    set_num_threads(threads);
    for_each_target([&](int64_t target) {
      if (has_fma(target)) results.push_back(row_norm<float>(RowNorm::layer, 700, 131, true));
    });
  }
  set_num_threads(before);
  for (size_t i = 1; i < results.size(); ++i) {
    EXPECT_EQ(results[0].y, results[i].y);
    EXPECT_EQ(results[0].dx, results[i].dx);
    EXPECT_EQ(results[0].dweight, results[i].dweight);
    EXPECT_EQ(results[0].dbias, results[i].dbias);
  }
}

}  // namespace
}  // namespace tandem::testing
