// Products with a chain of elementwise ops behind them: the same bits as the ops one by one, for
// every way that a kernel cuts its result into parts.
#include <gtest/gtest.h>

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/graph/text.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/norm.h"
#include "tandem/passes/fuse_elementwise.h"
#include "tandem/passes/fuse_epilogues.h"
#include "tandem/passes/pipeline.h"
#include "tandem/runtime/epilogue_body.h"
#include "tandem/runtime/executable.h"
#include "tandem/runtime/tile_body.h"
#include "tests/cpu/every_target.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

using graph::Value;

Program fused_product(const Program& program) {
  return passes::fuse_epilogues(passes::fuse_elementwise(program, runtime::can_fuse),
                                runtime::takes_epilogue);
}

/// The plan's only step, after views, which is a product with an epilogue.
bool is_one_step(const Program& program) {
  const runtime::Plan plan = runtime::plan(program);
  return plan.steps.size() == 1 && plan.steps[0].product_operands >= 0;
}

class Threads {
 public:
  ~Threads() { set_num_threads(before_); }

 private:
  int before_ = num_threads();
};

/// What stands behind a product of this type: kinds of chains, with what they read beside it.
constexpr int chains = 9, affine_chains = 6;  // from the latter on: what convolutions do themselves
Value add_chain(Builder& b, Value product, int kind, std::vector<Tensor>& inputs) {
  const Type type = b.type(product);
  const auto input = [&](const Dims& shape) {
    inputs.push_back(cast(randn(shape), type.dtype));
    return b.input(text("e", inputs.size()), inputs.back().type());
  };
  const bool image = type.shape.size() == 4;
  const Dims columns = image ? Dims{type.shape[1], 1, 1} : Dims{type.shape.back()};
  switch (kind) {
    case 0:
      return b(Relu{}, {product});
    case 1:  // silu, which reads the product twice
      return b(Mul{}, {product, b(Sigmoid{}, {product})});
    case 2:  // a residual
      return b(Tanh{}, {b(Add{}, {product, input(type.shape)})});
    case 3: {  // a norm's factors, by column
      const Value scaled = b(Mul{}, {product, input(columns)});
      return b(Relu{}, {b(Add{}, {scaled, input(columns)})});
    }
    case 4: {  // by row, and a number
      Dims rows = type.shape;
      rows[image ? 1 : rows.size() - 1] = 1;
      return b(Mul{},
               {b(Sub{}, {product, input(rows)}), b(Full{Dims(), Scalar(1.5), type.dtype}, {})});
    }
    case 6:
    case 7:
    case 8: {  // a batch norm's, with and without what it adds
      const Dims by_column = image ? Dims{1, type.shape[1], 1, 1} : columns;
      const Value centered = b(Sub{}, {product, input(by_column)});
      const Value scaled = b(Mul{}, {centered, input(by_column)});
      if (kind == 7) return scaled;
      const Value shifted = b(Add{}, {scaled, input(by_column)});
      return kind == 6 ? b(Relu{}, {shifted}) : b(Neg{}, {b(Hardtanh{-0.5, 0.75}, {shifted})});
    }
    default: {  // a residual that lies in another order of memory
      Dims turned = type.shape, back = Dims::range(turned.size());
      std::swap(turned[0], turned[turned.size() - 1]);
      std::swap(back[0], back[back.size() - 1]);
      return b(Add{}, {b(Permute{back}, {input(turned)}), product});
    }
  }
}

void expect_fused_is_eager(Builder& b, Value product, int kind, std::vector<Tensor> inputs,
                           bool in_one_step) {
  b.output("y", add_chain(b, product, kind, inputs));
  const Program program = fused_product(b.program);
  if (in_one_step) EXPECT_TRUE(is_one_step(program)) << graph::print(program);
  Threads restore;
  for (const int threads : {1, 3}) {
    set_num_threads(threads);
    // Twice: nothing of a run is left for the next.
    expect_same_as_eager(program, inputs, {}, 2);
  }
}

TEST(Epilogue, OfProducts) {
  struct Case {
    Dims x;
    int64_t n;
  };
  const Case cases[] = {{{1, 40}, 512},    {{1, 3}, 17},     {{5, 0}, 7},       {{40}, 33},
                        {{3, 64}, 1000},   {{7, 33}, 16},    {{64, 128}, 300},  {{130, 2100}, 70},
                        {{200, 64}, 1030}, {{2, 9, 20}, 48}, {{3, 100, 50}, 65}};
  for (const Case& c : cases)
    for (const DType dtype : {DType::f32, DType::f64})
      for (int kind = 0; kind < chains; ++kind) {
        if (c.x.size() == 1 && kind == 5) continue;
        SCOPED_TRACE(text(c.x, " to ", c.n, " in ", dtype, ", chain ", kind));
        const Tensor x = cast(randn(c.x), dtype), w = cast(randn({c.n, c.x.back()}), dtype),
                     bias = cast(randn({c.n}), dtype);
        Builder b;
        const Value vx = b.input("x", x.type()), vw = b.input("w", w.type());
        if (c.x.size() > 1 && c.x.back()) {
          const Value y = b(Linear{}, {vx, vw, b.input("bias", bias.type())});
          expect_fused_is_eager(b, y, kind, {x, w, bias}, kind != 5);
        } else {
          expect_fused_is_eager(b, b(Matmul{}, {vx, b(Permute{Dims{1, 0}}, {vw})}), kind, {x, w},
                                false);
        }
      }
}

