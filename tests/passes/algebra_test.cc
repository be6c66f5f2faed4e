#include "tandem/passes/algebra.h"

#include <cstring>

#include "tandem/graph/check.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/text.h"
#include "tandem/passes/dead_code.h"
#include "tandem/tensor/from_blob.h"

#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

Program simplified(Program program) {
  return passes::remove_dead_code(passes::simplify(std::move(program)));
}

TEST(Algebra, DropsNeutralNumbers) {
  EXPECT_EQ(
      rewritten(simplified, R"(program f(%x: f32[b, 3], %n: i64[3]) -> (%y: f32[b, 3], %m: i64[3]) {
  %1 = mul(%x, 1.0) : f32[b, 3]
  %2 = full() {size = [b, 3], fill_value = 1.0} : f32[b, 3]
  %3 = mul(%2, %1) : f32[b, 3]
  %4 = div(%3, 1.0) : f32[b, 3]
  %5 = sub(%4, 0.0) : f32[b, 3]
  %6 = add(%5, -0.0) : f32[b, 3]
  %7 = neg(%6) : f32[b, 3]
  %8 = neg(%7) : f32[b, 3]
  %9 = exp(%8) : f32[b, 3]
  %10 = add(%n, 0) : i64[3]
  return %9, %10
}
)"),
      R"(program f(%x: f32[b, 3], %n: i64[3]) -> (%y: f32[b, 3], %m: i64[3]) {
  %1 = exp(%x) : f32[b, 3]
  return %1, %n
}
)");
}

TEST(Algebra, KeepsWhatChangesSignedZerosTypesOrShapes) {
  constexpr std::string_view text =
      R"(program f(%x: f32[3], %y: f32[]) -> (%a: f32[3], %b: f32[3], %c: f32[3], %d: f64[3]) {
  %1 = add(%x, 0.0) : f32[3]
  %2 = sub(%x, -0.0) : f32[3]
  %3 = full() {size = [3], fill_value = 1.0} : f32[3]
  %4 = mul(%y, %3) : f32[3]
  %5 = cast(%x) {dtype = f64} : f64[3]
  return %1, %2, %4, %5
}
)";
  EXPECT_EQ(rewritten(simplified, text), text);
}

TEST(Algebra, DropsViewsThatChangeNothing) {
  EXPECT_EQ(rewritten(simplified, R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[3, b]) {
  %1 = reshape(%x) {shape = [3*b]} : f32[3*b]
  %2 = reshape(%1) {shape = [b, 3]} : f32[b, 3]
  %3 = unsqueeze(%2) {dim = 0} : f32[1, b, 3]
  %4 = squeeze(%3) {dim = [0]} : f32[b, 3]
  %5 = permute(%4) {dims = [1, 0]} : f32[3, b]
  %6 = permute(%5) {dims = [1, 0]} : f32[b, 3]
  %7 = slice(%6) {dim = 1, start = 0, end = 3} : f32[b, 3]
  %8 = expand(%7) {size = [b, 3]} : f32[b, 3]
  %9 = clone(%8) : f32[b, 3]
  %10 = exp(%9) : f32[b, 3]
  %11 = permute(%10) {dims = [1, 0]} : f32[3, b]
  %12 = permute(%11) {dims = [0, 1]} : f32[3, b]
  return %10, %12
}
)"),
            R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[3, b]) {
  %1 = exp(%x) : f32[b, 3]
  %2 = permute(%1) {dims = [1, 0]} : f32[3, b]
  return %1, %2
}
)");
}

