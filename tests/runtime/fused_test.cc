// Chains over tiles: the same bits as their ops one by one, whatever shapes, strides and dtypes.
#include <gtest/gtest.h>

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/composed_row.h"
#include "tandem/graph/text.h"
#include "tandem/passes/fuse_elementwise.h"
#include "tandem/runtime/executable.h"
#include "tandem/runtime/tile_body.h"
#include "tests/cpu/every_target.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::Value;

Program fused(Program program) {
  return passes::fuse_elementwise(std::move(program), runtime::can_fuse);
}

int64_t count_fused(const Program& program) {
  return std::ranges::count_if(program.instructions, [](const graph::Instruction& i) {
    return i.op.info == &info_of<graph::Fused>;
  });
}

/// Elementwise ops of all kinds over operands that broadcast to one shape.
class RandomChain {
 public:
  explicit RandomChain(unsigned seed) : random_(seed) {
    static const Dims shapes[] = {
        {},           {1},       {7},         {255},       {256},      {257},     {1000},
        {0, 3},       {3, 5},    {5, 64},     {2, 300},    {300, 2},   {4, 3, 5}, {2, 70, 33},
        {3, 8, 5, 6}, {2, 1, 9}, {33, 1, 17}, {1, 16, 20}, {40, 1000}, {513},     {65, 511}};
    shape_ = shapes[random_() % std::size(shapes)];
    const int operands = 1 + int(random_() % 5);
    for (int i = 0; i < operands; ++i) add_operand();
    if (random_() % 2) add_state();
    const int ops = 2 + int(random_() % 14);
    for (int i = 0; i < ops; ++i) add_op();
    if (random_() % 3 == 0) add_reductions();
    if (!states.empty()) update_state();
    const int outputs = 1 + int(random_() % 3);
    for (int i = 0; i < outputs; ++i)
      b.output(text("y", i),
               full_[full_.size() - 1 - random_() % std::min<std::size_t>(full_.size(), 4)]);
  }

  Builder b;
  std::vector<Tensor> inputs, states;

 private:
  DType dtype() {
    static const DType dtypes[] = {DType::f32, DType::f32,     DType::f32,  DType::f64, DType::i64,
                                   DType::u8,  DType::boolean, DType::bf16, DType::f16};
    return dtypes[random_() % std::size(dtypes)];
  }
  Tensor numbers(const Dims& shape, DType dtype) {
    std::vector<float> v(std::size_t(shape.product()));
    for (float& x : v) x = float(int(random_() % 2001) - 1000) / 333;
    if (!v.empty() && random_() % 8 == 0) v[random_() % v.size()] = NAN;
    if (dtype == DType::boolean) return gt(from_data(v, shape), 0);
    return cast(
        is_floating(dtype) ? from_data(v, shape) : round(abs(nan_to_num(from_data(v, shape)))),
        dtype);
  }
  /// Of the shape, with some dims 1 or left out, in some order of memory, with gaps.
  void add_operand() {
    Dims shape = shape_;
    if (inputs.size() && random_() % 2)
      for (int d = 0; d < shape.size(); ++d)
        if (random_() % 3 == 0) shape[d] = 1;
    while (inputs.size() && !shape.empty() && random_() % 4 == 0) shape.erase(0);
    const DType type = dtype();
    Value v;
    if (shape.size() >= 2 && random_() % 3 == 0) {
      Dims order = Dims::range(shape.size());
      std::swap(order[int(random_()) & 1 ? 0 : shape.size() - 1], order[shape.size() / 2]);
      Dims from = shape, back = order;
      for (int d = 0; d < shape.size(); ++d) from[d] = shape[int(order[d])];
      for (int d = 0; d < shape.size(); ++d) back[int(order[d])] = d;
      v = b(Permute{back}, {input(numbers(from, type))});
    } else if (!shape.empty() && random_() % 4 == 0) {
      Dims wide = shape;
      const int d = int(random_() % unsigned(shape.size()));
      wide[d] = wide[d] * 2 + 1;
      v = b(Slice{d, 1, wide[d], 2}, {input(numbers(wide, type))});
    } else {
      v = input(numbers(shape, type));
    }
    values_.push_back(v);
    if (b.type(v).shape == shape_) full_.push_back(v);
  }
  Value input(const Tensor& t) {
    inputs.push_back(t);
    return b.input(text("x", inputs.size()), t.type());
  }
  void add_state() {
    states.push_back(numbers(shape_, DType::f32));
    values_.push_back(b.state("s", states[0].type()));
    full_.push_back(values_.back());
  }
  void update_state() {
    for (auto v = full_.rbegin(); v != full_.rend(); ++v)
      if (b.type(*v) == states[0].type()) return b.update("s", *v);
  }

