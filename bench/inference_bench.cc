// Inference eagerly, and as a plan: with chains fused, with epilogues too, with packed weights too.
//
//   inference_bench --benchmark_filter=mlp
#include <benchmark/benchmark.h>

#include "examples/models/cnn.h"
#include "examples/models/mlp.h"
#include "examples/models/resnet20.h"
#include "tandem/base/thread_pool.h"
#include "tandem/compile/optimized.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"
#include "tandem/trace/trace.h"

namespace tandem {
namespace {

enum class Way { eager, chains, epilogues, packed };

template <class Net>
void infer(benchmark::State& state, Way way, Net net, const Dims& item) {
  set_num_threads(1);
  net.eval();
  Dims shape = item;
  shape.insert(0, state.range(0));
  const Tensor x = randn(shape);
  NoGrad off;
  if (way == Way::eager) {
    for (auto _ : state) benchmark::DoNotOptimize(net(x));
    return;
  }
  const Traced traced = trace([&](const Tensor& a) { return net(a); },
                              {{"x", {shape.begin(), shape.end()}}}, {.state = net.named_state()});
  passes::OptimizeOptions options = cpu_options();
  if (way == Way::chains) options.takes_epilogue = nullptr;
  runtime::Session session({{traced.program}}, traced.state,
                           {.pack_weights = way == Way::packed, .rewrite = [&](Program p) {
                              return passes::optimize(std::move(p), options);
                            }});
  const Tensor y = session.run("main", std::vector{x})[0];
  const Type type = x.type();
  const std::byte* in[] = {x.impl()->data};
  std::byte* out[] = {y.impl()->data};
  for (auto _ : state) session.run("main", {&type, 1}, in, out);
}

void mlp(benchmark::State& state, Way way) {
  infer(state, way, models::mlp({784, 512, 512, 10}), {784});
}
/// With an activation that is some work.
void gelu_mlp(benchmark::State& state, Way way) {
  infer(state, way, nn::Sequential(nn::Linear(384, 1536), nn::GELU(), nn::Linear(1536, 384)),
        {384});
}
void cnn(benchmark::State& state, Way way) { infer(state, way, models::Cnn(), {1, 28, 28}); }
void resnet20(benchmark::State& state, Way way) {
  infer(state, way, models::resnet20(), {3, 32, 32});
}

#define TANDEM_WAYS(net)                                                        \
  BENCHMARK_CAPTURE(net, eager, Way::eager)->Arg(1)->Arg(32)->Arg(256);         \
  BENCHMARK_CAPTURE(net, chains, Way::chains)->Arg(1)->Arg(32)->Arg(256);       \
  BENCHMARK_CAPTURE(net, epilogues, Way::epilogues)->Arg(1)->Arg(32)->Arg(256); \
  BENCHMARK_CAPTURE(net, packed, Way::packed)->Arg(1)->Arg(32)->Arg(256);
TANDEM_WAYS(mlp)
TANDEM_WAYS(gelu_mlp)
TANDEM_WAYS(cnn)
TANDEM_WAYS(resnet20)
#undef TANDEM_WAYS

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
