// Matrix products beside the machine's FMA peak.
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/fma_peak.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/gemm.h"

namespace tandem::cpu {
namespace {

enum Layout { plain, transposed_b, transposed_a, panels };

void product(benchmark::State& state, Layout layout) {
  const int64_t m = state.range(0), n = state.range(1), k = state.range(2);
  std::vector<float> a(m * k, 0.5f), b(k * n, 0.25f), c(m * n), packed(panels_size(k, n) + 16);
  float* aligned = packed.data() + (16 - reinterpret_cast<uintptr_t>(packed.data()) / 4 % 16) % 16;
  Gemm<float> g{.m = m,
                .n = n,
                .k = k,
                .a = {a.data(), k, 1},
                .b = {b.data(), n, 1},
                .c = c.data(),
                .c_pitch = n};
  if (layout == transposed_b) g.b = {b.data(), 1, k};
  if (layout == transposed_a) g.a = {a.data(), 1, m};
  if (layout == panels) {
    pack_panels(k, n, g.b, aligned);
    g.b_panels = aligned;
  }
  run_beside_peak(state, 2.0 * double(m) * double(n) * double(k), int(state.range(3)), [&] {
    gemm(g);
    benchmark::ClobberMemory();
  });
}

void shapes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"m", "n", "k", "threads"})->UseManualTime();
  for (const int64_t n : {16, 32, 64, 128, 256, 512, 1024}) b->Args({n, n, n, 1});
  b->Args({128, 128, 128, 2})->Args({512, 512, 512, 2})->Args({1024, 1024, 1024, 2});
  b->Args({1, 768, 768, 1})->Args({8, 768, 768, 1})->Args({32, 1024, 256, 1});
  b->Args({128, 768, 768, 1})->Args({512, 3072, 768, 1})->Args({768, 384, 128, 1});
  b->Args({64, 128, 9216, 1})->Args({64, 10, 128, 1})->Args({768, 128, 512, 1});
}

BENCHMARK_CAPTURE(product, row_major, plain)->Apply(shapes);
BENCHMARK_CAPTURE(product, transposed_b, transposed_b)->Apply(shapes);
BENCHMARK_CAPTURE(product, transposed_a, transposed_a)->Apply(shapes);
BENCHMARK_CAPTURE(product, panels, panels)->Apply(shapes);

void call(benchmark::State& state) {
  set_num_threads(1);
  float a = 1, b = 1, c = 0;
  const Gemm<float> g{
      .m = 1, .n = 1, .k = 1, .a = {&a, 1, 1}, .b = {&b, 1, 1}, .c = &c, .c_pitch = 1};
  for (auto _ : state) gemm(g);
}
BENCHMARK(call);

}  // namespace
}  // namespace tandem::cpu

BENCHMARK_MAIN();