  Value of_dtype(DType type, const std::vector<Value>& from) {
    const Value v = from[random_() % from.size()];
    return b.type(v).dtype == type ? v : b(Cast{type}, {v});
  }
  void add_op() {
    const Value x = full_[full_.size() - 1 - random_() % std::min<std::size_t>(full_.size(), 3)];
    const DType type = b.type(x).dtype;
    const auto other = [&] {
      return random_() % 3 ? of_dtype(type, values_) : b(Full{Dims(), Scalar(2), type}, {});
    };
    const auto add = [&](Value v) {
      values_.push_back(v);
      if (b.type(v).shape == shape_) full_.push_back(v);
    };
    if (random_() % 6 == 0) return add(b(Cast{dtype()}, {x}));
    if (random_() % 6 == 0) return add(b(Gt{}, {x, other()}));
    if (random_() % 6 == 0) return add(b(Where{}, {of_dtype(DType::boolean, full_), other(), x}));
    if (type == DType::boolean) return add(b(LogicalNot{}, {x}));
    if (!is_floating(type)) {
      if (random_() % 4 == 0)
        return add(b(FloorDivide{}, {x, b(Full{Dims(), Scalar(3), type}, {})}));
      return add(random_() % 2 ? b(Add{}, {x, other()}) : b(Maximum{}, {other(), x}));
    }
    switch (random_() % 8) {
      case 0:
        return add(b(Exp{}, {x}));
      case 1:
        return add(b(Tanh{}, {x}));
      case 2:
        return add(b(Relu{}, {x}));
      case 3:
        return add(b(Sub{}, {x, other()}));
      case 4:
        return add(b(Mul{}, {other(), x}));
      case 5:
        return add(b(Div{}, {x, other()}));
      case 6:
        return add(b(LeakyRelu{.negative_slope = 0.25}, {x}));
      default:
        return add(b(ReluBackward{}, {x, of_dtype(type, full_)}));
    }
  }

  /// Of the last value in f32 or f64, over the last dims, the first, all, or some.
  void add_reductions() {
    const int rank = shape_.size();
    for (auto v = full_.rbegin(); v != full_.rend(); ++v) {
      const DType type = b.type(*v).dtype;
      if (type != DType::f32 && type != DType::f64) continue;
      Dims dim;
      const int from = rank ? int(random_()) & 1 ? 0 : int(random_() % unsigned(rank)) : 0;
      const int to = rank ? from + 1 + int(random_() % unsigned(rank - from)) : 0;
      for (int d = from; d < to; ++d) dim.push_back(d);
      const int count = 1 + int(random_() % 3);
      for (int k = 0; k < count; ++k) {
        const bool keepdim = random_() % 2;
        const unsigned kind = shape_.product() ? random_() % 4 : random_() % 2;
        const Value r = kind == 0   ? b(Sum{dim, keepdim}, {*v})
                        : kind == 1 ? b(Mean{dim, keepdim}, {*v})
                        : kind == 2 ? b(Amax{dim, keepdim}, {*v})
                                    : b(Amin{dim, keepdim}, {*v});
        b.output(text("r", k), r);
      }
      return;
    }
  }

  std::mt19937 random_;
  Dims shape_;
  std::vector<Value> values_, full_;  // all, and those of the whole shape
};

TEST(Fused, RandomChainsAreTheSameAsEager) {
  const int before = num_threads();
  int64_t found = 0;
  for (unsigned seed = 0; seed < 3000 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(text("seed ", seed));
    set_num_threads(1 + int(seed % 3));
    const RandomChain chain(seed);
    const Program program = fused(chain.b.program);
    found += count_fused(program);
    expect_same_as_eager(program, chain.inputs, chain.states, 2);
  }
  EXPECT_GT(found, 2000);
  set_num_threads(before);
}

TEST(Fused, TheSameOnEveryTargetAsOpByOp) {
  for (unsigned seed = 3000; seed < 3060; ++seed) {
    SCOPED_TRACE(text("seed ", seed));
    const RandomChain chain(seed);
    const Program program = fused(chain.b.program);
    struct Restore {
      ~Restore() { cpu::install_all(); }
    } restore;
    testing::for_each_target([&](int64_t) {
      cpu::install_all();
      expect_same_as_eager(program, chain.inputs, chain.states);
    });
  }
}

