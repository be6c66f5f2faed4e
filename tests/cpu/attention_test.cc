#include "tandem/cpu/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "tandem/base/thread_pool.h"
#include "tests/cpu/targets.h"

namespace tandem::cpu {
namespace {

enum class Mask { none, boolean, additive, per_query };

struct AttentionCase {
  int64_t batch, heads, kv_heads, queries, keys, dim, value_dim;
  bool causal = false;
  Mask mask = Mask::none;
};

/// Tensors that lie as [batch, rows, heads, dim], as projections leave them, with a gap.
struct Data {
  Data(int64_t batch, int64_t heads, int64_t rows, int64_t dim, int seed)
      : batch(rows * heads * (dim + 1)),
        head(dim + 1),
        row(heads * (dim + 1)),
        values(batch * this->batch + 1) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(-1, 1);
    for (float& v : values) v = uniform(random);
  }
  template <class T = const float>
  Heads<T> view() {
    return {values.data(), batch, head, row};
  }
  double operator()(int64_t b, int64_t h, int64_t i, int64_t d) const {
    return values[b * batch + h * head + i * row + d];
  }
  int64_t batch, head, row;
  std::vector<float> values;
};

/// Attention and its gradients in double, from the definition.
struct Problem {
  explicit Problem(const AttentionCase& c)
      : c(c),
        q(c.batch, c.heads, c.queries, c.dim, 1),
        k(c.batch, c.kv_heads, c.keys, c.dim, 2),
        v(c.batch, c.kv_heads, c.keys, c.value_dim, 3),
        out(c.batch, c.heads, c.queries, c.value_dim, 4),
        d_out(c.batch, c.heads, c.queries, c.value_dim, 5),
        dq(c.batch, c.heads, c.queries, c.dim, 6),
        dk(c.batch, c.kv_heads, c.keys, c.dim, 7),
        dv(c.batch, c.kv_heads, c.keys, c.value_dim, 8),
        log_sum_exp(c.batch * c.heads * c.queries + 1) {
    std::mt19937 random(9);
    std::uniform_real_distribution<float> uniform(-1, 1);
    additive.resize(c.batch * c.queries * c.keys + 1);
    for (float& m : additive) m = uniform(random);
    additive[0] = -std::numeric_limits<float>::infinity();
    boolean = std::make_unique<bool[]>(c.queries * c.keys + 1);
    for (int64_t i = 0; i < c.queries * c.keys; ++i) boolean[i] = random() % 3 > 0;
    // The last query sees nothing.
    for (int64_t j = 0; j < c.keys; ++j)
      boolean[std::max<int64_t>(c.queries - 1, 0) * c.keys + j] = false;
  }

  Attention attention() {
    Attention a{.batch = c.batch,
                .heads = c.heads,
                .kv_heads = c.kv_heads,
                .queries = c.queries,
                .keys = c.keys,
                .dim = c.dim,
                .value_dim = c.value_dim,
                .q = q.view(),
                .k = k.view(),
                .v = v.view(),
                .mask = {},
                .causal = c.causal,
                .scale = scale};
    if (c.mask == Mask::boolean) a.mask = {.boolean = boolean.get(), .row = c.keys, .column = 1};
    if (c.mask == Mask::additive)  // one row for all queries, the same for all heads
      a.mask = {.additive = additive.data(), .batch = c.queries * c.keys, .column = 1};
    if (c.mask == Mask::per_query)
      a.mask = {
          .additive = additive.data(), .batch = c.queries * c.keys, .row = c.keys, .column = 1};
    return a;
  }
  void run() {
    attention_forward(attention(), out.view<float>(), log_sum_exp.data());
    attention_backward(attention(), out.view(), d_out.view(), log_sum_exp.data(), dq.view<float>(),
                       dk.view<float>(), dv.view<float>());
  }

  double mask_of(int64_t b, int64_t i, int64_t j) const {
    if (c.causal && j > i) return -INFINITY;
    if (c.mask == Mask::boolean) return boolean[i * c.keys + j] ? 0 : -INFINITY;
    if (c.mask == Mask::additive) return additive[b * c.queries * c.keys + j];
    if (c.mask == Mask::per_query) return additive[(b * c.queries + i) * c.keys + j];
    return 0;
  }

