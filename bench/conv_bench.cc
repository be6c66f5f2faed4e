// Convolution layers of the benchmark networks, one thread unless TANDEM_NUM_THREADS says more:
// GF/s of the direct count (2 x multiplications) beside the measured FMA peak.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <vector>

#include "bench/fma_peak.h"
#include "tandem/base/text.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv2d.h"

namespace tandem::bench {
namespace {

struct Layer {
  const char* name;
  int64_t batch, channels, size, out_channels, kernel, stride, padding, groups;
};

constexpr Layer layers[] = {
    {"cnn1", 64, 1, 28, 32, 3, 1, 0, 1},
    {"cnn2", 64, 32, 26, 64, 3, 1, 0, 1},
    {"resnet20_stem", 64, 3, 32, 16, 3, 1, 1, 1},
    {"resnet20_16", 64, 16, 32, 16, 3, 1, 1, 1},
    {"resnet20_32s2", 64, 16, 32, 32, 3, 2, 1, 1},
    {"resnet20_32", 64, 32, 16, 32, 3, 1, 1, 1},
    {"resnet20_64s2", 64, 32, 16, 64, 3, 2, 1, 1},
    {"resnet20_64", 64, 64, 8, 64, 3, 1, 1, 1},
    {"resnet20_down", 64, 16, 32, 32, 1, 2, 0, 1},
    {"resnet50_stem", 1, 3, 224, 64, 7, 2, 3, 1},
    {"resnet50_56", 1, 64, 56, 64, 3, 1, 1, 1},
    {"resnet50_1x1", 1, 64, 56, 256, 1, 1, 0, 1},
    {"resnet50_28", 1, 128, 28, 128, 3, 1, 1, 1},
    {"resnet50_14", 1, 256, 14, 256, 3, 1, 1, 1},
    {"resnet50_7", 1, 512, 7, 512, 3, 1, 1, 1},
    {"depthwise_112", 1, 32, 112, 32, 3, 1, 1, 32},
    {"depthwise_56s2", 1, 144, 56, 144, 3, 2, 1, 144},
    {"depthwise_28", 1, 192, 28, 192, 3, 1, 1, 192},
    {"depthwise_14", 1, 512, 14, 512, 3, 1, 1, 512},
};

template <cpu::ConvPass pass>
void layer(benchmark::State& state, const Layer& l, bool exact) {
  const cpu::Conv2dOptions o{{l.stride, l.stride}, {l.padding, l.padding}, {1, 1}, l.groups};
  const int64_t out = (l.size + 2 * l.padding - l.kernel) / l.stride + 1;
  const auto image = [](std::vector<float>& memory, std::array<int64_t, 4> size) {
    memory.resize(size_t(size[0] * size[1] * size[2] * size[3]));
    for (size_t i = 0; i < memory.size(); ++i) memory[i] = float(i * 7919 % 1000) / 1000 - 0.5f;
    return cpu::Image<float>{memory.data(), size, cpu::channels_last_strides(size)};
  };
  std::vector<float> xs, ws, ys;
  const cpu::Image<float> x = image(xs, {l.batch, l.channels, l.size, l.size});
  cpu::Image<float> w = image(ws, {l.out_channels, l.channels / l.groups, l.kernel, l.kernel});
  w.stride = cpu::contiguous_strides(w.size);
  const cpu::Image<float> y = image(ys, {l.batch, l.out_channels, out, out});
  cpu::set_exact_conv(exact);
  std::vector<float> memory(size_t(cpu::conv2d_workspace<pass, float>(o, x, w, y)) / 4 + 16);
  auto* workspace = reinterpret_cast<std::byte*>((uintptr_t(memory.data()) + 63) / 64 * 64);
  const double flops = 2.0 * double(y.numel() * w.c() * l.kernel * l.kernel);
  cpu::run_beside_peak(state, flops, num_threads(), [&] {
    if constexpr (pass == cpu::ConvPass::forward)
      cpu::conv2d<float>(o, x, w, nullptr, y, workspace);
    else if constexpr (pass == cpu::ConvPass::input_gradient)
      cpu::conv2d_input_gradient<float>(o, y, w, nullptr, x, workspace);
    else
      cpu::conv2d_weight_gradient<float>(o, y, x, w, workspace);
  });
  cpu::set_exact_conv(false);
  state.counters["workspace_MB"] = double(memory.size()) * 4e-6;
}

}  // namespace
}  // namespace tandem::bench

int main(int argc, char** argv) {
  using tandem::cpu::ConvPass;
  if (!std::getenv("TANDEM_NUM_THREADS")) tandem::set_num_threads(1);
  benchmark::Initialize(&argc, argv);
  for (const auto& l : tandem::bench::layers)
    for (const auto& [layer, name] :
         {std::pair{&tandem::bench::layer<ConvPass::forward>, "forward"},
          {&tandem::bench::layer<ConvPass::input_gradient>, "input_gradient"},
          {&tandem::bench::layer<ConvPass::weight_gradient>, "weight_gradient"}})
      for (bool exact : {false, true})
        benchmark::RegisterBenchmark(
            tandem::text(l.name, "/", name, exact ? "/exact" : "").c_str(),
            [&l, layer = layer, exact](benchmark::State& s) { layer(s, l, exact); })
            ->Unit(benchmark::kMillisecond)
            ->UseManualTime();
  benchmark::RunSpecifiedBenchmarks();
}
