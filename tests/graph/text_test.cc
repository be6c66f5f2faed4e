#include "tandem/graph/text.h"

#include <gtest/gtest.h>
#include <bit>
#include <cmath>
#include <cstring>

#include "tandem/graph/attributes.h"
#include "tandem/graph/check.h"
#include "tandem/graph/names.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/matmul.h"

namespace tandem::graph {
namespace {

/// Texts as print() lays them out.
constexpr std::string_view laid_out[] = {
    R"(program predict(%image: u8[b, 28, 28]) -> (%probs: f32[b, 10]) {
  state @conv1.weight: f32[16, 1, 3, 3], @conv1.bias: f32[16], @fc.weight: f32[10, 12544],
        @fc.bias: f32[10]
  constant #mean: f32[1, 1] = [0.1307]
  %1 = cast(%image) {dtype = f32} : f32[b, 28, 28]                      loc("digits.cc":31)
  %2 = div(%1, 255.0) : f32[b, 28, 28]
  %3 = sub(%2, #mean) : f32[b, 28, 28]
  %4 = unsqueeze(%3) {dim = 1} : f32[b, 1, 28, 28]                      loc("digits.cc":32)
  %5 = conv2d(%4, @conv1.weight, @conv1.bias) {padding = [1, 1]} : f32[b, 16, 28, 28]
  %6 = relu(%5) : f32[b, 16, 28, 28]                                    loc("digits.cc":33)
  %7 = reshape(%6) {shape = [b, 12544]} : f32[b, 12544]
  %8 = linear(%7, @fc.weight, @fc.bias) : f32[b, 10]                    loc("digits.cc":34)
  %9 = softmax(%8) : f32[b, 10]                                         loc()
  return %9
}
)",
    // Several programs, which share state; updates; several results and outputs; none at all.
    R"(program train_step(%x: f32[b, 4]) -> (%largest: f32[b, 2], %where: i64[b, 2]) {
  state @step: i64[], @"layer 1/\"w\"\n": f32[4]
  %1 = mul(%x, @"layer 1/\"w\"\n") : f32[b, 4]
  %2, %3 = topk(%1) {k = 2} : f32[b, 2], i64[b, 2]
  %4 = add(@step, 1) : i64[]
  update @step = %4
  return %2, %3
}

program count() -> (%step: i64[]) {
  state @step: i64[]
  return @step
}

program nothing() -> () {
  return
}
)",
    // Symbolic dims: sums, products, quotients; reciprocals in attributes, and whole numbers that
    // are floating all the same.
    R"(program pooled(%x: f32[b, 3, h, 2*h + 1], %y: f32[b*h - 2]) -> (%z: f32[b, 2*h]) {
  %1 = full() {size = [b, 2*h], fill_value = 1/(b*h), dtype = f32} : f32[b, 2*h]
  %2 = full() {size = [2], fill_value = 1/b} : f32[2]
  %3 = full() {size = [2], fill_value = float(b)} : f32[2]
  %4 = full() {size = [2], fill_value = b} : i64[2]
  %5 = full() {size = [], fill_value = b} : i64[]
  %6 = full() {size = [4*((h + 1)/2), (-h + 9000)/3, b/7], fill_value = 0} : i64[4*((h + 1)/2), (-h + 9000)/3, b/7]
  %7 = full() {size = [b*h*((h + 1)/2)*(h/2) + 1, b/2 + 7, h*h*(h/3) - h/3, -(b/2) + 2000], fill_value = 0} : i64[b*h*((h + 1)/2)*(h/2) + 1, b/2 + 7, h*h*(h/3) - h/3, -(b/2) + 2000]
  return %1
}
)",
    // Numbers: of the dtype beside them, or of another one that they name.
    R"(program numbers(%x: f32[2], %i: i64[2], %c: bool[2], %h: bf16[2]) -> (%y: f32[2], %n: f64[]) {
  %1 = mul(%x, 2.0) : f32[2]
  %2 = mul(%x, 2) : f32[2]
  %3 = add(%i, -3) : i64[2]
  %4 = where(%c, 1e-05, %x) : f32[2]
  %5 = where(%c, true, false) : bool[2]
  %6 = where(%c, 0.0, 1.0) : f32[2]
  %7 = where(%c, 0, -9223372036854775808) : i64[2]
  %8 = add(1.5_f64, -0.0_f64) : f64[]
  %9 = add(nan, inf) : f32[]
  %10 = add(nan_xfff8000000000001_f64, -inf_f64) : f64[]
  %11 = mul(%h, 0.1) : bf16[2]
  %12 = full() {size = [], fill_value = 7.0, dtype = f64} : f64[]
  %13 = add(%12, 1.0) : f64[]
  %14 = add(true_u8, 2_u8) : u8[]
  return %1, %12
}
)",
    // Control flow.
    R"(program flow(%c: bool[], %x: f32[b], %s: f32[t, b]) -> (%y: f32[b], %n: i64[]) {
  %1 = if(%c, %x, 2.0) : f32[b] loc("flow.cc":3) {
    then(%x: f32[b], %k: f32[]) -> (f32[b]) {
      %1 = mul(%x, %k) : f32[b]                                         loc("flow.cc":4)
      return %1
    }
    else(%x: f32[b], %k: f32[]) -> (%same: f32[b]) {
      return %x
    }
  }
  %2, %3 = while(%1, 0_i64, 10_i64) {carries = 2} : f32[b], i64[] {
    condition(%x: f32[b], %i: i64[], %n: i64[]) -> (bool[]) {
      %1 = lt(%i, %n) : bool[]
      return %1
    }
    body(%x: f32[b], %i: i64[], %n: i64[]) -> (f32[b], i64[]) {
      %1 = if(true, %x) : f32[b] {
        then(%x: f32[b]) -> (f32[b]) {
          return %x
        }
        else(%x: f32[b]) -> (f32[b]) {
          return %x
        }
      }
      %2 = add(%i, 1) : i64[]
      return %1, %2
    }
  }
  %4, %5 = scan(%2, %s) {carries = 1, sequences = 1, reverse = true} : f32[b], f32[t, b] {
    body(%h: f32[b], %x: f32[b]) -> (f32[b], f32[b]) {
      %1 = fused(%h, %x) : f32[b] {
        body(%h: f32[b], %x: f32[b]) -> (f32[b]) {
          %1 = add(%h, %x) : f32[b]
          return %1
        }
      }
      return %1, %1
    }
  }
  return %4, %3
}
)",
};

