#include "bench/fma_peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/fma_peak.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// 12 chains of `n` FMAs: more than latency times pipes. Returns the flops done.
double fma_chains(size_t n, float* out) {
  const hn::CappedTag<float, 16> d;
  const auto x = hn::Set(d, 0.5f), y = hn::Set(d, out[0]);
  // Chains that start apart, so that no compiler merges them.
  const auto start = [&](int i) HWY_ATTR { return hn::Set(d, float(i)); };
  auto c0 = start(0), c1 = start(1), c2 = start(2), c3 = start(3), c4 = start(4), c5 = start(5);
  auto c6 = start(6), c7 = start(7), c8 = start(8), c9 = start(9), c10 = start(10), c11 = start(11);
  for (size_t i = 0; i < n; ++i) {
    c0 = hn::MulAdd(c0, y, x), c1 = hn::MulAdd(c1, y, x), c2 = hn::MulAdd(c2, y, x);
    c3 = hn::MulAdd(c3, y, x), c4 = hn::MulAdd(c4, y, x), c5 = hn::MulAdd(c5, y, x);
    c6 = hn::MulAdd(c6, y, x), c7 = hn::MulAdd(c7, y, x), c8 = hn::MulAdd(c8, y, x);
    c9 = hn::MulAdd(c9, y, x), c10 = hn::MulAdd(c10, y, x), c11 = hn::MulAdd(c11, y, x);
  }
  const auto sum = hn::Add(hn::Add(hn::Add(c0, c1), hn::Add(c2, c3)),
                           hn::Add(hn::Add(hn::Add(c4, c5), hn::Add(c6, c7)),
                                   hn::Add(hn::Add(c8, c9), hn::Add(c10, c11))));
  hn::StoreU(sum, d, out);
  return 2.0 * 12.0 * double(hn::Lanes(d)) * double(n);
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <chrono>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {

HWY_EXPORT(fma_chains);

double fma_peak(int threads) {
  using Clock = std::chrono::steady_clock;
  const int before = num_threads();
  set_num_threads(threads);
  double best = 0;
  for (int run = 0; run < 100; ++run) {
    double flops = 0;
    const auto begin = Clock::now();
    parallel_tasks(threads, [&](int64_t task) {
      float values[16] = {};
      const double done = HWY_DYNAMIC_DISPATCH(fma_chains)(100'000, values);
      if (task == 0) flops = done * threads;
    });
    best = std::max(best, flops / std::chrono::duration<double>(Clock::now() - begin).count());
  }
  set_num_threads(before);
  return best * 1e-9;
}

void report_flops(benchmark::State& state, double flops, int threads) {
  const double total = flops * double(state.iterations()) * 1e-9;
  state.counters["GF/s"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  state.counters["of_peak"] =
      benchmark::Counter(total / fma_peak(threads), benchmark::Counter::kIsRate);
}

}  // namespace tandem::cpu
#endif
