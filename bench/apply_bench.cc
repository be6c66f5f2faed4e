// What one small op costs, eagerly: the funnel, the tape, numbers, views.
#include <benchmark/benchmark.h>

#include "tandem/tandem.h"

namespace {

using namespace tandem;

template <class F>
void measure(benchmark::State& state, F&& f) {
  for (auto _ : state) benchmark::DoNotOptimize(f());
}

const Tensor a = full({16}, 1.0), b = full({16}, 2.0), row = full({1}, 3.0),
             matrix = full({4, 4}, 1.0);
Tensor& weight() {
  static Tensor w = full({16}, 1.0).requires_grad_();
  return w;
}

void add16(benchmark::State& s) {
  measure(s, [] { return a + b; });
}
void add16_recorded(benchmark::State& s) {
  measure(s, [] { return weight() + b; });
}
void mul16_recorded(benchmark::State& s) {
  measure(s, [] { return weight() * b; });
}
void exp16(benchmark::State& s) {
  measure(s, [] { return exp(a); });
}
void exp16_recorded(benchmark::State& s) {
  measure(s, [] { return exp(weight()); });
}
void add_number(benchmark::State& s) {
  measure(s, [] { return a + 2; });
}
void add_broadcast(benchmark::State& s) {
  measure(s, [] { return a + row; });
}
void permute_view(benchmark::State& s) {
  measure(s, [] { return permute(matrix, {1, 0}); });
}
void add_in_place(benchmark::State& s) {
  Tensor x = full({16}, 0.0);
  measure(s, [&] { return x.add_(b).impl(); });
}
void multiply_sum_backward(benchmark::State& s) {
  for (auto _ : s) sum(weight() * b).backward();
}

BENCHMARK(add16);
BENCHMARK(add16_recorded);
BENCHMARK(mul16_recorded);
BENCHMARK(exp16);
BENCHMARK(exp16_recorded);
BENCHMARK(add_number);
BENCHMARK(add_broadcast);
BENCHMARK(permute_view);
BENCHMARK(add_in_place);
BENCHMARK(multiply_sum_backward);

}  // namespace

BENCHMARK_MAIN();
