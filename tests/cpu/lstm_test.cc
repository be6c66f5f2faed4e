#include "tandem/cpu/lstm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "tandem/base/thread_pool.h"
#include "tests/cpu/targets.h"

namespace tandem::cpu {
namespace {

using Values = std::vector<float>;

Values random_values(int64_t count, int seed) {
  std::mt19937 bits(seed);
  std::uniform_real_distribution<float> uniform(-0.5f, 0.5f);
  Values values(count);
  for (float& v : values) v = uniform(bits);
  return values;
}

struct Case {
  int64_t steps, batch, inputs, hidden;
  bool reverse = false, biases = true, states = true, batch_first = false;
};

/// A layer, its gradients by lstm_backward, and the definition in double.
struct LstmProblem {
  explicit LstmProblem(const Case& c)
      : c(c),
        x(random_values(c.steps * c.batch * c.inputs, 1)),
        weight_ih(random_values(4 * c.hidden * c.inputs, 2)),
        weight_hh(random_values(4 * c.hidden * c.hidden, 3)),
        bias_ih(random_values(4 * c.hidden, 4)),
        bias_hh(random_values(4 * c.hidden, 5)),
        h0(random_values(c.batch * c.hidden, 6)),
        c0(random_values(c.batch * c.hidden, 7)),
        h(c.steps * c.batch * c.hidden),
        gates(c.steps * c.batch * lstm_gate_pitch(c.hidden)),
        cells(h.size()),
        dh(random_values(h.size(), 8)),
        dh_last(random_values(c.batch * c.hidden, 9)),
        dc_last(random_values(c.batch * c.hidden, 10)) {}

  int64_t step() const { return c.batch_first ? c.inputs : c.batch * c.inputs; }
  int64_t item() const { return c.batch_first ? c.steps * c.inputs : c.inputs; }
  Lstm layer() const {
    return {.steps = c.steps,
            .batch = c.batch,
            .inputs = c.inputs,
            .hidden = c.hidden,
            .x = {x.data(), step(), item()},
            .weight_ih = weight_ih.data(),
            .weight_hh = weight_hh.data(),
            .bias_ih = c.biases ? bias_ih.data() : nullptr,
            .bias_hh = c.biases ? bias_hh.data() : nullptr,
            .h0 = c.states ? h0.data() : nullptr,
            .c0 = c.states ? c0.data() : nullptr,
            .reverse = c.reverse};
  }

  void run() {
    lstm_forward(layer(), h.data(), gates.data(), cells.data());
    dx.resize(x.size()), d_ih.resize(weight_ih.size()), d_hh.resize(weight_hh.size());
    db.resize(bias_ih.size()), dh0.resize(h0.size()), dc0.resize(c0.size());
    Values d_gates(gates.size());
    lstm_backward(
        layer(), h.data(), gates.data(), cells.data(), dh.data(), dh_last.data(), dc_last.data(),
        d_gates.data(),
        {{dx.data(), step(), item()}, d_ih.data(), d_hh.data(), db.data(), dh0.data(), dc0.data()});
  }

  /// sum(h * dh) + sum(h_last * dh_last) + sum(c_last * dc_last) in double; checks h if asked.
  double loss(bool check) const {
    const int64_t n = c.hidden;
    std::vector<double> hs(c.batch * n, 0), cs(c.batch * n, 0);
    if (c.states) hs.assign(h0.begin(), h0.end()), cs.assign(c0.begin(), c0.end());
    double total = 0;
    for (int64_t s = 0; s < c.steps; ++s) {
      const int64_t t = c.reverse ? c.steps - 1 - s : s;
      std::vector<double> next = hs;
      for (int64_t b = 0; b < c.batch; ++b)
        for (int64_t j = 0; j < n; ++j) {
          double z[4];
          for (int gate = 0; gate < 4; ++gate) {
            const int64_t row = gate * n + j;
            z[gate] = c.biases ? double(bias_ih[row]) + bias_hh[row] : 0;
            for (int64_t i = 0; i < c.inputs; ++i)
              z[gate] += double(weight_ih[row * c.inputs + i]) * x[t * step() + b * item() + i];
            for (int64_t i = 0; i < n; ++i) z[gate] += weight_hh[row * n + i] * hs[b * n + i];
          }
          const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
          double& cell = cs[b * n + j];
          cell = sigmoid(z[1]) * cell + sigmoid(z[0]) * std::tanh(z[2]);
          next[b * n + j] = sigmoid(z[3]) * std::tanh(cell);
        }
      hs = next;
      for (int64_t i = 0; i < c.batch * n; ++i) {
        total += hs[i] * dh[t * c.batch * n + i];
        if (check) {
          EXPECT_NEAR(h[t * c.batch * n + i], hs[i], 2e-6) << "h of step " << t;
          EXPECT_NEAR(cells[t * c.batch * n + i], cs[i], 2e-6) << "c of step " << t;
        }
      }
    }
    for (int64_t i = 0; i < c.batch * n; ++i) total += hs[i] * dh_last[i] + cs[i] * dc_last[i];
    return total;
  }

