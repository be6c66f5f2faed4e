#include "tandem/cpu/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "tandem/base/thread_pool.h"
#include "tests/cpu/targets.h"

namespace tandem::cpu {
namespace {

class GemmTest : public ::testing::Test {
 protected:
  void SetUp() override { set_num_threads(1); }
  void TearDown() override { set_num_threads(before_); }
  const int before_ = num_threads();
};

enum class Layout { rows, columns, spread, reversed, one_row, one_column };
constexpr Layout layouts[] = {Layout::rows,     Layout::columns, Layout::spread,
                              Layout::reversed, Layout::one_row, Layout::one_column};

/// In [-1, 1). The standard's distribution takes logarithms, which is most of such a test's time.
template <class T>
T uniform_value(std::mt19937& random) {
  return T(random()) * T(0x1p-31) - 1;
}

/// A matrix with random elements that lies in some way in a larger buffer, off any alignment.
template <class T>
struct Stored {
  Stored(int64_t rows, int64_t columns, Layout layout, int seed) : buffer(rows * columns * 6 + 16) {
    std::mt19937 random(seed);
    for (T& x : buffer) x = uniform_value<T>(random);
    const T* data = buffer.data() + 3;
    switch (layout) {
      case Layout::rows:
        matrix = {data, columns, 1};
        break;
      case Layout::columns:
        matrix = {data, 1, rows};
        break;
      case Layout::spread:
        matrix = {data, 2 * columns + 1, 2};
        break;
      case Layout::reversed:
        matrix = {data + rows * columns, -columns, -1};
        break;
      case Layout::one_row:  // expanded: every row, or column, is the same
        matrix = {data, 0, 1};
        break;
      case Layout::one_column:
        matrix = {data, 1, 0};
        break;
    }
    // The same elements in every layout.
    T* writable = buffer.data() + (matrix.data - buffer.data());
    std::mt19937 again(seed + 1);
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j)
        writable[i * matrix.row_stride + j * matrix.column_stride] = uniform_value<T>(again);
  }
  T operator()(int64_t i, int64_t j) const {
    return matrix.data[i * matrix.row_stride + j * matrix.column_stride];
  }
  std::vector<T> buffer;
  Matrix<T> matrix;
};

/// The sum as gemm.h defines it, FMA by FMA.
template <class T>
T defined_sum(const Stored<T>& a, const Stored<T>& b, int64_t i, int64_t j, int64_t k, T before,
              bool accumulate) {
  const int64_t blocks = std::max<int64_t>((k + 1023) / 1024, 1),
                length = (k + blocks - 1) / blocks;
  T c = before;
  for (int64_t block = 0; block < blocks; ++block) {
    T chain = 0;
    for (int64_t l = block * length; l < std::min((block + 1) * length, k); ++l)
      chain = std::fma(a(i, l), b(l, j), chain);
    c = block == 0 && !accumulate ? chain : c + chain;
  }
  return c;
}

struct GemmCase {
  int64_t m, n, k;
  bool accumulate = false, bias = false, relu = false;
};

/// The product of two stored matrices into dense rows of c.
template <class T>
Gemm<T> product(const GemmCase& s, const Stored<T>& a, const Stored<T>& b, T* c) {
  return {.m = s.m, .n = s.n, .k = s.k, .a = a.matrix, .b = b.matrix, .c = c, .c_pitch = s.n};
}

/// b in panels, aligned as they must be.
class Panels {
 public:
  Panels(const GemmCase& s, const Matrix<float>& b) : buffer_(panels_size(s.k, s.n) + 16) {
    data_ = buffer_.data() + (64 - uintptr_t(buffer_.data()) % 64) % 64 / sizeof(float);
    pack_panels(s.k, s.n, b, data_);
  }
  const float* data() const { return data_; }

