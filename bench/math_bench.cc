// Nanoseconds an element of the elementary functions, in L1: the rows of the elementwise ops,
// beside the scalar of libm.
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

#include "tandem/cpu/elementwise.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/trigonometry.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

struct Function {
  const char* name;
  const cpu::RowTable* rows;
};
constexpr Function kFunctions[] = {
    {"exp", &cpu::rows_of<Exp>},   {"log", &cpu::rows_of<Log>},
    {"tanh", &cpu::rows_of<Tanh>}, {"sigmoid", &cpu::rows_of<Sigmoid>},
    {"erf", &cpu::rows_of<Erf>},   {"erfc", &cpu::rows_of<Erfc>},
    {"sin", &cpu::rows_of<Sin>},   {"atan", &cpu::rows_of<Atan>},
    {"pow", &cpu::rows_of<Pow>}};

template <class T>
T scalar(int function, T x) {
  switch (function) {
    case 0:
      return std::exp(x);
    case 1:
      return std::log(x);
    case 2:
      return std::tanh(x);
    case 3:
      return 1 / (1 + std::exp(-x));
    case 4:
      return std::erf(x);
    case 5:
      return std::erfc(x);
    case 6:
      return std::sin(x);
    case 7:
      return std::atan(x);
    default:
      return std::pow(x, x);
  }
}

/// ns_per_element, over 2,048 values in (0, 4).
template <class T>
void measure(benchmark::State& state, int function, bool simd) {
  constexpr size_t count = 2048;
  std::vector<T> x(count), out(count);
  for (size_t i = 0; i < count; ++i) x[i] = T(4 * (double(i) + 0.5) / count);
  const cpu::Row row = kFunctions[function].rows->row[int(dtype_of<T>)];
  const auto* bytes = reinterpret_cast<const std::byte*>(x.data());
  const std::byte* const in[] = {bytes, bytes};
  for (auto _ : state) {
    if (simd)
      row(nullptr, reinterpret_cast<std::byte*>(out.data()), in, count);
    else
      for (size_t i = 0; i < count; ++i) out[i] = scalar(function, x[i]);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.counters["ns_per_element"] = benchmark::Counter(
      1e-9 * count, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  using namespace tandem;
  initialize();
  for (int f = 0; f < int(std::size(kFunctions)); ++f)
    for (bool simd : {true, false}) {
      const std::string suffix = std::string("/") + kFunctions[f].name + (simd ? "/simd" : "/libm");
      benchmark::RegisterBenchmark(("f32" + suffix).c_str(), measure<float>, f, simd);
      benchmark::RegisterBenchmark(("f64" + suffix).c_str(), measure<double>, f, simd);
    }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
