// Chains of elementwise ops in a planned program: fused over tiles, op by op, and beside a loop
// written by hand; and with a sum at the end. Argument: the number of elements; one thread.
#include <benchmark/benchmark.h>

#include "bench/hand_fused.h"
#include "tandem/base/thread_pool.h"
#include "tandem/compile/optimized.h"
#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/runtime/executable.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

using HandFused = void (*)(const float*, const float*, const float*, const float*, float*, int64_t);

struct Chain {
  std::string_view instructions;
  HandFused by_hand;
};
constexpr Chain cheap{R"(  %1 = add(%x, %a) : f32[n]
  %2 = mul(%1, %b) : f32[n]
  %3 = relu(%2) : f32[n]
  %4 = add(%3, %c) : f32[n]
  return %4
)",
                      hand_fused_cheap};
constexpr Chain with_tanh{R"(  %1 = mul(%x, %a) : f32[n]
  %2 = add(%1, %b) : f32[n]
  %3 = tanh(%2) : f32[n]
  %4 = mul(%3, %c) : f32[n]
  return %4
)",
                          hand_fused_tanh};

struct Data {
  Tensor x, a, b, c;
  explicit Data(int64_t n) : x(randn({n})), a(randn({n})), b(randn({n})), c(randn({n})) {}
};

void by_hand(benchmark::State& state, const Chain& chain) {
  set_num_threads(1);
  const int64_t n = state.range(0);
  const Data data(n);
  const Tensor y = empty({n});
  const auto elements = [](const Tensor& t) { return reinterpret_cast<float*>(t.impl()->data); };
  for (auto _ : state)
    chain.by_hand(elements(data.x), elements(data.a), elements(data.b), elements(data.c),
                  elements(y), n);
  state.SetItemsProcessed(state.iterations() * n);
}

void run_program(benchmark::State& state, const Chain& chain, bool fused) {
  set_num_threads(1);
  const int64_t n = state.range(0);
  const Data data(n);
  const Program program = graph::bind(
      graph::parse_program(text("program f(%x: f32[n], %a: f32[n], %b: f32[n], %c: f32[n]) -> ",
                                "(%y: f32[n]) {\n", chain.instructions, "}\n")),
      graph::Sizes({n}));
  runtime::Executable executable(runtime::plan(fused ? optimized(program) : program));
  const std::vector<Tensor> out = executable.new_outputs();
  const Tensor in[] = {data.x, data.a, data.b, data.c};
  for (auto _ : state) executable.run(in, {}, out);
  state.SetItemsProcessed(state.iterations() * n);
  state.counters["steps"] = double(executable.plan().steps.size());
}
/// sum((x - t)²) over some dims of [4096, 1024].
void run_reduced(benchmark::State& state, const std::string& dims, const std::string& result,
                 bool fused) {
  set_num_threads(1);
  const Program program = graph::parse_program(
      text("program f(%x: f32[4096, 1024], %t: f32[4096, 1024]) -> (%y: ", result,
           ") {\n  %1 = sub(%x, %t) : f32[4096, 1024]\n  %2 = square(%1) : f32[4096, 1024]\n",
           "  %3 = sum(%2) {dim = ", dims, "} : ", result, "\n  return %3\n}\n"));
  runtime::Executable executable(runtime::plan(fused ? optimized(program) : program));
  const std::vector<Tensor> out = executable.new_outputs();
  const Tensor in[] = {randn({4096, 1024}), randn({4096, 1024})};
  for (auto _ : state) executable.run(in, {}, out);
  state.SetItemsProcessed(state.iterations() * 4096 * 1024);
  state.counters["steps"] = double(executable.plan().steps.size());
}
void fused_sum(benchmark::State& state, const std::string& dims, const std::string& result) {
  run_reduced(state, dims, result, true);
}
void sum_op_by_op(benchmark::State& state, const std::string& dims, const std::string& result) {
  run_reduced(state, dims, result, false);
}

void fused(benchmark::State& state, const Chain& chain) { run_program(state, chain, true); }
void op_by_op(benchmark::State& state, const Chain& chain) { run_program(state, chain, false); }

BENCHMARK_CAPTURE(by_hand, cheap, cheap)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(fused, cheap, cheap)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(op_by_op, cheap, cheap)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(by_hand, tanh, with_tanh)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(fused, tanh, with_tanh)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(op_by_op, tanh, with_tanh)->Arg(4096)->Arg(1 << 18)->Arg(1 << 22);
BENCHMARK_CAPTURE(fused_sum, of_rows, "[1]", "f32[4096]");
BENCHMARK_CAPTURE(sum_op_by_op, of_rows, "[1]", "f32[4096]");
BENCHMARK_CAPTURE(fused_sum, of_columns, "[0]", "f32[1024]");
BENCHMARK_CAPTURE(sum_op_by_op, of_columns, "[0]", "f32[1024]");
BENCHMARK_CAPTURE(fused_sum, of_all, "[]", "f32[]");
BENCHMARK_CAPTURE(sum_op_by_op, of_all, "[]", "f32[]");

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();