TEST(Epilogue, OfBatchesOfProducts) {
  for (int kind = 0; kind < chains; ++kind)
    for (const int64_t m : {1, 4, 90}) {
      SCOPED_TRACE(text("chain ", kind, ", ", m, " rows"));
      const Tensor x = randn({6, m, 70}), w = randn({6, 70, 40});
      Builder b;
      const Value y = b(Matmul{}, {b.input("x", x.type()), b.input("w", w.type())});
      expect_fused_is_eager(b, y, kind, {x, w}, false);
    }
}

TEST(Epilogue, OfConvolutions) {
  struct Case {
    Dims x, w;
    int64_t stride, padding, groups;
  };
  const Case cases[] = {
      {{2, 3, 9, 8}, {16, 3, 3, 3}, 1, 1, 1},      // direct
      {{1, 3, 40, 300}, {20, 3, 5, 5}, 2, 2, 1},   // rows in pieces
      {{2, 32, 14, 14}, {48, 32, 1, 1}, 1, 0, 1},  // a product of pixels
      {{3, 32, 14, 14}, {32, 32, 3, 3}, 1, 1, 1},  // Winograd
      {{2, 64, 13, 31}, {272, 64, 3, 3}, 1, 1, 1}, {{1, 256, 7, 9}, {256, 256, 3, 3}, 1, 1, 1},
      {{2, 24, 10, 10}, {24, 1, 3, 3}, 1, 1, 24},  // depthwise
      {{2, 16, 10, 10}, {32, 4, 3, 3}, 1, 0, 4},   // groups
      {{2, 5, 6, 6}, {1, 5, 3, 3}, 1, 0, 1},       // one column
  };
  for (const Case& c : cases)
    for (const DType dtype : {DType::f32, DType::f64})
      for (int kind = 0; kind < chains; ++kind) {
        if (dtype == DType::f64 && c.w.product() > 20000) continue;  // plain loops
        SCOPED_TRACE(text(c.x, " by ", c.w, " in ", dtype, ", chain ", kind));
        // Groups with channels-last images: so depthwise convolutions have a kernel of their own.
        const bool last = c.groups > 1;
        const Dims size = last ? Dims{c.x[0], c.x[2], c.x[3], c.x[1]} : c.x;
        const Tensor x = cast(randn(size), dtype), w = cast(randn(c.w), dtype),
                     bias = cast(randn({c.w[0]}), dtype);
        Builder b;
        const Value given = b.input("x", x.type());
        std::vector<Tensor> inputs{x, w};
        const Value vx = last ? b(Permute{Dims{0, 3, 1, 2}}, {given}) : given,
                    vw = b.input("w", w.type());
        Value added = graph::no_value;
        if (kind < affine_chains) {
          added = b.input("bias", bias.type());
          inputs.push_back(bias);
        }
        const Value y =
            b(Conv2d{.stride = Dims{c.stride}, .padding = Dims{c.padding}, .groups = c.groups},
              {vx, vw, added});
        expect_fused_is_eager(b, y, kind, std::move(inputs), kind != 5 && c.w[0] > 1);
        if (dtype == DType::f32 && kind >= affine_chains && c.w[0] > 1)
          EXPECT_EQ(runtime::plan(fused_product(b.program)).steps[0].affine_operands,
                    kind == 7 ? 2 : 3);
      }
}

/// A program takes it apart, so that the convolution before it does it; eager calls have a kernel.
TEST(Epilogue, OfABatchNormOfInference) {
  for (const int64_t channels : {5, 24, 64})
    for (const bool bias : {false, true}) {
      SCOPED_TRACE(text(channels, " channels, bias ", bias));
      const Tensor x = randn({2, 16, 9, 9}), w = randn({channels, 16, 3, 3}),
                   added = randn({channels});
      const std::vector<Tensor> norm{randn({channels}), exp(randn({channels})), randn({channels}),
                                     randn({channels})};
      std::vector<Tensor> inputs{x, w};
      Builder b;
      const Value vx = b.input("x", x.type()), vw = b.input("w", w.type());
      Value vb = graph::no_value;
      if (bias) vb = b.input("bias", added.type()), inputs.push_back(added);
      std::vector<Value> operands{b(Conv2d{.padding = Dims{1}}, {vx, vw, vb})};
      for (const Tensor& t : norm)
        operands.push_back(b.state(text("s", operands.size()), t.type()));
      b.output("y", b(Hardtanh{0, 6}, {b(BatchNorm{}, operands)}));
      const Program program = passes::optimize(
          b.program, {.can_fuse = runtime::can_fuse, .takes_epilogue = runtime::takes_epilogue});
      const runtime::Plan plan = runtime::plan(program);
      // The norm's scale and the rest; beside a bias of the convolution the norm has its own
      // kernel.
      EXPECT_EQ(plan.steps.size(), bias ? 3u : 2u) << graph::print(program);
      EXPECT_EQ(plan.steps.back().affine_operands, bias ? 0 : 3);
      runtime::Executable executable{plan};
      std::vector<Tensor> out = executable.new_outputs();
      executable.run(inputs, norm, out);
      EXPECT_EQ(bit_difference(out[0], run_eagerly(b.program, inputs, norm).outputs[0]), "");
    }
}

