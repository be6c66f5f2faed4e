// Whatever operands and attributes a text gives an op: types or an error, never a crash. What this
// finds is worth most under the sanitizers, which see an overflow that gives no wrong answer yet.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "tandem/graph/check.h"
#include "tandem/graph/control_flow.h"
#include "tandem/graph/text.h"
#include "tandem/ops/registry.h"
#include "tandem/tensor/attribute_value.h"

namespace tandem::graph {
namespace {

class Random {
 public:
  template <class T, std::size_t N>
  const T& one_of(const T (&list)[N]) {
    return list[below(int(N))];
  }
  int below(int n) { return int(bits_() % std::uint32_t(n)); }
  bool rarely() { return below(4) == 0; }

 private:
  std::mt19937 bits_{1};  // the same texts on every run
};

constexpr int64_t usual[] = {0, 1, 2, 3, 4, 8},
                  odd[] = {
                      INT64_MIN,        INT64_MIN + 1,    -1'000'000,    -2,       -1, 7, 1 << 20,
                      int64_t(1) << 31, int64_t(1) << 50, INT64_MAX - 1, INT64_MAX};

int64_t number(Random& random) {
  return random.rarely() ? random.one_of(odd) : random.one_of(usual);
}

double floating(Random& random) {
  constexpr double list[] = {0, 1, 0.5, -1, 1e300, -1e-300, INFINITY, -INFINITY, NAN, 9.3e18};
  return random.one_of(list);
}

DType dtype(Random& random) { return DType(random.below(dtype_count)); }

Dims dims(Random& random) {
  Dims d;
  const int n = random.rarely() ? random.below(Dims::max_rank + 1) : random.below(4);
  for (int i = 0; i < n; ++i) d.push_back(number(random));
  return d;
}

struct Set {
  Random& random;
  void operator()(int64_t& v) const { v = number(random); }
  void operator()(double& v) const { v = floating(random); }
  void operator()(Scalar& v) const {
    v = random.rarely() ? Scalar(floating(random)) : Scalar(number(random));
  }
  void operator()(bool& v) const { v = random.below(2); }
  void operator()(Dims& v) const { v = dims(random); }
  void operator()(DType& v) const { v = dtype(random); }
  void operator()(Name& v) const {
    constexpr std::string_view list[] = {"", "mean", "sum", "none", "ij,jk->ik", "reflect", "tanh"};
    v = Name(random.one_of(list));
  }
  template <class T>
  void operator()(std::optional<T>& v) const {
    (*this)(v.emplace());
  }
};

SymbolicType type(DType usual_dtype, int usual_rank, Random& random) {
  SymbolicType t(random.rarely() ? dtype(random) : usual_dtype, {});
  const int rank = random.rarely() ? random.below(Dims::max_rank + 1) : usual_rank;
  for (int d = 0; d < rank; ++d)
    t.shape.emplace_back(random.below(30) ? random.one_of(usual) : int64_t(1) << random.below(60));
  return t;
}

Program program_of(const OpInfo& info, Random& random) {
  Program p{.name = "hostile"};
  Instruction i{AnyOp(info)};
  for (int a = 0; a < info.attributes; ++a)
    if (info.attribute[a].required || random.below(2))
      visit_attribute(info.attribute[a], i.op.data(), Set{random});
  const DType dtypes[] = {float32, float64, int64, boolean, bfloat16};
  const DType usual_dtype = random.one_of(dtypes);
  const int rank = random.below(5), n = info.operands + (info.list ? random.below(4) : 0);
  for (int k = 0; k < n; ++k) {
    const bool left_out = (info.optional >> std::min(k, info.operands) & 1) && random.below(2);
    i.operands.push_back(left_out ? no_value
                                  : p.add_parameter(ParameterKind::input, text("x", k),
                                                    type(usual_dtype, rank, random)));
  }
  for (int r = 0; r < info.results; ++r) i.results.push_back(p.add_value({DType::u8, {7}}));
  p.instructions.push_back(std::move(i));
  return p;
}

TEST(HostileOps, GiveTypesOrAnError) {
  Random random;
  int refused = 0, typed = 0;
  for (const OpInfo* info : all_ops()) {
    if (!info->infer) continue;
    for (int trial = 0; trial < 100; ++trial) {
      const Program p = program_of(*info, random);
      try {
        check(p);
        ++typed;
      } catch (const Error& e) {
        ASSERT_EQ(e.code(), ErrorCode::format);
        // The shape rule gave a type, though not the one that is written.
        const bool gave =
            std::string_view(e.what()).find("expected a result of type") != std::string_view::npos;
        ++(gave ? typed : refused);
      }
    }
  }
  EXPECT_GT(typed, 1000);  // neither everything nor nothing is refused
  EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace tandem::graph
