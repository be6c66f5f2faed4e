// What compiled training steps need beside state, against eager ones.
#include <gtest/gtest.h>

#include "examples/models/char_lstm.h"
#include "examples/models/cnn.h"
#include "examples/models/gpt.h"
#include "examples/models/mlp.h"
#include "examples/models/resnet20.h"
#include "tandem/compile/optimized.h"
#include "tandem/graph/check.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/training_state.h"
#include "tandem/runtime/plan.h"
#include "tandem/tandem.h"
#include "tandem/tensor/allocator.h"
#include "tandem/trace/trace.h"

namespace tandem {
namespace {

/// The planned arena over the eager peak.
template <class Net>
double part_of_eager_memory(Net net, const Tensor& x, const Tensor& labels) {
  optim::AdamW optimizer(net.parameters());
  const auto step = [&](const Tensor& in, const Tensor& expected) {
    optimizer.zero_grad();
    const Tensor out = net(in);
    const Tensor loss = cross_entropy(reshape(out, {-1, out.size(-1)}), expected);
    loss.backward();
    optimizer.step();
    return loss;
  };
  step(x, labels);  // the optimizer's state is there from now on
  optimizer.zero_grad();
  reset_peak_memory_stats();
  const int64_t before = memory_stats().allocated;
  step(x, labels);
  const int64_t eager = memory_stats().peak_allocated - before;

  const auto spec = [](std::string name, const Tensor& t) {
    return InputSpec{std::move(name), {t.shape().begin(), t.shape().end()}, t.dtype()};
  };
  const Traced traced = trace(step, {spec("x", x), spec("labels", labels)},
                              {.name = "step", .state = optim::training_state(net, optimizer)});
  const Program program = optimized(graph::bind(traced.program, graph::Sizes()));
  return double(runtime::plan(program).arena_bytes) / double(eager);
}

Tensor classes(int64_t n, int64_t count) { return randint(0, n, {count}); }

TEST(CompiledMemory, IsThreeFifthsOfTheEager) {
  manual_seed(1);
  EXPECT_LE(
      part_of_eager_memory(models::mlp({784, 512, 512, 10}), randn({128, 784}), classes(10, 128)),
      0.6);
  EXPECT_LE(part_of_eager_memory(models::Cnn(), randn({64, 1, 28, 28}), classes(10, 64)), 0.6);
  EXPECT_LE(part_of_eager_memory(models::resnet20(), randn({64, 3, 32, 32}), classes(10, 64)), 0.6);
  EXPECT_LE(part_of_eager_memory(models::Gpt(), randint(0, 65, {12, 64}), classes(65, 12 * 64)),
            0.6);
  EXPECT_LE(
      part_of_eager_memory(models::CharLstm(), randint(0, 65, {32, 64}), classes(65, 32 * 64)),
      0.6);
}

}  // namespace
}  // namespace tandem