  void check() {
    SCOPED_TRACE(::testing::Message()
                 << c.steps << " steps, batch " << c.batch << ", " << c.inputs << " inputs, hidden "
                 << c.hidden << ", reverse " << c.reverse << ", batch first " << c.batch_first);
    run();
    loss(true);
    const auto compare = [&](Values& parameter, const Values& gradient, const char* what) {
      std::mt19937 pick(11);
      for (int i = 0; i < 6 && !parameter.empty(); ++i) {
        float& p = parameter[pick() % parameter.size()];
        const float before = p;
        p = before + 0x1p-9f;
        const double up = loss(false);
        p = before - 0x1p-9f;
        const double down = loss(false);
        p = before;
        EXPECT_NEAR(gradient[&p - parameter.data()], (up - down) / 0x1p-8, 2e-4) << what;
      }
    };
    compare(x, dx, "x"), compare(weight_ih, d_ih, "weight_ih"),
        compare(weight_hh, d_hh, "weight_hh");
    if (c.biases) compare(bias_ih, db, "bias_ih"), compare(bias_hh, db, "bias_hh");
    if (c.states) compare(h0, dh0, "h0"), compare(c0, dc0, "c0");
  }

  Case c;
  Values x, weight_ih, weight_hh, bias_ih, bias_hh, h0, c0, h, gates, cells, dh, dh_last, dc_last;
  Values dx, d_ih, d_hh, db, dh0, dc0;
};

TEST(LstmLayer, MatchesTheDefinitionOnEveryTarget) {
  testing::for_each_target([](int64_t) {
    LstmProblem({3, 2, 5, 4}).check();
    LstmProblem({4, 3, 7, 17, true}).check();
    LstmProblem({2, 2, 3, 9, false, false, false, true}).check();
  });
}

TEST(LstmLayer, SingleStepsAndOddSizes) {
  LstmProblem({1, 1, 1, 1}).check();
  LstmProblem({1, 3, 2, 5, true}).check();
  LstmProblem({1, 2, 3, 4, false, true, false}).check();
  LstmProblem({5, 1, 1, 3, true, false, false}).check();
}

TEST(LstmLayer, PaddedGates) {
  EXPECT_EQ(lstm_gate_pitch(128), 4 * 128 + 16);
  LstmProblem({2, 3, 4, 128}).check();
}

TEST(LstmLayer, EmptyBatch) {
  LstmProblem problem({3, 0, 4, 5});
  problem.run();
  for (const float g : problem.d_ih) EXPECT_EQ(g, 0);
  for (const float g : problem.db) EXPECT_EQ(g, 0);
}

TEST(LstmLayer, ThreadsDoNotChangeTheBits) {
  const int before = num_threads();
  LstmProblem one({6, 40, 33, 96}), many(one.c);
  set_num_threads(1);
  one.run();
  set_num_threads(3);
  many.run();
  set_num_threads(before);
  EXPECT_EQ(one.h, many.h);
  EXPECT_EQ(one.dx, many.dx);
  EXPECT_EQ(one.d_ih, many.d_ih);
  EXPECT_EQ(one.d_hh, many.d_hh);
  EXPECT_EQ(one.db, many.db);
  EXPECT_EQ(one.dh0, many.dh0);
}

}  // namespace
}  // namespace tandem::cpu
