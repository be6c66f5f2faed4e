// scatter_reduce and isin: what they mean.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tandem/autograd/backward.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

struct Scattered {
  Tensor x = from_data<double>({10, 20, 30, 40}, {4});
  Tensor at = from_data<int64_t>({0, 1, 0, 1, 3}, {5});
  Tensor src = from_data<double>({1, 2, 3, 4, 40}, {5});
};

TEST(ScatterReduce, JoinsAsPyTorch) {
  const Scattered s;
  const auto by = [&](Name reduce, bool include_self) {
    return values(scatter_reduce(s.x, 0, s.at, s.src, reduce, include_self));
  };
  EXPECT_THAT(by("sum", true), Near({14, 26, 30, 80}));
  EXPECT_THAT(by("sum", false), Near({4, 6, 30, 40}));
  EXPECT_THAT(by("prod", true), Near({30, 160, 30, 1600}));
  EXPECT_THAT(by("prod", false), Near({3, 8, 30, 40}));
  EXPECT_THAT(by("mean", true), Near({14.0 / 3, 26.0 / 3, 30, 40}));
  EXPECT_THAT(by("mean", false), Near({2, 3, 30, 40}));
  EXPECT_THAT(by("amax", true), Near({10, 20, 30, 40}));
  EXPECT_THAT(by("amax", false), Near({3, 4, 30, 40}));
  EXPECT_THAT(by("amin", true), Near({1, 2, 30, 40}));
  // Integers: the mean is rounded down.
  const Tensor i = from_data<int64_t>({0, 0}, {2});
  EXPECT_EQ(scatter_reduce(i, 0, from_data<int64_t>({0, 1, 1}, {3}),
                           from_data<int64_t>({-3, 3, 4}, {3}), "mean")
                .to_vector<int64_t>(),
            (std::vector<int64_t>{-2, 2}));
}

TEST(ScatterReduce, EqualExtremesShareTheGradient) {
  Scattered s;
  s.x.requires_grad_();
  s.src.requires_grad_();
  sum(scatter_reduce(s.x, 0, s.at, s.src, "amax")).backward();
  EXPECT_THAT(values(s.x.grad()), Near({1, 1, 1, 0.5}));
  EXPECT_THAT(values(s.src.grad()), Near({0, 0, 0, 0, 0.5}));
}

TEST(ScatterReduce, ProductsWithZerosHaveGradients) {
  Tensor x = from_data<double>({2, 0, 5}, {3}).requires_grad_();
  Tensor src = from_data<double>({3, 0, 4, 7, 0, 0}, {6}).requires_grad_();
  const Tensor at = from_data<int64_t>({0, 0, 1, 1, 2, 2}, {6});
  sum(scatter_reduce(x, 0, at, src, "prod")).backward();
  EXPECT_THAT(values(x.grad()), Near({0, 28, 0}));
  EXPECT_THAT(values(src.grad()), Near({0, 6, 0, 0, 0, 0}));
}

/// Long lines are sorted by their digits: in the order that comparing gives, equal ones as they
/// come.
TEST(Sort, LongLinesKeepTheOrderOfEqualOnes) {
  for (DType dtype : {float32, float64, float16, int64, int32, int8, uint8}) {
    constexpr int64_t n = 3000;
    std::vector<double> numbers;
    for (int64_t i = 0; i < n; ++i) numbers.push_back(double((i * i * 7919 + i) % 211) - 100);
    if (is_floating(dtype)) {
      numbers[5] = numbers[100] = NAN;
      numbers[7] = -0.0, numbers[9] = 0, numbers[11] = INFINITY, numbers[12] = -INFINITY;
    }
    const Tensor x = cast(from_data(numbers, {n}), dtype);
    const std::vector<double> line = values(x);
    for (bool descending : {false, true}) {
      std::vector<int64_t> expected(n);
      for (int64_t i = 0; i < n; ++i) expected[std::size_t(i)] = i;
      const auto rank = [&](int64_t i) {
        const double v = line[std::size_t(i)];
        return std::pair(std::isnan(v), std::isnan(v) ? 0 : v);
      };
      std::ranges::sort(expected, [&](int64_t a, int64_t b) {
        if (rank(a) == rank(b)) return a < b;  // equal ones keep their order
        return descending ? rank(b) < rank(a) : rank(a) < rank(b);
      });
      EXPECT_EQ(sort(x, 0, descending)[1].to_vector<int64_t>(), expected);
      for (int64_t k : {1, 50, 2000})
        EXPECT_EQ(topk(x, k, 0, descending)[1].to_vector<int64_t>(),
                  std::vector(expected.begin(), expected.begin() + k));
    }
  }
}

TEST(ScatterAdd, LinesBesideEachOther) {
  const int64_t rows = 700, columns = 1100;
  const Tensor at = remainder(arange(0, rows * columns) * 31, 5);
  const Tensor src = remainder(arange(0, rows * columns) * 7, 11) - 5;
  for (int dim : {0, 1}) {
    const Tensor index = reshape(at, {rows, columns}), from = reshape(src, {rows, columns});
    Dims shape{rows, columns};
    shape[dim] = 5;
    const Tensor found = scatter_add(full(shape, 0, int64), dim, index, from);
    for (int64_t k = 0; k < 5; ++k)
      EXPECT_TRUE(equal(select(found, dim, k), sum(where(eq(index, k), from, 0), dim)));
  }
}

TEST(Isin, FindsWhatIsThere) {
  const Tensor x = from_data<int64_t>({3, 1, 4, 1, 5, 9}, {2, 3});
  const auto found = [&](std::initializer_list<double> list, bool invert = false) {
    const Tensor wanted = from_data(list, {int64_t(list.size())});
    return isin(x, wanted, false, invert).to_vector<int64_t>();
  };
  EXPECT_EQ(found({9, 1}), (std::vector<int64_t>{0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(found({9, 1}, true), (std::vector<int64_t>{1, 0, 1, 0, 1, 0}));
  EXPECT_EQ(found({3.5, 2}), (std::vector<int64_t>(6, 0)));
  EXPECT_EQ(found({}), (std::vector<int64_t>(6, 0)));
  const Tensor nan = from_data<double>({NAN}, {1});
  EXPECT_EQ(isin(nan, nan).to_vector<int64_t>(), (std::vector<int64_t>{0}));
}

}  // namespace
}  // namespace tandem
