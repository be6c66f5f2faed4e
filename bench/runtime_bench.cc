// What a planned program costs beside its kernels.
#include <benchmark/benchmark.h>

#include "examples/models/char_lstm.h"
#include "examples/models/cnn.h"
#include "examples/models/gpt.h"
#include "examples/models/mlp.h"
#include "examples/models/resnet20.h"
#include "tandem/compile/optimized.h"
#include "tandem/graph/check.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/family.h"
#include "tandem/optim/optim.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"
#include "tandem/tensor/allocator.h"
#include "tandem/trace/trace.h"

namespace tandem {
namespace {

using graph::ParameterKind;
using graph::SymbolicType;
using graph::Value;

/// An op whose kernel does nothing: what is left is the executor's own time.
struct Nothing {
  static constexpr Signature signature = "nothing(input)";
  Type infer(const Type& input) const { return input; }
};

}  // namespace
template struct Family<List<Nothing>>;
namespace {

/// op(op(… op(x))), `length` times.
Program chain(const OpInfo& info, int length) {
  Program p;
  const SymbolicType type(DType::f32, {16});
  Value v = p.add_parameter(ParameterKind::input, "x", type);
  for (int i = 0; i < length; ++i) {
    const Value next = p.add_value(type);
    p.instructions.push_back({AnyOp(info), {v}, {next}, {}, {}, Location::current()});
    v = next;
  }
  p.outputs.push_back({"y", v});
  return p;
}

void run_chain(benchmark::State& state, const OpInfo& info) {
  constexpr int length = 1000;
  runtime::Executable executable(runtime::plan(chain(info, length)));
  const Tensor x = randn({16}), y = executable.new_outputs()[0];
  const std::byte* in[] = {x.impl()->data};
  std::byte* out[] = {y.impl()->data};
  for (auto _ : state) executable.run(in, {}, out);
  state.counters["an_instruction"] = benchmark::Counter(
      double(length), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void empty_kernels(benchmark::State& state) {
  info_of<Nothing>.kernel[int(DeviceType::cpu)] = {[](const KernelCall&) {}};
  run_chain(state, info_of<Nothing>);
}
BENCHMARK(empty_kernels);

void relu_of_16_floats(benchmark::State& state) { run_chain(state, info_of<Relu>); }
BENCHMARK(relu_of_16_floats);

/// The same kernel, called in a loop.
void relu_kernel_alone(benchmark::State& state) {
  const Tensor x = randn({16}), y = empty({16});
  const TensorRef in{x.impl()->data, &x.type(), &x.strides(), true};
  const TensorRef out{y.impl()->data, &y.type(), &y.strides(), true};
  const Relu op;
  const KernelCall call{&op, {&out, 1}, {&in, 1}, nullptr};
  const Kernel kernel = info_of<Relu>.kernel[int(DeviceType::cpu)].run;
  for (auto _ : state) kernel(call);
}
BENCHMARK(relu_kernel_alone);

/// A network, its optimizer and a batch.
template <class Net, class Optimizer>
struct Training {
  Net net;
  Optimizer optimizer;
  Tensor x, labels;

  Tensor step(const Tensor& input, const Tensor& expected) {
    optimizer.zero_grad();
    const Tensor out = net(input);
    const Tensor loss = cross_entropy(reshape(out, {-1, out.size(-1)}), reshape(expected, {-1}));
    loss.backward();
    optimizer.step();
    return loss;
  }
  Traced trace_step() {
    NamedTensors state = net.named_parameters();
    for (const auto& [name, t] : optimizer.named_state(net.named_parameters())) state.add(name, t);
    for (const auto& [name, t] : net.named_buffers()) state.add(name, t);
    const auto spec = [](std::string name, const Tensor& t) {
      return InputSpec{std::move(name), {t.shape().begin(), t.shape().end()}, t.dtype()};
    };
    return trace([&](const Tensor& a, const Tensor& b) { return step(a, b); },
                 {spec("x", x), spec("labels", labels)}, {.name = "train_step", .state = state});
  }
};

template <class Net>
auto with_sgd(Net net, Tensor x, Tensor labels) {
  optim::SGD sgd(net.parameters(), {.lr = 0.01});
  return Training<Net, optim::SGD>{std::move(net), std::move(sgd), x, labels};
}

/// MLP 8-16-4, batch 4, SGD, forward to update as one program; eagerly: train_step_bench.
void tiny_step(benchmark::State& state) {
  auto training = with_sgd(models::mlp({8, 16, 4}), randn({4, 8}), randint(0, 4, {4}));
  const Traced traced = training.trace_step();
  runtime::Session session({{traced.program}}, traced.state);
  const std::vector<Type> types{training.x.type(), training.labels.type()};
  const Tensor loss = empty({});
  const std::byte* in[] = {training.x.impl()->data, training.labels.impl()->data};
  std::byte* out[] = {loss.impl()->data};
  for (auto _ : state) session.run("train_step", types, in, out);
  state.counters["steps"] = double(session.prepare("train_step", types).steps.size());
}
BENCHMARK(tiny_step);

/// Types and a plan for the shapes of bench/workloads, and how much memory steps need beside the
/// state: eager ones, planned as they were traced, and as compile() plans them.
template <class Training>
void plan_step(benchmark::State& state, Training training) {
  training.step(training.x, training.labels);
  training.optimizer.zero_grad();
  reset_peak_memory_stats();
  const int64_t before = memory_stats().allocated;
  training.step(training.x, training.labels);
  const int64_t eager = memory_stats().peak_allocated - before;
  const Traced traced = training.trace_step();
  runtime::Plan plan;
  for (auto _ : state) plan = runtime::plan(graph::bind(traced.program, graph::Sizes()));
  state.counters["instructions"] = double(traced.program.instructions.size());
  state.counters["steps"] = double(plan.steps.size());
  state.counters["arena_mb"] = double(plan.arena_bytes) * 1e-6;
  state.counters["bound_mb"] = double(plan.lower_bound) * 1e-6;
  const int64_t compiled =
      runtime::plan(optimized(graph::bind(traced.program, graph::Sizes()))).arena_bytes;
  state.counters["compiled_mb"] = double(compiled) * 1e-6;
  state.counters["eager_mb"] = double(eager) * 1e-6;
  state.counters["compiled_part"] = double(compiled) / double(eager);
}

void plan_mlp(benchmark::State& state) {
  plan_step(state,
            with_sgd(models::mlp({784, 512, 512, 10}), randn({128, 784}), randint(0, 10, {128})));
}
void plan_cnn(benchmark::State& state) {
  plan_step(state, with_sgd(models::Cnn(), randn({64, 1, 28, 28}), randint(0, 10, {64})));
}
void plan_resnet20(benchmark::State& state) {
  plan_step(state, with_sgd(models::resnet20(), randn({64, 3, 32, 32}), randint(0, 10, {64})));
}
void plan_gpt(benchmark::State& state) {
  plan_step(state, with_sgd(models::Gpt(), randint(0, 65, {12, 64}), randint(0, 65, {12, 64})));
}
void plan_lstm(benchmark::State& state) {
  plan_step(state,
            with_sgd(models::CharLstm(), randint(0, 65, {32, 64}), randint(0, 65, {32, 64})));
}
BENCHMARK(plan_mlp)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_cnn)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_resnet20)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_gpt)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_lstm)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