TEST(Text, PrintsWhatItReads) {
  for (const std::string_view text : laid_out) EXPECT_EQ(print(parse(text)), text);
}

TEST(Text, LeavesOutLocationsOnRequest) {
  const std::string text = print(parse(laid_out[0]), {.locations = false});
  EXPECT_EQ(text.find("loc("), text.npos);
  EXPECT_EQ(print(parse(text)), text);
}

TEST(Text, ReadsFreely) {
  EXPECT_EQ(print(parse(R"(
// Comments and any space; names for results; '_' for what is left out; attributes in any order and
// with their default; expressions as one likes.
program f(%x: f32[b, 4], %k: f32[3*b - b + 1]) -> (%y: f32[b, 3])  // of the program
{ state @w:f32[3,4] state @v: f32[1]
  constant #a: f32[2] = [1, -2.5e3]
  %scaled=mul( %x,2.0 ):f32[b,4]
  %out = linear(%scaled, @w, _) : f32[b, 3]
  %full = full() { fill_value = 1/(b + b), size = [(b*2 + 2*1)/1, --3], dtype = none }
        : f32[2*b + 2, 3]
  return %out })")),
            R"(program f(%x: f32[b, 4], %k: f32[2*b + 1]) -> (%y: f32[b, 3]) {
  state @w: f32[3, 4], @v: f32[1]
  constant #a: f32[2] = [1.0, -2500.0]
  %1 = mul(%x, 2.0) : f32[b, 4]
  %2 = linear(%1, @w) : f32[b, 3]
  %3 = full() {size = [2*b + 2, 3], fill_value = 1/(2*b)} : f32[2*b + 2, 3]
  return %2
}
)");
}

/// The text says all of a program but the numbers of its values.
TEST(Text, TellsAllOfAProgram) {
  const SymbolicInt b = SymbolicInt::symbol(0);
  Program p{.name = "p", .symbols = {"b"}};
  const Value w = p.add_parameter(ParameterKind::state, "w", {DType::f32, {4, 2}});
  const Value x = p.add_parameter(ParameterKind::input, "x", {DType::f32, {b, 4}});
  const auto emit = [&](AnyOp op, std::vector<Value> operands, SymbolicType type) {
    p.instructions.push_back({op, std::move(operands), {p.add_value(std::move(type))}});
    return p.instructions.back().result();
  };
  const Full two{Dims(), Scalar(2.0), float32}, spread{Dims{1, 4}, Scalar(0.0)};
  const Value number = emit(AnyOp(info_of<Full>, &two), {}, {DType::f32, {}});
  const Value filled = emit(AnyOp(info_of<Full>, &spread), {}, {DType::f32, {b * 2, 4}});
  p.instructions.back().solved = {{0, b * 2}, {2, b * b, true}};
  p.instructions.back().where = make_location("net.py", 12, "forward");
  const Value y = emit(AnyOp(info_of<Matmul>), {x, w}, {DType::f32, {b, 2}});
  const Value z = emit(AnyOp(info_of<Mul>), {y, number}, {DType::f32, {b, 2}});
  p.outputs = {{"z", z}, {"filled", filled}};
  p.updates = {{"w", w}};
  check(p);

  const Program q = parse_program(print(p));
  EXPECT_EQ(q.name, "p");
  EXPECT_EQ(q.symbols, p.symbols);
  ASSERT_EQ(q.parameters.size(), 2u);
  EXPECT_EQ(q.parameters[0].name, "x");
  EXPECT_EQ(q.type(q.find(ParameterKind::state, "w")->value), p.type(w));
  ASSERT_EQ(q.instructions.size(), 4u);
  const Instruction& full = q.instructions[0];
  EXPECT_EQ(full.solved, p.instructions[1].solved);
  EXPECT_TRUE(same_but_for_slots(full.op, p.instructions[1].op));
  EXPECT_EQ(text(full.where), "net.py:12");
  EXPECT_EQ(text(q.instructions[1].where), ":0");
  EXPECT_TRUE(same_attributes(q.instructions[2].op, AnyOp(info_of<Full>, &two)));
  EXPECT_EQ(q.instructions[3].operands,
            (std::vector{q.instructions[1].result(), q.instructions[2].result()}));
  ASSERT_EQ(q.outputs.size(), 2u);
  EXPECT_EQ(q.outputs[1].name, "filled");
  EXPECT_EQ(q.outputs[1].value, full.result());
  ASSERT_EQ(q.updates.size(), 1u);
  EXPECT_EQ(q.updates[0].value, q.find(ParameterKind::state, "w")->value);
}

