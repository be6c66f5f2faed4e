#include "bench/fma_peak.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/fma_peak.cc"
#include "tandem/cpu/foreach_target.h"
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
#include <vector>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {

HWY_EXPORT(fma_chains);

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// GF/s of f32 FMAs from registers on the best SIMD target, on `threads` threads at once: one
/// stretch of about 0.2 ms.
double fma_peak(int threads) {
  double flops = 0;
  const auto begin = Clock::now();
  parallel_tasks(threads, [&](int64_t task) {
    float values[16] = {};
    const double done = HWY_DYNAMIC_DISPATCH(fma_chains)(100'000, values);
    if (task == 0) flops = done * threads;
  });
  return flops / seconds_since(begin) * 1e-9;
}

}  // namespace

void run_beside_peak(benchmark::State& state, double flops, int threads,
                     const std::function<void()>& call) {
  const int before = num_threads();
  set_num_threads(threads);
  call();
  // As many calls a stretch as take about as long as the stretch of FMAs.
  int calls = 1;
  for (;; calls *= 2) {
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    if (seconds_since(begin) > 1e-4) break;
  }
  std::vector<double> shares;
  double best = 0, best_peak = 0;
  for (auto _ : state) {
    const double peak = fma_peak(threads);
    const auto begin = Clock::now();
    for (int i = 0; i < calls; ++i) call();
    const double seconds = seconds_since(begin) / calls;
    state.SetIterationTime(seconds);
    const double rate = flops / seconds * 1e-9;
    shares.push_back(rate / peak);
    best = std::max(best, rate), best_peak = std::max(best_peak, peak);
  }
  set_num_threads(before);
  const auto middle = shares.begin() + std::ptrdiff_t(shares.size() / 2);
  std::nth_element(shares.begin(), middle, shares.end());
  state.counters["GF/s"] = best;
  state.counters["of_peak"] = *middle;
  state.counters["best_of_peak"] = best / best_peak;
}

}  // namespace tandem::cpu
#endif
