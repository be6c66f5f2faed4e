// The FMA peak of the machine, measured, so that kernels are reported as a share of it.
#pragma once
#include <benchmark/benchmark.h>

namespace tandem::cpu {

/// GF/s of f32 FMAs from registers on the best SIMD target, on `threads` threads at once; the best
/// of some short runs, about 20 ms. Measured anew at every call: clocks change.
double fma_peak(int threads);

/// Adds the counters GF/s and of_peak to a benchmark whose iteration does `flops`.
void report_flops(benchmark::State& state, double flops, int threads);

}  // namespace tandem::cpu