TEST(Fused, ThreadsDoNotMatter) {
  const int before = num_threads();
  Builder b;
  const Value x = b.input("x", {DType::f32, {300, 1000}}), y = b.input("y", {DType::f32, {1000}});
  b.output("z", b(Mul{}, {b(Tanh{}, {b(Add{}, {x, y})}), x}));
  const Program program = fused(b.program);
  ASSERT_EQ(count_fused(program), 1);
  const std::vector<Tensor> inputs{randn({300, 1000}), randn({1000})};
  for (int threads = 1; threads <= 4; ++threads) {
    set_num_threads(threads);
    expect_same_as_eager(program, inputs);
  }
  set_num_threads(before);
}

/// Short and long rows, columns, pieces that meet in order: one step, with the bits of the kernels.
TEST(Fused, ReductionsAtTheEnd) {
  const int before = num_threads();
  const std::pair<Dims, Dims> cases[] = {
      {{7}, {}},          {{600}, {0}},         {{40000}, {}},     {{200000}, {}},
      {{3, 5}, {1}},      {{768, 128}, {1}},    {{5, 1000}, {-1}}, {{2, 70001}, {1}},
      {{3, 70000}, {1}},  {{4, 6, 50}, {2}},    {{3, 5}, {0}},     {{5000, 33}, {0}},
      {{300, 1500}, {0}}, {{8, 9, 40}, {0, 1}}, {{70000, 3}, {0}}};
  for (const auto& [shape, dim] : cases)
    for (const DType dtype : {DType::f32, DType::f64})
      for (const int threads : {1, 3}) {
        SCOPED_TRACE(text(shape, " over ", dim, " in ", dtype));
        set_num_threads(threads);
        Builder b;
        const Type type{dtype, shape};
        const Value x = b.input("x", type), bias = b.input("b", {dtype, {shape[shape.size() - 1]}});
        const Value y = b(Tanh{}, {b(Add{}, {x, bias})}), z = b(Mul{}, {y, x});
        b.output("sum", b(Sum{dim, false}, {z}));
        b.output("y", y);
        b.output("mean", b(Mean{dim, true}, {z}));
        b.output("largest", b(Amax{dim, true}, {y}));
        b.output("smallest", b(Amin{dim, false}, {y}));
        b.output("product", b(Prod{dim, false}, {y}));
        const Program program = fused(b.program);
        ASSERT_EQ(count_fused(program), 1);
        const runtime::Plan plan = runtime::plan(program);
        EXPECT_EQ(plan.steps.size(), 1U);
        ASSERT_TRUE(plan.steps[0].reduction);
        expect_same_as_eager(program,
                             std::vector<Tensor>{cast(randn(shape), dtype),
                                                 cast(randn({shape[shape.size() - 1]}), dtype)});
      }
  set_num_threads(before);
}

TEST(Fused, SumsOverTheImagesOfAConvolution) {
  for (const int64_t channels : {16, 20, 64})
    for (const Dims& size : {Dims{1, 3, 9, 8}, Dims{3, 3, 7, 33}, Dims{70, 3, 26, 27}}) {
      SCOPED_TRACE(text(channels, " ", size));
      Builder b;
      const Value x = b.input("x", {DType::f32, size}),
                  w = b.input("w", {DType::f32, {channels, 3, 3, 3}});
      const Value y = b(Conv2d{}, {x, w, graph::no_value}),
                  z = b(ReluBackward{}, {y, b(Tanh{}, {y})});
      b.output("z", z);
      b.output("bias", b(Sum{Dims{0, 2, 3}, false}, {z}));
      const Program program = fused(b.program);
      ASSERT_EQ(count_fused(program), 1);
      ASSERT_TRUE(runtime::plan(program).steps[1].reduction);
      expect_same_as_eager(program, std::vector<Tensor>{randn(size), randn({channels, 3, 3, 3})});
    }
}

TEST(Fused, IsOneStepThatWritesOverItsOperand) {
  Builder b;
  const Type type{DType::f32, {64, 100}};
  const Value x = b.input("x", type), w = b(Matmul{}, {x, b.input("w", {DType::f32, {100, 100}})});
  const Value t = b(Tanh{}, {b(Mul{}, {w, x})});
  b.output("y", b(Softmax{-1}, {t}));
  const runtime::Plan plan = runtime::plan(fused(b.program));
  ASSERT_EQ(plan.steps.size(), 3U);  // matmul, the chain, softmax
  const runtime::Step& step = plan.steps[1];
  ASSERT_TRUE(step.tiles);
  EXPECT_EQ(plan.refs[std::size_t(step.results[0])].buffer,
            plan.refs[std::size_t(step.operands[0])].buffer);
}

