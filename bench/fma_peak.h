// The FMA peak of the machine, measured, so that kernels are reported as a share of it.
#pragma once
#include <benchmark/benchmark.h>

#include <functional>

namespace tandem::cpu {

/// The iterations of a benchmark of `call`, which does `flops` on `threads` threads: stretches of
/// calls and of FMAs from registers alternate, so that both meet the same clock and the same
/// neighbours. Counters: GF/s; of_peak, the median over the stretches of the share of the peak;
/// best_of_peak, the share that the fastest stretch of calls reached of the fastest one of FMAs.
/// The benchmark must use manual time.
void run_beside_peak(benchmark::State& state, double flops, int threads,
                     const std::function<void()>& call);

}  // namespace tandem::cpu