TEST(Algebra, JoinsChainsOfViews) {
  EXPECT_EQ(
      rewritten(simplified, R"(program f(%x: f32[2, 3, 4]) -> (%y: f32[24], %z: f32[3, 4, 2]) {
  %1 = reshape(%x) {shape = [6, 4]} : f32[6, 4]
  %2 = unsqueeze(%1) {dim = 0} : f32[1, 6, 4]
  %3 = reshape(%2) {shape = [24]} : f32[24]
  %4 = permute(%x) {dims = [2, 0, 1]} : f32[4, 2, 3]
  %5 = permute(%4) {dims = [-1, 0, 1]} : f32[3, 4, 2]
  return %3, %5
}
)"),
      R"(program f(%x: f32[2, 3, 4]) -> (%y: f32[24], %z: f32[3, 4, 2]) {
  %1 = reshape(%x) {shape = [24]} : f32[24]
  %2 = permute(%x) {dims = [1, 2, 0]} : f32[3, 4, 2]
  return %1, %2
}
)");
}

TEST(Algebra, CastsAndBroadcastsOnce) {
  EXPECT_EQ(
      rewritten(
          simplified,
          R"(program f(%x: f16[4], %i: i32[4], %r: f32[4]) -> (%a: f16[4], %b: f64[4], %c: i32[4], %d: i64[4], %e: f32[2, 4], %g: f32[4]) {
  %1 = cast(%x) {dtype = f32} : f32[4]
  %2 = cast(%1) {dtype = f16} : f16[4]
  %3 = cast(%1) {dtype = f64} : f64[4]
  %4 = cast(%i) {dtype = f32} : f32[4]
  %5 = cast(%4) {dtype = i32} : i32[4]
  %6 = cast(%i) {dtype = f64} : f64[4]
  %7 = cast(%6) {dtype = i64} : i64[4]
  %8 = full() {size = [2, 4], fill_value = 3.0} : f32[2, 4]
  %9 = expand(%r) {size = [2, 4]} : f32[2, 4]
  %10 = mul(%8, %9) : f32[2, 4]
  %11 = where(true, %r, 5.0) : f32[4]
  return %2, %3, %5, %7, %10, %11
}
)"),
      R"(program f(%x: f16[4], %i: i32[4], %r: f32[4]) -> (%a: f16[4], %b: f64[4], %c: i32[4], %d: i64[4],
    %e: f32[2, 4], %g: f32[4]) {
  %1 = cast(%x) {dtype = f64} : f64[4]
  %2 = cast(%i) {dtype = f32} : f32[4]
  %3 = cast(%2) {dtype = i32} : i32[4]
  %4 = cast(%i) {dtype = f64} : f64[4]
  %5 = cast(%4) {dtype = i64} : i64[4]
  %6 = full() {size = [2, 4], fill_value = 3.0} : f32[2, 4]
  %7 = mul(%6, %r) : f32[2, 4]
  return %x, %1, %3, %5, %7, %r
}
)");
}

/// All values of the 16-bit floats through each pair of casts that is made one.
TEST(Algebra, JoinedCastsKeepTheBits) {
  for (const DType from : {float16, bfloat16})
    for (const DType to : {float16, bfloat16, float32, float64}) {
      std::vector<int16_t> bits(65536);
      for (std::size_t n = 0; n < bits.size(); ++n) bits[n] = int16_t(n - 32768);
      const Tensor x = copy_of(from_blob(bits.data(), {65536}, from));
      const Tensor nan = ne(x, x);
      const Tensor y = where(nan, zeros({}, from), x);  // of NaN, it is kept that it is one
      const Tensor direct = copy_of(cast(y, to));
      for (const DType middle : {float32, float64}) {
        const Tensor two = copy_of(cast(cast(y, middle), to));
        EXPECT_EQ(std::memcmp(direct.data_ptr(), two.data_ptr(), std::size_t(two.nbytes())), 0)
            << name(from) << " " << name(middle) << " " << name(to);
      }
      EXPECT_TRUE(
          all(logical_or(logical_not(nan), isnan(cast(cast(x, float32), to)))).item<bool>());
    }
}

TEST(Algebra, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    for (const Program& program : {model.program, model.bound()}) {
      const Program after = simplified(program);
      graph::check(after);
      expect_same_results(model, after);
    }
  }
}

}  // namespace
}  // namespace tandem
