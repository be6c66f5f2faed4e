// Pooling and normalization on channels-last activations of the benchmark networks, one thread
// unless TANDEM_NUM_THREADS says more: ns an element of the larger side, and GB/s of what must
// move.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <vector>

#include "tandem/base/text.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/batch_norm.h"
#include "tandem/cpu/layer_norm.h"
#include "tandem/cpu/layout.h"
#include "tandem/cpu/pool2d.h"

namespace tandem::bench {
namespace {

using cpu::Arena;
using cpu::Image;
using Size4 = std::array<int64_t, 4>;

/// A channels-last image of numbers between -0.5 and 0.5.
struct Block {
  explicit Block(const Size4& size) : memory(size_t(size[0] * size[1] * size[2] * size[3])) {
    for (size_t i = 0; i < memory.size(); ++i) memory[i] = float(i * 7919 % 1000) / 1000 - 0.5f;
    image = {memory.data(), size, cpu::channels_last_strides(size)};
  }
  std::vector<float> memory;
  Image<float> image;
};

/// Memory for what `measure` takes from an arena.
struct Workspace {
  template <class F>
  explicit Workspace(const F& measure) {
    Arena arena;
    measure(arena);
    memory.resize(size_t(arena.bytes()) + 64);
  }
  Arena arena() {
    return Arena(reinterpret_cast<std::byte*>((uintptr_t(memory.data()) + 63) / 64 * 64));
  }
  std::vector<std::byte> memory;
};

/// Counters for an iteration over `elements`, of which `passes` floats each must be moved.
void report(benchmark::State& state, int64_t elements, double passes) {
  using benchmark::Counter;
  state.counters["ns/element"] =
      Counter(double(elements) * 1e-9, Counter::kIsIterationInvariantRate | Counter::kInvert);
  state.counters["GB/s"] =
      Counter(double(elements) * passes * 4e-9, Counter::kIsIterationInvariantRate);
}

const Size4 activations[] = {{64, 64, 24, 24}, {64, 16, 32, 32}, {64, 32, 16, 16}, {64, 64, 8, 8}};

void max_pool(benchmark::State& state, const Size4& size, bool backward) {
  const cpu::PoolWindow window{{{2, 2, 0, 1}, {2, 2, 0, 1}}};
  const Size4 out{size[0], size[1], size[2] / 2, size[3] / 2};
  Block x(size), dx(size), y(out);
  for (auto _ : state)
    if (backward)
      cpu::max_pool2d_backward<float>(window, y.image, x.image, dx.image);
    else
      cpu::max_pool2d<float>(window, x.image, y.image, {});
  report(state, x.image.numel(), backward ? 2.25 : 1.25);
}

void average_pool(benchmark::State& state, const Size4& size, bool backward) {
  const cpu::PoolWindow whole{{{.adaptive = true}, {.adaptive = true}}};
  Block x(size), y({size[0], size[1], 1, 1});
  for (auto _ : state)
    if (backward)
      cpu::avg_pool2d_backward<float>(whole, {}, y.image, x.image);
    else
      cpu::avg_pool2d<float>(whole, {}, x.image, y.image);
  report(state, x.image.numel(), 1);
}

void batch_norm_forward(benchmark::State& state, const Size4& size) {
  Block x(size), y(size);
  std::vector<float> mean(size_t(size[1]), 0.f), variance(mean), weight(mean.size(), 1.f),
      bias(mean);
  const auto forward = [&](Arena a, Arena b) {
    cpu::batch_norm_statistics<float>(x.image, mean.data(), variance.data(), a);
    cpu::batch_norm_apply<float>(x.image, mean.data(), variance.data(), weight.data(), bias.data(),
                                 y.image, b);
  };
  Workspace work([&](Arena& a) {
    cpu::batch_norm_statistics<float>(x.image, mean.data(), variance.data(), a);
    cpu::batch_norm_apply<float>(x.image, mean.data(), variance.data(), weight.data(), bias.data(),
                                 y.image, a);
  });
  for (auto _ : state) forward(work.arena(), work.arena());
  report(state, x.image.numel(), 3);
}

void batch_norm_backward(benchmark::State& state, const Size4& size) {
  Block x(size), dy(size), dx(size);
  std::vector<float> mean(size_t(size[1]), 0.f), rstd(mean.size(), 1.f), dweight(mean), dbias(mean);
  const auto backward = [&](Arena& a) {
    cpu::batch_norm_backward<float>(dy.image, x.image, mean.data(), rstd.data(), nullptr, true,
                                    dx.image, dweight.data(), dbias.data(), a);
  };
  Workspace work(backward);
  for (auto _ : state) {
    Arena a = work.arena();
    backward(a);
  }
  report(state, x.image.numel(), 5);
}

void layer_norm(benchmark::State& state, int64_t rows, int64_t n, bool backward) {
  Block x({1, 1, rows, n}), y({1, 1, rows, n}), dx({1, 1, rows, n});
  std::vector<float> weight(size_t(n), 1.f), bias(size_t(n), 0.f), mean(size_t(rows), 0.f),
      rstd(mean);
  std::vector<float> dweight(weight), dbias(weight);
  const auto forward = [&] {
    cpu::row_norm<float>(cpu::RowNorm::layer, x.memory.data(), rows, n, 1e-5f, weight.data(),
                         bias.data(), y.memory.data(), mean.data(), rstd.data());
  };
  const auto gradient = [&](Arena& a) {
    cpu::row_norm_backward<float>(cpu::RowNorm::layer, y.memory.data(), x.memory.data(), rows, n,
                                  mean.data(), rstd.data(), weight.data(), dx.memory.data(),
                                  dweight.data(), dbias.data(), a);
  };
  Workspace work(gradient);
  forward();
  for (auto _ : state) {
    Arena a = work.arena();
    backward ? gradient(a) : forward();
  }
  report(state, rows * n, backward ? 3 : 2);
}

void layout(benchmark::State& state, const Size4& size, bool to_channels_last) {
  Block a(size), b(size);
  b.image.stride = cpu::contiguous_strides(size);
  for (auto _ : state)
    to_channels_last ? cpu::copy_image<float>(b.image, a.image)
                     : cpu::copy_image<float>(a.image, b.image);
  report(state, a.image.numel(), 2);
}

template <class F>
void add(const std::string& name, const F& run) {
  benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMicrosecond);
}

void add_all() {
  using State = benchmark::State;
  for (const Size4& s : activations) {
    const std::string at = text("/", s[0], "x", s[1], "x", s[2], "x", s[3]);
    add("max_pool2d" + at, [&s](State& t) { max_pool(t, s, false); });
    add("max_pool2d_backward" + at, [&s](State& t) { max_pool(t, s, true); });
    add("global_avg_pool2d" + at, [&s](State& t) { average_pool(t, s, false); });
    add("global_avg_pool2d_backward" + at, [&s](State& t) { average_pool(t, s, true); });
    add("batch_norm" + at, [&s](State& t) { batch_norm_forward(t, s); });
    add("batch_norm_backward" + at, [&s](State& t) { batch_norm_backward(t, s); });
    add("to_channels_last" + at, [&s](State& t) { layout(t, s, true); });
    add("to_contiguous" + at, [&s](State& t) { layout(t, s, false); });
  }
  add("layer_norm/768x128", [](State& t) { layer_norm(t, 768, 128, false); });
  add("layer_norm_backward/768x128", [](State& t) { layer_norm(t, 768, 128, true); });
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  if (!std::getenv("TANDEM_NUM_THREADS")) tandem::set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  tandem::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
}
