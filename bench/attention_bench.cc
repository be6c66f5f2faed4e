// Attention beside the machine's FMA peak: GF/s of the products (causal ones count the lower half),
// and the ratio to the peak.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "bench/fma_peak.h"
#include "tandem/cpu/attention.h"

namespace tandem::cpu {
namespace {

/// Projections as a transformer leaves them: q, k and v side by side in [batch, tokens, 3, heads,
/// dim], about 768 tokens.
void attention(benchmark::State& state, bool backward, int64_t heads) {
  const int64_t tokens = state.range(0), dim = state.range(1), width = heads * dim;
  const int64_t batch = std::max<int64_t>(768 / tokens, 1);
  std::vector<float> qkv(batch * tokens * 3 * width), gradient(qkv.size()),
      out(batch * tokens * width), d_out(out.size(), 0.5f), log_sum_exp(batch * heads * tokens);
  for (size_t i = 0; i < qkv.size(); ++i) qkv[i] = float(i * 2654435761u % 1000) * 0.002f - 1;
  const auto part = [&](auto& values, int64_t which) {
    return Heads<float>{values.data() + which * width, tokens * 3 * width, dim, 3 * width};
  };
  const auto readable = [](const Heads<float>& x) {
    return Heads<const float>{x.data, x.batch, x.head, x.row};
  };
  const Heads<float> y{out.data(), tokens * width, dim, width};
  const Heads<const float> dy{d_out.data(), tokens * width, dim, width};
  const Attention problem{.batch = batch,
                          .heads = heads,
                          .kv_heads = heads,
                          .queries = tokens,
                          .keys = tokens,
                          .dim = dim,
                          .value_dim = dim,
                          .q = readable(part(qkv, 0)),
                          .k = readable(part(qkv, 1)),
                          .v = readable(part(qkv, 2)),
                          .mask = {},
                          .causal = state.range(2) != 0,
                          .scale = 1 / std::sqrt(float(dim))};
  attention_forward(problem, y, log_sum_exp.data());
  const double products = backward ? 5 : 2;
  const double flops = products * 2 * double(batch * heads) * double(tokens * tokens) *
                       double(dim) * (problem.causal ? 0.5 : 1);
  run_beside_peak(state, flops, int(state.range(3)), [&] {
    if (backward)
      attention_backward(problem, readable(y), dy, log_sum_exp.data(), part(gradient, 0),
                         part(gradient, 1), part(gradient, 2));
    else
      attention_forward(problem, y, log_sum_exp.data());
  });
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"tokens", "dim", "causal", "threads"})->Unit(benchmark::kMillisecond);
  for (const int64_t dim : {32, 64})
    for (const int64_t tokens : {64, 256, 1024})
      for (const int64_t causal : {1, 0}) b->Args({tokens, dim, causal, 1});
  b->Args({256, 64, 1, 2})->Args({1024, 64, 0, 2});
}

/// One long sequence with one head, which threads share.
void long_sequence(benchmark::internal::Benchmark* b) {
  b->ArgNames({"tokens", "dim", "causal", "threads"})->Unit(benchmark::kMillisecond);
  for (const int64_t causal : {1, 0})
    for (const int64_t threads : {1, 2}) b->Args({4096, 64, causal, threads});
}

BENCHMARK_CAPTURE(attention, forward, false, 4)->Apply(shapes)->UseManualTime();
BENCHMARK_CAPTURE(attention, backward, true, 4)->Apply(shapes)->UseManualTime();
BENCHMARK_CAPTURE(attention, one_head_forward, false, 1)->Apply(long_sequence)->UseManualTime();
BENCHMARK_CAPTURE(attention, one_head_backward, true, 1)->Apply(long_sequence)->UseManualTime();

}  // namespace
}  // namespace tandem::cpu

BENCHMARK_MAIN();
