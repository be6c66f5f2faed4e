// What a planned program costs beside its kernels.
#include <benchmark/benchmark.h>

#include "tandem/ops/activation.h"
#include "tandem/ops/family.h"
#include "tandem/runtime/executable.h"
#include "tandem/tandem.h"

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

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