 private:
  std::vector<float> buffer_;
  float* data_;
};

/// Checks one product in one layout against the definition: to the bit where the target has FMA.
template <class T>
void check(const GemmCase& s, Layout a_layout, Layout b_layout, bool exact, bool packed = false) {
  SCOPED_TRACE(::testing::Message() << s.m << " x " << s.n << " x " << s.k << " layouts "
                                    << int(a_layout) << int(b_layout) << (packed ? " packed" : ""));
  const Stored<T> a(s.m, s.k, a_layout, 1), b(s.k, s.n, b_layout, 2), bias(1, s.n, Layout::rows, 3);
  const int64_t pitch = s.n + (s.m % 3);
  Stored<T> c(s.m, std::max<int64_t>(pitch, 1), Layout::rows, 4);
  const Stored<T> before = c;
  T* out = c.buffer.data() + 3;
  Gemm<T> g{.m = s.m, .n = s.n, .k = s.k, .a = a.matrix, .b = b.matrix, .c = out, .c_pitch = pitch};
  g.accumulate = s.accumulate, g.relu = s.relu;
  if (s.bias) g.bias = bias.matrix.data;
  std::optional<Panels> panels;
  if constexpr (std::is_same_v<T, float>) {
    if (packed) {
      g.b_panels = panels.emplace(s, b.matrix).data();
      g.b = {};
    }
  }
  gemm(g);
  for (int64_t i = 0; i < s.m; ++i)
    for (int64_t j = 0; j < pitch; ++j) {
      const T old = before.buffer[3 + i * pitch + j], now = out[i * pitch + j];
      if (j >= s.n) {
        ASSERT_EQ(now, old) << "wrote beyond the columns";
        continue;
      }
      T expected = defined_sum(a, b, i, j, s.k, old, s.accumulate);
      if (s.bias) expected += bias(0, j);
      if (s.relu && expected < 0) expected = 0;
      if (exact)
        ASSERT_EQ(now, expected) << i << ", " << j;
      else
        ASSERT_NEAR(now, expected, std::numeric_limits<T>::epsilon() * 8 * (s.k + 2))
            << i << ", " << j;
    }
}

template <class T>
void check_sizes(bool exact) {
  for (const int64_t m : {0, 1, 2, 3, 7, 29})
    for (const int64_t n : {0, 1, 15, 16, 33, 65})
      for (const int64_t k : {0, 1, 2, 17}) {
        const bool odd = (m + n + k) % 2;
        check<T>({m, n, k, odd, m % 2 == 0, n % 2 == 0}, Layout::rows, Layout::rows, exact);
        check<T>({m, n, k, !odd, m % 2 == 1, false}, Layout::columns, Layout::columns, exact);
      }
}

TEST_F(GemmTest, SizesInFloat) {
  testing::for_each_target([](int64_t target) { check_sizes<float>(testing::has_fma(target)); });
}
TEST_F(GemmTest, SizesInDouble) {
  testing::for_each_target([](int64_t target) { check_sizes<double>(testing::has_fma(target)); });
}

TEST_F(GemmTest, LayoutsDoNotChangeTheBits) {
  testing::for_each_target([](int64_t target) {
    const bool exact = testing::has_fma(target);
    for (const Layout a : layouts)
      for (const Layout b : layouts) {
        for (const GemmCase& s :
             {GemmCase{1, 40, 30}, GemmCase{40, 1, 30}, GemmCase{9, 20, 1}, GemmCase{50, 70, 20}}) {
          check<float>(s, a, b, exact);
          check<double>(s, a, b, exact);
        }
        check<float>({50, 70, 33, true, true, true}, a, b, exact, true);
      }
  });
}

TEST_F(GemmTest, LongSumsAreCutAsDocumented) {
  testing::for_each_target([](int64_t target) {
    const bool exact = testing::has_fma(target);
    for (const int64_t k : {1024, 1025, 2100})
      for (const Layout layout : {Layout::rows, Layout::columns}) {
        check<float>({5, 35, k, true, true, true}, layout, layout, exact);
        check<float>({5, 35, k, false, true}, layout, layout, exact, true);
        check<float>({9, 1, k, true}, layout, layout, exact);
        check<double>({5, 10, k, true, true, true}, layout, layout, exact);
      }
  });
}

// Pitches of 4 KB, where operands are copied first; more rows than a block.
TEST_F(GemmTest, LargeProducts) {
  const bool exact = testing::has_fma(hwy::SupportedTargets() & -hwy::SupportedTargets());
  for (const bool packed : {false, true}) {
    check<float>({100, 80, 1024, true, true, true}, Layout::rows, Layout::rows, exact, packed);
    check<float>({130, 70, 2048}, Layout::spread, Layout::rows, exact, packed);
  }
  check<float>({310, 140, 200}, Layout::columns, Layout::columns, exact);
  check<float>({60, 1024, 40}, Layout::rows, Layout::rows, exact);
  check<double>({100, 130, 300, true}, Layout::columns, Layout::rows, exact);
}

TEST_F(GemmTest, ThreadsDoNotChangeTheBits) {
  for (const GemmCase& s : {GemmCase{200, 100, 90}, GemmCase{40, 900, 60}, GemmCase{3, 700, 600},
                            GemmCase{900, 1, 700}, GemmCase{333, 257, 530}}) {
    const Stored<float> a(s.m, s.k, Layout::rows, 1), b(s.k, s.n, Layout::columns, 2);
    std::vector<float> first(s.m * s.n), other(s.m * s.n);
    Gemm<float> g = product(s, a, b, first.data());
    gemm(g);
    for (const int threads : {2, 3, 7}) {
      set_num_threads(threads);
      g.c = other.data();
      gemm(g);
      EXPECT_EQ(first, other) << threads << " threads, m = " << s.m;
    }
    set_num_threads(1);
  }
}

template <class T>
void check_batch(int64_t count, int64_t m, int64_t n, int64_t k) {
  const Stored<T> a(count * m, k, Layout::rows, 1), b(k, n, Layout::rows, 2);
  std::vector<T> batched(count * m * n), one_by_one(count * m * n);
  // Every item has rows of its own in a, in reverse order, and shares b.
  std::vector<GemmOffsets> offsets;
  for (int64_t i = 0; i < count; ++i) offsets.push_back({(count - 1 - i) * m * k, 0, i * m * n});
  Gemm<T> g{
      .m = m, .n = n, .k = k, .a = a.matrix, .b = b.matrix, .c = batched.data(), .c_pitch = n};
  gemm(g, offsets);
  for (const GemmOffsets& offset : offsets) {
    Gemm<T> item = g;
    item.a.data += offset.a, item.b.data += offset.b, item.c = one_by_one.data() + offset.c;
    gemm(item);
  }
  EXPECT_EQ(batched, one_by_one);
}

/// Doubles each element and counts how often it came.
class Doubling : public Epilogue {
 public:
  Doubling(float* c, int64_t columns, std::vector<int>& times)
      : c_(c), columns_(columns), times_(times) {}
  void run(const MatrixPart& part) const override {
    for (int64_t i = part.row_begin; i < part.row_end; ++i)
      for (int64_t j = part.column_begin; j < part.column_end; ++j) {
        c_[i * columns_ + j] *= 2;
        ++times_[i * columns_ + j];
      }
  }