/// `w` is read by the last op, so the result of the first may not lie in its memory.
TEST(Fused, DoesNotWriteOverWhatIsReadLater) {
  Builder b;
  const Type type{DType::f32, {64, 100}};
  const Value x = b.input("x", type), w = b(Matmul{}, {x, b.input("w", {DType::f32, {100, 100}})});
  const Value first = b(Mul{}, {w, x}), last = b(Add{}, {b(Tanh{}, {first}), w});
  b.output("a", b(Softmax{-1}, {first}));
  b.output("b", b(Softmax{-1}, {last}));
  const Program program = fused(b.program);
  ASSERT_EQ(count_fused(program), 1);
  const runtime::Plan plan = runtime::plan(program);
  const runtime::Step& step = plan.steps[1];
  ASSERT_EQ(step.results.size(), 2U);
  const auto buffer = [&](int32_t r) { return plan.refs[std::size_t(r)].buffer; };
  EXPECT_NE(buffer(step.results[0]), buffer(step.operands[0]));
  EXPECT_EQ(buffer(step.results[1]), buffer(step.operands[0]));
  expect_same_as_eager(program, std::vector<Tensor>{randn({64, 100}), randn({100, 100})});
}

/// Two cheap ops are one row where the second alone reads the first, at either place.
TEST(Fused, TwoOpsAsOneRow) {
  const OpInfo* const firsts[] = {&info_of<Add>, &info_of<Sub>, &info_of<Mul>, &info_of<Relu>};
  const OpInfo* const seconds[] = {&info_of<Add>, &info_of<Sub>, &info_of<Mul>, &info_of<Relu>,
                                   &info_of<ReluBackward>};
  struct Restore {
    ~Restore() { cpu::install_all(); }
  } restore;
  int composed = 0;
  for (const OpInfo* first : firsts)
    for (const OpInfo* second : seconds)
      for (const std::size_t position : {0, 1})
        for (const int64_t n : {3, 37, 5001}) {
          if (!cpu::composed_row(*first, *second, position)) continue;
          ++composed;
          SCOPED_TRACE(text(first->name(), " ", second->name(), " ", position, " ", n));
          Builder b;
          const Type type{DType::f32, {n}};
          const std::vector<Value> in{b.input("x", type), b.input("y", type), b.input("z", type)};
          const auto operands = [&](const OpInfo& info, Value v, std::size_t at) {
            std::vector<Value> to{in[0], in[1]};
            to[at] = v;
            to.resize(std::size_t(info.operands));
            return to;
          };
          const Value made = b.apply(AnyOp(*first), operands(*first, in[2], 0))[0];
          b.output("result", b.apply(AnyOp(*second), operands(*second, made, position))[0]);
          const Program program = fused(b.program);
          ASSERT_EQ(count_fused(program), 1);
          std::vector<Tensor> inputs{randn({n}), randn({n}), randn({n})};
          inputs[2][1].fill_(NAN);
          inputs[0][2].fill_(INFINITY);
          testing::for_each_target([&](int64_t) {
            cpu::install_all();
            expect_same_as_eager(program, inputs);
          });
        }
  EXPECT_EQ(composed, 4 * 8 * 3);
}

/// An activation and its gradient are one row, whichever comes first, whatever reads them.
TEST(Fused, AnActivationAndItsGradientTogether) {
  const OpInfo* const activations[] = {&info_of<GeluNone>, &info_of<GeluTanh>, &info_of<Silu>};
  struct Restore {
    ~Restore() { cpu::install_all(); }
  } restore;
  for (const OpInfo* activation : activations)
    for (const DType dtype : {DType::f32, DType::f64, DType::bf16})
      for (const bool gradient_first : {false, true})
        for (const Dims& shape : {Dims{5}, Dims{3, 1031}, Dims{40, 64}}) {
          SCOPED_TRACE(text(activation->name(), " ", dtype, " ", shape));
          Builder b;
          const Value x = b.input("x", {dtype, shape}), dy = b.input("dy", {dtype, shape});
          const Value input = b(Mul{}, {x, dy});  // a slot, or an operand
          const Value of = shape.size() == 1 ? x : input;
          const auto make = [&] { return b.apply(AnyOp(*activation), {of})[0]; };
          Value value = gradient_first ? graph::no_value : make();
          const Value gradient = b.apply(AnyOp(*gradient_from_input(*activation)), {dy, of})[0];
          if (gradient_first) value = make();
          b.output("value", value);
          b.output("both", b(Add{}, {gradient, value}));
          b.output("gradient", shape.size() == 1 ? gradient : b(Sub{}, {gradient, x}));
          const Program program = fused(b.program);
          ASSERT_EQ(count_fused(program), 1);
          const std::vector<Tensor> inputs{cast(randn(shape) * 3, dtype),
                                           cast(randn(shape), dtype)};
          testing::for_each_target([&](int64_t) {
            cpu::install_all();
            expect_same_as_eager(program, inputs);
          });
        }
}

