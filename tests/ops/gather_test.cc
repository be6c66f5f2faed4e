// scatter_reduce and isin: what they mean.
#include <gtest/gtest.h>

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
  EXPECT_THROW(sum(scatter_reduce(s.x, 0, s.at, s.src, "prod")).backward(), Error);
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