  void check() {
    SCOPED_TRACE(::testing::Message()
                 << c.batch << " x " << c.heads << "/" << c.kv_heads << ", " << c.queries
                 << " queries, " << c.keys << " keys, dims " << c.dim << ", " << c.value_dim
                 << ", causal " << c.causal << ", mask " << int(c.mask));
    run();
    const int64_t group = c.heads / c.kv_heads;
    std::vector<double> ek(c.keys * c.dim), ev(c.keys * c.value_dim), p(c.keys), ds(c.keys);
    for (int64_t b = 0; b < c.batch; ++b)
      for (int64_t kv = 0; kv < c.kv_heads; ++kv) {
        std::fill(ek.begin(), ek.end(), 0), std::fill(ev.begin(), ev.end(), 0);
        for (int64_t h = kv * group; h < (kv + 1) * group; ++h)
          for (int64_t i = 0; i < c.queries; ++i) {
            double max = -INFINITY, sum = 0, dot = 0;
            for (int64_t j = 0; j < c.keys; ++j) {
              p[j] = 0;
              for (int64_t d = 0; d < c.dim; ++d) p[j] += q(b, h, i, d) * k(b, kv, j, d);
              p[j] = p[j] * double(scale) + mask_of(b, i, j);
              max = std::max(max, p[j]);
            }
            const bool nothing = max == -INFINITY;
            for (double& x : p) sum += x = nothing ? 0 : std::exp(x - max);
            const double lse = log_sum_exp[(b * c.heads + h) * c.queries + i];
            if (nothing)
              ASSERT_EQ(lse, -INFINITY);
            else
              ASSERT_NEAR(lse, max + std::log(sum), 1e-5);
            for (double& x : p) x /= nothing ? 1 : sum;
            for (int64_t e = 0; e < c.value_dim; ++e) {
              double o = 0;
              for (int64_t j = 0; j < c.keys; ++j) o += p[j] * v(b, kv, j, e);
              ASSERT_NEAR(out(b, h, i, e), o, 3e-6) << "out of query " << i;
            }
            for (int64_t j = 0; j < c.keys; ++j) {
              ds[j] = 0;
              for (int64_t e = 0; e < c.value_dim; ++e) {
                ds[j] += d_out(b, h, i, e) * v(b, kv, j, e);
                ev[j * c.value_dim + e] += p[j] * d_out(b, h, i, e);
              }
              dot += p[j] * ds[j];
            }
            for (int64_t j = 0; j < c.keys; ++j) ds[j] = p[j] * (ds[j] - dot) * double(scale);
            for (int64_t d = 0; d < c.dim; ++d) {
              double g = 0;
              for (int64_t j = 0; j < c.keys; ++j) {
                g += ds[j] * k(b, kv, j, d);
                ek[j * c.dim + d] += ds[j] * q(b, h, i, d);
              }
              ASSERT_NEAR(dq(b, h, i, d), g, 1e-5) << "dq of query " << i;
            }
          }
        for (int64_t j = 0; j < c.keys; ++j) {
          for (int64_t d = 0; d < c.dim; ++d)
            ASSERT_NEAR(dk(b, kv, j, d), ek[j * c.dim + d], 3e-5) << "dk of key " << j;
          for (int64_t e = 0; e < c.value_dim; ++e)
            ASSERT_NEAR(dv(b, kv, j, e), ev[j * c.value_dim + e], 3e-5) << "dv of key " << j;
        }
      }
  }

  AttentionCase c;
  float scale = 0.3f;
  Data q, k, v, out, d_out, dq, dk, dv;
  std::vector<float> log_sum_exp, additive;
  std::unique_ptr<bool[]> boolean;
};

class AttentionTest : public ::testing::Test {
 protected:
  void TearDown() override { set_num_threads(before_); }
  const int before_ = num_threads();
};

TEST_F(AttentionTest, MatchesTheDefinitionOnEveryTarget) {
  testing::for_each_target([](int64_t) {
    Problem({2, 2, 2, 5, 7, 4, 3}).check();
    Problem({1, 4, 2, 50, 50, 8, 17, true}).check();
    Problem({1, 2, 1, 9, 20, 5, 16, false, Mask::boolean}).check();
    Problem({2, 2, 2, 44, 33, 16, 8, false, Mask::additive}).check();
    Problem({2, 1, 1, 20, 20, 3, 33, true, Mask::per_query}).check();
  });
}

TEST_F(AttentionTest, SmallAndUnequalSizes) {
  for (const int64_t queries : {1, 2, 41, 43})
    for (const int64_t keys : {1, 15, 16, 17})
      for (const bool causal : {false, true}) {
        Problem({1, 2, 1, queries, keys, 3, 2, causal}).check();
        Problem({1, 1, 1, queries, keys, 1, 1, causal, Mask::boolean}).check();
      }
}

TEST_F(AttentionTest, ManyBlocks) {
  Problem({1, 2, 1, 200, 230, 32, 32, true}).check();
  // Rows so long that a block has fewer queries.
  Problem({1, 1, 1, 30, 3000, 4, 4}).check();
}

TEST_F(AttentionTest, NoKeysGiveZeros) {
  Problem problem({1, 1, 1, 3, 0, 4, 2});
  problem.run();
  for (int64_t i = 0; i < 3; ++i) {
    for (int64_t e = 0; e < 2; ++e) EXPECT_EQ(problem.out(0, 0, i, e), 0);
    for (int64_t d = 0; d < 4; ++d) EXPECT_EQ(problem.dq(0, 0, i, d), 0);
  }
}

TEST_F(AttentionTest, NaNIsNotHidden) {
  Problem problem({1, 1, 1, 2, 3, 2, 2});
  problem.q.values[0] = std::numeric_limits<float>::quiet_NaN();
  problem.run();
  EXPECT_TRUE(std::isnan(problem.out(0, 0, 0, 0)));
  EXPECT_FALSE(std::isnan(problem.out(0, 0, 1, 0)));
}

TEST_F(AttentionTest, ThreadsDoNotChangeTheBits) {
  // Few key heads and many, long and short: backward is cut along one thing or another.
  for (const bool causal : {false, true})
    for (const AttentionCase& c :
         {AttentionCase{2, 2, 1, 300, 300, 16, 16, causal},
          AttentionCase{1, 4, 1, 130, 1000, 8, 24, causal},
          AttentionCase{1, 1, 1, 1, 97, 5, 3, causal},
          AttentionCase{1, 2, 2, 500, 60, 33, 17, causal},
          AttentionCase{1, 3, 1, 90, 200, 16, 16, causal, Mask::additive}}) {
      Problem one(c);
      set_num_threads(1);
      one.run();
      for (const int threads : {2, 3, 8}) {
        Problem many(c);
        set_num_threads(threads);
        many.run();
        EXPECT_EQ(one.out.values, many.out.values);
        EXPECT_EQ(one.dq.values, many.dq.values);
        EXPECT_EQ(one.dk.values, many.dk.values);
        EXPECT_EQ(one.dv.values, many.dv.values);
      }
    }
}

}  // namespace
}  // namespace tandem::cpu
