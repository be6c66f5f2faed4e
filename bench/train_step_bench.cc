// What a whole training step of a tiny network costs: modules, tape, optimizer, little arithmetic.
#include <benchmark/benchmark.h>

#include "tandem/nn/nn.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

namespace {

using namespace tandem;

struct Step {
  nn::Sequential net{nn::Linear(8, 16), nn::ReLU(), nn::Linear(16, 4)};
  Tensor x = full({4, 8}, 0.5), y = from_data<int64_t>({0, 1, 2, 3}, {4});
};

template <class Optimizer>
void step(benchmark::State& state, Step& s, Optimizer& optimizer) {
  for (auto _ : state) {
    optimizer.zero_grad();
    cross_entropy(s.net(s.x), s.y).backward();
    optimizer.step();
  }
}

/// MLP 8-16-4, batch 4, SGD: eager.
void tiny_step(benchmark::State& state) {
  Step s;
  optim::SGD sgd(s.net.parameters(), {.lr = 0.01});
  step(state, s, sgd);
}
void tiny_step_adam(benchmark::State& state) {
  Step s;
  optim::Adam adam(s.net.parameters());
  step(state, s, adam);
}
void tiny_forward(benchmark::State& state) {
  Step s;
  NoGrad off;
  for (auto _ : state) benchmark::DoNotOptimize(s.net(s.x));
}
/// One module of the tree, called: what it costs above its op.
void call_identity(benchmark::State& state) {
  nn::Identity identity;
  const Tensor x = full({4}, 1.0);
  for (auto _ : state) benchmark::DoNotOptimize(identity(x));
}
/// The update alone.
template <class Optimizer>
void update(benchmark::State& state) {
  std::vector<Tensor> parameters;
  for (int i = 0; i < 4; ++i) {
    parameters.push_back(full({state.range(0)}, 1.0).requires_grad_());
    parameters.back().set_grad(full({state.range(0)}, 1e-3));
  }
  Optimizer optimizer(parameters);
  for (auto _ : state) optimizer.step();
  state.SetItemsProcessed(state.iterations() * 4 * state.range(0));
}

BENCHMARK(tiny_step);
BENCHMARK(tiny_step_adam);
BENCHMARK(tiny_forward);
BENCHMARK(call_identity);
BENCHMARK(update<optim::SGD>)->Arg(16)->Arg(65536);
BENCHMARK(update<optim::Adam>)->Arg(16)->Arg(65536);

}  // namespace

BENCHMARK_MAIN();