/// Both results take the operands' memory, since each element is read before it is written.
TEST(Fused, AnActivationAndItsGradientLieOverTheirOperands) {
  Builder b;
  const Type type{DType::f32, {64, 100}};
  const Value w = b.input("w", {DType::f32, {100, 100}}), in = b.input("x", type);
  const Value x = b(Matmul{}, {in, w}), dy = b(Matmul{}, {x, w});
  const Value gradient = b(GeluNoneBackward{}, {dy, x}), value = b(GeluNone{}, {x});
  b.output("y", b(Softmax{-1}, {value}));
  b.output("z", b(Softmax{-1}, {gradient}));
  const Program program = fused(b.program);
  ASSERT_EQ(count_fused(program), 1);
  const runtime::Plan plan = runtime::plan(program);
  const runtime::Step& step = plan.steps[2];
  ASSERT_TRUE(step.tiles);
  ASSERT_EQ(step.results.size(), 2U);
  for (const int32_t r : step.results)
    EXPECT_TRUE(std::ranges::any_of(step.operands, [&](int32_t o) {
      return plan.refs[std::size_t(o)].buffer == plan.refs[std::size_t(r)].buffer;
    }));
  expect_same_as_eager(program, std::vector<Tensor>{randn({100, 100}) * 0.1, randn({64, 100})});
}

TEST(Fused, ChannelsLastStaysSo) {
  Builder b;
  const Value x = b.input("x", {DType::f32, {2, 3, 9, 8}}),
              w = b.input("w", {DType::f32, {16, 3, 3, 3}}),
              bias = b.input("bias", {DType::f32, {16, 1, 1}});
  const Value y = b(Conv2d{}, {x, w, graph::no_value});
  b.output("z", b(Relu{}, {b(Add{}, {y, bias})}));
  const Program program = fused(b.program);
  ASSERT_EQ(count_fused(program), 1);
  const runtime::Plan plan = runtime::plan(program);
  EXPECT_EQ(plan.ref(plan.outputs[0]).strides, (Dims{16 * 7 * 6, 1, 16 * 6, 16}));
  expect_same_as_eager(
      program, std::vector<Tensor>{randn({2, 3, 9, 8}), randn({16, 3, 3, 3}), randn({16, 1, 1})});
}

/// What cannot be run over tiles is run op by op.
TEST(Fused, ABodyWithAnotherReductionIsRunOpByOp) {
  const Program program = graph::parse_program(
      R"(program f(%x: f32[3, 5]) -> (%y: i64[3]) {
  %1 = fused(%x) : i64[3] {
    body(%x: f32[3, 5]) -> (i64[3]) {
      %1 = exp(%x) : f32[3, 5]
      %2 = argmax(%1) {dim = 1} : i64[3]
      return %2
    }
  }
  return %1
}
)");
  EXPECT_EQ(runtime::plan(program).steps.size(), 2U);
  expect_same_as_eager(program, std::vector<Tensor>{randn({3, 5})});
}

/// A number has no dims, though 0 and -1 may be named.
TEST(Fused, AReductionOfANumberIsRunByItself) {
  for (const int64_t dim : {0, -1}) {
    Builder b;
    const Value x = b.input("x", {DType::f32, {}});
    b.output("y", b(Sum{Dims{dim}, false}, {b(Tanh{}, {b(Exp{}, {x})})}));
    expect_same_as_eager(fused(b.program), std::vector<Tensor>{randn({})});
  }
}

TEST(Fused, InputsAndNumbersAsResults) {
  const Program program = graph::parse_program(
      R"(program f(%x: f32[3, 5]) -> (%y: f32[3, 5], %z: f32[3, 5]) {
  %1, %2 = fused(%x) : f32[3, 5], f32[3, 5] {
    body(%x: f32[3, 5]) -> (f32[3, 5], f32[3, 5]) {
      %1 = exp(%x) : f32[3, 5]
      return %1, %x
    }
  }
  return %1, %2
}
)");
  expect_same_as_eager(program, std::vector<Tensor>{randn({3, 5})});
}

}  // namespace
}  // namespace tandem