TEST(Epilogue, OnEveryTarget) {
  const Tensor x = randn({3, 16, 12, 12}), w = randn({32, 16, 3, 3}), v = randn({10, 4608});
  const Tensor mean = randn({1, 32, 1, 1}), scale = randn({1, 32, 1, 1}),
               bias = randn({1, 32, 1, 1});
  Builder b;
  const Value y = b(Conv2d{.padding = Dims{1}},
                    {b.input("x", x.type()), b.input("w", w.type()), graph::no_value});
  const Value centered = b(Sub{}, {y, b.input("mean", mean.type())});
  const Value scaled = b(Mul{}, {centered, b.input("scale", scale.type())});
  const Value shifted = b(Add{}, {scaled, b.input("bias", bias.type())});
  const Value flat = b(Reshape{Dims{3, 4608}}, {b(Relu{}, {shifted})});
  const Value z = b(Linear{}, {flat, b.input("v", v.type()), graph::no_value});
  b.output("z", b(Tanh{}, {z}));
  const Program program = fused_product(b.program);
  testing::expect_equal_on_every_target([&]() -> std::vector<Tensor> {
    runtime::Executable executable{runtime::plan(program)};
    std::vector<Tensor> out = executable.new_outputs();
    executable.run(std::vector{x, w, mean, scale, bias, v}, {}, out);
    return out;
  });
}

/// The result lies where the product is made first, so it may not lie in the residual's memory.
TEST(Epilogue, IsNotWrittenOverTheResidual) {
  const Tensor x = randn({20, 64}), w = randn({64, 64});
  Builder b;
  const Value vx = b.input("x", x.type()), vw = b.input("w", w.type());
  const Value first = b(Softmax{-1}, {b(Matmul{}, {vx, vw})});
  b.output("y", b(Softmax{-1}, {b(Add{}, {b(Matmul{}, {first, vw}), first})}));
  const Program program = fused_product(b.program);
  const runtime::Plan plan = runtime::plan(program);
  const auto step = std::ranges::find_if(
      plan.steps, [](const runtime::Step& s) { return s.product_operands >= 0; });
  ASSERT_NE(step, plan.steps.end());
  for (const int32_t operand : step->operands)
    EXPECT_NE(plan.refs[std::size_t(step->results[0])].buffer,
              plan.refs[std::size_t(operand)].buffer);
  expect_same_as_eager(program, std::vector{x, w});
}

/// A column to the kernel, the last dim to the chain: the parts do not fit, so there is no
/// epilogue.
TEST(Epilogue, StandsBehindNoMatrixByAVector) {
  for (const Dims& shape : {Dims{4, 5}, Dims{1, 4, 5}, Dims{2, 3, 5}, Dims{70, 5}, Dims{5}}) {
    SCOPED_TRACE(text(shape));
    const Tensor x = randn(shape), v = randn({5});
    Builder b;
    const Value y = b(Matmul{}, {b.input("x", x.type()), b.input("v", v.type())});
    b.output("y", b(Tanh{}, {b(Mul{}, {y, b(Full{Dims(), Scalar(3.0)}, {})})}));
    expect_same_as_eager(fused_product(b.program), std::vector{x, v});
  }
}

/// A body that a person wrote otherwise is run op by op.
TEST(Epilogue, BodiesThatAreNoEpilogueAreRunOpByOp) {
  for (const std::string_view body : {"%1 = matmul(%x, %w) : f32[3, 3]\n return %1",
                                      "%1 = exp(%w) : f32[3, 3]\n %2 = matmul(%x, %1) : f32[3, 3]\n"
                                      " %3 = relu(%2) : f32[3, 3]\n return %3",
                                      "%1 = matmul(%x, %w) : f32[3, 3]\n"
                                      " %2 = softmax(%1) : f32[3, 3]\n return %2",
                                      "%1 = matmul(%x, %w) : f32[3, 3]\n"
                                      " %2 = matmul(%1, %w) : f32[3, 3]\n return %2"}) {
    SCOPED_TRACE(body);
    const Program program =
        graph::parse_program(text("program f(%x: f32[3, 3], %w: f32[3, 3]) -> (%y: f32[3, 3]) {\n"
                                  "  %1 = fused(%x, %w) : f32[3, 3] {\n"
                                  "    body(%x: f32[3, 3], %w: f32[3, 3]) -> (f32[3, 3]) {\n ",
                                  body, "\n}\n}\nreturn %1\n}\n"));
    expect_same_as_eager(program, std::vector<Tensor>{randn({3, 3}), randn({3, 3})});
  }
}

}  // namespace
}  // namespace tandem
