// Elementwise ops through their public functions: overhead at 16 elements, throughput in cache and
// beyond. Argument: the number of elements.
#include <benchmark/benchmark.h>

#include "tandem/tandem.h"

namespace tandem {
namespace {

template <class F>
void measure(benchmark::State& state, DType dtype, F&& f) {
  const int64_t n = state.range(0);
  const Tensor a = full({n}, 1.25, dtype), b = full({n}, 0.5, dtype);
  for (auto _ : state) {
    const Tensor out = f(a, b);
    benchmark::DoNotOptimize(out.impl());
  }
  state.SetItemsProcessed(state.iterations() * n);
}

void BM_add(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor& b) { return a + b; });
}
void BM_add_bf16(benchmark::State& s) {
  measure(s, bfloat16, [](const Tensor& a, const Tensor& b) { return a + b; });
}
void BM_add_i64(benchmark::State& s) {
  measure(s, int64, [](const Tensor& a, const Tensor& b) { return a + b; });
}
void BM_exp(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return exp(a); });
}
void BM_silu(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return silu(a); });
}
void BM_gelu(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return gelu(a); });
}
void BM_tanh(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return tanh(a); });
}
void BM_less(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor& b) { return a < b; });
}
void BM_rand(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return rand_like(a); });
}
void BM_randn(benchmark::State& s) {
  measure(s, float32, [](const Tensor& a, const Tensor&) { return randn_like(a); });
}

BENCHMARK(BM_add)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_add_bf16)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_add_i64)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_exp)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_silu)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_gelu)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_tanh)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_less)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_rand)->Arg(16)->Arg(4096)->Arg(1 << 20);
BENCHMARK(BM_randn)->Arg(16)->Arg(4096)->Arg(1 << 20);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
