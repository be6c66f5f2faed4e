// The samplers against PyTorch's streams, recorded in random_golden.txt.
#include "tandem/cpu/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include "tandem/base/dtype.h"
#include "tandem/base/error.h"
#include "tests/expect_error.h"

namespace tandem::cpu {
namespace {

using ::testing::HasSubstr;

struct Line {
  std::string function, dtype;
  uint64_t seed;
  int64_t count;
  std::vector<double> arguments, values;
};

std::vector<Line> golden() {
  std::ifstream file(TANDEM_SOURCE_FOLDER "/tests/cpu/random_golden.txt");
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    if (text.empty() || text[0] == '#') continue;
    std::istringstream in(text);
    Line line;
    int64_t seed;
    in >> line.function >> line.dtype >> seed >> line.count;
    line.seed = uint64_t(seed);
    std::vector<double>* to = &line.arguments;
    for (std::string word; in >> word;)
      if (word == "=")
        to = &line.values;
      else
        to->push_back(std::stod(word));
    lines.push_back(line);
  }
  return lines;
}

/// What the sampler named by the line draws, as T.
template <class T>
void draw(const Line& line, std::vector<double>& got) {
  Mt19937State s = make_mt19937(line.seed);
  const std::vector<double>& a = line.arguments;
  const int64_t n = line.count;
  std::unique_ptr<T[]> out(new T[std::size_t(n)]);
  const auto take = [&](const auto* from) {
    for (int64_t i = 0; i < n; ++i) got.push_back(double(from[i]));
  };
  if (line.function == "random")
    random(s, out.get(), n);
  else if (line.function == "randint")
    randint(s, out.get(), n, int64_t(a[0]), int64_t(a[1]));
  else if (line.function == "bernoulli")
    bernoulli(s, out.get(), n, a[0]);
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, int32_t>)
    if (line.function == "randperm") randperm(s, out.get(), n);
  if constexpr (is_floating(dtype_of<T>)) {
    if (line.function == "uniform") {
      uniform(s, out.get(), n, a[0], a[1]);
    } else if (line.function == "normal") {
      normal(s, out.get(), n, a[0], a[1]);
    } else if (line.function == "normal_pairs") {
      normal_pairs(s, out.get(), n, a[0], a[1]);
    } else if (line.function == "exponential") {
      exponential(s, out.get(), n, a[0]);
    } else if (line.function == "bernoulli_of") {
      std::vector<T> p;
      for (int64_t i = 0; i < n; ++i) p.push_back(T(float(double(i) / double(n - 1))));
      bernoulli_of(s, p.data(), out.get(), n);
    } else if (line.function == "multinomial") {
      std::vector<T> weights;
      for (std::size_t i = 1; i < a.size(); ++i) weights.push_back(T(a[i]));
      std::vector<int64_t> index(std::size_t(n), -1);
      multinomial(s, weights.data(), index.data(), 2, 4, n / 2, a[0] != 0);
      return take(index.data());
    }
  }
  if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
    if (line.function == "trunc_normal") {
      std::vector<T> scratch(std::size_t(n), T(0));
      trunc_normal(s, out.get(), n, a[0], a[1], a[2], a[3], scratch.data());
    }
  take(out.get());
}

std::vector<double> draw(const Line& line) {
  std::vector<double> got;
  for (int t = 0; t < dtype_count; ++t)
    if (name(DType(t)) == line.dtype)
      with_dtype(DType(t), [&](auto zero) { draw<decltype(zero)>(line, got); });
  return got;
}

/// Normal f32 numbers made in blocks go through our own log, sin and cos, as PyTorch's go through
/// its own; all else agrees in every bit. (f64 blocks go through libm on both sides.)
double tolerance(const Line& line) {
  const bool blocks = line.function == "trunc_normal" || line.function == "normal";
  if (!blocks || line.count < 16) return 0;
  return line.dtype == "f64" ? 4e-16 : line.dtype == "f32" ? 1e-6 : 0;
}

TEST(Random, TheStreamsOfPyTorch) {
  const std::vector<Line> lines = golden();
  ASSERT_GE(lines.size(), 80u);
  for (const Line& line : lines) {
    const std::vector<double> got = draw(line);
    ASSERT_EQ(got.size(), line.values.size()) << line.function << " " << line.dtype;
    for (std::size_t i = 0; i < got.size(); ++i)
      EXPECT_NEAR(got[i], line.values[i], tolerance(line))
          << line.function << " " << line.dtype << " seed " << line.seed << " count " << line.count
          << ", element " << i;
  }
}

/// A pair's second normal number waits in the state across other draws.
TEST(Random, TheSecondNormalOfAPairWaits) {
  Mt19937State s = make_mt19937(5);
  std::vector<double> together(6), apart(6);
  normal(s, together.data(), 6, 0, 1);
  s = make_mt19937(5);
  normal(s, apart.data(), 3, 0, 1);
  EXPECT_EQ(s.has_cached_normal, 1u);
  normal(s, apart.data() + 3, 3, 0, 1);
  EXPECT_EQ(together, apart);
}

TEST(Random, PhiloxServesEverySampler) {
  PhiloxState s = make_philox(7);
  std::vector<float> u(10000), z(10000);
  uniform(s, u.data(), 10000, -1, 1);
  normal(s, z.data(), 10000, 2, 0.5);
  EXPECT_NEAR(std::accumulate(u.begin(), u.end(), 0.0) / 1e4, 0, 0.03);
  double mean = 0, square = 0;
  for (float v : z) mean += v / 1e4, square += double(v) * v / 1e4;
  EXPECT_NEAR(mean, 2, 0.03);
  EXPECT_NEAR(square - mean * mean, 0.25, 0.02);
  std::vector<int64_t> p(50);
  randperm(s, p.data(), 50);
  std::sort(p.begin(), p.end());
  for (int64_t i = 0; i < 50; ++i) EXPECT_EQ(p[std::size_t(i)], i);
  // Where it stopped is a number: the same draws from there.
  PhiloxState later = make_philox(7, s.offset);
  EXPECT_EQ(next_u32(s), next_u32(later));
}

TEST(Random, BadWeightsAreNamed) {
  Mt19937State s = make_mt19937(1);
  int64_t out[4];
  const float negative[] = {1, 2, -3, 4}, zero[] = {1, 1, 0, 0}, few[] = {0, 1, 0, 0};
  EXPECT_THAT(error_of([&] { multinomial(s, negative, out, 2, 2, 1, false); }),
              HasSubstr("got -3 at [1, 0]"));
  EXPECT_THAT(error_of([&] { multinomial(s, zero, out, 2, 2, 1, false); }),
              HasSubstr("the weights of row 1 are all 0"));
  EXPECT_THAT(error_of([&] { multinomial(s, few, out, 1, 4, 2, false); }),
              HasSubstr("has 1 weights above 0, fewer than num_samples=2"));
  const float over[] = {0.5f, 1.5f};
  float drawn[2];
  EXPECT_THAT(error_of([&] { bernoulli_of(s, over, drawn, 2); }),
              HasSubstr("got 1.5 at element 1"));
}

}  // namespace
}  // namespace tandem::cpu