 private:
  float* c_;
  int64_t columns_;
  std::vector<int>& times_;
};

TEST_F(GemmTest, EpiloguesGetEveryFinishedElementOnce) {
  for (const int threads : {1, 2})
    for (const bool packed : {false, true})
      for (const GemmCase& s : {GemmCase{3, 40, 50}, GemmCase{100, 80, 1024},
                                GemmCase{150, 1100, 64}, GemmCase{600, 140, 1025}}) {
        set_num_threads(threads);
        const Stored<float> a(s.m, s.k, Layout::rows, 1), b(s.k, s.n, Layout::rows, 2);
        std::vector<float> plain(s.m * s.n), doubled(s.m * s.n);
        Gemm<float> g = product(s, a, b, plain.data());
        std::optional<Panels> panels;
        if (packed) g.b_panels = panels.emplace(s, b.matrix).data();
        gemm(g);
        std::vector<int> times(s.m * s.n);
        const Doubling doubling(doubled.data(), s.n, times);
        g.c = doubled.data();
        g.epilogue = &doubling;
        gemm(g);
        for (float& x : plain) x *= 2;
        EXPECT_EQ(doubled, plain) << s.m << " x " << s.n << " x " << s.k;
        EXPECT_EQ(times, std::vector<int>(s.m * s.n, 1));
      }
}

TEST_F(GemmTest, Batches) {
  for (const int threads : {1, 2, 3}) {
    set_num_threads(threads);
    check_batch<float>(0, 3, 4, 5);
    check_batch<float>(1, 3, 4, 5);
    check_batch<float>(400, 5, 6, 7);
    check_batch<float>(100, 50, 1, 20);
    check_batch<float>(5, 100, 70, 80);
    check_batch<double>(7, 60, 50, 90);
  }
}

TEST_F(GemmTest, NaNAndInfinityGoThrough) {
  testing::for_each_target([](int64_t) {
    const float nan = std::numeric_limits<float>::quiet_NaN(),
                infinity = std::numeric_limits<float>::infinity();
    const std::vector<float> a{nan, 0, 1, 1}, b{1, 0, infinity, 2};
    std::vector<float> c(4);
    gemm(Gemm<float>{.m = 2,
                     .n = 2,
                     .k = 2,
                     .a = {a.data(), 2, 1},
                     .b = {b.data(), 2, 1},
                     .c = c.data(),
                     .c_pitch = 2,
                     .relu = true});
    EXPECT_TRUE(std::isnan(c[0]) && std::isnan(c[1]));
    EXPECT_EQ(c[2], infinity);
    EXPECT_EQ(c[3], 2);
  });
}

}  // namespace
}  // namespace tandem::cpu
