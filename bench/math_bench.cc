// Nanoseconds an element of the elementary functions, in L1, beside the scalar of libm.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/math_bench.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include "tandem/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T, class F>
HWY_ATTR void Map(F f, const T* x, T* out, size_t n) {
  const hn::ScalableTag<T> d;
  for (size_t i = 0; i < n; i += hn::Lanes(d)) hn::StoreU(f(d, hn::LoadU(d, x + i)), d, out + i);
}

template <class T>
void Run(int function, const T* x, T* out, size_t n) {
  switch (function) {
    case 0:
      return Map([](auto d, auto v) HWY_ATTR { return math::Exp(d, v); }, x, out, n);
    case 1:
      return Map([](auto d, auto v) HWY_ATTR { return math::Log(d, v); }, x, out, n);
    case 2:
      return Map([](auto d, auto v) HWY_ATTR { return math::Tanh(d, v); }, x, out, n);
    case 3:
      return Map([](auto d, auto v) HWY_ATTR { return math::Sigmoid(d, v); }, x, out, n);
    case 4:
      return Map([](auto d, auto v) HWY_ATTR { return math::Erf(d, v); }, x, out, n);
    case 5:
      return Map([](auto d, auto v) HWY_ATTR { return math::Erfc(d, v); }, x, out, n);
    case 6:
      return Map([](auto d, auto v) HWY_ATTR { return math::Sin(d, v); }, x, out, n);
    case 7:
      return Map([](auto d, auto v) HWY_ATTR { return math::Atan(d, v); }, x, out, n);
    case 8:
      return Map([](auto d, auto v) HWY_ATTR { return math::Pow(d, v, v); }, x, out, n);
  }
}
void RunFloat(int f, const float* x, float* out, size_t n) { Run(f, x, out, n); }
void RunDouble(int f, const double* x, double* out, size_t n) { Run(f, x, out, n); }

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <benchmark/benchmark.h>

#include <cmath>
#include <string>
#include <vector>

namespace tandem {
HWY_EXPORT(RunFloat);
HWY_EXPORT(RunDouble);
namespace {

constexpr const char* kNames[] = {"exp",  "log", "tanh", "sigmoid", "erf",
                                  "erfc", "sin", "atan", "pow"};

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
  for (auto _ : state) {
    if (!simd)
      for (size_t i = 0; i < count; ++i) out[i] = scalar(function, x[i]);
    else if constexpr (sizeof(T) == 4)
      HWY_DYNAMIC_DISPATCH(RunFloat)(function, x.data(), out.data(), count);
    else
      HWY_DYNAMIC_DISPATCH(RunDouble)(function, x.data(), out.data(), count);
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
  for (int f = 0; f < int(std::size(kNames)); ++f)
    for (bool simd : {true, false}) {
      const std::string suffix = std::string("/") + kNames[f] + (simd ? "/simd" : "/libm");
      benchmark::RegisterBenchmark(("f32" + suffix).c_str(), measure<float>, f, simd);
      benchmark::RegisterBenchmark(("f64" + suffix).c_str(), measure<double>, f, simd);
    }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
#endif
