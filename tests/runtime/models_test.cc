// The benchmark models, traced: a planned training step has the bits of the step op by op, and its
// arena is near the bound.
#include <gtest/gtest.h>

#include "examples/models/char_lstm.h"
#include "examples/models/cnn.h"
#include "examples/models/gpt.h"
#include "examples/models/mlp.h"
#include "examples/models/resnet20.h"
#include "tandem/base/thread_pool.h"
#include "tandem/graph/check.h"
#include "tandem/graph/interpret.h"
#include "tandem/optim/optim.h"
#include "tandem/runtime/session.h"
#include "tandem/tensor/allocator.h"
#include "tandem/trace/trace.h"
#include "tests/runtime/allocations.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

NamedTensors state_of(const nn::Module& net, const optim::Adam& adam) {
  NamedTensors state = net.named_parameters();
  for (const auto& [name, t] : net.named_buffers()) state.add(name, t);
  const auto& group = adam.param_groups[0];
  state.add("adam.lr", group.lr);
  for (std::size_t i = 0; i < group.state.size(); ++i) {
    const optim::AdamState& s = group.state[i];
    state.add(text("adam.", i, ".step"), s.step);
    state.add(text("adam.", i, ".exp_avg"), s.exp_avg);
    state.add(text("adam.", i, ".exp_avg_sq"), s.exp_avg_sq);
    state.add(text("adam.", i, ".max_exp_avg_sq"), s.max_exp_avg_sq);
  }
  return state;
}

struct Case {
  Traced step;
  std::vector<Tensor> inputs;  // of a small batch
};

/// A training step, after one eager step that makes the optimizer's state.
template <class Net>
Case train(Net net, std::function<Tensor(int64_t)> make_input,
           std::function<Tensor(int64_t)> make_labels, int64_t small) {
  auto adam = std::make_shared<optim::Adam>(net.parameters());
  const auto step = [&](const Tensor& x, const Tensor& labels) {
    adam->zero_grad();
    const Tensor out = net(x);
    const Tensor loss = cross_entropy(reshape(out, {-1, out.size(-1)}), reshape(labels, {-1}));
    loss.backward();
    adam->step();
    return loss;
  };
  manual_seed(1);
  Case c{{}, {make_input(small), make_labels(small)}};
  step(c.inputs[0], c.inputs[1]);
  const auto spec = [](std::string name, const Tensor& t) {
    InputSpec s{std::move(name), {dim("b")}, t.dtype()};
    for (int d = 1; d < t.dim(); ++d) s.shape.push_back(t.size(d));
    return s;
  };

  c.step = trace(step, {spec("x", c.inputs[0]), spec("labels", c.inputs[1])},
                 {.name = "train_step", .state = state_of(net, *adam)});
  return c;
}

std::function<Tensor(int64_t)> normal(Dims rest) {
  return [rest](int64_t b) {
    Dims size = rest;
    size.insert(0, b);
    return randn(size);
  };
}
std::function<Tensor(int64_t)> classes(int64_t n, Dims rest) {
  return [=](int64_t b) {
    Dims size = rest;
    size.insert(0, b);
    return randint(0, n, size);
  };
}

void expect_trains(const Case& c, int64_t full_batch) {
  const Program& program = c.step.program;
  runtime::Session session({{program}}, c.step.state);
  NamedTensors state;
  for (const auto& [name, t] : c.step.state) state.add(name, copy_of(t));
  for (int i = 0; i < 2; ++i) {
    const graph::Results eager =
        graph::interpret(program, {{"x", c.inputs[0]}, {"labels", c.inputs[1]}}, state);
    const std::vector<Tensor> loss = session.run("train_step", c.inputs);
    EXPECT_EQ(bit_difference(loss[0], eager.outputs["result"]), "") << "step " << i;
    NamedTensors next;
    for (const auto& [name, t] : state) {
      const Tensor* update = eager.updates.find(name);
      next.add(name, update ? *update : t);
      ASSERT_EQ(bit_difference(session.state()[name], next[name]), "") << name << ", step " << i;
    }
    state = next;
  }

  const std::vector<Type> types{c.inputs[0].type(), c.inputs[1].type()};
  const Tensor loss = empty({});
  const std::byte* in[] = {c.inputs[0].impl()->data, c.inputs[1].impl()->data};
  std::byte* out[] = {loss.impl()->data};
  // A worker that has a task for the first time makes its scratch then; one thread has done all.
  const int threads = num_threads();
  set_num_threads(1);
  session.run("train_step", types, in, out);
  const int64_t before = allocations, blocks = memory_stats().allocations;
  for (int i = 0; i < 2; ++i) session.run("train_step", types, in, out);
  set_num_threads(threads);
  EXPECT_EQ(allocations - before, 0);
  EXPECT_EQ(memory_stats().allocations - blocks, 0);

  const runtime::Plan plan = runtime::plan(graph::bind(program, graph::Sizes{full_batch}));
  const runtime::Forecast f = runtime::forecast(plan);
  ::testing::Test::RecordProperty("arena", text(f.arena));
  ::testing::Test::RecordProperty("lower_bound", text(f.arena_lower_bound));
  EXPECT_LE(double(f.arena), 1.05 * double(f.arena_lower_bound));
}

TEST(RuntimeModels, Mlp) {
  expect_trains(train(models::mlp({784, 512, 512, 10}), normal({784}), classes(10, {}), 3), 128);
}
TEST(RuntimeModels, Cnn) {
  expect_trains(train(models::Cnn(), normal({1, 28, 28}), classes(10, {}), 2), 64);
}
TEST(RuntimeModels, Resnet20) {
  expect_trains(train(models::resnet20(), normal({3, 32, 32}), classes(10, {}), 2), 64);
}
TEST(RuntimeModels, Gpt) {
  expect_trains(train(models::Gpt(), classes(65, {64}), classes(65, {64}), 2), 12);
}
TEST(RuntimeModels, CharLstm) {
  expect_trains(train(models::CharLstm(), classes(65, {16}), classes(65, {16}), 2), 32);
}

}  // namespace
}  // namespace tandem
