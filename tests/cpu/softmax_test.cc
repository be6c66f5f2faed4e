// The softmax family and cross entropy, at every length about a block, strided and in every dtype,
// on every target.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/cpu/every_target.h"

namespace tandem {
namespace {

/// Numbers in -6 … 6 without a pattern.
Tensor logits(const Dims& shape, DType dtype, double turn = 0.618) {
  std::vector<double> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) {
    const double turns = (double(i) + 1) * turn;
    v[i] = 12 * (turns - std::floor(turns)) - 6;
  }
  return cast(from_data(v, shape), dtype);
}

double tolerance(DType t) {
  return t == float64 ? 1e-13 : t == float32 ? 3e-6 : t == float16 ? 4e-3 : 3e-2;
}

struct ExpectedSoftmax {
  std::vector<double> softmax, log_softmax;
};
ExpectedSoftmax definition(const Tensor& row) {
  const std::vector<double> x = row.to_vector<double>();
  double sum = 0;
  for (double v : x) sum += std::exp(v);
  ExpectedSoftmax e;
  for (double v : x) {
    e.softmax.push_back(std::exp(v) / sum);
    e.log_softmax.push_back(v - std::log(sum));
  }
  return e;
}

TEST(Softmax, FollowsItsDefinitionAtEveryLengthOnEveryTarget) {
  for (DType dtype : {float32, float64, float16, bfloat16})
    for (int64_t n : {1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 47, 48, 49, 130}) {
      SCOPED_TRACE(text(dtype, " n=", n));
      const Tensor x = logits({3, n}, dtype);
      testing::expect_equal_on_every_target(
          [&] { return std::vector{softmax(x), log_softmax(x), softmax(x, 0)}; },
          [&](const std::vector<Tensor>& y) {
            for (int64_t r = 0; r < 3; ++r) {
              const ExpectedSoftmax e = definition(select(x, 0, r));
              const auto p = select(y[0], 0, r).to_vector<double>();
              const auto l = select(y[1], 0, r).to_vector<double>();
              for (std::size_t i = 0; i < p.size(); ++i) {
                EXPECT_NEAR(p[i], e.softmax[i], tolerance(dtype));
                EXPECT_NEAR(l[i], e.log_softmax[i], tolerance(dtype) * 16);
              }
            }
          });
    }
}

TEST(Softmax, GradientsFollowTheirDefinitionOnEveryTarget) {
  for (DType dtype : {float32, float64})
    for (int64_t n : {1, 5, 16, 17, 33, 64, 100}) {
      SCOPED_TRACE(text(dtype, " n=", n));
      const Tensor y = softmax(logits({2, n}, dtype)), dy = logits({2, n}, dtype, 0.377);
      const Tensor l = log(y);
      testing::expect_equal_on_every_target(
          [&] { return std::vector{softmax_backward(dy, y), log_softmax_backward(dy, l)}; },
          [&](const std::vector<Tensor>& dx) {
            const auto p = y.to_vector<double>(), g = dy.to_vector<double>();
            const auto a = dx[0].to_vector<double>(), b = dx[1].to_vector<double>();
            for (int64_t r = 0; r < 2; ++r) {
              double dot = 0, sum = 0;
              for (int64_t i = r * n; i < (r + 1) * n; ++i)
                dot += p[std::size_t(i)] * g[std::size_t(i)], sum += g[std::size_t(i)];
              for (std::size_t i = std::size_t(r * n); i < std::size_t((r + 1) * n); ++i) {
                EXPECT_NEAR(a[i], (g[i] - dot) * p[i], tolerance(dtype) * 10);
                EXPECT_NEAR(b[i], g[i] - p[i] * sum, tolerance(dtype) * 100);
              }
            }
          });
    }
}

TEST(CrossEntropy, FollowsItsDefinitionOnEveryTarget) {
  for (DType dtype : {float32, float64})
    for (int64_t n : {1, 4, 16, 19, 40}) {
      SCOPED_TRACE(text(dtype, " n=", n));
      const Tensor x = logits({5, n}, dtype);
      const Tensor target = from_data<int64_t>({0, n - 1, -100, n / 2, 0}, {5});
      testing::expect_equal_on_every_target(
          [&] {
            const Tensor leaf = x.detach().requires_grad_();
            const Tensor loss = cross_entropy(leaf, target);
            return std::vector{loss.detach(), grad(loss, {{leaf}})[0]};
          },
          [&](const std::vector<Tensor>& y) {
            const auto t = target.to_vector<int64_t>();
            double loss = 0;
            std::vector<double> dx;
            for (int64_t r = 0; r < 5; ++r) {
              const ExpectedSoftmax e = definition(select(x, 0, r));
              const bool counts = t[std::size_t(r)] >= 0;
              if (counts) loss -= e.log_softmax[std::size_t(t[std::size_t(r)])] / 4;
              for (int64_t i = 0; i < n; ++i)
                dx.push_back(counts ? (e.softmax[std::size_t(i)] - (i == t[std::size_t(r)])) / 4
                                    : 0);
            }
            EXPECT_NEAR(y[0].item(), loss, tolerance(dtype) * 10);
            const auto found = y[1].to_vector<double>();
            for (std::size_t i = 0; i < found.size(); ++i)
              EXPECT_NEAR(found[i], dx[i], tolerance(dtype));
          });
    }
}

}  // namespace
}  // namespace tandem
