// Random programs full of views, reuse and state: whatever the planner shares, nobody can tell.
#include <gtest/gtest.h>

#include "tandem/base/thread_pool.h"
#include "tandem/passes/fuse_elementwise.h"
#include "tandem/passes/fuse_epilogues.h"
#include "tandem/runtime/epilogue_body.h"
#include "tandem/runtime/executable.h"
#include "tandem/runtime/tile_body.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::Value;

class RandomProgram {
 public:
  explicit RandomProgram(unsigned seed) : random_(seed) {
    for (int i = 0; i < 2; ++i) add_input(DType::f32);
    for (int i = 0; i < 4; ++i) {
      Tensor t = numbers(shape());
      states.push_back(t);
      values_.push_back(b.state(text("s", i), t.type()));
    }
    values_.push_back(b.constant("c", permute(numbers({3, 4}), {1, 0})));
    const int n = 3 + int(random_() % 40);
    for (int i = 0; i < n; ++i) add_instruction();
    for (int i = 0; i < 4; ++i) {
      const Type type = states[std::size_t(i)].type();
      std::vector<Value> fitting;
      for (Value v : values_)
        if (b.type(v) == type) fitting.push_back(v);
      if (random_() % 4) b.update(text("s", i), fitting[random_() % fitting.size()]);
    }
    const int outputs = 1 + int(random_() % 4);
    for (int i = 0; i < outputs; ++i) b.output(text("y", i), pick());
  }

  Builder b;
  std::vector<Tensor> inputs, states;

 private:
  Dims shape() {
    static const Dims shapes[] = {{4, 3}, {3, 4}, {12}, {2, 2, 3}, {1, 3}, {4, 3}};
    return shapes[random_() % std::size(shapes)];
  }
  Tensor numbers(const Dims& shape) {
    std::vector<float> v(std::size_t(shape.product()));
    for (float& x : v) x = float(int(random_() % 2001) - 1000) / 777;
    return from_data(v, shape);
  }
  void add_input(DType) {
    inputs.push_back(numbers(shape()));
    values_.push_back(b.input(text("x", inputs.size()), inputs.back().type()));
  }
  /// Late values more often than early ones.
  Value pick() {
    const std::size_t n = values_.size();
    return values_[random_() % 3 ? n - 1 - random_() % std::min<std::size_t>(n, 5) : random_() % n];
  }
  Value pick_like(Value like) {
    std::vector<Value> fitting;
    for (Value v : values_)
      if (b.type(v).shape == b.type(like).shape) fitting.push_back(v);
    return fitting[random_() % fitting.size()];
  }

  void add_instruction() {
    const Value x = pick();
    const Dims n = b.type(x).shape;
    const int rank = n.size();
    switch (random_() % 14) {
      case 0:
        return add(b(Tanh{}, {x}));
      case 1:
        return add(b(Relu{}, {x}));
      case 2:
        return add(b(Add{}, {x, pick_like(x)}));
      case 3:
        return add(b(Mul{}, {pick_like(x), x}));
      case 4:
        return add(b(Sub{}, {x, b(Sum{Dims(), false}, {pick()})}));
      case 5:
        return add(b(Where{}, {b(Gt{}, {x, pick_like(x)}), pick_like(x), x}));
      case 6: {
        if (rank < 2) return;
        Dims order = Dims::range(rank);
        std::swap(order[0], order[rank - 1]);
        return add(b(Permute{order}, {x}));
      }
      case 7:
        return n.product() == 12 ? add(b(Reshape{shape_of_twelve()}, {x})) : void();
      case 8:
        return rank
                   ? add(b(Slice{0, int64_t(random_() % 2), n[0], 1 + int64_t(random_() % 2)}, {x}))
                   : void();
      case 9: {
        if (!rank || n[0] < 2) return;
        const Value part = b(Slice{0, 1, n[0]}, {random_() % 2 ? x : pick_like(x)});
        return add(b(SliceScatter{0, 0, n[0] - 1}, {x, part}));
      }
      case 10:
        return rank ? add(b(Softmax{-1}, {x})) : void();
      case 11:
        return rank == 2 ? add(b(Matmul{}, {x, b(Permute{Dims{1, 0}}, {pick_like(x)})})) : void();
      case 12:
        return rank ? add(b(Sum{Dims{0}, true}, {x})) : void();
      default: {
        if (!rank) return;
        Dims size = n;
        size.insert(0, 2);
        return add(b(Expand{size}, {x}));
      }
    }
  }
  Dims shape_of_twelve() {
    static const Dims shapes[] = {{4, 3}, {3, 4}, {12}, {2, 2, 3}};
    return shapes[random_() % std::size(shapes)];
  }
  void add(Value v) {
    if (b.type(v).shape.product() > 0) values_.push_back(v);
  }

  std::mt19937 random_;
  std::vector<Value> values_;
};

TEST(RandomPrograms, AreTheSameAsEager) {
  for (unsigned seed = 0; seed < 1500 && !::testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE(text("seed ", seed));
    const RandomProgram p(seed);
    expect_same_as_eager(p.b.program, p.inputs, p.states, 3);
  }
}

TEST(RandomPrograms, AreTheSameWhereChainsAndEpiloguesAreFused) {
  int epilogues = 0;
  for (unsigned seed = 0; seed < 1500 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(text("seed ", seed));
    const RandomProgram p(seed);
    const Program fused = passes::fuse_epilogues(
        passes::fuse_elementwise(p.b.program, runtime::can_fuse), runtime::takes_epilogue);
    expect_same_as_eager(fused, p.inputs, p.states, 3);
    for (const runtime::Step& step : runtime::plan(fused).steps)
      epilogues += step.product_operands >= 0;
  }
  EXPECT_GT(epilogues, 10);
}

/// In no plan may two buffers that are alive at once overlap in the arena.
TEST(RandomPrograms, ArenasHoldWhatIsAlive) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    const runtime::Plan plan = runtime::plan(RandomProgram(seed).b.program);
    for (std::size_t i = 0; i < plan.buffers.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const runtime::Buffer &a = plan.buffers[i], &b = plan.buffers[j];
        if (a.home != runtime::Home::arena || b.home != runtime::Home::arena) continue;
        if (a.first > b.last || b.first > a.last) continue;
        EXPECT_TRUE(a.offset + a.bytes <= b.offset || b.offset + b.bytes <= a.offset)
            << "seed " << seed << "\n"
            << to_text(plan);
      }
  }
}

TEST(RandomPrograms, ThreadsDoNotMatter) {
  const int before = num_threads();
  const RandomProgram p(4);
  std::vector<Tensor> first;
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    runtime::Executable executable(runtime::plan(p.b.program));
    std::vector<Tensor> state;
    for (const Tensor& s : p.states) state.push_back(copy_of(s));
    const std::vector<Tensor> out = executable.new_outputs();
    executable.run(p.inputs, state, out);
    if (threads == 1) first = out;
    for (std::size_t o = 0; o < out.size(); ++o) EXPECT_EQ(bit_difference(out[o], first[o]), "");
  }
  set_num_threads(before);
}

}  // namespace
}  // namespace tandem