TEST(Text, SmallConstantsKeepTheirBits) {
  const auto bits = [](uint32_t b) { return std::bit_cast<float>(b); };
  const std::vector<float> odd = {0.1f,
                                  -0.0f,
                                  1e-45f,
                                  3.4028235e38f,
                                  INFINITY,
                                  bits(0x7fc00000),
                                  bits(0xffc00001),
                                  bits(0x7f800001),
                                  16777216.f};
  Program p{.name = "p"};
  const auto add = [&](std::string name, const Tensor& t) {
    p.add_parameter(ParameterKind::constant, std::move(name), SymbolicType(t.type()), t);
  };
  add("odd", from_data(odd, {3, 3}));
  add("transposed", from_data(std::vector<double>{1, 2, 3, 4, 5, 6}, {2, 3}).T());
  add("truths", from_data({true, false}, {2}));
  add("none", empty({0, 3}, int64));
  add("large", empty({17}));
  Tensor halves = empty({4}, float16);
  const uint16_t half_bits[] = {0x0001, 0xfbff, 0x3555, 0x7c01};
  std::memcpy(halves.impl()->data, half_bits, sizeof half_bits);
  add("halves", halves);

  const Program q = parse_program(print(p));
  EXPECT_EQ(print(q), print(p));
  const auto elements = [&](std::string_view name) {
    return q.find(ParameterKind::constant, name)->constant;
  };
  EXPECT_EQ(std::memcmp(elements("odd").data_ptr(), odd.data(), 4 * odd.size()), 0);
  EXPECT_EQ(elements("transposed").to_vector<double>(), (std::vector<double>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(elements("truths").to_vector<int64_t>(), (std::vector<int64_t>{1, 0}));
  EXPECT_TRUE(elements("none").defined());
  EXPECT_FALSE(elements("large").defined());
  EXPECT_EQ(std::memcmp(elements("halves").data_ptr(), half_bits, sizeof half_bits), 0);
}

TEST(Text, NamesOfStateAreAnyBytesAndTheTextIsUtf8) {
  const std::pair<std::string, std::string> names[] = {
      {"a.0.weight", "@a.0.weight"},
      {"0", "@0"},
      {"größer/π 😀", "@\"größer/π 😀\""},
      {"\xff\xc0\xaf\xed\xa0\x80", R"(@"\xff\xc0\xaf\xed\xa0\x80")"},
      {"\xf0\x9f\x98", R"(@"\xf0\x9f\x98")"},
      {"\"\\\n\t\x01\x7f", R"(@"\"\\\n\t\x01\x7f")"},
  };
  for (const auto& [name, spelled] : names) {
    EXPECT_EQ(spelled_name(ParameterKind::state, name), spelled);
    Program p{.name = "p"};
    p.add_parameter(ParameterKind::state, name, {DType::f32, {}});
    EXPECT_EQ(parse_program(print(p)).parameters[0].name, name);
  }
}

TEST(Text, LongListsAreWrapped) {
  Program p{.name = "wide"};
  for (int i = 0; i < 12; ++i) {
    const Value v = p.add_parameter(ParameterKind::input, text("input", i), {DType::f32, {10, 10}});
    p.outputs.push_back({text("output", i), v});
  }
  const std::string printed = print(p);
  for (std::size_t from = 0; from < printed.size();) {
    const std::size_t end = printed.find('\n', from);
    EXPECT_LE(end - from, 100u) << printed;
    from = end + 1;
  }
  EXPECT_EQ(print(parse(printed)), printed);
}

}  // namespace
}  // namespace tandem::graph
